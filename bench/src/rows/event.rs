//! What an event of a nested feed costs the server: it is worked out once for each of many selections.

use anyhow::{Context, ensure};

use crate::{
    documents::nested_feed,
    race::STATEMENTS,
    results::{Before, NOTHING, Row},
    rows::fan_out::{Approver, Crowd, Told, each_text, pending_orders},
    sample::milliseconds,
    world::{Place, World, Worlds},
};

/// So many that the approval behind an event is the smaller part of it.
const SELECTIONS: usize = 50;

/// Tells the events to the watchers of both programs, one after the other: what is compared is processor time.
pub(crate) async fn measure(place: &Place, worlds: &Worlds) -> anyhow::Result<Row> {
    let events = if place.quick { 10 } else { 100 };
    let what = format!(
        "CPU per event of a nested feed in {SELECTIONS} selections, {}, {events} events",
        worlds.now.database.name()
    );
    eprintln!("{what}");
    let mut told = Vec::new();
    for world in worlds.each() {
        told.push(tell(world, events).await?);
    }
    let now = told.pop().context("the present program runs")?;
    let cpu = |(told, _): &(Told, _)| told.cpu.div_f64(events as f64);
    let text = |both: &(Told, Option<f64>)| {
        let statements = both
            .1
            .map_or_else(String::new, |count| format!("; statements {:.2}", count / events as f64));
        format!("{}; {}{statements}", milliseconds(cpu(both)), each_text(&both.0))
    };
    Ok(Row {
        what,
        ordergate: text(&now),
        baseline: NOTHING.to_owned(),
        found: None,
        to_reach: NOTHING.to_owned(),
        before: told.pop().map(|before| Before {
            text: text(&before),
            ratio: format!(
                "{:.2}; less is better",
                cpu(&now).as_secs_f64() / cpu(&before).as_secs_f64()
            ),
        }),
    })
}

/// What became of the events, and how many statements the server ran meanwhile, if it tells.
async fn tell(world: &World, events: usize) -> anyhow::Result<(Told, Option<f64>)> {
    let orders = pending_orders(world, events).await?;
    let mut approver = Approver::new(world).await?;
    let documents = (0..SELECTIONS).map(nested_feed).collect();
    let crowd = Crowd::gather_for(world, documents).await?;
    let statements = world.server.counter(STATEMENTS).await;
    let (told, _) = crowd.tell(&world.server, &orders, &mut approver).await?;
    let after = world.server.counter(STATEMENTS).await;
    ensure!(told.is_exact(), "events were lost or came twice: {}", each_text(&told));
    Ok((told, after.zip(statements).map(|(after, before)| after - before)))
}
