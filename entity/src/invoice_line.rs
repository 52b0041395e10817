//! One charge for one subscription.

use sea_orm::entity::prelude::*;

use crate::{ChargeType, InvoiceId, InvoiceLineId, OrderLineId, SubscriptionId, TenantId};

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
    pub subscription_id: SubscriptionId,
    /// The order line that caused the charge; one line is charged at most once.
    pub order_line_id: Option<OrderLineId>,
    pub charge_type: ChargeType,
    pub description: String,
    pub quantity: i32,
    pub unit_amount: i64,
    pub tax_basis_points: i32,
    pub net_amount: i64,
    /// Resolved when the invoice is issued, and kept (APG-16).
    pub po_number: Option<String>,
    pub external_reference: Option<String>,
    pub period_starts_at: Option<DateTimeUtc>,
    pub period_ends_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<super::invoice::Entity>,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
