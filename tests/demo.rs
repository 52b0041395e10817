//! The made-up seller comes about whatever is drawn, and whenever.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use entity::{ApprovalDecision, OrderStatus, approval, consent, order};
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
    let mut partners_asked_by_a_rule = 0;
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

        let readers = app.app.store.readers();
        let asked = approval::Entity::find()
            .filter(approval::Column::TenantId.eq(world.shop.tenant_id))
            .all(readers)
            .await
            .unwrap();
        let examples = [(world.examples.waiting_order, 1), (world.examples.half_approved_order, 2)];
        for (order, people) in examples {
            let order = order.expect(&place);
            let waiting: Vec<_> = asked
                .iter()
                .filter(|it| it.order_id == order && it.decision == ApprovalDecision::Pending)
                .map(|it| (it.partner_id, it.approvers_needed))
                .collect();
            assert_eq!(waiting, [(None, people)], "{place}");
            let consents = consent::Entity::find()
                .filter(consent::Column::OrderId.eq(order))
                .filter(consent::Column::PartnerId.is_null())
                .all(readers)
                .await
                .unwrap();
            assert_eq!(i32::try_from(consents.len()).unwrap(), people - 1, "{place}");
        }
        let by_rule = asked.iter().filter(|it| it.partner_id.is_some() && it.rules.is_some());
        partners_asked_by_a_rule += by_rule.count();
    }
    assert!(partners_asked_by_a_rule > 0);
}
