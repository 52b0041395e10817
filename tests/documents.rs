//! What a document may ask for, wherever it comes in, and how little it matters how it is written.

use domain::viewer::Viewer;
use ordergate::document::MOST_ALIASES;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World},
        http::client,
        server::{Server, key_for},
        subscriber::Socket,
    },
};

on_both_databases!(
    brackets_too_deep_are_refused_on_every_transport,
    a_mutation_that_is_written_twice_is_done_once,
    an_answer_with_too_many_objects_is_refused,
    an_event_with_too_many_objects_is_refused_and_the_next_one_told,
    as_many_aliases_as_may_be_allowed_are_answered,
    a_refused_document_says_everything_that_is_wrong_with_it,
);

/// Deep, and hidden from whoever looks for comments in another way than the parser.
fn too_deep() -> String {
    format!("#\r{{a(b:{}{})}}", "[".repeat(1_600), "]".repeat(1_600))
}

async fn brackets_too_deep_are_refused_on_every_transport(database: Database) {
    let scene = Scene::start(database).await;
    let url = format!("http://{}/graphql", scene.server.address);
    let client = client();
    let body = json!({ "query": too_deep() });
    let post = client.post(&url).json(&body);
    let events = client.post(&url).header("Accept", "text/event-stream").json(&body);
    let mut address = url::Url::parse(&url).unwrap();
    address.query_pairs_mut().append_pair("query", &too_deep());
    for request in [post, events, client.get(address)] {
        let answer = request.send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("LIMIT_EXCEEDED"), "{answer}");
    }
    let mut socket = Socket::open(scene.server.address, &scene.admin).await;
    socket.subscribe("deep", &too_deep(), json!({})).await;
    let refusal = socket.receive().await;
    assert_eq!(refusal["type"], "error");
    assert_eq!(refusal["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{refusal}");
    // It is still there, for everybody.
    let answer = scene.server.post(&scene.admin, "{ viewer { role } }", json!({})).await;
    assert_eq!(answer, json!({ "data": { "viewer": { "role": "ADMIN" } } }));
}

async fn a_mutation_that_is_written_twice_is_done_once(database: Database) {
    let scene = Scene::start(database).await;
    let text = "mutation ($i: CreateOrderInput!) { ...A ...B }
        fragment A on Mutation { createOrder(input: $i) { order { id } } }
        fragment B on Mutation { createOrder(input: $i) { order { number } } }";
    let input = json!({
        "customerId": format!("customer_{}", scene.world.customer_id.0.simple()),
        "lines": [{ "offerId": offer(&scene.world), "quantity": 1 }],
    });
    let answer = scene.server.post(&scene.admin, text, json!({ "i": input })).await;
    let order = &answer["data"]["createOrder"]["order"];
    let by_number = "query ($n: String) { order(number: $n) { id } orders { totalCount } }";
    let variables = json!({ "n": order["number"] });
    let found = scene.server.post(&scene.admin, by_number, variables).await;
    assert_eq!(found["data"]["order"]["id"], order["id"], "{answer}");
    assert_eq!(found["data"]["orders"]["totalCount"], 1);
}

/// A hundred lines, each with its order, each with a hundred lines, each with what is bought.
const TOO_MUCH: &str = "lines { order { lines { offer { id } product { id } } } }";

async fn an_answer_with_too_many_objects_is_refused(database: Database) {
    let scene = Scene::start(database).await;
    scene.create_order(100).await;
    let document = format!("{{ orders(first: 1) {{ nodes {{ {TOO_MUCH} }} }} }}");
    let answer = scene.server.post(&scene.admin, &document, json!({})).await;
    assert_eq!(answer.get("data"), None, "nothing of it");
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{answer}");
    assert_eq!(errors[0]["extensions"]["code"], "LIMIT_EXCEEDED");
    assert_eq!(errors[0]["extensions"]["limit"], 20_000);
}

async fn an_event_with_too_many_objects_is_refused_and_the_next_one_told(database: Database) {
    let scene = Scene::start(database).await;
    let mut socket = Socket::open(scene.server.address, &scene.admin).await;
    let feed = format!("subscription {{ orderStatusChanged {{ to order {{ {TOO_MUCH} }} }} }}");
    socket.subscribe("feed", &feed, json!({})).await;
    // What is told first shows that the feed has begun.
    let small = scene.create_order(1).await;
    assert_eq!(socket.next().await["data"]["orderStatusChanged"]["to"], "DRAFT");
    scene.create_order(100).await;
    let refused = socket.next().await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{refused}");
    scene.cancel_order(&small).await;
    assert_eq!(socket.next().await["data"]["orderStatusChanged"]["to"], "CANCELLED");
}

async fn as_many_aliases_as_may_be_allowed_are_answered(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let aliased = |number| {
        format!("a{number}: orders(first: 1) {{ totalCount nodes {{ customer {{ name }} }} }}")
    };
    let pages: Vec<_> = (0..MOST_ALIASES).map(aliased).collect();
    let document = format!("{{ customers(first: 1) {{ nodes {{ {} }} }} }}", pages.join(" "));
    let answer = Api::of(&app).ask(Some(&world.admin), &document, json!({})).await;
    let customer = answer["data"]["customers"]["nodes"][0].as_object().unwrap();
    assert_eq!(customer.len(), usize::try_from(MOST_ALIASES).unwrap(), "{answer}");
}

async fn a_refused_document_says_everything_that_is_wrong_with_it(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let answer =
        Api::of(&app).ask(Some(&world.admin), "{ nothing viewer { rule } }", json!({})).await;
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{answer}");
    for (error, field) in errors.iter().zip(["nothing", "rule"]) {
        assert!(error["message"].as_str().unwrap().contains(field), "{error}");
        assert_eq!(error["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
        assert_eq!(error["locations"][0]["line"], 1);
    }
}

struct Scene {
    world: World,
    server: Server,
    admin: String,
    _app: TestApp,
}

impl Scene {
    async fn start(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world(&app).await;
        let server = Server::start(&app).await;
        let admin: &Viewer = &world.admin;
        let admin = key_for(&app, admin, admin).await;
        Self { world, server, admin, _app: app }
    }

    async fn create_order(&self, lines: usize) -> Value {
        let line = json!({ "offerId": offer(&self.world), "quantity": 1 });
        let input = json!({
            "customerId": format!("customer_{}", self.world.customer_id.0.simple()),
            "lines": vec![line; lines],
        });
        let mutation = "mutation ($i: CreateOrderInput!) { createOrder(input: $i) { order { id } userErrors { message } } }";
        let mut answer = self.server.post(&self.admin, mutation, json!({ "i": input })).await;
        assert_eq!(answer["data"]["createOrder"]["userErrors"], json!([]), "{answer}");
        answer["data"]["createOrder"]["order"]["id"].take()
    }

    async fn cancel_order(&self, id: &Value) {
        let mutation = "mutation ($i: CancelOrderInput!) { cancelOrder(input: $i) { userErrors { message } } }";
        let input = json!({ "i": { "id": id } });
        let answer = self.server.post(&self.admin, mutation, input).await;
        assert_eq!(answer["data"]["cancelOrder"]["userErrors"], json!([]), "{answer}");
    }
}

fn offer(world: &World) -> String {
    format!("offer_{}", world.manual_offer.0.simple())
}
