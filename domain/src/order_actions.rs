//! What a viewer may do to an order now.

use entity::{OrderStatus, OrderTrigger, PartnerId};

use super::{
    approval::ApprovesFor,
    order_life::{Mover, allows},
};

/// Something that can be done to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvailableAction {
    Update,
    Delete,
    Submit,
    Approve,
    Reject,
    Cancel,
    Retry,
}

/// What there is to know of the one who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// As whom they move orders.
    pub movers: &'a [Mover],
    /// Whether they placed the order, changed its lines, or submitted it.
    pub is_own: bool,
    pub approves_for: ApprovesFor,
}

/// All that the asker may do, in the order of an order's life. `is_payable` says whether its payment lets it be submitted.
/// `waiting` are those whose answers are waited for: partners, and the seller (none); not those to which the asker has said
/// yes.
pub fn available(
    status: OrderStatus,
    is_payable: bool,
    waiting: &[Option<PartnerId>],
    asker: Asker<'_>,
) -> Vec<AvailableAction> {
    use AvailableAction::{Approve, Cancel, Delete, Reject, Retry, Submit, Update};
    let can = |trigger| allows(status, trigger, asker.movers);
    // Who may submit a draft may change it and throw it away.
    let edits = can(OrderTrigger::Submit);
    let is_asked = waiting.iter().any(|partner| asker.approves_for.includes(*partner));
    let decides = !asker.is_own && is_asked;
    [
        (Update, edits),
        (Delete, edits),
        (Submit, edits && is_payable),
        (Approve, decides && can(OrderTrigger::ApproveStep)),
        (Reject, decides && can(OrderTrigger::Reject)),
        (Cancel, can(OrderTrigger::Cancel)),
        (Retry, can(OrderTrigger::Retry)),
    ]
    .into_iter()
    .filter_map(|(action, may)| may.then_some(action))
    .collect()
}

#[cfg(test)]
mod tests {
    use entity::Role;
    use uuid::Uuid;

    use super::*;
    use crate::order_life::movers;
    use AvailableAction::{Approve, Cancel, Delete, Reject, Retry, Submit, Update};

    fn partner_id(id: u128) -> PartnerId {
        PartnerId(Uuid::from_u128(id))
    }

    fn asker(role: Role, approves_for: ApprovesFor) -> Asker<'static> {
        Asker { movers: movers(role), is_own: false, approves_for }
    }

    #[test]
    fn whoever_submits_a_draft_may_also_change_and_delete_it() {
        let draft =
            |role| available(OrderStatus::Draft, true, &[], asker(role, ApprovesFor::Nobody));
        for role in [Role::Admin, Role::Seller, Role::Partner, Role::Customer] {
            assert_eq!(draft(role), [Update, Delete, Submit, Cancel], "{role}");
            let unpaid =
                available(OrderStatus::Draft, false, &[], asker(role, ApprovesFor::Nobody));
            assert_eq!(unpaid, [Update, Delete, Cancel], "{role}");
        }
        for role in [Role::Approver, Role::Provisioner, Role::Auditor] {
            assert_eq!(draft(role), [], "{role}");
        }
    }

    #[test]
    fn only_the_approver_whose_answer_is_waited_for_decides() {
        let pending = |approves_for| {
            available(
                OrderStatus::PendingApproval,
                true,
                &[None],
                asker(Role::Approver, approves_for),
            )
        };
        assert_eq!(pending(ApprovesFor::Seller), [Approve, Reject]);
        assert_eq!(pending(ApprovesFor::Partner(partner_id(1))), []);
        assert_eq!(pending(ApprovesFor::Partner(partner_id(2))), []);
        assert_eq!(pending(ApprovesFor::Nobody), []);
    }

    /// APX-28.
    #[test]
    fn nobody_decides_on_an_order_of_their_own() {
        let own = Asker { is_own: true, ..asker(Role::Admin, ApprovesFor::Seller) };
        assert_eq!(available(OrderStatus::PendingApproval, true, &[None], own), [Cancel]);
    }

    #[test]
    fn failed_orders_are_retried_by_those_who_carry_out() {
        let failed =
            |role| available(OrderStatus::Failed, true, &[], asker(role, ApprovesFor::Nobody));
        assert_eq!(failed(Role::Provisioner), [Retry]);
        assert_eq!(failed(Role::Customer), []);
    }
}
