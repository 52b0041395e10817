//! The life of a payment agreement.

use entity::{PaymentAgreementStatus, PaymentMethod, PaymentOutcome};

use super::order_life::Mover;
use PaymentAgreementStatus::{Active, Cancelled, Expired, Pending, Rejected};
use PaymentTrigger::{Approve, Cancel, Expire, Grant, Register, Reject};

/// What makes a payment agreement move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentTrigger {
    /// Somebody is to pay, or to agree to be charged, at a provider.
    Register,
    /// The seller gives credit: nobody is asked anything.
    Grant,
    /// The provider says yes.
    Approve,
    /// The provider says no.
    Reject,
    /// Nobody has paid in time.
    Expire,
    /// It is no longer wanted, or its order is not.
    Cancel,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct PaymentTransition {
    /// None: the payment agreement does not exist yet.
    pub from: Option<PaymentAgreementStatus>,
    pub trigger: PaymentTrigger,
    pub to: PaymentAgreementStatus,
    pub by: &'static [Mover],
}

const BUYERS: &[Mover] = &[Mover::Customer, Mover::Partner, Mover::Seller];
/// Whoever pays gains by saying that it is paid, so only the seller says so, or its integration in the seller's name.
const SELLER: &[Mover] = &[Mover::Seller];
const SYSTEM: &[Mover] = &[Mover::System];

/// Every move a payment agreement can make, and who may make it. What is not here cannot happen.
#[rustfmt::skip]
pub const TRANSITIONS: &[PaymentTransition] = &[
    row(None,          Register, Pending,   BUYERS),
    row(None,          Grant,    Active,    SELLER),

    row(Some(Pending), Approve,  Active,    SELLER),
    row(Some(Pending), Reject,   Rejected,  SELLER),
    row(Some(Pending), Expire,   Expired,   SYSTEM),
    row(Some(Pending), Cancel,   Cancelled, BUYERS),

    row(Some(Active),  Cancel,   Cancelled, BUYERS),
];

const fn row(
    from: Option<PaymentAgreementStatus>,
    trigger: PaymentTrigger,
    to: PaymentAgreementStatus,
    by: &'static [Mover],
) -> PaymentTransition {
    PaymentTransition { from, trigger, to, by }
}

/// The status that a payment agreement gets when one of `movers` pulls the trigger; none: it cannot be pulled by them, or not
/// in this status.
pub fn next(
    from: Option<PaymentAgreementStatus>,
    trigger: PaymentTrigger,
    movers: &[Mover],
) -> Option<PaymentAgreementStatus> {
    let row = TRANSITIONS.iter().find(|row| row.from == from && row.trigger == trigger)?;
    row.by.iter().any(|mover| movers.contains(mover)).then_some(row.to)
}

/// How a payment agreement by this method begins.
pub const fn beginning(method: PaymentMethod) -> PaymentTrigger {
    match method {
        PaymentMethod::Invoice => Grant,
        PaymentMethod::Card | PaymentMethod::Wallet | PaymentMethod::DirectDebit => Register,
    }
}

/// Whether an order may be submitted as far as its payment goes: by how it is to be paid, what has become of its payment
/// agreement, and whether the seller wants orders paid for first.
pub const fn lets_submit(
    method: Option<PaymentMethod>,
    agreement: Option<PaymentAgreementStatus>,
    is_required: bool,
) -> bool {
    match (agreement, method) {
        (Some(status), _) => matches!(status, Active),
        (None, None | Some(PaymentMethod::Invoice)) => !is_required,
        (None, Some(PaymentMethod::Card | PaymentMethod::Wallet | PaymentMethod::DirectDebit)) => {
            false
        }
    }
}

/// Whether nothing happens to it any more.
pub const fn is_ended(status: PaymentAgreementStatus) -> bool {
    match status {
        Rejected | Expired | Cancelled => true,
        Pending | Active => false,
    }
}

/// What an outcome does to a payment agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    Moves(PaymentTrigger),
    /// Nothing: that was its outcome, and it is told again.
    Stays,
    /// It has ended otherwise. What was paid nevertheless is to be given back.
    IsTooLate,
}

/// What it does to a payment agreement in this status that the provider says yes or no, for the first time or again.
pub const fn completion(status: PaymentAgreementStatus, outcome: PaymentOutcome) -> Completion {
    match (status, outcome) {
        (Pending, PaymentOutcome::Approved) => Completion::Moves(Approve),
        (Pending, PaymentOutcome::Rejected) => Completion::Moves(Reject),
        (Active, PaymentOutcome::Approved) | (Rejected, PaymentOutcome::Rejected) => {
            Completion::Stays
        }
        (Active, PaymentOutcome::Rejected)
        | (Rejected, PaymentOutcome::Approved)
        | (Expired | Cancelled, _) => Completion::IsTooLate,
    }
}

#[cfg(test)]
mod tests {
    use entity::Role;

    use super::*;
    use crate::order_life::movers;

    const TRIGGERS: [PaymentTrigger; 6] = [Register, Grant, Approve, Reject, Expire, Cancel];

    #[test]
    fn the_table_is_a_function() {
        for (index, row) in TRANSITIONS.iter().enumerate() {
            let mut others = TRANSITIONS[index + 1..].iter();
            let twin = others.find(|it| it.from == row.from && it.trigger == row.trigger);
            assert!(twin.is_none(), "{row:?} and {twin:?}");
        }
    }

    #[test]
    fn an_order_is_submitted_once_its_payment_agreement_is_active_or_where_nobody_asks_for_one() {
        use PaymentMethod::{Card, Invoice};
        for status in PaymentAgreementStatus::ALL {
            for is_required in [false, true] {
                assert_eq!(lets_submit(Some(Card), Some(*status), is_required), *status == Active);
            }
        }
        assert!(!lets_submit(Some(Card), None, false));
        for method in [None, Some(Invoice)] {
            assert!(lets_submit(method, None, false));
            assert!(!lets_submit(method, None, true));
        }
    }

    #[test]
    fn every_status_is_reached_and_every_trigger_is_used() {
        for status in PaymentAgreementStatus::ALL {
            assert!(TRANSITIONS.iter().any(|row| row.to == *status), "{status}");
        }
        for trigger in TRIGGERS {
            assert!(TRANSITIONS.iter().any(|row| row.trigger == trigger), "{trigger:?}");
        }
    }

    #[test]
    fn what_has_ended_stays_as_it_is() {
        for status in PaymentAgreementStatus::ALL.iter().filter(|it| is_ended(**it)) {
            assert!(TRANSITIONS.iter().all(|row| row.from != Some(*status)), "{status}");
        }
    }

    /// A page that says "paid" proves nothing, whoever shows it.
    #[test]
    fn nobody_but_the_seller_says_that_something_is_paid() {
        for role in Role::ALL {
            let may = matches!(role, Role::Admin | Role::Seller);
            assert_eq!(next(Some(Pending), Approve, movers(*role)).is_some(), may, "{role}");
            assert_eq!(next(None, Grant, movers(*role)).is_some(), may, "{role}");
        }
    }

    #[test]
    fn an_outcome_moves_a_pending_one_and_no_other() {
        for status in PaymentAgreementStatus::ALL {
            for outcome in PaymentOutcome::ALL {
                let completion = completion(*status, *outcome);
                let moves = matches!(completion, Completion::Moves(_));
                assert_eq!(moves, *status == Pending, "{status} {outcome}");
                if let Completion::Moves(trigger) = completion {
                    let to = next(Some(*status), trigger, SELLER).unwrap();
                    let again = super::completion(to, *outcome);
                    assert_eq!(again, Completion::Stays, "{status} {outcome}");
                }
            }
        }
    }
}
