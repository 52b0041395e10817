//! Add-ons: subscriptions that live as the one does that they belong to, their *parent*. What one may be, and what may happen to
//! it by itself.

use std::collections::HashSet;

use chrono::NaiveDate;
use domain::billing::{Interval, Proration};
use entity::{
    BillingPeriod, ChangeTime, OfferId, OrderAction, OrderLineStatus, ProductId,
    SubscriptionChangeKind, SubscriptionChangeStatus, SubscriptionId, SubscriptionStatus, offer,
    order_line, plan_instance::PlanInstance, subscription, subscription_change,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::course::{Course, has_periods};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{seller::Seller, unit::Unit},
};

/// Why an add-on cannot be had beside what its parent has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Its product is in the parent's plan.
    Included,
    /// The parent's periods do not consist of its own.
    Periods,
}

/// What is sold, from one of its steps on, the first of which is 0.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'a> {
    pub(crate) product_id: ProductId,
    pub(crate) sold: &'a PlanInstance,
    pub(crate) step: usize,
}

impl<'a> Beside<'a> {
    pub(crate) fn now(subscription: &subscription::Model, sold: &'a PlanInstance) -> Self {
        let step = usize::try_from(subscription.step.saturating_sub(1)).unwrap_or_default();
        Self { product_id: subscription.product_id, sold, step }
    }

    /// How long the periods of all its steps are, if they are alike; none: it is charged once.
    fn period(self) -> Result<Option<BillingPeriod>, Misfit> {
        let mut periods = self.sold.steps.iter().skip(self.step).map(|step| step.billing_period);
        let first = periods.next().ok_or(Misfit::Periods)?;
        if periods.all(|period| period == first) { Ok(first) } else { Err(Misfit::Periods) }
    }

    fn has_product(self, id: ProductId) -> bool {
        let steps = self.sold.steps.iter().skip(self.step);
        steps.flat_map(|step| &step.components).any(|it| it.product_id == Some(id))
    }
}

/// Why an add-on cannot be had beside what its parent has; none: it can.
pub(crate) fn misfit(add_on: Beside<'_>, parent: Beside<'_>) -> Option<Misfit> {
    // Of the parent's own product, a plan cannot say which of its offers it has.
    if add_on.product_id != parent.product_id && parent.has_product(add_on.product_id) {
        return Some(Misfit::Included);
    }
    match (add_on.period(), parent.period()) {
        (Ok(None), _) => None,
        (Ok(Some(own)), Ok(Some(parents)))
            if Interval::from(own).fits_into(Interval::from(parents)) =>
        {
            None
        }
        _ => Some(Misfit::Periods),
    }
}

/// The add-ons of some subscriptions that count against what one may have: all that have not ended, those that are ordered
/// as well, but for those that could not be carried out.
pub(crate) async fn counted(
    unit: &Unit,
    parents: &[SubscriptionId],
) -> Outcome<Vec<subscription::Model>> {
    use SubscriptionStatus::{Active, Pending, PendingCancel, Suspended};
    if parents.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = subscription::Entity::find()
        .filter(subscription::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(subscription::Column::ParentId.is_in(parents.iter().copied()))
        .filter(subscription::Column::Status.is_in([Pending, Active, Suspended, PendingCancel]))
        .all(&unit.txn)
        .await?;
    let pending: Vec<_> = rows.iter().filter(|it| it.status == Pending).map(|it| it.id).collect();
    if !pending.is_empty() {
        let failed = order_line::Entity::find()
            .filter(order_line::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(order_line::Column::SubscriptionId.is_in(pending))
            .filter(order_line::Column::Action.eq(OrderAction::Buy))
            .filter(order_line::Column::Status.eq(OrderLineStatus::Failed))
            .all(&unit.txn)
            .await?;
        let failed: HashSet<_> = failed.iter().filter_map(|line| line.subscription_id).collect();
        rows.retain(|row| !failed.contains(&row.id));
    }
    Ok(rows)
}

/// Refuses so many units of an add-on for one parent, with `QUANTITY_OUT_OF_RANGE`.
pub(crate) fn check_units(offer: &offer::Model, units: i64, field: &str) -> Result<(), Refusal> {
    let least = i64::from(offer.add_on_minimum.unwrap_or(1));
    let most = offer.add_on_maximum.map_or(i64::MAX, i64::from);
    if (least..=most).contains(&units) {
        return Ok(());
    }
    let message = match offer.add_on_maximum {
        Some(most) => format!(
            "What it belongs to has {least} to {most} of {} in all, and would have {units}.",
            offer.name
        ),
        None => format!(
            "What it belongs to has {least} or more of {} in all, and would have {units}.",
            offer.name
        ),
    };
    Err(Refusal::of(RefusalCode::QuantityOutOfRange, field, message))
}

/// What is to change of an add-on.
#[derive(Clone, Copy)]
pub(super) struct New {
    pub(super) kind: SubscriptionChangeKind,
    pub(super) quantity: Option<i32>,
    pub(super) offer_id: Option<OfferId>,
}

/// Refuses a change of an add-on that what it belongs to does not allow now: a resumption while that is suspended, with
/// `ADD_ON_FOLLOWS_PARENT`, and numbers of units with `QUANTITY_OUT_OF_RANGE`.
pub(super) async fn check(
    unit: &Unit,
    subscription: &subscription::Model,
    new: New,
) -> Outcome<()> {
    let Some(parent_id) = subscription.parent_id else { return Ok(()) };
    if new.kind == SubscriptionChangeKind::Resume {
        let parent = unit.related::<subscription::Entity>(parent_id).await?;
        if parent.status == SubscriptionStatus::Suspended {
            let message = "What it belongs to is suspended. Resume that.";
            return Err(Refusal::of(RefusalCode::AddOnFollowsParent, "id", message).into());
        }
    }
    if new.kind == SubscriptionChangeKind::Terms {
        let offer_id = new.offer_id.unwrap_or(subscription.offer_id);
        let offer = unit.related::<offer::Entity>(offer_id).await?;
        let others = counted(unit, &[parent_id]).await?;
        let others = others.iter().filter(|it| it.offer_id == offer_id && it.id != subscription.id);
        let units: i64 = others.map(|it| i64::from(it.quantity)).sum();
        let quantity = new.quantity.unwrap_or(subscription.quantity);
        check_units(&offer, units + i64::from(quantity), "quantity")?;
    }
    Ok(())
}

/// Refuses to cancel an add-on within a period by itself where its policy gives nothing back then (IFS-43), with
/// `CANCELLATION_ONLY_ON_RENEWAL`.
pub(crate) fn check_cancellation_time(
    subscription: &subscription::Model,
    sold: &PlanInstance,
    kind: SubscriptionChangeKind,
    time: ChangeTime,
) -> Result<(), Refusal> {
    let keeps = sold.proration.paid_cancellation == Proration::None;
    let is_within = time != ChangeTime::OnRenewal;
    let cancels = kind == SubscriptionChangeKind::Cancel;
    if subscription.parent_id.is_none() || !(cancels && is_within && keeps && has_periods(sold)) {
        return Ok(());
    }
    let message = "This add-on is cancelled with the end of a period: ask for ON_RENEWAL.";
    Err(Refusal::of(RefusalCode::CancellationOnlyOnRenewal, "when", message))
}

/// Refuses to take back what an add-on does because of its parent, with `ADD_ON_FOLLOWS_PARENT`.
pub(super) fn may_be_taken_back(change: &subscription_change::Model) -> Result<(), Refusal> {
    if change.follows_id.is_none() {
        return Ok(());
    }
    let message = "It goes along with what it belongs to. Take that change back.";
    Err(Refusal::new(RefusalCode::AddOnFollowsParent, message))
}

/// Refuses a change whose day has come and that goes along with one of the parent's that came to nothing.
pub(super) async fn may_go_along(unit: &Unit, change: &subscription_change::Model) -> Outcome<()> {
    let Some(followed) = change.follows_id else { return Ok(()) };
    let found = subscription_change::Entity::find_by_id(followed)
        .find_also_related(subscription::Entity)
        .one(&unit.txn)
        .await?;
    let Some((followed, Some(parent))) = found else { return Ok(()) };
    // What is suspended gets no other offer, whichever of the two is billed first.
    let is_stopped = followed.status == SubscriptionChangeStatus::Pending
        && followed.kind == SubscriptionChangeKind::Terms
        && parent.status == SubscriptionStatus::Suspended;
    if is_stopped || came_to_nothing(followed.status) {
        let message = "What it was to go along with did not happen.";
        return Err(Refusal::new(RefusalCode::SubscriptionNotModifiable, message).into());
    }
    Ok(())
}

pub(super) fn came_to_nothing(status: SubscriptionChangeStatus) -> bool {
    match status {
        SubscriptionChangeStatus::Failed
        | SubscriptionChangeStatus::Replaced
        | SubscriptionChangeStatus::Revoked => true,
        SubscriptionChangeStatus::Pending | SubscriptionChangeStatus::Executed => false,
    }
}

/// On which day a period of a locked subscription begins, from which those of an add-on are counted.
pub(crate) async fn anchor_of(
    unit: &Unit,
    seller: &Seller,
    parent: &subscription::Model,
) -> Outcome<NaiveDate> {
    Course::load(unit, seller, parent).await?.anchor_date(seller, unit.now)
}

/// Whether an offer can take the place of another: it is an add-on of the same offer, or of none.
pub(crate) fn check_same_parent(
    before: Option<OfferId>,
    offer: &offer::Model,
    field: &str,
) -> Result<(), Refusal> {
    if before == offer.parent_offer_id {
        return Ok(());
    }
    let message = format!("{} cannot take the place of what belongs to another offer.", offer.name);
    Err(Refusal::of(RefusalCode::OfferNotOrderable, field, message))
}
