//! What an offer costs in one currency, from a day on, for all or for some.

use sea_orm::entity::prelude::*;

use crate::{
    AgreementId, CustomerId, OfferId, PartnerId, PriceId, PriceModel, PriceScope, PriceStatus,
    TaxCodeId, TenantId, pricing::PriceTiers,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "price")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PriceId,
    pub tenant_id: TenantId,
    pub offer_id: OfferId,
    /// ISO 4217, upper case.
    pub currency: String,
    /// For whom it is. Of those that could be asked of somebody, the most particular one is.
    pub scope: PriceScope,
    /// Whose customers pay it, of a price for a partner.
    pub partner_id: Option<PartnerId>,
    /// Of a price for a customer.
    pub customer_id: Option<CustomerId>,
    /// Of a price for an agreement.
    pub agreement_id: Option<AgreementId>,
    /// The first day on which it is asked, in the seller's time zone; none: from the beginning.
    pub valid_from: Option<Date>,
    /// The first day on which it is no longer asked; none: it lasts. No two prices for the same have a day in common.
    pub valid_until: Option<Date>,
    /// Where that has been told to be. What is asked on a day follows from the days above.
    pub status: PriceStatus,
    /// The day on which the status is to change; none: it stays.
    pub status_changes_on: Option<Date>,
    pub model: PriceModel,
    /// What one unit alone costs for a period, in minor units of the currency. Where there are tiers, what is charged is in
    /// them.
    pub unit_amount: i64,
    /// Where the model has any.
    #[sea_orm(column_type = "JsonBinary")]
    pub tiers: Option<PriceTiers>,
    /// How many units a package has, where packages are charged.
    pub package_size: Option<i32>,
    /// Tax rate in hundredths of a percent: 2500 is 25 %.
    pub tax_basis_points: i32,
    /// The code whose rate of the day is charged in the place of the rate here.
    pub tax_code_id: Option<TaxCodeId>,
    /// Whether the price has the tax in it (IFS-47).
    pub tax_inclusive: bool,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "offer_id", to = "id")]
    pub offer: BelongsTo<super::offer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
