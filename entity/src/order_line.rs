//! One action on one subscription.

use sea_orm::entity::prelude::*;

use crate::{
    ChangeTime, OfferId, OrderAction, OrderId, OrderLineId, OrderLineStatus, PendingCancellation,
    PlanId, PriceId, PriceModel, PriceScope, ProductId, Provisioning, SubscriptionId, TaxCategory,
    TenantId,
    activation::Activation,
    discount::LineDiscounts,
    plan_instance::{Charges, LineComponents, PlanInstance},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderLineId,
    pub tenant_id: TenantId,
    pub order_id: OrderId,
    /// When the order was created, so that the lines of a product lead to its orders, newest first.
    pub order_created_at: DateTimeUtc,
    /// Counts from 1 within the order.
    pub line_number: i32,
    /// The orderer's own id of the line; unique in the order (APX-14).
    pub client_line_id: Option<String>,
    pub action: OrderAction,
    pub status: OrderLineStatus,
    pub product_id: ProductId,
    pub offer_id: OfferId,
    /// The subscription acted on; a purchase gets its own at submission.
    pub subscription_id: Option<SubscriptionId>,
    pub quantity: i32,
    /// What the subscription held before, for changes.
    pub previous_quantity: Option<i32>,
    pub po_number: Option<String>,
    /// What one unit alone costs for a period, in minor units; a snapshot from submission on (APX-31).
    pub unit_amount: i64,
    /// How more units than one are priced.
    pub price_model: PriceModel,
    /// The price that was copied; none: what is sold stays as it was.
    pub price_id: Option<PriceId>,
    /// For whom that was.
    pub price_scope: Option<PriceScope>,
    pub tax_basis_points: i32,
    /// What a whole period comes to, less the discounts of the first; of a change, what it charges.
    pub net_amount: i64,
    pub tax_category: TaxCategory,
    /// What is sold, as it was when the order was submitted; none: nothing is sold by it.
    #[sea_orm(column_type = "JsonBinary")]
    pub plan_instance: Option<PlanInstance>,
    /// The plan of which it is sold; none: the offer is sold by itself.
    pub plan_id: Option<PlanId>,
    /// What each component comes to; set exactly where it is sold of a plan.
    #[sea_orm(column_type = "JsonBinary")]
    pub components: Option<LineComponents>,
    /// Of an add-on: the subscription that it belongs to, which has one from its submission on where a line buys it.
    pub parent_subscription_id: Option<SubscriptionId>,
    /// Of an add-on: the number of the line of the same order that buys that subscription.
    pub parent_line: Option<i32>,
    /// Whether it begins with a step that costs nothing, and that a customer has once.
    pub has_trial: bool,
    /// The day in the past on which what is bought begins; none: when it is carried out.
    pub starts_on: Option<Date>,
    /// When the change is to take effect.
    pub change_time: ChangeTime,
    /// The day on which it does, where that is said.
    pub change_on: Option<Date>,
    /// What the subscription had before, where the offer changes.
    pub previous_offer_id: Option<OfferId>,
    /// Whether periods go on to begin where they did, where the offer changes.
    pub keep_anchor: bool,
    /// Whether the subscription is to renew, where that changes.
    pub auto_renew: Option<bool>,
    /// What becomes of a cancellation that was pending when the change was ordered.
    pub pending_cancellation: Option<PendingCancellation>,
    /// The line that it cancels, with all that was charged for what that bought (APX-24); none: it cancels no line.
    pub cancels_line_id: Option<OrderLineId>,
    /// Until when what it bought can be taken back, since it was carried out; none: not at all.
    pub cancellable_until: Option<DateTimeUtc>,
    /// What is taken off what it buys; none: nothing.
    #[sea_orm(column_type = "JsonBinary")]
    pub discounts: Option<LineDiscounts>,
    /// How much less it comes to than without discounts.
    pub discount_amount: i64,
    /// What the line would have charged when it was ordered.
    #[sea_orm(column_type = "JsonBinary")]
    pub charges: Option<Charges>,
    /// How the product is provisioned; a snapshot from submission on.
    pub provisioning: Provisioning,
    /// The provisioner's own reference.
    pub provisioning_reference: Option<String>,
    /// What the vendor returned when it was carried out; none: nothing was said of that.
    #[sea_orm(column_type = "JsonBinary")]
    pub activation: Option<Activation>,
    /// What must be answered before the line can go on.
    pub hold_reason: Option<String>,
    /// Since when it is on hold.
    pub held_since: Option<DateTimeUtc>,
    /// Why the last attempt failed (APX-26).
    pub failure_reason: Option<String>,
    /// How often provisioning was started.
    pub attempts: i32,
    /// How often the program itself has failed at the present attempt.
    pub failures: i32,
    /// When the program may next try to carry the line out; long ago: at once.
    pub next_try_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::order::Entity>,
    #[sea_orm(belongs_to, from = "offer_id", to = "id")]
    pub offer: BelongsTo<super::offer::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<Option<super::subscription::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
