//! Checks 11 to 13: what was billed, as it is after everything is over.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::report::Finding;
use crate::history::{Billed, History};

/// Numbers that are missing in a series, or given twice.
pub(super) fn numbers(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Billed { tenant, documents, line, .. } in &history.billed {
        let mut series: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for number in documents.iter().filter_map(|document| document.number.as_deref()) {
            let digits = number.trim_start_matches(|letter: char| !letter.is_ascii_digit());
            let (prefix, _) = number.split_at(number.len() - digits.len());
            let Ok(place) = digits.parse() else {
                findings.push(Finding::at(*line, format!("{tenant} has the number {number}")));
                continue;
            };
            series.entry(prefix).or_default().push(place);
        }
        for (prefix, mut places) in series {
            places.sort_unstable();
            for (place, right) in places.into_iter().zip(1..) {
                if place != right {
                    let text = format!("{tenant} has {prefix}{place} where {prefix}{right} is due");
                    findings.push(Finding::at(*line, text));
                    break;
                }
            }
        }
    }
    findings
}

/// What was charged more than once for the same time.
pub(super) fn charged_twice(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Billed { tenant, documents, line, .. } in &history.billed {
        let mut seen = HashSet::new();
        for charge in documents.iter().flat_map(|document| &document.lines) {
            if !seen.insert(charge) {
                findings.push(Finding::at(*line, format!("{tenant} charges {charge:?} twice")));
            }
        }
    }
    findings
}

/// Subscriptions that have begun and were charged for nothing.
pub(super) fn uncharged(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Billed { tenant, documents, begun, line } in &history.billed {
        let lines = documents.iter().flat_map(|document| &document.lines);
        let charged: BTreeSet<_> = lines.map(|charge| charge.subscription.as_str()).collect();
        for subscription in begun.iter().filter(|it| !charged.contains(it.as_str())) {
            let text = format!("{tenant} has charged nothing for {subscription}");
            findings.push(Finding::at(*line, text));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::handmade;

    /// A tenant with these documents, and two subscriptions.
    fn billed(documents: &str) -> History {
        handmade::history(&format!(
            r#"{{"t":9,"p":"run","f":"billed","tenant":"a","begun":["s1","s2"],"documents":[{documents}]}}"#
        ))
    }

    const GOOD: &str = r#"
        {"id":"i1","number":"INV-000001","lines":[{"subscription":"s1","kind":"CYCLE_FEE","from":"2026-01-01"}]},
        {"id":"i2","number":"CN-000001","lines":[]},
        {"id":"i3","number":"INV-000002","lines":[{"subscription":"s1","kind":"CYCLE_FEE","from":"2026-02-01"}]},
        {"id":"i4","lines":[{"subscription":"s2","kind":"ONE_TIME_FEE"}]}"#;

    #[test]
    fn what_was_billed_as_it_should_be_is_clean() {
        let history = billed(&GOOD.replace('\n', ""));
        assert_eq!(numbers(&history), Vec::new());
        assert_eq!(charged_twice(&history), Vec::new());
        assert_eq!(uncharged(&history), Vec::new());
    }

    #[test]
    fn a_gap_and_a_number_that_is_there_twice_are_found() {
        for (number, other) in [("INV-000003", "a gap"), ("INV-000001", "twice")] {
            let history = billed(&GOOD.replace('\n', "").replace("INV-000002", number));
            assert_eq!(numbers(&history).len(), 1, "{other}");
        }
    }

    #[test]
    fn a_period_that_is_charged_twice_is_found() {
        let history = billed(&GOOD.replace('\n', "").replace("2026-02-01", "2026-01-01"));
        assert_eq!(charged_twice(&history).len(), 1);
    }

    #[test]
    fn a_subscription_without_a_charge_is_found() {
        let history = billed(&GOOD.replace('\n', "").replace("s2", "s1"));
        assert_eq!(uncharged(&history)[0].text, "a has charged nothing for s2");
    }
}
