//! Making and submitting an order that acts on a subscription.

use chrono::{DateTime, Utc};
use domain::{money, subscription_life};
use entity::{
    Billing, OrderAction, OrderId, SubscriptionId, offer, order_line, product, subscription,
};
use sea_orm::EntityTrait;

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        orders::{
            create, lines,
            row::{self, NewOrder},
            submit,
        },
        unit::Unit,
        validate,
    },
};

/// What an order for a change says besides the change itself.
#[derive(Clone, Debug, Default)]
pub struct OrderDetails {
    pub reference: Option<String>,
    pub po_number: Option<String>,
    /// When the change may be carried out; none: as soon as it is approved.
    pub start_at: Option<DateTime<Utc>>,
}

/// Makes the order and submits it.
///
/// Refused with `SUBSCRIPTION_NOT_FOUND`; with `SUBSCRIPTION_NOT_MODIFIABLE` where the subscription's status does not
/// allow the action now; with `CHANGE_ALREADY_PENDING` while another order on it is open.
pub(super) async fn order_for(
    unit: &Unit,
    id: SubscriptionId,
    expected_version: Option<i64>,
    action: OrderAction,
    quantity: Option<i32>,
    details: OrderDetails,
) -> Outcome<OrderId> {
    let reference = validate::short_text("reference", details.reference)?;
    let po_number = validate::po_number("poNumber", details.po_number)?;
    let subscription = unit.lock::<subscription::Entity>(id).await?;
    validate::version(expected_version, subscription.version)?;
    if subscription_life::next(subscription.status, action).is_none() {
        let message = format!("The subscription is {}.", subscription.status);
        return Err(Refusal::of(RefusalCode::SubscriptionNotModifiable, "id", message).into());
    }
    lines::refuse_second_change(unit, subscription.id).await?;
    let line = line_for(unit, &subscription, action, quantity).await?;
    let new = NewOrder {
        id: line.order_id,
        customer_id: subscription.customer_id,
        partner_id: subscription.partner_id,
        agreement_id: subscription.agreement_id,
        currency: subscription.currency.clone(),
        reference,
        po_number,
        start_at: details.start_at,
    };
    let mut order = row::begin(unit, new).await?;
    let mut lines = [line];
    let submission = submit::submit(unit, &mut order, &mut lines).await?;
    create::write(unit, &order, &lines, Some(submission)).await?;
    Ok(order.id)
}

/// The order's one line. Its amount is what the change adds to each period, or, where the offer is charged once, what it
/// costs: nothing is given back for less of that.
async fn line_for(
    unit: &Unit,
    subscription: &subscription::Model,
    action: OrderAction,
    quantity: Option<i32>,
) -> Outcome<order_line::Model> {
    let offer = offer::Entity::find_by_id(subscription.offer_id)
        .one(&unit.txn)
        .await?
        .ok_or_else(|| anyhow::anyhow!("offer {} is gone", subscription.offer_id))?;
    let product = product::Entity::find_by_id(subscription.product_id)
        .one(&unit.txn)
        .await?
        .ok_or_else(|| anyhow::anyhow!("product {} is gone", subscription.product_id))?;
    let quantity = match quantity {
        Some(quantity) => {
            lines::check_quantity(&offer, quantity, "quantity")?;
            if quantity == subscription.quantity {
                let message = format!("The subscription has a quantity of {quantity} already.");
                return Err(Refusal::invalid("quantity", message).into());
            }
            quantity
        }
        None => subscription.quantity,
    };
    let too_large =
        |_| Refusal::of(RefusalCode::AmountTooLarge, "quantity", "The amount is too large.");
    // The next period is charged for all of it.
    money::times(subscription.unit_amount, quantity).map_err(too_large)?;
    let added = match offer.billing {
        Billing::OneTime => (quantity - subscription.quantity).max(0),
        Billing::Recurring | Billing::Usage => quantity - subscription.quantity,
    };
    let net_amount = money::times(subscription.unit_amount, added).map_err(too_large)?;
    let new = lines::NewRow {
        order_id: OrderId::new(unit.now),
        order_created_at: unit.now,
        line_number: 1,
        client_line_id: None,
        action,
        product_id: subscription.product_id,
        offer_id: subscription.offer_id,
        subscription_id: Some(subscription.id),
        quantity,
        previous_quantity: Some(subscription.quantity),
        po_number: None,
        unit_amount: subscription.unit_amount,
        tax_basis_points: subscription.tax_basis_points,
        net_amount,
        provisioning: product.provisioning,
        plan_instance: None,
    };
    Ok(lines::pending(unit, new))
}
