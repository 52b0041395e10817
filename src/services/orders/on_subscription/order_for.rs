//! Making and submitting an order that acts on a subscription.

use std::slice;

use chrono::{DateTime, Months, NaiveDate, Utc};
use domain::{approval_rules::Level, money, subscription_life};
use entity::{
    Billing, CatalogStatus, ChangeTime, OfferId, OrderAction, OrderId, PendingCancellation,
    SubscriptionId, TaxCodeId, offer, order, order_line,
    plan_instance::{Charges, PlanInstance},
    price, product, subscription,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        billing::{
            bill::refuse_status,
            change::{self, NewChange},
            course::Course,
            plan_instance::plan_instance,
            quote::quote,
        },
        denials::Denied,
        orders::{
            create,
            levels::previewed_levels,
            lines,
            row::{self, NewOrder},
            submit,
        },
        seller::{Seller, customer_taxes::CustomerTaxes},
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

/// Which subscription is to change, and when.
#[derive(Clone, Debug)]
pub struct Ask {
    pub subscription_id: SubscriptionId,
    pub expected_version: Option<i64>,
    pub time: ChangeTime,
    /// The day, where a day is asked for.
    pub on: Option<NaiveDate>,
    /// What becomes of a cancellation that is pending.
    pub pending_cancellation: Option<PendingCancellation>,
    /// What the caller expects it to charge without tax, in minor units.
    pub expected_total: Option<i64>,
    pub details: OrderDetails,
}

/// What is to change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    pub(super) action: OrderAction,
    pub(super) quantity: Option<i32>,
    pub(super) offer_id: Option<OfferId>,
    pub(super) keep_anchor: bool,
    pub(super) auto_renew: Option<bool>,
}

impl Changed {
    /// An action that changes no terms.
    pub(super) fn by(action: OrderAction) -> Self {
        Self { action, quantity: None, offer_id: None, keep_anchor: false, auto_renew: None }
    }
}

/// Makes the order and submits it.
///
/// Refused with `SUBSCRIPTION_NOT_FOUND`; with `SUBSCRIPTION_NOT_MODIFIABLE` where the subscription's status does not
/// allow the action now; with `SUBSCRIPTION_NOT_RECURRING` for what only makes sense with periods; with
/// `CANCELLATION_PENDING` where it is not said what becomes of one; with `CHANGE_ALREADY_PENDING` while another order on
/// it is open; with `PRICE_CHANGED` where it would charge something else than expected.
pub(super) async fn order_for(unit: &Unit, ask: Ask, changed: Changed) -> Outcome<OrderId> {
    let reference = validate::short_text("reference", ask.details.reference.clone())?;
    let po_number = validate::po_number("poNumber", ask.details.po_number.clone())?;
    let subscription = unit.lock::<subscription::Entity>(ask.subscription_id).await?;
    validate::version(ask.expected_version, subscription.version)?;
    check_status(&subscription, changed)?;
    // Whoever names what does not exist is told that first.
    if let Some(offer) = changed.offer_id {
        unit.require::<offer::Entity>(offer, "offerId").await??;
    }
    lines::refuse_second_change(unit, subscription.id).await?;
    let Planned { line, .. } = Box::pin(plan(unit, &subscription, &ask, changed)).await?;
    let details = OrderDetails { reference, po_number, ..ask.details };
    let mut order = begin(unit, &subscription, &line, details).await?;
    let mut lines = [line];
    let submission = submit::submit(unit, &mut order, &mut lines).await?;
    create::write(unit, &order, &lines, Some(submission)).await?;
    Ok(order.id)
}

/// An order for a change, as it might be placed.
pub(super) struct Previewed {
    pub(super) order: order::Model,
    pub(super) line: order_line::Model,
    pub(super) takes_effect_on: NaiveDate,
    /// The answers that it would need, by level, as far as the viewer may try them out.
    pub(super) levels: Vec<Level>,
}

/// What a change would charge, on which day it would take effect, and who would have to agree to it, as [`order_for`] would
/// write it. Refused alike.
pub(super) async fn preview(unit: &Unit, ask: Ask, changed: Changed) -> Outcome<Previewed> {
    let subscription = unit.lock::<subscription::Entity>(ask.subscription_id).await?;
    check_status(&subscription, changed)?;
    lines::refuse_second_change(unit, subscription.id).await?;
    let planned = Box::pin(plan(unit, &subscription, &ask, changed)).await?;
    let Planned { line, takes_effect_on } = planned;
    let mut order = begin(unit, &subscription, &line, ask.details).await?;
    let lines = slice::from_ref(&line);
    lines::sum_up(&mut order, lines)?;
    let levels = Box::pin(previewed_levels(unit, &order, lines)).await?;
    Ok(Previewed { order, line, takes_effect_on, levels })
}

/// Begins the order that has the line.
async fn begin(
    unit: &Unit,
    subscription: &subscription::Model,
    line: &order_line::Model,
    details: OrderDetails,
) -> Outcome<order::Model> {
    let new = NewOrder {
        id: line.order_id,
        customer_id: subscription.customer_id,
        partner_id: subscription.partner_id,
        agreement_id: subscription.agreement_id,
        currency: subscription.currency.clone(),
        tax_inclusive: includes_tax(subscription),
        reference: details.reference,
        po_number: details.po_number,
        start_at: details.start_at,
    };
    row::begin(unit, new).await
}

/// What is to be ordered.
struct Planned {
    line: order_line::Model,
    takes_effect_on: NaiveDate,
}

fn check_status(subscription: &subscription::Model, changed: Changed) -> Result<(), Refusal> {
    if subscription_life::next(subscription.status, changed.action).is_some() {
        return Ok(());
    }
    Err(refuse_status(subscription).at("id"))
}

/// The order's one line. Its amount is what the change will charge, with the lines of which that consists.
async fn plan(
    unit: &Unit,
    subscription: &subscription::Model,
    ask: &Ask,
    changed: Changed,
) -> Outcome<Planned> {
    let taxes = CustomerTaxes::load(unit, subscription.customer_id).await?;
    let seller = &taxes.seller;
    let today = seller.day(unit.now)?;
    check_day(ask, today)?;
    let course = Course::load(unit, seller, subscription).await?;
    let kind = change::kind(changed.action, changed.auto_renew.is_some());
    change::check_cancellation(&course, kind, ask.pending_cancellation)?;
    let terms = terms(unit, seller, subscription, changed).await?;
    let new = NewChange {
        kind,
        time: ask.time,
        on: ask.on,
        quantity: terms.changes_quantity.then_some(terms.quantity),
        offer: terms.plan_instance.clone().map(|instance| (terms.offer.id, instance)),
        keep_anchor: changed.keep_anchor,
        auto_renew: changed.auto_renew,
        pending_cancellation: ask.pending_cancellation,
    };
    // Of what is charged from then on.
    let sold = terms.plan_instance.as_ref().unwrap_or(course.instance_on(today));
    let tax = taxes.of(terms.tax_basis_points, tax_code(sold), "id")?;
    let quote = quote(unit, seller, course, subscription, &new).await?;
    let net_amount = total(&quote.charges)?;
    if let Some(expected) = ask.expected_total
        && expected != net_amount
    {
        let message =
            format!("It would charge {net_amount}, in minor units of {}.", subscription.currency);
        return Err(Refusal::of(RefusalCode::PriceChanged, "expectedTotal", message).into());
    }
    let product = unit.related::<product::Entity>(subscription.product_id).await?;
    let new = lines::NewRow {
        order_id: OrderId::new(unit.now),
        order_created_at: unit.now,
        line_number: 1,
        client_line_id: None,
        action: changed.action,
        product_id: subscription.product_id,
        offer_id: terms.offer.id,
        subscription_id: Some(subscription.id),
        quantity: terms.quantity,
        previous_quantity: Some(subscription.quantity),
        po_number: None,
        unit_amount: terms.unit_amount,
        tax,
        net_amount,
        provisioning: product.provisioning,
        plan_instance: terms.plan_instance,
        starts_on: None,
        discounts: None,
        discount_amount: 0,
    };
    let takes_effect_on = quote.takes_effect_on;
    let line = order_line::Model {
        change_time: ask.time,
        change_on: (ask.time != ChangeTime::Now).then_some(takes_effect_on),
        previous_offer_id: (terms.offer.id != subscription.offer_id)
            .then_some(subscription.offer_id),
        keep_anchor: changed.keep_anchor,
        auto_renew: changed.auto_renew,
        pending_cancellation: ask.pending_cancellation,
        charges: Some(quote.charges),
        ..lines::pending(unit, new)
    };
    Ok(Planned { line, takes_effect_on })
}

/// Refuses to sell more, or something else, where the seller has denied that.
async fn check_denials(
    unit: &Unit,
    subscription: &subscription::Model,
    offer: &offer::Model,
    is_new: bool,
) -> Outcome<()> {
    let mut denied = Denied::load(unit, subscription.customer_id, std::iter::once(offer)).await?;
    denied.check()?;
    denied.check_offer(offer, if is_new { "offerId" } else { "id" })?;
    if is_new {
        denied.check_once(offer, "offerId")?;
    }
    Ok(())
}

/// Refuses a day that is missing, does not belong there, is over, or is further away than anybody plans.
fn check_day(ask: &Ask, today: NaiveDate) -> Result<(), Refusal> {
    const MOST_YEARS: Months = Months::new(10 * 12);
    let refused = |message: &str| Err(Refusal::invalid("date", message));
    match (ask.time, ask.on) {
        (ChangeTime::OnDate, None) => refused("Say on which day."),
        (ChangeTime::OnDate, Some(day)) if day < today => refused("The day is over."),
        (ChangeTime::OnDate, Some(day)) if day > today + MOST_YEARS => {
            refused("A day is ten years from now at most.")
        }
        (ChangeTime::Now | ChangeTime::OnRenewal, Some(_)) => {
            refused("A day is said for ON_DATE only.")
        }
        (ChangeTime::OnDate, Some(_)) | (ChangeTime::Now | ChangeTime::OnRenewal, None) => Ok(()),
    }
}

/// What the subscription is to have.
struct Terms {
    offer: offer::Model,
    quantity: i32,
    changes_quantity: bool,
    unit_amount: i64,
    tax_basis_points: i32,
    /// A copy of what is sold from then on; none: what was sold stays.
    plan_instance: Option<PlanInstance>,
}

async fn terms(
    unit: &Unit,
    seller: &Seller,
    subscription: &subscription::Model,
    changed: Changed,
) -> Outcome<Terms> {
    let new_offer = changed.offer_id.filter(|id| *id != subscription.offer_id);
    let (offer, price) = match new_offer {
        Some(id) => {
            let (offer, price) = sold_instead(unit, subscription, id).await?;
            (offer, Some(price))
        }
        None => (unit.related::<offer::Entity>(subscription.offer_id).await?, None),
    };
    let quantity = changed.quantity.unwrap_or(subscription.quantity);
    let changes_quantity = quantity != subscription.quantity;
    if changes_quantity || new_offer.is_some() {
        lines::check_quantity(&offer, quantity, "quantity")?;
    }
    if changed.action == OrderAction::Change
        && (new_offer.is_some() || quantity > subscription.quantity)
    {
        check_denials(unit, subscription, &offer, new_offer.is_some()).await?;
    }
    let changes_terms = changed.action == OrderAction::Change && changed.auto_renew.is_none();
    if changes_terms && !changes_quantity && new_offer.is_none() {
        let refusal = match (changed.quantity, changed.offer_id) {
            (None, None) => {
                let message = "Say what is to change: the quantity, the offer, or both.";
                Refusal::invalid("quantity", message)
            }
            (None, Some(_)) => Refusal::invalid("offerId", "The subscription has this offer."),
            (Some(_), _) => {
                let message = format!("The subscription has a quantity of {quantity} already.");
                Refusal::invalid("quantity", message)
            }
        };
        return Err(refusal.into());
    }
    if changed.auto_renew == Some(subscription.auto_renew) {
        let message = "The subscription is set so already.";
        return Err(Refusal::invalid("autoRenew", message).into());
    }
    let unit_amount = price.as_ref().map_or(subscription.unit_amount, |price| price.unit_amount);
    // The next period is charged for all of it.
    money::times(unit_amount, quantity).map_err(|_| too_large())?;
    Ok(Terms {
        quantity,
        changes_quantity,
        unit_amount,
        tax_basis_points: price
            .as_ref()
            .map_or(subscription.tax_basis_points, |price| price.tax_basis_points),
        plan_instance: price.map(|price| plan_instance(&seller.tenant, &offer, &price)),
        offer,
    })
}

/// Another offer of the same product, and its price in the subscription's currency.
async fn sold_instead(
    unit: &Unit,
    subscription: &subscription::Model,
    id: OfferId,
) -> Outcome<(offer::Model, price::Model)> {
    let offer = unit.require::<offer::Entity>(id, "offerId").await??;
    let before = unit.related::<offer::Entity>(subscription.offer_id).await?;
    let refused = |message: String| Refusal::of(RefusalCode::OfferNotOrderable, "offerId", message);
    if offer.product_id != subscription.product_id {
        let message = format!("{} is an offer of another product.", offer.name);
        return Err(refused(message).into());
    }
    if offer.status == CatalogStatus::Retired {
        return Err(refused(format!("{} can no longer be bought.", offer.name)).into());
    }
    let is_once = |billing| billing == Billing::OneTime;
    if is_once(before.billing) != is_once(offer.billing) {
        let message =
            format!("{} cannot take the place of what is charged in another way.", offer.name);
        return Err(refused(message).into());
    }
    let price = price::Entity::find()
        .filter(price::Column::TenantId.eq(subscription.tenant_id))
        .filter(price::Column::OfferId.eq(offer.id))
        .filter(price::Column::Currency.eq(subscription.currency.as_str()))
        .one(&unit.txn)
        .await?
        .ok_or_else(|| {
            let message = format!("{} has no price in {}.", offer.name, subscription.currency);
            Refusal::of(RefusalCode::PriceMissing, "offerId", message)
        })?;
    if price.tax_inclusive != includes_tax(subscription) {
        let message =
            "Of what is paid now and of the other price, one has the tax in it and one has not.";
        return Err(Refusal::of(RefusalCode::MixedTaxInclusion, "offerId", message).into());
    }
    Ok((offer, price))
}

/// What lines come to.
pub(super) fn total(charges: &Charges) -> Result<i64, Refusal> {
    money::fitting(charges.total()).map_err(|_| too_large())
}

fn too_large() -> Refusal {
    Refusal::of(RefusalCode::AmountTooLarge, "quantity", "The amount is too large.")
}

fn includes_tax(subscription: &subscription::Model) -> bool {
    subscription.plan_instance.as_ref().is_some_and(|sold| sold.tax_inclusive)
}

/// The code by which what lasts is taxed; none: its rate is its own.
fn tax_code(sold: &PlanInstance) -> Option<TaxCodeId> {
    sold.steps.last()?.components.first()?.tax_code_id
}
