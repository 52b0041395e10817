//! The life of an order line, and what the lines together make of their order.

use entity::{OrderLineStatus, OrderStatus, OrderTrigger};

use super::order_life::Mover;
use OrderLineStatus::{Cancelled, Completed, Failed, InProgress, OnHold, Pending, Rejected};

/// What makes a line move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineTrigger {
    Start,
    Complete,
    Fail,
    /// It belongs to what another line was to buy, which failed.
    FailWithParent,
    Hold,
    Resume,
    /// A new attempt, which waits like the first.
    Retry,
    /// What it bought is taken back, by a line of another order.
    Undo,
    RejectWithOrder,
    CancelWithOrder,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct LineTransition {
    pub from: OrderLineStatus,
    pub trigger: LineTrigger,
    pub to: OrderLineStatus,
    pub by: &'static [Mover],
}

const BUYERS: &[Mover] = &[Mover::Customer, Mover::Partner, Mover::Seller];
/// The system carries out what needs nobody.
const PROVISIONERS: &[Mover] = &[Mover::Provisioner, Mover::System];
const SYSTEM: &[Mover] = &[Mover::System];
const RETRIERS: &[Mover] = &[Mover::Seller, Mover::Provisioner];
/// Whoever moves the order.
const ANYBODY: &[Mover] = &[
    Mover::Customer,
    Mover::Partner,
    Mover::Seller,
    Mover::Approver,
    Mover::Provisioner,
    Mover::System,
];

/// Every move a line can make, and who may make it. What is not here cannot happen.
#[rustfmt::skip]
pub const TRANSITIONS: &[LineTransition] = &[
    row(Pending,    LineTrigger::Start,           InProgress, PROVISIONERS),
    row(Pending,    LineTrigger::RejectWithOrder, Rejected,   ANYBODY),
    row(Pending,    LineTrigger::CancelWithOrder, Cancelled,  ANYBODY),
    row(Pending,    LineTrigger::FailWithParent,  Failed,     SYSTEM),

    row(InProgress, LineTrigger::Complete,        Completed,  PROVISIONERS),
    row(InProgress, LineTrigger::Fail,            Failed,     PROVISIONERS),
    row(InProgress, LineTrigger::Hold,            OnHold,     PROVISIONERS),

    row(OnHold,     LineTrigger::Resume,          InProgress, BUYERS),
    row(OnHold,     LineTrigger::Fail,            Failed,     PROVISIONERS),

    row(Failed,     LineTrigger::Retry,           Pending,    RETRIERS),

    row(Completed,  LineTrigger::Undo,            Cancelled,  PROVISIONERS),
];

const fn row(
    from: OrderLineStatus,
    trigger: LineTrigger,
    to: OrderLineStatus,
    by: &'static [Mover],
) -> LineTransition {
    LineTransition { from, trigger, to, by }
}

/// The status that a line gets; none if it cannot make the move.
pub fn next(from: OrderLineStatus, trigger: LineTrigger) -> Option<OrderLineStatus> {
    find(from, trigger).map(|row| row.to)
}

/// Whether one of `movers` can have a line with this status make the move.
pub fn allows(from: OrderLineStatus, trigger: LineTrigger, movers: &[Mover]) -> bool {
    find(from, trigger).is_some_and(|row| row.by.iter().any(|mover| movers.contains(mover)))
}

/// Whether the move is one that customers make: whoever else makes it does so in a customer's place.
pub fn is_customers(from: OrderLineStatus, to: OrderLineStatus) -> bool {
    let mut rows = TRANSITIONS.iter().filter(|row| row.from == from && row.to == to);
    rows.any(|row| row.by.contains(&Mover::Customer))
}

fn find(from: OrderLineStatus, trigger: LineTrigger) -> Option<&'static LineTransition> {
    TRANSITIONS.iter().find(|row| row.from == from && row.trigger == trigger)
}

/// Whether the lines of an order with this status can be begun.
pub const fn can_begin(order: OrderStatus) -> bool {
    matches!(order, OrderStatus::Provisioning | OrderStatus::OnHold)
}

/// Whether it is a line's turn to be carried out. `parent`: the status of the line that buys what its add-on belongs to.
pub fn is_its_turn(parent: Option<OrderLineStatus>) -> bool {
    parent.is_none_or(|parent| parent == Completed)
}

/// Whether a line with this status comes to nothing, unless it is tried again itself.
pub const fn never_completes(line: OrderLineStatus) -> bool {
    matches!(line, Failed | Rejected | Cancelled)
}

/// How an order in provisioning moves because of its lines; none: it stays. A line that was cancelled by then had been carried
/// out.
pub fn roll_up(order: OrderStatus, lines: &[OrderLineStatus]) -> Option<OrderTrigger> {
    let count = |status| lines.iter().filter(|line| **line == status).count();
    let (completed, failed) = (count(Completed) + count(Cancelled), count(Failed));
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
            (OrderStatus::Provisioning, &[Cancelled, Completed], Some(OrderTrigger::Complete)),
            (
                OrderStatus::Provisioning,
                &[Cancelled, Failed],
                Some(OrderTrigger::CompletePartially),
            ),
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
    fn what_is_rejected_or_cancelled_stays_so() {
        for status in [Rejected, Cancelled] {
            assert!(TRANSITIONS.iter().all(|row| row.from != status), "{status}");
        }
    }

    /// APX-24.
    #[test]
    fn what_is_completed_can_only_be_undone() {
        let moves = TRANSITIONS.iter().filter(|row| row.from == Completed);
        let moves: Vec<_> = moves.map(|row| (row.trigger, row.to)).collect();
        assert_eq!(moves, [(LineTrigger::Undo, Cancelled)]);
    }
}
