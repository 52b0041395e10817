//! A mutation that answers with an order and what is below it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;

use crate::{
    documents::{CREATE_ORDER, UPDATE_ORDER, new_draft, update},
    http,
    load::Requests,
    race::Runner,
    results::{NOTHING, Row},
    rows::writes::refuse_errors,
    world::{Place, World, Worlds},
};

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 3;
/// So many that no two connections change the same one at the same time.
const DRAFTS: u64 = 256;

/// Changes the PO numbers of drafts.
pub(crate) async fn measure(place: &Place, worlds: &Worlds) -> anyhow::Result<Row> {
    let what = format!(
        "Update an order and answer with it and what is below it, {}, {CONNECTIONS} connections",
        worlds.now.database.name()
    );
    eprintln!("{what}");
    let length = Duration::from_millis(if place.quick { 500 } else { 6_000 });
    let mut sides = Vec::new();
    for world in worlds.each() {
        sides.push((Runner::new(&world.server), Arc::new(Updating::new(world).await?)));
    }
    for _ in 0..ROUNDS {
        for (runner, requests) in &mut sides {
            runner.run(CONNECTIONS, length, requests.clone()).await?;
        }
    }
    let (now, _) = sides.pop().context("the present program runs")?;
    let before = sides.pop();
    Ok(Row {
        what,
        ordergate: now.text(),
        baseline: NOTHING.to_owned(),
        found: None,
        to_reach: NOTHING.to_owned(),
        before: before.map(|(before, _)| now.beside(&before)),
    })
}

/// Drafts in turn, each time with another PO number.
struct Updating {
    key: String,
    drafts: Vec<String>,
    turn: AtomicU64,
}

impl Updating {
    async fn new(world: &World) -> anyhow::Result<Self> {
        let mut drafts = Vec::new();
        for turn in 0..DRAFTS {
            let created = world.server.ask(&world.seller, CREATE_ORDER, &new_draft(turn)).await?;
            let id = created["createOrder"]["order"]["id"].as_str();
            let id = id.with_context(|| format!("an order was not created: {created}"))?;
            drafts.push(id.to_owned());
        }
        Ok(Self { key: world.seller.clone(), drafts, turn: 0.into() })
    }
}

impl Requests for Updating {
    fn next(&self) -> Option<Arc<[u8]>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let draft = &self.drafts[usize::try_from(turn % DRAFTS).ok()?];
        Some(http::graphql(&self.key, UPDATE_ORDER, &update(draft, turn)).into())
    }

    fn answered(&self, answer: &[u8]) -> anyhow::Result<()> {
        refuse_errors(answer)
    }
}
