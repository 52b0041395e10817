//! What users of other systems reported.

use domain::billing::{Discount, DiscountDuration, DiscountKind, PendingCancellation, may_change};

use super::*;

#[test]
fn discounts_count_periods() {
    let mut story = Story::of("50.00", "2026-01-31", Interval::MONTHLY);
    story.discounts = vec![Discount {
        kind: DiscountKind::Percent(2_000),
        duration: DiscountDuration::Periods(3),
        plans: None,
        first_period: 2,
    }];
    let expected = amounts("50.00 40.00 40.00 40.00 50.00");
    assert_eq!(story.amounts("2026-05-31"), expected, "V186");
}

#[test]
fn seats_that_come_and_go_cancel_out() {
    let mut story = Story::of("10.00", "2026-01-01", Interval::MONTHLY);
    for change in 0..8 {
        story = story.then("2026-01-12", ChangeKind::Quantity(2 - change % 2));
    }
    let lines = story.amounts("2026-01-31");
    assert_eq!(lines.len(), 9, "V190");
    assert_eq!(lines[1..].iter().sum::<i64>(), 0, "V190");
}

#[test]
fn a_pending_cancellation_is_not_forgotten() {
    let refused = Err(BillingError::CancellationPending);
    assert_eq!(may_change(true, None), refused, "V191");
    for choice in [PendingCancellation::Keep, PendingCancellation::Revoke] {
        assert_eq!(may_change(true, Some(choice)), Ok(()), "V191");
    }
    assert_eq!(may_change(false, None), Ok(()), "V191");
}

#[test]
fn what_has_ended_does_not_change() {
    let story = Story::of("10.00", "2026-01-01", Interval::MONTHLY)
        .then("2026-01-12", ChangeKind::Cancel { paid: true })
        .then("2026-01-13", ChangeKind::Quantity(2));
    assert_eq!(story.ask(story.end_of("2026-01-13")), Err(BillingError::Ended));
    assert_eq!(story.lines("2026-01-12").len(), 2);
}
