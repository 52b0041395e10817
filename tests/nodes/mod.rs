//! Several nodes on one PostgreSQL database.

mod leases;
mod outage;
mod replicas;
mod restart;
mod wakeups;

use std::{sync::Arc, time::Duration};

use entity::{OrderStatus, order};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tokio::time::{sleep, timeout};

use crate::support::{app::TestApp, database::Database};

/// How long something that happens by itself may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);
const FEED: &str = "subscription($after: FeedCursor) { events(after: $after) { position } }";

async fn nodes(count: usize) -> Vec<Arc<TestApp>> {
    let first = TestApp::start(Database::postgres().await).await;
    let mut nodes = vec![];
    for _ in 1..count {
        nodes.push(Arc::new(first.beside().await));
    }
    nodes.push(Arc::new(first));
    nodes
}

/// Waits until so many orders are completed.
async fn completed(node: &TestApp, count: u64) {
    let done = async {
        loop {
            let completed = order::Entity::find()
                .filter(order::Column::Status.eq(OrderStatus::Completed))
                .count(node.app.store.readers())
                .await
                .unwrap();
            if completed == count {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, done).await.unwrap();
}
