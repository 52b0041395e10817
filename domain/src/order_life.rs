//! The life of an order.

use entity::{OrderStatus, OrderTrigger, Role};

use OrderStatus::{
    Approved, Cancelled, Completed, Draft, Failed, OnHold, PartiallyCompleted, PendingApproval,
    Provisioning, Rejected, Submitted,
};
use OrderTrigger::{
    ApproveLastStep, ApproveStep, Cancel, Complete, CompletePartially, Create, Fail, Hold,
    LetApprovalLapse, LetPaymentLapse, Reject, RequireApproval, Resume, Retry, Start, Submit,
    WaiveApproval,
};

/// Who makes a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mover {
    Customer,
    Partner,
    Seller,
    Approver,
    Provisioner,
    /// Ordergate itself, by policy, by date, or because of what happened to the lines.
    System,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// None: the order does not exist yet.
    pub from: Option<OrderStatus>,
    pub trigger: OrderTrigger,
    pub to: OrderStatus,
    pub by: &'static [Mover],
}

const BUYERS: &[Mover] = &[Mover::Customer, Mover::Partner, Mover::Seller];
const APPROVERS: &[Mover] = &[Mover::Approver];
/// The system asks where a vendor is simulated.
const ASKERS: &[Mover] = &[Mover::Provisioner, Mover::System];
/// Buyers answer; the system resumes when the line that waited for an answer has failed instead.
const ANSWERERS: &[Mover] = &[Mover::Customer, Mover::Partner, Mover::Seller, Mover::System];
/// The system submits what a buyer wanted submitted once it is paid.
const SUBMITTERS: &[Mover] = &[Mover::Customer, Mover::Partner, Mover::Seller, Mover::System];
const SYSTEM: &[Mover] = &[Mover::System];

/// Every move an order can make, and who may make it. What is not here cannot happen.
#[rustfmt::skip]
pub const TRANSITIONS: &[Transition] = &[
    //  from                       trigger            to                  by
    row(None,                      Create,            Draft,              BUYERS),

    row(Some(Draft),               Submit,            Submitted,          SUBMITTERS),
    row(Some(Draft),               LetPaymentLapse,   Cancelled,          SYSTEM),
    row(Some(Draft),               Cancel,            Cancelled,          BUYERS),

    row(Some(Submitted),           RequireApproval,   PendingApproval,    SYSTEM),
    row(Some(Submitted),           WaiveApproval,     Approved,           SYSTEM),

    row(Some(PendingApproval),     ApproveStep,       PendingApproval,    APPROVERS),
    row(Some(PendingApproval),     ApproveLastStep,   Approved,           APPROVERS),
    row(Some(PendingApproval),     Reject,            Rejected,           APPROVERS),
    row(Some(PendingApproval),     LetApprovalLapse,  Cancelled,          SYSTEM),
    row(Some(PendingApproval),     Cancel,            Cancelled,          BUYERS),

    row(Some(Approved),            Start,             Provisioning,       SYSTEM),
    row(Some(Approved),            Cancel,            Cancelled,          BUYERS),

    row(Some(Provisioning),        Hold,              OnHold,             ASKERS),
    row(Some(Provisioning),        Complete,          Completed,          SYSTEM),
    row(Some(Provisioning),        CompletePartially, PartiallyCompleted, SYSTEM),
    row(Some(Provisioning),        Fail,              Failed,             SYSTEM),

    row(Some(OnHold),              Resume,            Provisioning,       ANSWERERS),
    row(Some(OnHold),              Complete,          Completed,          SYSTEM),
    row(Some(OnHold),              CompletePartially, PartiallyCompleted, SYSTEM),
    row(Some(OnHold),              Fail,              Failed,             SYSTEM),

    row(Some(Failed),              Retry,             Provisioning,       &[Mover::Seller, Mover::Provisioner]),
    row(Some(PartiallyCompleted),  Retry,             Provisioning,       &[Mover::Seller, Mover::Provisioner]),
];

const fn row(
    from: Option<OrderStatus>,
    trigger: OrderTrigger,
    to: OrderStatus,
    by: &'static [Mover],
) -> Transition {
    Transition { from, trigger, to, by }
}

/// Why a move cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAllowed {
    /// Nobody can do this to an order in this status.
    InThisStatus,
    /// Others can.
    ByThisMover,
}

/// The status that an order gets when one of `movers` pulls the trigger.
pub fn next(
    from: Option<OrderStatus>,
    trigger: OrderTrigger,
    movers: &[Mover],
) -> Result<OrderStatus, NotAllowed> {
    let transition = TRANSITIONS
        .iter()
        .find(|row| row.from == from && row.trigger == trigger)
        .ok_or(NotAllowed::InThisStatus)?;
    if transition.by.iter().any(|mover| movers.contains(mover)) {
        Ok(transition.to)
    } else {
        Err(NotAllowed::ByThisMover)
    }
}

/// Whether one of `movers` can pull the trigger in this status.
pub fn allows(status: OrderStatus, trigger: OrderTrigger, movers: &[Mover]) -> bool {
    next(Some(status), trigger, movers).is_ok()
}

/// Whether the move is one that customers make: whoever else makes it does so in a customer's place.
pub fn is_customers(from: Option<OrderStatus>, trigger: OrderTrigger) -> bool {
    let mut rows = TRANSITIONS.iter().filter(|row| row.from == from && row.trigger == trigger);
    rows.any(|row| row.by.contains(&Mover::Customer))
}

/// As whom a caller with this role moves orders. An auditor only reads.
pub const fn movers(role: Role) -> &'static [Mover] {
    match role {
        Role::Admin => &[Mover::Seller, Mover::Approver, Mover::Provisioner],
        Role::Seller => &[Mover::Seller],
        Role::Approver => &[Mover::Approver],
        Role::Partner => &[Mover::Partner],
        Role::Customer => &[Mover::Customer],
        Role::Provisioner => &[Mover::Provisioner],
        Role::Auditor => &[],
    }
}

/// Whether the order has come to an end. A failed or partly completed one may be taken up again.
pub const fn is_ended(status: OrderStatus) -> bool {
    match status {
        Completed | PartiallyCompleted | Failed | Rejected | Cancelled => true,
        Draft | Submitted | PendingApproval | Approved | Provisioning | OnHold => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYBODY: &[Mover] = &[
        Mover::Customer,
        Mover::Partner,
        Mover::Seller,
        Mover::Approver,
        Mover::Provisioner,
        Mover::System,
    ];

    /// A status and a trigger lead to one place only.
    #[test]
    fn the_table_is_a_function() {
        for (index, row) in TRANSITIONS.iter().enumerate() {
            let twin = TRANSITIONS[index + 1..]
                .iter()
                .find(|other| other.from == row.from && other.trigger == row.trigger);
            assert!(twin.is_none(), "{row:?} and {twin:?}");
        }
    }

    #[test]
    fn every_status_can_be_reached_from_nothing() {
        let mut reached = vec![None];
        loop {
            let news: Vec<_> = TRANSITIONS
                .iter()
                .filter(|row| reached.contains(&row.from) && !reached.contains(&Some(row.to)))
                .map(|row| Some(row.to))
                .collect();
            if news.is_empty() {
                break;
            }
            reached.extend(news);
        }
        for status in OrderStatus::ALL {
            assert!(reached.contains(&Some(*status)), "{status}");
        }
    }

    #[test]
    fn every_trigger_is_used() {
        for trigger in OrderTrigger::ALL {
            assert!(TRANSITIONS.iter().any(|row| row.trigger == *trigger), "{trigger}");
        }
    }

    #[test]
    fn completed_rejected_and_cancelled_orders_stay_what_they_are() {
        for status in [Completed, Rejected, Cancelled] {
            for trigger in OrderTrigger::ALL {
                assert!(!allows(status, *trigger, EVERYBODY), "{status} {trigger}");
            }
        }
    }

    /// APX-11: nothing reaches a vendor before approval.
    #[test]
    fn only_an_approved_order_starts() {
        let starts: Vec<_> =
            TRANSITIONS.iter().filter(|row| row.trigger == Start).map(|row| row.from).collect();
        assert_eq!(starts, [Some(Approved)]);
    }

    #[test]
    fn an_auditor_moves_nothing() {
        for row in TRANSITIONS {
            assert_ne!(next(row.from, row.trigger, movers(Role::Auditor)), Ok(row.to));
        }
    }
}
