//! How much of an invoice line another one takes back.

use sea_orm::entity::prelude::*;

use crate::{InvoiceLineId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "line_correction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// The line that takes something back.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: InvoiceLineId,
    /// The line that was billed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub corrects_line_id: InvoiceLineId,
    /// How much of it, with its sign.
    pub amount: i64,
}

impl ActiveModelBehavior for ActiveModel {}
