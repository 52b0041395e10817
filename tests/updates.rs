//! What a `null` does in an update: it clears, or it is refused where it stands. It is never passed over.

use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        introspection::{Introspected, Root, list, name_of, text},
        rows::rows_of,
        seller::seller,
    },
};

on_both_databases!(
    a_null_clears_a_field_or_is_refused_there,
    an_order_without_lines_is_refused_whichever_way_it_is_asked_for,
    two_lines_of_an_order_do_not_share_the_buyers_id,
);

/// Not what an update is about.
const ASIDE: [&str; 3] = ["id", "expectedVersion", "idempotencyKey"];

async fn a_null_clears_a_field_or_is_refused_there(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let schema = Introspected::read(&api).await;
    let seller = seller(&app, &api, "Fabrikam").await;
    // A rule for the seller's answer, which alone may have a credit limit.
    let mut rule = seller.arguments(&seller.near, "createApprovalRule").unwrap()["input"].take();
    rule.as_object_mut().unwrap().remove("approverPartnerId");
    let rule = api.done(&seller.admin, "createApprovalRule", rule, "approvalRule { id }").await;
    let input = |mutation: &str, more: Value| {
        let mut input = seller.arguments(&seller.near, mutation).unwrap()["input"].take();
        if mutation == "updateApprovalRule" {
            input["id"] = rule["approvalRule"]["id"].clone();
        }
        let known: Vec<_> = input.as_object().unwrap().keys().cloned().collect();
        for field in known.iter().filter(|field| *field != "id") {
            input.as_object_mut().unwrap().remove(field);
        }
        for (field, value) in more.as_object().unwrap() {
            input[field] = value.clone();
        }
        input
    };
    let mut vendor = seller.arguments(&seller.near, "updateProduct").unwrap()["input"].take();
    vendor["answerWithinMinutes"] = json!(7);
    // So that every field has something to lose.
    for (mutation, more) in [
        (
            "updateOrder",
            json!({ "startAt": "2027-01-01T00:00:00Z", "paymentSelection": { "method": "INVOICE" } }),
        ),
        ("updateAgreement", json!({ "startsOn": "2026-01-01" })),
        (
            "updateOffer",
            json!({
                "maxQuantity": 50, "prorationPolicy": {}, "refundWindowHours": 168,
                "commitment": { "months": 12, "surcharge": "NONE" },
            }),
        ),
        (
            "updateDiscount",
            json!({
                "duration": "PERIODS", "periods": 3, "validFrom": "2020-01-01", "validUntil": "2040-01-01",
                "maxRedemptions": 5, "maxRedemptionsPerCustomer": 5,
            }),
        ),
        (
            "updatePlan",
            json!({
                "partnerId": seller.near.partner, "priceOverride": { "minimum": "1" },
                "validFrom": "2020-01-01", "validUntil": "2040-01-01",
            }),
        ),
        (
            "updateCustomer",
            json!({ "taxNumber": "DK12345674", "taxTreatment": "EXPORT", "taxExemptionReason": "Sold abroad" }),
        ),
        (
            "updatePartner",
            json!({
                "email": "sales@fabrikam.example", "street": "Havnegade 1", "postalCode": "1058", "city": "København",
                "country": "DK", "taxNumber": "DK12345674",
            }),
        ),
        ("updateProduct", vendor),
        (
            "updateApprovalRule",
            json!({
                "currency": "EUR", "minimumAmount": 1, "creditLimit": 1, "vendor": "Contoso", "action": "BUY",
                "lapseAfterHours": 1, "remindEveryHours": 1,
            }),
        ),
        (
            "updateTenantSettings",
            json!({
                "approvalLapseDays": 3, "prorationPolicy": {}, "legalName": "Northwind ApS", "street": "Havnegade 1",
                "postalCode": "1058", "city": "København", "country": "DK", "taxNumber": "DK12345674",
                "registrationNumber": "12345674", "email": "billing@northwind.example", "paymentInstructions": "At once.",
                "paymentPageUrl": "https://pay.example",
            }),
        ),
    ] {
        api.done(&seller.admin, mutation, input(mutation, more), "").await;
    }
    let (mut cleared, mut refused) = (0, 0);
    for mutation in schema.fields(Root::Mutation) {
        let name = text(mutation, "name");
        if !name.starts_with("update") {
            continue;
        }
        let input_type = name_of(&list(mutation, "args")[0]["type"]);
        let input_type = schema.types().find(|object| text(object, "name") == input_type).unwrap();
        for field in list(input_type, "inputFields") {
            let field = text(field, "name");
            if ASIDE.contains(&field) {
                continue;
            }
            let before = rows_of(&app, seller.tenant_id).await;
            let nothing = input(name, json!({ field: null }));
            let payload = api.run(&seller.admin, name, nothing, "").await;
            let errors = payload["userErrors"].as_array().unwrap();
            let after = rows_of(&app, seller.tenant_id).await;
            if errors.is_empty() {
                assert!(before != after, "{name} passes over {field}");
                cleared += 1;
            } else {
                assert_eq!(errors[0]["field"], json!([field]), "{name}");
                assert!(before == after, "{name} {field} was refused and changed something");
                refused += 1;
            }
        }
    }
    assert!(cleared > 10 && refused > 10, "{cleared} {refused}");
}

async fn an_order_without_lines_is_refused_whichever_way_it_is_asked_for(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let seller = seller(&app, &api, "Fabrikam").await;
    let draft = seller.arguments(&seller.near, "updateOrder").unwrap()["input"]["id"].take();
    for lines in [Value::Null, json!([])] {
        let input = json!({ "id": draft, "reference": "other", "lines": lines });
        let refused = api.refused(&seller.near.customer_viewer, "updateOrder", input).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("ORDER_EMPTY"), &json!(["lines"]))
        );
    }
}

/// APX-14.
async fn two_lines_of_an_order_do_not_share_the_buyers_id(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let seller = seller(&app, &api, "Fabrikam").await;
    let mut input = seller.arguments(&seller.near, "createOrder").unwrap()["input"].take();
    let mut lines = [input["lines"][0].clone(), input["lines"][0].clone()];
    for (line, id) in lines.iter_mut().zip(["L-1", " L-1 "]) {
        line["clientLineId"] = json!(id);
    }
    input["lines"] = json!(lines);
    let buyer = &seller.near.customer_viewer;
    let refused = api.refused(buyer, "createOrder", input.clone()).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("VALIDATION_FAILED"), &json!(["lines", "1", "clientLineId"]))
    );
    input["lines"][1]["clientLineId"] = json!("L-2");
    // What is the buyer's own may come again in another order.
    for _ in 0..2 {
        api.done(buyer, "createOrder", input.clone(), "").await;
    }
}
