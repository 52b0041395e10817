//! Another plan within a period: the old price is credited, the new one charged, each rounded once.

use domain::billing::NewAnchor;

use super::*;

fn changed(
    before: Plan,
    first_day: &str,
    on: &str,
    after: Plan,
    anchor: NewAnchor,
) -> (Vec<i64>, Story) {
    let mut story = Story::of_plan(before, first_day).then(on, switch(copy(after, 2), anchor));
    let changes = story.changes.clone();
    story.changes.clear();
    let before = day(on).pred_opt().unwrap().max(story.first_day).to_string();
    story.bill(&before);
    story.changes = changes;
    (story.amounts(on), story)
}

#[test]
fn two_lines_each_rounded() {
    let monthly = Interval::MONTHLY;
    for (id, before, after, first_day, on, expected) in [
        ("V048", "10.00", "20.00", "2026-04-01", "2026-04-16", "-5.00 10.00"),
        ("V059", "10.00", "15.00", "2026-01-01", "2026-01-12", "-6.45 9.68"),
        ("V061", "10.00", "15.00", "2026-01-01", "2026-01-08", "-7.74 11.61"),
        ("V062", "60.00", "30.00", "2026-04-01", "2026-04-21", "-20.00 10.00"),
        ("V063", "30.00", "15.00", "2026-04-01", "2026-04-05", "-26.00 13.00"),
        ("V064", "30.00", "60.00", "2026-09-01", "2026-09-15", "-16.00 32.00"),
        ("V065", "10.00", "99.00", "2026-09-01", "2026-09-15", "-5.33 52.80"),
        ("V067", "10.00", "20.00", "2026-01-01", "2026-01-15", "-5.48 10.97"),
        ("V068", "100.00", "30.00", "2026-01-01", "2026-01-15", "-54.84 16.45"),
    ] {
        let (lines, _) =
            changed(plan(before, monthly), first_day, on, plan(after, monthly), NewAnchor::Keep);
        assert_eq!(lines, amounts(expected), "{id}");
    }
}

#[test]
fn a_new_interval_keeps_the_anchor_or_begins_a_new_term() {
    let restart = NewAnchor::Restart;
    let first_of_march = NewAnchor::At(Anchor::on(day("2015-03-01"), Interval::YEARLY));
    for (id, before, first_day, on, after, anchor, expected) in [
        (
            "V051",
            plan("249.95", Interval::MONTHLY),
            "2012-05-01",
            "2012-05-12",
            plan("2399.95", Interval::YEARLY),
            NewAnchor::Keep,
            "-161.26 2327.62",
        ),
        (
            "V051 a new term",
            plan("249.95", Interval::MONTHLY),
            "2012-05-01",
            "2012-05-12",
            plan("2399.95", Interval::YEARLY),
            restart,
            "-161.26 2399.95",
        ),
        (
            "V052",
            plan("29.95", Interval::MONTHLY),
            "2012-05-01",
            "2012-05-12",
            plan("69.95", Interval::QUARTERLY),
            NewAnchor::Keep,
            "-19.32 61.59",
        ),
        (
            "V053",
            plan("2399.95", Interval::YEARLY),
            "2015-01-01",
            "2015-03-15",
            plan("5999.95", Interval::YEARLY),
            first_of_march,
            "-1919.96 5770.44",
        ),
        (
            "V056",
            plan("79.00", Interval::MONTHLY),
            "2026-06-05",
            "2026-06-19",
            plan("790.00", Interval::YEARLY),
            restart,
            "-42.13 790.00",
        ),
        (
            "V066",
            plan("1920.00", Interval::YEARLY),
            "2026-01-01",
            "2026-04-11",
            plan("4800.00", Interval::YEARLY),
            restart,
            "-1393.97 4800.00",
        ),
    ] {
        let (lines, story) = changed(before, first_day, on, after, anchor);
        assert_eq!(lines, amounts(expected), "{id}");
        if id == "V056" {
            let next = story.ask(story.end_of(on)).unwrap().next_on;
            assert_eq!(next, Some(day("2027-06-19")), "{id}");
        }
    }
}

#[test]
fn each_credit_is_of_the_line_that_is_in_force() {
    let monthly = |price, id| copy(plan(price, Interval::MONTHLY), id);
    let story = Story::of_plan(monthly("599.95", 1), "2012-05-01")
        .then("2012-05-07", switch(monthly("9.95", 2), NewAnchor::Keep))
        .then("2012-05-08", switch(monthly("29.95", 3), NewAnchor::Keep));
    let expected = "599.95 -483.83 8.02 -7.70 23.19";
    assert_eq!(story.amounts("2012-05-08"), amounts(expected), "V054");
    let lines = story.lines("2012-05-08");
    assert_eq!(lines[3].corrects[0].key, lines[2].key, "V054");

    let story = Story::of_plan(monthly("10.00", 1), "2026-01-01")
        .then("2026-01-12", switch(monthly("15.00", 2), NewAnchor::Keep))
        .then("2026-01-12", switch(monthly("19.00", 3), NewAnchor::Keep));
    let expected = "10.00 -6.45 9.68 -9.68 12.26";
    assert_eq!(story.amounts("2026-01-12"), amounts(expected), "V060");
}

#[test]
fn the_amount_of_all_units_comes_first() {
    let story = Story::of("10.08", "2026-06-18", Interval::MONTHLY)
        .units(300)
        .then("2026-06-25", switch(copy(plan("6.43", Interval::MONTHLY), 2), NewAnchor::Keep));
    let expected = "3024.00 -2318.40 1478.90";
    assert_eq!(story.amounts("2026-06-25"), amounts(expected), "V057");
}

#[test]
fn what_was_used_and_what_is_left_come_to_what_is_charged() {
    let story = Story::of("2705.40", "2026-02-01", Interval::MONTHLY)
        .then("2026-02-07", switch(copy(plan("2791.80", Interval::MONTHLY), 2), NewAnchor::Keep));
    let lines = story.amounts("2026-02-07");
    assert_eq!(lines[0] + lines[1], minor("579.73"), "V058");
    assert_eq!(lines[2], minor("2193.56"), "V058");
    assert_eq!(lines[1] + lines[2], minor("67.89"), "V058");
}

#[test]
fn on_renewal_nothing_is_corrected() {
    let dearer = copy(plan("20.00", Interval::MONTHLY), 2);
    for lead_days in [0, 10] {
        let mut story = Story::of("10.00", "2026-01-01", Interval::MONTHLY).on_renewal(
            "2026-02-01",
            "2026-01-07",
            switch(dearer.clone(), NewAnchor::Keep),
        );
        story.plan.lead_days = lead_days;
        assert_eq!(story.amounts("2026-02-01"), amounts("10.00 20.00"), "V069");
    }
}

#[test]
fn what_is_free_has_no_lines() {
    let story = Story::of("0", "2026-01-01", Interval::MONTHLY)
        .then("2026-01-01", switch(copy(plan("30000", Interval::MONTHLY), 2), NewAnchor::Keep));
    assert_eq!(story.amounts("2026-01-31"), [30_000], "V070");
    assert_eq!(story.amounts("2026-02-01"), [30_000, 30_000], "V070");
}
