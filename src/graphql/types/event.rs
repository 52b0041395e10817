//! A fact in the tenant's log.

use anyhow::Context;
use entity::{SubjectKind, WebhookEndpointId, event};

use super::{
    ApprovalLink, BillingRun, Customer, CustomerSubscription, Invoice, License, Order, OrderLine,
    Partner, PaymentAgreement, Price, made, name,
};
use crate::{
    access::within_tenant,
    events::cursor::Cursor,
    graphql::{
        id::Id,
        read::{
            cells::Given,
            output::Named,
            shape::Shown,
            table::{Cell, Need, Shows, cell, object, one},
        },
        scalars::{FeedCursor, Position},
    },
};

object! {
    /// Something that happened.
    Event of event(EventId), seen as within_tenant::<event::Entity>;

    /// The id of the event.
    id;
    /// The place of the event in the tenant's log: 1, 2, 3, … Null for a moment, until it has been given one.
    position = Shows::digits::<Position, _>("position", |row: &event::Model| &row.position);
    /// The place in the log from which a live feed goes on with the event that follows this one. Null as long as the
    /// event has no position.
    cursor = made::<Option<FeedCursor>>(
        vec![cell!(event.position).into(), Need::Cell(epoch_of_log())],
        cursor,
    );
    /// What happened.
    kind;
    /// The kind of thing that it happened to.
    subject_kind;
    /// The order that it happened to, or that caused it. Null where there is none, or where it was deleted.
    order = one!(Order, event.order_id);
    /// The id of the order that it happened to, or that caused it; also where the order was deleted.
    order_id;
    /// The order line that it happened to. Null where there is none.
    order_line = one!(OrderLine, event.order_line_id);
    /// The subscription that it happened to. Null where it happened to something else.
    subscription = subject::<CustomerSubscription>(SubjectKind::Subscription);
    /// The license that it happened to. Null where it happened to something else.
    license = subject::<License>(SubjectKind::License);
    /// The invoice that it happened to. Null where it happened to something else.
    invoice = subject::<Invoice>(SubjectKind::Invoice);
    /// The billing run that it happened to. Null where it happened to something else.
    billing_run = subject::<BillingRun>(SubjectKind::BillingRun);
    /// The approval link that it happened to. Null where it happened to something else, and once the link is forgotten.
    approval_link = subject::<ApprovalLink>(SubjectKind::ApprovalLink);
    /// The payment agreement that it happened to. Null where it happened to something else.
    payment_agreement = subject::<PaymentAgreement>(SubjectKind::PaymentAgreement);
    /// The id of the webhook endpoint that it happened to. Null where it happened to something else.
    webhook_endpoint_id = made::<Option<Id<WebhookEndpointId>>>(
        vec![cell!(event.subject_kind).into(), cell!(event.subject_id).into()],
        webhook_endpoint_id,
    );
    /// The price that it happened to. Null where it happened to something else, and where the caller may not see it.
    price = subject::<Price>(SubjectKind::Price);
    /// The customer that it concerns. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, event.customer_id);
    /// The partner that it concerns. Null where there is none, or where the caller may not see the partner.
    partner = one!(Partner, event.partner_id);
    /// The version that the order had afterwards; dense per order. Null where the order itself did not change.
    order_version;
    /// What made the order move. Null where no order moved.
    trigger;
    /// The status before. Null where there was none.
    from_status;
    /// The status afterwards. Null where no status changed.
    to_status;
    /// What kind of caller did it.
    actor_kind;
    /// Who did it: `user:` and the subject of a JWT, `key:` and the prefix of an API key, `link:`, who made an approval
    /// link and for whom, as in `link:user:ada for Pat`, `payments`, the seller's integration with its payment provider, or
    /// `system` where it happened by policy or by date. Null where they spoke for a partner that the caller may not see.
    actor = name(cell!(event.actor), cell!(event.actor_partner_id));
    /// The customer in whose place a partner or the seller did it, such as by ordering. Null where the customer did it
    /// itself, where it is nothing that customers do, and where the caller may not see the customer.
    on_behalf_of = one!(Customer, event.for_customer_id);
    /// The request that it was done by, as its answer named it in `x-request-id`. Null where the service did it by itself,
    /// and where `actor` is null.
    request_id = name(cell!(event.request_id), cell!(event.actor_partner_id));
    /// The trace that the request was part of, as its `traceparent` header said. Null where it said nothing, and where
    /// `actor` is null.
    trace_id = name(cell!(event.trace_id), cell!(event.actor_partner_id));
    /// Why it was done, in the words of whoever did it.
    reason;
    /// When it happened.
    occurred_at;
}

/// What an event happened to, if it is of this kind.
fn subject<N: Named>(kind: SubjectKind) -> Shows {
    Shows::one_when::<N::Object>("subject_id", "subject_kind", kind.as_str())
}

fn webhook_endpoint_id(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    if given.word::<SubjectKind>(0)? != SubjectKind::WebhookEndpoint {
        return Ok(Shown::Null);
    }
    let id = given.id::<WebhookEndpointId>(1)?.context("an event about nothing")?;
    Ok(Shown::Text(Id(id).to_string()))
}

/// The epoch of the log that an event is in.
fn epoch_of_log() -> Cell {
    cell!(event_log.epoch by tenant_id is tenant_id)
}

fn cursor(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    let Some(position) = given.some_long(0)? else { return Ok(Shown::Null) };
    let epoch = given.id(1)?.context("a tenant without a log")?;
    Ok(Shown::Text(Cursor { epoch, position }.to_string()))
}
