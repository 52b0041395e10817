//! Ending a price.

use chrono::NaiveDate;
use entity::{PriceId, offer, price};
use sea_orm::EntityTrait;

use super::{row, validity::Validity};
use crate::{
    access,
    error::{Outcome, Refusal},
    services::unit::Unit,
    wakeups::Hint,
};

/// From when on a price is no longer to be asked.
#[derive(Clone, Copy, Debug)]
pub struct EndPrice {
    pub price_id: PriceId,
    /// The first day on which it is not; none: today.
    pub on: Option<NaiveDate>,
}

/// Ends a price, or has it never begin. What was sold at it goes on as it is. A price that has an end can end earlier, and
/// not later.
pub async fn end_price(unit: &Unit, command: EndPrice) -> Outcome<PriceId> {
    let not_found = || access::not_found::<price::Entity>("id");
    let found = unit.find::<price::Entity>(command.price_id).await?.ok_or_else(not_found)?;
    unit.lock_related::<offer::Entity>(found.offer_id).await?;
    // Read again: what was read before the lock may have changed.
    let price = price::Entity::find_by_id(found.id).one(&unit.txn).await?;
    let mut price = price.ok_or_else(not_found)?;
    let today = unit.today().await?;
    let on = command.on.unwrap_or(today);
    if on < today {
        return Err(Refusal::invalid("on", "The day is over.").into());
    }
    // One that would end before it begins is never asked.
    let until = price.valid_from.map_or(on, |from| from.max(on));
    if price.valid_until.is_some_and(|end| end < until) {
        let message = "It ends before that day. Create another price from its end on.";
        return Err(Refusal::invalid("on", message).into());
    }
    if price.valid_until == Some(until) {
        return Ok(price.id);
    }
    let validity = Validity { from: price.valid_from, until: Some(until) };
    row::set_validity(unit, &mut price, validity, today).await?;
    unit.announce(Hint::CatalogueChanged(unit.viewer.tenant_id));
    Ok(price.id)
}
