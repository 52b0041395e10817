//! Whatever a caller sends, it is taken or refused: nothing of it is an error of ours.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given,
        introspection::{Introspected, Root, list, text},
        seller::seller,
    },
};

on_both_databases!(
    a_text_that_no_database_can_hold_is_refused_wherever_it_is_given,
    a_moment_at_the_end_of_time_is_taken_wherever_it_is_given,
    a_number_that_nobody_expects_is_taken_or_refused_wherever_it_is_given,
    a_cursor_that_somebody_made_up_is_refused,
    a_key_that_nothing_can_have_is_told_from_one_that_nothing_has,
);

async fn a_text_that_no_database_can_hold_is_refused_wherever_it_is_given(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let strange = ["a\0b", "\0", "\u{202e}\u{200b}", "\u{10ffff}\u{fffe}"].map(Value::from);
    let long = "\u{e9}".repeat(5_000);
    for (field, path, answer) in try_everywhere(&app, &api, "String", &strange).await {
        // A search is for words, and whatever else there is parts them. A preview uses up no key.
        let is_taken = path.ends_with("/text")
            || (["previewOrder", "previewPriceMigration"].contains(&field.as_str())
                && path.ends_with("/idempotencyKey"));
        assert!(is_refused(&answer) || is_taken, "{field} {path}: {answer}");
    }
    try_everywhere(&app, &api, "String", &[long.into()]).await;
}

async fn a_moment_at_the_end_of_time_is_taken_wherever_it_is_given(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let moments = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"].map(Value::from);
    try_everywhere(&app, &api, "DateTime", &moments).await;
    let days = ["0000-01-01", "9999-12-31"].map(Value::from);
    try_everywhere(&app, &api, "Date", &days).await;
}

async fn a_number_that_nobody_expects_is_taken_or_refused_wherever_it_is_given(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    try_everywhere(&app, &api, "Int", &[-1, i32::MIN, i32::MAX].map(Value::from)).await;
    let amounts = [-1, i64::MIN, i64::MAX].map(|amount| Value::from(amount.to_string()));
    try_everywhere(&app, &api, "MinorUnits", &amounts).await;
}

/// Gives each argument and input field of a type each of some values, and asserts that nothing is an error of ours.
/// Answers what the first of the values came to.
async fn try_everywhere(
    app: &TestApp,
    api: &Api,
    type_name: &str,
    values: &[Value],
) -> Vec<(String, String, Value)> {
    let schema = Introspected::read(api).await;
    let seller = seller(app, api, "Fabrikam").await;
    let mut answers = Vec::new();
    for root in Root::ALL {
        for field in schema.fields(root) {
            let name = text(field, "name");
            let selection = match (root, name) {
                (_, "orderLifecycle") => continue,
                (_, "feedCursor") => "",
                (Root::Mutation, _) | (_, "previewOrder" | "previewPriceMigration") => {
                    "{ userErrors { code } }"
                }
                (Root::Query | Root::Feeds, _) => "{ __typename }",
            };
            let document = schema.document(root, field, selection);
            for path in schema.paths(field, type_name) {
                for (place, value) in values.iter().enumerate() {
                    let mut arguments = seller.arguments(&seller.near, name).unwrap();
                    let by_key = root == Root::Query && arguments.get("id").is_some();
                    if by_key {
                        arguments = json!({});
                    }
                    put(&mut arguments, &path, value.clone());
                    let admin = Some(&seller.admin);
                    let answer = match root {
                        Root::Query | Root::Mutation => api.ask(admin, &document, arguments).await,
                        Root::Feeds => api.first(admin, &document, arguments).await,
                    };
                    for error in answer["errors"].as_array().into_iter().flatten() {
                        let code = &error["extensions"]["code"];
                        let ours = *code == "INTERNAL_SERVER_ERROR" || *code == "UNAVAILABLE";
                        assert!(!ours && !code.is_null(), "{name} {path} {value:?}: {answer}");
                    }
                    if place == 0 {
                        answers.push((name.to_owned(), path.clone(), answer));
                    }
                }
            }
        }
    }
    assert!(!answers.is_empty(), "{type_name}");
    answers
}

fn is_refused(answer: &Value) -> bool {
    let mut payloads = answer["data"].as_object().into_iter().flatten().map(|(_, payload)| payload);
    answer["errors"].is_array() || payloads.any(|payload| !list(payload, "userErrors").is_empty())
}

/// Puts a value into arguments. What is on the way there and missing is made.
fn put(arguments: &mut Value, path: &str, value: Value) {
    let mut place = arguments;
    for step in path.split('/').skip(1) {
        if let Ok(index) = step.parse::<usize>() {
            if !place.is_array() {
                *place = json!([{}]);
            }
            place = &mut place[index];
        } else {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[step];
        }
    }
    *place = value;
}

async fn a_cursor_that_somebody_made_up_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let cursor = |sort: &str, value: &str| {
        let id = world.customer_id.0.simple();
        BASE64_URL_SAFE_NO_PAD.encode(format!("{sort}\n{id}\n{value}"))
    };
    let document = "query ($by: NameSortField!, $after: String, $before: String) {
        customers(orderBy: { field: $by, direction: ASC }, first: 5, after: $after, before: $before) {
            nodes { id }
        } }";
    for (by, cursor, can_be) in [
        ("NAME", cursor("customer name up", "B"), true),
        ("NAME", cursor("customer name up", "a\0b"), false),
        ("CREATED_AT", cursor("customer created_at up", "0"), true),
        ("CREATED_AT", cursor("customer created_at up", "-62167219200000000"), true),
        ("CREATED_AT", cursor("customer created_at up", "-62167219200000001"), false),
        ("CREATED_AT", cursor("customer created_at up", "-300000000000000000"), false),
        ("CREATED_AT", cursor("customer created_at up", "253402300799999999"), true),
        ("CREATED_AT", cursor("customer created_at up", "253402300800000000"), false),
        ("CREATED_AT", cursor("customer created_at up", "9223372036854775807"), false),
    ] {
        for end in ["after", "before"] {
            let answer =
                api.ask(Some(&world.admin), document, json!({ "by": by, end: cursor })).await;
            let code = &answer["errors"][0]["extensions"]["code"];
            let expected = if can_be { Value::Null } else { json!("BAD_USER_INPUT") };
            assert_eq!(*code, expected, "{by} {cursor}");
        }
    }
}

async fn a_key_that_nothing_can_have_is_told_from_one_that_nothing_has(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let document = "query ($key: String) { customer(customerNumber: $key) { id } viewer { role } }";
    for (key, message) in [
        ("C-404", None),
        (" ", Some("\"customerNumber\": This field cannot be blank.")),
        ("C\0", Some("\"customerNumber\": This field holds printable characters only.")),
        (
            "C\u{200b}-1",
            Some("\"customerNumber\": This field cannot hold U+200B, which is not shown."),
        ),
    ] {
        let answer = api.ask(Some(&world.admin), document, json!({ "key": key })).await;
        assert_eq!(answer["data"], json!({ "customer": null, "viewer": { "role": "ADMIN" } }));
        assert_eq!(answer["errors"][0]["message"], json!(message), "{key:?}");
    }
}
