//! How often it is tried to post an event to a webhook endpoint, and when that is given up.

use chrono::{DateTime, TimeDelta, Utc};
use entity::WebhookDisabledReason;

const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(12);
/// An endpoint that has failed for so long is disabled.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(3);
/// The status with which a receiver says that it is no more.
const GONE: u16 = 410;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    Delivered,
    /// The receiver says that it is no more.
    Gone,
    Failed,
}

impl Came {
    /// What a receiver's answer means; none: it did not answer.
    pub fn of(status: Option<u16>) -> Self {
        match status {
            Some(200..=299) => Self::Delivered,
            Some(GONE) => Self::Gone,
            Some(_) | None => Self::Failed,
        }
    }
}

/// The failures of late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many there were since an event was last delivered.
    pub count: i32,
    /// When the first of them was.
    pub since: Option<DateTime<Utc>>,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The next event can go.
    GoOn,
    /// The same event goes again, not before a moment.
    TryAgain { failures: Failures, at: DateTime<Utc> },
    /// Nothing goes any more.
    Disable { failures: Failures, reason: WebhookDisabledReason },
}

/// What follows from an attempt at `now`, after these failures. `dice` is a random number from 0 to 1.
pub fn then(came: Came, before: Failures, now: DateTime<Utc>, dice: f64) -> Then {
    let failures = Failures {
        count: before.count.saturating_add(1),
        since: Some(before.since.unwrap_or(now)),
    };
    let failing_for = now - before.since.unwrap_or(now);
    match came {
        Came::Delivered => Then::GoOn,
        Came::Gone => Then::Disable { failures, reason: WebhookDisabledReason::Gone },
        Came::Failed if failing_for >= GIVEN_UP_AFTER => {
            Then::Disable { failures, reason: WebhookDisabledReason::Failing }
        }
        Came::Failed => Then::TryAgain { failures, at: now + pause(failures.count, dice) },
    }
}

/// The pause after so many failures: twice as long each time, and up to a quarter more or less, so that what failed
/// together does not come back together.
pub fn pause(failures: i32, dice: f64) -> TimeDelta {
    let doublings = failures.clamp(1, 32) - 1;
    let doubled = FIRST_PAUSE.num_seconds().saturating_mul(1 << doublings);
    let whole = TimeDelta::seconds(doubled).min(LONGEST_PAUSE);
    #[expect(clippy::cast_possible_truncation, reason = "percents")]
    let percent = (75.0 + dice.clamp(0.0, 1.0) * 50.0) as i32;
    (whole * percent / 100).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    #[test]
    fn only_an_answer_of_the_two_hundreds_is_a_delivery() {
        for status in [200, 202, 204, 299] {
            assert_eq!(Came::of(Some(status)), Came::Delivered, "{status}");
        }
        assert_eq!(Came::of(Some(410)), Came::Gone);
        for status in [100, 199, 300, 301, 307, 400, 404, 408, 429, 500, 503, 599] {
            assert_eq!(Came::of(Some(status)), Came::Failed, "{status}");
        }
        assert_eq!(Came::of(None), Came::Failed);
    }

    #[test]
    fn pauses_grow_from_seconds_to_half_a_day_and_differ() {
        let seconds = |failures, dice| pause(failures, dice).num_seconds();
        assert_eq!((seconds(1, 0.0), seconds(1, 0.5), seconds(1, 1.0)), (3, 5, 6));
        assert_eq!((seconds(2, 0.5), seconds(3, 0.5), seconds(10, 0.5)), (10, 20, 2_560));
        for failures in [14, 15, 40, i32::MAX] {
            let hours = |dice| pause(failures, dice).num_hours();
            assert!((8..=12).contains(&hours(0.0)) && hours(1.0) <= 12, "{failures}");
        }
        for failures in 1..40 {
            assert!(pause(failures, 0.2) <= pause(failures + 1, 0.2), "{failures}");
        }
    }

    #[test]
    fn an_endpoint_is_given_up_after_three_days_of_failing_and_not_before() {
        let (mut now, mut failures, mut tries) = (moment(0), Failures::default(), 0);
        let reason = loop {
            tries += 1;
            match then(Came::Failed, failures, now, 0.5) {
                Then::GoOn => panic!("a failure is no delivery"),
                Then::TryAgain { failures: later, at } => {
                    assert!(at > now && now < moment(3));
                    (failures, now) = (later, at);
                }
                Then::Disable { reason, failures } => {
                    assert_eq!(failures, Failures { count: tries, since: Some(moment(0)) });
                    break reason;
                }
            }
        };
        assert_eq!(reason, WebhookDisabledReason::Failing);
        assert!(now >= moment(3) && now < moment(4) && (15..30).contains(&tries), "{tries}");
    }

    #[test]
    fn one_that_says_it_is_gone_is_believed_and_a_delivery_ends_a_row_of_failures() {
        let failures = Failures { count: 7, since: Some(moment(0)) };
        let gone = then(Came::Gone, Failures::default(), moment(0), 0.5);
        let once = Failures { count: 1, since: Some(moment(0)) };
        assert_eq!(gone, Then::Disable { failures: once, reason: WebhookDisabledReason::Gone });
        assert_eq!(then(Came::Delivered, failures, moment(9), 0.5), Then::GoOn);
    }
}
