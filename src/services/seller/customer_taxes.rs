//! How what a customer orders, or is charged by hand, is taxed today.

use chrono::NaiveDate;
use domain::billing::{TaxCategory, TaxRate, tax_for};
use entity::{CustomerId, TaxCodeId, customer};

use super::Seller;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// What the taxes of a customer depend on, beside prices.
pub(crate) struct CustomerTaxes {
    pub(crate) seller: Seller,
    pub(crate) customer: customer::Model,
    today: NaiveDate,
}

impl CustomerTaxes {
    /// As they are now.
    pub(crate) async fn load(unit: &Unit, customer_id: CustomerId) -> Outcome<Self> {
        Self::for_customer(unit, unit.related::<customer::Entity>(customer_id).await?).await
    }

    /// The same for a customer that is loaded.
    pub(crate) async fn for_customer(unit: &Unit, customer: customer::Model) -> Outcome<Self> {
        let seller = Seller::load(unit).await?;
        let today = seller.day(unit.now)?;
        Ok(Self { seller, customer, today })
    }

    /// The seller's day.
    pub(crate) fn today(&self) -> NaiveDate {
        self.today
    }

    /// The category and rate at which something is charged today that has a rate of its own or a tax code. Refused with
    /// `TAX_RATE_MISSING` where the code has no rate yet.
    pub(crate) fn of(
        &self,
        basis_points: i32,
        code: Option<TaxCodeId>,
        field: &str,
    ) -> Result<TaxRate, Refusal> {
        self.on(self.today, basis_points, code, field)
    }

    /// The same for what is due on a day.
    pub(crate) fn on(
        &self,
        day: NaiveDate,
        basis_points: i32,
        code: Option<TaxCodeId>,
        field: &str,
    ) -> Result<TaxRate, Refusal> {
        let own = TaxRate { category: TaxCategory::Standard, basis_points };
        let rates = code.map(|code| self.seller.tax_rates(code));
        tax_for(own, rates, self.customer.tax_treatment, day).ok_or_else(|| {
            let message = format!("Its tax code has no rate on {day}.");
            Refusal::of(RefusalCode::TaxRateMissing, field, message)
        })
    }
}
