//! A page costs the same number of statements, however many rows it has.

use std::sync::Arc;

use domain::viewer::Viewer;
use entity::{CustomerId, agreement, customer, invoice, offer, order, order_line, subscription};
use ordergate::services::{
    agreements::create::{CreateAgreement, create_agreement},
    customers::create::create_customer,
    orders::{
        approve::{ApproveOrder, approve_order},
        create::{CreateOrder, create_order},
    },
    partners::create::{CreatePartner, create_partner},
    unit::Unit,
};
use sea_orm::{EntityTrait, Statement};
use serde_json::json;

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given::{self, World},
        watched::Watched,
    },
};

on_both_databases!(a_page_costs_the_same_number_of_statements_whatever_it_holds);

/// How many of everything there are, so that the largest page is full.
const MANY: usize = 101;
const SIZES: [usize; 3] = [1, 20, 100];

const ORDERS: &str = "query ($first: Int) { orders(first: $first) {
    edges { cursor node {
        number status availableActions
        customer { name } partner { name } agreement { number }
        lines { quantity offer { name } product { name } subscription { number license { licenseKey } } }
        approvals { decision }
        totals { gross { formatted } }
        licenses { licenseKey }
    } }
    pageInfo { hasNextPage endCursor }
} }";

const CUSTOMERS: &str = "query ($first: Int) { customers(first: $first) {
    edges { node { name customerNumber partner { name parent { name } } } }
    pageInfo { hasNextPage endCursor }
} }";

const SUBSCRIPTIONS: &str = "query ($first: Int) { subscriptions(first: $first) {
    edges { node {
        number status
        customer { name } partner { name } product { name } offer { name prices { currency } }
        agreement { number } order { number lines { quantity } } license { licenseKey edition { name } }
        periods { quantity }
    } }
    pageInfo { hasNextPage endCursor }
} }";

const INVOICES: &str = "query ($first: Int) { invoices(first: $first) {
    edges { node {
        number status
        customer { name } partner { name } agreement { number }
        lines { description subscription { number } orderLine { quantity order { number } } }
        totals { gross { formatted } }
    } }
    pageInfo { hasNextPage endCursor }
} }";

const NODES: &str = "query ($ids: [ID!]!) { nodes(ids: $ids) {
    id
    ... on Customer { partner { name } }
    ... on Order { customer { name } lines { offer { name } } }
    ... on OrderLine { order { number } }
    ... on CustomerSubscription { customer { name } }
    ... on Invoice { lines { description } }
    ... on Agreement { customer { name } }
    ... on Offer { product { name } }
} }";

async fn a_page_costs_the_same_number_of_statements_whatever_it_holds(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    order_much(&app, &world).await;
    let schema = Watched::over(&app).await;
    let backend = if app.database.is_postgres() { "PostgreSQL" } else { "SQLite" };

    for (name, document) in [
        ("orders", ORDERS),
        ("customers", CUSTOMERS),
        ("subscriptions", SUBSCRIPTIONS),
        ("invoices", INVOICES),
    ] {
        let mut counts = Vec::new();
        for size in SIZES {
            let (answer, statements) =
                schema.ask(&world.admin, document, json!({ "first": size })).await;
            assert_eq!(answer[name]["edges"].as_array().unwrap().len(), size);
            counts.push(tables(&statements));
        }
        print(backend, name, &counts);
        assert!(counts.iter().all(|tables| tables.len() == 1), "{name}: {counts:?}");
    }

    // One statement for each kind, whatever is below.
    let ids = ids_of_all_kinds(&app).await;
    let copies = 100 / ids.len();
    let asked: Vec<_> = ids.iter().flat_map(|ids| ids.iter().take(copies)).collect();
    let (answer, statements) = schema.ask(&world.admin, NODES, json!({ "ids": asked })).await;
    let tables = tables(&statements);
    let found = answer["nodes"].as_array().unwrap();
    assert_eq!(found.len(), asked.len());
    assert!(found.iter().all(|node| !node.is_null()));
    print(backend, "nodes", std::slice::from_ref(&tables));
    assert_eq!(tables.len(), ids.len(), "nodes: {tables:?}");
}

/// The tables that were read, as each statement names the first.
fn tables(statements: &[Statement]) -> Vec<String> {
    let table = |sql: &str| sql.split(" FROM \"").nth(1)?.split('"').next().map(str::to_owned);
    let mut tables: Vec<_> =
        statements.iter().map(|read| table(&read.sql).unwrap_or_default()).collect();
    tables.sort();
    tables
}

fn print(backend: &str, name: &str, tables: &[Vec<String>]) {
    let counts: Vec<_> = tables.iter().map(Vec::len).collect();
    println!("{backend}: {name}: {counts:?} statements");
}

/// As many customers as there are, each of a partner, and each with one approved order of two lines.
async fn order_much(app: &TestApp, world: &World) {
    let begin = |viewer: &Viewer| Unit::begin(&app.app, Arc::new(viewer.clone()));
    let unit = begin(&world.admin).await.unwrap();
    let mut partners = Vec::new();
    for index in 0..3 {
        let partner = CreatePartner {
            partner_number: format!("P-{index}"),
            name: format!("Partner {index}"),
            parent_id: partners.first().copied(),
            ..CreatePartner::default()
        };
        partners.push(create_partner(&unit, partner).await.unwrap());
    }
    let mut orders = Vec::new();
    for index in 0..MANY {
        // Not of the first, which has no parent.
        let partner_id = partners[1 + index % 2];
        let customer = given::new_customer(&format!("C-{index}-X"), Some(partner_id));
        let customer_id = create_customer(&unit, customer).await.unwrap();
        orders.push(create_order(&unit, order_of(&unit, world, customer_id, index).await).await);
    }
    unit.commit().await.unwrap();
    let unit = begin(&world.approver()).await.unwrap();
    for order in orders {
        let approve = ApproveOrder {
            order_id: order.unwrap(),
            expected_version: None,
            external_reference: None,
        };
        approve_order(&unit, approve).await.unwrap();
    }
    unit.commit().await.unwrap();
    app.run_jobs().await;
}

async fn order_of(unit: &Unit, world: &World, customer: CustomerId, index: usize) -> CreateOrder {
    let agreement = CreateAgreement {
        customer_id: customer,
        number: format!("A-{index}-X"),
        currency: Some("EUR".to_owned()),
        default_po_number: None,
        starts_on: None,
    };
    let agreement_id = create_agreement(unit, agreement).await.unwrap();
    CreateOrder {
        customer_id: Some(customer),
        agreement_id: Some(agreement_id),
        ..world.buying(&[world.instant_offer, world.instant_offer])
    }
}

/// A few ids of every kind that has many.
async fn ids_of_all_kinds(app: &TestApp) -> Vec<Vec<String>> {
    let readers = app.app.store.readers();
    let mut ids = Vec::new();
    macro_rules! collect {
        ($($table:ident: $prefix:literal),+) => {$(
            let rows = $table::Entity::find().all(readers).await.unwrap();
            let found = rows.into_iter().map(|row| format!(concat!($prefix, "_{}"), row.id.0.simple()));
            ids.push(found.collect::<Vec<_>>());
        )+};
    }
    collect!(
        customer: "customer", agreement: "agreement", order: "order", order_line: "line",
        subscription: "subscription", invoice: "invoice", offer: "offer"
    );
    ids
}
