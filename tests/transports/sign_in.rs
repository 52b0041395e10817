//! Right and wrong credentials, and those who share an address.

use std::time::Instant;

use ordergate::http::HttpConfig;
use serde_json::{Value, json};

use super::{post, query, refusal};
use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given,
        server::{Server, key_for},
        subscriber::{Socket, request},
    },
};

const ROLE: &str = "{ viewer { role } }";

on_both_databases!(a_right_key_is_never_refused_for_wrong_ones_of_others);

async fn a_right_key_is_never_refused_for_wrong_ones_of_others(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let right = key_for(&app, &world.admin, &world.admin).await;
    let wrong = with_another_secret(&right);

    let mut refusals = Vec::new();
    for _ in 0..40 {
        let answer = post(&server, &query(ROLE)).bearer_auth(&wrong).send().await.unwrap();
        refusals.push(refusal(answer).await);
    }
    let (told, limited) = refusals.split_at(5);
    assert!(told.iter().all(|it| *it == (401, "UNAUTHENTICATED".to_owned())), "{told:?}");
    let limited_so = limited.iter().filter(|it| **it == (429, "RATE_LIMITED".to_owned())).count();
    assert!(limited_so > 25, "{limited:?}");

    // The first time that it is seen here, and again when it is known; over HTTP and on a socket.
    for _ in 0..3 {
        assert_eq!(server.post(&right, ROLE, Value::Null).await["data"]["viewer"]["role"], "ADMIN");
        Socket::open(server.address, &right).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_key_that_is_revoked_hears_so_however_often_it_asks() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let gone = key_for(&app, &world.admin, &world.seller()).await;
    let keys = server.post(&admin, "{ apiKeys(first: 10) { nodes { id prefix } } }", Value::Null);
    let keys = keys.await["data"]["apiKeys"]["nodes"].take();
    let is_it = |key: &&Value| gone.contains(key["prefix"].as_str().unwrap());
    let id = keys.as_array().unwrap().iter().find(is_it).unwrap()["id"].clone();
    let revoke = "mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { userErrors { code } } }";
    server.post(&admin, revoke, json!({ "input": { "id": id } })).await;
    for _ in 0..50 {
        let answer = post(&server, &query(ROLE)).bearer_auth(&gone).send().await.unwrap();
        assert_eq!(refusal(answer).await, (401, "UNAUTHENTICATED".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_no_credential_is_counted_before_anything_is_read() {
    let app = TestApp::start(Database::sqlite()).await;
    let config =
        HttpConfig { strangers_per_second: 1, strangers_burst: 3, ..HttpConfig::default() };
    let server = Server::start_with(&app, config).await;
    let begun = Instant::now();
    let mut statuses = Vec::new();
    let bodies =
        [query("{"), query("{ noSuchField }"), json!({ "query": 7 }), query("{__typename}")];
    for body in bodies.iter().cycle().take(20) {
        statuses.push(refusal(post(&server, body).send().await.unwrap()).await.0);
    }
    let looked_at = statuses.iter().filter(|status| **status != 429).count();
    assert!(looked_at >= 3 && statuses[..3].iter().all(|it| *it != 429), "{statuses:?}");
    // On a slow machine some more may come.
    assert!(looked_at as u64 <= 3 + begun.elapsed().as_secs() + 1, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_behind_a_proxy_that_is_believed_are_told_apart_and_others_are_not() {
    let app = TestApp::start(Database::sqlite()).await;
    let config = |proxies: &[&str]| HttpConfig {
        failed_authentications_per_minute: 1,
        trusted_proxies: proxies.iter().map(|it| it.parse().unwrap()).collect(),
        ..HttpConfig::default()
    };
    let guess = async |server: &Server, client: &str| {
        let request = post(server, &query(ROLE)).header("x-forwarded-for", client);
        request.bearer_auth("a guess").send().await.unwrap().status().as_u16()
    };
    let server = Server::start_with(&app, config(&["127.0.0.0/8"])).await;
    assert_eq!(guess(&server, "192.0.2.1").await, 401);
    assert_eq!(guess(&server, "192.0.2.2").await, 401);
    assert_eq!(guess(&server, "198.51.100.66, 192.0.2.1").await, 429);
    assert_eq!(guess(&server, "2001:db8::1").await, 401);
    assert_eq!(guess(&server, "2001:db8::2").await, 429, "of the same network");

    let server = Server::start_with(&app, config(&["10.0.0.0/8"])).await;
    assert_eq!(guess(&server, "192.0.2.1").await, 401);
    assert_eq!(guess(&server, "192.0.2.2").await, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_has_as_many_connections_as_it_needs_and_its_clients_so_many_sockets() {
    let app = TestApp::start(Database::sqlite()).await;
    let config = HttpConfig {
        connections_per_address: 2,
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..HttpConfig::default()
    };
    let server = Server::start_with(&app, config).await;
    let open = async |client: &'static str| {
        let mut request = request(server.address);
        request.headers_mut().insert("X-Forwarded-For", client.parse().unwrap());
        Socket::connect(request).await.ok()
    };
    let of_one = [open("192.0.2.1").await, open("192.0.2.1").await, open("192.0.2.1").await];
    assert_eq!(of_one.each_ref().map(Option::is_some), [true, true, false]);
    assert!(open("192.0.2.2").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_the_word_before_it_is_told_how_keys_are_sent() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let answer = post(&server, &query(ROLE)).header("authorization", key).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.text().await.unwrap().contains("as \\\"Bearer …\\\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_may_name_its_tenant_and_is_refused_by_another_one_s_key() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let tenant = world.tenant_id.0;
    for (named, status) in [
        (format!("tenant_{}", tenant.simple()), 200),
        (tenant.to_string(), 200),
        (format!("customer_{}", tenant.simple()), 401),
        ("tenant_0190f3000000700080000000000000ff".to_owned(), 401),
    ] {
        let request = post(&server, &query(ROLE)).bearer_auth(&key);
        let answer = request.header("x-ordergate-tenant", &named).send().await.unwrap();
        assert_eq!(answer.status(), status, "{named}");
    }
}

/// A key with the same prefix, which is no secret, and not the secret.
fn with_another_secret(key: &str) -> String {
    let last = if key.ends_with('A') { 'B' } else { 'A' };
    format!("{}{last}", &key[..key.len() - 1])
}
