//! What can be bought: one tier of a product.

use sea_orm::entity::prelude::*;

use crate::{
    Billing, BillingAlignment, BillingPeriod, BillingTiming, CatalogStatus, EditionId, OfferId,
    ProductId, TenantId, commitment::OfferCommitment, plan_instance::ProrationPolicy,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "offer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OfferId,
    pub tenant_id: TenantId,
    pub product_id: ProductId,
    /// Unique in the tenant.
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    pub billing: Billing,
    /// Set exactly when the offer is recurring or charged by usage.
    pub billing_period: Option<BillingPeriod>,
    pub billing_timing: BillingTiming,
    pub billing_alignment: BillingAlignment,
    /// What is charged where a period is not used as it was billed; none: as the tenant has it.
    #[sea_orm(column_type = "JsonBinary")]
    pub proration_policy: Option<ProrationPolicy>,
    /// For how many hours after a period has begun a cancellation is credited; none: always.
    pub refund_window_hours: Option<i32>,
    pub min_quantity: i32,
    pub max_quantity: Option<i32>,
    /// Each customer may buy it in one line of one order, and never again.
    pub once_per_customer: bool,
    /// To what it binds whoever buys it; none: to nothing.
    #[sea_orm(column_type = "JsonBinary")]
    pub commitment: Option<OfferCommitment>,
    /// The offer to whose subscriptions it is an add-on; never changes.
    pub parent_offer_id: Option<OfferId>,
    /// How many units of it one subscription to the parent offer has at least, if it has any.
    pub add_on_minimum: Option<i32>,
    /// And at most.
    pub add_on_maximum: Option<i32>,
    /// The edition of which a license is issued when a line is provisioned.
    pub edition_id: Option<EditionId>,
    pub status: CatalogStatus,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "edition_id", to = "id")]
    pub edition: BelongsTo<Option<super::edition::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
