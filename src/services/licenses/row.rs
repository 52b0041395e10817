//! A license's row: issued, changed with its subscription, and told to the log.

use domain::numbers;
use entity::{EditionId, EventKind, LicenseId, LicenseStatus, OrderId, license, subscription};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::{search, unit::Unit},
};

/// Issues a license for a subscription that an order has activated.
pub(crate) async fn issue(
    unit: &Unit,
    order_id: OrderId,
    subscription: &subscription::Model,
    edition_id: EditionId,
) -> Outcome<()> {
    let license = license::Model {
        id: LicenseId::new(unit.now),
        tenant_id: subscription.tenant_id,
        license_key: numbers::license_key(Uuid::new_v4()),
        legacy_license_key: None,
        customer_id: subscription.customer_id,
        partner_id: subscription.partner_id,
        product_id: subscription.product_id,
        edition_id,
        subscription_id: Some(subscription.id),
        order_id: Some(order_id),
        status: LicenseStatus::Active,
        user_limit: subscription.quantity,
        external_reference: subscription.external_reference.clone(),
        starts_at: unit.now,
        expires_at: None,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    search::index(&unit.txn, search::Kind::License, license.id.0, &[&license.license_key]).await?;
    unit.insert(license.clone()).await?;
    let event = about(EventKind::LicenseIssued, &license)
        .by_order(Some(order_id))
        .with_statuses(None, LicenseStatus::Active.as_str());
    Ok(unit.record(event).await?)
}

/// Has the license of a locked subscription be as the subscription is now: its status, as many users as it has units, and
/// the edition of another offer where that is given. Does nothing where the subscription has no license.
pub(crate) async fn follow(
    unit: &Unit,
    order_id: Option<OrderId>,
    subscription: &subscription::Model,
    status: LicenseStatus,
    edition_id: Option<EditionId>,
) -> Outcome<()> {
    let Some(mut license) = license::Entity::find()
        .filter(license::Column::TenantId.eq(subscription.tenant_id))
        .filter(license::Column::SubscriptionId.eq(subscription.id))
        .one(&unit.txn)
        .await?
    else {
        return Ok(());
    };
    let from = license.status;
    license.status = status;
    license.user_limit = subscription.quantity;
    license.edition_id = edition_id.unwrap_or(license.edition_id);
    license.version += 1;
    license.updated_at = unit.now;
    unit.save(license.clone()).await?;
    let kind =
        if status == from { EventKind::LicenseChanged } else { EventKind::LicenseStatusChanged };
    let event = about(kind, &license)
        .by_order(order_id)
        .with_statuses(Some(from.as_str()), status.as_str());
    Ok(unit.record(event).await?)
}

fn about(kind: EventKind, license: &license::Model) -> NewEvent {
    NewEvent::about(kind, Subject::License(license.id), license.customer_id, license.partner_id)
}
