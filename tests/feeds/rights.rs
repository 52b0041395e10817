//! A feed ends with the rights it was opened with.

use chrono::TimeDelta;
use entity::api_key;
use ordergate::services::{
    api_keys::revoke::{RevokeApiKey, revoke_api_key},
    orders::create::create_order,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given,
        server::{Server, expiring_key_for, key_for},
        subscriber::Socket,
    },
};

const FEED: &str = "subscription { orderStatusChanged { to order { number } } }";
const FORBIDDEN: u16 = 4403;

on_both_databases!(
    a_revoked_key_ends_its_feeds,
    an_expired_key_ends_its_feeds,
    a_customer_hears_of_its_own_orders_only,
);

async fn a_revoked_key_ends_its_feeds(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.seller()).await;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("feed", FEED, json!({})).await;

    let prefix = key.split('_').nth(1).unwrap();
    let row = api_key::Entity::find()
        .filter(api_key::Column::Prefix.eq(prefix))
        .one(app.app.store.readers())
        .await
        .unwrap()
        .unwrap();
    app.perform(&world.admin, RevokeApiKey { api_key_id: row.id }, revoke_api_key).await.unwrap();
    assert_eq!(socket.closed_with().await, FORBIDDEN);
}

async fn an_expired_key_ends_its_feeds(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let lifetime = TimeDelta::milliseconds(1_500);
    let key = expiring_key_for(&app, &world.admin, &world.seller(), lifetime).await;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("feed", FEED, json!({})).await;
    app.advance(lifetime);
    assert_eq!(socket.closed_with().await, FORBIDDEN);
}

async fn a_customer_hears_of_its_own_orders_only(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let other = given::customer(&app, &world, "C-2").await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &other).await;
    let mut socket = Socket::open(server.address, &key).await;
    let mine = "subscription { orderStatusChanged { to position orderId } }";
    socket.subscribe("feed", mine, json!({})).await;
    // The feed is known to be open when an answer to something sent after it has arrived.
    socket.subscribe("look", "{ viewer { role } }", json!({})).await;
    assert_eq!(socket.receive().await["id"], "look");
    assert_eq!(socket.receive().await["type"], "complete");

    world.pending_order(&app, &[world.instant_offer]).await;
    let mut order = world.buying(&[world.instant_offer]);
    order.agreement_id = None;
    let own = app.perform(&other, order, create_order).await.unwrap();
    for to in ["DRAFT", "SUBMITTED", "PENDING_APPROVAL"] {
        let payload = socket.next().await;
        let change = &payload["data"]["orderStatusChanged"];
        assert_eq!(change["to"], to);
        assert_eq!(change["orderId"], format!("order_{}", own.0.simple()));
    }
}
