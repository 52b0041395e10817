//! Putting a subscription on billing hold: nothing is charged for it until somebody has looked at it.

use chrono::{DateTime, Utc};
use entity::{CustomerId, EventKind, PartnerId, SubscriptionId, subscription};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QuerySelect, sea_query::Expr,
};

use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::unit::{Unit, locked},
};

/// Whose a subscription is. What is wrong with it may be that its row cannot be understood, so no more of it is read.
#[derive(FromQueryResult)]
struct Owner {
    customer_id: CustomerId,
    partner_id: Option<PartnerId>,
}

/// Holds a subscription and tells the log why. False: it is on hold already.
pub(crate) async fn hold(unit: &Unit, id: SubscriptionId, reason: String) -> Outcome<bool> {
    use subscription::Column::{
        BillingHeldSince, BillingHoldReason, CustomerId, Id, PartnerId, TenantId, UpdatedAt,
        Version,
    };
    let row = subscription::Entity::find_by_id(id)
        .filter(TenantId.eq(unit.viewer.tenant_id))
        .filter(BillingHoldReason.is_null())
        .select_only()
        .columns([CustomerId, PartnerId]);
    let Some(owner) = locked(row).into_model::<Owner>().one(&unit.txn).await? else {
        return Ok(false);
    };
    subscription::Entity::update_many()
        .col_expr(BillingHoldReason, Expr::value(reason.as_str()))
        .col_expr(BillingHeldSince, Expr::value(Some::<DateTime<Utc>>(unit.now)))
        .col_expr(UpdatedAt, Expr::value(unit.now))
        .col_expr(Version, Expr::col(Version).add(1))
        .filter(TenantId.eq(unit.viewer.tenant_id))
        .filter(Id.eq(id))
        .exec(&unit.txn)
        .await?;
    let subject = Subject::Subscription(id);
    let event =
        NewEvent::about(EventKind::BillingHeld, subject, owner.customer_id, owner.partner_id);
    unit.record(event.with_reason(Some(reason))).await?;
    Ok(true)
}
