//! What a customer is asked to pay. Its lines are about subscriptions, never about orders (APG-09).

use sea_orm::entity::prelude::*;

use crate::{
    AgreementId, CreditReason, CustomerId, InvoiceId, InvoiceKind, InvoiceStatus, OrderId,
    PartnerId, RoundingMode, TenantId, party::Party,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceId,
    pub tenant_id: TenantId,
    /// Given at issue, without gaps in the series of its kind; unique in the tenant.
    pub number: Option<String>,
    pub customer_id: CustomerId,
    /// The partner that sold what is charged for; none: the seller itself.
    pub partner_id: Option<PartnerId>,
    pub agreement_id: Option<AgreementId>,
    /// The order whose purchases are on it and nothing else; none: it collects what the customer is charged.
    pub order_id: Option<OrderId>,
    pub kind: InvoiceKind,
    pub status: InvoiceStatus,
    /// The last day of what a draft collects by itself.
    pub closes_on: Date,
    pub currency: String,
    pub net_amount: i64,
    pub tax_amount: i64,
    pub gross_amount: i64,
    /// With what its amounts are rounded, also for what is credited of it later.
    pub rounding_mode: RoundingMode,
    /// In which zone its days are.
    pub time_zone: String,
    /// Whether the amounts of its lines have the tax in them.
    pub tax_inclusive: bool,
    /// Who sells, as it was at issue.
    #[sea_orm(column_type = "JsonBinary")]
    pub seller: Option<Party>,
    /// Who buys, as it was at issue.
    #[sea_orm(column_type = "JsonBinary")]
    pub buyer: Option<Party>,
    /// Of which invoice a credit note takes something back; none: of none, or of several.
    pub corrects_invoice_id: Option<InvoiceId>,
    /// Why there is a credit note that somebody made.
    pub credit_reason: Option<CreditReason>,
    pub note: Option<String>,
    /// What was settled of it, by payments, allowances and credit notes.
    pub paid_amount: i64,
    /// What is still to be paid.
    pub open_amount: i64,
    /// When nothing was open any more.
    pub settled_at: Option<DateTimeUtc>,
    /// Since which day watchers know that it is overdue.
    pub overdue_since: Option<Date>,
    pub issued_at: Option<DateTimeUtc>,
    /// The day of that in the tenant's zone.
    pub issued_on: Option<Date>,
    pub due_on: Option<Date>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
    #[sea_orm(belongs_to, from = "agreement_id", to = "id")]
    pub agreement: BelongsTo<Option<super::agreement::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
