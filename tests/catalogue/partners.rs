//! Partners below partners, and whose customers are whose.

use std::sync::Arc;

use domain::viewer::{Scope, Viewer};
use entity::{PartnerId, Role, customer, partner};
use ordergate::{
    error::{Outcome, RefusalCode},
    graphql::id::Id,
    services::{
        change::Change,
        customers::{
            create::create_customer,
            update::{UpdateCustomer, update_customer},
        },
        partners::update::update_partner,
    },
};
use sea_orm::EntityTrait;
use serde_json::json;
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::{TestApp, code},
        database::Database,
        given::{self, World},
        rows::rows_of,
    },
};

on_both_databases!(
    two_partners_that_are_put_below_each_other_at_once_make_no_circle,
    a_partner_takes_on_customers_where_it_may_and_moves_none,
    a_stranger_is_told_that_the_customer_does_not_exist,
    a_partner_learns_of_anothers_customer_that_its_number_is_taken_and_nothing_else,
);

async fn two_partners_that_are_put_below_each_other_at_once_make_no_circle(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let world = Arc::new(given::world(&app).await);
    let one = given::partner(&app, &world, "R-1", None).await;
    let other = given::partner(&app, &world, "R-2", None).await;
    for _ in 0..20 {
        let moves = [(one, other), (other, one)].map(|(id, parent_id)| {
            let (app, world) = (app.clone(), world.clone());
            tokio::spawn(async move { put(&app, &world, id, Change::Set(parent_id)).await })
        });
        let [first, second] = moves;
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert!(first.is_ok() != second.is_ok());
        for id in [one, other] {
            put(&app, &world, id, Change::Clear).await.unwrap();
        }
    }
}

async fn a_partner_takes_on_customers_where_it_may_and_moves_none(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let top = given::partner(&app, &world, "R-1", None).await;
    let own = given::partner(&app, &world, "R-2", Some(top)).await;
    let below = given::partner(&app, &world, "R-3", Some(own)).await;
    let viewer = given::viewer(
        world.tenant_id,
        Role::Partner,
        Scope::Partner { own, partners: vec![own, below] },
    );

    let id = take_on(&app, &viewer, "C-2", None).await.unwrap();
    let customer = customer::Entity::find_by_id(id).one(app.app.store.readers()).await.unwrap();
    assert_eq!(customer.unwrap().partner_id, Some(own));
    take_on(&app, &viewer, "C-3", Some(below)).await.unwrap();
    let elsewhere = take_on(&app, &viewer, "C-4", Some(top)).await;
    assert_eq!(code(elsewhere), RefusalCode::PartnerNotFound);

    let to = |partner_id| UpdateCustomer { partner_id, ..given::unchanged(id) };
    let moved = change(&app, &viewer, to(Change::Set(below))).await;
    assert_eq!(code(moved), RefusalCode::ValidationFailed);
    change(&app, &viewer, to(Change::Set(own))).await.unwrap();
    change(&app, &world.seller(), to(Change::Set(top))).await.unwrap();
    let gone = change(&app, &viewer, to(Change::Keep)).await;
    assert_eq!(code(gone), RefusalCode::CustomerNotFound);
}

async fn a_stranger_is_told_that_the_customer_does_not_exist(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let stranger = given::world(&app).await.seller();
    let foreign = change(&app, &stranger, given::unchanged(world.customer_id)).await;
    let random = change(&app, &stranger, given::unchanged(Uuid::new_v4().into())).await;
    let (foreign, random) = (foreign.unwrap_err(), random.unwrap_err());
    assert_eq!(format!("{foreign:?}"), format!("{random:?}"));
}

/// Numbers are unique in the tenant, so the refusal is owed; see what it tells in ARCHITECTURE.md.
async fn a_partner_learns_of_anothers_customer_that_its_number_is_taken_and_nothing_else(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let world = given::world(&app).await;
    let own = given::partner(&app, &world, "R-1", None).await;
    let other = given::partner(&app, &world, "R-2", None).await;
    let viewer =
        given::viewer(world.tenant_id, Role::Partner, Scope::Partner { own, partners: vec![own] });
    take_on(&app, &viewer, "OWN", None).await.unwrap();
    let id = take_on(&app, &world.seller(), "TAKEN", Some(other)).await.unwrap();
    let rows = rows_of(&app, world.tenant_id).await;
    let create = async |number: &str| {
        let input = json!({ "customerNumber": number, "name": "SECOND", "city": "Aarhus" });
        api.refused(&viewer, "createCustomer", input).await.to_string()
    };
    // Word for word what is told of a customer of its own.
    let (others, owns) = (create("TAKEN").await, create("OWN").await);
    assert!(others.contains("DUPLICATE_CUSTOMER_NUMBER"), "{others}");
    assert_eq!(others.replace("TAKEN", "OWN"), owns);
    assert_eq!(rows_of(&app, world.tenant_id).await, rows);

    let document = "query Run($id: ID!, $number: String!) {
        byId: customer(id: $id) { id } byNumber: customer(customerNumber: $number) { id }
        node(id: $id) { id }
        found: customers(filter: { text: $number }) { totalCount }
        all: customers { totalCount } }";
    let arguments = json!({ "id": Id(id).to_string(), "number": "TAKEN" });
    let expected = json!({
        "byId": null, "byNumber": null, "node": null,
        "found": { "totalCount": 0 }, "all": { "totalCount": 1 },
    });
    assert_eq!(api.read(&viewer, document, arguments).await, expected);
}

async fn put(
    app: &TestApp,
    world: &World,
    partner_id: PartnerId,
    parent_id: Change<PartnerId>,
) -> Outcome<partner::Model> {
    let command = given::put_below(partner_id, parent_id);
    let id = app.perform(&world.admin, command, update_partner).await?;
    Ok(partner::Entity::find_by_id(id).one(app.app.store.readers()).await.unwrap().unwrap())
}

async fn take_on(
    app: &TestApp,
    viewer: &Viewer,
    number: &str,
    partner_id: Option<PartnerId>,
) -> Outcome<entity::CustomerId> {
    let command = given::new_customer(number, partner_id);
    app.perform(viewer, command, create_customer).await
}

async fn change(
    app: &TestApp,
    viewer: &Viewer,
    command: UpdateCustomer,
) -> Outcome<entity::CustomerId> {
    app.perform(viewer, command, update_customer).await
}
