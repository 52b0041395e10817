//! Making and submitting an order that acts on a subscription.

use std::{collections::HashSet, slice};

use chrono::{DateTime, Months, NaiveDate, Utc};
use domain::{approval_rules::Level, billing::without_usage, money, subscription_life};
use entity::{
    Billing, CatalogStatus, ChangeTime, OfferId, OrderAction, OrderId, OrderLineId,
    PendingCancellation, PriceId, PriceModel, PriceScope, ProductId, RoundingMode, SubscriptionId,
    TaxCodeId, offer, order, order_line,
    plan_instance::{Charges, PlanInstance},
    product, subscription,
};

use crate::{
    error::{Error, Outcome, Refusal, RefusalCode},
    services::{
        billing::{
            add_ons::{check_cancellation_time, check_same_parent},
            bill::refuse_status,
            change::{self, NewChange},
            course::Course,
            plan_instance::{plan_instance, price_model, unit_amount},
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
        plans::{Plans, Selection, Trials, Wanted, is_in_trial},
        prices::asked::{Payer, asked},
        seller::customer_taxes::CustomerTaxes,
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
#[derive(Clone, Debug)]
pub(super) struct Changed {
    pub(super) action: OrderAction,
    pub(super) quantity: Option<i32>,
    pub(super) offer_id: Option<OfferId>,
    /// What it is to have of a plan.
    pub(super) plan: Option<Selection>,
    pub(super) keep_anchor: bool,
    pub(super) auto_renew: Option<bool>,
    /// The line that bought it, where that is cancelled.
    pub(super) cancels_line: Option<OrderLineId>,
}

impl Changed {
    /// An action that changes no terms.
    pub(super) fn by(action: OrderAction) -> Self {
        Self {
            action,
            quantity: None,
            offer_id: None,
            plan: None,
            keep_anchor: false,
            auto_renew: None,
            cancels_line: None,
        }
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
    check_status(&subscription, changed.action)?;
    // Whoever names what does not exist is told that first.
    let Planned { line, .. } = Box::pin(plan(unit, &subscription, &ask, changed)).await?;
    lines::refuse_second_change(unit, subscription.id).await?;
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
    check_status(&subscription, changed.action)?;
    let planned = Box::pin(plan(unit, &subscription, &ask, changed)).await?;
    let Planned { line, takes_effect_on } = planned;
    lines::refuse_second_change(unit, subscription.id).await?;
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

fn check_status(subscription: &subscription::Model, action: OrderAction) -> Result<(), Refusal> {
    if subscription_life::next(subscription.status, action).is_some() {
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
    let terms = Box::pin(terms(unit, &taxes, &course, subscription, &changed)).await?;
    let new = NewChange {
        kind,
        time: ask.time,
        on: ask.on,
        quantity: terms.changes_quantity.then_some(terms.quantity),
        offer: terms.plan_instance.clone().map(|instance| (terms.offer.id, instance)),
        keep_anchor: changed.keep_anchor,
        auto_renew: changed.auto_renew,
        pending_cancellation: ask.pending_cancellation,
        undoes: changed.cancels_line.is_some(),
        follows: None,
    };
    // Of what is charged from then on.
    let before = course.instance_on(today).clone();
    let sold = terms.plan_instance.as_ref().unwrap_or(&before);
    if !new.undoes {
        check_cancellation_time(subscription, &before, new.kind, new.time)?;
    }
    // The next period is charged for all of it.
    check_whole(sold, terms.quantity, seller.terms.rounding)?;
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
    let of_several =
        sold.selection.is_some() || before.selection.is_some() || !quote.of_add_ons.is_empty();
    let components = match &quote.charges {
        Charges(charges) if of_several => {
            let product_id = subscription.product_id;
            let mut instances = vec![sold, &before];
            instances.extend(&quote.of_add_ons);
            Some(lines::components_of(&taxes, &instances, product_id, charges)?)
        }
        _ => None,
    };
    let plan_id = sold.selection.as_ref().map(|it| it.plan_id);
    let product = unit.related::<product::Entity>(subscription.product_id).await?;
    let new = lines::NewRow {
        order_id: OrderId::new(unit.now),
        order_created_at: unit.now,
        line_number: 1,
        client_line_id: None,
        action: changed.action,
        product_id: subscription.product_id,
        offer_id: terms.offer.id,
        plan_id,
        subscription_id: Some(subscription.id),
        parent_subscription_id: subscription.parent_id,
        parent_line: None,
        quantity: terms.quantity,
        previous_quantity: Some(subscription.quantity),
        po_number: None,
        unit_amount: terms.unit_amount,
        price_model: terms.price_model,
        price: terms.price,
        tax,
        net_amount,
        components,
        has_trial: terms.has_trial,
        provisioning: product.provisioning,
        plan_instance: terms.plan_instance,
        starts_on: None,
        discounts: None,
        discount_amount: 0,
    };
    let takes_effect_on = quote.takes_effect_on;
    // What is asked for now may wait as well, for the end of a term.
    let waits = ask.time != ChangeTime::Now || takes_effect_on > today;
    let line = order_line::Model {
        change_time: ask.time,
        change_on: waits.then_some(takes_effect_on),
        previous_offer_id: (terms.offer.id != subscription.offer_id)
            .then_some(subscription.offer_id),
        keep_anchor: changed.keep_anchor,
        auto_renew: changed.auto_renew,
        pending_cancellation: ask.pending_cancellation,
        cancels_line_id: changed.cancels_line,
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
    sold: Option<&SoldInstead>,
) -> Outcome<()> {
    let mut denied = Denied::load(unit, subscription.customer_id, std::iter::once(offer)).await?;
    denied.check()?;
    denied.check_offer(offer, if is_new { "offerId" } else { "id" })?;
    if is_new {
        denied.check_once(offer, "offerId")?;
    }
    for product in sold.iter().flat_map(|sold| &sold.products) {
        denied.check_product(*product, "plan.productIds")?;
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
    price_model: PriceModel,
    /// The price that is copied, and for whom it is.
    price: Option<(PriceId, PriceScope)>,
    tax_basis_points: i32,
    has_trial: bool,
    /// A copy of what is sold from then on; none: what was sold stays.
    plan_instance: Option<PlanInstance>,
}

async fn terms(
    unit: &Unit,
    taxes: &CustomerTaxes,
    course: &Course,
    subscription: &subscription::Model,
    changed: &Changed,
) -> Outcome<Terms> {
    let current = unit.related::<offer::Entity>(subscription.offer_id).await?;
    let has = course.instance_on(taxes.today());
    // Of the offer that it has, it may have a plan, and is to have the offer by itself.
    let is_other = |id: &OfferId| *id != subscription.offer_id || has.selection.is_some();
    let sold = match (&changed.plan, changed.offer_id.filter(is_other)) {
        (Some(selection), _) => {
            Some(sold_as_plan(unit, taxes, subscription, has, changed.offer_id, selection).await?)
        }
        (None, Some(id)) => Some(sold_alone(unit, taxes, subscription, id).await?),
        (None, None) => None,
    };
    let offer = sold.as_ref().map_or(&current, |sold| &sold.offer);
    let is_new = offer.id != subscription.offer_id;
    let quantity = changed.quantity.unwrap_or(subscription.quantity);
    let changes_quantity = quantity != subscription.quantity;
    if is_new {
        lines::check_bought(offer, quantity, "quantity")?;
    } else if changes_quantity || sold.is_some() {
        lines::check_quantity(offer, quantity, "quantity")?;
    }
    if changed.action == OrderAction::Change && (sold.is_some() || quantity > subscription.quantity)
    {
        check_denials(unit, subscription, offer, is_new, sold.as_ref()).await?;
    }
    let changes_terms = changed.action == OrderAction::Change && changed.auto_renew.is_none();
    if changes_terms && !changes_quantity {
        check_difference(changed, quantity, has, sold.as_ref())?;
    }
    if changed.auto_renew == Some(subscription.auto_renew) {
        let message = "The subscription is set so already.";
        return Err(Refusal::invalid("autoRenew", message).into());
    }
    let unit_amount = sold.as_ref().map_or(subscription.unit_amount, |sold| sold.unit_amount);
    let price_model = sold.as_ref().map_or(subscription.price_model, |sold| sold.price_model);
    let price = sold.as_ref().and_then(|sold| sold.price);
    let tax_basis_points =
        sold.as_ref().map_or(subscription.tax_basis_points, |sold| sold.tax_basis_points);
    let has_trial = sold.as_ref().is_some_and(|sold| sold.has_trial);
    let (offer, plan_instance) = match sold {
        Some(sold) => (sold.offer, Some(sold.plan_instance)),
        None => (current, None),
    };
    Ok(Terms {
        offer,
        quantity,
        changes_quantity,
        unit_amount,
        price_model,
        price,
        tax_basis_points,
        has_trial,
        plan_instance,
    })
}

/// Refuses a change after which everything would be as it is.
fn check_difference(
    changed: &Changed,
    quantity: i32,
    has: &PlanInstance,
    sold: Option<&SoldInstead>,
) -> Result<(), Refusal> {
    let refused = |field, message: &str| Err(Refusal::invalid(field, message));
    match (sold, changed.quantity, changed.offer_id) {
        (Some(sold), _, _) => {
            let chosen = &sold.plan_instance.selection;
            if chosen.is_some() && *chosen == has.selection {
                let message =
                    "The subscription has this plan already, with the same products and price.";
                return refused("plan", message);
            }
            Ok(())
        }
        (None, None, None) => {
            let message =
                "Say what is to change: the quantity, the offer, the plan, or several of them.";
            refused("quantity", message)
        }
        (None, None, Some(_)) => refused("offerId", "The subscription has this offer."),
        (None, Some(_), _) => {
            let message = format!("The subscription has a quantity of {quantity} already.");
            Err(Refusal::invalid("quantity", message))
        }
    }
}

/// What the subscription is to have in the place of what it has.
struct SoldInstead {
    offer: offer::Model,
    unit_amount: i64,
    price_model: PriceModel,
    /// The price that is copied, and for whom it is.
    price: Option<(PriceId, PriceScope)>,
    tax_basis_points: i32,
    plan_instance: PlanInstance,
    /// The products that were chosen of a plan.
    products: Vec<ProductId>,
    has_trial: bool,
}

/// An offer of the same product by itself, at its price in the subscription's currency.
async fn sold_alone(
    unit: &Unit,
    taxes: &CustomerTaxes,
    subscription: &subscription::Model,
    id: OfferId,
) -> Outcome<SoldInstead> {
    let offer = unit.require::<offer::Entity>(id, "offerId").await??;
    check_offer(unit, subscription, &offer, "offerId").await?;
    let subscription::Model { partner_id, agreement_id, currency, .. } = subscription;
    let payer = Payer::of(&taxes.customer, *partner_id, *agreement_id);
    let mut prices = asked(unit, payer, [offer.id], currency, taxes.today()).await?;
    let price = prices.remove(&offer.id).ok_or_else(|| {
        let message = format!("{} has no price in {currency}.", offer.name);
        Refusal::of(RefusalCode::PriceMissing, "offerId", message)
    })?;
    check_tax_inclusion(subscription, price.tax_inclusive, "offerId")?;
    let plan_instance = plan_instance(&taxes.seller.tenant, &offer, &price);
    Ok(SoldInstead {
        unit_amount: price.unit_amount,
        price_model: price.model,
        price: Some((price.id, price.scope)),
        tax_basis_points: price.tax_basis_points,
        plan_instance: binding_anew(subscription, &offer, plan_instance),
        products: Vec::new(),
        has_trial: false,
        offer,
    })
}

/// What is chosen of a plan of an offer of the same product. What was said of the price of the plan before is gone with it
/// (IFS-14).
async fn sold_as_plan(
    unit: &Unit,
    taxes: &CustomerTaxes,
    subscription: &subscription::Model,
    has: &PlanInstance,
    offer_id: Option<OfferId>,
    selection: &Selection,
) -> Outcome<SoldInstead> {
    selection.check_who_says_price(&unit.viewer, "plan.priceOverride")?;
    let plans = Plans::load(unit, std::iter::once(selection.plan_id)).await?;
    let of_plan = plans.offer_of(selection.plan_id, "plan.planId")?;
    let offer = unit.related::<offer::Entity>(of_plan).await?;
    check_offer(unit, subscription, &offer, "plan.planId").await?;
    let wanted = Wanted {
        offer_id: offer_id.unwrap_or(of_plan),
        partner_id: subscription.partner_id,
        currency: &subscription.currency,
        today: taxes.today(),
    };
    let chosen = plans.choose(wanted, selection, "plan").map_err(Error::Refused)?;
    check_tax_inclusion(subscription, chosen.tax_inclusive(), "plan.planId")?;
    let plan_instance = chosen.sold(&taxes.seller.tenant, &offer, "plan.planId")?;
    let plan_instance = binding_anew(subscription, &offer, plan_instance);
    let has_trial = chosen.has_trial();
    if has_trial {
        let product = unit.related::<product::Entity>(offer.product_id).await?;
        let tried = HashSet::from([product.id]);
        let mut trials = Trials::load(unit, subscription.customer_id, tried).await?;
        trials.check(&product, "plan.skipTrial").map_err(|refusal| {
            if !is_in_trial(has, subscription.step) {
                return refusal;
            }
            let message = format!(
                "The subscription is in its trial of {}. Change what it has when that is over, or \
                 without the rest of it, with skipTrial.",
                product.name
            );
            Refusal { message, ..refusal }
        })?;
    }
    let step = plan_instance.steps.first();
    let first = step.and_then(|step| step.components.first());
    Ok(SoldInstead {
        unit_amount: step.and_then(unit_amount).unwrap_or_default(),
        price_model: step.map_or(PriceModel::PerUnit, price_model),
        price: None,
        tax_basis_points: first.map_or(0, |component| component.tax_basis_points),
        products: chosen.products().to_vec(),
        has_trial,
        plan_instance,
        offer,
    })
}

/// What is sold instead, with a commitment only where it is another offer: otherwise the term that runs goes on.
fn binding_anew(
    subscription: &subscription::Model,
    offer: &offer::Model,
    sold: PlanInstance,
) -> PlanInstance {
    let commitment = sold.commitment.filter(|_| offer.id != subscription.offer_id);
    PlanInstance { commitment, ..sold }
}

/// Refuses an offer that cannot take the place of the one that the subscription has.
async fn check_offer(
    unit: &Unit,
    subscription: &subscription::Model,
    offer: &offer::Model,
    field: &str,
) -> Outcome<()> {
    let before = unit.related::<offer::Entity>(subscription.offer_id).await?;
    let refused = |message: String| Refusal::of(RefusalCode::OfferNotOrderable, field, message);
    if offer.product_id != subscription.product_id {
        let message = format!("{} is an offer of another product.", offer.name);
        return Err(refused(message).into());
    }
    if offer.status == CatalogStatus::Retired {
        return Err(refused(format!("{} can no longer be bought.", offer.name)).into());
    }
    check_same_parent(before.parent_offer_id, offer, field)?;
    let is_once = |billing| billing == Billing::OneTime;
    if is_once(before.billing) != is_once(offer.billing) {
        let message =
            format!("{} cannot take the place of what is charged in another way.", offer.name);
        return Err(refused(message).into());
    }
    Ok(())
}

fn check_tax_inclusion(
    subscription: &subscription::Model,
    tax_inclusive: bool,
    field: &str,
) -> Result<(), Refusal> {
    if tax_inclusive == includes_tax(subscription) {
        return Ok(());
    }
    let message =
        "Of what is paid now and of the other price, one has the tax in it and one has not.";
    Err(Refusal::of(RefusalCode::MixedTaxInclusion, field, message))
}

/// What lines come to.
pub(super) fn total(charges: &Charges) -> Result<i64, Refusal> {
    money::fitting(charges.total()).map_err(|_| too_large())
}

fn too_large() -> Refusal {
    Refusal::of(RefusalCode::AmountTooLarge, "quantity", "The amount is too large.")
}

/// Refuses so many units that a period of them would cost too much.
fn check_whole(sold: &PlanInstance, quantity: i32, rounding: RoundingMode) -> Result<(), Refusal> {
    for step in &sold.steps {
        let whole = step.components.iter().map(|it| without_usage(it, quantity, rounding));
        let whole = whole.collect::<Result<Vec<_>, _>>().map_err(|_| too_large())?;
        money::sum(whole).map_err(|_| too_large())?;
    }
    Ok(())
}

fn includes_tax(subscription: &subscription::Model) -> bool {
    subscription.plan_instance.as_ref().is_some_and(|sold| sold.tax_inclusive)
}

/// The code by which what lasts is taxed; none: its rate is its own.
fn tax_code(sold: &PlanInstance) -> Option<TaxCodeId> {
    sold.steps.last()?.components.first()?.tax_code_id
}
