//! Checks 3 to 6 and 10: what each watcher was told, in which order.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::report::Finding;
use crate::{
    entry::{Told, Watch},
    history::{History, Item, Log, LogName, Seen, Watcher},
};

/// How many missing positions a finding names.
const NAMED: usize = 8;

/// Check 3: watchers that were told different things at one position, or an order older than its event.
pub(super) fn divergence(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for watcher in &history.watchers {
        for item in &watcher.items {
            let Seen::Recv { epoch, pos, told } = &item.what else { continue };
            let Watcher { name, wants, .. } = watcher;
            let fact = log_of(history, &wants.tenant, epoch).and_then(|log| log.get(pos));
            if let Some(fact) = fact
                && let Some(difference) = difference(&fact.told, told)
            {
                let first = fact.line;
                findings.push(Finding::at(
                    item.line,
                    format!(
                        "{name} was told {difference} at {pos} than others from line {first} on"
                    ),
                ));
            }
            if let Some(now) = told.now
                && let Some(version) = fact.and_then(|fact| fact.told.ver)
                && now < version
            {
                findings.push(Finding::at(
                    item.line,
                    format!("{name} was told version {version} with the order still at {now}"),
                ));
            }
        }
    }
    findings
}

fn difference(known: &Told, told: &Told) -> Option<&'static str> {
    fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        one.zip(other).is_some_and(|(one, other)| one != other)
    }
    [
        ("another kind", differ(known.kind.as_ref(), told.kind.as_ref())),
        ("another order", differ(known.order.as_ref(), told.order.as_ref())),
        ("another version", differ(known.ver.as_ref(), told.ver.as_ref())),
        ("another trigger", differ(known.trigger.as_ref(), told.trigger.as_ref())),
        ("another status before", differ(known.from.as_ref(), told.from.as_ref())),
        ("another status", differ(known.to.as_ref(), told.to.as_ref())),
        ("another customer", differ(known.customer.as_ref(), told.customer.as_ref())),
        ("another partner", differ(known.partner.as_ref(), told.partner.as_ref())),
    ]
    .into_iter()
    .find_map(|(what, differs)| differs.then_some(what))
}

/// Check 4: what a watcher was told twice, and requests that were carried out twice.
pub(super) fn duplicate(history: &History) -> Vec<Finding> {
    let mut findings = walk_all(history).duplicate;
    for (log, facts) in &history.logs {
        let mut orders: HashMap<&str, &str> = HashMap::new();
        for fact in facts.values() {
            let Told { reference: Some(key), order: Some(order), .. } = &fact.told else {
                continue;
            };
            let first = *orders.entry(key).or_insert(order);
            if first != order {
                let LogName { tenant, .. } = log;
                let text =
                    format!("request {key} of {tenant} made two orders, {first} and {order}");
                findings.push(Finding::at(fact.line, text));
            }
        }
    }
    findings
}

/// Check 5: positions that went back.
pub(super) fn nonmonotonic(history: &History) -> Vec<Finding> {
    walk_all(history).nonmonotonic
}

/// Check 6: events that a watcher was led past, snapshots without what they claim to hold, gaps that were told without
/// need, and positions that nobody was told.
pub(super) fn skip(history: &History) -> Vec<Finding> {
    let mut findings = walk_all(history).skip;
    for (log, head) in &history.heads {
        let Some(facts) = history.logs.get(log) else { continue };
        let first = facts.keys().next().copied().unwrap_or_default();
        let missing: Vec<_> = (first..=*head).filter(|pos| !facts.contains_key(pos)).collect();
        if let Some(next) = missing.first() {
            let line = facts.range(next..).next().map_or(history.lines, |(_, fact)| fact.line);
            let text = format!("nobody of {} was told {}", log.tenant, list(&missing));
            findings.push(Finding::at(line, text));
        }
    }
    findings
}

/// Check 10: events of another tenant, outside the watcher's rights, or outside its filter.
pub(super) fn foreign(history: &History) -> Vec<Finding> {
    let mut homes: HashMap<&str, &str> = HashMap::new();
    for write in &history.writes {
        if let Some(order) = &write.order {
            homes.insert(order, &write.tenant);
        }
    }
    let mut findings = Vec::new();
    for watcher in &history.watchers {
        let Watcher { name, wants, .. } = watcher;
        for item in &watcher.items {
            let Seen::Recv { epoch, pos, told } = &item.what else { continue };
            let home = told.order.as_deref().and_then(|order| homes.get(order));
            if let Some(home) = home.filter(|home| ***home != *wants.tenant) {
                let text =
                    format!("{name} of {} was told at {pos} of an order of {home}", wants.tenant);
                findings.push(Finding::at(item.line, text));
                continue;
            }
            let fact = log_of(history, &wants.tenant, epoch).and_then(|log| log.get(pos));
            if fact.and_then(|fact| wants.wants(&fact.told)) == Some(false) {
                let text =
                    format!("{name} was told {pos}, which it must not see or did not ask for");
                findings.push(Finding::at(item.line, text));
            }
        }
    }
    findings
}

#[derive(Default)]
struct Walked {
    duplicate: Vec<Finding>,
    nonmonotonic: Vec<Finding>,
    skip: Vec<Finding>,
}

/// What watchers with the same wishes must be told of one log, in order.
type Expected<'a> = HashMap<(&'a Watch, &'a str), Arc<Vec<i64>>>;

fn walk_all(history: &History) -> Walked {
    let mut walked = Walked::default();
    let mut expected = Expected::new();
    let versions = Versions::of(history);
    for watcher in &history.watchers {
        walk(history, watcher, &mut expected, &versions, &mut walked);
    }
    walked
}

/// Follows one watcher through its connections.
fn walk<'a>(
    history: &'a History,
    watcher: &'a Watcher,
    expected: &mut Expected<'a>,
    versions: &Versions,
    walked: &mut Walked,
) {
    let Watcher { name, wants, items, .. } = watcher;
    // Everything up to here was told, or is not for this watcher.
    let mut at: Option<i64> = None;
    let mut told = BTreeSet::new();
    for Item { line, what, .. } in items {
        let (epoch, pos) = match what {
            Seen::Join { .. } | Seen::Close => continue,
            Seen::Resume { pos, .. } => {
                // Where the watcher says that it is; where it has been counts more.
                at = at.or(Some(*pos));
                continue;
            }
            Seen::Gap { epoch, reason, earliest, latest } => {
                if !is_needed(history, wants, epoch, reason, *earliest, at) {
                    let text = format!("{name} was told of a gap ({reason}) that there is not");
                    walked.skip.push(Finding::at(*line, text));
                }
                at = Some(*latest);
                continue;
            }
            // What they tell is state, not events; see `states.rs`.
            Seen::Counts { pos, .. } | Seen::Page { pos, .. } => {
                at = Some(at.map_or(*pos, |at| at.max(*pos)));
                continue;
            }
            Seen::Recv { epoch, pos, .. } | Seen::Passed { epoch, pos } => (epoch, *pos),
            Seen::Snapshot { epoch, pos, order, ver } => {
                let held = versions.at(&wants.tenant, epoch, order, *pos);
                if *ver < held {
                    let text = format!(
                        "{name} got {order} at version {ver} to follow from {pos}, where it has {held}"
                    );
                    walked.skip.push(Finding::at(*line, text));
                }
                at = Some(at.map_or(*pos, |at| at.max(*pos)));
                continue;
            }
        };
        let is_event = matches!(what, Seen::Recv { .. });
        let Some(before) = at.replace(at.map_or(pos, |at| at.max(pos))) else {
            told.insert(pos);
            continue;
        };
        if is_event && !told.insert(pos) {
            if wants.at_least_once {
                continue;
            }
            walked.duplicate.push(Finding::at(*line, format!("{name} was told {pos} again")));
        } else if pos < before || (is_event && pos == before) {
            let text = format!("{name} was told {pos} after {before}");
            walked.nonmonotonic.push(Finding::at(*line, text));
        } else {
            let expected = expected.entry((wants, epoch)).or_insert_with(|| {
                let log = log_of(history, &wants.tenant, epoch).into_iter().flatten();
                let wanted = log.filter(|(_, fact)| wants.wants(&fact.told) == Some(true));
                Arc::new(wanted.map(|(pos, _)| *pos).collect())
            });
            let from = expected.partition_point(|it| *it <= before);
            let until =
                expected.partition_point(|it| if is_event { *it < pos } else { *it <= pos });
            if from < until {
                let missed = list(&expected[from..until]);
                let text = format!("{name} went from {before} to {pos} and was not told {missed}");
                walked.skip.push(Finding::at(*line, text));
            }
        }
    }
}

/// Whether a watcher at `at` really could not go on.
fn is_needed(
    history: &History,
    wants: &Watch,
    epoch: &str,
    reason: &str,
    earliest: i64,
    at: Option<i64>,
) -> bool {
    let other_epochs =
        history.logs.keys().any(|log| *log.tenant == *wants.tenant && *log.epoch != *epoch);
    match reason {
        "HISTORY_GONE" => at.is_some_and(|at| at + 1 < earliest),
        "EPOCH_CHANGED" => other_epochs,
        _ => false,
    }
}

/// Which version each order has at each place of a log.
pub(super) struct Versions<'a> {
    /// By tenant, epoch and order: positions, and the version from there on.
    by_order: HashMap<[&'a str; 3], Vec<(i64, i64)>>,
}

impl<'a> Versions<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut by_order: HashMap<_, Vec<_>> = HashMap::new();
        for (LogName { tenant, epoch }, facts) in &history.logs {
            for (pos, fact) in facts {
                if let Told { order: Some(order), ver: Some(version), .. } = &fact.told {
                    let key = [tenant.as_ref(), epoch.as_ref(), order.as_str()];
                    let versions = by_order.entry(key).or_default();
                    let highest = versions.last().map_or(0, |(_, version)| *version);
                    versions.push((*pos, highest.max(*version)));
                }
            }
        }
        Self { by_order }
    }

    /// The version of the order after everything up to `pos`; 0 where it did not exist.
    pub(super) fn at(&self, tenant: &str, epoch: &str, order: &str, pos: i64) -> i64 {
        let Some(versions) = self.by_order.get(&[tenant, epoch, order]) else { return 0 };
        let until = versions.partition_point(|(at, _)| *at <= pos);
        until.checked_sub(1).map_or(0, |last| versions[last].1)
    }
}

pub(super) fn log_of<'a>(history: &'a History, tenant: &str, epoch: &Arc<str>) -> Option<&'a Log> {
    history.logs.get(&LogName { tenant: tenant.into(), epoch: epoch.clone() })
}

fn list(positions: &[i64]) -> String {
    let named: Vec<_> = positions.iter().take(NAMED).map(ToString::to_string).collect();
    let more = positions.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::handmade;

    /// A watcher that sees everything, a writer's order in each tenant, and whatever a test adds.
    fn with(lines: &str) -> History {
        let full = |pos: i64, order: &str, ver: i64, to: &str| {
            format!(
                r#"{{"t":{pos},"p":"all","f":"recv","conn":1,"node":0,"epoch":"e","pos":{pos},"kind":"MOVED","order":"{order}","ver":{ver},"to":"{to}","customer":"c1"}}"#
            )
        };
        let head = r#"
            {"t":0,"p":"w","f":"transition","type":"invoke","tenant":"b","step":"CREATE","key":"k","order":"o9"}
            {"t":0,"p":"all","f":"watch","tenant":"a"}
            {"t":0,"p":"all","f":"resume","conn":1,"node":0,"epoch":"e","pos":0}
            {"t":0,"p":"s1","f":"watch","tenant":"a"}
            {"t":0,"p":"s2","f":"watch","tenant":"a","to_statuses":["APPROVED"]}
            {"t":0,"p":"s3","f":"watch","tenant":"a","customer_scope":"c2"}
            {"t":0,"p":"r1","f":"watch","tenant":"a","at_least_once":true}"#;
        let log = [
            full(1, "o1", 1, "DRAFT"),
            full(2, "o1", 2, "SUBMITTED"),
            full(3, "o2", 1, "DRAFT"),
            full(4, "o1", 3, "APPROVED"),
        ];
        handmade::history(&format!("{head}\n{}\n{lines}", log.join("\n")))
    }

    fn texts(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.text.as_str()).collect()
    }

    fn recv(who: &str, pos: i64) -> String {
        format!(r#"{{"t":9,"p":"{who}","f":"recv","conn":1,"node":0,"epoch":"e","pos":{pos}}}"#)
    }

    fn resume(who: &str, pos: i64) -> String {
        format!(r#"{{"t":9,"p":"{who}","f":"resume","conn":1,"node":0,"epoch":"e","pos":{pos}}}"#)
    }

    fn passed(who: &str, pos: i64) -> String {
        format!(r#"{{"t":9,"p":"{who}","f":"passed","conn":1,"epoch":"e","pos":{pos}}}"#)
    }

    fn told(lines: &[String]) -> History {
        with(&lines.join("\n"))
    }

    #[test]
    fn a_watcher_that_is_told_everything_once_and_in_order_is_content() {
        let history = told(&[
            resume("s1", 0),
            recv("s1", 1),
            recv("s1", 2),
            resume("s1", 2),
            recv("s1", 3),
            recv("s1", 4),
            resume("s2", 0),
            passed("s2", 3),
            recv("s2", 4),
            resume("s3", 0),
            passed("s3", 4),
        ]);
        for findings in [
            divergence(&history),
            duplicate(&history),
            nonmonotonic(&history),
            skip(&history),
            foreign(&history),
        ] {
            assert_eq!(findings, Vec::new());
        }
    }

    #[test]
    fn a_repetition_is_found_also_across_a_resume() {
        let history = told(&[resume("s1", 1), recv("s1", 2), resume("s1", 2), recv("s1", 2)]);
        assert_eq!(texts(&duplicate(&history)), ["s1 was told 2 again"]);
        assert_eq!(nonmonotonic(&history), Vec::new());
    }

    #[test]
    fn a_receiver_may_be_told_again_but_nothing_may_be_left_out() {
        let again = [resume("r1", 0), recv("r1", 1), recv("r1", 2), recv("r1", 2), recv("r1", 1)];
        let history = told(&again);
        assert_eq!(duplicate(&history), Vec::new());
        assert_eq!(nonmonotonic(&history), Vec::new());
        assert_eq!(skip(&history), Vec::new());
        let history = told(&[again.as_slice(), &[passed("r1", 3)]].concat());
        assert_eq!(texts(&skip(&history)), ["r1 went from 2 to 3 and was not told 3"]);
    }

    #[test]
    fn a_position_that_goes_back_is_found() {
        let history = told(&[resume("s1", 1), recv("s1", 3), recv("s1", 2)]);
        assert_eq!(texts(&nonmonotonic(&history)), ["s1 was told 2 after 3"]);
        let history = told(&[resume("s1", 1), recv("s1", 2), passed("s1", 1)]);
        assert_eq!(texts(&nonmonotonic(&history)), ["s1 was told 1 after 2"]);
    }

    #[test]
    fn a_hole_is_found() {
        let history = told(&[resume("s1", 0), recv("s1", 1), recv("s1", 4)]);
        assert_eq!(texts(&skip(&history)), ["s1 went from 1 to 4 and was not told 2, 3"]);
    }

    #[test]
    fn a_cursor_that_passes_what_the_watcher_wants_is_a_hole() {
        let history = told(&[resume("s2", 0), passed("s2", 4)]);
        assert_eq!(texts(&skip(&history)), ["s2 went from 0 to 4 and was not told 4"]);
    }

    #[test]
    fn a_resume_further_on_than_the_watcher_has_been_does_not_hide_a_hole() {
        let history = told(&[resume("s1", 0), recv("s1", 1), resume("s1", 2), recv("s1", 3)]);
        assert_eq!(texts(&skip(&history)), ["s1 went from 1 to 3 and was not told 2"]);
    }

    #[test]
    fn whoever_joins_is_owed_nothing_that_was_before() {
        let join = r#"{"t":9,"p":"s1","f":"join","conn":1,"node":0}"#.to_owned();
        assert_eq!(skip(&told(&[join, recv("s1", 3), recv("s1", 4)])), Vec::new());
    }

    #[test]
    fn a_gap_is_fine_only_where_there_is_one() {
        let gap = |reason: &str, earliest: i64| {
            format!(
                r#"{{"t":9,"p":"s1","f":"gap","conn":1,"reason":"{reason}","epoch":"e","earliest":{earliest},"latest":3}}"#
            )
        };
        let good = told(&[resume("s1", 0), gap("HISTORY_GONE", 3), recv("s1", 4)]);
        assert_eq!(skip(&good), Vec::new());
        for bad in [gap("HISTORY_GONE", 1), gap("PAST_HEAD", 1), gap("EPOCH_CHANGED", 1)] {
            let findings = skip(&told(&[resume("s1", 0), bad, recv("s1", 4)]));
            assert_eq!(findings.len(), 1, "{findings:?}");
        }
    }

    #[test]
    fn a_snapshot_that_lacks_what_its_cursor_claims_is_found() {
        let snapshot = |ver: i64| {
            format!(
                r#"{{"t":9,"p":"s1","f":"snapshot","conn":1,"epoch":"e","pos":2,"order":"o1","ver":{ver},"to":"SUBMITTED"}}"#
            )
        };
        assert_eq!(skip(&told(&[snapshot(2), recv("s1", 3), recv("s1", 4)])), Vec::new());
        assert_eq!(skip(&told(&[snapshot(3), recv("s1", 3), recv("s1", 4)])), Vec::new());
        assert_eq!(
            texts(&skip(&told(&[snapshot(1)]))),
            ["s1 got o1 at version 1 to follow from 2, where it has 2"]
        );
    }

    #[test]
    fn a_position_that_nobody_was_told_is_found() {
        let head = r#"{"t":9,"p":"run","f":"head","tenant":"a","epoch":"e","pos":5}"#;
        assert_eq!(texts(&skip(&with(head))), ["nobody of a was told 5"]);
    }

    #[test]
    fn two_tales_of_one_position_are_found() {
        let other =
            r#"{"t":9,"p":"s1","f":"recv","conn":1,"node":0,"epoch":"e","pos":3,"order":"o3"}"#;
        let findings = divergence(&with(other));
        assert_eq!(
            texts(&findings),
            ["s1 was told another order at 3 than others from line 10 on"]
        );
    }

    #[test]
    fn an_order_that_is_older_than_its_event_is_found() {
        let stale =
            r#"{"t":9,"p":"s1","f":"recv","conn":1,"node":0,"epoch":"e","pos":2,"ver":2,"now":1}"#;
        assert_eq!(
            texts(&divergence(&with(stale))),
            ["s1 was told version 2 with the order still at 1"]
        );
    }

    #[test]
    fn a_request_that_made_two_orders_is_found() {
        let twice = |pos: i64, order: &str| {
            format!(
                r#"{{"t":9,"p":"s1","f":"recv","conn":1,"node":0,"epoch":"e","pos":{pos},"order":"{order}","reference":"key"}}"#
            )
        };
        let history = told(&[twice(7, "o7"), twice(8, "o8")]);
        assert_eq!(texts(&duplicate(&history)), ["request key of a made two orders, o7 and o8"]);
    }

    #[test]
    fn what_is_not_for_a_watcher_is_found() {
        let history = told(&[recv("s2", 1), recv("s3", 2)]);
        assert_eq!(
            texts(&foreign(&history)),
            [
                "s2 was told 1, which it must not see or did not ask for",
                "s3 was told 2, which it must not see or did not ask for"
            ]
        );
        let other_tenant =
            r#"{"t":9,"p":"s1","f":"recv","conn":1,"node":0,"epoch":"e","pos":5,"order":"o9"}"#;
        assert_eq!(
            texts(&foreign(&with(other_tenant))),
            ["s1 of a was told at 5 of an order of b"]
        );
    }
}
