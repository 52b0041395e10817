//! Changes of a subscription together with those of its add-ons.
//!
//! What happens to a parent at once happens to its add-ons in the same transaction. What waits of a parent for its day waits of
//! each add-on as a change of its own, which names the one that it goes along with. So each is billed by itself, in whichever
//! order, and previews know of it.

use entity::{
    ChangeTime, PendingCancellation, SubscriptionChangeKind, SubscriptionStatus, offer,
    plan_instance::PlanInstance, subscription, subscription_change,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{
    add_ons::{self, Beside, came_to_nothing, misfit},
    bill,
    change::{self, NewChange},
    course::{Course, ends, has_periods, is_pending},
    write::Origin,
};
use crate::{
    error::Outcome,
    services::{
        seller::Seller,
        subscriptions,
        unit::{Unit, locked},
    },
};

/// Carries a change of a locked subscription out, or registers it for its day, as [`change::change`] does; and its add-ons go
/// along.
///
/// Refused as that is, and with `ADD_ON_FOLLOWS_PARENT` where it is an add-on's own and its parent does not allow it now.
pub(crate) async fn change(
    unit: &Unit,
    seller: &Seller,
    subscription: &mut subscription::Model,
    new: NewChange,
    origin: &Origin,
) -> Outcome<()> {
    add_ons::check(unit, subscription, (&new).into()).await?;
    let changing = change::change(unit, seller, subscription, new, origin);
    let done = Box::pin(changing).await?;
    Box::pin(go_along(unit, seller, subscription, &done, origin)).await
}

/// What an add-on would do because of a change of its parent.
pub(super) struct Along {
    pub(super) add_on: subscription::Model,
    pub(super) course: Course,
    pub(super) new: NewChange,
}

/// What the add-ons of a locked subscription do because of a change of it, which is carried out now or waits.
pub(super) async fn along(
    unit: &Unit,
    seller: &Seller,
    parent: &subscription::Model,
    change: &subscription_change::Model,
) -> Outcome<Vec<Along>> {
    let mut all = Vec::new();
    if parent.parent_id.is_some() || !concerns_add_ons(change) {
        return Ok(all);
    }
    for add_on in running(unit, parent).await? {
        let course = Course::load(unit, seller, &add_on).await?;
        if let Some(new) = one_along(unit, seller, parent, &add_on, &course, change).await? {
            all.push(Along { add_on, course, new });
        }
    }
    Ok(all)
}

/// Whether a change can concern add-ons at all: units and prices are the parent's own.
fn concerns_add_ons(change: &subscription_change::Model) -> bool {
    match change.kind {
        SubscriptionChangeKind::Cancel
        | SubscriptionChangeKind::Suspend
        | SubscriptionChangeKind::Resume => true,
        SubscriptionChangeKind::AutoRenew => change.auto_renew == Some(false),
        SubscriptionChangeKind::Terms => change.plan_instance.is_some(),
        SubscriptionChangeKind::Price => false,
    }
}

/// The add-ons that have begun and not ended, locked after their parent, in the order of their ids.
async fn running(unit: &Unit, parent: &subscription::Model) -> Outcome<Vec<subscription::Model>> {
    use SubscriptionStatus::{Active, PendingCancel, Suspended};
    let rows = subscription::Entity::find()
        .filter(subscription::Column::TenantId.eq(parent.tenant_id))
        .filter(subscription::Column::ParentId.eq(parent.id))
        .filter(subscription::Column::Status.is_in([Active, PendingCancel, Suspended]))
        .order_by_asc(subscription::Column::Id);
    Ok(locked(rows).all(&unit.txn).await?)
}

async fn one_along(
    unit: &Unit,
    seller: &Seller,
    parent: &subscription::Model,
    add_on: &subscription::Model,
    course: &Course,
    change: &subscription_change::Model,
) -> Outcome<Option<NewChange>> {
    let sold = course.instance_on(course.day(seller, unit.now)?);
    let lasts = has_periods(sold);
    let is_suspended = add_on.status == SubscriptionStatus::Suspended;
    let (kind, auto_renew) = match change.kind {
        SubscriptionChangeKind::AutoRenew if lasts => {
            (SubscriptionChangeKind::AutoRenew, Some(false))
        }
        SubscriptionChangeKind::Cancel | SubscriptionChangeKind::AutoRenew => {
            (SubscriptionChangeKind::Cancel, None)
        }
        SubscriptionChangeKind::Suspend if lasts && !is_suspended => (change.kind, None),
        // What was suspended by itself stays so.
        SubscriptionChangeKind::Resume if is_suspended && was_suspended_along(course) => {
            (change.kind, None)
        }
        SubscriptionChangeKind::Terms if ends_with(unit, parent, add_on, sold, change).await? => {
            (SubscriptionChangeKind::Cancel, None)
        }
        SubscriptionChangeKind::Suspend
        | SubscriptionChangeKind::Resume
        | SubscriptionChangeKind::Terms
        | SubscriptionChangeKind::Price => return Ok(None),
    };
    let waits = is_pending(change);
    let new = NewChange {
        kind,
        time: if waits { ChangeTime::OnDate } else { ChangeTime::Now },
        on: waits.then_some(change.takes_effect_on),
        quantity: None,
        offer: None,
        keep_anchor: true,
        auto_renew,
        pending_cancellation: Some(PendingCancellation::Keep),
        // An add-on was bought by a line of its own, which is cancelled by itself.
        undoes: false,
        follows: Some(change.id),
    };
    Ok((!waits || !is_foreseen(course, kind, change)).then_some(new))
}

/// Whether an add-on waits for this already, or ends before.
fn is_foreseen(
    course: &Course,
    kind: SubscriptionChangeKind,
    change: &subscription_change::Model,
) -> bool {
    let is_end = matches!(kind, SubscriptionChangeKind::Cancel | SubscriptionChangeKind::AutoRenew);
    let ends_by_then = |other: &subscription_change::Model| {
        is_end && ends(other) && other.takes_effect_on <= change.takes_effect_on
    };
    let mut waiting = course.changes.iter().filter(|other| is_pending(other));
    waiting.any(|other| other.follows_id == Some(change.id) || ends_by_then(other))
}

/// Whether a suspension that holds is the parent's.
fn was_suspended_along(course: &Course) -> bool {
    let suspends = |change: &&subscription_change::Model| {
        change.kind == SubscriptionChangeKind::Suspend && !is_pending(change)
    };
    course.changes.iter().rfind(suspends).is_some_and(|change| change.follows_id.is_some())
}

/// Whether an add-on ends with a change of its parent: it is none of what the parent has then, or is in it, or would have
/// periods of its own.
async fn ends_with(
    unit: &Unit,
    parent: &subscription::Model,
    add_on: &subscription::Model,
    sold: &PlanInstance,
    change: &subscription_change::Model,
) -> Outcome<bool> {
    let (Some(offer_id), Some(instance)) = (change.offer_id, &change.plan_instance) else {
        return Ok(false);
    };
    let offer = unit.related::<offer::Entity>(add_on.offer_id).await?;
    let beside = Beside { product_id: parent.product_id, sold: instance, step: 0 };
    let stays = offer.parent_offer_id == Some(offer_id)
        && misfit(Beside::now(add_on, sold), beside).is_none()
        && (change.keep_anchor || !has_periods(sold));
    Ok(!stays)
}

/// Has the add-ons of a subscription do what follows from a change of it, or an add-on what follows from what waits of its parent.
async fn go_along(
    unit: &Unit,
    seller: &Seller,
    subscription: &subscription::Model,
    done: &subscription_change::Model,
    origin: &Origin,
) -> Outcome<()> {
    if subscription.parent_id.is_none() && !is_pending(done) {
        for Along { mut add_on, new, .. } in along(unit, seller, subscription, done).await? {
            let changing = change::change(unit, seller, &mut add_on, new, origin);
            Box::pin(changing).await?;
        }
    }
    wait_along(unit, seller, subscription, origin).await
}

/// Has that wait of the add-ons of a locked subscription, or of a locked add-on, which follows from what waits of the parent, and
/// nothing of that any more which the parent no longer waits for.
pub(super) async fn wait_along(
    unit: &Unit,
    seller: &Seller,
    subscription: &subscription::Model,
    origin: &Origin,
) -> Outcome<()> {
    if subscription.ended_at.is_some() {
        return Ok(());
    }
    let (parent, add_ons) = match subscription.parent_id {
        Some(parent) => {
            let parent = unit.related::<subscription::Entity>(parent).await?;
            (parent, vec![subscription.clone()])
        }
        None => (subscription.clone(), running(unit, subscription).await?),
    };
    if add_ons.is_empty() {
        return Ok(());
    }
    let of_parent = subscription_change::Entity::find()
        .filter(subscription_change::Column::TenantId.eq(parent.tenant_id))
        .filter(subscription_change::Column::SubscriptionId.eq(parent.id))
        .order_by_asc(subscription_change::Column::TakesEffectOn)
        .order_by_asc(subscription_change::Column::ChangeNumber)
        .all(&unit.txn)
        .await?;
    for mut add_on in add_ons {
        let course = Course::load(unit, seller, &add_on).await?;
        let is_vain = |change: &&subscription_change::Model| {
            let followed = of_parent.iter().find(|other| Some(other.id) == change.follows_id);
            let is_moved = |followed: &subscription_change::Model| {
                is_pending(followed) && followed.takes_effect_on != change.takes_effect_on
            };
            is_pending(change)
                && followed.is_some_and(|it| came_to_nothing(it.status) || is_moved(it))
        };
        let vain: Vec<_> = course.changes.iter().filter(is_vain).cloned().collect();
        if !vain.is_empty() {
            Box::pin(give_up(unit, seller, &mut add_on, course, vain, origin)).await?;
        }
        for change in of_parent.iter().filter(|it| is_pending(it) && concerns_add_ons(it)) {
            let course = Course::load(unit, seller, &add_on).await?;
            if let Some(new) = one_along(unit, seller, &parent, &add_on, &course, change).await? {
                let changing = change::change(unit, seller, &mut add_on, new, origin);
                Box::pin(changing).await?;
            }
        }
    }
    Ok(())
}

/// Takes back what an add-on waits for because of its parent.
async fn give_up(
    unit: &Unit,
    seller: &Seller,
    add_on: &mut subscription::Model,
    mut course: Course,
    vain: Vec<subscription_change::Model>,
    origin: &Origin,
) -> Outcome<()> {
    let from = add_on.status;
    change::revoke(unit, &mut course, add_on, vain, origin).await?;
    // For the moment at which there is something to do next.
    bill::charge(unit, seller, &mut course, add_on, unit.now, origin).await?;
    subscriptions::row::save(unit, origin.order_id, origin.line_id, add_on, from).await
}
