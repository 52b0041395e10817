//! Who must agree to an order, and what the answers add up to.

use entity::{ApprovalDecision, PartnerId, Role, approval, order};

use super::viewer::Scope;

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

/// Whose answers somebody gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovesFor {
    Nobody,
    Seller,
    Partner(PartnerId),
}

impl ApprovesFor {
    pub fn of(scope: &Scope, role: Role) -> Self {
        match (scope, role) {
            (Scope::Tenant, Role::Admin | Role::Approver) => Self::Seller,
            (Scope::Partner { own, .. }, Role::Approver) => Self::Partner(*own),
            (Scope::Tenant | Scope::Partner { .. } | Scope::Customer { .. }, _) => Self::Nobody,
        }
    }

    /// Whether the answer of `partner` (none: the seller's) is among them.
    pub fn includes(self, partner: Option<PartnerId>) -> bool {
        match self {
            Self::Nobody => false,
            Self::Seller => partner.is_none(),
            Self::Partner(own) => partner == Some(own),
        }
    }

    /// The answer that is to be given, or was, if the order needs one.
    pub fn answer(self, approvals: &[approval::Model]) -> Option<&approval::Model> {
        approvals.iter().find(|approval| self.includes(approval.partner_id))
    }
}

/// Whether every answer but this one is a yes.
pub fn is_last(approvals: &[approval::Model], answering: &approval::Model) -> bool {
    approvals
        .iter()
        .filter(|approval| approval.id != answering.id)
        .all(|approval| approval.decision == ApprovalDecision::Approved)
}

/// Whether an order is somebody's own work, so that they do not decide on it: they placed it, changed its lines, or
/// submitted it.
pub fn is_own(order: &order::Model, subject: &str) -> bool {
    let others = order.co_authors.as_ref().map(|subjects| subjects.0.as_slice());
    had_a_hand(&order.placed_by, others.unwrap_or_default(), subject)
}

/// The same of an order that these placed and worked on.
pub fn had_a_hand(placed_by: &str, co_authors: &[String], subject: &str) -> bool {
    placed_by == subject || co_authors.iter().any(|other| other == subject)
}

/// Remembers that somebody has had a hand in an order.
pub fn sign(order: &mut order::Model, subject: &str) {
    if !is_own(order, subject) {
        order.co_authors.get_or_insert_default().0.push(subject.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use entity::{CustomerId, OrderId, OrderStatus, RoundingMode, TenantId};
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

    #[test]
    fn approvers_answer_for_whom_they_speak_and_admins_for_the_seller() {
        let [own, below] = [1, 2].map(|id| PartnerId(Uuid::from_u128(id)));
        let partner = Scope::Partner { own, partners: vec![own, below] };
        let customer = Scope::Customer { own: CustomerId(Uuid::nil()), partner: Some(own) };
        for role in Role::ALL {
            let of = |scope: &Scope| ApprovesFor::of(scope, *role);
            let is_approver = *role == Role::Approver;
            assert_eq!(of(&Scope::Tenant).includes(None), is_approver || *role == Role::Admin);
            assert_eq!(of(&partner).includes(Some(own)), is_approver, "{role}");
            assert!(!of(&Scope::Tenant).includes(Some(own)), "{role}");
            assert!(!of(&partner).includes(None) && !of(&partner).includes(Some(below)), "{role}");
            assert_eq!(of(&customer), ApprovesFor::Nobody, "{role}");
        }
    }

    /// APX-28.
    #[test]
    fn an_order_is_the_own_work_of_all_who_had_a_hand_in_it() {
        let mut order = placed_by("user:buyer");
        assert!(is_own(&order, "user:buyer"));
        assert!(!is_own(&order, "user:admin"));
        for subject in ["user:buyer", "user:admin", "key:og", "user:admin"] {
            sign(&mut order, subject);
        }
        let others = order.co_authors.as_ref().map(|subjects| subjects.0.as_slice());
        assert_eq!(others, Some(["user:admin", "key:og"].map(str::to_owned).as_slice()));
        for subject in ["user:buyer", "user:admin", "key:og"] {
            assert!(is_own(&order, subject), "{subject}");
        }
        assert!(!is_own(&order, "user:approver"));
    }

    fn placed_by(subject: &str) -> order::Model {
        order::Model {
            id: OrderId(Uuid::nil()),
            tenant_id: TenantId(Uuid::nil()),
            number: "ORD-1".to_owned(),
            customer_id: CustomerId(Uuid::nil()),
            partner_id: None,
            agreement_id: None,
            status: OrderStatus::Draft,
            currency: "EUR".to_owned(),
            reference: None,
            po_number: None,
            external_reference: None,
            start_at: None,
            placed_by: subject.to_owned(),
            placed_by_partner_id: None,
            co_authors: None,
            net_amount: 0,
            tax_amount: 0,
            gross_amount: 0,
            rounding_mode: RoundingMode::HalfUp,
            tax_inclusive: false,
            reason: None,
            submitted_at: None,
            approved_at: None,
            ended_at: None,
            failures: 0,
            next_try_at: DateTime::UNIX_EPOCH,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }
}
