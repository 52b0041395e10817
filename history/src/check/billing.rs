//! Checks 11 to 14: what was billed, as it is after everything is over.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::report::Finding;
use crate::{
    entry::Sums,
    history::{Billed, History},
};

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

/// Issued documents of which lines, taxes and what is paid do not agree.
pub(super) fn sums(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Billed { tenant, documents, line, .. } in &history.billed {
        for document in documents {
            let wrong = match (&document.number, &document.sums) {
                (None, _) => None,
                (Some(_), None) => Some("has no sums".to_owned()),
                (Some(_), Some(sums)) => disagreement(sums),
            };
            if let Some(wrong) = wrong {
                let text = format!("{} of {tenant} {wrong}", document.id);
                findings.push(Finding::at(*line, text));
            }
        }
    }
    findings
}

fn disagreement(sums: &Sums) -> Option<String> {
    let Sums { tax_inclusive, lines, taxes, paid, open } = sums;
    let of_lines: i64 = lines.iter().sum();
    let (net, tax) = taxes.iter().fold((0, 0), |(net, tax), it| (net + it.0, tax + it.1));
    let gross = net + tax;
    let in_terms_of_lines = if *tax_inclusive { gross } else { net };
    if of_lines != in_terms_of_lines {
        return Some(format!("has lines of {of_lines} and sums of {in_terms_of_lines}"));
    }
    if paid + open != gross {
        return Some(format!("comes to {gross}, of which {paid} are settled and {open} open"));
    }
    // Whole minor units, however they are rounded. Of a price with tax, what is taxed is the rest.
    let is_off = |(net, tax, rate): &&(i64, i64, i64)| (tax * 10_000 - net * rate).abs() > 10_000;
    let (net, tax, rate) = taxes.iter().find(is_off)?;
    Some(format!("asks for a tax of {tax} on {net} at {rate}"))
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
        {"id":"i1","number":"INV-000001","lines":[{"subscription":"s1","kind":"CYCLE_FEE","from":"2026-01-01"}],
         "sums":{"lines":[90,9],"taxes":[[90,22,2500],[9,0,0]],"paid":100,"open":21}},
        {"id":"i2","number":"CN-000001","lines":[],"sums":{"lines":[],"taxes":[],"paid":0,"open":0}},
        {"id":"i3","number":"INV-000002","lines":[{"subscription":"s1","kind":"CYCLE_FEE","from":"2026-02-01"}],
         "sums":{"tax_inclusive":true,"lines":[125],"taxes":[[100,25,2500]],"paid":0,"open":125}},
        {"id":"i4","lines":[{"subscription":"s2","kind":"ONE_TIME_FEE"}]}"#;

    #[test]
    fn what_was_billed_as_it_should_be_is_clean() {
        let history = billed(&GOOD.replace('\n', ""));
        assert_eq!(numbers(&history), Vec::new());
        assert_eq!(charged_twice(&history), Vec::new());
        assert_eq!(uncharged(&history), Vec::new());
        assert_eq!(sums(&history), Vec::new());
    }

    #[test]
    fn a_document_that_does_not_add_up_is_found() {
        for (right, wrong) in [
            (r#""lines":[90,9]"#, r#""lines":[90,10]"#),
            ("[90,22,2500]", "[90,24,2500]"),
            (r#""paid":100"#, r#""paid":99"#),
            (r#""tax_inclusive":true"#, r#""tax_inclusive":false"#),
        ] {
            let history = billed(&GOOD.replace('\n', "").replace(right, wrong));
            assert_eq!(sums(&history).len(), 1, "{wrong}");
        }
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
