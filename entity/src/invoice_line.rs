//! One charge for one subscription.

use sea_orm::entity::prelude::*;

use crate::{
    ChargeDirection, ChargeType, InvoiceId, InvoiceLineId, OrderLineId, RoundingMode,
    SubscriptionId, TaxCategory, TaxCodeId, TenantId,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceLineId,
    pub tenant_id: TenantId,
    pub invoice_id: InvoiceId,
    /// Counts from 1 within the invoice.
    pub line_number: i32,
    /// None: somebody wrote it by hand, and it is about none.
    pub subscription_id: Option<SubscriptionId>,
    /// The order line that caused the charge.
    pub order_line_id: Option<OrderLineId>,
    pub charge_type: ChargeType,
    pub description: String,
    /// As it is printed: 1 where only a share is charged, or a difference.
    pub quantity: i32,
    pub unit_amount: i64,
    pub tax_basis_points: i32,
    /// What the line comes to; with its tax where the document says so.
    pub net_amount: i64,
    /// Resolved when the invoice is issued, and kept (APG-16).
    pub po_number: Option<String>,
    pub external_reference: Option<String>,
    pub period_starts_at: Option<DateTimeUtc>,
    pub period_ends_at: Option<DateTimeUtc>,
    /// The component of the plan that is charged; of older lines none.
    pub component_id: Option<Uuid>,
    pub tax_category: TaxCategory,
    pub tax_code_id: Option<TaxCodeId>,
    /// How many units it is about; of a correction, how many more than before.
    pub billed_quantity: Option<i32>,
    /// How much less it is than without discounts.
    pub discount_amount: i64,
    /// The days that it is about, half open.
    pub starts_on: Option<Date>,
    pub ends_on: Option<Date>,
    /// Which share of the period those are.
    pub share_days: Option<i32>,
    pub share_of_days: Option<i32>,
    /// Why there is the line; together with subscription, component, kind, first day and direction it is there once.
    pub cause: String,
    pub direction: ChargeDirection,
    pub rounding_mode: RoundingMode,
    /// The first day on which it can be issued.
    pub issued_on: Option<Date>,
    pub due_on: Option<Date>,
    /// What was taken back of it, with its sign; never more than the line.
    pub credited_amount: i64,
    /// How much of that by credit notes that somebody made.
    pub credited_by_hand: i64,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<super::invoice::Entity>,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<Option<super::subscription::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
