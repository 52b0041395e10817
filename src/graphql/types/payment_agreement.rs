//! How a customer pays, as it was agreed with a payment provider.

use entity::payment_agreement;

use super::{Customer, Order, Partner, name};
use crate::{
    access,
    graphql::read::table::{cell, object, one},
};

object! {
    /// How a customer pays, as it was agreed with a payment provider. It holds no card and no account: those are the
    /// provider's. Not to be confused with an `Agreement`, the commercial relation under which a customer buys.
    PaymentAgreement of payment_agreement(PaymentAgreementId), seen as access::visible::<payment_agreement::Entity>;

    /// The id of the payment agreement.
    id;
    /// The customer that pays. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, payment_agreement.customer_id);
    /// The partner of the customer when it was registered. Null where there was none, or where the caller may not see the
    /// partner.
    partner = one!(Partner, payment_agreement.partner_id);
    /// The order that it was registered for. Null where it is for none, and once the draft is deleted.
    order = one!(Order, payment_agreement.order_id);
    /// How it is paid.
    method;
    /// The currency of what is paid by it, as ISO 4217 spells it. Null: any.
    currency;
    /// Where it is in its life.
    status;
    /// Where the payer is to be sent. Null where nobody has to do anything.
    redirect_url;
    /// Where the payer goes afterwards. Whoever arrives there has proved nothing: what counts is `status`.
    return_url;
    /// What the provider calls it; unique in the tenant. Null as long as nobody has said.
    provider_reference;
    /// Whether its order is submitted once it is active.
    submits_order;
    /// Why it was rejected, as the provider says.
    reason;
    /// Who registered it: `user:` and the subject of a JWT, or `key:` and the prefix of an API key. Null where they spoke for
    /// a partner that the caller may not see.
    registered_by = name(
        cell!(payment_agreement.registered_by),
        cell!(payment_agreement.registered_by_partner_id),
    );
    /// Until when the payer has time. Null where nobody has to do anything. `EXPIRED` is written down within a minute, and what
    /// is paid before that is paid.
    expires_at;
    /// When it got the status that it has. Null while it is pending.
    decided_at;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was registered.
    created_at;
    /// When it was last changed.
    updated_at;
}
