//! Whether a run counts: faults that left no proof, or clients that saw too little, show nothing.

use super::counts::Counts;
use crate::history::History;

/// Why the run does not count; nothing: it does.
pub(super) fn missing(history: &History, counts: &Counts) -> Vec<String> {
    let mut missing: Vec<_> = history
        .faults
        .iter()
        .filter(|fault| fault.proof.is_none())
        .map(|fault| format!("line {}: {} left no proof", fault.line, fault.name))
        .collect();
    let plan = &history.plan;
    let never = plan.nemeses.iter().filter(|name| !counts.faults.contains_key(*name));
    missing.extend(never.map(|name| format!("{name} was planned and did not happen")));
    for (what, wanted, found) in [
        ("deliveries", plan.deliveries, counts.deliveries),
        ("reconnects", plan.reconnects, counts.reconnects),
        ("switches to another node", plan.node_switches, counts.node_switches),
    ] {
        if found < wanted {
            missing.push(format!("{found} {what}; {wanted} are needed"));
        }
    }
    if history.healed.is_none() {
        missing.push("the run did not come to its end".to_owned());
    }
    for log in history.logs.keys().filter(|log| !history.heads.contains_key(*log)) {
        missing.push(format!("nobody asked where the log of {} ends", log.tenant));
    }
    missing
}

#[cfg(test)]
mod tests {
    use crate::check::{Verdict, check, handmade};

    const QUIET: &str = r#"
        {"t":0,"p":"run","f":"run","seed":1,"nemeses":["kill"],"deliveries":1,"reconnects":0,"node_switches":0}
        {"t":1,"p":"s1","f":"watch","tenant":"a"}
        {"t":2,"p":"s1","f":"resume","conn":1,"node":0,"epoch":"e","pos":0}
        {"t":3,"p":"s1","f":"recv","conn":1,"node":0,"epoch":"e","pos":1,"kind":"K"}
        {"t":5,"p":"run","f":"heal"}
        {"t":6,"p":"run","f":"head","tenant":"a","epoch":"e","pos":1}"#;

    #[test]
    fn a_run_whose_fault_did_not_happen_is_refused() {
        let report = check(&handmade::history(QUIET));
        assert_eq!(report.verdict(), Verdict::Refused);
        assert_eq!(report.unproven, ["kill was planned and did not happen"]);
    }

    #[test]
    fn a_run_whose_fault_left_no_proof_is_refused() {
        let fault = r#"{"t":4,"p":"run","f":"nemesis","nemesis":"kill","start":3,"end":4}"#;
        let report = check(&handmade::history(&format!("{QUIET}\n{fault}")));
        assert_eq!(report.verdict(), Verdict::Refused);
        assert_eq!(report.unproven[0], "line 7: kill left no proof");
    }

    #[test]
    fn a_run_that_shows_its_faults_counts() {
        let fault = r#"{"t":4,"p":"run","f":"nemesis","nemesis":"kill","start":3,"end":4,"proof":"signal 9"}"#;
        let report = check(&handmade::history(&format!("{QUIET}\n{fault}")));
        assert_eq!(report.verdict(), Verdict::Clean, "{report}");
    }

    #[test]
    fn a_run_with_too_few_deliveries_is_refused() {
        let mut history = handmade::history(QUIET);
        history.plan.nemeses.clear();
        history.plan.deliveries = 2;
        assert_eq!(check(&history).unproven, ["1 deliveries; 2 are needed"]);
    }
}
