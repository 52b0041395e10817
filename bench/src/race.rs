//! Servers that answer the same questions, in turn, so that each has its share of the machine's good and bad moments.

use std::{sync::Arc, time::Duration};

use crate::{
    load::{Always, Requests, Throughput, drive},
    processes::Server,
    results::{Before, rate},
    sample::{Sample, middle, milliseconds},
    world::Place,
};

const ROUNDS: usize = 3;

/// Counts what the server asks of its database.
pub(crate) const STATEMENTS: &str = "ordergate_database_statements_total";

/// A server, and what it did in each round.
pub(crate) struct Runner<'a> {
    server: &'a Server,
    rounds: Vec<Throughput>,
    answers: usize,
    cpu: Duration,
    /// None: the server does not tell.
    statements: Option<f64>,
}

impl<'a> Runner<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        let cpu = Duration::ZERO;
        Self { server, rounds: Vec::new(), answers: 0, cpu, statements: Some(0.0) }
    }

    /// Lets the server answer for so long, or until there are no more requests.
    pub(crate) async fn run(
        &mut self,
        connections: usize,
        length: Duration,
        requests: Arc<impl Requests>,
    ) -> anyhow::Result<()> {
        let (cpu, statements) = (self.server.cpu()?, self.server.counter(STATEMENTS).await);
        let round = drive(self.server.address, connections, length, requests).await?;
        self.cpu += self.server.cpu()?.saturating_sub(cpu);
        let after = self.server.counter(STATEMENTS).await;
        self.statements = self.statements.and_then(|sum| Some(sum + after? - statements?));
        self.answers += round.latency.count();
        self.rounds.push(round);
        Ok(())
    }

    /// How many times as many answers it gave as another: the ratio in the middle one of the rounds.
    pub(crate) fn ratio_to(&self, other: &Runner<'_>) -> f64 {
        let rounds = self.rounds.iter().zip(&other.rounds);
        middle(rounds.map(|(ours, theirs)| ours.per_second / theirs.per_second).collect())
    }

    /// The round in the middle, and what an answer costs.
    pub(crate) fn text(&self) -> String {
        let round = in_the_middle(self.rounds.clone());
        let answers = self.answers.max(1);
        let cpu = self.cpu.div_f64(answers as f64);
        let statements = self.statements.map_or_else(String::new, |statements| {
            format!("; statements {:.2}", statements / answers as f64)
        });
        let rate = rate(round.per_second, &round.latency);
        format!("{rate}; CPU {}{statements}", milliseconds(cpu))
    }

    /// What it says of this one that an earlier program did the same so fast.
    pub(crate) fn beside(&self, earlier: &Runner<'_>) -> Before {
        Before { text: earlier.text(), ratio: format!("{:.2}", self.ratio_to(earlier)) }
    }
}

/// Lets each server answer the same few requests.
pub(crate) async fn race<'a>(
    place: &Place,
    connections: usize,
    servers: Vec<(&'a Server, Vec<Vec<u8>>)>,
) -> anyhow::Result<Vec<Runner<'a>>> {
    let (warm_up, length) = if place.quick { (200, 500) } else { (2_000, 6_000) };
    let mut runners: Vec<_> = servers
        .into_iter()
        .map(|(server, requests)| (Runner::new(server), Always::new(requests)))
        .collect();
    for _ in 0..ROUNDS {
        for (runner, requests) in &mut runners {
            let warm_up = Duration::from_millis(warm_up);
            drive(runner.server.address, connections, warm_up, requests.clone()).await?;
            runner.run(connections, Duration::from_millis(length), requests.clone()).await?;
        }
    }
    Ok(runners.into_iter().map(|(runner, _)| runner).collect())
}

pub(crate) fn in_the_middle(mut runs: Vec<Throughput>) -> Throughput {
    runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
    let middle = runs.len() / 2;
    runs.into_iter()
        .nth(middle)
        .unwrap_or(Throughput { per_second: 0.0, latency: Sample::default() })
}
