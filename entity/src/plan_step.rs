//! A part of a plan's life: a trial, some cheap periods, what it costs for good.

use sea_orm::entity::prelude::*;

use crate::{BillingPeriod, PlanId, PlanStepId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_step")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanStepId,
    pub tenant_id: TenantId,
    pub plan_id: PlanId,
    /// Counts from 1 within the plan.
    pub step_number: i32,
    /// For how many periods it lasts; none: it lasts, as the last step does.
    pub periods: Option<i32>,
    /// How long its periods are; none: it is charged once.
    pub billing_period: Option<BillingPeriod>,
    /// The plan's own price of one unit and period, in minor units; none: what its components cost together.
    pub unit_amount: Option<i64>,
    #[sea_orm(belongs_to, from = "plan_id", to = "id")]
    pub plan: BelongsTo<super::plan::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
