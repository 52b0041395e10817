use std::collections::{BTreeMap, HashMap};

use super::report::Finding;
use crate::{
    entry::{Step, Told},
    history::{End, History, Write},
};

/// A kind of step of one order of a tenant.
type Deed<'a> = (&'a str, &'a str, Step);

/// The requests for a deed, and where the log tells it.
#[derive(Default)]
struct Case<'a> {
    acknowledged: Vec<&'a Write>,
    refused: Vec<&'a Write>,
    unknown: Vec<&'a Write>,
    /// Position and line.
    told: Vec<(i64, u64)>,
}

/// Check 1: steps that were acknowledged and that the log does not have.
pub(super) fn lost_write(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((tenant, order, step), case) in cases(history) {
        if let Some(lost) = case.acknowledged.get(case.told.len()) {
            let text = format!(
                "{} times {step:?} of {order} of {tenant} was acknowledged, {} times it was told; request {}",
                case.acknowledged.len(),
                case.told.len(),
                lost.key
            );
            findings.push(Finding::at(lost.line, text));
        }
    }
    findings
}

/// Check 2: steps in the log that were refused, or that nobody asked for.
pub(super) fn aborted_read(history: &History) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((tenant, order, step), case) in cases(history) {
        let possible = case.acknowledged.len() + case.unknown.len();
        if let Some((pos, line)) = case.told.get(possible) {
            let why = match case.refused.first() {
                Some(write) => format!("was refused to request {}", write.key),
                None => "was not asked for".to_owned(),
            };
            let text = format!("{step:?} of {order} of {tenant} at {pos} {why}");
            findings.push(Finding::at(*line, text));
        }
    }
    findings
}

/// Check 8: steps that were asked for after another was acknowledged, and come before it in the log.
pub(super) fn real_time(history: &History) -> Vec<Finding> {
    struct Placed<'a> {
        write: &'a Write,
        pos: i64,
    }
    let mut by_tenant: BTreeMap<&str, Vec<Placed<'_>>> = BTreeMap::new();
    for ((tenant, ..), case) in cases(history) {
        // Where several requests may have been the one, their times say nothing.
        let [(pos, _)] = *case.told.as_slice() else { continue };
        let write = match (case.acknowledged.as_slice(), case.unknown.as_slice()) {
            ([write], _) | ([], [write]) => *write,
            _ => continue,
        };
        by_tenant.entry(tenant).or_default().push(Placed { write, pos });
    }
    let mut findings = Vec::new();
    for (tenant, mut asked) in by_tenant {
        asked.sort_by_key(|it| it.write.invoked);
        let done_at = |it: &Placed<'_>| match it.write.end {
            End::Ok { t } => Some(t),
            End::Fail | End::Unknown => None,
        };
        let mut done: Vec<_> =
            asked.iter().filter_map(|it| done_at(it).map(|t| (t, it.pos, it.write))).collect();
        done.sort_by_key(|(t, ..)| *t);
        let mut done = done.into_iter().peekable();
        // The highest position of all that was done before.
        let mut highest: Option<(i64, &Write)> = None;
        for it in &asked {
            while let Some((_, pos, write)) = done.next_if(|(t, ..)| *t < it.write.invoked) {
                if highest.is_none_or(|(highest, _)| highest < pos) {
                    highest = Some((pos, write));
                }
            }
            if let Some((before, first)) = highest
                && it.pos < before
            {
                let text = format!(
                    "{:?} {} of {tenant} is at {}, though {:?} {} at {before} was done before it was asked for",
                    it.write.step, it.write.key, it.pos, first.step, first.key
                );
                findings.push(Finding::at(it.write.line, text));
            }
        }
    }
    findings
}

/// Every deed that was asked for or told.
fn cases(history: &History) -> BTreeMap<Deed<'_>, Case<'_>> {
    let mut cases: BTreeMap<Deed<'_>, Case<'_>> = BTreeMap::new();
    // A new order is known by its reference before its id is.
    let mut references: HashMap<&str, &str> = HashMap::new();
    for (log, facts) in &history.logs {
        for (pos, fact) in facts {
            let Told { order: Some(order), .. } = &fact.told else { continue };
            if let Some(reference) = &fact.told.reference {
                references.insert(reference, order);
            }
            if let Some(step) = step_of(&fact.told) {
                let deed = (log.tenant.as_ref(), order.as_str(), step);
                cases.entry(deed).or_default().told.push((*pos, fact.line));
            }
        }
    }
    for write in &history.writes {
        let order = write.order.as_deref().or_else(|| references.get(write.key.as_str()).copied());
        // Without an order nothing of it can be in the log.
        let order = order.unwrap_or(&write.key);
        for step in parts(write.step) {
            let case = cases.entry((&write.tenant, order, *step)).or_default();
            match write.end {
                End::Ok { .. } => case.acknowledged.push(write),
                End::Fail => case.refused.push(write),
                End::Unknown => case.unknown.push(write),
            }
        }
    }
    cases
}

/// What a request does, step by step.
fn parts(step: Step) -> &'static [Step] {
    match step {
        Step::Create => &[Step::Create],
        Step::Place => &[Step::Create, Step::Submit],
        Step::Submit => &[Step::Submit],
        Step::Update => &[Step::Update],
        Step::Approve => &[Step::Approve],
        Step::Reject => &[Step::Reject],
        Step::Cancel => &[Step::Cancel],
    }
}

/// The writer's step that an event tells of; none: nobody asked for it, it came by itself.
fn step_of(told: &Told) -> Option<Step> {
    match (told.kind.as_deref()?, told.trigger.as_deref()) {
        ("ORDER_UPDATED", _) => Some(Step::Update),
        ("ORDER_STATUS_CHANGED", Some("CREATE")) => Some(Step::Create),
        ("ORDER_STATUS_CHANGED", Some("SUBMIT")) => Some(Step::Submit),
        ("ORDER_STATUS_CHANGED", Some("APPROVE_STEP" | "APPROVE_LAST_STEP")) => Some(Step::Approve),
        ("ORDER_STATUS_CHANGED", Some("REJECT")) => Some(Step::Reject),
        ("ORDER_STATUS_CHANGED", Some("CANCEL")) => Some(Step::Cancel),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::handmade;

    fn write(t: u64, progress: &str, step: &str, key: &str, order: &str) -> String {
        let order = if order.is_empty() { String::new() } else { format!(r#","order":"{order}""#) };
        format!(
            r#"{{"t":{t},"p":"w","f":"transition","type":"{progress}","tenant":"a","step":"{step}","key":"{key}"{order}}}"#
        )
    }

    fn event(pos: i64, order: &str, trigger: &str, key: &str) -> String {
        format!(
            r#"{{"t":99,"p":"s","f":"recv","conn":1,"node":0,"epoch":"e","pos":{pos},"kind":"ORDER_STATUS_CHANGED","order":"{order}","trigger":"{trigger}","reference":"{key}"}}"#
        )
    }

    fn history(lines: &[String]) -> History {
        let watch = r#"{"t":0,"p":"s","f":"watch","tenant":"a"}"#;
        handmade::history(&format!("{watch}\n{}", lines.join("\n")))
    }

    fn nothing(history: &History) {
        assert_eq!(lost_write(history), Vec::new());
        assert_eq!(aborted_read(history), Vec::new());
        assert_eq!(real_time(history), Vec::new());
    }

    #[test]
    fn what_was_done_is_in_the_log_and_the_rest_may_be_or_not() {
        nothing(&history(&[
            write(1, "invoke", "PLACE", "k1", ""),
            write(2, "ok", "PLACE", "k1", "o1"),
            write(3, "invoke", "CREATE", "k2", ""),
            write(4, "info", "CREATE", "k2", ""),
            write(5, "invoke", "CREATE", "k3", ""),
            write(6, "fail", "CREATE", "k3", ""),
            write(7, "invoke", "APPROVE", "k4", "o1"),
            write(7, "invoke", "APPROVE", "k5", "o1"),
            write(8, "ok", "APPROVE", "k4", "o1"),
            write(8, "fail", "APPROVE", "k5", "o1"),
            event(1, "o1", "CREATE", "k1"),
            event(2, "o1", "SUBMIT", "k1"),
            event(3, "o2", "CREATE", "k2"),
            event(4, "o1", "APPROVE_LAST_STEP", "k1"),
        ]));
    }

    #[test]
    fn an_acknowledged_step_that_is_not_in_the_log_is_lost() {
        let history = history(&[
            write(1, "invoke", "PLACE", "k1", ""),
            write(2, "ok", "PLACE", "k1", "o1"),
            event(1, "o1", "CREATE", "k1"),
        ]);
        let findings = lost_write(&history);
        assert_eq!(
            findings[0].text,
            "1 times Submit of o1 of a was acknowledged, 0 times it was told; request k1"
        );
    }

    #[test]
    fn of_two_who_were_told_that_they_had_won_one_has_lost() {
        let history = history(&[
            write(1, "invoke", "REJECT", "k1", "o1"),
            write(1, "invoke", "REJECT", "k2", "o1"),
            write(2, "ok", "REJECT", "k1", "o1"),
            write(2, "ok", "REJECT", "k2", "o1"),
            event(1, "o1", "REJECT", "k0"),
        ]);
        assert_eq!(lost_write(&history).len(), 1);
    }

    #[test]
    fn a_refused_step_in_the_log_is_found() {
        let history = history(&[
            write(1, "invoke", "CREATE", "k1", ""),
            write(2, "fail", "CREATE", "k1", ""),
            event(1, "o1", "CREATE", "k1"),
        ]);
        let findings = aborted_read(&history);
        assert_eq!(findings[0].text, "Create of o1 of a at 1 was refused to request k1");
    }

    #[test]
    fn a_step_that_nobody_asked_for_is_found() {
        let history = history(&[event(1, "o1", "CANCEL", "k1")]);
        let findings = aborted_read(&history);
        assert_eq!(findings[0].text, "Cancel of o1 of a at 1 was not asked for");
    }

    #[test]
    fn a_later_request_with_an_earlier_position_is_found() {
        let history = history(&[
            write(1, "invoke", "CREATE", "k1", ""),
            write(2, "ok", "CREATE", "k1", "o1"),
            write(3, "invoke", "CREATE", "k2", ""),
            write(4, "ok", "CREATE", "k2", "o2"),
            event(1, "o2", "CREATE", "k2"),
            event(2, "o1", "CREATE", "k1"),
        ]);
        let findings = real_time(&history);
        assert_eq!(findings.len(), 1, "{findings:?}");
    }

    #[test]
    fn requests_at_the_same_time_may_come_in_any_order() {
        nothing(&history(&[
            write(1, "invoke", "CREATE", "k1", ""),
            write(1, "invoke", "CREATE", "k2", ""),
            write(2, "ok", "CREATE", "k1", "o1"),
            write(2, "ok", "CREATE", "k2", "o2"),
            event(1, "o2", "CREATE", "k2"),
            event(2, "o1", "CREATE", "k1"),
        ]));
    }
}
