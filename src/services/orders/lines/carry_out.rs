//! What a completed line does to its subscription, and what follows from that.

use domain::{
    money,
    periods::{Quantities, correction},
    subscription_life,
};
use entity::{
    Billing, ChargeType, LicenseStatus, OrderAction, billing_period, offer, order, order_line,
    subscription,
};
use sea_orm::EntityTrait;

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        invoices::draft::{self, Charge},
        licenses,
        subscriptions::{self, periods},
        unit::Unit,
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
    let id = line
        .subscription_id
        .ok_or_else(|| anyhow::anyhow!("line {} was submitted without a subscription", line.id))?;
    let mut subscription = subscriptions::row::lock(unit, id).await?;
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
            subscriptions::row::save(unit, line, &mut subscription, from).await?;
            activate(unit, order, line, &subscription, &offer).await
        }
        OrderAction::Change => {
            let period = periods::in_force(unit, &subscription).await?;
            let before = subscription.quantity;
            subscription.quantity = line.quantity;
            subscriptions::row::save(unit, line, &mut subscription, from).await?;
            change_quantity(unit, order, line, &subscription, &offer, &period, before).await
        }
        OrderAction::Suspend => {
            subscription.reason.clone_from(&order.reference);
            subscriptions::row::save(unit, line, &mut subscription, from).await?;
            licenses::row::follow(unit, order.id, &subscription, LicenseStatus::Suspended, None)
                .await
        }
        OrderAction::Resume => {
            subscription.reason = None;
            subscriptions::row::save(unit, line, &mut subscription, from).await?;
            licenses::row::follow(unit, order.id, &subscription, LicenseStatus::Active, None).await
        }
        OrderAction::Cancel => {
            subscription.ended_at = Some(unit.now);
            subscriptions::row::save(unit, line, &mut subscription, from).await?;
            periods::end_stretch(unit, &subscription).await?;
            licenses::row::follow(unit, order.id, &subscription, LicenseStatus::Terminated, None)
                .await
        }
    }
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
    if let Some(edition_id) = offer.edition_id {
        licenses::row::issue(unit, order.id, subscription, edition_id).await?;
    }
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
    licenses::row::follow(unit, order.id, subscription, LicenseStatus::Active, Some(after)).await?;
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
