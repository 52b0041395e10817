//! Faults, each with what shows that it happened.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rand::{RngExt, rngs::StdRng, seq::SliceRandom};
use tokio::time::sleep;

use super::{
    disk::{Disk, Fault, Tools},
    nats::Nats,
    node::Node,
    postgres::Postgres,
    stage::Stage,
};
use crate::entry::What;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nemesis {
    /// A node is killed with SIGKILL and started again.
    Kill,
    /// A node is asked to stop and started again.
    Restart,
    /// A node stands still for seconds.
    Pause,
    /// All connections to a node are cut.
    Cut,
    /// What goes to and from a node arrives late.
    Delay,
    /// Nothing goes to and from a node for seconds.
    Hold,
    /// The disk of an SQLite database is full for seconds.
    DiskFull,
    /// Whatever SQLite writes or flushes fails for seconds.
    FailingFlush,
    /// The file system of an SQLite database is read-only for seconds.
    ReadOnly,
    /// PostgreSQL is restarted without finishing anything.
    Postgres,
    /// NATS is killed, loses what it has, and is started again.
    Nats,
}

impl Nemesis {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Cut => "cut",
            Self::Delay => "delay",
            Self::Hold => "hold",
            Self::DiskFull => "disk-full",
            Self::FailingFlush => "failing-flush",
            Self::ReadOnly => "read-only",
            Self::Postgres => "postgres-crash",
            Self::Nats => "nats-wipe",
        }
    }

    /// What can be done to a service that is made of these parts.
    pub(super) fn possible(on_postgres: bool, with_nats: bool, tools: Tools) -> Vec<Self> {
        let mut possible =
            vec![Self::Kill, Self::Cut, Self::Pause, Self::Restart, Self::Delay, Self::Hold];
        if on_postgres {
            possible.push(Self::Postgres);
        } else {
            possible.extend(tools.mounts.then_some(Self::DiskFull));
            possible.extend(
                tools.injects.then_some([Self::FailingFlush, Self::ReadOnly]).into_iter().flatten(),
            );
        }
        if with_nats {
            possible.push(Self::Nats);
        }
        possible
    }
}

/// What faults can happen to.
pub(super) struct Targets {
    pub(super) nodes: Vec<Arc<Node>>,
    /// Where the database is, on SQLite.
    pub(super) disk: Option<Disk>,
    pub(super) postgres: Option<Postgres>,
    pub(super) nats: Option<Nats>,
}

impl Targets {
    /// Makes one fault after the other happen for as long as asked, in rounds in which each has its turn, and for one
    /// round at least. Ends with everything whole again.
    pub(super) async fn haunt(
        &self,
        stage: &Stage,
        kinds: &[Nemesis],
        busy_for: Duration,
        pause: Duration,
        random: &mut StdRng,
    ) -> anyhow::Result<()> {
        let until = Instant::now() + busy_for;
        let (mut round, mut rounds) = (Vec::new(), 0);
        while Instant::now() < until || rounds == 0 || (rounds == 1 && !round.is_empty()) {
            if round.is_empty() {
                round.extend_from_slice(kinds);
                round.shuffle(random);
                rounds += 1;
            }
            sleep(pause.mul_f64(random.random_range(0.5..1.5))).await;
            if let Some(nemesis) = round.pop() {
                let start = stage.recorder.now();
                let node = &self.nodes[random.random_range(0..self.nodes.len())];
                let proof = self.strike(nemesis, node, random).await?;
                let end = stage.recorder.now();
                let nemesis = nemesis.name().to_owned();
                stage.recorder.note("run", What::Nemesis { nemesis, start, end, proof });
            }
        }
        for node in &self.nodes {
            node.up().await?;
        }
        Ok(())
    }

    /// Makes one fault happen, from beginning to end, and says what shows it.
    async fn strike(
        &self,
        nemesis: Nemesis,
        node: &Node,
        random: &mut StdRng,
    ) -> anyhow::Result<Option<String>> {
        let mut up_to = |most: f64| Duration::from_secs_f64(random.random_range(1.0..most));
        match nemesis {
            Nemesis::Kill => {
                let proof = node.kill().await?;
                sleep(up_to(2.0)).await;
                node.up().await?;
                Ok(proof)
            }
            Nemesis::Restart => {
                let proof = node.stop().await?;
                node.up().await?;
                Ok(proof)
            }
            Nemesis::Pause => node.pause(up_to(6.0)).await,
            Nemesis::Cut => Ok(node.proxy.cut().await),
            Nemesis::Delay => Ok(node.proxy.delay(up_to(1.3) / 4, up_to(4.0)).await),
            // Longer than the server waits for a reader, now and then.
            Nemesis::Hold => Ok(node.proxy.hold(up_to(14.0)).await),
            Nemesis::DiskFull => match &self.disk {
                Some(disk) => disk.fill(node, up_to(4.0)).await,
                None => Ok(None),
            },
            Nemesis::FailingFlush => match &self.disk {
                Some(disk) => {
                    let length = up_to(4.0);
                    disk.fail(node, Fault::of_flush(random), length).await
                }
                None => Ok(None),
            },
            Nemesis::ReadOnly => match &self.disk {
                Some(disk) => disk.fail(node, Fault::READ_ONLY, up_to(4.0)).await,
                None => Ok(None),
            },
            Nemesis::Postgres => match &self.postgres {
                Some(postgres) => postgres.restart_immediately().await,
                None => Ok(None),
            },
            Nemesis::Nats => match &self.nats {
                Some(nats) => nats.wipe().await,
                None => Ok(None),
            },
        }
    }
}
