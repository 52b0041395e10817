//! What the schema remembers of documents: that they are valid, with these variables, and nothing else.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use ordergate::graphql::{
    self, Schema,
    documents::{DocumentKey, Documents},
    guard::DocumentLimits,
    known::key_of,
};
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given::{self, World},
    },
};

on_both_databases!(
    a_document_is_validated_again_with_each_value_of_its_variables,
    what_was_executed_without_an_error_is_valid_from_then_on,
    what_was_executed_with_an_error_is_validated_again,
);

const PAGE: &str = "query ($first: Int) { orders(first: $first) { nodes { id } } }";
/// Whoever validates it refuses it; to execute it is harmless.
const INVALID: &str = "query ($unused: Int) { __typename }";

async fn a_document_is_validated_again_with_each_value_of_its_variables(database: Database) {
    let remembering = Remembering::start(database).await;
    let good = json!({ "first": 1 });
    let documents = Documents::within(DocumentLimits::default());
    let key = documents.check(PAGE, None).unwrap().key;
    for bad in [json!({ "first": "one" }), json!({ "first": [1] }), json!({ "first": 2.5 })] {
        let at_first = remembering.ask(None, PAGE, &bad).await;
        assert!(at_first.get("errors").is_some(), "{at_first}");
        for _ in 0..2 {
            let answer = remembering.ask(Some(key), PAGE, &good).await;
            assert_eq!(answer.get("errors"), None, "{answer}");
            assert_eq!(remembering.ask(Some(key), PAGE, &bad).await, at_first);
        }
    }
}

async fn what_was_executed_without_an_error_is_valid_from_then_on(database: Database) {
    let remembering = Remembering::start(database).await;
    let [key, other] = ["a", "b"].map(|name| DocumentKey(key_of(&[name.as_bytes()])));
    let none = json!({});
    let is_validated = async |key, variables: Value| {
        // With the key of another document, because one that is valid does not show whether it was looked at.
        remembering.ask(key, INVALID, &variables).await.get("errors").is_some()
    };
    assert!(is_validated(Some(key), none.clone()).await);
    let answer = remembering.ask(Some(key), "{ __typename }", &none).await;
    assert_eq!(answer["data"]["__typename"], "Query");
    assert!(!is_validated(Some(key), none.clone()).await);
    assert!(is_validated(Some(key), json!({ "unused": 1 })).await);
    assert!(is_validated(Some(other), none.clone()).await);
    assert!(is_validated(None, none.clone()).await);
}

async fn what_was_executed_with_an_error_is_validated_again(database: Database) {
    let remembering = Remembering::start(database).await;
    let key = Some(DocumentKey(key_of(&[b"a"])));
    let none = json!({});
    for document in
        [INVALID, "{ node(id: \"nonsense\") { id } }", "{ orders(first: 0) { nodes { id } } }"]
    {
        let at_first = remembering.ask(key, document, &none).await;
        assert!(at_first.get("errors").is_some(), "{at_first}");
        assert_eq!(remembering.ask(key, document, &none).await, at_first);
        let answer = remembering.ask(key, INVALID, &none).await;
        assert!(answer.get("errors").is_some(), "after {document}: {answer}");
    }
}

struct Remembering {
    schema: Schema,
    world: World,
    _app: TestApp,
}

impl Remembering {
    async fn start(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world(&app).await;
        Self { schema: graphql::build(app.app.clone()), world, _app: app }
    }

    /// The whole answer to a document that is known by a key.
    async fn ask(&self, key: Option<DocumentKey>, document: &str, variables: &Value) -> Value {
        let request = Request::new(document)
            .variables(Variables::from_json(variables.clone()))
            .data(Arc::new(self.world.admin.clone()));
        let request = match key {
            Some(key) => request.data(key),
            None => request,
        };
        serde_json::to_value(self.schema.execute(request).await).unwrap()
    }
}
