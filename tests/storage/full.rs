//! A disk that is full for a while.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sea_orm::{ConnectionTrait, Database as SeaOrm, DbBackend, Statement};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{CREATE, post, product, readiness, ready};
use crate::support::{app::TestApp, database::Database, given, http::client, server::key_for};

const READ: &str = "{ products(first: 100) { nodes { code } } }";
const REVOKE: &str = "mutation($input: RevokeApiKeyInput!) {
    revokeApiKey(input: $input) { apiKey { id } userErrors { code } }
}";
const KEY: &str = "mutation($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { apiKey { id } secret userErrors { code } }
}";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_acknowledges_nothing_and_is_over_when_there_is_room_again() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    app.stop().await;
    let file = PathBuf::from(app.database.url.strip_prefix("sqlite://").unwrap());
    let program = Program::start(&app.database.url, &file).await;
    let there = program.address;
    let name = json!({ "input": { "name": "Shop", "role": "SELLER" } });
    let (_, made) = post(there, &admin, KEY, &name).await;
    let made = &made["data"]["createApiKey"];
    let seller = made["secret"].as_str().unwrap().to_owned();
    let revoke = json!({ "input": { "id": made["apiKey"]["id"] } });
    let mut stored = Vec::new();
    for number in 0..3 {
        let code = format!("ROOM-{number}");
        assert_eq!(outcome(&post(there, &seller, CREATE, &product(&code)).await), Outcome::Done);
        stored.push(code);
    }

    program.limit(&wal_of(&file).metadata().unwrap().len().to_string());
    let mut refused = Vec::new();
    for number in 0..20 {
        let code = format!("FULL-{number}");
        match outcome(&post(there, &seller, CREATE, &product(&code)).await) {
            Outcome::Done => stored.push(code),
            Outcome::Unavailable => refused.push(code),
        }
        if number % 5 == 0 {
            // Long enough for the program to try again by itself.
            sleep(Duration::from_millis(600)).await;
        }
    }
    assert!(refused.len() > 10, "{stored:?}");
    assert_eq!(outcome(&post(there, &admin, REVOKE, &revoke).await), Outcome::Unavailable);
    let (status, unready) = readiness(there).await;
    assert_eq!((status, &unready["because"]), (503, &json!("writing")), "{unready}");
    // A write that comes to a part of its length, or to nothing.
    let reason = unready["reason"].as_str().unwrap();
    let reasons = ["there is no room left", "the database's file cannot be"];
    assert!(reasons.iter().any(|known| reason.starts_with(known)), "{reason}");
    // What is stored can be read, by the key that was not revoked as well.
    assert_eq!(codes(there, &seller).await, with_world(&stored));

    program.limit("unlimited");
    // Nobody writes, and still it finds out.
    ready(there).await;
    assert_eq!(codes(there, &seller).await, with_world(&stored));
    for code in refused {
        // With the same key, whether it was done or not.
        assert_eq!(outcome(&post(there, &seller, CREATE, &product(&code)).await), Outcome::Done);
        stored.push(code);
    }
    assert_eq!(codes(there, &seller).await, with_world(&stored));
    assert_eq!(outcome(&post(there, &admin, REVOKE, &revoke).await), Outcome::Done);
    sleep(Duration::from_millis(1_100)).await;
    assert_eq!(post(there, &seller, READ, &json!({})).await.0, 401);

    let log = program.stop();
    let told = log.lines().filter(|line| line.contains("cannot write to the database")).count();
    assert!((1..=3).contains(&told), "{log}");
    assert!(log.contains("the database can be written again"), "{log}");
    assert!(!wal_of(&file).exists());
    let connection = SeaOrm::connect(&app.database.url).await.unwrap();
    let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM product");
    let count = connection.query_one_raw(count).await.unwrap().unwrap();
    let count: i64 = count.try_get_by_index(0).unwrap();
    assert_eq!(usize::try_from(count).unwrap(), with_world(&stored).len());
    connection.close().await.unwrap();
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Unavailable,
}

/// There is nothing between these two.
fn outcome((status, answer): &(u16, Value)) -> Outcome {
    let error = &answer["errors"][0]["extensions"];
    if *status == 503 {
        assert_eq!(error["code"], "UNAVAILABLE", "{answer}");
        assert_eq!(error["retryAfter"], 1, "{answer}");
        return Outcome::Unavailable;
    }
    let payload = answer["data"].as_object().unwrap().values().next().unwrap();
    assert_eq!(payload["userErrors"], json!([]), "{answer}");
    assert!(payload.as_object().unwrap().values().all(|value| !value.is_null()), "{answer}");
    Outcome::Done
}

async fn codes(there: SocketAddr, key: &str) -> Vec<String> {
    let (status, answer) = post(there, key, READ, &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    let nodes = answer["data"]["products"]["nodes"].as_array().unwrap();
    let mut codes: Vec<_> =
        nodes.iter().map(|node| node["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes
}

/// These codes, and those of the products that are there from the beginning.
fn with_world(codes: &[String]) -> Vec<String> {
    let mut codes = codes.to_vec();
    codes.extend(["INSTANT", "MANUAL"].map(str::to_owned));
    codes.sort();
    codes
}

fn wal_of(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", file.display()))
}

/// The program in a process of its own, whose files can be kept from growing.
struct Program {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Program {
    async fn start(database_url: &str, file: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = file.with_file_name("log");
        // A process is told of a file that may not grow by a signal which would end it.
        let child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_ordergate")])
            .args(["serve", "--listen", &address.to_string(), "--database-url", database_url])
            .args(["--limit-mutations-per-second=0", "--limit-queries-per-second=0"])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let program = Self { child, address, log };
        for _ in 0..1_000 {
            let ready = client().get(format!("http://{address}/readyz")).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return program;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("the program did not become ready: {}", program.stop());
    }

    /// Lets no file grow beyond so many bytes.
    fn limit(&self, bytes: &str) {
        let limit = format!("--fsize={bytes}:");
        let pid = self.child.id().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap();
        assert!(done.success());
    }

    /// Asks the program to stop and gives what it has told.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let ended = self.child.wait().unwrap();
        let log = std::fs::read_to_string(&self.log).unwrap();
        assert!(ended.success(), "{ended}: {log}");
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
