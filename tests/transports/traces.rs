//! From an event back to the request that it comes of, to whoever made it, and for whom.

use domain::viewer::{Scope, Viewer};
use entity::Role;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
        http::client,
        server::{Server, key_for},
        subscriber::{self, Socket},
    },
};

on_both_databases!(
    an_event_names_the_request_and_the_trace_that_it_comes_of,
    what_is_asked_over_a_websocket_names_a_trace_of_its_own,
    history_says_who_acted_and_for_whom,
);

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CREATE: &str = "mutation ($input: CreateOrderInput!) {
    createOrder(input: $input) { order { id } } }";

async fn an_event_names_the_request_and_the_trace_that_it_comes_of(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.customer).await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    for (request_id, trace_parent, trace_id) in [
        (Some("cart-7:2"), Some(parent.as_str()), json!(TRACE)),
        (Some("no id"), Some("00-nonsense-01"), Value::Null),
        (None, None, Value::Null),
    ] {
        let request = json!({ "query": CREATE, "variables": { "input": buying(&world) } });
        let mut request = client()
            .post(format!("http://{}/graphql", server.address))
            .bearer_auth(&key)
            .json(&request);
        if let Some(id) = request_id {
            request = request.header("x-request-id", id);
        }
        if let Some(parent) = trace_parent {
            request = request.header("traceparent", parent);
        }
        let answer = request.send().await.unwrap();
        let named = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(request_id == Some(named.as_str()), request_id == Some("cart-7:2"));
        let answer: Value = answer.json().await.unwrap();
        let order = answer["data"]["createOrder"]["order"]["id"].clone();
        app.run_jobs().await;
        let events = history(&app, &world.admin, &order).await;
        let (asked, by_itself): (Vec<_>, Vec<_>) =
            events.iter().partition(|event| event["actorKind"] == "API_KEY");
        assert!(!asked.is_empty() && !by_itself.is_empty());
        for event in asked {
            assert_eq!((&event["requestId"], &event["traceId"]), (&json!(named), &trace_id));
        }
        // What policy does is done by the same request; what a job does, by none.
        let (submitted, later): (Vec<_>, Vec<_>) =
            by_itself.into_iter().partition(|event| event["toStatus"] == "APPROVED");
        assert!(submitted.iter().all(|event| event["requestId"] == json!(named)));
        assert!(later.iter().all(|event| event["requestId"].is_null()), "{later:?}");
    }
}

async fn what_is_asked_over_a_websocket_names_a_trace_of_its_own(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.customer).await;
    let other = TRACE.replace('4', "5");
    let of_socket = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let of_operation = format!("00-{other}-00f067aa0ba902b7-01");
    let mut request = subscriber::request(server.address);
    request.headers_mut().insert("traceparent", of_socket.parse().unwrap());
    let mut socket = Socket::connect(request).await.unwrap();
    socket.send(&json!({ "type": "connection_init", "payload": { "token": key } })).await;
    assert_eq!(socket.receive().await["type"], "connection_ack");
    for (id, parent, trace_id) in [
        ("1", Some(of_operation.as_str()), other.as_str()),
        ("2", Some("00-nonsense-01"), TRACE),
        ("3", None, TRACE),
    ] {
        let payload = json!({
            "query": CREATE, "variables": { "input": buying(&world) },
            "extensions": parent.map(|parent| json!({ "traceparent": parent })),
        });
        socket.send(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
        let answer = socket.next().await;
        assert_eq!(socket.receive().await["type"], "complete");
        let order = &answer["data"]["createOrder"]["order"]["id"];
        let events = history(&app, &world.admin, order).await;
        let asked: Vec<_> = events.iter().filter(|it| it["actorKind"] == "API_KEY").collect();
        assert!(!asked.is_empty(), "{answer}");
        for event in asked {
            assert_eq!(event["traceId"], json!(trace_id), "{parent:?}");
        }
    }
}

async fn history_says_who_acted_and_for_whom(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let seller = viewer(world.tenant_id, Role::Seller, Scope::Tenant);
    let customer = given_id("customer", world.customer_id.0);
    for (buyer, stands_for) in [(&seller, json!(customer)), (&world.customer, Value::Null)] {
        let mut draft = buying(&world);
        draft["submit"] = json!(false);
        draft["lines"][0]["offerId"] = json!(given_id("offer", world.manual_offer.0));
        let run = async |viewer: &Viewer, mutation: &str, input: Value| {
            api.done(viewer, mutation, input, "order { id lines { id } }").await["order"].take()
        };
        let order = run(buyer, "createOrder", draft).await;
        let id = json!({ "id": order["id"] });
        let other = json!({ "id": order["id"], "reference": "R" });
        run(buyer, "updateOrder", other).await;
        run(buyer, "submitOrder", id.clone()).await;
        run(&world.approver(), "approveOrder", id.clone()).await;
        app.run_jobs().await;
        let line = json!({ "id": order["lines"][0]["id"] });
        api.done(&world.admin, "startOrderLine", line.clone(), "").await;
        let asked = json!({ "id": line["id"], "reason": "Where?" });
        api.done(&world.admin, "holdOrderLine", asked, "").await;
        api.done(buyer, "resumeOrderLine", line, "").await;
        let events = history(&app, &world.admin, &order["id"]).await;
        let subject = json!(buyer.subject);
        let of_order = events.iter().filter(|event| event["subjectKind"] == "ORDER");
        let (own, others): (Vec<_>, Vec<_>) = of_order.partition(|event| event["actor"] == subject);
        // Created, changed, submitted, answered, and so the order went on.
        assert_eq!(own.len(), 5, "{events:?}");
        assert!(own.iter().all(|event| event["onBehalfOf"]["id"] == stands_for), "{own:?}");
        for event in others {
            assert_eq!(event["onBehalfOf"], Value::Null, "{event}");
        }
    }
}

fn buying(world: &World) -> Value {
    json!({
        "customerId": given_id("customer", world.customer_id.0),
        "agreementId": given_id("agreement", world.agreement_id.0), "submit": true,
        "lines": [{ "offerId": given_id("offer", world.instant_offer.0), "quantity": 1 }],
    })
}

async fn history(app: &TestApp, viewer: &Viewer, order: &Value) -> Vec<Value> {
    let document = "query ($id: ID!) { order(id: $id) { history(first: 100) { nodes {
        actor actorKind subjectKind toStatus requestId traceId onBehalfOf { id } } } } }";
    let mut read = Api::of(app).read(viewer, document, json!({ "id": order })).await;
    let nodes = read["order"]["history"]["nodes"].take();
    nodes.as_array().unwrap().clone()
}

fn given_id(prefix: &str, id: uuid::Uuid) -> String {
    format!("{prefix}_{}", id.simple())
}
