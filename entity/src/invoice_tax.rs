//! The tax of an issued document for one category and rate, and what was credited of it.

use sea_orm::entity::prelude::*;

use crate::{InvoiceId, TaxCategory, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_tax")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub invoice_id: InvoiceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub category: TaxCategory,
    #[sea_orm(primary_key, auto_increment = false)]
    pub basis_points: i32,
    pub net_amount: i64,
    pub tax_amount: i64,
    /// Why no tax is asked for, as it is printed.
    pub exemption_reason: Option<String>,
    /// What was credited of its lines, in their terms.
    pub credited_amount: i64,
    /// The tax of that.
    pub credited_tax: i64,
}

impl ActiveModelBehavior for ActiveModel {}
