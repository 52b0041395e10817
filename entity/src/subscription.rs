//! What the customer holds after buying. Many orders may touch one (APG-05).

use sea_orm::entity::prelude::*;

use crate::{
    AgreementId, CustomerId, OfferId, OrderId, PartnerId, PlanId, PriceModel, ProductId,
    SubscriptionId, SubscriptionStatus, TenantId, activation::Activation, commitment::Commitment,
    plan_instance::PlanInstance,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionId,
    pub tenant_id: TenantId,
    /// What people call the subscription; unique in the tenant.
    pub number: String,
    pub customer_id: CustomerId,
    pub partner_id: Option<PartnerId>,
    pub product_id: ProductId,
    pub offer_id: OfferId,
    /// The agreement under which it was bought; never changes (APG-12).
    pub agreement_id: Option<AgreementId>,
    /// The order that bought it.
    pub order_id: OrderId,
    pub status: SubscriptionStatus,
    pub quantity: i32,
    pub currency: String,
    pub unit_amount: i64,
    /// How more units than one are priced.
    pub price_model: PriceModel,
    pub tax_basis_points: i32,
    pub po_number: Option<String>,
    /// The approver's reference of the order that bought it (APG-14).
    pub external_reference: Option<String>,
    /// Why the subscription is suspended or ended.
    pub reason: Option<String>,
    /// Whether another period follows each.
    pub auto_renew: bool,
    /// What was sold when it was bought. What it has now follows from this and its changes.
    #[sea_orm(column_type = "JsonBinary")]
    pub plan_instance: Option<PlanInstance>,
    /// What is sold since it was changed last; none: what was sold when it was bought.
    #[sea_orm(column_type = "JsonBinary")]
    pub plan_instance_now: Option<PlanInstance>,
    /// The plan of which it has what it has; none: the offer by itself.
    pub plan_id: Option<PlanId>,
    /// The step of it that it is in, from 1 on.
    pub step: i32,
    /// How many more periods the step has after the one that runs; none: it lasts.
    pub step_periods_left: Option<i32>,
    /// The day on which it began, in the tenant's zone as it was then.
    pub first_day: Option<Date>,
    /// How many units were sold when it was bought.
    pub first_quantity: Option<i32>,
    /// The day of the month to which its periods return.
    pub anchor_day: Option<i32>,
    /// When there is something to charge, to close or to carry out next.
    pub next_billing_at: Option<DateTimeUtc>,
    /// The first day that it no longer has, where that is known.
    pub ends_on: Option<Date>,
    /// The term by which its customer is bound; none: by none.
    #[sea_orm(column_type = "JsonBinary")]
    pub commitment: Option<Commitment>,
    /// The subscription that it is an add-on of.
    pub parent_id: Option<SubscriptionId>,
    /// Of an add-on: a day on which a period of its parent begins, from which its own are counted.
    pub anchor_on: Option<Date>,
    /// Why it is not billed.
    pub billing_hold_reason: Option<String>,
    /// Since when. Stays after a release, until all that had become due is billed: so long no limit holds it again.
    pub billing_held_since: Option<DateTimeUtc>,
    /// What the vendor returned last of it.
    #[sea_orm(column_type = "JsonBinary")]
    pub activation: Option<Activation>,
    pub activated_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "offer_id", to = "id")]
    pub offer: BelongsTo<super::offer::Entity>,
    #[sea_orm(belongs_to, from = "agreement_id", to = "id")]
    pub agreement: BelongsTo<Option<super::agreement::Entity>>,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::order::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
