//! What the program carries out by itself: shared fairly, and held up by nothing that cannot be done.

use chrono::TimeDelta;
use entity::{
    EventKind, OrderId, OrderLineStatus, OrderStatus, event, invoice_line, license, order,
    order_line,
};
use ordergate::{
    error::{Error, RefusalCode},
    services::orders::create::create_order,
    services::orders::lines::retry::{RetryOrderLine, retry_order_line},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use crate::{
    on_both_databases,
    support::{
        app::{TestApp, code},
        database::Database,
        given::{self, World},
    },
};

on_both_databases!(
    a_line_that_cannot_be_carried_out_is_left_alone_longer_and_longer_and_fails_in_the_end,
    lines_that_cannot_be_carried_out_hold_up_nobody,
    a_tenant_with_much_to_do_does_not_make_another_wait_for_all_of_it,
    an_order_that_cannot_be_started_holds_up_nobody,
    an_order_with_a_date_is_started_then,
    a_part_of_a_transaction_is_undone_alone,
    an_error_that_a_part_has_swallowed_undoes_everything,
);

/// A quantity of which no license can be issued.
const UNLUCKY: i32 = 13;
/// More than a round takes of one tenant.
const MANY: usize = 40;

async fn a_line_that_cannot_be_carried_out_is_left_alone_longer_and_longer_and_fails_in_the_end(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    forbid_licenses(&app).await;
    let id = buy(&app, &world, UNLUCKY).await;
    let mut waits = Vec::new();
    loop {
        app.run_jobs().await;
        let line = line_of(&app, id).await;
        if line.status != OrderLineStatus::InProgress {
            break;
        }
        let wait = line.next_try_at - app.app.clock.now();
        assert_eq!(usize::try_from(line.failures), Ok(waits.len() + 1));
        // Not a moment earlier.
        app.advance(wait - TimeDelta::microseconds(1));
        app.run_jobs().await;
        assert_eq!(line_of(&app, id).await, line);
        app.advance(TimeDelta::microseconds(1));
        waits.push(wait);
    }
    assert_eq!(waits.first(), Some(&TimeDelta::seconds(2)));
    assert!(waits.windows(2).all(|pair| pair[1] > pair[0]), "{waits:?}");
    let failed = line_of(&app, id).await;
    assert_eq!(failed.status, OrderLineStatus::Failed);
    let reason = failed.failure_reason.unwrap();
    assert!(reason.contains("8 attempts") && reason.contains("retried"), "{reason}");
    assert_eq!(status_of(&app, id).await, OrderStatus::Failed);

    allow_licenses(&app).await;
    let retry = RetryOrderLine { line_id: failed.id };
    app.perform(&world.seller(), retry, retry_order_line).await.unwrap();
    app.run_jobs().await;
    let line = line_of(&app, id).await;
    assert_eq!((line.status, line.failures, line.attempts), (OrderLineStatus::Completed, 0, 2));
    assert_eq!(count::<license::Entity>(&app).await, 1);
    assert_eq!(count::<invoice_line::Entity>(&app).await, 1);
}

async fn lines_that_cannot_be_carried_out_hold_up_nobody(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let other = given::world_with_approval(&app, false).await;
    forbid_licenses(&app).await;
    for _ in 0..MANY {
        buy(&app, &world, UNLUCKY).await;
    }
    let (own, others) = (buy(&app, &world, 3).await, buy(&app, &other, 3).await);
    app.run_jobs().await;
    for id in [own, others] {
        assert_eq!(status_of(&app, id).await, OrderStatus::Completed);
    }
    let waiting = order_line::Entity::find()
        .filter(order_line::Column::Status.eq(OrderLineStatus::InProgress))
        .all(app.app.store.readers())
        .await
        .unwrap();
    assert_eq!(waiting.len(), MANY);
    assert!(waiting.iter().all(|line| line.failures == 1));
}

async fn a_tenant_with_much_to_do_does_not_make_another_wait_for_all_of_it(database: Database) {
    let app = TestApp::start(database).await;
    let busy = given::world_with_approval(&app, false).await;
    let other = given::world_with_approval(&app, false).await;
    for _ in 0..MANY {
        buy(&app, &busy, 3).await;
    }
    let late = buy(&app, &other, 3).await;
    app.run_jobs().await;
    let completed = event::Entity::find()
        .filter(event::Column::Kind.eq(EventKind::OrderStatusChanged))
        .filter(event::Column::ToStatus.eq(OrderStatus::Completed.as_str()))
        .order_by_asc(event::Column::Sequence)
        .all(app.app.store.readers())
        .await
        .unwrap();
    assert_eq!(completed.len(), MANY + 1);
    let place = completed.iter().position(|event| event.order_id == Some(late)).unwrap();
    // It came last, and is among the first of each.
    assert!(place < MANY / 4, "{place}");
}

/// An order whose row this program does not understand, as one of a later release may be.
async fn an_order_that_cannot_be_started_holds_up_nobody(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let strange = buy(&app, &world, 3).await;
    let line = "UPDATE order_line SET action = 'SWAP'";
    app.database.execute(line).await;
    let plain = buy(&app, &world, 3).await;
    app.run_jobs().await;
    assert_eq!(status_of(&app, plain).await, OrderStatus::Completed);
    let put_off = order_of(&app, strange).await;
    assert_eq!((put_off.status, put_off.failures), (OrderStatus::Approved, 1));
    assert!(put_off.next_try_at > app.app.clock.now());

    let line = "UPDATE order_line SET action = 'BUY'";
    app.database.execute(line).await;
    app.advance(TimeDelta::seconds(2));
    app.run_jobs().await;
    assert_eq!(status_of(&app, strange).await, OrderStatus::Completed);
}

async fn an_order_with_a_date_is_started_then(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let start_at = app.app.clock.now() + TimeDelta::days(3);
    let mut order = world.buying(&[world.instant_offer]);
    order.start_at = Some(start_at);
    let id = app.perform(&world.customer, order, create_order).await.unwrap();
    app.run_jobs().await;
    let waiting = order_of(&app, id).await;
    assert_eq!((waiting.status, waiting.next_try_at), (OrderStatus::Approved, start_at));
    // Nothing happened to the order as far as anybody else is concerned.
    assert_eq!((waiting.version, waiting.failures), (3, 0));
    app.advance(TimeDelta::days(3) - TimeDelta::microseconds(1));
    app.run_jobs().await;
    assert_eq!(status_of(&app, id).await, OrderStatus::Approved);
    app.advance(TimeDelta::microseconds(1));
    app.run_jobs().await;
    assert_eq!(status_of(&app, id).await, OrderStatus::Completed);
}

async fn a_part_of_a_transaction_is_undone_alone(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let unit = begin(&app, &world).await;
    let first = create_order(&unit, world.buying(&[world.instant_offer])).await.unwrap();
    for is_refused in [true, false] {
        let part = async {
            create_order(&unit, world.buying(&[world.instant_offer])).await?;
            if is_refused {
                create_order(&unit, world.buying(&[])).await.map(drop)
            } else {
                Ok(unit.txn.execute_unprepared("SELECT nothing FROM nowhere").await.map(drop)?)
            }
        };
        let outcome = unit.txn.all_or_nothing::<(), Error>(part).await.unwrap();
        match outcome {
            Err(Error::Failed(cause)) => {
                assert!(!is_refused && cause.downcast_ref::<DbErr>().is_some(), "{cause}");
            }
            refused => assert_eq!((code(refused), is_refused), (RefusalCode::OrderEmpty, true)),
        }
    }
    let second = create_order(&unit, world.buying(&[world.instant_offer]));
    let second = unit.txn.all_or_nothing(second).await.unwrap().unwrap();
    unit.commit().await.unwrap();
    app.all_positions_given().await;

    let readers = app.app.store.readers();
    let orders = order::Entity::find().all(readers).await.unwrap();
    assert_eq!(orders.iter().map(|order| order.id).collect::<Vec<_>>(), [first, second]);
    let events =
        event::Entity::find().order_by_asc(event::Column::Position).all(readers).await.unwrap();
    // Positions are dense, and only of what is kept.
    let positions: Vec<_> = events.iter().filter_map(|event| event.position).collect();
    assert_eq!(positions, (1..=8).collect::<Vec<_>>());
    assert!(events.iter().all(|event| [Some(first), Some(second)].contains(&event.order_id)));
}

async fn an_error_that_a_part_has_swallowed_undoes_everything(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let unit = begin(&app, &world).await;
    create_order(&unit, world.buying(&[world.instant_offer])).await.unwrap();
    let swallowing = async {
        drop(unit.txn.execute_unprepared("SELECT nothing FROM nowhere").await);
        Ok::<_, Error>(())
    };
    drop(unit.txn.all_or_nothing(swallowing).await);
    unit.commit().await.unwrap_err();
    assert_eq!(count::<order::Entity>(&app).await, 0);
}

async fn begin(app: &TestApp, world: &World) -> ordergate::services::unit::Unit {
    let viewer = std::sync::Arc::new(world.customer.clone());
    ordergate::services::unit::Unit::begin(&app.app, viewer).await.unwrap()
}

async fn buy(app: &TestApp, world: &World, quantity: i32) -> OrderId {
    let mut order = world.buying(&[world.instant_offer]);
    order.lines[0].quantity = quantity;
    app.perform(&world.customer, order, create_order).await.unwrap()
}

async fn order_of(app: &TestApp, id: OrderId) -> order::Model {
    order::Entity::find_by_id(id).one(app.app.store.readers()).await.unwrap().unwrap()
}

async fn status_of(app: &TestApp, id: OrderId) -> OrderStatus {
    order_of(app, id).await.status
}

async fn line_of(app: &TestApp, id: OrderId) -> order_line::Model {
    order_line::Entity::find()
        .filter(order_line::Column::OrderId.eq(id))
        .one(app.app.store.readers())
        .await
        .unwrap()
        .unwrap()
}

async fn count<E: EntityTrait>(app: &TestApp) -> u64
where
    E::Model: Send + Sync + sea_orm::FromQueryResult,
{
    E::find().count(app.app.store.readers()).await.unwrap()
}

/// Lets the database refuse a license of the unlucky quantity, as a fault of ours would.
async fn forbid_licenses(app: &TestApp) {
    let sql = if app.database.is_postgres() {
        format!("ALTER TABLE license ADD CONSTRAINT unlucky CHECK (user_limit <> {UNLUCKY})")
    } else {
        format!(
            "CREATE TRIGGER unlucky BEFORE INSERT ON license WHEN NEW.user_limit = {UNLUCKY} \
             BEGIN SELECT RAISE(ABORT, 'unlucky'); END"
        )
    };
    app.database.execute(&sql).await;
}

async fn allow_licenses(app: &TestApp) {
    let sql = if app.database.is_postgres() {
        "ALTER TABLE license DROP CONSTRAINT unlucky"
    } else {
        "DROP TRIGGER unlucky"
    };
    app.database.execute(sql).await;
}
