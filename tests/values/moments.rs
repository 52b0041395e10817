//! Days and moments: what RFC 3339 can write is taken, kept and found, and nothing else is.

use ordergate::services::orders::create::{CreateOrder, create_order};
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World},
    },
};

on_both_databases!(
    a_day_that_is_not_written_as_rfc_3339_has_it_is_refused,
    a_moment_beyond_the_years_of_rfc_3339_is_refused,
    the_first_and_the_last_day_are_kept,
    the_first_and_the_last_moment_are_kept_and_compared,
);

const FIRST: &str = "0000-01-01T00:00:00Z";
const LAST: &str = "9999-12-31T23:59:59.999999Z";

async fn a_day_that_is_not_written_as_rfc_3339_has_it_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    for day in ["27-01-01", "2026-3-1", " 2026-03-01", "2026-03-01 ", "+12026-01-01", "-0001-01-01"]
    {
        let input = json!({
            "customerId": customer_id(&world), "number": "A-2", "startsOn": day,
        });
        refused(&app, &world, "createAgreement", "CreateAgreementInput", input).await;
    }
    let document = "{ agreements { totalCount } }";
    let kept = Api::of(&app).read(&world.admin, document, json!({})).await;
    assert_eq!(kept["agreements"]["totalCount"], 1);
}

async fn a_moment_beyond_the_years_of_rfc_3339_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    for moment in [
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "10000-01-01T00:00:00Z",
        "-0001-12-31T00:00:00Z",
    ] {
        let input = json!({ "name": "Key", "role": "SELLER", "expiresAt": moment });
        let message = refused(&app, &world, "createApiKey", "CreateApiKeyInput", input).await;
        assert!(message.contains("this must be a moment"), "{message}");
    }
}

async fn the_first_and_the_last_day_are_kept(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    for (number, day) in [("A-2", "0000-01-01"), ("A-3", "0001-01-01"), ("A-4", "9999-12-31")] {
        let input = json!({ "customerId": customer_id(&world), "number": number, "startsOn": day });
        let done = api.done(&world.admin, "createAgreement", input, "agreement { id startsOn }");
        assert_eq!(done.await["agreement"]["startsOn"], day);
    }
    // The first is in force, so orders can have it. Read alone, in a list, and together with an order.
    let agreement = "query ($number: String) { agreement(number: $number) { id startsOn } }";
    let first = api.read(&world.admin, agreement, json!({ "number": "A-2" })).await;
    assert_eq!(first["agreement"]["startsOn"], "0000-01-01");
    let input = json!({
        "customerId": customer_id(&world), "agreementId": first["agreement"]["id"],
        "lines": [{ "offerId": format!("offer_{}", world.instant_offer.0.simple()), "quantity": 1 }],
    });
    api.done(&world.admin, "createOrder", input, "order { id }").await;
    let lists = "{ orders { nodes { agreement { startsOn } } } agreements { nodes { startsOn } } }";
    let read = api.read(&world.admin, lists, json!({})).await;
    assert_eq!(read["orders"]["nodes"], json!([{ "agreement": { "startsOn": "0000-01-01" } }]));
    let days = sorted(&read["agreements"]["nodes"], "startsOn");
    assert_eq!(days, ["0000-01-01", "0001-01-01", "9999-12-31"]);
}

async fn the_first_and_the_last_moment_are_kept_and_compared(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    for moment in [FIRST, "0001-01-01T00:00:00.000001Z", "1066-10-14T09:00:00Z", LAST] {
        let start_at = Some(moment.parse().unwrap());
        let command = CreateOrder { start_at, ..world.buying(&[world.instant_offer]) };
        let id = app.perform(&world.customer, command, create_order).await.unwrap();
        let id = format!("order_{}", id.0.simple());
        let one = "query ($id: ID!) { order(id: $id) { startAt lines { id } customer { name } } }";
        let order = api.read(&world.admin, one, json!({ "id": id })).await;
        assert_eq!(order["order"]["startAt"], moment);
        let approved =
            api.done(&world.admin, "approveOrder", json!({ "id": id }), "order { startAt }");
        assert_eq!(approved.await["order"]["startAt"], moment);
    }
    let list = "{ orders { nodes { startAt lines { subscription { number } } } } }";
    let orders = api.read(&world.admin, list, json!({})).await;
    let moments = sorted(&orders["orders"]["nodes"], "startAt");
    assert_eq!(moments, [FIRST, "0001-01-01T00:00:00.000001Z", "1066-10-14T09:00:00Z", LAST]);

    for (range, found) in [
        (json!({ "from": FIRST, "until": LAST }), 4),
        (json!({ "from": "0001-01-01T00:00:00Z" }), 4),
        (json!({ "until": "9999-12-31T23:59:59Z" }), 4),
        (json!({ "until": "0001-01-01T00:00:00Z" }), 0),
        (json!({ "from": "9999-12-31T00:00:00+14:00" }), 0),
    ] {
        let count = "query ($range: DateTimeRange) {
            orders(filter: { createdAt: $range }) { totalCount nodes { id } } }";
        let counted = api.read(&world.admin, count, json!({ "range": range })).await;
        assert_eq!(counted["orders"]["totalCount"], found, "{range}");
        assert_eq!(counted["orders"]["nodes"].as_array().unwrap().len(), found, "{range}");
    }

    let input = json!({ "name": "Key", "role": "SELLER", "expiresAt": "9999-12-31T00:00:00Z" });
    let key = api.done(&world.admin, "createApiKey", input, "apiKey { expiresAt }").await;
    assert_eq!(key["apiKey"]["expiresAt"], "9999-12-31T00:00:00Z");
    let keys = api.read(&world.admin, "{ apiKeys { nodes { expiresAt } } }", json!({})).await;
    assert_eq!(keys["apiKeys"]["nodes"], json!([{ "expiresAt": "9999-12-31T00:00:00Z" }]));
}

/// The message of the one error of a mutation whose input cannot be read.
async fn refused(
    app: &TestApp,
    world: &World,
    mutation: &str,
    input_type: &str,
    input: Value,
) -> String {
    let document = format!(
        "mutation ($input: {input_type}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    );
    let answer = Api::of(app).ask(Some(&world.admin), &document, json!({ "input": input })).await;
    assert_eq!(answer["data"], Value::Null, "{input}");
    let [error] = answer["errors"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
    error["message"].as_str().unwrap().to_owned()
}

/// What a field has in some objects, where it has something.
fn sorted<'a>(objects: &'a Value, field: &str) -> Vec<&'a str> {
    let objects = objects.as_array().unwrap().iter();
    let mut values: Vec<_> = objects.filter_map(|object| object[field].as_str()).collect();
    values.sort_unstable();
    values
}

fn customer_id(world: &World) -> String {
    format!("customer_{}", world.customer_id.0.simple())
}
