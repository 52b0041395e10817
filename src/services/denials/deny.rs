//! Denying something to a customer.

use entity::{
    CustomerId, DenialId, DenialKind, OfferId, ProductId, customer, denial, offer, product,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
};

/// How many a customer may have.
const MOST: usize = 100;

/// What a customer is not to order: a product, an offer, anything while it owes more than a limit, or anything at all.
#[derive(Clone, Debug)]
pub struct DenyCustomer {
    pub customer_id: CustomerId,
    pub product_id: Option<ProductId>,
    pub offer_id: Option<OfferId>,
    /// In minor units.
    pub balance_limit: Option<i64>,
    /// Of the limit, as ISO 4217 spells it; none: the tenant's.
    pub currency: Option<String>,
    /// Why, for the seller's people.
    pub reason: Option<String>,
}

/// Denies it from now on; orders that were submitted before go on. Refused with `ALREADY_DENIED` where the customer is denied
/// the same, and with `TOO_MANY_DENIALS`.
pub async fn deny_customer(unit: &Unit, command: DenyCustomer) -> Outcome<DenialId> {
    // Of two at once, one knows of the other.
    let customer = unit.lock_if_there::<customer::Entity>(command.customer_id).await?;
    let customer = customer.ok_or_else(|| access::not_found::<customer::Entity>("customerId"))?;
    let mut refusals = Refusals::default();
    if let Some(id) = command.product_id {
        refusals.collect(unit.require::<product::Entity>(id, "productId").await?);
    }
    if let Some(id) = command.offer_id {
        refusals.collect(unit.require::<offer::Entity>(id, "offerId").await?);
    }
    let kind = kind_of(&command);
    refusals.value(one_at_most(&command));
    if command.balance_limit.is_some_and(|limit| limit < 0) {
        refusals.push(Refusal::invalid("balanceLimit", "Give 0 or more."));
    }
    let currency = match (command.balance_limit, command.currency) {
        (Some(_), Some(currency)) => refusals.collect(validate::currency("currency", currency)),
        (Some(_), None) => Some(unit.tenant().await?.default_currency.clone()),
        (None, Some(_)) => {
            refusals.push(Refusal::invalid("currency", "It belongs to balanceLimit."));
            None
        }
        (None, None) => None,
    };
    let reason = refusals.value(validate::note("reason", command.reason));
    refusals.done()?;

    let row = denial::Model {
        id: DenialId::new(unit.now),
        tenant_id: unit.viewer.tenant_id,
        customer_id: customer.id,
        kind,
        product_id: command.product_id,
        offer_id: command.offer_id,
        currency,
        balance_limit: command.balance_limit,
        reason,
        created_by: unit.viewer.subject.clone(),
        created_at: unit.now,
    };
    check_room(unit, &row).await?;
    let id = row.id;
    unit.insert(row).await?;
    Ok(id)
}

fn kind_of(command: &DenyCustomer) -> DenialKind {
    match (command.product_id, command.offer_id, command.balance_limit) {
        (Some(_), _, _) => DenialKind::Product,
        (None, Some(_), _) => DenialKind::Offer,
        (None, None, Some(_)) => DenialKind::BalanceLimit,
        (None, None, None) => DenialKind::Ordering,
    }
}

fn one_at_most(command: &DenyCustomer) -> Result<(), Refusal> {
    let DenyCustomer { product_id, offer_id, balance_limit, .. } = command;
    let given = [product_id.is_some(), offer_id.is_some(), balance_limit.is_some()];
    if given.into_iter().filter(|is_given| *is_given).count() <= 1 {
        return Ok(());
    }
    let message = "Give one of productId, offerId and balanceLimit at most.";
    Err(Refusal::new(RefusalCode::ValidationFailed, message))
}

/// Whether the customer may have one more, and has not the same.
async fn check_room(unit: &Unit, new: &denial::Model) -> Outcome<()> {
    let others = denial::Entity::find()
        .filter(denial::Column::TenantId.eq(new.tenant_id))
        .filter(denial::Column::CustomerId.eq(new.customer_id))
        .all(&unit.txn)
        .await?;
    let what = |it: &denial::Model| (it.kind, it.product_id, it.offer_id, it.currency.clone());
    if others.iter().any(|other| what(other) == what(new)) {
        let message = "The customer is denied the same already. Lift that first.";
        return Err(Refusal::new(RefusalCode::AlreadyDenied, message).into());
    }
    if others.len() >= MOST {
        let message = format!("A customer is denied {MOST} things at most.");
        return Err(Refusal::new(RefusalCode::TooManyDenials, message).into());
    }
    Ok(())
}
