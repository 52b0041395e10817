//! What a use case announces to the other parts of the service, whoever runs it.

use std::{sync::Arc, time::Duration};

use entity::{ApiKeyId, PartnerId, Role, offer};
use futures_util::poll;
use ordergate::services::{
    api_keys::{
        create::{CreateApiKey, create_api_key},
        revoke::{RevokeApiKey, revoke_api_key},
    },
    change::Change,
    customers::update::{UpdateCustomer, update_customer},
    partners::update::update_partner,
    products::{
        update::{UpdateProduct, update_product},
        webhook::ByWebhook,
    },
    unit::Unit,
};
use sea_orm::EntityTrait;

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given::{self, World},
    },
};

on_both_databases!(
    whoever_changes_rights_or_the_catalogue_announces_it,
    what_is_not_stored_is_not_announced,
    what_is_stored_is_announced_also_when_the_caller_went_away,
);

/// How often rights and the catalogue were said to have changed.
fn announced(app: &TestApp) -> (u64, u64) {
    let wakeups = app.app.store.wakeups();
    (wakeups.changes_of_rights(), wakeups.changes_of_catalogue())
}

async fn begin(app: &TestApp, world: &World) -> Unit {
    Unit::begin(&app.app, Arc::new(world.admin.clone())).await.unwrap()
}

async fn whoever_changes_rights_or_the_catalogue_announces_it(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    assert_eq!(announced(&app), (0, 0));
    let key = key(&app, &world).await;
    let top = given::partner(&app, &world, "R-1", None).await;
    assert_eq!(announced(&app), (0, 0), "new ones that nobody has asked about");

    let below = given::partner(&app, &world, "R-2", Some(top)).await;
    assert_eq!(announced(&app), (1, 0));
    put(&app, &world, below, Change::Clear).await;
    assert_eq!(announced(&app), (2, 0));
    move_customer(&app, &world, Change::Set(top)).await;
    assert_eq!(announced(&app), (3, 0));
    revoke(&app, &world, key).await;
    assert_eq!(announced(&app), (4, 0));
    given::rename_offer(&app, &world, "One").await;
    assert_eq!(announced(&app), (4, 1));
    rename_product(&app, &world, "One").await;
    assert_eq!(announced(&app), (4, 2));

    // Nothing of it is another than before.
    put(&app, &world, below, Change::Clear).await;
    move_customer(&app, &world, Change::Set(top)).await;
    revoke(&app, &world, key).await;
    given::rename_offer(&app, &world, "One").await;
    rename_product(&app, &world, "One").await;
    assert_eq!(announced(&app), (4, 2));
}

async fn what_is_not_stored_is_not_announced(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api_key_id = key(&app, &world).await;
    let unit = begin(&app, &world).await;
    revoke_api_key(&unit, RevokeApiKey { api_key_id }).await.unwrap();
    unit.txn.rollback().await.unwrap();
    assert_eq!(announced(&app), (0, 0));

    let unit = begin(&app, &world).await;
    revoke_api_key(&unit, RevokeApiKey { api_key_id }).await.unwrap();
    assert_eq!(announced(&app), (0, 0));
    unit.commit().await.unwrap();
    assert_eq!(announced(&app), (1, 0));
}

async fn what_is_stored_is_announced_also_when_the_caller_went_away(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api_key_id = key(&app, &world).await;
    let unit = begin(&app, &world).await;
    revoke_api_key(&unit, RevokeApiKey { api_key_id }).await.unwrap();
    let mut commit = Box::pin(unit.commit());
    assert!(poll!(&mut commit).is_pending());
    drop(commit);
    tokio::time::timeout(Duration::from_secs(10), async {
        while announced(&app) == (0, 0) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .unwrap();
}

async fn key(app: &TestApp, world: &World) -> ApiKeyId {
    let command = CreateApiKey {
        name: "Laptop".to_owned(),
        role: Role::Admin,
        partner_id: None,
        customer_id: None,
        expires_at: None,
    };
    app.perform(&world.admin, command, create_api_key).await.unwrap().id
}

async fn revoke(app: &TestApp, world: &World, api_key_id: ApiKeyId) {
    let command = RevokeApiKey { api_key_id };
    app.perform(&world.admin, command, revoke_api_key).await.unwrap();
}

async fn put(app: &TestApp, world: &World, partner_id: PartnerId, parent_id: Change<PartnerId>) {
    let command = given::put_below(partner_id, parent_id);
    app.perform(&world.admin, command, update_partner).await.unwrap();
}

async fn move_customer(app: &TestApp, world: &World, partner_id: Change<PartnerId>) {
    let command = UpdateCustomer { partner_id, ..given::unchanged(world.customer_id) };
    app.perform(&world.seller(), command, update_customer).await.unwrap();
}

async fn rename_product(app: &TestApp, world: &World, name: &str) {
    let readers = app.app.store.readers();
    let offer = offer::Entity::find_by_id(world.instant_offer).one(readers).await.unwrap().unwrap();
    let command = UpdateProduct {
        product_id: offer.product_id,
        expected_version: None,
        name: Change::Set(name.to_owned()),
        vendor: Change::Keep,
        description: Change::Keep,
        provisioning: Change::Keep,
        by_webhook: ByWebhook::default(),
        status: Change::Keep,
    };
    app.perform(&world.seller(), command, update_product).await.unwrap();
}
