//! What was used of a subscription, in the calculator's terms.

use chrono::NaiveDate;
use domain::billing::Usage;
use entity::{
    plan_instance::{PlanInstance, Timing},
    subscription, usage_report,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{error::Outcome, services::unit::Unit};

/// What was reported, added up: of each stretch what came in time, and what came on each day later.
pub(super) async fn reported(
    unit: &Unit,
    subscription: &subscription::Model,
) -> Outcome<Vec<Usage>> {
    use usage_report::Column::{
        ComponentId, CountedOn, LateOn, Quantity, SubscriptionId, TenantId,
    };
    let sums = usage_report::Entity::find()
        .filter(TenantId.eq(subscription.tenant_id))
        .filter(SubscriptionId.eq(subscription.id))
        .select_only()
        .columns([ComponentId, CountedOn, LateOn])
        .column_as(Quantity.sum(), "quantity")
        .group_by(ComponentId)
        .group_by(CountedOn)
        .group_by(LateOn)
        .into_tuple::<(Uuid, NaiveDate, Option<NaiveDate>, i64)>()
        .all(&unit.txn)
        .await?;
    let usage = |(component, day, late_on, quantity)| Usage { component, day, late_on, quantity };
    Ok(sums.into_iter().map(usage).collect())
}

/// Whether anything of what is sold is charged by use.
pub(super) fn is_metered(instance: &PlanInstance) -> bool {
    let mut components = instance.steps.iter().flat_map(|step| &step.components);
    components.any(|component| component.timing == Timing::Usage)
}
