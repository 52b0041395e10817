//! Giving running subscriptions the price that is asked of their customers now.

use chrono::{Months, NaiveDate};
use entity::{
    ChangeTime, OfferId, PendingCancellation, SubscriptionChangeId, SubscriptionChangeKind,
    SubscriptionChangeStatus, SubscriptionId, SubscriptionStatus, customer, offer,
    plan_instance::PlanInstance, subscription, subscription_change,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use serde::{Deserialize, Serialize};

use super::new_price::{at_price, is_same, whole_of};
use crate::{
    access,
    error::{Error, Outcome, Refusal, RefusalCode},
    services::{
        billing::{
            Origin,
            change::NewChange,
            course::{Course, is_pending},
            with_add_ons::change,
        },
        page::{Direction, InvalidPage, List, PageRequest, Sort, SortValue},
        prices::asked::{Payer, asked},
        seller::Seller,
        subscriptions,
        unit::Unit,
        validate,
    },
};

/// Which subscriptions are to have the price that is asked now, a page of them, and when.
#[derive(Clone, Debug)]
pub struct MigratePrices {
    pub offer_id: OfferId,
    pub currency: String,
    /// On renewal, or on a day.
    pub time: ChangeTime,
    /// The day, where one is said.
    pub on: Option<NaiveDate>,
    pub page: PageRequest,
}

/// What became of a page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MigratedPrices {
    pub currency: String,
    /// The oldest subscriptions first.
    pub subscriptions: Vec<MigratedPrice>,
    /// Where the next page begins; none: this is the last.
    pub end_cursor: Option<String>,
}

/// What became of a subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MigratedPrice {
    pub subscription_id: SubscriptionId,
    /// What a whole period of it costs.
    pub current_amount: i64,
    /// What it will; none: it is left out.
    pub new_amount: Option<i64>,
    /// The change that waits for its day.
    pub change_id: Option<SubscriptionChangeId>,
    pub takes_effect_on: Option<NaiveDate>,
    /// Why it keeps its price.
    pub left_out: Option<String>,
}

/// Has the subscriptions of a page be charged the price that is asked of their customers now, or on the day that is said,
/// from their renewal or from that day on. That waits as a change of its own beside those of the customer. Asked for again, a
/// change that waits stays as it is.
pub async fn migrate_prices(unit: &Unit, command: MigratePrices) -> Outcome<MigratedPrices> {
    let offer = unit.find::<offer::Entity>(command.offer_id).await?;
    let offer = offer.ok_or_else(|| access::not_found::<offer::Entity>("offerId"))?;
    let currency = validate::currency("currency", command.currency.clone())?;
    let seller = Seller::load(unit).await?;
    let today = seller.day(unit.now)?;
    check_day(&command, today)?;
    let sort = Sort::by_time(
        subscription::Column::CreatedAt,
        subscription::Column::Id,
        Direction::Ascending,
    );
    let sorted = sort.sorted();
    let running = List::new(running(unit, &offer, &currency), sort);
    let page = running.page(&unit.txn, &command.page).await?;
    let (page, follows) = page.map_err(refused_page)?;
    let last = page.last().filter(|_| follows);
    let end_cursor = last.map(|it| sorted.cursor(SortValue::Time(it.created_at), it.id.0));
    let mut subscriptions = Vec::with_capacity(page.len());
    for found in page {
        let migrating = migrate(unit, &seller, &command, found.id, today);
        subscriptions.push(Box::pin(migrating).await?);
    }
    Ok(MigratedPrices { currency, subscriptions, end_cursor })
}

/// The subscriptions to an offer that are charged by periods, and go on.
fn running(unit: &Unit, offer: &offer::Model, currency: &str) -> Select<subscription::Entity> {
    use SubscriptionStatus::{Active, PendingCancel, Suspended};
    use subscription::Column::{Currency, OfferId, Status};
    access::visible::<subscription::Entity>(&unit.viewer)
        .filter(OfferId.eq(offer.id))
        .filter(Currency.eq(currency))
        .filter(Status.is_in([Active, PendingCancel, Suspended]))
}

fn refused_page(invalid: InvalidPage) -> Refusal {
    match invalid {
        InvalidPage::BothEnds | InvalidPage::Size => {
            Refusal::invalid("first", "A page has 1 to 100 items.")
        }
        InvalidPage::Cursor(field) => Refusal::invalid(field, "Give a cursor of this list."),
    }
}

/// Refuses a day that is missing, does not belong there, has come, or is further away than anybody plans.
fn check_day(command: &MigratePrices, today: NaiveDate) -> Result<(), Refusal> {
    const MOST_YEARS: Months = Months::new(10 * 12);
    let refused = |message: &str| Err(Refusal::invalid("date", message));
    match (command.time, command.on) {
        (ChangeTime::Now, _) => {
            let message = "Prices of what runs change on renewal, or on a day to come.";
            Err(Refusal::invalid("when", message))
        }
        (ChangeTime::OnRenewal, Some(_)) => refused("A day is said for ON_DATE only."),
        (ChangeTime::OnDate, None) => refused("Say on which day."),
        (ChangeTime::OnDate, Some(day)) if day <= today => refused("The day has come."),
        (ChangeTime::OnDate, Some(day)) if day > today + MOST_YEARS => {
            refused("A day is ten years from now at most.")
        }
        (ChangeTime::OnRenewal, None) | (ChangeTime::OnDate, Some(_)) => Ok(()),
    }
}

async fn migrate(
    unit: &Unit,
    seller: &Seller,
    command: &MigratePrices,
    id: SubscriptionId,
    today: NaiveDate,
) -> Outcome<MigratedPrice> {
    let mut subscription = subscriptions::row::lock(unit, id).await?;
    let course = Course::load(unit, seller, &subscription).await?;
    let sold = course.instance_on(today).clone();
    let rounding = seller.terms.rounding;
    let whole = |sold: &PlanInstance, subscription: &subscription::Model| {
        let amount = whole_of(sold, subscription.step, subscription.quantity, rounding);
        amount.map_err(|_| {
            Error::from(Refusal::new(RefusalCode::AmountTooLarge, "The amount is too large."))
        })
    };
    let mut migrated = MigratedPrice {
        subscription_id: id,
        current_amount: whole(&sold, &subscription)?,
        new_amount: None,
        change_id: None,
        takes_effect_on: None,
        left_out: None,
    };
    let subscription::Model { customer_id, partner_id, agreement_id, offer_id, .. } = subscription;
    let customer = unit.related::<customer::Entity>(customer_id).await?;
    let payer = Payer::of(&customer, partner_id, agreement_id);
    let day = command.on.unwrap_or(today);
    let mut prices = asked(unit, payer, [offer_id], &subscription.currency, day).await?;
    let price = prices.remove(&offer_id);
    let other = match at_price(&subscription, &course.changes, &sold, price.as_ref()) {
        Ok(other) => other,
        Err(reason) => {
            migrated.left_out = Some(reason.to_owned());
            return Ok(migrated);
        }
    };
    let new_amount = whole(&other, &subscription)?;
    let is_there = |change: &&subscription_change::Model| {
        is_pending(change)
            && change.kind == SubscriptionChangeKind::Price
            && change.change_time == command.time
            && command.on.is_none_or(|day| change.takes_effect_on == day)
            && change.plan_instance.as_ref().is_some_and(|sold| is_same(sold, &other))
    };
    let mut registered = course.changes.iter().find(is_there).cloned();
    if registered.is_none() {
        let new = NewChange {
            kind: SubscriptionChangeKind::Price,
            time: command.time,
            on: command.on,
            quantity: None,
            offer: Some((offer_id, other.clone())),
            keep_anchor: true,
            auto_renew: None,
            pending_cancellation: Some(PendingCancellation::Keep),
            undoes: false,
            follows: None,
        };
        let origin = Origin::default();
        let registering = change(unit, seller, &mut subscription, new, &origin);
        // One that cannot be billed holds up no other.
        match unit.txn.all_or_nothing(registering).await? {
            Ok(()) => {}
            Err(Error::Refused(refusals)) => {
                let reasons = refusals.into_iter().map(|refusal| refusal.message);
                migrated.left_out = Some(reasons.collect::<Vec<_>>().join(" "));
                return Ok(migrated);
            }
            Err(failed @ Error::Failed(_)) => return Err(failed),
        }
        registered = waiting(unit, &subscription).await?.iter().find(is_there).cloned();
    }
    migrated.new_amount = Some(new_amount);
    migrated.change_id = registered.as_ref().map(|change| change.id);
    migrated.takes_effect_on = registered.map(|change| change.takes_effect_on);
    Ok(migrated)
}

/// What waits for its day of a subscription.
async fn waiting(
    unit: &Unit,
    subscription: &subscription::Model,
) -> Outcome<Vec<subscription_change::Model>> {
    use subscription_change::Column;
    Ok(subscription_change::Entity::find()
        .filter(Column::TenantId.eq(subscription.tenant_id))
        .filter(Column::SubscriptionId.eq(subscription.id))
        .filter(Column::Status.eq(SubscriptionChangeStatus::Pending))
        .order_by_asc(Column::ChangeNumber)
        .all(&unit.txn)
        .await?)
}
