//! One attempt at carrying an order line out.

use entity::order_line_attempt;

use crate::{access::within_tenant, graphql::read::table::object};

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
}
