//! The made-up seller's rules of approval, beside its setting that it approves every order itself.

use entity::{PartnerId, ProductId};

use crate::{
    error::Outcome,
    services::{
        approval_rules::{
            RuleTerms,
            create::{CreateApprovalRule, create_approval_rule},
        },
        change::Change,
        unit::Unit,
    },
};

/// Large orders need the yes of a partner, the work of the seller's own people that of two of them, and first orders are
/// called so.
pub(super) async fn make(unit: &Unit, partner: PartnerId, services: ProductId) -> Outcome<()> {
    let large = RuleTerms {
        currency: Change::Set("EUR".to_owned()),
        minimum_amount: Change::Set(100_000),
        remind_every_hours: Change::Set(24),
        ..RuleTerms::default()
    };
    let own_work = RuleTerms {
        product_id: Change::Set(services),
        approvers_needed: Change::Set(2),
        ..RuleTerms::default()
    };
    let first = RuleTerms { first_order: Change::Set(true), ..RuleTerms::default() };
    for (name, approver_partner_id, terms) in [
        ("Large orders", Some(partner), large),
        ("Our own people's work", None, own_work),
        ("First orders", None, first),
    ] {
        let command = CreateApprovalRule { name: name.to_owned(), approver_partner_id, terms };
        create_approval_rule(unit, command).await?;
    }
    Ok(())
}
