//! A rolling restart: one node after the other, under load, with everybody watching.

use std::{
    io::{Write, stdout},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use anyhow::Context;
use tokio::time::sleep;

use super::scenario::{Aim, Running, Size};
use crate::{check::Report, entry::What};

/// How long the load runs before the first restart and after each.
const SETTLING: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(2);

/// Restarts every node in turn, `rounds` times, and tells how long watchers were without news.
pub async fn run(size: &Size, aim: &Aim, rounds: u32) -> anyhow::Result<Report> {
    let running = Running::begin(size, aim).await?;
    let outcome = restart_all(&running, rounds).await;
    let report = running.end().await?;
    outcome?;
    Ok(report)
}

async fn restart_all(running: &Running, rounds: u32) -> anyhow::Result<()> {
    let mut out = stdout();
    all_live(running).await?;
    for _ in 0..rounds {
        for node in &running.targets.nodes {
            sleep(SETTLING).await;
            for sight in &running.sights {
                sight.longest_outage.store(0, Ordering::Relaxed);
            }
            let start = running.stage.recorder.now();
            let begun = Instant::now();
            let stop = node.stop().await?;
            let stopped = begun.elapsed();
            node.up().await?;
            let up = begun.elapsed();
            all_live(running).await?;
            let mut outages: Vec<_> = running
                .sights
                .iter()
                .map(|sight| sight.longest_outage.load(Ordering::Relaxed))
                .filter(|nanos| *nanos > 0)
                .map(Duration::from_nanos)
                .collect();
            outages.sort_unstable();
            let median = outages.get(outages.len() / 2).copied().unwrap_or_default();
            let longest = outages.last().copied().unwrap_or_default();
            writeln!(
                out,
                "node {}: stopped after {:.2} s, ready again after {:.2} s; {} watchers had to move, \
                 each was live again within {:.2} s (half of them within {:.2} s)",
                node.index,
                stopped.as_secs_f64(),
                up.as_secs_f64(),
                outages.len(),
                longest.as_secs_f64(),
                median.as_secs_f64(),
            )?;
            let proof = stop.filter(|_| !outages.is_empty());
            let end = running.stage.recorder.now();
            let nemesis = "restart".to_owned();
            running.stage.recorder.note("run", What::Nemesis { nemesis, start, end, proof });
        }
    }
    sleep(SETTLING).await;
    Ok(())
}

/// Waits until every watcher hears from a node.
async fn all_live(running: &Running) -> anyhow::Result<()> {
    let waiting = async {
        while !running.sights.iter().all(|sight| sight.live.load(Ordering::Relaxed)) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.context("not every watcher is live")
}
