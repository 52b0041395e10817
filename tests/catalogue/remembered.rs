//! How old what is told of the catalogue may be.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given,
        server::{Server, key_for},
    },
};

on_both_databases!(
    what_is_remembered_is_forgotten_with_a_hint_and_after_a_second,
    whoever_changes_an_offer_sees_it_in_the_next_query,
);

async fn what_is_remembered_is_forgotten_with_a_hint_and_after_a_second(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let name = async |freshness| {
        let orders = "{ orders { nodes { lines { offer { name } } } } }";
        let answer = server.post_text(&key, orders, &json!({}), freshness).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let name = &answer["data"]["orders"]["nodes"][0]["lines"][0]["offer"]["name"];
        name.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    // Its hints do not arrive here.
    let other_node = app.beside().await;
    // SQLite is asked each time.
    let remembers = app.database.is_postgres();

    given::rename_offer(&app, &world, "One").await;
    assert_eq!(name("eventual").await, "One");
    given::rename_offer(&other_node, &world, "Two").await;
    assert_eq!(name("eventual").await, if remembers { "One" } else { "Two" });
    given::rename_offer(&app, &world, "Three").await;
    assert_eq!(name("eventual").await, "Three");

    given::rename_offer(&other_node, &world, "Four").await;
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    assert_eq!(name("eventual").await, "Four");

    given::rename_offer(&other_node, &world, "Five").await;
    assert_eq!(name("latest").await, "Five");
}

async fn whoever_changes_an_offer_sees_it_in_the_next_query(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let id = format!("offer_{}", world.instant_offer.0.simple());
    for name in ["One", "Two", "Three"] {
        let update = "mutation ($input: UpdateOfferInput!) { updateOffer(input: $input) { userErrors { code } } }";
        let input = json!({ "input": { "id": id, "name": name } });
        let updated = server.post(&key, update, input).await;
        assert_eq!(updated["data"]["updateOffer"]["userErrors"], json!([]), "{updated}");
        let orders = "{ orders { nodes { lines { offer { name } } } } }";
        let orders = server.post(&key, orders, json!({})).await;
        let order = &orders["data"]["orders"]["nodes"][0];
        assert_eq!(order["lines"][0]["offer"]["name"], name, "{orders}");
    }
}
