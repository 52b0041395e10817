//! What a completed line does to its subscription, and what follows from that.

use entity::{
    Billing, ChargeType, EventKind, LicenseId, LicenseStatus, OrderAction, SubscriptionStatus,
    billing_period, license, offer, order, order_line, subscription,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::periods;
use crate::{
    domain::{
        money, numbers,
        periods::{Quantities, correction},
        subscription_life,
    },
    error::{Outcome, Refusal, RefusalCode},
    events::log::{NewEvent, Subject},
    services::{
        invoices::draft::{self, Charge},
        search,
        unit::{Unit, locked},
    },
};

/// Applies the line's action. Whoever goes on after a refusal undoes what was written by then.
///
/// Refuses with `SUBSCRIPTION_NOT_MODIFIABLE` where the subscription's status does not allow it, with `PERIOD_ENDED`, and
/// with `AMOUNT_TOO_LARGE` where the draft invoice cannot hold the charge.
pub(super) async fn carry_out(
    unit: &Unit,
    order: &order::Model,
    line: &order_line::Model,
) -> Outcome<()> {
    let mut subscription = lock_subscription(unit, line).await?;
    let from = subscription.status;
    let to = subscription_life::next(from, line.action).ok_or_else(|| {
        Refusal::new(
            RefusalCode::SubscriptionNotModifiable,
            format!("Subscription {} is {from}.", subscription.number),
        )
    })?;
    subscription.status = to;
    let offer = offer::Entity::find_by_id(line.offer_id)
        .one(&unit.txn)
        .await?
        .ok_or_else(|| anyhow::anyhow!("offer {} is gone", line.offer_id))?;
    match line.action {
        OrderAction::Buy => {
            subscription.activated_at = Some(unit.now);
            save(unit, order, line, &mut subscription, from).await?;
            activate(unit, order, line, &subscription, &offer).await
        }
        OrderAction::Change => {
            let period = periods::in_force(unit, &subscription).await?;
            let before = subscription.quantity;
            subscription.quantity = line.quantity;
            save(unit, order, line, &mut subscription, from).await?;
            change_quantity(unit, order, line, &subscription, &offer, &period, before).await
        }
        OrderAction::Suspend => {
            subscription.reason.clone_from(&order.reference);
            save(unit, order, line, &mut subscription, from).await?;
            move_license(unit, order, &subscription, LicenseStatus::Suspended, None).await
        }
        OrderAction::Resume => {
            subscription.reason = None;
            save(unit, order, line, &mut subscription, from).await?;
            move_license(unit, order, &subscription, LicenseStatus::Active, None).await
        }
        OrderAction::Cancel => {
            subscription.ended_at = Some(unit.now);
            save(unit, order, line, &mut subscription, from).await?;
            periods::end_stretch(unit, &subscription).await?;
            move_license(unit, order, &subscription, LicenseStatus::Terminated, None).await
        }
    }
}

async fn lock_subscription(unit: &Unit, line: &order_line::Model) -> Outcome<subscription::Model> {
    let id = line
        .subscription_id
        .ok_or_else(|| anyhow::anyhow!("line {} was submitted without a subscription", line.id))?;
    let subscription = subscription::Entity::find_by_id(id)
        .filter(subscription::Column::TenantId.eq(line.tenant_id));
    let subscription = locked(subscription).one(&unit.txn).await?;
    Ok(subscription.ok_or_else(|| anyhow::anyhow!("subscription {id} is gone"))?)
}

/// Writes the subscription and tells what became of it.
async fn save(
    unit: &Unit,
    order: &order::Model,
    line: &order_line::Model,
    subscription: &mut subscription::Model,
    from: SubscriptionStatus,
) -> Outcome<()> {
    subscription.version += 1;
    subscription.updated_at = unit.now;
    unit.save(subscription.clone()).await?;
    let kind = if subscription.status == from {
        EventKind::SubscriptionChanged
    } else {
        EventKind::SubscriptionStatusChanged
    };
    let event = NewEvent::about(
        kind,
        Subject::Subscription(subscription.id),
        subscription.customer_id,
        subscription.partner_id,
    )
    .by_order(Some(order.id))
    .with_line(line.id)
    .with_statuses(Some(from.as_str()), subscription.status.as_str());
    Ok(unit.record(event).await?)
}

/// The first period, the license where the offer has an edition, and the first charge.
async fn activate(
    unit: &Unit,
    order: &order::Model,
    line: &order_line::Model,
    subscription: &subscription::Model,
    offer: &offer::Model,
) -> Outcome<()> {
    let period = periods::begin(unit, line, subscription, offer).await?;
    issue_license(unit, order, subscription, offer).await?;
    let kind = match offer.billing {
        Billing::OneTime => ChargeType::OneTimeFee,
        Billing::Recurring => ChargeType::CycleFee,
        // What was used is known only afterwards.
        Billing::Usage => return Ok(()),
    };
    let charge = Charge {
        kind,
        description: offer.name.clone(),
        quantity: subscription.quantity,
        net_amount: line.net_amount,
        period: Some((period.starts_at, period.ends_at)),
    };
    draft::charge(unit, order, line, subscription, charge).await
}

async fn issue_license(
    unit: &Unit,
    order: &order::Model,
    subscription: &subscription::Model,
    offer: &offer::Model,
) -> Outcome<()> {
    let Some(edition_id) = offer.edition_id else { return Ok(()) };
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
        order_id: Some(order.id),
        status: LicenseStatus::Active,
        user_limit: subscription.quantity,
        external_reference: subscription.external_reference.clone(),
        starts_at: unit.now,
        expires_at: None,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    let id = license.id;
    search::index(&unit.txn, search::Kind::License, id.0, &[&license.license_key]).await?;
    license.into_active_model().reset_all().insert(&unit.txn).await?;
    let event = NewEvent::about(
        EventKind::LicenseIssued,
        Subject::License(id),
        subscription.customer_id,
        subscription.partner_id,
    )
    .by_order(Some(order.id))
    .with_statuses(None, LicenseStatus::Active.as_str());
    Ok(unit.record(event).await?)
}

/// A new stretch of the billing period with the new quantity, the license with it, and a charge for the difference.
async fn change_quantity(
    unit: &Unit,
    order: &order::Model,
    line: &order_line::Model,
    subscription: &subscription::Model,
    offer: &offer::Model,
    period: &billing_period::Model,
    before: i32,
) -> Outcome<()> {
    let at_first = periods::change(unit, line, subscription, period).await?;
    let after = subscription.quantity;
    move_license(unit, order, subscription, LicenseStatus::Active, Some(after)).await?;
    let (kind, net_amount) = match (offer.billing, period.ends_at) {
        (Billing::Recurring, Some(ends_at)) => {
            let quantities = Quantities { at_first, before, after };
            let whole = period.starts_at..ends_at;
            let amount = correction(subscription.unit_amount, quantities, &whole, unit.now);
            (ChargeType::Correction, amount)
        }
        // What was bought once is paid for once, and not taken back.
        (Billing::OneTime, _) => {
            let added = (after - before).max(0);
            (ChargeType::OneTimeFee, money::times(subscription.unit_amount, added))
        }
        (Billing::Usage, _) | (Billing::Recurring, None) => return Ok(()),
    };
    let net_amount = net_amount.map_err(|_| {
        Refusal::new(RefusalCode::AmountTooLarge, "The change is too large an amount.")
    })?;
    if net_amount == 0 {
        return Ok(());
    }
    let charge = Charge {
        kind,
        description: format!("{}: {before} to {after}", offer.name),
        quantity: after - before,
        net_amount,
        period: Some((unit.now, period.ends_at)),
    };
    draft::charge(unit, order, line, subscription, charge).await
}

/// Takes the license along with its subscription, if it has one.
async fn move_license(
    unit: &Unit,
    order: &order::Model,
    subscription: &subscription::Model,
    status: LicenseStatus,
    user_limit: Option<i32>,
) -> Outcome<()> {
    let Some(license) = license::Entity::find()
        .filter(license::Column::TenantId.eq(subscription.tenant_id))
        .filter(license::Column::SubscriptionId.eq(subscription.id))
        .one(&unit.txn)
        .await?
    else {
        return Ok(());
    };
    let from = license.status;
    let mut row = license.clone().into_active_model();
    row.status = Set(status);
    row.user_limit = Set(user_limit.unwrap_or(license.user_limit));
    row.version = Set(license.version + 1);
    row.updated_at = Set(unit.now);
    row.update(&unit.txn).await?;
    let kind =
        if status == from { EventKind::LicenseChanged } else { EventKind::LicenseStatusChanged };
    let event = NewEvent::about(
        kind,
        Subject::License(license.id),
        license.customer_id,
        license.partner_id,
    )
    .by_order(Some(order.id))
    .with_statuses(Some(from.as_str()), status.as_str());
    Ok(unit.record(event).await?)
}
