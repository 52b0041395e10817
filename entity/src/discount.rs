//! What a seller offers to take off, by a code or by itself.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    CatalogStatus, DiscountDuration, DiscountId, DiscountKind, OfferId, PartnerId, TenantId,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "discount")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DiscountId,
    pub tenant_id: TenantId,
    /// What buyers give; unique in the tenant.
    pub code: String,
    pub name: String,
    pub kind: DiscountKind,
    /// Of a percentage: 2500 is 25 %.
    pub basis_points: Option<i32>,
    /// Of an amount: off a whole period, in minor units.
    pub amount: Option<i64>,
    /// Of the amount: ISO 4217, upper case.
    pub currency: Option<String>,
    pub duration: DiscountDuration,
    /// For how many periods, where that is limited.
    pub periods: Option<i32>,
    /// The days on which it can be given, half open; none: any.
    pub valid_from: Option<Date>,
    pub valid_until: Option<Date>,
    /// For what is sold through this partner only.
    pub partner_id: Option<PartnerId>,
    /// How often it can be given in all; none: without a limit.
    pub max_redemptions: Option<i32>,
    pub max_redemptions_per_customer: Option<i32>,
    /// How often it was given and not returned.
    pub redemptions: i32,
    /// Of several, percentages are taken off in this order.
    pub precedence: i32,
    pub status: CatalogStatus,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A copy of what was given. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct DiscountTerms {
    pub name: String,
    pub kind: DiscountKind,
    pub basis_points: Option<i32>,
    pub amount: Option<i64>,
    pub duration: DiscountDuration,
    pub periods: Option<i32>,
    pub precedence: i32,
    /// The offers off which it takes something; none: any.
    pub offers: Option<Vec<OfferId>>,
}

/// What is taken off what a line buys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct LineDiscounts(pub Vec<LineDiscount>);

/// A discount of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineDiscount {
    pub discount_id: DiscountId,
    /// As the buyer gave it.
    pub code: String,
    pub terms: DiscountTerms,
}
