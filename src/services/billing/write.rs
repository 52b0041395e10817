//! Writing what billing comes to: periods, stretches, lines on drafts, and when to look again.

use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::{Begun, Cause, ChargeLine, Charges, TaxCategory, TaxRate, tax_for};
use entity::{
    ChargeDirection, ChargeType, CreditBy, InvoiceId, InvoiceKind, InvoiceLineId, OrderId,
    OrderLineId, SubscriptionChangeKind, TaxTreatment, customer, invoice_line,
    plan_instance::PlanComponent, subscription, subscription_change,
};

use super::{
    commitments,
    course::{Course, has_periods, is_pending},
    plan_instance::{price_model, unit_amount},
};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        invoices::draft::{self, NewLine, Owner, Placement},
        seller::Seller,
        subscriptions::periods::{self, Mark, Span},
        unit::Unit,
    },
};

/// The order that brings something about; none of its parts: time does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) order_id: Option<OrderId>,
    pub(crate) line_id: Option<OrderLineId>,
    /// The approver's reference of the order (APG-14).
    pub(crate) external_reference: Option<String>,
    /// Why, in the words of whoever ordered it.
    pub(crate) reason: Option<String>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Billed {
    pub(crate) lines: usize,
    /// What they come to without tax.
    pub(crate) net_amount: i64,
    /// How many periods have begun that had not before.
    pub(crate) periods: usize,
}

/// Writes what is due of a locked subscription, and puts on it when there is something to do next. The caller writes the
/// subscription.
pub(super) async fn write(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &mut subscription::Model,
    charges: Charges,
    origin: &Origin,
    today: NaiveDate,
) -> Outcome<Billed> {
    let lasts = has_periods(course.instance_on(today));
    let periods = write_periods(unit, seller, course, subscription, &charges, today, lasts).await?;
    let lines = write_lines(unit, seller, course, subscription, &charges.lines, origin).await?;
    take_step(course, subscription, &charges.begun, today);
    subscription.anchor_day = if lasts { i32::try_from(charges.anchor.day()).ok() } else { None };
    let waiting = course.changes.iter().filter(|it| is_pending(it));
    let next_change = waiting.map(|change| change.takes_effect_on).min();
    let next_term = charges.commitment.map(|commitment| commitment.term.end());
    let next_on = charges.next_on.filter(|_| lasts).into_iter().chain(next_change).chain(next_term);
    let next_on = next_on.min();
    subscription.commitment = charges.commitment.map(commitments::stored);
    subscription.next_billing_at = next_on.map(|day| seller.begins(day)).transpose()?;
    let net_amount = charges.lines.iter().map(|line| line.amount).fold(0, i64::saturating_add);
    Ok(Billed { lines, net_amount, periods })
}

async fn write_periods(
    unit: &Unit,
    seller: &Seller,
    course: &Course,
    subscription: &subscription::Model,
    charges: &Charges,
    today: NaiveDate,
    lasts: bool,
) -> Outcome<usize> {
    let mut spans = Vec::with_capacity(charges.begun.len());
    for Begun { number, period, .. } in &charges.begun {
        let starts_at =
            if *number == 1 { course.starts_at() } else { seller.begins(period.start())? };
        let ends_at = if lasts { Some(seller.begins(period.end())?) } else { None };
        spans.push(Span {
            number: i32::try_from(*number).unwrap_or(i32::MAX),
            starts_on: period.start(),
            starts_at,
            ends_on: lasts.then(|| period.end()),
            ends_at,
        });
    }
    let begun = periods::write(unit, subscription, &spans).await?;
    let under_way: Vec<_> = spans.into_iter().filter(|span| span.starts_on <= today).collect();
    let marks = marks(course, subscription, &under_way, &charges.begun);
    periods::write_stretches(unit, subscription, &under_way, &marks, subscription.ended_at).await?;
    Ok(begun)
}

/// Puts on a subscription in which step of its plan it is on a day, and what it costs there.
fn take_step(
    course: &Course,
    subscription: &mut subscription::Model,
    begun: &[Begun],
    today: NaiveDate,
) {
    let Some(begun) = begun.iter().rfind(|begun| begun.period.start() <= today) else { return };
    subscription.step = i32::try_from(begun.step).map_or(i32::MAX, |step| step.saturating_add(1));
    subscription.step_periods_left = begun.left.and_then(|left| i32::try_from(left).ok());
    let Some(step) = course.instance_on(today).steps.get(begun.step) else { return };
    subscription.unit_amount = unit_amount(step).unwrap_or(subscription.unit_amount);
    if !step.components.is_empty() {
        subscription.price_model = price_model(step);
    }
}

/// From when on the subscription had how many units, at which price: since it began, since each change, and since each
/// period with which a step began.
fn marks(
    course: &Course,
    subscription: &subscription::Model,
    spans: &[Span],
    begun: &[Begun],
) -> Vec<Mark> {
    let (quantity, first_amount) = course.first_terms();
    let at_first = Mark {
        at: course.starts_at(),
        quantity,
        unit_amount: first_amount.unwrap_or(subscription.unit_amount),
        order_line_id: None,
    };
    let sets_terms = [SubscriptionChangeKind::Terms, SubscriptionChangeKind::Price];
    let changes = course
        .changes
        .iter()
        .filter(|change| sets_terms.contains(&change.kind) && !is_pending(change));
    let changes = changes.map(|change| {
        let instance = change.plan_instance.as_ref();
        let amount = instance.and_then(|it| it.steps.first()).and_then(unit_amount);
        let at = change.executed_at.unwrap_or(change.created_at);
        (at, change.quantity, amount, change.order_line_id)
    });
    let steps = spans.iter().zip(begun).skip(1).map(|(span, begun)| {
        let step = course.instance_on(span.starts_on).steps.get(begun.step);
        (span.starts_at, None, step.and_then(unit_amount), None)
    });
    // Of what happens at one moment, the period has the last word.
    let mut turns: Vec<_> = changes.chain(steps).collect();
    turns.sort_by_key(|(at, ..)| *at);
    let mut marks = vec![at_first];
    let mut last = at_first;
    for (at, quantity, unit_amount, order_line_id) in turns {
        let next = Mark {
            at,
            quantity: quantity.unwrap_or(last.quantity),
            unit_amount: unit_amount.unwrap_or(last.unit_amount),
            order_line_id: order_line_id.or(last.order_line_id.filter(|_| last.at == at)),
        };
        last = next;
        marks.push(next);
    }
    marks
}

async fn write_lines(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &subscription::Model,
    lines: &[ChargeLine],
    origin: &Origin,
) -> Outcome<usize> {
    if lines.is_empty() {
        return Ok(0);
    }
    let customer = unit.related::<customer::Entity>(subscription.customer_id).await?;
    let treatment = customer.tax_treatment;
    let mut new = Vec::with_capacity(lines.len());
    for line in lines {
        new.push(new_line(unit, seller, course, subscription, treatment, line, origin)?);
    }
    let owner = Owner {
        customer_id: subscription.customer_id,
        partner_id: subscription.partner_id,
        agreement_id: subscription.agreement_id,
        currency: subscription.currency.clone(),
        order_id: origin.order_id,
    };
    let written = draft::add(unit, &seller.tenant, &owner, new).await?;
    for (row, line) in written.into_iter().zip(lines) {
        course.remember(row, line.corrects.clone())?;
    }
    Ok(lines.len())
}

fn new_line(
    unit: &Unit,
    seller: &Seller,
    course: &Course,
    subscription: &subscription::Model,
    treatment: TaxTreatment,
    line: &ChargeLine,
    origin: &Origin,
) -> Outcome<NewLine> {
    let component = sold_component(course, line);
    let change = change_of(course, line.key.cause);
    let corrected: Vec<_> = line
        .corrects
        .iter()
        .filter_map(|corrected| Some((course.row(&corrected.key)?, corrected.amount)))
        .collect();
    // What is taken back is taxed as it was billed; the rest at the rate of the day.
    let (tax_category, tax_basis_points, tax_code_id) = match (corrected.first(), component) {
        (Some((row, _)), _) => (row.tax_category, row.tax_basis_points, row.tax_code_id),
        (None, Some(component)) => {
            let rates = component.tax_code_id.map(|code| seller.tax_rates(code));
            let own = TaxRate {
                category: TaxCategory::Standard,
                basis_points: component.tax_basis_points,
            };
            let day = taxed_on(line);
            let tax = tax_for(own, rates, treatment, day).ok_or_else(|| {
                Refusal::new(
                    RefusalCode::TaxRateMissing,
                    format!("The tax code of {} has no rate on {day}.", component.name),
                )
            })?;
            (tax.category, tax.basis_points, component.tax_code_id)
        }
        (None, None) => {
            return Err(anyhow::anyhow!("component {} was never sold", line.key.component).into());
        }
    };
    let units = i32::try_from(line.quantity).unwrap_or(i32::MAX);
    let comes_to = |unit_amount: &i64| unit_amount.checked_mul(line.quantity) == Some(line.amount);
    let by_units = !matches!(line.key.kind, ChargeType::Correction | ChargeType::ExitFee);
    let prices =
        course.components(line.key.component, line.due_on).map(|it| it.pricing.unit_amount);
    let whole = prices.filter(|_| by_units).find(comes_to);
    let (quantity, unit_amount) = whole.map_or((1, line.amount), |price| (units, price));
    let is_open = line.key.kind == ChargeType::OneTimeFee || line.period.days() == 0;
    let service_ends = if is_open { None } else { Some(line.period.end()) };
    let starts_at = starts_at(seller, course, line, change)?;
    let row = invoice_line::Model {
        id: InvoiceLineId::new(unit.now),
        tenant_id: subscription.tenant_id,
        invoice_id: InvoiceId(uuid::Uuid::nil()),
        line_number: 0,
        subscription_id: Some(subscription.id),
        order_line_id: match line.key.cause {
            Cause::Period(1) => origin.line_id,
            Cause::Period(_) | Cause::Reported(_) => None,
            Cause::Change(_) => change.and_then(|change| change.order_line_id),
        },
        charge_type: line.key.kind,
        description: description(course, line, component.map(|it| it.name.as_str()), change),
        quantity,
        unit_amount,
        tax_basis_points,
        net_amount: line.amount,
        po_number: None,
        external_reference: origin
            .external_reference
            .clone()
            .or_else(|| subscription.external_reference.clone()),
        period_starts_at: Some(starts_at),
        period_ends_at: service_ends.map(|day| seller.begins(day)).transpose()?,
        component_id: Some(line.key.component),
        tax_category,
        tax_code_id,
        billed_quantity: Some(units),
        discount_amount: line.discount,
        starts_on: Some(line.period.start()),
        ends_on: service_ends,
        share_days: i32::try_from(line.share.days()).ok(),
        share_of_days: i32::try_from(line.share.of_days()).ok(),
        cause: line.key.cause.to_string(),
        direction: line.key.direction,
        rounding_mode: line.rounding,
        issued_on: Some(line.issued_on),
        due_on: Some(line.due_on),
        credited_amount: 0,
        credited_by_hand: 0,
        created_at: unit.now,
    };
    let takes_back = line.key.direction == ChargeDirection::Credit;
    let kind = match seller.tenant.credit_by {
        CreditBy::CreditNote if takes_back => InvoiceKind::CreditNote,
        CreditBy::CreditNote | CreditBy::CorrectionLine => InvoiceKind::Invoice,
    };
    let placement = Placement {
        kind,
        day: line.issued_on,
        closes: renews(course, line) || kind == InvoiceKind::CreditNote,
        tax_inclusive: course.instance_on(line.due_on).tax_inclusive,
        order_id: origin.order_id.filter(|_| is_on_its_own(seller, course, line)),
    };
    let corrects = corrected.into_iter().map(|(row, amount)| (row.id, amount)).collect();
    Ok(NewLine { row, placement, corrects })
}

/// Whether a line goes on the document that an order has to itself: only what is bought once does, of a seller who wants that
/// (APG-21).
fn is_on_its_own(seller: &Seller, course: &Course, line: &ChargeLine) -> bool {
    let is_bought_once = line.key.kind == ChargeType::OneTimeFee
        && line.key.cause == Cause::Period(1)
        && !has_periods(course.instance_on(line.due_on));
    seller.tenant.invoice_per_order && is_bought_once
}

/// The day whose rate a line is taxed at: what is reported late is taxed as if it had been in time.
fn taxed_on(line: &ChargeLine) -> NaiveDate {
    match line.key.cause {
        Cause::Reported(_) => line.period.end(),
        Cause::Period(_) | Cause::Change(_) => line.due_on,
    }
}

/// Whether a line is that of a renewal. A period that a change began is billed beside what the change gives back; what was
/// used in a period that is over, on the draft of that day.
fn renews(course: &Course, line: &ChargeLine) -> bool {
    if line.key.kind == ChargeType::UsageFee {
        let is_in_time = matches!(line.key.cause, Cause::Period(_));
        return is_in_time && !course.is_begun_by_change(line.due_on);
    }
    let is_later = matches!(line.key.cause, Cause::Period(number) if number > 1);
    let starts_on = line.period.start();
    is_later && !(line.due_on == starts_on && course.is_begun_by_change(starts_on))
}

/// The first moment that a line is about: where that is the day on which something began or changed, its moment.
fn starts_at(
    seller: &Seller,
    course: &Course,
    line: &ChargeLine,
    change: Option<&subscription_change::Model>,
) -> Outcome<DateTime<Utc>> {
    let begins = seller.begins(line.period.start())?;
    let moment = match (line.key.cause, change) {
        (Cause::Period(1), _) => Some(course.starts_at()),
        (_, Some(change)) => change.executed_at,
        _ => None,
    };
    let on_that_day = |moment: &DateTime<Utc>| {
        domain::billing::date_in(seller.terms.zone, *moment) == Ok(line.period.start())
    };
    Ok(moment.filter(on_that_day).unwrap_or(begins))
}

pub(super) fn change_of(course: &Course, cause: Cause) -> Option<&subscription_change::Model> {
    let Cause::Change(id) = cause else { return None };
    course.changes.iter().find(|change| change.id.0 == id)
}

/// The component that a line is about.
pub(super) fn sold_component<'a>(
    course: &'a Course,
    line: &ChargeLine,
) -> Option<&'a PlanComponent> {
    course.component(line.key.component, line.due_on)
}

/// What a line is for, in words.
pub(super) fn description(
    course: &Course,
    line: &ChargeLine,
    name: Option<&str>,
    change: Option<&subscription_change::Model>,
) -> String {
    let name = name.unwrap_or("Exit");
    if line.key.kind == ChargeType::ExitFee {
        return format!("{name}: left before {}", line.period.end());
    }
    match (line.key.kind, line.key.cause) {
        (ChargeType::UsageFee, _) => return format!("{name}: used"),
        (_, Cause::Reported(_)) => return format!("{name}: used less"),
        (_, Cause::Period(_) | Cause::Change(_)) => {}
    }
    let Some(change) = change else { return name.to_owned() };
    match (change.kind, change.quantity, &change.plan_instance) {
        (SubscriptionChangeKind::Terms, Some(after), None) => {
            format!("{name}: {} to {after}", course.quantity_before(change))
        }
        (SubscriptionChangeKind::Terms | SubscriptionChangeKind::Price, _, _) => {
            match line.key.direction {
                ChargeDirection::Credit => format!("{name}: until the change"),
                ChargeDirection::Charge => format!("{name}: from the change on"),
            }
        }
        (SubscriptionChangeKind::Suspend | SubscriptionChangeKind::Resume, _, _) => {
            format!("{name}: suspended")
        }
        (SubscriptionChangeKind::Cancel | SubscriptionChangeKind::AutoRenew, _, _) => {
            format!("{name}: cancelled")
        }
    }
}
