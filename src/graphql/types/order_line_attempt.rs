//! One attempt at carrying an order line out.

use entity::order_line_attempt;

use super::{endpoint, told_to_seller};
use crate::{
    access::within_tenant,
    graphql::read::table::{cell, object},
};

object! {
    /// One attempt at carrying an order line out, and what came of it.
    OrderLineAttempt of order_line_attempt(OrderLineAttemptId), seen as within_tenant::<order_line_attempt::Entity>;

    /// The id of the attempt.
    id;
    /// Counts from 1 within the line.
    attempt_number;
    /// When it was begun.
    started_at;
    /// When it came to an end. Null: it lasts.
    ended_at;
    /// What came of it. Null as long as it lasts.
    outcome;
    /// Why it failed. Null where it did not.
    message;
    /// The provisioner's own id of what it delivered, or of what it tried.
    provisioning_reference;
    /// The id of the webhook endpoint that it is posted to. Null where it is posted to none, and for callers who are not the
    /// seller.
    webhook_endpoint_id = endpoint(cell!(order_line_attempt.webhook_endpoint_id));
    /// Until when the endpoint's vendor may say what became of the line; then the line fails. Null where it is posted to none,
    /// and as long as the buyer is asked something.
    answer_by;
    /// When the vendor took it on, to say later what became of it. Null where it did not.
    accepted_at;
    /// How often the present message about it was posted.
    posts;
    /// The status of the endpoint's last answer. Null where there was none.
    status_code;
    /// Why the last message was not taken, as the seller is told. Null where it was, and for callers who are not the seller.
    error = told_to_seller(cell!(order_line_attempt.error));
}
