//! What an offer costs in one currency.

use sea_orm::entity::prelude::*;

use crate::{OfferId, PriceId, PriceModel, TaxCodeId, TenantId, pricing::PriceTiers};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "price")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PriceId,
    pub tenant_id: TenantId,
    pub offer_id: OfferId,
    /// ISO 4217, upper case; one price per offer and currency.
    pub currency: String,
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
    #[sea_orm(belongs_to, from = "offer_id", to = "id")]
    pub offer: BelongsTo<super::offer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
