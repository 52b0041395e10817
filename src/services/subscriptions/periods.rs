//! A subscription's billing period, and the stretches within it in which quantity and price stay the same.

use chrono::{DateTime, Utc};
use domain::periods;
use entity::{
    BillingPeriodId, SubscriptionId, SubscriptionPeriodId, billing_period, offer, order_line,
    subscription, subscription_period,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// Begins the first billing period, and the first stretch in it.
pub(crate) async fn begin(
    unit: &Unit,
    line: &order_line::Model,
    subscription: &subscription::Model,
    offer: &offer::Model,
) -> Outcome<billing_period::Model> {
    let ends_at = offer.billing_period.map(|period| periods::end(unit.now, period));
    let period = insert_period(unit, subscription, unit.now, ends_at).await?;
    insert_stretch(unit, line, subscription, 1, unit.now, ends_at).await?;
    Ok(period)
}

/// The billing period in which a subscription can be changed now. Refuses with `PERIOD_ENDED` where the last one is over.
pub(crate) async fn in_force(
    unit: &Unit,
    subscription: &subscription::Model,
) -> Outcome<billing_period::Model> {
    let last = billing_period::Entity::find()
        .filter(billing_period::Column::TenantId.eq(subscription.tenant_id))
        .filter(billing_period::Column::SubscriptionId.eq(subscription.id))
        .order_by_desc(billing_period::Column::Number)
        .one(&unit.txn)
        .await?;
    let period = match last {
        Some(period) => period,
        None => make_up(unit, subscription).await?,
    };
    match period.ends_at {
        Some(end) if end <= unit.now => {
            let message = format!(
                "The billing period of subscription {} ended on {}, and no other has begun, so it cannot be changed.",
                subscription.number,
                end.date_naive(),
            );
            Err(Refusal::new(RefusalCode::PeriodEnded, message).into())
        }
        Some(_) | None => Ok(period),
    }
}

/// Begins a stretch with what the subscription has from now on, until the end of the period. Gives how many units it had
/// when the day began, or else the period.
pub(crate) async fn change(
    unit: &Unit,
    line: &order_line::Model,
    subscription: &subscription::Model,
    period: &billing_period::Model,
) -> Outcome<i32> {
    let stretches = newest_first(unit, subscription.id).await?;
    let mut of_period = stretches.iter().filter(|stretch| stretch.starts_at >= period.starts_at);
    let today = unit.now.date_naive();
    let at_first = of_period
        .clone()
        .find(|stretch| stretch.starts_at.date_naive() < today)
        .or_else(|| of_period.next_back())
        .map_or(subscription.quantity, |stretch| stretch.quantity);
    match stretches.first() {
        // A stretch has some length, so of two that begin at the same moment there is only the later.
        Some(last) if last.starts_at >= unit.now => {
            let mut stretch = last.clone();
            stretch.quantity = subscription.quantity;
            stretch.unit_amount = subscription.unit_amount;
            stretch.order_line_id = Some(line.id);
            unit.save(stretch).await?;
        }
        last => {
            let number = last.map_or(1, |stretch| stretch.period_number + 1);
            if let Some(stretch) = last {
                end_now(unit, stretch).await?;
            }
            insert_stretch(unit, line, subscription, number, unit.now, period.ends_at).await?;
        }
    }
    Ok(at_first)
}

/// Ends the last stretch of a subscription that has ended. Its billing period stays as long as it was.
pub(crate) async fn end_stretch(unit: &Unit, subscription: &subscription::Model) -> Outcome<()> {
    match newest_first(unit, subscription.id).await?.first() {
        Some(stretch) => end_now(unit, stretch).await,
        None => Ok(()),
    }
}

async fn newest_first(
    unit: &Unit,
    subscription_id: SubscriptionId,
) -> Outcome<Vec<subscription_period::Model>> {
    Ok(subscription_period::Entity::find()
        .filter(subscription_period::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(subscription_period::Column::SubscriptionId.eq(subscription_id))
        .order_by_desc(subscription_period::Column::PeriodNumber)
        .all(&unit.txn)
        .await?)
}

/// Ends a stretch that is running.
async fn end_now(unit: &Unit, stretch: &subscription_period::Model) -> Outcome<()> {
    let is_running =
        stretch.starts_at < unit.now && stretch.ends_at.is_none_or(|end| end > unit.now);
    if is_running {
        let ends_at = Some(unit.now);
        unit.save(subscription_period::Model { ends_at, ..stretch.clone() }).await?;
    }
    Ok(())
}

/// The billing period of a subscription that was activated by a node of the release before this one, which kept stretches
/// only: from the beginning of the first to the end of the last.
async fn make_up(
    unit: &Unit,
    subscription: &subscription::Model,
) -> Outcome<billing_period::Model> {
    let stretches = newest_first(unit, subscription.id).await?;
    let (Some(last), Some(first)) = (stretches.first(), stretches.last()) else {
        return Err(anyhow::anyhow!("subscription {} has no period", subscription.id).into());
    };
    insert_period(unit, subscription, first.starts_at, last.ends_at).await
}

async fn insert_period(
    unit: &Unit,
    subscription: &subscription::Model,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
) -> Outcome<billing_period::Model> {
    let period = billing_period::Model {
        id: BillingPeriodId::new(unit.now),
        tenant_id: subscription.tenant_id,
        subscription_id: subscription.id,
        number: 1,
        starts_at,
        ends_at,
        starts_on: Some(starts_at.date_naive()),
        ends_on: ends_at.map(|end| end.date_naive()),
    };
    let row = period.clone().into_active_model().reset_all();
    billing_period::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    Ok(period)
}

async fn insert_stretch(
    unit: &Unit,
    line: &order_line::Model,
    subscription: &subscription::Model,
    number: i32,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
) -> Outcome<()> {
    let stretch = subscription_period::Model {
        id: SubscriptionPeriodId::new(unit.now),
        tenant_id: subscription.tenant_id,
        subscription_id: subscription.id,
        period_number: number,
        starts_at,
        ends_at,
        quantity: subscription.quantity,
        unit_amount: subscription.unit_amount,
        order_line_id: Some(line.id),
    };
    let row = stretch.into_active_model().reset_all();
    subscription_period::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    Ok(())
}
