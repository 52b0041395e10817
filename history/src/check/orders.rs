//! Check 7: each order's own story.

use std::collections::HashMap;

use super::report::Finding;
use crate::{entry::Told, history::History};

/// Every move that an order can make: from, trigger, to. Written down here once more on purpose: a checker that asks
/// the program what is right finds nothing.
const MOVES: &[(Option<&str>, &str, &str)] = &[
    (None, "CREATE", "DRAFT"),
    (Some("DRAFT"), "SUBMIT", "SUBMITTED"),
    (Some("DRAFT"), "CANCEL", "CANCELLED"),
    (Some("DRAFT"), "LET_PAYMENT_LAPSE", "CANCELLED"),
    (Some("SUBMITTED"), "REQUIRE_APPROVAL", "PENDING_APPROVAL"),
    (Some("SUBMITTED"), "WAIVE_APPROVAL", "APPROVED"),
    (Some("PENDING_APPROVAL"), "APPROVE_STEP", "PENDING_APPROVAL"),
    (Some("PENDING_APPROVAL"), "APPROVE_LAST_STEP", "APPROVED"),
    (Some("PENDING_APPROVAL"), "REJECT", "REJECTED"),
    (Some("PENDING_APPROVAL"), "LET_APPROVAL_LAPSE", "CANCELLED"),
    (Some("PENDING_APPROVAL"), "CANCEL", "CANCELLED"),
    (Some("APPROVED"), "START", "PROVISIONING"),
    (Some("APPROVED"), "CANCEL", "CANCELLED"),
    (Some("PROVISIONING"), "HOLD", "ON_HOLD"),
    (Some("PROVISIONING"), "COMPLETE", "COMPLETED"),
    (Some("PROVISIONING"), "COMPLETE_PARTIALLY", "PARTIALLY_COMPLETED"),
    (Some("PROVISIONING"), "FAIL", "FAILED"),
    (Some("ON_HOLD"), "RESUME", "PROVISIONING"),
    (Some("ON_HOLD"), "COMPLETE", "COMPLETED"),
    (Some("ON_HOLD"), "COMPLETE_PARTIALLY", "PARTIALLY_COMPLETED"),
    (Some("ON_HOLD"), "FAIL", "FAILED"),
    (Some("FAILED"), "RETRY", "PROVISIONING"),
    (Some("PARTIALLY_COMPLETED"), "RETRY", "PROVISIONING"),
];

/// The statuses that no order leaves.
const ENDS: &[&str] = &["COMPLETED", "REJECTED", "CANCELLED"];

/// Where an order is.
#[derive(Default)]
struct Story {
    version: i64,
    status: Option<String>,
    ends: u32,
}

/// Orders whose versions are not 1, 2, 3, …, which made an illegal move, or which ended twice.
pub(super) fn per_order(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for facts in history.logs.values() {
        let mut stories: HashMap<&str, Story> = HashMap::new();
        for (pos, fact) in facts {
            let Told { order: Some(order), ver: Some(version), .. } = &fact.told else { continue };
            let story = stories.entry(order).or_default();
            if *version != story.version + 1 {
                let before = story.version;
                let text = format!("{order} has version {version} after {before} at {pos}");
                findings.push(Finding::at(fact.line, text));
            }
            story.version = *version;
            // Only events that were told in full say whether the order moved.
            let Told { kind: Some(kind), trigger, from, to: Some(to), .. } = &fact.told else {
                continue;
            };
            if kind != "ORDER_STATUS_CHANGED" {
                continue;
            }
            let is_legal = MOVES.iter().any(|(before, by, after)| {
                *before == from.as_deref() && Some(*by) == trigger.as_deref() && after == to
            });
            if *from != story.status || !is_legal {
                let was = story.status.as_deref().unwrap_or("nothing");
                let from = from.as_deref().unwrap_or("nothing");
                let text = format!("{order} was {was} and moved from {from} to {to} at {pos}");
                findings.push(Finding::at(fact.line, text));
            }
            if ENDS.contains(&to.as_str()) {
                story.ends += 1;
                if story.ends > 1 {
                    let text = format!("{order} ended again, as {to}, at {pos}");
                    findings.push(Finding::at(fact.line, text));
                }
            }
            story.status = Some(to.clone());
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::handmade;

    fn story(moves: &[(i64, &str, &str, &str)]) -> Vec<String> {
        let mut lines = vec![r#"{"t":0,"p":"s1","f":"watch","tenant":"a"}"#.to_owned()];
        for (pos, (ver, from, trigger, to)) in (1..).zip(moves) {
            let from = if from.is_empty() { String::new() } else { format!(r#""from":"{from}","#) };
            lines.push(format!(
                r#"{{"t":1,"p":"s1","f":"recv","conn":1,"node":0,"epoch":"e","pos":{pos},"kind":"ORDER_STATUS_CHANGED","order":"o1",{from}"trigger":"{trigger}","to":"{to}","ver":{ver}}}"#
            ));
        }
        let findings = per_order(&handmade::history(&lines.join("\n")));
        findings.into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn a_story_that_follows_the_table_is_good() {
        let good = [
            (1, "", "CREATE", "DRAFT"),
            (2, "DRAFT", "SUBMIT", "SUBMITTED"),
            (3, "SUBMITTED", "REQUIRE_APPROVAL", "PENDING_APPROVAL"),
            (4, "PENDING_APPROVAL", "REJECT", "REJECTED"),
        ];
        assert_eq!(story(&good), Vec::<String>::new());
    }

    #[test]
    fn a_missing_version_is_found() {
        let bad = [(1, "", "CREATE", "DRAFT"), (3, "DRAFT", "SUBMIT", "SUBMITTED")];
        assert_eq!(story(&bad), ["o1 has version 3 after 1 at 2"]);
    }

    #[test]
    fn an_illegal_move_is_found() {
        let bad = [(1, "", "CREATE", "DRAFT"), (2, "DRAFT", "APPROVE_LAST_STEP", "APPROVED")];
        assert_eq!(story(&bad), ["o1 was DRAFT and moved from DRAFT to APPROVED at 2"]);
    }

    #[test]
    fn a_move_from_where_the_order_is_not_is_found() {
        let bad =
            [(1, "", "CREATE", "DRAFT"), (2, "SUBMITTED", "REQUIRE_APPROVAL", "PENDING_APPROVAL")];
        assert_eq!(story(&bad), ["o1 was DRAFT and moved from SUBMITTED to PENDING_APPROVAL at 2"]);
    }

    #[test]
    fn a_second_end_is_found() {
        let bad = [
            (1, "", "CREATE", "DRAFT"),
            (2, "DRAFT", "CANCEL", "CANCELLED"),
            (3, "DRAFT", "CANCEL", "CANCELLED"),
        ];
        assert_eq!(
            story(&bad),
            [
                "o1 was CANCELLED and moved from DRAFT to CANCELLED at 3",
                "o1 ended again, as CANCELLED, at 3"
            ]
        );
    }
}
