//! What is asked for wrongly is null by itself.

use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given,
        introspection::{Introspected, Root, list, text},
    },
};

on_both_databases!(
    an_id_that_is_none_is_null_in_its_place_among_others,
    a_field_with_an_id_that_is_none_leaves_its_neighbours,
);

async fn an_id_that_is_none_is_null_in_its_place_among_others(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let customer = format!("customer_{}", world.customer_id.0.simple());
    let nobody = "order_00000000000000000000000000000000";
    let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let ids = json!({ "ids": [customer, "garbage", nobody, "order_7", customer] });
    let answer = Api::of(&app).ask(Some(&world.admin), document, ids).await;
    let found = json!({ "id": customer });
    assert_eq!(answer["data"]["nodes"], json!([found, null, null, null, found]));
    let told: Vec<_> = list(&answer, "errors").iter().map(told).collect();
    let wrong = |place: usize| (json!(["nodes", place]), json!("BAD_USER_INPUT"));
    assert_eq!(told, [wrong(1), wrong(3)]);
}

async fn a_field_with_an_id_that_is_none_leaves_its_neighbours(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let schema = Introspected::read(&api).await;
    let mut tried = 0;
    for field in schema.fields(Root::Query) {
        if !list(field, "args").iter().any(|argument| text(argument, "name") == "id") {
            continue;
        }
        let name = text(field, "name");
        for id in ["garbage", "", "viewer_00000000000000000000000000000000", "\u{200b}"] {
            let document = format!(
                "query ($id: ID!) {{ first: viewer {{ role }} wrong: {name}(id: $id) {{ id }} \
                 last: viewer {{ role }} }}"
            );
            let answer = api.ask(Some(&world.admin), &document, json!({ "id": id })).await;
            // Whatever kind of thing it may be, there is none of this kind.
            let is_unknown = name == "node" && id.starts_with("viewer");
            let role = json!({ "role": "ADMIN" });
            let expected = json!({ "first": role, "wrong": null, "last": role });
            assert_eq!(answer["data"], expected, "{name} {id:?}");
            let told: Vec<_> =
                answer["errors"].as_array().into_iter().flatten().map(told).collect();
            let wrong = [(json!(["wrong"]), json!("BAD_USER_INPUT"))];
            assert_eq!(told, wrong[usize::from(is_unknown)..], "{name} {id:?}");
        }
        tried += 1;
    }
    assert!(tried > 8, "{tried}");
}

fn told(error: &Value) -> (Value, Value) {
    (error["path"].clone(), error["extensions"]["code"].clone())
}
