//! An SQLite database that others hold, or that can only be read.

use std::time::Duration;

use entity::product;
use ordergate::store::{Settings, Store, Unready, is_unavailable};
use sea_orm::{ConnectionTrait, Database as SeaOrm, EntityTrait, PaginatorTrait};
use serde_json::json;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{CREATE, post, product as named, readiness, ready};
use crate::support::{
    app::TestApp,
    database::Database,
    given,
    server::{Server, key_for},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_another_process_holds_is_unavailable_and_over_when_it_is_given_back() {
    let app = TestApp::start_impatient(Database::sqlite()).await;
    let world = given::world(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let server = Server::start(&app).await;
    let other = SeaOrm::connect(&app.database.url).await.unwrap();

    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    for _ in 0..3 {
        let (status, answer) = post(server.address, &key, CREATE, &named("LOCKED")).await;
        assert_eq!(status, 503, "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE");
        // It never came to the point of storing anything.
        assert!(answer["errors"][0]["extensions"].get("outcomeUnknown").is_none(), "{answer}");
    }
    let (status, unready) = readiness(server.address).await;
    assert_eq!((status, &unready["because"]), (503, &json!("writing")), "{unready}");
    assert!(unready["reason"].as_str().unwrap().starts_with("another process holds the lock"));

    other.execute_unprepared("ROLLBACK").await.unwrap();
    other.close().await.unwrap();
    ready(server.address).await;
    let (status, answer) = post(server.address, &key, CREATE, &named("LOCKED")).await;
    assert_eq!((status, &answer["data"]["createProduct"]["userErrors"]), (200, &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_finds_out_about_a_lock_when_nobody_writes() {
    let app = TestApp::start_impatient(Database::sqlite()).await;
    app.app.store.ready().await.unwrap();
    let other = SeaOrm::connect(&app.database.url).await.unwrap();
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let noticed = async {
        while app.app.store.ready().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(super::PATIENCE, noticed).await.unwrap();
    other.execute_unprepared("ROLLBACK").await.unwrap();
    other.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_can_only_be_read_is_read_and_says_why_it_is_not_written() {
    let app = TestApp::start(Database::sqlite()).await;
    given::world(&app).await;
    let url = format!("{}?mode=ro", app.database.url);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let store = Store::open(&url, &Settings::default(), &tasks, &stop).await.unwrap();

    assert_eq!(product::Entity::find().count(store.readers()).await.unwrap(), 2);
    for _ in 0..2 {
        let error = store.renew_epochs().await.unwrap_err();
        assert!(is_unavailable(&error.into()));
        let Err(Unready::Writing(because)) = store.ready().await else { panic!("it is ready") };
        assert!(because.starts_with("the database cannot be written"), "{because}");
    }
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}
