//! A commit whose answer gets lost.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database as SeaOrm, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::{CREATE, PATIENCE, post, product};
use crate::support::{
    app::TestApp,
    database::Database,
    given,
    server::{Server, key_for},
};

/// Lets the commit of a product dawdle.
const DAWDLE: &str = "
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(3600); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER dawdling AFTER INSERT ON product DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION dawdle()";
const END_WHO_COMMITS: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query = 'COMMIT'";
const IN_TRANSACTION: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_dies_within_a_commit_leaves_the_outcome_unknown_and_a_retry_settles_it()
{
    let app = TestApp::start(Database::postgres().await).await;
    let world = given::world(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let server = Server::start(&app).await;
    let other = SeaOrm::connect(&app.database.url).await.unwrap();
    other.execute_unprepared(DAWDLE).await.unwrap();

    let (asked, address, key_too) = (product("LOST"), server.address, key.clone());
    let asking = tokio::spawn(async move { post(address, &key_too, CREATE, &asked).await });
    let ended = async {
        while number(&other, END_WHO_COMMITS).await == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, ended).await.unwrap();
    let (status, answer) = timeout(PATIENCE, asking).await.unwrap().unwrap();
    assert_eq!(status, 503, "{answer}");
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "UNAVAILABLE");
    assert_eq!(error["extensions"]["outcomeUnknown"], true);
    assert!(error["message"].as_str().unwrap().contains("it may be done or not"), "{error}");

    other.execute_unprepared("DROP TRIGGER dawdling ON product").await.unwrap();
    for _ in 0..2 {
        let (status, answer) = post(server.address, &key, CREATE, &product("LOST")).await;
        assert_eq!((status, &answer["data"]["createProduct"]["userErrors"]), (200, &json!([])));
    }
    let lost = "SELECT count(*) FROM product WHERE code = 'LOST'";
    assert_eq!(number(&other, lost).await, 1);
    assert_eq!(number(&other, IN_TRANSACTION).await, 0);
    other.close().await.unwrap();
}

async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
