//! The rate of a tax code from a day on.

use sea_orm::entity::prelude::*;

use crate::{TaxCodeId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tax_rate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub tax_code_id: TaxCodeId,
    /// The first day on which it holds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub valid_from: Date,
    /// Hundredths of a percent: 2500 is 25 %.
    pub basis_points: i32,
    #[sea_orm(belongs_to, from = "tax_code_id", to = "id")]
    pub tax_code: BelongsTo<super::tax_code::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
