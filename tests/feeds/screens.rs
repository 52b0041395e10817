//! What screens need: a list or an order as it is, and then every change, without a hole.

use ordergate::services::orders::{
    approve::{ApproveOrder, approve_order},
    create::create_order,
    delete::{DeleteOrder, delete_order},
};
use serde_json::json;

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given,
        server::{Server, key_for},
        subscriber::Socket,
    },
};

on_both_databases!(
    an_order_is_told_as_it_is_and_at_each_change,
    a_list_is_followed_from_the_cursor_that_was_read_with_it,
    a_draft_that_is_deleted_ends_its_feed,
);

async fn an_order_is_told_as_it_is_and_at_each_change(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let id = world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.customer).await;
    let mut socket = Socket::open(server.address, &key).await;
    let feed = "subscription($id: ID!) { orderUpdated(id: $id) { status version } }";
    socket.subscribe("feed", feed, json!({ "id": format!("order_{}", id.0.simple()) })).await;
    let now = socket.next().await;
    assert_eq!(now["data"]["orderUpdated"], json!({ "status": "PENDING_APPROVAL", "version": 3 }));
    assert!(now["extensions"]["cursor"].is_string());

    let approve = ApproveOrder { order_id: id, expected_version: None, external_reference: None };
    app.perform(&world.approver(), approve, approve_order).await.unwrap();
    let approved = socket.next().await;
    assert_eq!(approved["data"]["orderUpdated"], json!({ "status": "APPROVED", "version": 4 }));
    app.run_jobs().await;
    let mut last = json!(null);
    while last["data"]["orderUpdated"]["status"] != "COMPLETED" {
        last = socket.next().await;
    }
}

async fn a_list_is_followed_from_the_cursor_that_was_read_with_it(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let list = server.post(&key, "{ orders { nodes { number } } feedCursor }", json!({})).await;
    assert_eq!(list["data"]["orders"]["nodes"].as_array().unwrap().len(), 1);
    // This happens before the feed is opened.
    world.pending_order(&app, &[world.instant_offer]).await;

    let mut socket = Socket::open(server.address, &key).await;
    let feed = "subscription($after: FeedCursor) {
        orderStatusChanged(after: $after) { from to trigger orderVersion order { number } }
    }";
    socket.subscribe("feed", feed, json!({ "after": list["data"]["feedCursor"] })).await;
    let expected = [
        (json!(null), "DRAFT", "CREATE"),
        (json!("DRAFT"), "SUBMITTED", "SUBMIT"),
        (json!("SUBMITTED"), "PENDING_APPROVAL", "REQUIRE_APPROVAL"),
    ];
    for (version, (from, to, trigger)) in (1..).zip(expected) {
        let payload = socket.next().await;
        let change = &payload["data"]["orderStatusChanged"];
        assert_eq!((&change["from"], &change["to"]), (&from, &json!(to)));
        assert_eq!(
            (&change["trigger"], &change["orderVersion"]),
            (&json!(trigger), &json!(version))
        );
    }
}

async fn a_draft_that_is_deleted_ends_its_feed(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let mut draft = world.buying(&[world.manual_offer]);
    draft.submit = false;
    let id = app.perform(&world.customer, draft, create_order).await.unwrap();
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.customer).await;
    let mut socket = Socket::open(server.address, &key).await;
    let feed = "subscription($id: ID!) { orderUpdated(id: $id) { status } }";
    socket.subscribe("feed", feed, json!({ "id": format!("order_{}", id.0.simple()) })).await;
    assert_eq!(socket.next().await["data"]["orderUpdated"]["status"], "DRAFT");
    let delete = DeleteOrder { order_id: id, expected_version: None };
    app.perform(&world.customer, delete, delete_order).await.unwrap();
    assert_eq!(socket.receive().await["type"], "complete");
}
