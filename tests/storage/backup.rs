//! Copies of the database, and what they mean for those who follow it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use entity::{event, order};
use ordergate::events::log;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World},
    },
};

const FEED: &str = "subscription($after: FeedCursor) { events(after: $after) { position } }";

on_both_databases!(what_is_said_to_be_restored_lets_nobody_go_on_from_before);

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_under_load_is_one_moment_of_the_database_with_a_history_of_its_own() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let before = orders(&app).await;
    let cursor = latest(&app, &world).await;
    let copy = Database::sqlite();
    let made = {
        let arguments = backup(&app.database, &file(&copy));
        let making = tokio::spawn(run(arguments));
        while !making.is_finished() {
            world.pending_order(&app, &[world.instant_offer, world.manual_offer]).await;
        }
        making.await.unwrap()
    };
    assert!(made.status.success(), "{made:?}");
    let after = orders(&app).await;

    let copied = TestApp::start(copy).await;
    let held = orders(&copied).await;
    assert!((before..=after).contains(&held), "{before} <= {held} <= {after}");
    let events = event::Entity::find().count(copied.app.store.readers()).await.unwrap();
    assert!(text(&made.stdout).contains(&format!("{held} order")), "{made:?}");
    assert!(text(&made.stdout).contains(&format!("and {events} events")), "{made:?}");
    let extent = log::extent(copied.app.store.readers(), world.tenant_id).await.unwrap();
    assert_eq!(extent.latest, i64::try_from(events).unwrap());
    assert_eq!(why_not(&copied, &world, &cursor).await, "EPOCH_CHANGED");
    // It is a database like any other.
    world.pending_order(&copied, &[world.instant_offer]).await;
    assert_eq!(orders(&copied).await, held + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_replaces_nothing_unless_it_is_told_to() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let copy = Database::sqlite();
    std::fs::write(file(&copy), "precious").unwrap();
    let refused = run(backup(&app.database, &file(&copy))).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("--overwrite"), "{refused:?}");
    assert_eq!(std::fs::read(file(&copy)).unwrap(), b"precious");

    world.pending_order(&app, &[world.instant_offer]).await;
    let mut arguments = backup(&app.database, &file(&copy));
    arguments.push("--overwrite".to_owned());
    let made = run(arguments).await;
    assert!(made.status.success(), "{made:?}");
    let left = std::fs::read_dir(file(&copy).parent().unwrap()).unwrap().count();
    assert_eq!(left, 1, "nothing unfinished is left behind");
    assert_eq!(orders(&TestApp::start(copy).await).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_postgresql_is_left_to_postgresql() {
    let database = Database::postgres().await;
    let refused = run(backup(&database, Path::new("/nowhere/copy.db"))).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("pg_dump"), "{refused:?}");
}

async fn what_is_said_to_be_restored_lets_nobody_go_on_from_before(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;
    let cursor = latest(&app, &world).await;
    let url = app.database.url.clone();
    let done = run(vec!["restored".to_owned(), "--database-url".to_owned(), url]).await;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(why_not(&app, &world, &cursor).await, "EPOCH_CHANGED");
    // What is there keeps its positions, under the new name.
    let extent = log::extent(app.app.store.readers(), world.tenant_id).await.unwrap();
    assert!(cursor != extent.latest_cursor().to_string() && extent.latest > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_database_that_was_stopped_is_a_complete_copy() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    for _ in 0..20 {
        world.pending_order(&app, &[world.instant_offer, world.manual_offer]).await;
    }
    let head = log::extent(app.app.store.readers(), world.tenant_id).await.unwrap();
    app.stop().await;
    let copy = Database::sqlite();
    std::fs::copy(file(&app.database), file(&copy)).unwrap();
    let copied = TestApp::start(copy).await;
    assert_eq!(orders(&copied).await, 20);
    // It is the same history, so whoever has followed it goes on.
    assert_eq!(log::extent(copied.app.store.readers(), world.tenant_id).await.unwrap(), head);
}

fn file(database: &Database) -> PathBuf {
    PathBuf::from(database.url.strip_prefix("sqlite://").unwrap())
}

fn backup(database: &Database, to: &Path) -> Vec<String> {
    let to = to.to_str().unwrap().to_owned();
    vec!["backup".to_owned(), to, "--database-url".to_owned(), database.url.clone()]
}

async fn run(arguments: Vec<String>) -> Output {
    spawn_blocking(move || {
        Command::new(env!("CARGO_BIN_EXE_ordergate")).args(arguments).output().unwrap()
    })
    .await
    .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

async fn orders(app: &TestApp) -> u64 {
    order::Entity::find().count(app.app.store.readers()).await.unwrap()
}

/// Where the log ends, as a cursor.
async fn latest(app: &TestApp, world: &World) -> String {
    let extent = log::extent(app.app.store.readers(), world.tenant_id).await.unwrap();
    extent.latest_cursor().to_string()
}

/// Why a feed does not go on from a cursor.
async fn why_not(app: &TestApp, world: &World, cursor: &str) -> String {
    let answer = Api::of(app).first(Some(&world.admin), FEED, json!({ "after": cursor })).await;
    let refusal = &answer["errors"][0]["extensions"];
    assert_eq!(refusal["code"], "RESUME_GAP", "{answer}");
    refusal["reason"].as_str().unwrap().to_owned()
}
