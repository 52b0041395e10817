//! Somebody who gets mail about what happens.

use entity::{mail_recipient, mail_recipient::MailKinds};

use super::{Partner, enums::MailKind, made};
use crate::{
    access,
    graphql::read::{
        shape::Shown,
        table::{cell, object, one},
    },
};

object! {
    /// Somebody who gets mail about what happens. For administrators, and for partners of their own.
    MailRecipient of mail_recipient(MailRecipientId), seen as access::visible::<mail_recipient::Entity>;

    /// The id of the recipient.
    id;
    /// The partner whose recipient it is: its mail is about what that partner may see. Null: it is the seller's own.
    partner = one!(Partner, mail_recipient.partner_id);
    /// Whose address mail goes to.
    audience;
    /// Where mail goes. Null: to the customer that it is about.
    address;
    /// What it is sent about.
    kinds = made::<Vec<MailKind>>(vec![cell!(mail_recipient.kinds).into()], |given| {
        let MailKinds(kinds) = given.json(0)?.unwrap_or_default();
        Ok(Shown::List(kinds.into_iter().map(|kind| Shown::Word(kind.as_str())).collect()))
    });
    /// The language that it is written in.
    language;
    /// Whether any is sent.
    enabled;
    /// Who made the recipient, or changed it last: `user:` and the subject of a JWT, or `key:` and the prefix of an API key. Links to approve or
    /// reject an order in its mail answer in their name, with the rights that they have then.
    updated_by;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was made.
    created_at;
    /// When it was last changed.
    updated_at;
}
