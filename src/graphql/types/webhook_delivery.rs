//! An attempt to post something to a webhook endpoint.

use entity::webhook_delivery;

use super::OrderLine;
use crate::{
    access::within_tenant,
    graphql::{
        read::table::{Shows, object, one},
        scalars::Position,
    },
};

object! {
    /// An attempt to post an event, an order line or a test to a webhook endpoint, and what came of it.
    WebhookDelivery of webhook_delivery(WebhookDeliveryId), seen as within_tenant::<webhook_delivery::Entity>;

    /// The id of the attempt.
    id;
    /// The id of the event, which the message had as well. Null: it was a test, or about a line.
    event_id;
    /// The line that was to be carried out. Null: it was an event or a test.
    order_line = one!(OrderLine, webhook_delivery.order_line_id);
    /// The place of the event in the tenant's log. Null: it was no event.
    position = Shows::digits::<Position, _>("position", |row: &webhook_delivery::Model| &row.position);
    /// Which attempt it was to deliver the event, or the message about the line: 1, 2, 3, …
    attempt;
    /// Whether the receiver took it: with a status from 200 to 299, and, about a line, an answer that could be taken.
    delivered;
    /// The status that the receiver answered with. Null: there was no answer.
    status_code;
    /// Why there was no answer, or none that could be taken.
    error;
    /// How the answer begins: up to 256 bytes. Null also where a vendor took a line, because its answer may have keys.
    answer;
    /// How long it took, in milliseconds.
    took_ms;
    /// When it was made.
    created_at;
}
