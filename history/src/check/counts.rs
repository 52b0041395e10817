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
    pub faults: BTreeMap<String, u64>,
}

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
        *counts.faults.entry(fault.name.clone()).or_default() += 1;
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
        let faults: Vec<_> =
            self.faults.iter().map(|(name, count)| format!("{count} × {name}")).collect();
        let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(", ") };
        write!(f, "proven faults: {faults}")
    }
}
