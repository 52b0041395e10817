//! An offer that is sold as several products, each with its own price and tax.

use sea_orm::entity::prelude::*;

use crate::{CatalogStatus, ComponentChoice, OfferId, PartnerId, PlanId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanId,
    pub tenant_id: TenantId,
    pub offer_id: OfferId,
    /// The partner whose orders alone may have it; none: any.
    pub partner_id: Option<PartnerId>,
    /// Unique in the tenant.
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    /// ISO 4217, upper case.
    pub currency: String,
    /// Whether its prices have the tax in them.
    pub tax_inclusive: bool,
    /// Which of its components may be chosen.
    pub choice: ComponentChoice,
    /// The fewest and the most that may be; set exactly where there is a range.
    pub min_components: Option<i32>,
    pub max_components: Option<i32>,
    /// Whether an order may say another price.
    pub allows_override: bool,
    /// The least and the most that it may say, in minor units.
    pub override_minimum: Option<i64>,
    pub override_maximum: Option<i64>,
    /// The first day on which it can be ordered, of the seller's, and the first on which it no longer can.
    pub valid_from: Option<Date>,
    pub valid_until: Option<Date>,
    pub status: CatalogStatus,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "offer_id", to = "id")]
    pub offer: BelongsTo<super::offer::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
