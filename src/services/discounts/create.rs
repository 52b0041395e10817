//! Making a discount.

use entity::{CatalogStatus, DiscountDuration, DiscountId, DiscountKind, discount};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::{
    restriction::Restriction,
    terms::{self, DiscountChanges},
};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct CreateDiscount {
    /// Unique in the tenant; never changes.
    pub code: String,
    /// Of an amount: ISO 4217; none: the tenant's.
    pub currency: Option<String>,
    pub terms: DiscountChanges,
}

/// Makes a discount that can be given at once, or from its first day on. Refused with `DUPLICATE_DISCOUNT_CODE`.
pub async fn create_discount(unit: &Unit, command: CreateDiscount) -> Outcome<DiscountId> {
    let mut refusals = Refusals::default();
    let terms = command.terms;
    let kind = kind_of(&terms)?;
    let code = refusals.value(validate::code("code", command.code));
    let currency = match (kind, command.currency) {
        (DiscountKind::Amount, Some(currency)) => {
            refusals.collect(validate::currency("currency", currency))
        }
        (DiscountKind::Amount, None) => Some(unit.tenant().await?.default_currency.clone()),
        (DiscountKind::Percent, Some(_)) => {
            refusals.push(Refusal::invalid("currency", "It belongs to an amount."));
            None
        }
        (DiscountKind::Percent, None) => None,
    };
    let mut discount = discount::Model {
        id: DiscountId::new(unit.now),
        tenant_id: unit.viewer.tenant_id,
        code: code.clone(),
        name: String::new(),
        kind,
        // What stands there is replaced by what is said.
        basis_points: (kind == DiscountKind::Percent).then_some(0),
        amount: (kind == DiscountKind::Amount).then_some(0),
        currency,
        duration: DiscountDuration::Once,
        periods: None,
        valid_from: None,
        valid_until: None,
        partner_id: None,
        max_redemptions: None,
        max_redemptions_per_customer: None,
        redemptions: 0,
        precedence: 0,
        status: CatalogStatus::Active,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    let mut restriction = Restriction::default();
    terms::put(unit, terms, &mut discount, &mut restriction, &mut refusals).await?;
    let taken = || {
        let message = format!("There is a discount with the code {code} already.");
        Refusal::of(RefusalCode::DuplicateDiscountCode, "code", message)
    };
    if unit.is_taken::<discount::Entity>(discount::Column::Code, code.as_str()).await? {
        refusals.push(taken());
    }
    refusals.done()?;

    let id = discount.id;
    super::index(unit, &discount).await?;
    unit.insert_unique(discount.into_active_model().reset_all(), "code", taken()).await?;
    restriction.replace(unit, id, &Restriction::default()).await?;
    Ok(id)
}

fn kind_of(terms: &DiscountChanges) -> Result<DiscountKind, Refusal> {
    match (&terms.basis_points, &terms.amount) {
        (Change::Set(_), Change::Keep) => Ok(DiscountKind::Percent),
        (Change::Keep, Change::Set(_)) => Ok(DiscountKind::Amount),
        (Change::Keep | Change::Clear | Change::Set(_), _) => {
            let message = "Say what it takes off: basisPoints or an amount.";
            Err(Refusal::invalid("basisPoints", message))
        }
    }
}
