//! How much may be caught up on without anybody looking at it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::billing::{Anchor, Interval};
use entity::{OfferId, offer};
use sea_orm::EntityTrait;

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{seller::Seller, unit::Unit},
};

/// So many periods of a subscription.
const MOST_PERIODS: i64 = 36;

/// Refuses to bill at a moment what has been due for so long that somebody should look at it first.
pub(crate) async fn check_lateness(
    unit: &Unit,
    seller: &Seller,
    offer_id: OfferId,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    // No period is shorter than a week.
    if now - due_at < TimeDelta::weeks(MOST_PERIODS) {
        return Ok(());
    }
    let offer = offer::Entity::find_by_id(offer_id).one(&unit.txn).await?;
    let Some(period) = offer.and_then(|offer| offer.billing_period) else { return Ok(()) };
    let anchor = Anchor::on(seller.day(due_at)?, Interval::from(period));
    let too_late = anchor.start(MOST_PERIODS);
    if too_late.is_ok_and(|day| seller.day(now).is_ok_and(|today| day <= today)) {
        let message = format!(
            "There are more than {MOST_PERIODS} periods to catch up on. Look at it, and release it if they are to be \
             charged."
        );
        return Err(Refusal::new(RefusalCode::BillingLimitExceeded, message).into());
    }
    Ok(())
}
