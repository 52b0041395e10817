//! What was stored before texts were spelled in one way is found as well.

use entity::{customer, product, search_term};
use migration::{Migrator, MigratorTrait};
use ordergate::services::{
    customers::create::{CreateCustomer, create_customer},
    products::{
        create::{CreateProduct, create_product},
        webhook::ByWebhook,
    },
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database as SeaOrm, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, Query},
};
use serde_json::json;

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given},
};

on_both_databases!(a_step_of_the_migration_spells_what_was_stored_before_it);

const STEP: &str = "m20261128_000006_spelling";

async fn a_step_of_the_migration_spells_what_was_stored_before_it(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let customer = CreateCustomer {
        name: "M\u{fc}ller".to_owned(),
        ..given::new_customer("Caf\u{e9}-22", None)
    };
    let customer_id = app.perform(&world.admin, customer, create_customer).await.unwrap();
    let mut product_ids = Vec::new();
    for code in ["Bl\u{e5}", "Other"] {
        let product = CreateProduct {
            code: code.to_owned(),
            name: code.to_owned(),
            vendor: "Ma\u{f1}ana".to_owned(),
            description: None,
            provisioning: entity::Provisioning::Manual,
            by_webhook: ByWebhook::default(),
        };
        let made = app.perform(&world.admin, product, create_product);
        product_ids.push(made.await.unwrap());
    }

    // As it was before: codes in whatever form they came, and each word in one spelling.
    let connection = SeaOrm::connect(&app.database.url).await.unwrap();
    customer::Entity::update_many()
        .col_expr(customer::Column::CustomerNumber, Expr::value("Cafe\u{301}-22"))
        .filter(customer::Column::Id.eq(customer_id))
        .exec(&connection)
        .await
        .unwrap();
    product::Entity::update_many()
        .col_expr(product::Column::Code, Expr::value("Bla\u{30a}"))
        .col_expr(product::Column::Vendor, Expr::value("Man\u{303}ana"))
        .filter(product::Column::Id.eq(product_ids[1]))
        .exec(&connection)
        .await
        .unwrap();
    search_term::Entity::delete_many()
        .filter(search_term::Column::SubjectId.eq(customer_id.0))
        .filter(search_term::Column::Word.is_in(["muller", "mueller", "cafe", "caf\u{e9}"]))
        .exec(&connection)
        .await
        .unwrap();
    let mut forget = Query::delete();
    forget.from_table("seaql_migrations").and_where(Expr::col("version").eq(STEP));
    assert_eq!(connection.execute(&forget).await.unwrap().rows_affected(), 1);

    Migrator::up(&connection, None).await.unwrap();

    connection.close().await.unwrap();
    let api = Api::of(&app);
    let document = "query ($number: String, $text: String) {
        customer(customerNumber: $number) { customerNumber }
        customers(filter: { text: $text }) { nodes { name } } }";
    for (number, text) in [("Caf\u{e9}-22", "muller"), ("Cafe\u{301}-22", "mueller cafe")] {
        let variables = json!({ "number": number, "text": text });
        let answer = api.read(&world.admin, document, variables).await;
        assert_eq!(answer["customer"], json!({ "customerNumber": "Caf\u{e9}-22" }), "{number}");
        assert_eq!(answer["customers"]["nodes"], json!([{ "name": "M\u{fc}ller" }]), "{text}");
    }
    // Two codes that are one by now: the second stays as it is.
    let ids: Vec<_> = product_ids.iter().map(|id| format!("product_{}", id.0.simple())).collect();
    let document = "query ($code: String, $ids: [ID!]!) {
        product(code: $code) { id }
        nodes(ids: $ids) { ... on Product { code vendor } } }";
    let variables = json!({ "code": "Bl\u{e5}", "ids": ids });
    let answer = api.read(&world.admin, document, variables).await;
    assert_eq!(answer["product"]["id"], ids[0]);
    assert_eq!(
        answer["nodes"],
        json!([
            { "code": "Bl\u{e5}", "vendor": "Ma\u{f1}ana" },
            { "code": "Bla\u{30a}", "vendor": "Ma\u{f1}ana" },
        ])
    );
}
