//! An attempt to post something to a webhook endpoint.

use entity::webhook_delivery;

use crate::{
    access::within_tenant,
    graphql::{
        read::table::{Shows, object},
        scalars::Position,
    },
};

object! {
    /// An attempt to post an event, or a test, to a webhook endpoint, and what came of it.
    WebhookDelivery of webhook_delivery(WebhookDeliveryId), seen as within_tenant::<webhook_delivery::Entity>;

    /// The id of the attempt.
    id;
    /// The id of the event, which the message had as well. Null: it was a test.
    event_id;
    /// The place of the event in the tenant's log. Null: it was a test.
    position = Shows::digits::<Position, _>("position", |row: &webhook_delivery::Model| &row.position);
    /// Which attempt it was to deliver the event: 1, 2, 3, …
    attempt;
    /// Whether the receiver took it: with a status from 200 to 299.
    delivered;
    /// The status that the receiver answered with. Null: there was no answer.
    status_code;
    /// Why there was no answer.
    error;
    /// How the answer begins: up to 256 bytes.
    answer;
    /// How long it took, in milliseconds.
    took_ms;
    /// When it was made.
    created_at;
}
