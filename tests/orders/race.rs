//! Many decide at once.

use std::sync::Arc;

use entity::{OrderId, OrderStatus, event, order};
use futures_util::future::join_all;
use ordergate::{
    error::{Error, Outcome, RefusalCode},
    services::orders::{
        approve::{ApproveOrder, approve_order},
        cancel::{CancelOrder, cancel_order},
        reject::{RejectOrder, reject_order},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tokio::sync::Barrier;

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given::{self, World},
    },
};

const ORDERS: usize = 200;
const CLIENTS: usize = 64;
/// The version that waits for approval, which every client has seen. An approved order may be cancelled, so a client
/// that says nothing about what it has seen could cancel what another has just approved.
const SEEN: i64 = 3;

on_both_databases!(of_many_who_decide_at_once_exactly_one_wins);

async fn of_many_who_decide_at_once_exactly_one_wins(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let world = Arc::new(given::world(&app).await);
    let mut won = [0; 3];
    for _ in 0..ORDERS {
        let id = world.pending_order(&app, &[world.instant_offer]).await;
        let barrier = Arc::new(Barrier::new(CLIENTS));
        let clients = (0..CLIENTS).map(|client| {
            let (app, world, barrier) = (app.clone(), world.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                decide(&app, &world, id, client % 3).await
            })
        });
        let outcomes: Vec<_> =
            join_all(clients).await.into_iter().map(|outcome| outcome.unwrap()).collect();
        let winners: Vec<_> = (0..CLIENTS).filter(|client| outcomes[*client].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{id}");
        won[winners[0] % 3] += 1;
        let expected =
            [OrderStatus::Approved, OrderStatus::Rejected, OrderStatus::Cancelled][winners[0] % 3];
        assert_lost_with(&outcomes, expected);
        let readers = app.app.store.readers();
        let order = order::Entity::find_by_id(id).one(readers).await.unwrap().unwrap();
        assert_eq!(order.status, expected);
        let last_moves = event::Entity::find()
            .filter(event::Column::OrderId.eq(id))
            .filter(event::Column::FromStatus.eq(OrderStatus::PendingApproval.as_str()))
            .count(readers)
            .await
            .unwrap();
        assert_eq!(last_moves, 1, "{id}");
    }
    println!(
        "{ORDERS} orders × {CLIENTS} clients: approve won {}, reject {}, cancel {}",
        won[0], won[1], won[2]
    );
}

/// Every client is somebody else: who repeats its own decision is told it was kept.
async fn decide(app: &TestApp, world: &World, id: OrderId, decision: usize) -> Outcome<OrderId> {
    match decision {
        0 => {
            let command = ApproveOrder {
                order_id: id,
                expected_version: Some(SEEN),
                external_reference: None,
            };
            app.perform(&world.approver(), command, approve_order).await
        }
        1 => {
            let command = RejectOrder {
                order_id: id,
                expected_version: Some(SEEN),
                reason: "No credit".to_owned(),
            };
            app.perform(&world.approver(), command, reject_order).await
        }
        _ => {
            let command = CancelOrder { order_id: id, expected_version: Some(SEEN), reason: None };
            app.perform(&world.seller(), command, cancel_order).await
        }
    }
}

/// Every loser is told which status won.
fn assert_lost_with(outcomes: &[Outcome<OrderId>], winner: OrderStatus) {
    for outcome in outcomes {
        match outcome {
            Ok(_) => {}
            Err(Error::Refused(refusals)) => {
                let refusal = &refusals[0];
                assert!(
                    matches!(
                        refusal.code,
                        RefusalCode::OrderNotPendingApproval
                            | RefusalCode::OrderStatusConflict
                            | RefusalCode::VersionConflict
                    ),
                    "{refusal:?}"
                );
                assert_eq!(refusal.current.unwrap().status, Some(winner.as_str()));
            }
            Err(Error::Failed(cause)) => panic!("a client failed: {cause:?}"),
        }
    }
}
