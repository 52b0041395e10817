//! A mail, and what became of it.

use entity::mail;

use super::{Invoice, MailRecipient, Order, Partner};
use crate::{
    access,
    graphql::read::table::{object, one},
};

object! {
    /// A mail that is to be sent, was, or was not. What it says is not kept. It is forgotten after 30 days. For administrators,
    /// and for partners that of their own recipients.
    Mail of mail(MailId), seen as access::visible::<mail::Entity>;

    /// The id of the mail.
    id;
    /// Who gets it. Null: deleted meanwhile.
    recipient = one!(MailRecipient, mail.recipient_id);
    /// The partner whose recipient it is for. Null: it is the seller's own.
    partner = one!(Partner, mail.partner_id);
    /// The id of the event that it is about. Of each event, a recipient gets one mail.
    event_id;
    /// What it is about.
    kind;
    /// The order that it is about. Null: none, or one that the caller may not see.
    order = one!(Order, mail.order_id);
    /// The invoice that it is about. Null: none, or one that the caller may not see.
    invoice = one!(Invoice, mail.invoice_id);
    /// Where it goes.
    address;
    /// The language that it is written in.
    language;
    /// Its subject. Null: it was not tried yet.
    subject;
    /// What became of it.
    status;
    /// How often it was tried.
    attempts;
    /// When it may be tried next, while it is pending.
    next_try_at;
    /// It is tried no more after this.
    give_up_at;
    /// Why the last attempt failed, or why it was dropped.
    error;
    /// When it was written down.
    created_at;
    /// When the mail server took it. Null: it did not.
    sent_at;
}
