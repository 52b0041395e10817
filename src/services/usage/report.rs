//! Reporting that something was used.

use chrono::{Days, NaiveDate, TimeDelta};
use domain::{
    billing::{Meter, Period, Usage},
    money,
};
use entity::{EventKind, ProductId, SubscriptionId, UsageReportId, subscription, usage_report};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    access,
    error::{Error, Outcome, Refusal, RefusalCode, Refusals},
    services::{
        billing::{bill::refuse_status, course::Course, meters::meters},
        seller::Seller,
        subscriptions,
        unit::Unit,
        validate,
    },
};

/// How many units may be used within a period.
pub const MOST_USED: i32 = 1_000_000_000;

/// What was used, or what of that was not.
#[derive(Clone, Debug)]
pub struct ReportUsage {
    pub subscription_id: SubscriptionId,
    /// The product that was used; none: the only one that is charged by use, or that of the report that is corrected.
    pub product_id: Option<ProductId>,
    /// Below zero exactly where a report is corrected.
    pub quantity: i32,
    /// The days on which it was used, half open.
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    /// Unique in the subscription.
    pub reference: String,
    /// The report of which so much was not used.
    pub corrects_id: Option<UsageReportId>,
}

/// Keeps what was used of a subscription within a period, for the line that charges it when the period is over. A report that
/// was kept before changes nothing: it is known by its reference.
///
/// Refused with `USAGE_REFERENCE_USED` where the reference stands for another report; with `SUBSCRIPTION_NOT_MODIFIABLE`
/// where the subscription has not begun; with `USAGE_REPORT_NOT_FOUND` and `USAGE_EXCEEDS_REPORT` where a report is corrected
/// that is not there, or has not so much left; with `USAGE_OUTSIDE_PERIOD` unless its days are past days of one period; with
/// `USAGE_NOT_CHARGED`; with `QUANTITY_OUT_OF_RANGE` and `AMOUNT_TOO_LARGE` where the period comes to too much.
pub async fn report_usage(unit: &Unit, command: ReportUsage) -> Outcome<UsageReportId> {
    let command = checked(command)?;
    let id = command.subscription_id;
    let found = unit.lock_if_there::<subscription::Entity>(id).await?;
    let mut subscription =
        found.ok_or_else(|| access::not_found::<subscription::Entity>("subscriptionId"))?;
    if let Some(earlier) = earlier(unit, &command).await? {
        return Ok(earlier);
    }
    if subscription.activated_at.is_none() {
        return Err(refuse_status(&subscription).at("subscriptionId").into());
    }
    let seller = Seller::load(unit).await?;
    let mut course = Course::load(unit, &seller, &subscription).await?;
    let today = course.day(&seller, unit.now)?;
    let corrected = corrected(unit, &command).await?;
    check_days(&seller, &subscription, &command, today)?;
    let metered = meters(unit, &seller, &course)?;
    let (meter, product_id) = match &corrected {
        Some(report) => (meter_of(&metered, report)?, report.product_id),
        None => used(&course, &subscription, &metered, &command)?,
    };
    check_quantity(&meter, command.quantity)?;
    let late_on = meter.is_over.then_some(today);
    let counted_on = corrected.as_ref().map_or(meter.days.start(), |report| report.counted_on);
    course.add_usage(Usage {
        component: meter.component,
        day: counted_on,
        late_on,
        quantity: command.quantity.into(),
    });
    // Refused where it comes to too much.
    meters(unit, &seller, &course).map_err(at_quantity)?;

    let report = usage_report::Model {
        id: UsageReportId::new(unit.now),
        tenant_id: subscription.tenant_id,
        subscription_id: subscription.id,
        component_id: meter.component,
        product_id,
        quantity: command.quantity,
        starts_on: command.starts_on,
        ends_on: command.ends_on,
        reference: command.reference,
        corrects_id: command.corrects_id,
        counted_on,
        late_on,
        created_at: unit.now,
    };
    let id = report.id;
    unit.insert(report).await?;
    let billed_on = late_on.map_or(Some(meter.days.end()), |day| day.succ_opt());
    if let Some(day) = billed_on {
        look_by(unit, &seller, &mut subscription, day).await?;
    }
    unit.record(subscriptions::row::about(EventKind::UsageReported, &subscription)).await?;
    Ok(id)
}

/// What is right whatever was sold.
fn checked(command: ReportUsage) -> Outcome<ReportUsage> {
    let mut refusals = Refusals::default();
    let reference = refusals.value(validate::code("reference", command.reference));
    match (command.quantity, command.corrects_id) {
        (0, _) => refusals.push(Refusal::invalid("quantity", "Give a quantity that is not zero.")),
        (..0, None) => {
            let message = "Say which report is corrected by a quantity below zero.";
            refusals.push(Refusal::invalid("correctsId", message));
        }
        (1.., Some(_)) => {
            let message = "A report is corrected by a quantity below zero.";
            refusals.push(Refusal::invalid("quantity", message));
        }
        (..0, Some(_)) | (1.., None) => {}
    }
    if command.ends_on <= command.starts_on {
        let message = "Give a day that is after the first: the first on which it was not used.";
        refusals.push(Refusal::invalid("endsOn", message));
    }
    refusals.done()?;
    Ok(ReportUsage { reference, ..command })
}

/// The report that was kept with this reference, if it is the same.
async fn earlier(unit: &Unit, command: &ReportUsage) -> Outcome<Option<UsageReportId>> {
    let earlier = usage_report::Entity::find()
        .filter(usage_report::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(usage_report::Column::SubscriptionId.eq(command.subscription_id))
        .filter(usage_report::Column::Reference.eq(command.reference.as_str()))
        .one(&unit.txn)
        .await?;
    let Some(earlier) = earlier else { return Ok(None) };
    let is_same = earlier.quantity == command.quantity
        && earlier.starts_on == command.starts_on
        && earlier.ends_on == command.ends_on
        && earlier.corrects_id == command.corrects_id
        && command.product_id.is_none_or(|product| product == earlier.product_id);
    if is_same {
        return Ok(Some(earlier.id));
    }
    let message = "Something else was reported with this reference.";
    Err(Refusal::of(RefusalCode::UsageReferenceUsed, "reference", message).into())
}

/// The report that is corrected, if so much of it is left.
async fn corrected(unit: &Unit, command: &ReportUsage) -> Outcome<Option<usage_report::Model>> {
    let Some(id) = command.corrects_id else { return Ok(None) };
    let report = unit.find::<usage_report::Entity>(id).await?;
    let report = report
        .filter(|report| report.subscription_id == command.subscription_id)
        .ok_or_else(|| access::not_found::<usage_report::Entity>("correctsId"))?;
    if report.corrects_id.is_some() {
        let message = "Name the report that was corrected, and not what corrected it.";
        return Err(Refusal::invalid("correctsId", message).into());
    }
    if command.product_id.is_some_and(|product| product != report.product_id) {
        let message = "The report is about another product. Leave this field out.";
        return Err(Refusal::invalid("productId", message).into());
    }
    if command.starts_on < report.starts_on || command.ends_on > report.ends_on {
        let message = format!("The report is about {} until {}.", report.starts_on, report.ends_on);
        let field = if command.starts_on < report.starts_on { "startsOn" } else { "endsOn" };
        return Err(Refusal::invalid(field, message).into());
    }
    let taken = usage_report::Entity::find()
        .filter(usage_report::Column::TenantId.eq(report.tenant_id))
        .filter(usage_report::Column::CorrectsId.eq(report.id))
        .select_only()
        .column_as(usage_report::Column::Quantity.sum(), "quantity")
        .into_tuple::<Option<i64>>()
        .one(&unit.txn)
        .await?;
    let left = i64::from(report.quantity) + taken.flatten().unwrap_or_default();
    if left + i64::from(command.quantity) < 0 {
        let message = format!("Of the report, {left} are left.");
        return Err(Refusal::of(RefusalCode::UsageExceedsReport, "quantity", message).into());
    }
    Ok(Some(report))
}

/// Refuses days that have not come, and such on which the subscription was not there.
fn check_days(
    seller: &Seller,
    subscription: &subscription::Model,
    command: &ReportUsage,
    today: NaiveDate,
) -> Outcome<()> {
    // On the day on which it ended it was there, but for one that ended when the day began.
    let last = match subscription.ended_at {
        Some(ended_at) => seller.day(ended_at - TimeDelta::microseconds(1))?.min(today),
        None => today,
    };
    let first_after = last.checked_add_days(Days::new(1)).unwrap_or(last);
    if command.ends_on <= first_after {
        return Ok(());
    }
    let message = if last < today {
        format!("The subscription had ended: give a day until {first_after}.")
    } else {
        format!("It has not been yet: give a day until {first_after}.")
    };
    Err(outside("endsOn", message).into())
}

/// The stretch in which the corrected report counts.
fn meter_of(metered: &[Meter], report: &usage_report::Model) -> Outcome<Meter> {
    let counts = |meter: &&Meter| {
        meter.component == report.component_id && meter.days.start() <= report.counted_on
    };
    let meter = metered.iter().rfind(counts).copied();
    Ok(meter.ok_or_else(|| anyhow::anyhow!("usage report {} counts nowhere", report.id))?)
}

/// The stretch in which it counts, and the product that was used.
fn used(
    course: &Course,
    subscription: &subscription::Model,
    metered: &[Meter],
    command: &ReportUsage,
) -> Outcome<(Meter, ProductId)> {
    let day = command.starts_on;
    let has = |days: Period| days.start() <= day && day < days.end();
    // Where a component is sold anew on a day, the later stretch has it.
    let mut there: Vec<(Meter, ProductId)> = Vec::new();
    for meter in metered.iter().rev().filter(|meter| has(meter.days)) {
        let component = course.components(meter.component, day).next();
        let product = component.and_then(|it| it.product_id).unwrap_or(subscription.product_id);
        if there.iter().all(|(other, _)| other.component != meter.component) {
            there.push((*meter, product));
        }
    }
    if there.is_empty() {
        if metered.is_empty() {
            let message = "Nothing of the subscription is charged by use.";
            let refusal = Refusal::of(RefusalCode::UsageNotCharged, "subscriptionId", message);
            return Err(refusal.into());
        }
        let message = format!("Nothing that is charged by use was there on {day}.");
        return Err(outside("startsOn", message).into());
    }
    if let Some(product) = command.product_id {
        there.retain(|(_, other)| *other == product);
    }
    let (meter, product) = match there.as_slice() {
        [one] => *one,
        [] => {
            let message = "The subscription has no such product that is charged by use.";
            return Err(Refusal::of(RefusalCode::UsageNotCharged, "productId", message).into());
        }
        [_, _, ..] => {
            let message = "Say which product was used: several are charged by use.";
            return Err(Refusal::invalid("productId", message).into());
        }
    };
    if command.ends_on > meter.days.end() {
        let message = format!(
            "What is used from {} on is another report: it is charged by itself.",
            meter.days.end()
        );
        return Err(outside("endsOn", message).into());
    }
    Ok((meter, product))
}

/// Refuses more units than a period may have.
fn check_quantity(meter: &Meter, quantity: i32) -> Result<(), Refusal> {
    let sum = money::sum([meter.quantity, quantity.into()]).unwrap_or(i64::MAX);
    if sum <= MOST_USED.into() {
        return Ok(());
    }
    let message = format!("Within a period, {MOST_USED} are used at most.");
    Err(Refusal::of(RefusalCode::QuantityOutOfRange, "quantity", message))
}

/// The same refusals, of the quantity.
fn at_quantity(error: Error) -> Error {
    match error {
        Error::Refused(refusals) => {
            Error::Refused(refusals.into_iter().map(|refusal| refusal.at("quantity")).collect())
        }
        failed @ Error::Failed(_) => failed,
    }
}

fn outside(field: &str, message: String) -> Refusal {
    Refusal::of(RefusalCode::UsageOutsidePeriod, field, message)
}

/// Has billing look at the subscription when a day begins, or before. That changes nothing of it, so its version stays.
async fn look_by(
    unit: &Unit,
    seller: &Seller,
    subscription: &mut subscription::Model,
    day: NaiveDate,
) -> Outcome<()> {
    let at = seller.begins(day)?;
    if subscription.next_billing_at.is_some_and(|next| next <= at) {
        return Ok(());
    }
    subscription.next_billing_at = Some(at);
    Ok(unit.save(subscription.clone()).await?)
}
