//! How what a customer orders is taxed today.

use chrono::NaiveDate;
use domain::billing::{TaxCategory, TaxRate, tax_for};
use entity::{CustomerId, TaxCodeId, TaxTreatment, customer};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{billing::seller::Seller, unit::Unit},
};

/// What the taxes of a customer's orders depend on, beside prices.
pub(crate) struct Taxes {
    pub(crate) seller: Seller,
    treatment: TaxTreatment,
    today: NaiveDate,
}

impl Taxes {
    /// As they are now.
    pub(crate) async fn load(unit: &Unit, customer_id: CustomerId) -> Outcome<Self> {
        let seller = Seller::load(unit).await?;
        let today = seller.day(unit.now)?;
        let customer = unit.related::<customer::Entity>(customer_id).await?;
        Ok(Self { seller, treatment: customer.tax_treatment, today })
    }

    /// The category and rate at which something is charged that has a rate of its own or a tax code. Refused with
    /// `TAX_RATE_MISSING` where the code has no rate yet.
    pub(crate) fn of(
        &self,
        basis_points: i32,
        code: Option<TaxCodeId>,
        field: &str,
    ) -> Result<TaxRate, Refusal> {
        let own = TaxRate { category: TaxCategory::Standard, basis_points };
        let rates = code.map(|code| self.seller.tax_rates(code));
        tax_for(own, rates, self.treatment, self.today).ok_or_else(|| {
            let message = format!("Its tax code has no rate on {}.", self.today);
            Refusal::of(RefusalCode::TaxRateMissing, field, message)
        })
    }
}
