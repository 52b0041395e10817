//! What holds for all figures, tried with random ones.

use std::collections::HashMap;

use chrono::{Datelike, Days, TimeDelta};
use chrono_tz::TZ_VARIANTS;
use domain::billing::{
    CancellationDay, Cause, CreditableLine, CreditedGroup, Discount, DiscountDuration,
    DiscountKind, EarlierCredit, NewAnchor, PriceModel, Proration, Rate, SuspensionBilling,
    TaxCategory, TaxRate, TaxedLine, Tier, Tiers, allocate, cash_rounding, cumulative, over_lines,
    settle_credit, settle_payment, split, totals,
};
use proptest::{prelude::*, sample::select};

use super::*;

fn rounding() -> impl Strategy<Value = RoundingMode> {
    select(&BOTH[..])
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (0..14_000_u64).prop_map(|after| day("2000-01-01") + Days::new(after))
}

fn interval() -> impl Strategy<Value = Interval> {
    select(vec![
        Interval::WEEKLY,
        Interval::MONTHLY,
        Interval::QUARTERLY,
        Interval::HALF_YEARLY,
        Interval::YEARLY,
        Interval::THREE_YEARLY,
        Interval::days(30).unwrap(),
    ])
}

fn zone() -> impl Strategy<Value = Tz> {
    select(&TZ_VARIANTS[..])
}

fn share_of_days() -> impl Strategy<Value = Share> {
    (1..1_100_i64)
        .prop_flat_map(|of_days| (0..=of_days).prop_map(move |days| (days, of_days)))
        .prop_map(|(days, of_days)| Share::new(days, of_days).unwrap())
}

fn lines() -> impl Strategy<Value = Vec<TaxedLine>> {
    let categories = select(vec![TaxCategory::Standard, TaxCategory::Exempt]);
    let rates = (categories, select(vec![0, 550, 2_000, 2_333]));
    let line = (-50_000..50_000_i64, rates);
    (prop::collection::vec(line, 0..12), any::<bool>()).prop_map(|(lines, includes_tax)| {
        let line = |(amount, (category, basis_points))| TaxedLine {
            amount,
            rate: TaxRate { category, basis_points },
            includes_tax,
        };
        lines.into_iter().map(line).collect()
    })
}

/// All policies, or only that which counts days and nothing else.
fn policies(by_day: bool) -> impl Strategy<Value = ProrationPolicy> {
    let all = vec![Proration::ByDay, Proration::None, Proration::Full];
    let days = vec![CancellationDay::Credited, CancellationDay::Consumed];
    (prop::array::uniform5(select(all)), select(days), select(vec![None, None, Some(100)]))
        .prop_map(move |(chosen, cancellation_day, refund_window_hours)| {
            let [first_period, increase, decrease, paid_cancellation, unpaid_cancellation] = chosen;
            let policy = ProrationPolicy {
                first_period,
                increase,
                decrease,
                paid_cancellation,
                unpaid_cancellation,
                cancellation_day,
                refund_window_hours,
                suspension: SuspensionBilling::Continues,
            };
            if by_day { ProrationPolicy::default() } else { policy }
        })
}

/// A subscription to which much happens, and at last perhaps its end.
fn story() -> impl Strategy<Value = Story> {
    story_of(1, false)
}

/// The same with prices so many times as high; or one that ends for certain, and has no discounts.
fn story_of(scale: i64, ends: bool) -> impl Strategy<Value = Story> {
    let settings = (rounding(), zone(), select(vec![0, 0, 9, 20]), date(), 1..=31_u32);
    let sold = (
        select(vec![Interval::MONTHLY, Interval::WEEKLY, Interval::YEARLY]),
        1..60_i64,
        1..9_i64,
        select(vec![Timing::InAdvance, Timing::InAdvance, Timing::InArrears]),
        select(vec![SuspensionBilling::Continues, SuspensionBilling::Stops]),
        0..10_000_i64,
    );
    let happens = prop::collection::vec((0..40_u64, 0..6, 1..9_i64), 0..12);
    let cancelled =
        if ends { vec![Some(true), Some(false)] } else { vec![None, Some(true), Some(false)] };
    (settings, sold, happens, select(cancelled), policies(ends)).prop_map(
        move |(settings, sold, happens, cancelled, policy)| {
            let (rounding, zone, lead_days, first_day, anchor_day) = settings;
            let (interval, price, quantity, timing, suspension, discount) = sold;
            let policy = ProrationPolicy { suspension, ..policy };
            let of = |price, interval, id| {
                let components = vec![component(1, Price::each(price * scale), timing)];
                let steps = vec![Step { periods: None, interval, components }];
                let mut plan = copy(plan_of(steps, BillingAlignment::Anniversary, policy), id);
                plan.lead_days = lead_days;
                plan
            };
            let mut story = Story::of_plan(of(price, interval, 1), &first_day.to_string())
                .anchored(&first_day.to_string(), anchor_day)
                .units(quantity)
                .rounded(rounding);
            story.zone = zone;
            story.discounts = vec![Discount {
                kind: DiscountKind::Percent(if ends { 0 } else { discount }),
                duration: DiscountDuration::Periods(2),
                plans: None,
                first_period: 2,
            }];
            // What is issued early keeps the anchor that was known then.
            let moves = lead_days == 0 || !ends;
            let (mut on, mut suspended, mut now) = (first_day, false, interval);
            for (number, (later, what, value)) in (2..).zip(happens) {
                on = on + Days::new(later);
                let kind = match what {
                    _ if suspended => ChangeKind::Resume {
                        anchor: (what == 0 && moves).then(|| Anchor::on(on, now)),
                    },
                    0 => switch(of(value * 7, interval, number), NewAnchor::Keep),
                    1 => switch(of(value * 70, Interval::YEARLY, number), NewAnchor::Restart),
                    2 => ChangeKind::Suspend,
                    3 if moves => ChangeKind::Reanchor(Anchor::on(on, now)),
                    _ => ChangeKind::Quantity(value),
                };
                suspended = matches!(kind, ChangeKind::Suspend);
                if let ChangeKind::Plan { plan, .. } = &kind {
                    now = plan.first_interval().unwrap();
                }
                story = dated(story, on, kind);
            }
            if let Some(paid) = cancelled {
                story = dated(story, on + Days::new(11), ChangeKind::Cancel { paid });
            }
            story
        },
    )
}

/// A change in the afternoon of the seller's day.
fn dated(mut story: Story, on: NaiveDate, kind: ChangeKind) -> Story {
    let number = story.changes.len();
    let at = day_begins(story.zone, on).unwrap()
        + TimeDelta::hours(15)
        + TimeDelta::seconds(i64::try_from(number).unwrap());
    let id = Uuid::from_u128(1_000 + number as u128);
    story.changes.push(Change { on, ..Change::now(id, at, story.terms(), kind).unwrap() });
    story
}

/// What a subscription comes to that has ended, a day at a time: each day costs what is in force on it, divided by the days
/// of its period.
fn day_by_day(story: &Story) -> i64 {
    let price = |plan: &Plan| {
        let component = &plan.step_after(0).unwrap().components[0];
        component.price.of(1).unwrap().rounded(HalfUp).unwrap()
    };
    let (mut anchor, mut whole) = (story.anchor, None::<Period>);
    let (mut unit_price, mut quantity) = (price(&story.plan), story.quantity);
    let mut suspended = false;
    let stops = story.plan.policy.suspension == SuspensionBilling::Stops;
    let mut due = Exact::ZERO;
    let mut on = story.first_day;
    loop {
        for change in story.changes.iter().filter(|change| change.on == on) {
            // On its first day, a period begins before what happens in it.
            if whole.is_none_or(|whole| whole.end() <= on) && !(suspended && stops) {
                whole = Some(anchor.period_with(on).unwrap());
            }
            match &change.kind {
                ChangeKind::Quantity(units) => quantity = *units,
                ChangeKind::Plan { plan, anchor: new, .. } => {
                    unit_price = price(plan);
                    let interval = plan.first_interval().unwrap();
                    if *new == NewAnchor::Restart {
                        (anchor, whole) = (Anchor::on(on, interval), None);
                    } else if interval != anchor.interval() {
                        (anchor, whole) = (anchor.with_interval(interval), None);
                    }
                }
                ChangeKind::Suspend => suspended = true,
                ChangeKind::Resume { anchor: new } => {
                    suspended = false;
                    anchor = new.unwrap_or(anchor);
                    whole = whole.filter(|_| new.is_none() || !stops);
                }
                ChangeKind::Reanchor(new) => anchor = *new,
                ChangeKind::Cancel { .. } | ChangeKind::Undo => {
                    return due.rounded(HalfUp).unwrap();
                }
            }
        }
        if !(suspended && stops) {
            if whole.is_none_or(|whole| whole.end() <= on) {
                whole = Some(anchor.period_with(on).unwrap());
            }
            let of_day = Exact::from(unit_price * quantity).times(1, whole.unwrap().days());
            due = due.plus(of_day.unwrap()).unwrap();
        }
        on = on + Days::new(1);
    }
}

fn last_day(story: &Story) -> NaiveDate {
    let last = story.changes.last().map_or(story.first_day, |change| change.on);
    last + Days::new(70)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// 1, for a share of a line.
    #[test]
    fn a_credit_and_what_stays_are_what_was_billed(
        amount in -1_000_000_i64..1_000_000,
        share in share_of_days(),
        mode in rounding(),
        parts in prop::collection::vec(share_of_days(), 0..6),
    ) {
        let (credit, stays) = split(amount, share, mode).unwrap();
        prop_assert_eq!(credit + stays, amount);
        prop_assert!(credit.abs() <= amount.abs() && stays.abs() <= amount.abs());
        let mut line = CreditableLine::new(amount);
        for part in parts {
            line = line.credit(line.share(part, mode).unwrap()).unwrap();
            prop_assert!(line.credited.abs() <= amount.abs());
        }
        prop_assert_eq!(line.credited + line.left().unwrap(), amount);
    }

    /// 1, for all that happens to a subscription.
    #[test]
    fn no_line_is_credited_beyond_what_it_was(story in story()) {
        let lines = story.lines(&last_day(&story).to_string());
        let mut left: HashMap<_, _> = HashMap::new();
        for line in &lines {
            let corrected: i64 = line.corrects.iter().map(|corrected| corrected.amount).sum();
            prop_assert_eq!(corrected, (-line.amount).max(0));
            for corrected in &line.corrects {
                let left = left.get_mut(&corrected.key).unwrap();
                *left -= corrected.amount;
                prop_assert!(corrected.amount > 0 && *left >= 0, "{lines:#?}");
            }
            prop_assert!(left.insert(line.key, line.amount).is_none(), "two lines are the same");
        }
    }

    /// 1, for the tax of one line after the other.
    #[test]
    fn the_tax_of_all_credits_is_the_tax_that_was_billed(
        parts in prop::collection::vec(1_i64..100_000, 1..8),
        basis_points in 0..4_000,
        includes_tax in any::<bool>(),
        mode in rounding(),
    ) {
        let rate = TaxRate { category: TaxCategory::Standard, basis_points };
        let mut group = CreditedGroup::new(rate, includes_tax);
        let tax = rate.tax_of(parts.iter().sum(), includes_tax, mode).unwrap();
        for part in parts {
            let before = group.credited_tax;
            group = group.credit(part, mode).unwrap();
            prop_assert!((before..=tax).contains(&group.credited_tax));
        }
        prop_assert_eq!(group.credited_tax, tax);
    }

    /// 2.
    #[test]
    fn the_parts_of_a_period_add_up(
        amount in -1_000_000_i64..1_000_000,
        stretches in prop::collection::vec(0..90_i64, 1..12),
        mode in rounding(),
    ) {
        let of_days = stretches.iter().sum::<i64>().max(1);
        let whole: i64 = if stretches.iter().sum::<i64>() == 0 { 0 } else { amount };
        let parts = cumulative(amount, &stretches, of_days, mode).unwrap();
        prop_assert_eq!(parts.iter().sum::<i64>(), whole);
        let mut cut = stretches.clone();
        cut.insert(0, 0);
        cut.push(0);
        let mut parts_of_cut = parts;
        parts_of_cut.insert(0, 0);
        parts_of_cut.push(0);
        prop_assert_eq!(cumulative(amount, &cut, of_days, mode).unwrap(), parts_of_cut);
    }

    /// 3: whatever was changed before, and however it goes round.
    #[test]
    fn all_that_leads_back_on_a_day_comes_to_nothing(
        mode in rounding(),
        first_day in date(),
        prices in prop::collection::vec(1..5_000_i64, 3),
        quantity in 1..20_i64,
        earlier in prop::collection::vec((1..5_u64, 1..20_i64), 0..4),
        later in 1..8_u64,
        round in prop::collection::vec((0..3_usize, 1..20_i64), 1..8),
    ) {
        let of = |which: usize, id| {
            let components = vec![component(1, Price::each(prices[which]), Timing::InAdvance)];
            let steps = vec![Step { periods: None, interval: Interval::MONTHLY, components }];
            copy(plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default()), id)
        };
        let to = |which, quantity, id| ChangeKind::Plan {
            plan: Box::new(of(which, id)),
            quantity: Some(quantity),
            anchor: NewAnchor::Keep,
        };
        let mut story = Story::of_plan(of(0, 100), &first_day.to_string())
            .units(quantity)
            .rounded(mode);
        let (mut on, mut before) = (first_day, quantity);
        for (later, quantity) in earlier {
            on = on + Days::new(later);
            story = dated(story, on, ChangeKind::Quantity(quantity));
            before = quantity;
        }
        on = on + Days::new(later);
        let so_far: i64 = story.amounts(&on.to_string()).iter().sum();
        let mut now = 0;
        for (id, (which, quantity)) in (200..).zip(round) {
            let kind = if which == now {
                ChangeKind::Quantity(quantity)
            } else {
                to(which, quantity, id)
            };
            now = which;
            story = dated(story, on, kind);
        }
        story = dated(story, on, to(0, before, 300));
        let lines = story.amounts(&on.to_string());
        prop_assert_eq!(lines.iter().sum::<i64>(), so_far, "{:?}", lines);
    }

    /// 4.
    #[test]
    fn an_allocation_adds_up_and_knows_only_proportions(
        total in any::<i64>().prop_filter("has another side", |total| *total > i64::MIN),
        weights in prop::collection::vec(0..1_000_000_i64, 1..10),
        factor in 1..1_000_i64,
    ) {
        let parts = allocate(total, &weights).unwrap();
        prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), total.into());
        prop_assert!(parts.iter().all(|part| part.signum() * total.signum() >= 0));
        let scaled: Vec<_> = weights.iter().map(|weight| weight * factor).collect();
        prop_assert_eq!(allocate(total, &scaled).unwrap(), parts);
    }

    /// 5, and 6: what is taken back in full was charged in full; net and tax are gross; the order of lines is nothing.
    #[test]
    fn documents_add_up_and_have_their_mirror(lines in lines(), mode in rounding()) {
        let document = totals(&lines, mode).unwrap();
        let nets: i64 = document.taxes.iter().map(|group| group.net).sum();
        let taxes: i64 = document.taxes.iter().map(|group| group.tax).sum();
        prop_assert_eq!((nets, taxes), (document.net, document.tax));
        prop_assert_eq!(document.gross, nets + taxes);
        let mirrored = |line: &TaxedLine| TaxedLine { amount: -line.amount, ..*line };
        let mirror = totals(&lines.iter().map(mirrored).collect::<Vec<_>>(), mode).unwrap();
        for (group, other) in document.taxes.iter().zip(&mirror.taxes) {
            prop_assert_eq!((group.net + other.net, group.tax + other.tax), (0, 0));
            prop_assert_eq!(group.rate, other.rate);
        }
        prop_assert_eq!(document.gross + mirror.gross, 0);
        let backwards: Vec<_> = lines.into_iter().rev().collect();
        prop_assert_eq!(totals(&backwards, mode).unwrap(), document);
    }

    /// 5.
    #[test]
    fn rounding_treats_both_sides_of_zero_alike(
        amount in 0..i64::MAX,
        share in share_of_days(),
        mode in rounding(),
    ) {
        let positive = share.of(amount, mode).unwrap();
        prop_assert_eq!(share.of(-amount, mode).unwrap(), -positive);
    }

    /// 7.
    #[test]
    fn starts_rise_and_keep_the_anchors_day(
        date in date(),
        anchor_day in 1..=31_u32,
        interval in interval(),
        number in -120..400_i64,
    ) {
        let anchor = Anchor::with_day(date, anchor_day, interval).unwrap();
        let (start, next) = (anchor.start(number).unwrap(), anchor.start(number + 1).unwrap());
        prop_assert!(start < next);
        if interval != Interval::WEEKLY && interval != Interval::days(30).unwrap() {
            let ends_month = start.succ_opt().unwrap().day() == 1;
            let clamped = start.day() < anchor_day && ends_month;
            prop_assert!(start.day() == anchor_day || clamped, "{start}");
        }
        let anchored = |interval| Anchor::with_day(date, anchor_day, interval).unwrap();
        let (monthly, yearly) = (anchored(Interval::MONTHLY), anchored(Interval::YEARLY));
        prop_assert_eq!(monthly.start(12 * number).unwrap(), yearly.start(number).unwrap());
        let within = anchor.period_with(start).unwrap();
        prop_assert_eq!((within.start(), within.end()), (start, next));
        let last = next.pred_opt().unwrap();
        prop_assert_eq!(anchor.period_with(last).unwrap(), within);
    }

    /// 8, for the periods of an anchor and for those of a subscription.
    #[test]
    fn periods_have_no_gaps_and_do_not_overlap(
        date in date(),
        anchor_day in 1..=31_u32,
        interval in interval(),
        zone in zone(),
    ) {
        let anchor = Anchor::with_day(date, anchor_day, interval).unwrap();
        let periods: Vec<_> = (0..15).map(|number| anchor.period(number).unwrap()).collect();
        for pair in periods.windows(2) {
            prop_assert_eq!(pair[0].end(), pair[1].start());
            let starts = [pair[0], pair[1]].map(|period| day_begins(zone, period.start()).unwrap());
            prop_assert!(starts[0] < starts[1]);
        }
        let days: i64 = periods.iter().map(|period| period.days()).sum();
        prop_assert_eq!(days, (periods[14].end() - periods[0].start()).num_days());
    }

    /// 8, for a subscription to which much happens: each day of it is paid for once, by what was in force on it.
    #[test]
    fn each_day_is_paid_for_once(story in story_of(1_000_000, true)) {
        let lines = story.lines(&last_day(&story).to_string());
        let charged: i64 = lines.iter().map(|line| line.amount).sum();
        let due = day_by_day(&story);
        // A day is worth more than all that is rounded.
        let rounded = i64::try_from(lines.len()).unwrap() + 1;
        prop_assert!((charged - due).abs() <= rounded, "{charged} {due} {lines:#?}");
    }

    /// 9: twice, killed anywhere and begun again, late or in time.
    #[test]
    fn a_run_adds_what_is_due_and_nothing_else(
        story in story(),
        killed in prop::collection::vec(0..4_usize, 0..40),
    ) {
        let last = last_day(&story);
        let late = story.lines(&last.to_string());
        let mut in_time = story;
        let mut killed = killed.into_iter();
        let mut on = in_time.first_day;
        while on <= last {
            let lines = in_time.lines(&on.to_string());
            let kept = killed.next().unwrap_or(lines.len());
            let kept = lines.into_iter().take(kept).map(|line| BilledLine { line, credited: 0 });
            in_time.billed.extend(kept);
            on = on + Days::new(6);
        }
        in_time.bill(&last.to_string());
        prop_assert!(in_time.lines(&last.to_string()).is_empty());
        let sorted = |mut lines: Vec<ChargeLine>| {
            lines.sort_by_key(|line| format!("{:?}", line.key));
            lines
        };
        let billed = in_time.billed.into_iter().map(|billed| billed.line).collect();
        prop_assert_eq!(sorted(billed), sorted(late));
    }

    /// 10.
    #[test]
    fn more_units_never_cost_less_by_tiers(
        rows in prop::collection::vec((1..50_i64, 0..1_000_i64, 0..5_000_i64, 1..20_i64), 1..5),
        quantity in 0..300_i64,
        packages in any::<bool>(),
    ) {
        let mut bound = 0;
        let count = rows.len();
        let tier = |(position, (length, amount, flat_amount, size))| {
            bound += length;
            let rate =
                if packages { Rate::package(amount, size) } else { Ok(Rate::each(amount)) };
            let up_to = (position + 1 < count).then_some(bound);
            Tier { up_to, rate: rate.unwrap(), flat_amount }
        };
        let tiers: Vec<_> = rows.into_iter().enumerate().map(tier).collect();
        let price = Price::from(PriceModel::Tiered(Tiers::new(tiers).unwrap()));
        let cost = |quantity| price.of(quantity).unwrap().rounded(HalfUp).unwrap();
        prop_assert!(cost(quantity) <= cost(quantity + 1));
    }

    /// 11.
    #[test]
    fn a_preview_is_what_is_written(story in story()) {
        let Some(last) = story.changes.last().cloned() else { return Ok(()) };
        let mut before = story;
        before.changes.pop();
        before.billed = Vec::new();
        let now = last.at - TimeDelta::seconds(1);
        let billed = before.ask(now).unwrap().lines;
        before.billed = billed.into_iter().map(|line| BilledLine { line, credited: 0 }).collect();
        before.changes.push(last.clone());
        let preview = before.ask(last.at).unwrap().lines;
        before.billed = Vec::new();
        let written = before.ask(last.at).unwrap().lines;
        prop_assert!(written.ends_with(&preview));
        prop_assert!(preview.iter().all(|line| line.due_on <= last.on
            || matches!(line.key.cause, Cause::Period(_))));
    }

    /// 12: what was billed stays as it is, and is credited as it was billed.
    #[test]
    fn new_settings_are_for_new_lines(
        story in story(),
        zone in zone(),
        paid in any::<bool>(),
    ) {
        let mut story = story;
        let cancelled = |change: &Change| matches!(change.kind, ChangeKind::Cancel { .. });
        story.changes.retain(|change| !cancelled(change));
        let last = story.changes.last().map_or(story.first_day, |change| change.on);
        story.bill(&(last + Days::new(20)).to_string());
        let mut story = dated(story, last + Days::new(20), ChangeKind::Cancel { paid });
        let until = last_day(&story).to_string();
        let credits = |story: &Story| -> Vec<_> {
            let lines = story.lines(&until).into_iter();
            lines.filter(|line| line.amount < 0).map(|line| (line.key, line.amount)).collect()
        };
        let before = credits(&story);
        story.rounding = if story.rounding == HalfUp { HalfEven } else { HalfUp };
        story.zone = zone;
        prop_assert_eq!(credits(&story), before);
    }

    /// Of what is undone nothing is left, also where some was credited by hand; and it is undone once.
    #[test]
    fn of_what_is_undone_nothing_is_left(story in story(), by_hand in 0_i64..500) {
        let mut story = story;
        story.changes.retain(|change| !matches!(change.kind, ChangeKind::Cancel { .. }));
        let last = story.changes.last().map_or(story.first_day, |change| change.on);
        story.bill(&(last + Days::new(20)).to_string());
        let corrects = story.billed.iter().flat_map(|billed| &billed.line.corrects);
        let corrected: Vec<_> = corrects.map(|corrected| corrected.key).collect();
        for billed in &mut story.billed {
            if billed.line.amount > 0 && !corrected.contains(&billed.line.key) {
                billed.credited = by_hand.min(billed.line.amount);
            }
        }
        let mut story = dated(story, last + Days::new(20), ChangeKind::Undo);
        let until = last_day(&story).to_string();
        story.bill(&until);
        let charged: i64 = story.billed.iter().map(|billed| billed.line.amount).sum();
        let credited: i64 = story.billed.iter().map(|billed| billed.credited).sum();
        prop_assert_eq!(charged, credited);
        prop_assert_eq!(story.amounts(&until), Vec::<i64>::new());
    }

    /// What does not fit is an error, never a wrong number: arithmetic that overflows stops a test.
    #[test]
    fn no_figure_is_too_large_to_be_refused(
        one in extreme(),
        two in extreme(),
        three in extreme(),
        mode in rounding(),
        mut story in story(),
    ) {
        let fits = |amount: i128| i64::try_from(amount).ok().filter(|amount| *amount > i64::MIN);
        let product = Exact::from(one).times(two, 1).and_then(|amount| amount.rounded(mode));
        prop_assert_eq!(product.ok(), fits(i128::from(one) * i128::from(two)));
        let difference = Exact::from(one).minus(two.into()).and_then(|all| all.rounded(mode));
        prop_assert_eq!(difference.ok(), fits(i128::from(one) - i128::from(two)));
        let rate = TaxRate { category: TaxCategory::Standard, basis_points: i32::MAX };
        let lines = [one, two, three].map(|amount| TaxedLine { amount, rate, includes_tax: false });
        let tiers = Tiers::new(vec![
            Tier { up_to: Some(one), rate: Rate::each(two), flat_amount: three },
            Tier { up_to: None, rate: Rate::each(three), flat_amount: two },
        ]);
        drop((
            Exact::from(one).times(two, three).and_then(|all| all.times(three, two)),
            Share::new(one, two).and_then(|share| share.of(three, mode)),
            cumulative(one, &[two, three], two, mode),
            allocate(one, &[two, three]),
            totals(&lines, mode),
            over_lines(one, &[two, three]),
            cash_rounding(one, two, mode),
            settle_credit(one, two, three),
            settle_payment(one, two, three),
            CreditableLine { billed: one, credited: two }.credit(three),
            Share::new(one, two).and_then(|share| {
                CreditableLine { billed: three, credited: one }.units(share, 1, mode)
            }),
            Period::new(last_day(&story), last_day(&story) + Days::new(31)).and_then(|period| {
                let earlier = [EarlierCredit { amount: three, period: Some(period) }];
                CreditableLine { billed: one, credited: two }.rest(period, period, &earlier, mode)
            }),
            CreditedGroup::new(rate, true).credit(one, mode).and_then(|all| all.credit(two, mode)),
            tiers.and_then(|tiers| Price::from(PriceModel::Tiered(tiers)).of(three)),
            Rate::package(one, two).and_then(|rate| Price::from(PriceModel::Package(rate)).of(three)),
            story.anchor.start(one),
        ));
        let components = vec![component(1, Price::each(one), Timing::InAdvance)];
        let steps = vec![Step { periods: None, interval: Interval::MONTHLY, components }];
        story.plan = plan_of(steps, BillingAlignment::Anniversary, story.plan.policy);
        story.quantity = two;
        let last = last_day(&story).to_string();
        if let Ok(charges) = story.ask(story.end_of(&last)) {
            prop_assert!(charges.lines.iter().all(|line| line.amount > i64::MIN));
        }
    }
}

fn extreme() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, 2, i64::MAX / 2, i64::MAX]),
        -1_000..1_000_i64,
    ]
}

/// The policies that charge or credit in full have no part in what above is said to come to nothing.
#[test]
fn a_policy_of_all_or_nothing_is_not_symmetrical() {
    let policy = ProrationPolicy {
        increase: Proration::Full,
        decrease: Proration::ByDay,
        ..ProrationPolicy::default()
    };
    let story = Story::of_plan(with_policy(plan("10.00", Interval::MONTHLY), policy), "2026-04-01")
        .then("2026-04-16", ChangeKind::Quantity(2))
        .then("2026-04-16", ChangeKind::Quantity(1));
    assert_eq!(story.amounts("2026-04-16"), amounts("10.00 10.00 -5.00"));
}
