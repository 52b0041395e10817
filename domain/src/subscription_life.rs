//! The life of a subscription, as order lines move it.

use entity::{OrderAction, SubscriptionStatus};

use SubscriptionStatus::{Active, Pending, PendingCancel, Suspended, Terminated};

/// Every move that a completed order line can make. What is not here cannot happen.
#[rustfmt::skip]
pub const TRANSITIONS: &[(SubscriptionStatus, OrderAction, SubscriptionStatus)] = &[
    (Pending,       OrderAction::Buy,     Active),
    (Active,        OrderAction::Change,  Active),
    (Active,        OrderAction::Suspend, Suspended),
    (Suspended,     OrderAction::Resume,  Active),
    (Active,        OrderAction::Cancel,  Terminated),
    (PendingCancel, OrderAction::Change,  PendingCancel),
    (PendingCancel, OrderAction::Suspend, Suspended),
    (Suspended,     OrderAction::Cancel,  Terminated),
    (PendingCancel, OrderAction::Cancel,  Terminated),
];

/// The status after the action was carried out; none if it cannot be.
pub fn next(from: SubscriptionStatus, action: OrderAction) -> Option<SubscriptionStatus> {
    TRANSITIONS.iter().find(|row| row.0 == from && row.1 == action).map(|row| row.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// APX-25: a suspended subscription cannot be changed.
    #[test]
    fn only_an_active_subscription_changes() {
        for status in SubscriptionStatus::ALL {
            let changed = next(*status, OrderAction::Change);
            let may = [Active, PendingCancel].contains(status);
            assert_eq!(changed, may.then_some(*status), "{status}");
        }
    }
}
