//! Check 9: whoever watches arrives.

use super::report::Finding;
use crate::history::{History, LogName, Seen, Watcher};

/// How long after the heal everybody must be at the head.
const PATIENCE_NANOS: u64 = 15_000_000_000;
/// The same for receivers of webhooks: a pause after a failure has to end first, and where nothing was for them is written
/// down after a while.
const PATIENCE_OF_RECEIVERS: u64 = 25_000_000_000;

/// Watchers that were not at the head of their log in time.
pub(super) fn convergence(history: &History) -> Vec<Finding> {
    let Some(healed) = history.healed else { return Vec::new() };
    let mut findings = Vec::new();
    for (LogName { tenant, epoch }, head) in &history.heads {
        let watchers = history.watchers.iter();
        for watcher in watchers.filter(|it| !it.left && *it.wants.tenant == **tenant) {
            let patience =
                if watcher.wants.at_least_once { PATIENCE_OF_RECEIVERS } else { PATIENCE_NANOS };
            let (came, line) = furthest(watcher, epoch, healed + patience);
            if came < *head {
                let Watcher { name, .. } = watcher;
                let text = format!("{name} came to {came} of {head} in the log of {tenant}");
                findings.push(Finding::at(line, text));
            }
        }
    }
    findings
}

/// How far a watcher came in time, and its last line about it.
fn furthest(watcher: &Watcher, in_epoch: &str, until: u64) -> (i64, u64) {
    let mut reached = (0, watcher.items.first().map_or(0, |item| item.line));
    for item in watcher.items.iter().take_while(|item| item.t <= until) {
        let at = match &item.what {
            Seen::Recv { epoch, pos, .. }
            | Seen::Passed { epoch, pos }
            | Seen::Snapshot { epoch, pos, .. }
            | Seen::Counts { epoch, pos, .. }
            | Seen::Page { epoch, pos, .. }
            | Seen::Gap { epoch, latest: pos, .. } => (**epoch == *in_epoch).then_some(*pos),
            Seen::Join { .. } | Seen::Resume { .. } | Seen::Close => None,
        };
        if let Some(at) = at {
            reached = (reached.0.max(at), item.line);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::handmade;

    fn run(last: &str) -> Vec<Finding> {
        let text = r#"
            {"t":1,"p":"s1","f":"watch","tenant":"a"}
            {"t":2,"p":"s1","f":"resume","conn":1,"node":0,"epoch":"e","pos":0}
            {"t":3,"p":"s1","f":"recv","conn":1,"node":0,"epoch":"e","pos":1}
            {"t":5,"p":"run","f":"heal"}
            {"t":6,"p":"run","f":"head","tenant":"a","epoch":"e","pos":2}"#;
        convergence(&handmade::history(&format!("{text}\n{last}")))
    }

    #[test]
    fn a_watcher_that_arrives_in_time_has_converged() {
        assert_eq!(
            run(r#"{"t":9,"p":"s1","f":"passed","conn":1,"epoch":"e","pos":2}"#),
            Vec::new()
        );
    }

    #[test]
    fn a_watcher_that_never_arrives_is_found() {
        let findings = run("");
        assert_eq!(findings[0].text, "s1 came to 1 of 2 in the log of a");
    }

    #[test]
    fn a_watcher_that_arrives_late_is_found() {
        let late = r#"{"t":16000000000,"p":"s1","f":"passed","conn":1,"epoch":"e","pos":2}"#;
        assert_eq!(run(late).len(), 1);
    }

    #[test]
    fn nothing_is_expected_of_a_watcher_that_left() {
        assert_eq!(run(r#"{"t":4,"p":"s1","f":"leave"}"#), Vec::new());
    }
}
