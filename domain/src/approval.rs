//! Who answers an order that waits for approval, and what the answers add up to.

use chrono::{DateTime, Utc};
use entity::{ApprovalDecision, PartnerId, Role, approval, order};

use super::viewer::Scope;

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

/// Whether somebody keeps the rules by which an answer of `partner` (none: the seller's) is asked for: whoever gives that answer
/// does, and the seller's administrators keep those of partners as well.
pub fn keeps_rules_of(scope: &Scope, role: Role, partner: Option<PartnerId>) -> bool {
    let administers = *scope == Scope::Tenant && role == Role::Admin;
    administers || ApprovesFor::of(scope, role).includes(partner)
}

/// Whether an answer that an order waits for comes too late. Where no rule says for how long it may wait, `until` is the last
/// moment of submission from which on orders have waited too long; none: they wait as long as it takes.
pub fn has_lapsed(
    order: &order::Model,
    approvals: &[approval::Model],
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    let by_setting = until.is_some_and(|until| order.submitted_at.is_some_and(|at| at <= until));
    approvals
        .iter()
        .filter(|approval| approval.decision == ApprovalDecision::Pending)
        .any(|approval| approval.lapses_at.map_or(by_setting, |at| at <= now))
}

/// Whether an answer is a yes once so many different people have said it.
pub fn is_enough(answer: &approval::Model, consents: usize) -> bool {
    usize::try_from(answer.approvers_needed).is_ok_and(|needed| consents >= needed)
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
    use chrono::TimeDelta;
    use entity::{ApprovalId, CustomerId, OrderId, OrderStatus, RoundingMode, TenantId};
    use uuid::Uuid;

    use super::*;

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

    #[test]
    fn rules_are_kept_by_those_who_answer_and_by_administrators() {
        let [own, below] = [1, 2].map(|id| PartnerId(Uuid::from_u128(id)));
        let partner = Scope::Partner { own, partners: vec![own, below] };
        let customer = Scope::Customer { own: CustomerId(Uuid::nil()), partner: Some(own) };
        for role in Role::ALL {
            let is_admin = *role == Role::Admin;
            let is_approver = *role == Role::Approver;
            for of in [None, Some(own), Some(below)] {
                let by_seller = is_admin || (is_approver && of.is_none());
                assert_eq!(keeps_rules_of(&Scope::Tenant, *role, of), by_seller, "{role} {of:?}");
                let by_partner = is_approver && of == Some(own);
                assert_eq!(keeps_rules_of(&partner, *role, of), by_partner, "{role} {of:?}");
                assert!(!keeps_rules_of(&customer, *role, of), "{role} {of:?}");
            }
        }
    }

    #[test]
    fn an_answer_lapses_as_its_rules_say_or_else_as_the_setting_does() {
        let at = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        let order = order::Model { submitted_at: Some(at(0)), ..placed_by("user:buyer") };
        let waiting = |lapses_at| approval::Model { lapses_at, ..unanswered() };
        let given = approval::Model {
            decision: ApprovalDecision::Approved,
            lapses_at: Some(at(1)),
            ..unanswered()
        };
        let table = [
            (vec![waiting(Some(at(5)))], None, false),
            (vec![waiting(Some(at(4)))], None, true),
            (vec![waiting(Some(at(5)))], Some(at(0)), false),
            (vec![waiting(None)], Some(at(0)), true),
            (vec![waiting(None)], Some(at(-1)), false),
            (vec![waiting(None)], None, false),
            (vec![waiting(Some(at(5))), waiting(None)], Some(at(0)), true),
            (vec![given], Some(at(0)), false),
        ];
        for (approvals, until, lapsed) in table {
            assert_eq!(
                has_lapsed(&order, &approvals, until, at(4)),
                lapsed,
                "{approvals:?} {until:?}"
            );
        }
    }

    fn unanswered() -> approval::Model {
        approval::Model {
            id: ApprovalId(Uuid::nil()),
            tenant_id: TenantId(Uuid::nil()),
            order_id: OrderId(Uuid::nil()),
            partner_id: None,
            level: 1,
            decision: ApprovalDecision::Pending,
            approvers_needed: 1,
            decided_by: None,
            reason: None,
            external_reference: None,
            decided_at: None,
            rules: None,
            lapses_at: None,
            remind_every_hours: None,
            remind_at: None,
            reminded_at: None,
            created_at: DateTime::UNIX_EPOCH,
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
            payment_method: None,
            payment_agreement_id: None,
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
