//! How a seller bills: its settings and tax codes, loaded once for a piece of work.

pub(crate) mod customer_taxes;

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::{TaxRate, Terms};
use entity::{TaxCodeId, tax_code, tax_rate, tenant};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    error::Outcome,
    services::{days, unit::Unit},
};

/// A seller's settings.
#[derive(Debug)]
pub(crate) struct Seller {
    pub(crate) tenant: Arc<tenant::Model>,
    pub(crate) terms: Terms,
    /// The rates of each tax code, from the day on which each holds.
    tax_rates: HashMap<TaxCodeId, Vec<(NaiveDate, TaxRate)>>,
}

impl Seller {
    /// The settings of the viewer's tenant as they are now.
    pub(crate) async fn load(unit: &Unit) -> Outcome<Self> {
        let tenant = unit.tenant().await?;
        let codes = tax_rate::Entity::find()
            .find_also_related(tax_code::Entity)
            .filter(tax_rate::Column::TenantId.eq(tenant.id))
            .all(&unit.txn)
            .await?;
        let mut tax_rates: HashMap<_, Vec<_>> = HashMap::new();
        for (rate, code) in codes {
            let Some(code) = code else { continue };
            let category = code.category;
            let rate_then = TaxRate { category, basis_points: rate.basis_points };
            tax_rates.entry(code.id).or_default().push((rate.valid_from, rate_then));
        }
        let zone = days::zone(&tenant.time_zone)?;
        let terms = Terms { zone, rounding: tenant.rounding_mode };
        Ok(Self { tenant, terms, tax_rates })
    }

    /// The seller's date at a moment.
    pub(crate) fn day(&self, at: DateTime<Utc>) -> Outcome<NaiveDate> {
        days::day(self.terms.zone, at)
    }

    /// The moment at which a day of the seller's begins.
    pub(crate) fn begins(&self, day: NaiveDate) -> Outcome<DateTime<Utc>> {
        days::begins(self.terms.zone, day)
    }

    /// The rates of a tax code; none of one that is gone.
    pub(crate) fn tax_rates(&self, code: TaxCodeId) -> &[(NaiveDate, TaxRate)] {
        self.tax_rates.get(&code).map_or(&[], Vec::as_slice)
    }
}
