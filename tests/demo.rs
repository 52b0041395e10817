//! The made-up seller comes about whatever is drawn, and whenever.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use entity::{OrderStatus, order};
use ordergate::demo::{self, Wishes};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database},
};

on_both_databases!(every_status_can_be_seen_with_every_seed_at_every_moment);

/// How many worlds are made, unless `ORDERGATE_TEST_WORLDS` says how many. A thousand take a quarter of an hour.
const WORLDS: u64 = 12;
const PURCHASES: usize = 60;

async fn every_status_can_be_seen_with_every_seed_at_every_moment(database: Database) {
    let worlds = std::env::var("ORDERGATE_TEST_WORLDS");
    let worlds = worlds.map_or(WORLDS, |worlds| worlds.parse().unwrap());
    let app = TestApp::start(database).await;
    for seed in 0..worlds {
        // Another time of another day: over a thousand worlds, every hour, weekday and day of a month.
        app.advance(TimeDelta::seconds(90_061));
        let wishes = Wishes { purchases: PURCHASES, seed };
        let world = demo::make(&app.app, wishes).await.unwrap();
        let place = format!("seed {seed} at {}", app.app.clock.now());
        assert_eq!(world.refused_steps(), 0, "{place}");
        let orders = order::Entity::find()
            .filter(order::Column::TenantId.eq(world.shop.tenant_id))
            .all(app.app.store.readers())
            .await
            .unwrap();
        let seen: BTreeSet<_> = orders.iter().map(|order| order.status).collect();
        // No order stays submitted for longer than a transaction.
        let all = OrderStatus::ALL.iter().copied().filter(|it| *it != OrderStatus::Submitted);
        assert_eq!(seen, all.collect(), "{place}");
    }
}
