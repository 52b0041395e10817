//! What a billing run would charge.

use chrono::{DateTime, Utc};
use entity::{plan_instance::Charges, subscription};

use super::{due::due_subscriptions, lateness::check_lateness, start};
use crate::{
    error::{Error, Outcome},
    services::{
        billing::quote,
        page::{Direction, InvalidPage, List, PageRequest, Sort, SortValue},
        seller::Seller,
        unit::Unit,
    },
};

/// What might be billed: a page of it, those first that have been due longest.
#[derive(Clone, Debug)]
pub struct PreviewBilling {
    /// What is due by then; none: now.
    pub as_of: Option<DateTime<Utc>>,
    pub page: PageRequest,
}

/// A page of what a run would charge.
#[derive(Clone, Debug)]
pub struct BillingPreview {
    pub as_of: DateTime<Utc>,
    pub due: Vec<DueSubscription>,
    /// Where the next page begins; none: this is the last.
    pub end_cursor: Option<String>,
}

/// A subscription that is due.
#[derive(Clone, Debug)]
pub struct DueSubscription {
    pub subscription: subscription::Model,
    /// What it would be charged, or why it would be put on hold.
    pub charges: Result<Charges, String>,
}

/// What a run as of a moment would charge the subscriptions of a page, worked out by the function that bills them. Changes
/// nothing. Refused where the moment lies too far ahead.
pub async fn preview_billing(
    unit: &Unit,
    command: PreviewBilling,
) -> Outcome<Result<BillingPreview, InvalidPage>> {
    use subscription::Column::{Id, NextBillingAt};
    let as_of = command.as_of.unwrap_or(unit.now);
    start::check_dry_run(unit, as_of)?;
    let sort = Sort::by_time(NextBillingAt, Id, Direction::Ascending);
    let sorted = sort.sorted();
    let due = List::new(due_subscriptions(unit.viewer.tenant_id, as_of), sort);
    let (page, follows) = match due.page(&unit.txn, &command.page).await? {
        Ok(page) => page,
        Err(invalid) => return Ok(Err(invalid)),
    };
    let last = page.last().filter(|_| follows);
    let end_cursor = last
        .and_then(|it| Some((it.next_billing_at?, it.id)))
        .map(|(at, id)| sorted.cursor(SortValue::Time(at), id.0));
    let seller = Seller::load(unit).await?;
    let mut due = Vec::with_capacity(page.len());
    for subscription in page {
        let charges = match charges(unit, &seller, &subscription, as_of).await {
            Ok(charges) => Ok(charges),
            Err(Error::Refused(refusals)) => {
                let reasons = refusals.into_iter().map(|refusal| refusal.message);
                Err(reasons.collect::<Vec<_>>().join(" "))
            }
            Err(failed @ Error::Failed(_)) => return Err(failed),
        };
        due.push(DueSubscription { subscription, charges });
    }
    Ok(Ok(BillingPreview { as_of, due, end_cursor }))
}

async fn charges(
    unit: &Unit,
    seller: &Seller,
    subscription: &subscription::Model,
    as_of: DateTime<Utc>,
) -> Outcome<Charges> {
    if let (Some(due_at), None) = (subscription.next_billing_at, subscription.billing_held_since) {
        let now = unit.now.min(as_of);
        check_lateness(unit, seller, subscription.offer_id, due_at, now).await?;
    }
    quote::due(unit, seller, subscription, as_of).await
}
