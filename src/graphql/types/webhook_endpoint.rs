//! An address to which events are posted, or order lines.

use anyhow::Context;
use entity::{webhook_endpoint, webhook_endpoint::Kinds};

use super::{Partner, WebhookDelivery, enums::EventKind, made};
use crate::{
    access,
    events::cursor::Cursor,
    graphql::{
        read::{
            cells::Given,
            shape::Shown,
            table::{Need, cell, object, one, page},
        },
        scalars::FeedCursor,
    },
    services::lists::webhook_endpoints::deliveries_of_webhook_endpoint,
};

object! {
    /// An address to which events are posted, each at least once and in the order of the log; or order lines, to be carried out.
    /// For those who set it up.
    WebhookEndpoint of webhook_endpoint(WebhookEndpointId), seen as access::visible::<webhook_endpoint::Entity>;

    /// The id of the endpoint.
    id;
    /// The partner whose it is, and whose rights its messages are made with. Null: it is the seller's own.
    partner = one!(Partner, webhook_endpoint.partner_id);
    /// Where it is.
    url;
    /// What is posted to it.
    purpose;
    /// The kinds of events that are posted. Empty where order lines are.
    kinds = made::<Vec<EventKind>>(vec![cell!(webhook_endpoint.kinds).into()], kinds);
    /// What is told: a subscription to `events`, or a query of `orderLine`, as a document. Null: what is told unless somebody
    /// says otherwise.
    document;
    /// Whether anything is posted to it.
    status;
    /// Why not. Null where they are.
    disabled_reason;
    /// Everything in the log up to here was delivered, or was not for it. A feed that starts with this cursor tells what is
    /// to come.
    cursor = made::<FeedCursor>(
        vec![
            cell!(webhook_endpoint.position).into(),
            Need::Cell(cell!(event_log.epoch by tenant_id is tenant_id)),
        ],
        cursor,
    );
    /// How often the next event could not be delivered so far; where order lines are posted, how many in a row could not.
    failures;
    /// Since when nothing could be delivered. Null: the last attempt was none that failed.
    failing_since;
    /// When the next event is tried, if there is one: not before then.
    next_try_at;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was set up.
    created_at;
    /// When it was last changed.
    updated_at;
    /// What was posted to it in the past two weeks, tests among it, newest first.
    deliveries = page!(WebhookDelivery, deliveries_of_webhook_endpoint);
}

fn kinds(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    let Kinds(kinds) = given.json(0)?.unwrap_or_default();
    Ok(Shown::List(kinds.into_iter().map(|kind| Shown::Word(kind.as_str())).collect()))
}

fn cursor(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    let epoch = given.id(1)?.context("a tenant without a log")?;
    Ok(Shown::Text(Cursor { epoch, position: given.long(0)? }.to_string()))
}
