//! One seller's isolated world: its own catalogue, partners, customers, orders and keys.

use sea_orm::entity::prelude::*;

use crate::{TenantId, TenantKind};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TenantId,
    pub name: String,
    pub kind: TenantKind,
    /// Currency of new agreements and orders that name none: ISO 4217, upper case.
    pub default_currency: String,
    /// Whether every submitted order waits for the seller's approval (APX-01).
    pub approval_required: bool,
    /// Days after which an unanswered approval lapses and cancels the order; none: never.
    pub approval_lapse_days: Option<i32>,
    /// Days between issue and due date of an invoice.
    pub payment_terms_days: i32,
    /// The number that the next issued invoice gets; counts up by one, without gaps.
    pub next_invoice_number: i64,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
