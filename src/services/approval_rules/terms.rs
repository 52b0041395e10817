//! What a rule says, and what must be right about it.

use entity::{
    CustomerId, OrderAction, PartnerId, ProductId, approval_rule, customer, partner, product,
};

use crate::{
    access::Named,
    error::{Outcome, Refusal, Refusals},
    services::{change::Change, unit::Unit, validate},
};

/// A year and a day.
const MOST_HOURS: i32 = 8_784;
const MOST_APPROVERS: i32 = 10;

/// What a new rule says, or what changes about one.
#[derive(Clone, Debug, Default)]
pub struct RuleTerms {
    pub enabled: Change<bool>,
    /// Of the amounts: ISO 4217.
    pub currency: Change<String>,
    pub minimum_amount: Change<i64>,
    pub credit_limit: Change<i64>,
    pub product_id: Change<ProductId>,
    pub vendor: Change<String>,
    pub action: Change<OrderAction>,
    pub customer_id: Change<CustomerId>,
    pub partner_id: Change<PartnerId>,
    pub first_order: Change<bool>,
    pub approvers_needed: Change<i32>,
    pub lapse_after_hours: Change<i32>,
    pub remind_every_hours: Change<i32>,
}

/// Puts what is said into a rule, and keeps what is wrong with it.
pub(super) async fn put(
    unit: &Unit,
    terms: RuleTerms,
    rule: &mut approval_rule::Model,
    refusals: &mut Refusals,
) -> Outcome<()> {
    refusals.value(terms.enabled.put(&mut rule.enabled, "enabled", validate::any));
    refusals.value(terms.first_order.put(&mut rule.first_order, "firstOrder", validate::any));
    refusals.value(terms.approvers_needed.put(
        &mut rule.approvers_needed,
        "approversNeeded",
        |field, people| validate::between(field, people, 1..=MOST_APPROVERS),
    ));
    let said = Said {
        currency: matches!(terms.currency, Change::Set(_)),
        amount: [&terms.minimum_amount, &terms.credit_limit]
            .iter()
            .any(|change| matches!(change, Change::Set(_))),
    };
    refusals.value(terms.currency.put_optional(&mut rule.currency, "currency", |field, code| {
        code.map(|code| validate::currency(field, code)).transpose()
    }));
    refusals.value(terms.minimum_amount.put_optional(
        &mut rule.minimum_amount,
        "minimumAmount",
        |field, amount| at_least(field, amount, 1),
    ));
    refusals.value(terms.credit_limit.put_optional(
        &mut rule.credit_limit,
        "creditLimit",
        |field, amount| at_least(field, amount, 0),
    ));
    refusals.value(terms.vendor.put_optional(&mut rule.vendor, "vendor", validate::text));
    refusals.value(terms.action.put_optional(&mut rule.action, "action", validate::any));
    for (change, place, field) in [
        (terms.lapse_after_hours, &mut rule.lapse_after_hours, "lapseAfterHours"),
        (terms.remind_every_hours, &mut rule.remind_every_hours, "remindEveryHours"),
    ] {
        refusals.value(change.put_optional(place, field, hours));
    }
    let product = seen::<product::Entity, _>(unit, terms.product_id, "productId").await?;
    refuse_or(refusals, product, &mut rule.product_id);
    let customer = seen::<customer::Entity, _>(unit, terms.customer_id, "customerId").await?;
    refuse_or(refusals, customer, &mut rule.customer_id);
    let partner = seen::<partner::Entity, _>(unit, terms.partner_id, "partnerId").await?;
    refuse_or(refusals, partner, &mut rule.partner_id);
    check_amounts(rule, said, refusals);
    Ok(())
}

/// What is said of a rule's amounts, right or wrong.
#[derive(Clone, Copy)]
struct Said {
    currency: bool,
    amount: bool,
}

/// Amounts have a currency, and a currency has amounts. What a customer owes all who sell to it is the seller's to know.
fn check_amounts(rule: &mut approval_rule::Model, said: Said, refusals: &mut Refusals) {
    let has_amounts = rule.minimum_amount.is_some() || rule.credit_limit.is_some();
    if has_amounts && rule.currency.is_none() && !said.currency {
        let message = "Say in which currency the amounts are.";
        refusals.push(Refusal::invalid("currency", message));
    }
    if !has_amounts && !said.amount {
        if said.currency {
            let message = "A currency goes with minimumAmount or creditLimit.";
            refusals.push(Refusal::invalid("currency", message));
        }
        rule.currency = None;
    }
    if rule.credit_limit.is_some() && rule.approver_partner_id.is_some() {
        let message = "Only rules for the seller's answer have a credit limit.";
        refusals.push(Refusal::invalid("creditLimit", message));
    }
}

fn at_least(field: &str, amount: Option<i64>, least: i64) -> Result<Option<i64>, Refusal> {
    match amount {
        Some(amount) if amount < least => {
            Err(Refusal::invalid(field, format!("Give an amount of {least} or more.")))
        }
        amount => Ok(amount),
    }
}

fn hours(field: &str, hours: Option<i32>) -> Result<Option<i32>, Refusal> {
    hours.map(|hours| validate::between(field, hours, 1..=MOST_HOURS)).transpose()
}

/// A change to a row that the viewer may see.
async fn seen<E: Named, I>(
    unit: &Unit,
    change: Change<I>,
    field: &str,
) -> Outcome<Result<Change<I>, Refusal>>
where
    I: Copy + Into<sea_orm::Value>,
{
    Ok(match change {
        Change::Set(id) => unit.require::<E>(id, field).await?.map(|_| Change::Set(id)),
        Change::Keep | Change::Clear => Ok(change),
    })
}

fn refuse_or<T>(
    refusals: &mut Refusals,
    change: Result<Change<T>, Refusal>,
    place: &mut Option<T>,
) {
    if let Some(Some(changed)) = refusals.collect(change).map(Change::changed) {
        *place = changed;
    }
}
