//! How much happened.

use std::{collections::BTreeMap, fmt};

use crate::history::{End, History, Seen};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub acknowledged: u64,
    pub refused: u64,
    pub unknown: u64,
    pub events: u64,
    pub watchers: u64,
    pub deliveries: u64,
    pub snapshots: u64,
    /// Subscriptions of a watcher after its first.
    pub reconnects: u64,
    /// Those of them at another node than before.
    pub node_switches: u64,
    /// Faults that left a proof, by name.
    pub faults: BTreeMap<String, Around>,
}

/// Faults of one name, and what was acknowledged around them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    pub times: u64,
    pub before: u64,
    pub during: u64,
    pub after: u64,
}

/// How long before and after a fault is around it, in nanoseconds.
const AROUND: u64 = 5_000_000_000;

pub(super) fn count(history: &History) -> Counts {
    let mut counts = Counts {
        watchers: history.watchers.len() as u64,
        events: history.logs.values().map(|log| log.len() as u64).sum(),
        ..Counts::default()
    };
    for write in &history.writes {
        match write.end {
            End::Ok { .. } => counts.acknowledged += 1,
            End::Fail => counts.refused += 1,
            End::Unknown => counts.unknown += 1,
        }
    }
    for watcher in &history.watchers {
        let mut at = None;
        for item in &watcher.items {
            match item.what {
                Seen::Join { node } | Seen::Resume { node, .. } => {
                    if let Some(before) = at.replace(node) {
                        counts.reconnects += 1;
                        counts.node_switches += u64::from(before != node);
                    }
                }
                Seen::Recv { .. } => counts.deliveries += 1,
                Seen::Snapshot { .. } | Seen::Counts { .. } | Seen::Page { .. } => {
                    counts.snapshots += 1;
                }
                Seen::Passed { .. } | Seen::Gap { .. } | Seen::Close => {}
            }
        }
    }
    for fault in history.faults.iter().filter(|fault| fault.proof.is_some()) {
        let around = counts.faults.entry(fault.name.clone()).or_default();
        around.times += 1;
        for write in &history.writes {
            let End::Ok { t } = write.end else { continue };
            if (fault.start..=fault.end).contains(&t) {
                around.during += 1;
            } else if (fault.start.saturating_sub(AROUND)..fault.start).contains(&t) {
                around.before += 1;
            } else if (fault.end..fault.end.saturating_add(AROUND)).contains(&t) {
                around.after += 1;
            }
        }
    }
    counts
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, refused, unknown, events, watchers, deliveries, .. } = self;
        writeln!(
            f,
            "{acknowledged} steps acknowledged, {refused} refused, {unknown} unknown; {events} events"
        )?;
        writeln!(
            f,
            "{deliveries} deliveries and {} snapshots to {watchers} watchers; {} reconnects, {} to another node",
            self.snapshots, self.reconnects, self.node_switches
        )?;
        if self.faults.is_empty() {
            return write!(f, "proven faults: none");
        }
        write!(
            f,
            "proven faults, and steps acknowledged in the 5 s before, during and in the 5 s after them:"
        )?;
        for (name, Around { times, before, during, after }) in &self.faults {
            write!(f, "\n  {times:>3} × {name:<15} {before:>6} {during:>6} {after:>6}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::handmade;

    #[test]
    fn what_was_acknowledged_is_counted_before_during_and_after_a_fault() {
        let acknowledged = |t: u64| {
            format!(
                r#"{{"t":{t},"p":"w0","f":"transition","type":"invoke","tenant":"a","step":"CREATE","key":"k{t}"}}
                {{"t":{t},"p":"w0","f":"transition","type":"ok","tenant":"a","step":"CREATE","key":"k{t}","order":"o{t}"}}"#
            )
        };
        let second = 1_000_000_000;
        let times = [1, 4, 7, 11, 12, 13, 16, 19];
        let steps: Vec<_> = times.iter().map(|at| acknowledged(at * second)).collect();
        let fault = r#"{"t":15000000000,"p":"run","f":"nemesis","nemesis":"disk-full","start":10000000000,"end":15000000000,"proof":"0 bytes"}"#;
        let counts = count(&handmade::history(&format!("{}\n{fault}", steps.join("\n"))));
        let around = Around { times: 1, before: 1, during: 3, after: 2 };
        assert_eq!(counts.faults["disk-full"], around);
    }
}
