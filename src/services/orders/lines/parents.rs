//! What add-ons are ordered to: a subscription that their customer has, or what another line of the order buys.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use domain::line_life::{is_its_turn, never_completes};
use entity::{
    OfferId, OrderAction, SubscriptionId, SubscriptionStatus, offer, order, order_line,
    plan_instance::PlanInstance, subscription,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::{buying::Buying, row};
use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{
        billing::{
            add_ons::{Beside, Misfit, check_units, counted, misfit},
            course::{Course, first_anchor_date},
        },
        seller::Seller,
        unit::{Unit, locked},
    },
};

/// The subscriptions that the lines of an order name as parents, locked.
#[derive(Default)]
pub(super) struct Parents {
    known: HashMap<SubscriptionId, Parent>,
}

struct Parent {
    subscription: subscription::Model,
    /// Where it has begun and not ended.
    running: Option<Running>,
    /// The add-ons that it has already.
    add_ons: Vec<subscription::Model>,
}

struct Running {
    sold: PlanInstance,
    anchor_on: NaiveDate,
}

/// What a line's add-on goes along with.
struct InStep {
    sold: PlanInstance,
    anchor_on: NaiveDate,
}

impl Parents {
    /// Those of them that the viewer may see.
    pub(super) async fn load(
        unit: &Unit,
        seller: &Seller,
        ids: impl Iterator<Item = SubscriptionId> + Send,
    ) -> Outcome<Self> {
        let ids: HashSet<_> = ids.collect();
        Self::find(unit, seller, access::visible::<subscription::Entity>(&unit.viewer), ids).await
    }

    async fn find(
        unit: &Unit,
        seller: &Seller,
        rows: Select<subscription::Entity>,
        ids: HashSet<SubscriptionId>,
    ) -> Outcome<Self> {
        use SubscriptionStatus::{Active, PendingCancel, Suspended};
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let rows = rows
            .filter(subscription::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(subscription::Column::Id.is_in(ids))
            .order_by_asc(subscription::Column::Id);
        // Of two orders at once, the second knows what the first has taken.
        let found = locked(rows).all(&unit.txn).await?;
        let add_ons = counted(unit, &found.iter().map(|it| it.id).collect::<Vec<_>>()).await?;
        let mut known = HashMap::new();
        for subscription in found {
            let running = if [Active, PendingCancel, Suspended].contains(&subscription.status) {
                let course = Course::load(unit, seller, &subscription).await?;
                let sold = course.instance_on(seller.day(unit.now)?).clone();
                Some(Running { sold, anchor_on: course.anchor_date(seller, unit.now)? })
            } else {
                None
            };
            let is_own = |it: &&subscription::Model| it.parent_id == Some(subscription.id);
            let add_ons = add_ons.iter().filter(is_own).cloned().collect();
            known.insert(subscription.id, Parent { subscription, running, add_ons });
        }
        Ok(Self { known })
    }

    /// Refuses purchases of add-ons that belong to nothing, or to nothing that they are sold to, and of what is none and is
    /// said to belong to something. Add-ons are suspended and cancelled as their parents are from here on; gives for each by its
    /// number the day from which its periods are counted.
    ///
    /// `lines` are those of the `count` lines that were asked for of which nothing else is wrong.
    pub(super) fn check(
        &self,
        order: Buying<'_>,
        offers: &HashMap<OfferId, offer::Model>,
        (lines, count): (&mut [order_line::Model], usize),
        today: NaiveDate,
        refusals: &mut Refusals,
    ) -> Outcome<HashMap<i32, NaiveDate>> {
        let mut in_step = HashMap::new();
        for line in &*lines {
            let Some(offer) = offers.get(&line.offer_id) else { continue };
            let found = match self.parent_of(order, offer, line, (&*lines, count)) {
                Ok(found) => found,
                Err(refusal) => {
                    refusals.push(refusal);
                    continue;
                }
            };
            let Some(found) = found else { continue };
            let (Some(beside), Some(sold)) = (found.beside(), &line.plan_instance) else {
                continue;
            };
            let own = Beside { product_id: line.product_id, sold, step: 0 };
            if let Some(misfit) = misfit(own, beside) {
                refusals.push(refuse_misfit(misfit, offer, line));
                continue;
            }
            let begins = found.first_day(today);
            if line.starts_on.is_some_and(|day| day < begins) {
                let message = "An add-on begins no earlier than what it belongs to.";
                refusals.push(Refusal::invalid(&field(line, "startsOn"), message));
            }
            let anchor_on = match found {
                Found::Line(_) => first_anchor_date(beside.sold, begins)?,
                Found::Running(_, running) => running.anchor_on,
            };
            in_step.insert(line.line_number, InStep { sold: beside.sold.clone(), anchor_on });
        }
        self.check_units(order, offers, lines, refusals);
        let mut anchors = HashMap::new();
        for line in lines {
            let Some(parent) = in_step.get(&line.line_number) else { continue };
            if let Some(sold) = &mut line.plan_instance {
                sold.suspension = parent.sold.suspension;
                sold.cancellation_day = parent.sold.cancellation_day;
                sold.lead_days = parent.sold.lead_days;
            }
            anchors.insert(line.line_number, parent.anchor_on);
        }
        Ok(anchors)
    }

    /// What a line's add-on is to belong to; none: the line buys no add-on, or its parent's line is refused.
    fn parent_of<'a>(
        &'a self,
        order: Buying<'_>,
        offer: &offer::Model,
        line: &order_line::Model,
        (lines, count): (&'a [order_line::Model], usize),
    ) -> Result<Option<Found<'a>>, Refusal> {
        let (by_line, by_id) = (field(line, "parentLine"), field(line, "parentSubscriptionId"));
        let mismatch = |field: &str, message: String| {
            Err(Refusal::of(RefusalCode::ParentMismatch, field, message))
        };
        let named = if line.parent_line.is_some() { &by_line } else { &by_id };
        let Some(parent_offer) = offer.parent_offer_id else {
            if line.parent_line.or(line.parent_subscription_id.map(|_| 0)).is_none() {
                return Ok(None);
            }
            let message = format!("{} is no add-on: it belongs to nothing.", offer.name);
            return Err(Refusal::of(RefusalCode::ParentNotAllowed, named, message));
        };
        if let Some(number) = line.parent_line {
            let exists = usize::try_from(number).is_ok_and(|it| (1..=count).contains(&it));
            if !exists || number == line.line_number {
                return mismatch(&by_line, "The order has no such other line.".to_owned());
            }
            let Some(parent) = lines.iter().find(|it| it.line_number == number) else {
                return Ok(None);
            };
            if parent.offer_id != parent_offer {
                let message = format!("Line {number} does not buy what {} belongs to.", offer.name);
                return mismatch(&by_line, message);
            }
            return Ok(Some(Found::Line(parent)));
        }
        let Some(id) = line.parent_subscription_id else {
            let message = format!(
                "{} is an add-on: say to which subscription, or to which line.",
                offer.name
            );
            return Err(Refusal::of(RefusalCode::ParentRequired, &by_id, message));
        };
        let Some(Parent { subscription, running, .. }) = self.known.get(&id) else {
            return Err(access::not_found::<subscription::Entity>(&by_id));
        };
        let number = &subscription.number;
        if subscription.customer_id != order.customer_id {
            return mismatch(&by_id, format!("{number} is another customer's."));
        }
        if subscription.offer_id != parent_offer {
            return mismatch(&by_id, format!("{} does not belong to {number}.", offer.name));
        }
        if subscription.partner_id != order.partner_id
            || subscription.agreement_id != order.agreement_id
            || subscription.currency != order.currency
        {
            let message = format!(
                "{number} was bought through another partner, under another agreement or in another currency, so it is on \
                 other invoices."
            );
            return mismatch(&by_id, message);
        }
        check_active(subscription).map_err(|refusal| refusal.at(&by_id))?;
        Ok(running.as_ref().map(|running| Found::Running(subscription, running)))
    }

    /// Refuses more or fewer units of an add-on than one parent may have, those that it has already among them.
    fn check_units(
        &self,
        order: Buying<'_>,
        offers: &HashMap<OfferId, offer::Model>,
        lines: &[order_line::Model],
        refusals: &mut Refusals,
    ) {
        let mut units: HashMap<_, (i64, &order_line::Model)> = HashMap::new();
        for line in lines {
            // A line is one parent, whether its subscription is there by now or not.
            let parent = match (line.parent_line, line.parent_subscription_id) {
                (Some(number), _) => (Some(number), None),
                (None, Some(id)) => (None, Some(id)),
                (None, None) => continue,
            };
            let known = parent.1.and_then(|id| self.known.get(&id));
            let has = known.into_iter().flat_map(|known| &known.add_ons);
            let has =
                has.filter(|it| it.offer_id == line.offer_id && it.order_id != order.order_id);
            let has = has.map(|it| i64::from(it.quantity)).sum();
            let (sum, last) = units.entry((parent, line.offer_id)).or_insert((has, line));
            (*sum, *last) = (*sum + i64::from(line.quantity), line);
        }
        let mut units: Vec<_> = units.into_iter().collect();
        units.sort_by_key(|(_, (_, line))| line.line_number);
        for ((_, offer), (sum, line)) in units {
            let Some(offer) = offers.get(&offer).filter(|it| it.parent_offer_id.is_some()) else {
                continue;
            };
            refusals.value(check_units(offer, sum, &field(line, "quantity")));
        }
    }
}

/// What an add-on is to belong to.
#[derive(Clone, Copy)]
enum Found<'a> {
    Line(&'a order_line::Model),
    Running(&'a subscription::Model, &'a Running),
}

impl<'a> Found<'a> {
    fn beside(self) -> Option<Beside<'a>> {
        match self {
            Self::Line(line) => {
                let sold = line.plan_instance.as_ref()?;
                Some(Beside { product_id: line.product_id, sold, step: 0 })
            }
            Self::Running(subscription, running) => Some(Beside::now(subscription, &running.sold)),
        }
    }

    fn first_day(self, today: NaiveDate) -> NaiveDate {
        match self {
            Self::Line(line) => line.starts_on.unwrap_or(today),
            Self::Running(subscription, _) => subscription.first_day.unwrap_or(today),
        }
    }
}

fn field(line: &order_line::Model, name: &str) -> String {
    format!("lines.{}.{name}", line.line_number - 1)
}

fn refuse_misfit(misfit: Misfit, offer: &offer::Model, line: &order_line::Model) -> Refusal {
    let by_line = line.parent_line.is_some();
    let named = field(line, if by_line { "parentLine" } else { "parentSubscriptionId" });
    match misfit {
        Misfit::Included => {
            let message = format!("What {} would belong to has its product already.", offer.name);
            Refusal::of(RefusalCode::AddOnIncluded, &named, message)
        }
        Misfit::Periods => {
            let message = format!(
                "The periods of what {} would belong to do not consist of its own, in all steps to come.",
                offer.name
            );
            Refusal::of(RefusalCode::ParentMismatch, &named, message)
        }
    }
}

/// Refuses what is not active as a parent, with `PARENT_NOT_ACTIVE`.
pub(super) fn check_active(parent: &subscription::Model) -> Result<(), Refusal> {
    if parent.status == SubscriptionStatus::Active {
        return Ok(());
    }
    let message = format!("{} is {}.", parent.number, parent.status);
    Err(Refusal::new(RefusalCode::ParentNotActive, message))
}

/// Refuses the add-ons of an order that was submitted where they can no longer belong to what they do. Nothing is priced again.
pub(super) async fn check_submitted(
    unit: &Unit,
    order: &order::Model,
    lines: &[order_line::Model],
) -> Outcome<()> {
    let add_ons = lines
        .iter()
        .filter(|line| line.action == OrderAction::Buy && line.parent_subscription_id.is_some());
    let add_ons: Vec<_> = add_ons.collect();
    if add_ons.is_empty() {
        return Ok(());
    }
    let seller = Seller::load(unit).await?;
    let named = add_ons.iter().filter(|line| line.parent_line.is_none());
    let named = named.filter_map(|line| line.parent_subscription_id).collect();
    // What is ordered is there for whoever approves it.
    let parents = Parents::find(unit, &seller, subscription::Entity::find(), named).await?;
    let offers = offer::Entity::find()
        .filter(offer::Column::TenantId.eq(order.tenant_id))
        .filter(offer::Column::Id.is_in(lines.iter().map(|line| line.offer_id)))
        .all(&unit.txn)
        .await?;
    let offers = offers.into_iter().map(|offer| (offer.id, offer)).collect();
    let mut lines = row::of_order(unit, order).await?;
    let count = lines.len();
    let mut refusals = Refusals::default();
    let today = seller.day(unit.now)?;
    let lines = (lines.as_mut_slice(), count);
    parents.check(Buying::of(order), &offers, lines, today, &mut refusals)?;
    refusals.done()
}

/// Refuses to try the line of an add-on again while what it belongs to is not there, with `PARENT_NOT_ACTIVE`, or where others
/// have taken its units meanwhile, with `QUANTITY_OUT_OF_RANGE`.
pub(super) async fn check_again(
    unit: &Unit,
    lines: &[order_line::Model],
    line: &order_line::Model,
) -> Outcome<()> {
    let Some(parent_id) = line.parent_subscription_id.filter(|_| line.action == OrderAction::Buy)
    else {
        return Ok(());
    };
    let parent = unit.lock_related::<subscription::Entity>(parent_id).await?;
    let bought_by = row::parent_of(lines, line);
    if let Some(status) = bought_by.filter(|status| never_completes(*status)) {
        let message =
            format!("The line that buys what it belongs to is {status}. Retry that first.");
        return Err(Refusal::of(RefusalCode::ParentNotActive, "id", message).into());
    }
    if is_its_turn(bought_by) {
        check_active(&parent).map_err(|refusal| refusal.at("id"))?;
    }
    let offer = unit.related::<offer::Entity>(line.offer_id).await?;
    let others = counted(unit, &[parent_id]).await?;
    let others =
        others.iter().filter(|it| it.offer_id == offer.id && Some(it.id) != line.subscription_id);
    let units: i64 = others.map(|it| i64::from(it.quantity)).sum();
    check_units(&offer, units + i64::from(line.quantity), "id")?;
    Ok(())
}
