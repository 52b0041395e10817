//! The life of an order line, and what the lines together make of their order.

use entity::{OrderLineStatus, OrderStatus, OrderTrigger};

use OrderLineStatus::{Cancelled, Completed, Failed, InProgress, OnHold, Pending, Rejected};

/// What makes a line move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineTrigger {
    Start,
    Complete,
    Fail,
    Hold,
    Resume,
    /// A new attempt, which waits like the first.
    Retry,
    RejectWithOrder,
    CancelWithOrder,
}

/// Every move a line can make. What is not here cannot happen.
#[rustfmt::skip]
pub const TRANSITIONS: &[(OrderLineStatus, LineTrigger, OrderLineStatus)] = &[
    (Pending,    LineTrigger::Start,           InProgress),
    (Pending,    LineTrigger::RejectWithOrder, Rejected),
    (Pending,    LineTrigger::CancelWithOrder, Cancelled),

    (InProgress, LineTrigger::Complete,        Completed),
    (InProgress, LineTrigger::Fail,            Failed),
    (InProgress, LineTrigger::Hold,            OnHold),

    (OnHold,     LineTrigger::Resume,          InProgress),
    (OnHold,     LineTrigger::Fail,            Failed),

    (Failed,     LineTrigger::Retry,           Pending),
];

/// The status that a line gets; none if it cannot make the move.
pub fn next(from: OrderLineStatus, trigger: LineTrigger) -> Option<OrderLineStatus> {
    TRANSITIONS.iter().find(|row| row.0 == from && row.1 == trigger).map(|row| row.2)
}

/// How an order in provisioning moves because of its lines; none: it stays.
pub fn roll_up(order: OrderStatus, lines: &[OrderLineStatus]) -> Option<OrderTrigger> {
    let count = |status| lines.iter().filter(|line| **line == status).count();
    let (completed, failed) = (count(Completed), count(Failed));
    if completed == lines.len() {
        Some(OrderTrigger::Complete)
    } else if failed == lines.len() {
        Some(OrderTrigger::Fail)
    } else if completed + failed == lines.len() {
        Some(OrderTrigger::CompletePartially)
    } else if count(OnHold) > 0 {
        (order == OrderStatus::Provisioning).then_some(OrderTrigger::Hold)
    } else {
        (order == OrderStatus::OnHold).then_some(OrderTrigger::Resume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_ends_as_its_lines_did() {
        let cases: &[(OrderStatus, &[OrderLineStatus], Option<OrderTrigger>)] = &[
            (OrderStatus::Provisioning, &[Completed, Completed], Some(OrderTrigger::Complete)),
            (OrderStatus::Provisioning, &[Failed], Some(OrderTrigger::Fail)),
            (OrderStatus::OnHold, &[Failed, Completed], Some(OrderTrigger::CompletePartially)),
            (OrderStatus::Provisioning, &[Completed, Pending], None),
            (OrderStatus::Provisioning, &[OnHold, Pending], Some(OrderTrigger::Hold)),
            (OrderStatus::OnHold, &[OnHold, Completed], None),
            (OrderStatus::OnHold, &[InProgress, Completed], Some(OrderTrigger::Resume)),
        ];
        for (order, lines, expected) in cases {
            assert_eq!(roll_up(*order, lines), *expected, "{order} {lines:?}");
        }
    }

    #[test]
    fn what_is_completed_rejected_or_cancelled_stays_so() {
        for status in [Completed, Rejected, Cancelled] {
            assert!(TRANSITIONS.iter().all(|row| row.0 != status), "{status}");
        }
    }
}
