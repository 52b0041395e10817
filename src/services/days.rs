//! Days of a seller: an instant becomes a date in the seller's time zone, and a date the instant at which it begins.

use anyhow::anyhow;
use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::{Tz, date_in, day_begins};
use entity::tenant;

use crate::error::Outcome;

/// A time zone by its name.
pub(crate) fn zone(name: &str) -> Outcome<Tz> {
    Ok(name.parse().map_err(|_| anyhow!("no time zone is called {name}"))?)
}

/// The day that it is in a zone.
pub(crate) fn day(zone: Tz, instant: DateTime<Utc>) -> Outcome<NaiveDate> {
    Ok(date_in(zone, instant).map_err(|error| anyhow!("{instant} has no date: {error:?}"))?)
}

/// The moment at which a day begins in a zone.
pub(crate) fn begins(zone: Tz, day: NaiveDate) -> Outcome<DateTime<Utc>> {
    Ok(day_begins(zone, day).map_err(|error| anyhow!("{day} does not begin: {error:?}"))?)
}

/// The day that it is for the seller.
pub(crate) fn of(tenant: &tenant::Model, instant: DateTime<Utc>) -> Outcome<NaiveDate> {
    day(zone(&tenant.time_zone)?, instant)
}
