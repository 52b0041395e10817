//! What a seller sets for its whole world.

use entity::{InvoiceId, InvoiceStatus, invoice};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, Database as SeaOrm};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World},
    },
};

on_both_databases!(
    what_is_set_is_shown_and_the_rest_stays,
    a_setting_that_cannot_be_is_refused_by_its_name,
    no_number_is_given_twice,
);

const SETTINGS: &str = "tenant { settings {
    timeZone roundingMode cancellationDay suspensionBilling creditBy invoicePerOrder
    prorationPolicy { firstPeriod increase decrease paidCancellation unpaidCancellation }
    lineCancellationDays invoiceLeadDays draftGraceDays paymentTolerance invoicePrefix creditNotePrefix numberWidth
    legalName street postalCode city country taxNumber registrationNumber email paymentInstructions
} }";

async fn what_is_set_is_shown_and_the_rest_stays(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let set = async |input: Value| {
        let mut done = api.done(&world.admin, "updateTenantSettings", input, SETTINGS).await;
        done["tenant"]["settings"].take()
    };
    let by_day = |decrease: &str| {
        json!({
            "firstPeriod": "BY_DAY", "increase": "BY_DAY", "decrease": decrease, "paidCancellation": "BY_DAY",
            "unpaidCancellation": "BY_DAY",
        })
    };
    let as_created = json!({
        "timeZone": "UTC", "roundingMode": "HALF_UP", "cancellationDay": "CREDITED", "suspensionBilling": "CONTINUES",
        "creditBy": "CORRECTION_LINE", "invoicePerOrder": false, "lineCancellationDays": 0,
        "prorationPolicy": by_day("BY_DAY"), "invoiceLeadDays": 0, "draftGraceDays": 0,
        "paymentTolerance": 0, "invoicePrefix": "INV-", "creditNotePrefix": "CN-", "numberWidth": 6,
        "legalName": null, "street": null, "postalCode": null, "city": null, "country": null, "taxNumber": null,
        "registrationNumber": null, "email": null, "paymentInstructions": null,
    });
    assert_eq!(set(json!({})).await, as_created);

    let other = json!({
        "timeZone": "America/St_Johns", "roundingMode": "HALF_EVEN", "cancellationDay": "CONSUMED",
        "suspensionBilling": "STOPS", "creditBy": "CREDIT_NOTE", "invoicePerOrder": true, "prorationPolicy": by_day("NONE"),
        "lineCancellationDays": 90, "invoiceLeadDays": 90,
        "draftGraceDays": 60, "paymentTolerance": 100, "invoicePrefix": "F-", "creditNotePrefix": "", "numberWidth": 4,
        "legalName": "Northwind ApS", "street": "Havnegade 1", "postalCode": "1058", "city": "København", "country": "DK",
        "taxNumber": "DK12345674", "registrationNumber": "12345674", "email": "billing@northwind.example",
        "paymentInstructions": "DK50 0040 0440 1162 43\nName the invoice.",
    });
    let mut input = other.clone();
    input["prorationPolicy"] = json!({ "decrease": "NONE" });
    input["country"] = json!("dk");
    assert_eq!(set(input).await, other);
    assert_eq!(set(json!({ "name": "Other" })).await, other);
    let cleared = set(json!({ "prorationPolicy": null, "legalName": null })).await;
    assert_eq!(cleared["prorationPolicy"], by_day("BY_DAY"));
    assert_eq!(cleared["legalName"], Value::Null);
}

async fn a_setting_that_cannot_be_is_refused_by_its_name(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    for (field, wrong) in [
        ("timeZone", json!("Europe/Atlantis")),
        ("timeZone", json!("CEST")),
        ("timeZone", Value::Null),
        ("roundingMode", Value::Null),
        ("invoicePerOrder", Value::Null),
        ("lineCancellationDays", json!(91)),
        ("lineCancellationDays", json!(-1)),
        ("invoiceLeadDays", json!(91)),
        ("invoiceLeadDays", json!(-1)),
        ("draftGraceDays", json!(61)),
        ("paymentTolerance", json!(-1)),
        ("numberWidth", json!(0)),
        ("numberWidth", json!(13)),
        ("invoicePrefix", json!("x".repeat(21))),
        ("invoicePrefix", json!("CN-")),
        ("creditNotePrefix", json!("INV-2027")),
        ("country", json!("Denmark")),
        ("email", json!("nowhere")),
        ("legalName", json!("x".repeat(201))),
    ] {
        let refused =
            api.refused(&world.admin, "updateTenantSettings", json!({ field: wrong })).await;
        assert_eq!(refused["field"], json!([field]), "{wrong}");
        assert_eq!(refused["code"], "VALIDATION_FAILED");
    }
}

async fn no_number_is_given_twice(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let set = async |input: Value| api.done(&world.admin, "updateTenantSettings", input, "").await;
    for number in ["INV-000007", "INV-000003", "INV-OLD-1", "INV-99999999999999999999"] {
        issued(&app, &world, number).await;
    }
    // The series of invoices counts on from 8, so it may have its prefix again; that of credit notes begins with 1.
    app.database.execute("UPDATE tenant SET next_invoice_number = 8").await;
    set(json!({ "invoicePrefix": "F-" })).await;
    let taken = json!({ "creditNotePrefix": "INV-" });
    let refused = api.refused(&world.admin, "updateTenantSettings", taken.clone()).await;
    assert_eq!(refused["field"], json!(["creditNotePrefix"]));
    assert_eq!(refused["message"], "There is a document with the number INV-000007 already.");
    set(json!({ "invoicePrefix": "INV-", "numberWidth": 1 })).await;
    set(json!({ "invoicePrefix": "F-" })).await;
    app.database.execute("UPDATE tenant SET next_credit_note_number = 8").await;
    set(taken).await;
}

/// An invoice of some time ago.
async fn issued(app: &TestApp, world: &World, number: &str) {
    let now = app.app.clock.now();
    let row = invoice::ActiveModel {
        id: Set(InvoiceId(Uuid::now_v7())),
        tenant_id: Set(world.tenant_id),
        number: Set(Some(number.to_owned())),
        customer_id: Set(world.customer_id),
        status: Set(InvoiceStatus::Issued),
        currency: Set("EUR".to_owned()),
        net_amount: Set(0),
        tax_amount: Set(0),
        gross_amount: Set(0),
        issued_at: Set(Some(now)),
        due_on: Set(Some(now.date_naive())),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let connection = SeaOrm::connect(&app.database.url).await.unwrap();
    row.insert(&connection).await.unwrap();
    connection.close().await.unwrap();
}
