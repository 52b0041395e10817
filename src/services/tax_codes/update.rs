//! Changing a tax code: its name, and the rates that are to come.

use chrono::NaiveDate;
use entity::{TaxCodeId, tax_code, tax_rate};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::terms::{self, NewTaxRate};
use crate::{
    error::{Outcome, Refusal, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct UpdateTaxCode {
    pub tax_code_id: TaxCodeId,
    pub expected_version: Option<i64>,
    pub name: Change<String>,
    /// All rates that are to come; those that hold or have held stay, and may be named as they are.
    pub rates: Change<Vec<NewTaxRate>>,
}

/// Changes the fields named. What was charged stays taxed as it was; what is charged from its day on has the new rate,
/// whenever it was sold.
pub async fn update_tax_code(unit: &Unit, command: UpdateTaxCode) -> Outcome<TaxCodeId> {
    let id = command.tax_code_id;
    let seen = unit.lock::<tax_code::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut code = seen.clone();
    let mut refusals = Refusals::default();
    refusals.value(command.name.put(&mut code.name, "name", validate::name));
    let today = unit.today().await?;
    let stored = rates_of(unit, &seen).await?;
    let mut rates = stored.clone();
    refusals.value(command.rates.put(&mut rates, "rates", validate::any));
    terms::check(&mut refusals, seen.category, &rates);
    for (index, rate) in rates.iter().enumerate() {
        if rate.valid_from <= today && !stored.contains(rate) {
            let message = format!("Rates can be set for days after {today} only.");
            refusals.push(Refusal::invalid(&format!("rates.{index}.validFrom"), message));
        }
    }
    refusals.done()?;

    let (before, after) = (to_come(&stored, today), to_come(&rates, today));
    if before != after {
        tax_rate::Entity::delete_many()
            .filter(tax_rate::Column::TenantId.eq(seen.tenant_id))
            .filter(tax_rate::Column::TaxCodeId.eq(id))
            .filter(tax_rate::Column::ValidFrom.gt(today))
            .exec(&unit.txn)
            .await?;
        terms::write(unit, id, &after).await?;
    }
    if before != after || code != seen {
        code.version += 1;
        code.updated_at = unit.now;
        unit.save(code).await?;
    }
    Ok(id)
}

async fn rates_of(unit: &Unit, code: &tax_code::Model) -> Outcome<Vec<NewTaxRate>> {
    let rates = tax_rate::Entity::find()
        .filter(tax_rate::Column::TenantId.eq(code.tenant_id))
        .filter(tax_rate::Column::TaxCodeId.eq(code.id))
        .all(&unit.txn)
        .await?;
    let as_new = |rate: tax_rate::Model| NewTaxRate {
        valid_from: rate.valid_from,
        basis_points: rate.basis_points,
    };
    Ok(rates.into_iter().map(as_new).collect())
}

/// The rates that begin after a day, in their order.
fn to_come(rates: &[NewTaxRate], today: NaiveDate) -> Vec<NewTaxRate> {
    let mut rates: Vec<_> = rates.iter().filter(|rate| rate.valid_from > today).copied().collect();
    rates.sort_by_key(|rate| rate.valid_from);
    rates
}
