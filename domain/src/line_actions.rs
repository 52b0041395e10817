//! What a viewer may do to an order line now.

use entity::{OrderLineStatus, OrderStatus};

use super::{
    line_life::{LineTrigger, allows, can_begin, is_its_turn, never_completes},
    order_life::Mover,
};

/// Something that can be done to an order line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvailableLineAction {
    Start,
    Complete,
    Fail,
    Hold,
    Resume,
    Retry,
}

/// All that one of `movers` may do, in the order of a line's life. `parent`: the status of the line that buys what its
/// add-on belongs to.
pub fn available(
    line: OrderLineStatus,
    order: OrderStatus,
    parent: Option<OrderLineStatus>,
    movers: &[Mover],
) -> Vec<AvailableLineAction> {
    use AvailableLineAction::{Complete, Fail, Hold, Resume, Retry, Start};
    let can = |trigger| allows(line, trigger, movers);
    [
        (Start, can_begin(order) && is_its_turn(parent) && can(LineTrigger::Start)),
        (Complete, can(LineTrigger::Complete)),
        (Fail, can(LineTrigger::Fail)),
        (Hold, can(LineTrigger::Hold)),
        (Resume, can(LineTrigger::Resume)),
        (Retry, !parent.is_some_and(never_completes) && can(LineTrigger::Retry)),
    ]
    .into_iter()
    .filter_map(|(action, may)| may.then_some(action))
    .collect()
}

#[cfg(test)]
mod tests {
    use entity::Role;

    use super::*;
    use crate::order_life::movers;
    use AvailableLineAction::{Complete, Fail, Hold, Resume, Retry, Start};

    #[test]
    fn a_line_is_taken_up_once_its_order_is_carried_out() {
        let provisioner = movers(Role::Provisioner);
        let pending = |order| available(OrderLineStatus::Pending, order, None, provisioner);
        for order in OrderStatus::ALL.iter().copied() {
            let begins = matches!(order, OrderStatus::Provisioning | OrderStatus::OnHold);
            assert_eq!(pending(order), if begins { vec![Start] } else { vec![] }, "{order}");
        }
    }

    #[test]
    fn the_line_of_an_add_on_waits_for_its_parents() {
        let of = |line, parent| {
            available(line, OrderStatus::Provisioning, Some(parent), movers(Role::Provisioner))
        };
        let cases = [
            (OrderLineStatus::Pending, vec![], vec![Retry]),
            (OrderLineStatus::InProgress, vec![], vec![Retry]),
            (OrderLineStatus::OnHold, vec![], vec![Retry]),
            (OrderLineStatus::Completed, vec![Start], vec![Retry]),
            (OrderLineStatus::Failed, vec![], vec![]),
            (OrderLineStatus::Rejected, vec![], vec![]),
            (OrderLineStatus::Cancelled, vec![], vec![]),
        ];
        assert_eq!(cases.len(), OrderLineStatus::ALL.len());
        for (parent, begins, retries) in cases {
            assert_eq!(of(OrderLineStatus::Pending, parent), begins, "{parent}");
            assert_eq!(of(OrderLineStatus::Failed, parent), retries, "{parent}");
        }
    }

    #[test]
    fn whoever_carries_out_asks_and_whoever_buys_answers() {
        let of = |status, role| available(status, OrderStatus::OnHold, None, movers(role));
        let in_progress = OrderLineStatus::InProgress;
        assert_eq!(of(in_progress, Role::Provisioner), [Complete, Fail, Hold]);
        assert_eq!(of(OrderLineStatus::OnHold, Role::Provisioner), [Fail]);
        for buyer in [Role::Customer, Role::Partner, Role::Seller] {
            assert_eq!(of(in_progress, buyer), []);
            assert_eq!(of(OrderLineStatus::OnHold, buyer), [Resume]);
        }
        assert_eq!(of(OrderLineStatus::OnHold, Role::Admin), [Fail, Resume]);
    }

    #[test]
    fn failed_lines_are_retried_by_sellers_and_provisioners() {
        for role in Role::ALL.iter().copied() {
            let (line, order) = (OrderLineStatus::Failed, OrderStatus::Failed);
            let actions = available(line, order, None, movers(role));
            let retries = matches!(role, Role::Admin | Role::Seller | Role::Provisioner);
            assert_eq!(actions, if retries { vec![Retry] } else { vec![] }, "{role}");
        }
    }
}
