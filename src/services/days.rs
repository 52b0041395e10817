//! Days of a seller: an instant becomes a date in the seller's time zone.

use anyhow::anyhow;
use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::{Tz, date_in};
use entity::tenant;

use crate::error::Outcome;

/// The seller's time zone.
pub(crate) fn zone(tenant: &tenant::Model) -> Outcome<Tz> {
    let zone = tenant.time_zone.parse();
    Ok(zone.map_err(|_| anyhow!("tenant {} has no time zone that is known", tenant.id))?)
}

/// The day that it is for the seller.
pub(crate) fn of(tenant: &tenant::Model, instant: DateTime<Utc>) -> Outcome<NaiveDate> {
    let day = date_in(zone(tenant)?, instant);
    Ok(day.map_err(|error| anyhow!("{instant} has no date: {error:?}"))?)
}
