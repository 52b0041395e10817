//! Parts of checks 3, 6 and 9: feeds that tell a state, held against what the log says the state was.

use std::collections::{BTreeMap, HashMap};

use super::{
    deliveries::{Versions, log_of},
    report::Finding,
};
use crate::{
    entry::{Told, Watch},
    history::{History, Log, Seen, Watcher},
};

type Counts = BTreeMap<String, i64>;

/// Watchers that were told other counts than the log adds up to, or were led past a change of them.
pub(super) fn wrong_counts(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut added_up: HashMap<(&Watch, &str), Vec<(i64, Counts)>> = HashMap::new();
    for watcher in &history.watchers {
        let Watcher { name, wants, .. } = watcher;
        let mut known: Option<&Counts> = None;
        for item in &watcher.items {
            let (epoch, pos) = match &item.what {
                Seen::Counts { epoch, pos, counts } => {
                    known = Some(counts);
                    (epoch, *pos)
                }
                Seen::Passed { epoch, pos } => (epoch, *pos),
                Seen::Join { .. }
                | Seen::Resume { .. }
                | Seen::Recv { .. }
                | Seen::Snapshot { .. }
                | Seen::Page { .. }
                | Seen::Gap { .. }
                | Seen::Close => continue,
            };
            let Some(counts) = known else { continue };
            let Some(log) = log_of(history, &wants.tenant, epoch) else { continue };
            let sums = added_up.entry((wants, epoch)).or_insert_with(|| add_up(log, wants));
            let until = sums.partition_point(|(at, _)| *at <= pos);
            let nothing = Counts::new();
            let right = until.checked_sub(1).map_or(&nothing, |last| &sums[last].1);
            if counts != right {
                let text = format!("{name} counts {counts:?} at {pos}, where there are {right:?}");
                findings.push(Finding::at(item.line, text));
            }
        }
    }
    findings
}

/// How many orders of those that a watcher counts have which status, after each move.
fn add_up(log: &Log, wants: &Watch) -> Vec<(i64, Counts)> {
    let counted = Watch { kinds: None, ..wants.clone() };
    let mut counts = Counts::new();
    let mut sums = Vec::new();
    for (pos, fact) in log {
        let Told { kind: Some(kind), from, to: Some(to), .. } = &fact.told else { continue };
        if kind != "ORDER_STATUS_CHANGED" || counted.wants(&fact.told) != Some(true) {
            continue;
        }
        if let Some(from) = from {
            *counts.entry(from.clone()).or_default() -= 1;
        }
        *counts.entry(to.clone()).or_default() += 1;
        counts.retain(|_, count| *count != 0);
        sums.push((*pos, counts.clone()));
    }
    sums
}

/// Pages with an order that is older than the place that the page claims to have reached.
pub(super) fn stale_pages(history: &History) -> Vec<Finding> {
    let versions = Versions::of(history);
    let mut findings = Vec::new();
    for Watcher { name, wants, items, .. } in &history.watchers {
        for item in items {
            let Seen::Page { epoch, pos, orders } = &item.what else { continue };
            for (order, version) in orders {
                let held = versions.at(&wants.tenant, epoch, order, *pos);
                if *version < held {
                    let text = format!(
                        "{name} has {order} at version {version} on its page at {pos}, where it has {held}"
                    );
                    findings.push(Finding::at(item.line, text));
                }
            }
        }
    }
    findings
}

/// Watchers of a page whose last page is not what the list gives after everything is over.
pub(super) fn unfinished_pages(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Watcher { name, wants, items, left } in &history.watchers {
        let last = items.iter().rev().find_map(|item| match &item.what {
            Seen::Page { orders, .. } => Some((item.line, orders)),
            Seen::Join { .. }
            | Seen::Resume { .. }
            | Seen::Recv { .. }
            | Seen::Passed { .. }
            | Seen::Snapshot { .. }
            | Seen::Counts { .. }
            | Seen::Gap { .. }
            | Seen::Close => None,
        });
        if let Some((line, orders)) = last
            && let Some(right) = history.pages.get(wants.tenant.as_str())
            && orders != right
            && !left
        {
            let differs = orders.iter().zip(right).find(|(one, other)| one != other);
            let text = format!("{name} ends with a page that is not the list's: {differs:?}");
            findings.push(Finding::at(line, text));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::handmade;

    const LOG: &str = r#"
        {"t":0,"p":"all","f":"watch","tenant":"a"}
        {"t":0,"p":"s1","f":"watch","tenant":"a","kinds":[]}
        {"t":0,"p":"s2","f":"watch","tenant":"a","kinds":[],"customer":"c2"}
        {"t":1,"p":"all","f":"recv","conn":1,"node":0,"epoch":"e","pos":1,"kind":"ORDER_STATUS_CHANGED","order":"o1","ver":1,"to":"DRAFT","customer":"c1"}
        {"t":2,"p":"all","f":"recv","conn":1,"node":0,"epoch":"e","pos":2,"kind":"ORDER_STATUS_CHANGED","order":"o2","ver":1,"to":"DRAFT","customer":"c2"}
        {"t":3,"p":"all","f":"recv","conn":1,"node":0,"epoch":"e","pos":3,"kind":"ORDER_STATUS_CHANGED","order":"o1","ver":2,"from":"DRAFT","to":"CANCELLED","customer":"c1"}"#;

    fn with(lines: &str) -> History {
        handmade::history(&format!("{LOG}\n{lines}"))
    }

    fn counts(who: &str, pos: i64, counts: &str) -> String {
        format!(
            r#"{{"t":9,"p":"{who}","f":"counts","conn":1,"epoch":"e","pos":{pos},"counts":{counts}}}"#
        )
    }

    fn page(who: &str, pos: i64, orders: &str) -> String {
        format!(
            r#"{{"t":9,"p":"{who}","f":"page","tenant":"a","epoch":"e","pos":{pos},"orders":{orders}}}"#
        )
    }

    #[test]
    fn counts_that_the_log_adds_up_to_are_right() {
        for line in [
            counts("s1", 1, r#"{"DRAFT":1}"#),
            counts("s1", 2, r#"{"DRAFT":2}"#),
            counts("s1", 3, r#"{"CANCELLED":1,"DRAFT":1}"#),
            counts("s2", 3, r#"{"DRAFT":1}"#),
            counts("s2", 1, "{}"),
        ] {
            assert_eq!(wrong_counts(&with(&line)), Vec::new(), "{line}");
        }
    }

    #[test]
    fn wrong_counts_are_found() {
        let findings = wrong_counts(&with(&counts("s1", 3, r#"{"DRAFT":2}"#)));
        assert_eq!(
            findings[0].text,
            r#"s1 counts {"DRAFT": 2} at 3, where there are {"CANCELLED": 1, "DRAFT": 1}"#
        );
    }

    #[test]
    fn a_watcher_that_is_led_past_a_change_of_its_counts_is_found() {
        let told = counts("s1", 2, r#"{"DRAFT":2}"#);
        let passed = r#"{"t":9,"p":"s1","f":"passed","conn":1,"epoch":"e","pos":3}"#;
        assert_eq!(wrong_counts(&with(&format!("{told}\n{passed}"))).len(), 1);
    }

    #[test]
    fn a_page_that_is_older_than_it_claims_is_found() {
        assert_eq!(stale_pages(&with(&page("s1", 3, r#"[["o2",1],["o1",2]]"#))), Vec::new());
        assert_eq!(
            stale_pages(&with(&page("s1", 3, r#"[["o2",1],["o1",1]]"#)))[0].text,
            "s1 has o1 at version 1 on its page at 3, where it has 2"
        );
    }

    #[test]
    fn a_page_that_does_not_end_as_the_list_is_found() {
        let list = page("run", 3, r#"[["o2",1],["o1",2]]"#);
        let good = page("s1", 3, r#"[["o2",1],["o1",2]]"#);
        assert_eq!(unfinished_pages(&with(&format!("{good}\n{list}"))), Vec::new());
        let bad = page("s1", 3, r#"[["o1",2]]"#);
        assert_eq!(unfinished_pages(&with(&format!("{bad}\n{list}"))).len(), 1);
    }
}
