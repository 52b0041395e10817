//! Changes of a subscription: carried out now, or registered for a later day.

use chrono::{NaiveDate, TimeDelta};
use domain::billing::may_change;
use entity::{
    ChangeTime, EventKind, InvoiceStatus, OfferId, OrderAction, PendingCancellation,
    SubscriptionChangeId, SubscriptionChangeKind, SubscriptionChangeStatus, SubscriptionStatus,
    invoice, invoice_line, plan_instance::PlanInstance, subscription, subscription_change,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{
    add_ons, bill,
    commitments::{leaves_on, may_be_taken_back},
    course::{
        Course, ends, has_cancellation, has_periods, interval, is_cancellation_pending, is_pending,
    },
    refusals::failed,
    write::Origin,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{seller::Seller, subscriptions, unit::Unit},
};

/// What is to change, and when.
#[derive(Clone, Debug)]
pub(crate) struct NewChange {
    pub(crate) kind: SubscriptionChangeKind,
    pub(crate) time: ChangeTime,
    /// The day, where a day is said.
    pub(crate) on: Option<NaiveDate>,
    pub(crate) quantity: Option<i32>,
    pub(crate) offer: Option<(OfferId, PlanInstance)>,
    /// Whether periods go on to begin where they did, where the new offer's are of another length.
    pub(crate) keep_anchor: bool,
    pub(crate) auto_renew: Option<bool>,
    /// What becomes of a cancellation that is pending.
    pub(crate) pending_cancellation: Option<PendingCancellation>,
    /// Of a cancellation: whether all that was charged is taken back, as if nothing had been sold.
    pub(crate) undoes: bool,
    /// Of an add-on: the change of its parent that it goes along with.
    pub(crate) follows: Option<SubscriptionChangeId>,
}

impl From<&NewChange> for add_ons::New {
    fn from(new: &NewChange) -> Self {
        let offer_id = new.offer.as_ref().map(|(offer, _)| *offer);
        Self { kind: new.kind, quantity: new.quantity, offer_id }
    }
}

/// What kind of change an order's action asks for; `sets_auto_renew` says whether it is about that.
pub(crate) fn kind(action: OrderAction, sets_auto_renew: bool) -> SubscriptionChangeKind {
    match action {
        OrderAction::Change if sets_auto_renew => SubscriptionChangeKind::AutoRenew,
        OrderAction::Buy | OrderAction::Change => SubscriptionChangeKind::Terms,
        OrderAction::Suspend => SubscriptionChangeKind::Suspend,
        OrderAction::Resume => SubscriptionChangeKind::Resume,
        OrderAction::Cancel => SubscriptionChangeKind::Cancel,
    }
}

/// Carries a change of a locked subscription out, or registers it for its day, where it takes the place of one of the same
/// kind that waits for the same time. What is due by now is billed first. Gives the change.
///
/// Refused with `SUBSCRIPTION_NOT_MODIFIABLE`, `SUBSCRIPTION_NOT_RECURRING`, `QUANTITY_OUT_OF_RANGE`, `BILLING_ON_HOLD`,
/// `CANCELLATION_PENDING`, and as billing is.
pub(super) async fn change(
    unit: &Unit,
    seller: &Seller,
    subscription: &mut subscription::Model,
    new: NewChange,
    origin: &Origin,
) -> Outcome<subscription_change::Model> {
    let mut course = Course::load(unit, seller, subscription).await?;
    // With the first moment of a day, a change comes before what is there to renew on it.
    let before =
        if opens_day(unit, seller)? { unit.now - TimeDelta::microseconds(1) } else { unit.now };
    Box::pin(bill::catch_up(unit, seller, &mut course, subscription, before)).await?;
    bill::check_status(subscription, new.kind)?;
    settle_cancellation(unit, seller, &mut course, subscription, &new, origin).await?;
    let change = row(unit, seller, &course, subscription, &new, origin).await?;
    let done = change.clone();
    if change.status == SubscriptionChangeStatus::Executed {
        Box::pin(carry_out(unit, seller, &mut course, subscription, change, origin)).await?;
    } else {
        Box::pin(register(unit, seller, &mut course, subscription, change, origin)).await?;
    }
    unit.save(subscription.clone()).await?;
    Ok(done)
}

/// The change as it is stored, if the subscription's kind and status allow it.
pub(super) async fn row(
    unit: &Unit,
    seller: &Seller,
    course: &Course,
    subscription: &subscription::Model,
    new: &NewChange,
    origin: &Origin,
) -> Outcome<subscription_change::Model> {
    let today = course.day(seller, unit.now)?;
    let instance = course.instance_on(today);
    let only_recurring = new.kind != SubscriptionChangeKind::Terms
        && new.kind != SubscriptionChangeKind::Cancel
        || new.time == ChangeTime::OnRenewal;
    if only_recurring && !has_periods(instance) {
        let message =
            "The subscription was bought once: there is nothing to renew, to suspend or to resume.";
        return Err(Refusal::new(RefusalCode::SubscriptionNotRecurring, message).into());
    }
    let day = match (new.time, new.on) {
        (ChangeTime::Now, _) => today,
        (ChangeTime::OnRenewal, _) => end_of_period(unit, seller, course)?.ok_or_else(|| {
            let message = "No billing period runs, so there is no renewal to wait for.";
            Refusal::new(RefusalCode::SubscriptionNotModifiable, message)
        })?,
        (ChangeTime::OnDate, Some(day)) => day.max(today),
        (ChangeTime::OnDate, None) => {
            return Err(Refusal::invalid("date", "Say on which day.").into());
        }
    };
    let is_end = new.kind == SubscriptionChangeKind::Cancel || new.auto_renew == Some(false);
    let leaves = if is_end && !new.undoes { leaves_on(unit, seller, course, day)? } else { day };
    // It waits for the end of the term then, and not for a renewal.
    let time = if leaves == day { new.time } else { ChangeTime::OnDate };
    let day = leaves;
    // What was to come on a day that has come by now is carried out now.
    let is_now = day <= today && new.auto_renew != Some(true);
    let (offer_id, plan_instance) = new.offer.clone().unzip();
    let keeps_interval =
        plan_instance.as_ref().is_none_or(|plan| interval(plan) == interval(instance));
    let mut change = subscription_change::Model {
        id: SubscriptionChangeId::new(unit.now),
        tenant_id: subscription.tenant_id,
        subscription_id: subscription.id,
        change_number: course.next_number(),
        order_line_id: origin.line_id,
        kind: new.kind,
        change_time: time,
        status: if is_now {
            SubscriptionChangeStatus::Executed
        } else {
            SubscriptionChangeStatus::Pending
        },
        takes_effect_on: day,
        opens_day: !is_now || opens_day(unit, seller)?,
        registered_on: today,
        executed_at: is_now.then_some(unit.now),
        rounding_mode: seller.terms.rounding,
        quantity: new.quantity,
        offer_id,
        plan_instance,
        // An add-on has its parent's.
        keep_anchor: new.keep_anchor || keeps_interval || subscription.parent_id.is_some(),
        paid: false,
        auto_renew: new.auto_renew,
        follows_id: new.follows,
        undoes: new.undoes,
        failure_reason: None,
        created_at: unit.now,
        updated_at: unit.now,
    };
    change.paid = ends(&change) && is_paid(unit, subscription).await?;
    Ok(change)
}

/// Whether this is the first moment of a day.
fn opens_day(unit: &Unit, seller: &Seller) -> Outcome<bool> {
    Ok(unit.now <= seller.begins(seller.day(unit.now)?)?)
}

/// The first day after the period that runs; none: none runs.
fn end_of_period(unit: &Unit, seller: &Seller, course: &Course) -> Outcome<Option<NaiveDate>> {
    let charges = course.charges(seller, unit.now, |it| !is_pending(it)).map_err(failed)?;
    Ok(charges.period.map(domain::billing::Period::end))
}

/// Whether the invoice with the fee of the last period that was billed is paid.
async fn is_paid(unit: &Unit, subscription: &subscription::Model) -> Outcome<bool> {
    let last = invoice_line::Entity::find()
        .filter(invoice_line::Column::TenantId.eq(subscription.tenant_id))
        .filter(invoice_line::Column::SubscriptionId.eq(subscription.id))
        .filter(invoice_line::Column::ChargeType.eq(entity::ChargeType::CycleFee))
        .order_by_desc(invoice_line::Column::StartsOn)
        .find_also_related(invoice::Entity)
        .one(&unit.txn)
        .await?;
    let invoice = last.and_then(|(_, invoice)| invoice);
    Ok(invoice.is_some_and(|invoice| invoice.status == InvoiceStatus::Paid))
}

/// Has a cancellation that is pending become what the caller said; refused with `CANCELLATION_PENDING` where they did not
/// say.
async fn settle_cancellation(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &mut subscription::Model,
    new: &NewChange,
    origin: &Origin,
) -> Outcome<()> {
    check_cancellation(course, new.kind, new.pending_cancellation)?;
    let revokes = new.kind != SubscriptionChangeKind::Cancel
        && new.pending_cancellation == Some(PendingCancellation::Revoke);
    let waiting: Vec<_> =
        course.changes.iter().filter(|it| is_cancellation_pending(it)).cloned().collect();
    if !revokes || waiting.is_empty() {
        return Ok(());
    }
    let field = "pendingCancellation";
    waiting.iter().try_for_each(|it| may_be_taken_back(unit, seller, course, it, field))?;
    let from = subscription.status;
    revoke(unit, course, subscription, waiting, origin).await?;
    subscriptions::row::save(unit, origin.order_id, origin.line_id, subscription, from).await
}

/// Refuses a change with `CANCELLATION_PENDING` that does not say what becomes of a cancellation that waits.
pub(crate) fn check_cancellation(
    course: &Course,
    kind: SubscriptionChangeKind,
    choice: Option<PendingCancellation>,
) -> Result<(), Refusal> {
    let waits = kind != SubscriptionChangeKind::Cancel && has_cancellation(course);
    may_change(waits, choice).map_err(|_| {
        let message = "A cancellation is pending. Say whether it is kept or revoked.";
        Refusal::of(RefusalCode::CancellationPending, "pendingCancellation", message)
    })
}

async fn carry_out(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &mut subscription::Model,
    change: subscription_change::Model,
    origin: &Origin,
) -> Outcome<()> {
    course.push(change.clone());
    bill::may_be_carried_out(seller, course, subscription, &change, unit.now)?;
    insert(unit, &change).await?;
    if change.kind == SubscriptionChangeKind::Cancel || changes_offer(&change) {
        // What waited to end it later, or to give what it had another price, is overtaken.
        replace_pending(unit, course, subscription, &change, origin).await?;
    }
    bill::take_effect(unit, subscription, course, &change, origin, unit.now).await?;
    // At the first moment of a day, what waited for the day comes after it.
    Box::pin(bill::carry_out_due(unit, seller, course, subscription, unit.now)).await?;
    bill::charge(unit, seller, course, subscription, unit.now, origin).await?;
    follow_renewal(unit, seller, course, subscription).await
}

async fn register(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &mut subscription::Model,
    change: subscription_change::Model,
    origin: &Origin,
) -> Outcome<()> {
    let from = subscription.status;
    if change.auto_renew == Some(true) {
        let waiting = replaced(course, &change)?;
        let field = "autoRenew";
        waiting.iter().try_for_each(|it| may_be_taken_back(unit, seller, course, it, field))?;
        revoke(unit, course, subscription, waiting, origin).await?;
    } else {
        replace_pending(unit, course, subscription, &change, origin).await?;
        schedule(unit, course, subscription, &change, origin).await?;
        if change.kind == SubscriptionChangeKind::AutoRenew {
            subscription.auto_renew = false;
        }
        if is_cancellation_pending(&change) && from == SubscriptionStatus::Active {
            subscription.status = SubscriptionStatus::PendingCancel;
        }
        subscription.ends_on = ends_on(course);
    }
    look_by(seller, subscription, change.takes_effect_on)?;
    subscriptions::row::save(unit, origin.order_id, origin.line_id, subscription, from).await
}

async fn schedule(
    unit: &Unit,
    course: &mut Course,
    subscription: &subscription::Model,
    change: &subscription_change::Model,
    origin: &Origin,
) -> Outcome<()> {
    insert(unit, change).await?;
    course.push(change.clone());
    bill::tell(unit, EventKind::ScheduledChangeCreated, subscription, change, origin).await
}

async fn insert(unit: &Unit, change: &subscription_change::Model) -> Outcome<()> {
    unit.insert(change.clone()).await?;
    Ok(())
}

/// Whether a change gives the subscription another offer.
fn changes_offer(change: &subscription_change::Model) -> bool {
    change.kind == SubscriptionChangeKind::Terms && change.plan_instance.is_some()
}

/// Those that wait and give way to another change: a new one takes the place of one of its kind for the same time, a
/// cancellation that of each cancellation, and a price or another offer that of each price. Refused where the period of one is billed by now: it can only be changed again.
fn replaced(
    course: &Course,
    change: &subscription_change::Model,
) -> Outcome<Vec<subscription_change::Model>> {
    let all = matches!(change.kind, SubscriptionChangeKind::Cancel | SubscriptionChangeKind::Price)
        || change.auto_renew.is_some();
    let is_replaced = |other: &&subscription_change::Model| {
        is_pending(other)
            && other.id != change.id
            && (other.kind == change.kind && (all || other.change_time == change.change_time)
                || other.kind == SubscriptionChangeKind::Price && changes_offer(change))
    };
    let replaced: Vec<_> = course.changes.iter().filter(is_replaced).cloned().collect();
    replaced.iter().try_for_each(|other| may_be_given_up(course, other))?;
    Ok(replaced)
}

/// Refuses to give up a change that is billed by now, because its renewal was issued before its day.
pub(super) fn may_be_given_up(
    course: &Course,
    change: &subscription_change::Model,
) -> Result<(), Refusal> {
    let day = change.takes_effect_on;
    let changes_terms =
        matches!(change.kind, SubscriptionChangeKind::Terms | SubscriptionChangeKind::Price);
    if !changes_terms || !course.is_billed_from(day) {
        return Ok(());
    }
    let message = format!(
        "What waits for {day} is billed already. From that day on it can be changed again."
    );
    Err(Refusal::new(RefusalCode::SubscriptionNotModifiable, message))
}

/// What waits and is given up for a change that is asked for. Refused with `COMMITMENT_BINDS` where an end is taken back that
/// cannot be.
pub(super) fn given_up(
    unit: &Unit,
    seller: &Seller,
    course: &Course,
    new: &NewChange,
    change: &subscription_change::Model,
) -> Outcome<Vec<SubscriptionChangeId>> {
    let replaced = replaced(course, change)?;
    if change.auto_renew == Some(true) {
        let field = "autoRenew";
        replaced.iter().try_for_each(|it| may_be_taken_back(unit, seller, course, it, field))?;
    }
    let mut ids: Vec<_> = replaced.iter().map(|other| other.id).collect();
    if new.pending_cancellation == Some(PendingCancellation::Revoke) {
        let waiting = course.changes.iter().filter(|it| is_cancellation_pending(it));
        for other in waiting {
            may_be_taken_back(unit, seller, course, other, "pendingCancellation")?;
            ids.push(other.id);
        }
    }
    Ok(ids)
}

async fn replace_pending(
    unit: &Unit,
    course: &mut Course,
    subscription: &subscription::Model,
    change: &subscription_change::Model,
    origin: &Origin,
) -> Outcome<()> {
    for mut other in replaced(course, change)? {
        other.status = SubscriptionChangeStatus::Replaced;
        bill::save(unit, course, &mut other).await?;
        bill::tell(unit, EventKind::ScheduledChangeReplaced, subscription, &other, origin).await?;
    }
    Ok(())
}

/// Takes changes back that wait; the caller writes the subscription.
pub(super) async fn revoke(
    unit: &Unit,
    course: &mut Course,
    subscription: &mut subscription::Model,
    waiting: Vec<subscription_change::Model>,
    origin: &Origin,
) -> Outcome<()> {
    for mut change in waiting {
        change.status = SubscriptionChangeStatus::Revoked;
        if change.kind == SubscriptionChangeKind::AutoRenew {
            subscription.auto_renew = true;
        }
        bill::save(unit, course, &mut change).await?;
        bill::tell(unit, EventKind::ScheduledChangeRevoked, subscription, &change, origin).await?;
    }
    subscription.ends_on = ends_on(course);
    if subscription.status == SubscriptionStatus::PendingCancel && !has_cancellation(course) {
        subscription.status = SubscriptionStatus::Active;
    }
    Ok(())
}

/// On which day the subscription ends, if nothing changes.
fn ends_on(course: &Course) -> Option<NaiveDate> {
    let pending = course.changes.iter().filter(|change| is_pending(change) && ends(change));
    pending.map(|change| change.takes_effect_on).min()
}

/// Has billing look at a subscription when a day begins, or before.
fn look_by(seller: &Seller, subscription: &mut subscription::Model, day: NaiveDate) -> Outcome<()> {
    let day = seller.begins(day)?;
    subscription.next_billing_at = Some(subscription.next_billing_at.map_or(day, |at| at.min(day)));
    Ok(())
}

/// What waits for the renewal goes with it where a change has moved that.
async fn follow_renewal(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &mut subscription::Model,
) -> Outcome<()> {
    let waits = |change: &&subscription_change::Model| {
        is_pending(change) && change.change_time == ChangeTime::OnRenewal
    };
    let waiting: Vec<_> = course.changes.iter().filter(waits).cloned().collect();
    if waiting.is_empty() {
        return Ok(());
    }
    // Where a suspension has stopped the periods, the day stays what it was.
    let Some(day) = end_of_period(unit, seller, course)? else { return Ok(()) };
    for mut change in waiting {
        if change.takes_effect_on != day {
            change.takes_effect_on = day;
            bill::save(unit, course, &mut change).await?;
        }
    }
    subscription.ends_on = ends_on(course);
    look_by(seller, subscription, day)
}
