//! What mail is sent about, to whom it may go, and when it is tried again.

use chrono::TimeDelta;
use entity::{
    EventKind, MailAudience, MailKind, OrderLineStatus, OrderStatus, OrderTrigger, event,
};

/// For how long a mail is tried; what happened longer ago is told by none.
pub const TRIED_FOR: TimeDelta = TimeDelta::days(2);

const FIRST_REST: TimeDelta = TimeDelta::minutes(1);
const LONGEST_REST: TimeDelta = TimeDelta::hours(4);

/// What mail an event is a reason for, if it is for one.
pub fn kind_of(event: &event::Model) -> Option<MailKind> {
    let to_status = event.to_status.as_deref();
    let is_held = event.kind == EventKind::OrderLineStatusChanged
        && to_status == Some(OrderLineStatus::OnHold.as_str());
    if is_held {
        return Some(MailKind::OrderHeld);
    }
    if event.kind == EventKind::InvoiceIssued {
        return Some(MailKind::InvoiceIssued);
    }
    event.trigger.filter(|_| event.kind == EventKind::OrderStatusChanged).and_then(of_move)
}

fn of_move(trigger: OrderTrigger) -> Option<MailKind> {
    match trigger {
        OrderTrigger::RequireApproval => Some(MailKind::ApprovalWanted),
        OrderTrigger::ApproveLastStep => Some(MailKind::OrderApproved),
        OrderTrigger::Reject => Some(MailKind::OrderRejected),
        OrderTrigger::Complete => Some(MailKind::OrderCompleted),
        OrderTrigger::CompletePartially | OrderTrigger::Fail => Some(MailKind::OrderFailed),
        OrderTrigger::Create
        | OrderTrigger::Submit
        | OrderTrigger::WaiveApproval
        | OrderTrigger::ApproveStep
        | OrderTrigger::LetApprovalLapse
        | OrderTrigger::LetPaymentLapse
        | OrderTrigger::Cancel
        | OrderTrigger::Start
        | OrderTrigger::Hold
        | OrderTrigger::Resume
        | OrderTrigger::Retry => None,
    }
}

/// Whether what a mail says of an order is still so.
pub fn still_holds(kind: MailKind, status: OrderStatus) -> bool {
    match kind {
        MailKind::ApprovalWanted => status == OrderStatus::PendingApproval,
        MailKind::OrderHeld => status == OrderStatus::OnHold,
        MailKind::OrderApproved => status != OrderStatus::Cancelled,
        MailKind::OrderRejected => status == OrderStatus::Rejected,
        MailKind::OrderCompleted => status == OrderStatus::Completed,
        MailKind::OrderFailed => {
            matches!(status, OrderStatus::Failed | OrderStatus::PartiallyCompleted)
        }
        MailKind::InvoiceIssued => true,
    }
}

/// Whether whoever has an address of this kind may be asked or told this. A customer does not approve its own orders.
pub fn may_go_to(kind: MailKind, audience: MailAudience) -> bool {
    match audience {
        MailAudience::Address => true,
        MailAudience::Customer => kind != MailKind::ApprovalWanted,
    }
}

/// How long a mail rests after so many attempts: a minute, and twice as long each time, give or take a quarter. `chance` is
/// from 0 to 999.
pub fn rest(attempts: i32, chance: u32) -> TimeDelta {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    let rest = (FIRST_REST * (1 << doublings)).min(LONGEST_REST);
    let permille = 750 + i32::try_from(chance.min(999) / 2).unwrap_or(0);
    rest / 1_000 * permille
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rest_is_longer_up_to_a_limit_and_no_two_mails_need_rest_alike() {
        let rests: Vec<_> = (1..=9).map(|attempts| rest(attempts, 500)).collect();
        assert_eq!(rests[..3], [1, 2, 4].map(TimeDelta::minutes));
        assert!(rests.is_sorted());
        assert_eq!((rest(i32::MAX, 500), rest(0, 500)), (LONGEST_REST, FIRST_REST));
        assert_eq!((rest(1, 0), rest(2, 0)), (TimeDelta::seconds(45), TimeDelta::seconds(90)));
        assert!(rest(1, 999) < TimeDelta::seconds(75) && rest(1, 999) > TimeDelta::seconds(74));
        assert_eq!(rest(1, u32::MAX), rest(1, 999));
    }

    #[test]
    fn what_is_no_longer_so_is_not_told() {
        use OrderStatus::{Approved, Cancelled, Completed, Failed, OnHold, PendingApproval};
        for (kind, status, holds) in [
            (MailKind::ApprovalWanted, PendingApproval, true),
            (MailKind::ApprovalWanted, Approved, false),
            (MailKind::OrderHeld, OnHold, true),
            (MailKind::OrderHeld, Completed, false),
            (MailKind::OrderApproved, Completed, true),
            (MailKind::OrderApproved, Cancelled, false),
            (MailKind::OrderCompleted, Completed, true),
            (MailKind::OrderFailed, Failed, true),
            (MailKind::OrderFailed, OrderStatus::PartiallyCompleted, true),
            (MailKind::OrderFailed, OrderStatus::Provisioning, false),
        ] {
            assert_eq!(still_holds(kind, status), holds, "{kind} {status}");
        }
    }

    #[test]
    fn a_customer_is_told_everything_and_asked_nothing() {
        for kind in MailKind::ALL.iter().copied() {
            let asks = kind == MailKind::ApprovalWanted;
            assert_eq!(may_go_to(kind, MailAudience::Customer), !asks, "{kind}");
            assert!(may_go_to(kind, MailAudience::Address), "{kind}");
        }
    }
}
