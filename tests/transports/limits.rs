//! How much one client may ask for.

use std::time::Instant;

use ordergate::http::HttpConfig;
use serde_json::{Value, json};

use super::{code, post, query, refusal};
use crate::support::{
    app::TestApp,
    database::Database,
    given,
    http::client,
    server::{Server, key_for},
    subscriber::Socket,
};

#[tokio::test(flavor = "multi_thread")]
async fn headers_have_a_limit_and_a_long_document_in_the_address_has_its_own() {
    let app = TestApp::start(Database::sqlite()).await;
    let server = Server::start(&app).await;
    let with_headers = |bytes: usize| {
        let url = format!("http://{}/graphql?query=%7B__typename%7D", server.address);
        client().get(url).header("x-filler", "a".repeat(bytes))
    };
    assert_eq!(with_headers(15_000).send().await.unwrap().status(), 200);
    let answer = with_headers(17_000).send().await.unwrap();
    assert_eq!(refusal(answer).await, (431, "LIMIT_EXCEEDED".to_owned()));

    let comment = "%23".repeat(10_000);
    let url = format!("http://{}/graphql?query=%7B__typename%7D{comment}", server.address);
    assert_eq!(client().get(url).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_of_filters_have_a_limit_and_its_refusal_names_the_field() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    for (list, filter, field, value) in [
        ("orders", "OrderFilter", "statusIn", "DRAFT"),
        ("subscriptions", "SubscriptionFilter", "statusIn", "ACTIVE"),
        ("licenses", "LicenseFilter", "statusIn", "ACTIVE"),
        ("invoices", "InvoiceFilter", "statusIn", "DRAFT"),
        ("agreements", "AgreementFilter", "statusIn", "ACTIVE"),
        ("products", "ProductFilter", "statusIn", "ACTIVE"),
        ("offers", "OfferFilter", "statusIn", "ACTIVE"),
        ("offers", "OfferFilter", "billingIn", "RECURRING"),
    ] {
        let document =
            format!("query($filter: {filter}) {{ {list}(filter: $filter) {{ totalCount }} }}");
        let ask = async |count: usize| {
            let filter = json!({ (field): vec![value; count] });
            server.post(&key, &document, json!({ "filter": filter })).await
        };
        let answer = ask(100).await;
        assert_eq!(answer.get("errors"), None, "{list}: {answer}");
        let answer = ask(101).await;
        assert_eq!(code(&answer), "BAD_USER_INPUT", "{list}: {answer}");
        let told = answer["errors"][0]["message"].as_str().unwrap();
        assert!(told.contains(field) && told.contains("100"), "{told}");
    }

    let mut socket = Socket::open(server.address, &key).await;
    for (feed, filter, field, value) in [
        ("events", "EventFilter", "kindIn", "ORDER_UPDATED"),
        ("orderStatusChanged", "OrderStatusChangedFilter", "statusIn", "DRAFT"),
        ("orderStatusChanged", "OrderStatusChangedFilter", "fromStatusIn", "DRAFT"),
        (
            "orderStatusChanged",
            "OrderStatusChangedFilter",
            "orderIds",
            "order_01980000000070008000000000000000",
        ),
        ("orderQueue", "OrderFilter", "statusIn", "DRAFT"),
        ("orderLineQueue", "OrderLineFilter", "statusIn", "PENDING"),
    ] {
        let document =
            format!("subscription($filter: {filter}) {{ {feed}(filter: $filter) {{ position }} }}");
        let filter = json!({ (field): vec![value; 101] });
        socket.subscribe("feed", &document, json!({ "filter": filter })).await;
        let message = socket.receive().await;
        assert_eq!(message["type"], "error", "{feed} {field}: {message}");
        let error = &message["payload"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
        assert!(error["message"].as_str().unwrap().contains(field), "{error}");
    }
}

/// A mutation of so many fields, each of which would be refused.
fn mutations(fields: usize) -> Value {
    const INPUT: &str = r#"input: { id: "order_01980000000070008000000000000000" }"#;
    let field = |n| format!("m{n}: deleteOrder({INPUT}) {{ userErrors {{ code }} }}");
    let fields: Vec<_> = (0..fields).map(field).collect();
    query(&format!("mutation {{ {} }}", fields.join(" ")))
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_counted_and_not_requests() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let config = HttpConfig {
        mutations_per_second: 1,
        mutations_burst: 12,
        queries_per_second: 1,
        queries_burst: 3,
        ..HttpConfig::default()
    };
    let server = Server::start_with(&app, config).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let ask = async |body: &Value| {
        let answer = post(&server, body).bearer_auth(&key).send().await.unwrap();
        (answer.status().as_u16(), answer.headers().contains_key("retry-after"))
    };
    assert_eq!(ask(&mutations(5)).await, (200, false));
    assert_eq!(ask(&mutations(5)).await, (200, false));
    assert_eq!(ask(&mutations(5)).await, (429, true));
    assert_eq!(ask(&mutations(1)).await, (200, false));
    let three = query("{ a: viewer { role } b: viewer { role } c: viewer { role } }");
    assert_eq!(ask(&three).await, (200, false));
    assert_eq!(ask(&three).await, (429, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_what_cannot_be_read_again_and_again_is_no_longer_read() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let config = HttpConfig { queries_per_second: 1, queries_burst: 4, ..HttpConfig::default() };
    let server = Server::start_with(&app, config).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let begun = Instant::now();
    let mut codes = Vec::new();
    for _ in 0..15 {
        let answer = post(&server, &query("{")).bearer_auth(&key).send().await.unwrap();
        codes.push(refusal(answer).await.1);
    }
    // On a socket as well, where it is an answer to that operation.
    let mut socket = Socket::open(server.address, &key).await;
    for _ in 0..15 {
        socket.subscribe("1", "{", Value::Null).await;
        let mut message = socket.receive().await;
        assert_eq!(message["type"], "error");
        codes.push(code(&json!({ "errors": message["payload"].take() })));
    }
    let read = codes.iter().filter(|code| *code == "GRAPHQL_PARSE_FAILED").count();
    let limited = codes.iter().filter(|code| *code == "RATE_LIMITED").count();
    assert!(codes[..4].iter().all(|code| code == "GRAPHQL_PARSE_FAILED"), "{codes:?}");
    assert_eq!(read + limited, 30, "{codes:?}");
    // On a slow machine some more may come.
    assert!(read as u64 <= 4 + begun.elapsed().as_secs() + 1, "{codes:?}");
}
