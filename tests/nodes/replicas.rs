//! Which of two databases a query is answered from. The replica here is one that nothing has reached yet.

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    database::Database,
    given,
    http::client,
    server::{Server, key_for},
    subscriber::Socket,
};

const PRODUCTS: &str = "{ products { totalCount nodes { code } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_answers_queries_that_do_not_ask_for_the_latest_and_nothing_else() {
    let first = TestApp::start(Database::postgres().await).await;
    let world = given::world(&first).await;
    let replica = Database::postgres().await;
    replica.migrate().await;
    let node = first.beside_reading_from(&replica).await;
    let server = Server::start(&node).await;
    let key = key_for(&first, &world.admin, &world.admin).await;

    let products = |answer: Value| answer["data"]["products"]["totalCount"].clone();
    assert_eq!(products(ask(&server, &key, PRODUCTS, None).await), 0);
    assert_eq!(products(ask(&server, &key, PRODUCTS, Some("latest")).await), 2);
    let with_cursor = "{ feedCursor products { totalCount nodes { code } } }";
    assert_eq!(products(ask(&server, &key, with_cursor, None).await), 2);

    let product = "mutation { createProduct(input: { code: \"NEW\", name: \"New\", vendor: \"Us\", provisioning: MANUAL }) \
                   { product { code editions { totalCount } } userErrors { message } } }";
    let answer = ask(&server, &key, product, None).await;
    assert_eq!(answer["data"]["createProduct"]["product"]["code"], "NEW", "{answer}");
    assert_eq!(products(ask(&server, &key, PRODUCTS, None).await), 0);

    let mut socket = Socket::open(server.address, &key).await;
    let feed = "subscription { orderStatusChanged { to order { number lines { quantity } } } }";
    socket.subscribe("feed", feed, json!({})).await;
    socket.subscribe("look", PRODUCTS, json!({})).await;
    let looked = socket.next().await;
    assert_eq!(looked["data"]["products"]["totalCount"], 3, "{looked}");
    assert_eq!(socket.receive().await["type"], "complete");
    world.pending_order(&first, &[world.instant_offer]).await;
    let told = socket.next().await;
    assert_eq!(told["data"]["orderStatusChanged"]["order"]["lines"][0]["quantity"], 3, "{told}");
}

async fn ask(server: &Server, key: &str, query: &str, freshness: Option<&str>) -> Value {
    let mut request = client()
        .post(format!("http://{}/graphql", server.address))
        .bearer_auth(key)
        .json(&json!({ "query": query }));
    if let Some(freshness) = freshness {
        request = request.header("Ordergate-Freshness", freshness);
    }
    request.send().await.unwrap().json().await.unwrap()
}
