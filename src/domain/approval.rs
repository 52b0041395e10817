//! Who must agree to an order, and what the answers add up to.

use entity::{ApprovalDecision, PartnerId, approval};

/// A partner in the chain above the customer, and whether it must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainLink {
    pub partner_id: PartnerId,
    pub approval_required: bool,
}

/// Who must answer, in the order of levels: partners from the customer's own upwards, then the seller (none).
pub fn levels(chain: &[ChainLink], seller_approves: bool) -> Vec<Option<PartnerId>> {
    chain
        .iter()
        .filter(|link| link.approval_required)
        .map(|link| Some(link.partner_id))
        .chain(seller_approves.then_some(None))
        .collect()
}

/// The answer that an approver of `partner` (none: the seller's approver) has to give, or gave.
pub fn of_approver(
    approvals: &[approval::Model],
    partner: Option<PartnerId>,
) -> Option<&approval::Model> {
    approvals.iter().find(|approval| approval.partner_id == partner)
}

/// Whether every answer but this one is a yes.
pub fn is_last(approvals: &[approval::Model], answering: &approval::Model) -> bool {
    approvals
        .iter()
        .filter(|approval| approval.id != answering.id)
        .all(|approval| approval.decision == ApprovalDecision::Approved)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_approving_level_is_asked_the_seller_last() {
        let link = |id, approval_required| ChainLink {
            partner_id: PartnerId(Uuid::from_u128(id)),
            approval_required,
        };
        let chain = [link(1, true), link(2, false), link(3, true)];
        let partner = |id| Some(PartnerId(Uuid::from_u128(id)));
        assert_eq!(levels(&chain, true), [partner(1), partner(3), None]);
        assert_eq!(levels(&chain, false), [partner(1), partner(3)]);
        assert!(levels(&[], false).is_empty());
    }
}
