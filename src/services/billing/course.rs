//! A subscription's course through time, as it is stored: what was sold, what happened to it and will, what was billed.

use std::{collections::HashMap, iter};

use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::{
    self, Anchor, BilledLine, BillingError, Cause, Change, ChangeKind, ChargeKey, ChargeLine,
    Charges, Corrected, Interval, NewAnchor, Period, Plan, Share, Sold, Usage,
};
use entity::{
    ChangeTime, ChargeDirection, ChargeType, InvoiceLineId, PriceModel, PriceScope, PriceStatus,
    SubscriptionChangeId, SubscriptionChangeKind, SubscriptionChangeStatus, invoice_line,
    line_correction, offer,
    plan_instance::{PlanComponent, PlanInstance},
    price, subscription, subscription_change,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{
    discounts::Given,
    plan_instance::{plan_instance, unit_amount},
    refusals::{failed, refuses},
    usage::{is_metered, reported},
};
use crate::{
    error::Outcome,
    services::{seller::Seller, unit::Unit},
};

/// What is known of a locked subscription.
pub(crate) struct Course {
    starts_at: DateTime<Utc>,
    first_day: NaiveDate,
    /// Of an add-on: a day on which a period of its parent begins.
    anchor_on: Option<NaiveDate>,
    first_quantity: i32,
    /// What was sold first.
    instance: PlanInstance,
    plan: Plan,
    /// Carried out or pending, in the order in which they take effect.
    pub(crate) changes: Vec<subscription_change::Model>,
    /// The number of the change that was asked for last.
    last_number: i32,
    discounts: Given,
    billed: Vec<BilledLine>,
    rows: HashMap<ChargeKey, invoice_line::Model>,
    /// What was used of it.
    usage: Vec<Usage>,
}

impl Course {
    /// The course of what is sold: nothing has happened to it, and nothing of it is billed. What is activated after its first
    /// day began with that.
    pub(super) fn sold(
        seller: &Seller,
        instance: PlanInstance,
        quantity: i32,
        activated_at: DateTime<Utc>,
        first_day: Option<NaiveDate>,
        anchor_on: Option<NaiveDate>,
        discounts: Given,
    ) -> Outcome<Self> {
        let activated_on = seller.day(activated_at)?;
        let first_day = first_day.unwrap_or(activated_on);
        let starts_at =
            if first_day < activated_on { seller.begins(first_day)? } else { activated_at };
        Ok(Self {
            starts_at,
            first_day,
            anchor_on,
            first_quantity: quantity,
            plan: Plan::try_from(&instance).map_err(failed)?,
            instance,
            changes: Vec::new(),
            last_number: 0,
            discounts,
            billed: Vec::new(),
            rows: HashMap::new(),
            usage: Vec::new(),
        })
    }

    /// The course of a subscription that begins.
    pub(super) async fn begin(
        unit: &Unit,
        seller: &Seller,
        subscription: &subscription::Model,
    ) -> Outcome<Self> {
        let instance = match &subscription.plan_instance {
            Some(instance) => instance.clone(),
            None => made_up(unit, seller, subscription).await?,
        };
        let quantity = subscription.first_quantity.unwrap_or(subscription.quantity);
        let activated_at = subscription.activated_at.unwrap_or(subscription.created_at);
        let discounts = Given::load(unit, subscription).await?;
        let (first_day, anchor_on) = (subscription.first_day, subscription.anchor_on);
        Self::sold(seller, instance, quantity, activated_at, first_day, anchor_on, discounts)
    }

    /// Loads the course of a subscription that has begun.
    pub(crate) async fn load(
        unit: &Unit,
        seller: &Seller,
        subscription: &subscription::Model,
    ) -> Outcome<Self> {
        let mut course = Self::begin(unit, seller, subscription).await?;
        course.changes = changes(unit, subscription).await?;
        course.last_number = course.changes.last().map_or(0, |change| change.change_number);
        course.changes.retain(|change| COUNT.contains(&change.status));
        course.changes.sort_by_key(effect);
        if course.instances().any(is_metered) {
            course.usage = reported(unit, subscription).await?;
        }
        let lines = billed_lines(unit, subscription).await?;
        let corrections = corrections(unit, subscription, &lines).await?;
        let keys: HashMap<InvoiceLineId, ChargeKey> =
            lines.iter().filter_map(|line| Some((line.id, key(line)?))).collect();
        for line in lines {
            let corrects = corrections.get(&line.id).map_or(&[][..], Vec::as_slice);
            let corrects = corrects
                .iter()
                .filter_map(|(id, amount)| {
                    Some(Corrected { key: *keys.get(id)?, amount: amount.saturating_abs() })
                })
                .collect();
            course.remember(line, corrects)?;
        }
        Ok(course)
    }

    /// Takes a line as billed.
    pub(super) fn remember(
        &mut self,
        row: invoice_line::Model,
        corrects: Vec<Corrected>,
    ) -> Outcome<()> {
        let Some(billed) = billed(&row, corrects).map_err(failed)? else { return Ok(()) };
        self.rows.insert(billed.line.key, row);
        self.billed.push(billed);
        Ok(())
    }

    /// The invoice line of a charge that was billed.
    pub(super) fn row(&self, key: &ChargeKey) -> Option<&invoice_line::Model> {
        self.rows.get(key)
    }

    /// A component as it was sold last by a day; its price is that of its first step.
    pub(super) fn component(&self, id: Uuid, day: NaiveDate) -> Option<&PlanComponent> {
        self.components(id, day).next()
    }

    /// A component in each step of what was sold, what was sold last by a day first.
    pub(crate) fn components(
        &self,
        id: Uuid,
        day: NaiveDate,
    ) -> impl Iterator<Item = &PlanComponent> {
        let by_then = self.changes.iter().rev().filter(move |change| change.takes_effect_on <= day);
        by_then
            .filter_map(|change| change.plan_instance.as_ref())
            .chain([&self.instance])
            .flat_map(|instance| &instance.steps)
            .flat_map(|step| &step.components)
            .filter(move |component| component.id == id)
    }

    /// All that was sold, first of all what was sold first.
    fn instances(&self) -> impl Iterator<Item = &PlanInstance> {
        let changes = self.changes.iter().filter_map(|change| change.plan_instance.as_ref());
        iter::once(&self.instance).chain(changes)
    }

    /// Takes something as used, as if it had been reported.
    pub(crate) fn add_usage(&mut self, usage: Usage) {
        self.usage.push(usage);
    }

    /// Whether it was charged what was used of a component from a day on.
    pub(super) fn is_use_charged(&self, component: Uuid, from: NaiveDate) -> bool {
        self.billed.iter().any(|billed| {
            let key = billed.line.key;
            (key.component, key.kind, key.from) == (component, ChargeType::UsageFee, from)
        })
    }

    /// What is sold from the last change on that was carried out by a day.
    pub(crate) fn instance_on(&self, day: NaiveDate) -> &PlanInstance {
        let sold_by_then = |change: &&subscription_change::Model| {
            !is_pending(change) && change.takes_effect_on <= day
        };
        let changes = self.changes.iter().filter(sold_by_then);
        let sold = changes.rev().find_map(|change| change.plan_instance.as_ref());
        sold.unwrap_or(&self.instance)
    }

    /// How many units were there when the subscription began, and what each cost.
    pub(super) fn first_terms(&self) -> (i32, Option<i64>) {
        (self.first_quantity, self.instance.steps.first().and_then(unit_amount))
    }

    /// When it began.
    pub(super) fn starts_at(&self) -> DateTime<Utc> {
        self.starts_at
    }

    /// Takes a change as one that was carried out or is registered.
    pub(super) fn push(&mut self, change: subscription_change::Model) {
        self.changes.push(change);
        self.changes.sort_by_key(effect);
    }

    /// Has a change be as it is now; it is dropped where it no longer counts.
    pub(super) fn replace(&mut self, change: &subscription_change::Model) {
        self.changes.retain(|other| other.id != change.id);
        if COUNT.contains(&change.status) {
            self.changes.push(change.clone());
            self.changes.sort_by_key(effect);
        }
    }

    /// The number of the next change.
    pub(super) fn next_number(&self) -> i32 {
        self.last_number + 1
    }

    /// How many units there were before a change.
    pub(super) fn quantity_before(&self, change: &subscription_change::Model) -> i32 {
        let before = self.changes.iter().filter(|other| effect(other) < effect(change));
        before.rev().find_map(|change| change.quantity).unwrap_or(self.first_quantity)
    }

    /// The change that waits and is carried out next, of those whose day has come on a day: what ends the subscription goes
    /// before what else is due on its day.
    pub(super) fn next_pending(
        &self,
        today: NaiveDate,
        counts: impl Fn(&subscription_change::Model) -> bool,
    ) -> Option<&subscription_change::Model> {
        self.changes
            .iter()
            .filter(|change| {
                is_pending(change) && change.takes_effect_on <= today && counts(change)
            })
            .min_by_key(|change| (change.takes_effect_on, !ends(change), change.change_number))
    }

    /// What will be due at a moment when what waits has been carried out, so far as it can be, but for what is left out.
    pub(super) fn expected(
        &self,
        seller: &Seller,
        at: DateTime<Utc>,
        left_out: &[SubscriptionChangeId],
    ) -> Result<Expected, BillingError> {
        let today = billing::date_in(seller.terms.zone, at)?;
        let mut carried_out = Vec::new();
        let mut refused: Vec<(SubscriptionChangeId, BillingError)> = Vec::new();
        let is_out = |refused: &[(SubscriptionChangeId, BillingError)], id| {
            left_out.contains(&id) || refused.iter().any(|(other, _)| *other == id)
        };
        while let Some(next) = self.next_pending(today, |change| {
            !carried_out.contains(&change.id) && !is_out(&refused, change.id)
        }) {
            let counts = |change: &subscription_change::Model| {
                change.id == next.id || !is_pending(change) || carried_out.contains(&change.id)
            };
            let begins = billing::day_begins(seller.terms.zone, next.takes_effect_on)?;
            match self.charges(seller, begins, counts) {
                Err(error) if refuses(error) => refused.push((next.id, error)),
                Err(error) => return Err(error),
                Ok(_) => carried_out.push(next.id),
            }
        }
        let charges = self.charges(seller, at, |change| !is_out(&refused, change.id))?;
        Ok(Expected { charges, refused })
    }

    /// Whether the period that begins on a day is billed.
    pub(super) fn is_billed_from(&self, day: NaiveDate) -> bool {
        self.billed.iter().any(|billed| {
            let key = billed.line.key;
            key.from == day && matches!(key.cause, Cause::Period(_))
        })
    }

    /// How many lines of a component were billed that were due on a day, but for what was reported late.
    pub(super) fn lines_due_on(&self, day: NaiveDate, component: Uuid) -> usize {
        let alike = |billed: &&BilledLine| {
            let BilledLine { line, .. } = billed;
            let is_late_use = matches!(line.key.cause, Cause::Reported(_));
            line.due_on == day && line.key.component == component && !is_late_use
        };
        self.billed.iter().filter(alike).count()
    }

    /// The seller's day at a moment, but no day before the last on which something began or happened to the subscription: a
    /// seller may have moved to where it is earlier, and the clocks of two nodes differ.
    pub(crate) fn day(&self, seller: &Seller, at: DateTime<Utc>) -> Outcome<NaiveDate> {
        Ok(seller.day(at)?.max(self.last_day()))
    }

    fn last_day(&self) -> NaiveDate {
        let happened = self.changes.iter().filter(|change| !is_pending(change));
        let last = happened.map(|change| change.takes_effect_on).max();
        last.map_or(self.first_day, |day| day.max(self.first_day))
    }

    /// Whether a period begins on a day because something was changed then, and not because it was time.
    pub(super) fn is_begun_by_change(&self, day: NaiveDate) -> bool {
        self.changes.iter().any(|change| {
            change.takes_effect_on == day
                && !is_pending(change)
                && change.change_time != ChangeTime::OnRenewal
                && match change.kind {
                    SubscriptionChangeKind::Terms | SubscriptionChangeKind::Price => {
                        !change.keep_anchor
                    }
                    SubscriptionChangeKind::Resume => true,
                    SubscriptionChangeKind::Suspend
                    | SubscriptionChangeKind::Cancel
                    | SubscriptionChangeKind::AutoRenew => false,
                }
        })
    }

    fn first_anchor(&self) -> Result<Anchor, BillingError> {
        let interval = self.plan.first_interval()?;
        match self.anchor_on.filter(|_| has_periods(&self.instance)) {
            Some(day) => Ok(Anchor::on(day, interval)),
            None => Anchor::aligned(self.plan.alignment, self.first_day, interval),
        }
    }

    /// A day on which one of its periods begins, as things are at a moment.
    pub(crate) fn anchor_date(&self, seller: &Seller, at: DateTime<Utc>) -> Outcome<NaiveDate> {
        let charges = self.charges(seller, at, |change| !is_pending(change)).map_err(failed)?;
        charges.anchor.start(0).map_err(failed)
    }

    /// What is due at a moment, with the changes of which `counts` says that they do.
    pub(super) fn charges(
        &self,
        seller: &Seller,
        as_of: DateTime<Utc>,
        counts: impl Fn(&subscription_change::Model) -> bool,
    ) -> Result<Charges, BillingError> {
        let changes = self
            .changes
            .iter()
            .filter(|change| counts(change))
            .filter_map(|row| change(row, seller).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let discounts = self.discounts.in_force(self.plan.id, &self.changes);
        let sold = Sold {
            starts_at: self.starts_at,
            first_day: self.first_day,
            anchor: self.first_anchor()?,
            plan: &self.plan,
            quantity: self.first_quantity.into(),
            minimum_quantity: 1,
            discounts: &discounts,
            changes: &changes,
            billed: &self.billed,
            usage: &self.usage,
        };
        let happened = billing::day_begins(seller.terms.zone, self.last_day())?;
        billing::charges(&sold, seller.terms, as_of.max(happened))
    }
}

/// What is due at a moment that has not come yet, as far as that is known.
pub(super) struct Expected {
    pub(super) charges: Charges,
    /// What will not be carried out, and why.
    pub(super) refused: Vec<(SubscriptionChangeId, BillingError)>,
}

/// A plan of a subscription that an earlier release sold: as the offer is, at the price that it had.
async fn made_up(
    unit: &Unit,
    seller: &Seller,
    subscription: &subscription::Model,
) -> Outcome<PlanInstance> {
    let offer = unit.related::<offer::Entity>(subscription.offer_id).await?;
    let price = price::Model {
        id: Uuid::nil().into(),
        tenant_id: subscription.tenant_id,
        offer_id: offer.id,
        currency: subscription.currency.clone(),
        scope: PriceScope::List,
        partner_id: None,
        customer_id: None,
        agreement_id: None,
        valid_from: None,
        valid_until: None,
        status: PriceStatus::InForce,
        status_changes_on: None,
        model: PriceModel::PerUnit,
        unit_amount: subscription.unit_amount,
        tiers: None,
        package_size: None,
        tax_basis_points: subscription.tax_basis_points,
        tax_code_id: None,
        tax_inclusive: false,
        created_at: subscription.created_at,
    };
    Ok(PlanInstance { commitment: None, ..plan_instance(&seller.tenant, &offer, &price) })
}

/// A day on which one of the periods of something begins that is sold as it is, from its first day on.
pub(crate) fn first_anchor_date(sold: &PlanInstance, first_day: NaiveDate) -> Outcome<NaiveDate> {
    let interval = interval(sold).unwrap_or(Interval::FOR_GOOD);
    let anchor = Anchor::aligned(sold.alignment, first_day, interval);
    anchor.and_then(|anchor| anchor.start(0)).map_err(failed)
}

/// What happened, and what is to happen.
const COUNT: [SubscriptionChangeStatus; 2] =
    [SubscriptionChangeStatus::Executed, SubscriptionChangeStatus::Pending];

/// Whether a change ends the subscription.
pub(super) fn ends(change: &subscription_change::Model) -> bool {
    matches!(change.kind, SubscriptionChangeKind::Cancel | SubscriptionChangeKind::AutoRenew)
}

/// Whether a change waits for its day.
pub(crate) fn is_pending(change: &subscription_change::Model) -> bool {
    change.status == SubscriptionChangeStatus::Pending
}

/// Whether a change is a cancellation that waits for its day.
pub(super) fn is_cancellation_pending(change: &subscription_change::Model) -> bool {
    change.kind == SubscriptionChangeKind::Cancel && is_pending(change)
}

/// Whether a cancellation waits for its day.
pub(super) fn has_cancellation(course: &Course) -> bool {
    course.changes.iter().any(is_cancellation_pending)
}

/// The order in which changes take effect.
fn effect(change: &subscription_change::Model) -> (NaiveDate, bool, i32) {
    (change.takes_effect_on, !change.opens_day, change.change_number)
}

/// All that was asked for, in that order.
async fn changes(
    unit: &Unit,
    subscription: &subscription::Model,
) -> Outcome<Vec<subscription_change::Model>> {
    use subscription_change::Column;
    Ok(subscription_change::Entity::find()
        .filter(Column::TenantId.eq(subscription.tenant_id))
        .filter(Column::SubscriptionId.eq(subscription.id))
        .order_by_asc(Column::ChangeNumber)
        .all(&unit.txn)
        .await?)
}

async fn billed_lines(
    unit: &Unit,
    subscription: &subscription::Model,
) -> Outcome<Vec<invoice_line::Model>> {
    use invoice_line::Column;
    Ok(invoice_line::Entity::find()
        .filter(Column::TenantId.eq(subscription.tenant_id))
        .filter(Column::SubscriptionId.eq(subscription.id))
        .filter(Column::Cause.ne(""))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(&unit.txn)
        .await?)
}

/// What each line takes back of others.
async fn corrections(
    unit: &Unit,
    subscription: &subscription::Model,
    lines: &[invoice_line::Model],
) -> Outcome<HashMap<InvoiceLineId, Vec<(InvoiceLineId, i64)>>> {
    let credits = lines.iter().filter(|line| line.direction == ChargeDirection::Credit);
    let credits: Vec<_> = credits.map(|line| line.id).collect();
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    if credits.is_empty() {
        return Ok(found);
    }
    let rows = line_correction::Entity::find()
        .filter(line_correction::Column::TenantId.eq(subscription.tenant_id))
        .filter(line_correction::Column::LineId.is_in(credits))
        .all(&unit.txn)
        .await?;
    for row in rows {
        found.entry(row.line_id).or_default().push((row.corrects_line_id, row.amount));
    }
    Ok(found)
}

fn key(row: &invoice_line::Model) -> Option<ChargeKey> {
    Some(ChargeKey {
        component: row.component_id?,
        kind: row.charge_type,
        from: row.starts_on?,
        cause: row.cause.parse::<Cause>().ok()?,
        direction: row.direction,
    })
}

fn billed(
    row: &invoice_line::Model,
    corrects: Vec<Corrected>,
) -> Result<Option<BilledLine>, BillingError> {
    let Some(key) = key(row) else { return Ok(None) };
    let until = row.ends_on.unwrap_or(key.from);
    let line = ChargeLine {
        key,
        period: Period::new(key.from, until)?,
        share: Share::new(
            row.share_days.unwrap_or(1).into(),
            row.share_of_days.unwrap_or(1).into(),
        )?,
        quantity: row.billed_quantity.unwrap_or(row.quantity).into(),
        amount: row.net_amount,
        discount: row.discount_amount,
        rounding: row.rounding_mode,
        issued_on: row.issued_on.unwrap_or(key.from),
        due_on: row.due_on.unwrap_or(key.from),
        corrects,
    };
    Ok(Some(BilledLine { line, credited: row.credited_by_hand.saturating_abs() }))
}

/// A change in the calculator's terms; none: it changes nothing that is charged.
pub(super) fn change(
    row: &subscription_change::Model,
    seller: &Seller,
) -> Result<Option<Change>, BillingError> {
    let kind = match (row.kind, &row.plan_instance, row.quantity) {
        (
            SubscriptionChangeKind::Terms | SubscriptionChangeKind::Price,
            Some(instance),
            quantity,
        ) => {
            let plan = Plan::try_from(instance)?;
            let anchor = if row.keep_anchor { NewAnchor::Keep } else { NewAnchor::Restart };
            ChangeKind::Plan { plan: Box::new(plan), quantity: quantity.map(i64::from), anchor }
        }
        (SubscriptionChangeKind::Terms, None, Some(quantity)) => {
            ChangeKind::Quantity(quantity.into())
        }
        (SubscriptionChangeKind::Suspend, _, _) => ChangeKind::Suspend,
        (SubscriptionChangeKind::Resume, _, _) => ChangeKind::Resume { anchor: None },
        (SubscriptionChangeKind::Cancel, _, _) if row.undoes => ChangeKind::Undo,
        (SubscriptionChangeKind::Cancel, _, _) => ChangeKind::Cancel { paid: row.paid },
        (SubscriptionChangeKind::AutoRenew, _, _) if row.auto_renew == Some(false) => {
            ChangeKind::Cancel { paid: row.paid }
        }
        (
            SubscriptionChangeKind::Terms
            | SubscriptionChangeKind::AutoRenew
            | SubscriptionChangeKind::Price,
            _,
            _,
        ) => {
            return Ok(None);
        }
    };
    let begins = billing::day_begins(seller.terms.zone, row.takes_effect_on)?;
    let at = if row.opens_day { begins } else { row.executed_at.unwrap_or(begins) };
    Ok(Some(Change {
        id: row.id.0,
        at,
        on: row.takes_effect_on,
        opens_day: row.opens_day,
        registered_on: row.registered_on,
        rounding: row.rounding_mode,
        kind,
    }))
}

/// Whether a plan has periods at all: what is only charged once has none.
pub(super) fn has_periods(instance: &PlanInstance) -> bool {
    instance.steps.iter().any(|step| step.billing_period.is_some())
}

/// The interval of a plan's first step.
pub(super) fn interval(instance: &PlanInstance) -> Option<Interval> {
    instance.steps.first().and_then(|step| step.billing_period).map(Interval::from)
}
