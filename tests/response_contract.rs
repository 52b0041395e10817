//! Two properties of answers that async-graphql lost after 7.0.19, and for which that version is pinned.

use std::time::Duration;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema, SimpleObject};

struct Query;

#[derive(SimpleObject)]
#[graphql(complex)]
struct Item {
    name: &'static str,
}

#[async_graphql::ComplexObject]
impl Item {
    async fn price(&self) -> async_graphql::Result<i32> {
        Err("there is none".into())
    }
}

#[Object]
impl Query {
    async fn slow(&self) -> i32 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        1
    }

    async fn fast(&self) -> i32 {
        2
    }

    async fn item(&self) -> Option<Item> {
        Some(Item { name: "tea" })
    }
}

/// Keys come in the order they were asked for, whoever is done first; and a non-null field that fails nulls the
/// nearest parent that may be null.
#[tokio::test]
async fn keys_keep_their_order_and_a_failed_field_nulls_its_parent() {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let answer = schema.execute("{ slow fast item { name price } }").await;
    let data = serde_json::to_string(&answer.data).unwrap();
    assert_eq!(data, r#"{"slow":1,"fast":2,"item":null}"#);
    assert_eq!(answer.errors.len(), 1);
}
