//! One of the products that a plan is sold as, with its price and tax in a step.

use sea_orm::entity::prelude::*;

use crate::{
    PlanComponentId, PlanId, PlanStepId, PriceModel, ProductId, TaxCodeId, TenantId,
    plan_instance::Timing, pricing::PriceTiers,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_component")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanComponentId,
    pub tenant_id: TenantId,
    pub plan_id: PlanId,
    pub plan_step_id: PlanStepId,
    /// Counts from 1 within the step.
    pub component_number: i32,
    pub product_id: ProductId,
    pub timing: Timing,
    /// How its units are priced where nothing else is said.
    pub model: PriceModel,
    /// What one unit alone costs for a period, in minor units.
    pub unit_amount: i64,
    /// Where the model has any.
    #[sea_orm(column_type = "JsonBinary")]
    pub tiers: Option<PriceTiers>,
    /// How many units a package has, where packages are charged.
    pub package_size: Option<i32>,
    /// Hundredths of a percent: 2500 is 25 %.
    pub tax_basis_points: i32,
    /// The code whose rate of the day is charged in the place of the rate here.
    pub tax_code_id: Option<TaxCodeId>,
    #[sea_orm(belongs_to, from = "plan_step_id", to = "id")]
    pub plan_step: BelongsTo<super::plan_step::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
