//! What the program writes to its log.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};

use futures_util::StreamExt;
use jsonwebtoken::{EncodingKey, Header, encode};
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given,
        http::client,
        server::{expiring_key_for, key_for},
        subscriber::Socket,
    },
};

const JWT_SECRET: &str = "a secret of more than thirty-two bytes";

/// The program, and what it has written.
struct Program {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Program {
    async fn start(database_url: &str) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = std::env::temp_dir().join(format!("ordergate-log-{}", uuid::Uuid::new_v4()));
        let child = Command::new(env!("CARGO_BIN_EXE_ordergate"))
            .args(["serve", "--listen", &address.to_string(), "--database-url", database_url])
            .args(["--jwt-issuer", "https://id.example", "--jwt-audience", "ordergate"])
            .env("ORDERGATE_JWT_SECRET", JWT_SECRET)
            .env("ORDERGATE_LOG_LEVEL", "trace,hyper=trace,h2=trace,tungstenite=trace,sqlx=trace")
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let program = Self { child, address, log };
        for _ in 0..500 {
            if client().get(program.url("/readyz")).send().await.is_ok_and(|it| it.status() == 200)
            {
                return program;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the program did not become ready: {}", program.log());
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        fs::remove_file(&self.log).unwrap();
    }
}

on_both_databases!(no_credential_gets_into_the_log_at_any_level);

async fn no_credential_gets_into_the_log_at_any_level(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let seller = key_for(&app, &world.admin, &world.seller()).await;
    // The test's clock stands still in the past.
    let expired =
        expiring_key_for(&app, &world.admin, &world.seller(), chrono::TimeDelta::hours(1)).await;
    let token = token(&world);
    let order = world.pending_order(&app, &[world.instant_offer]).await;
    let program = Program::start(&app.database.url).await;

    let mut told = Vec::new();
    for credential in [&admin, &token] {
        let request = json!({ "query": "query Who { viewer { role } }" });
        let answer = client().post(program.url("/graphql")).bearer_auth(credential).json(&request);
        let answer: Value = answer.send().await.unwrap().json().await.unwrap();
        told.push(answer["data"]["viewer"]["role"].clone());

        let stream = program.url("/graphql?query=subscription%7Bevents%7Bposition%7D%7D");
        let stream = client().get(stream).bearer_auth(credential);
        let stream = stream.header("accept", "text/event-stream").send().await.unwrap();
        stream.bytes_stream().next().await.unwrap().unwrap();

        let mut socket = Socket::open(program.address, credential).await;
        socket.subscribe("1", "{ viewer { role } }", Value::Null).await;
        told.push(socket.next().await["data"]["viewer"]["role"].clone());
    }
    assert_eq!(told, ["ADMIN"; 4]);
    // One that is refused, one that is new, one over HTTP/2.
    let wrong = format!("{}x", &admin[..admin.len() - 1]);
    for credential in [&wrong, &expired, &seller] {
        let http2 = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
        let request = json!({ "query": "{ viewer { role } }" });
        http2
            .post(program.url("/graphql"))
            .bearer_auth(credential)
            .json(&request)
            .send()
            .await
            .unwrap();
    }
    let create = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }";
    let input = json!({ "input": { "name": "New", "role": "AUDITOR" } });
    let request = json!({ "query": create, "variables": input });
    let made = client().post(program.url("/graphql")).bearer_auth(&admin).json(&request);
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    let new = made["data"]["createApiKey"]["secret"].as_str().unwrap().to_owned();

    // A link that is looked at, tried in vain, and used.
    let order = json!({ "id": Id(order).to_string(), "recipient": "Pat" });
    let links = "mutation($input: CreateApprovalLinksInput!) {
        createApprovalLinks(input: $input) { approveUrl rejectUrl } }";
    let request = json!({ "query": links, "variables": { "input": order } });
    let made = client().post(program.url("/graphql")).bearer_auth(&admin).json(&request);
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    let made = &made["data"]["createApprovalLinks"];
    let mut tokens = Vec::new();
    for (path, status) in [("rejectUrl", 422), ("approveUrl", 200), ("approveUrl", 410)] {
        let path = made[path].as_str().unwrap();
        tokens.push(path.rsplit_once('/').unwrap().1.to_owned());
        client().get(program.url(path)).send().await.unwrap();
        client().get(program.url(&format!("{path}/more"))).send().await.unwrap();
        client().get(program.url(&format!("{path}x"))).send().await.unwrap();
        let form = ("content-type", "application/x-www-form-urlencoded");
        let answer = client().post(program.url(path)).header(form.0, form.1).body("text=");
        assert_eq!(answer.send().await.unwrap().status().as_u16(), status);
    }

    let log = program.log();
    for token in tokens {
        assert!(!log.contains(&token), "the token of a link is in the log");
    }
    assert!(log.contains("/approve/{token}"), "that it was followed is");
    for secret in [&admin, &seller, &expired, &wrong, &new] {
        // The part behind the prefix, which is no secret.
        assert!(!log.contains(&secret[16..]), "a key's secret is in the log");
    }
    for part in token.split('.').skip(1) {
        assert!(!log.contains(part), "a part of a token is in the log");
    }
    assert!(!log.contains(JWT_SECRET), "the secret that tokens are signed with is in the log");

    // It was written, and says whose request it was.
    let line = log.lines().find(|line| line.contains("graphql.name=\"Who\"")).unwrap();
    let prefix = &admin[3..15];
    for word in [
        format!("key:{prefix}"),
        world.tenant_id.to_string(),
        "graphql.operation=\"query\"".to_owned(),
    ] {
        assert!(line.contains(&word), "{line} lacks {word}");
    }
    assert!(log.lines().any(|line| line.contains("error.code=\"UNAUTHENTICATED\"")));
}

fn token(world: &given::World) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": "https://id.example",
        "aud": "ordergate",
        "sub": "ada",
        "iat": now,
        "exp": now + 600,
        "tid": world.tenant_id.0,
        "role": "ADMIN",
    });
    let key = EncodingKey::from_secret(JWT_SECRET.as_bytes());
    encode(&Header::new(jsonwebtoken::Algorithm::HS256), &claims, &key).unwrap()
}
