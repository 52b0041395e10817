//! How offers are charged over time, and how their prices are taxed.

use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given},
};

on_both_databases!(
    an_offer_says_when_and_how_its_periods_are_charged,
    what_is_not_recurring_has_no_periods_to_charge_for,
    a_price_has_a_rate_or_a_tax_code,
    every_period_can_be_sold,
);

const TERMS: &str = "offer { id billingTiming billingAlignment refundWindowHours
    prorationPolicy { firstPeriod increase decrease paidCancellation unpaidCancellation } }";

struct Catalogue {
    _app: TestApp,
    api: Api,
    world: given::World,
    product: Value,
}

impl Catalogue {
    async fn open(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world(&app).await;
        let api = Api::of(&app);
        let product = json!({ "code": "P", "name": "P", "vendor": "V", "provisioning": "INSTANT" });
        let product = api.done(&world.admin, "createProduct", product, "product { id }").await;
        let product = product["product"]["id"].clone();
        Self { _app: app, api, world, product }
    }

    fn offer(&self, more: &Value) -> Value {
        let mut input = json!({
            "productId": self.product, "code": uuid::Uuid::new_v4().to_string(), "name": "Seats", "billing": "RECURRING",
            "billingPeriod": "MONTHLY", "prices": [{ "currency": "EUR", "unitAmount": "100", "taxBasisPoints": 2500 }],
        });
        for (field, value) in more.as_object().unwrap() {
            input[field] = value.clone();
        }
        input
    }

    async fn done(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let mut done = self.api.done(&self.world.admin, mutation, input, selection).await;
        done["offer"].take()
    }

    async fn refused(&self, mutation: &str, input: Value) -> Value {
        self.api.refused(&self.world.admin, mutation, input).await["field"].clone()
    }
}

async fn an_offer_says_when_and_how_its_periods_are_charged(database: Database) {
    let catalogue = Catalogue::open(database).await;
    let usual = catalogue.done("createOffer", catalogue.offer(&json!({})), TERMS).await;
    assert_eq!(
        usual,
        json!({
            "id": usual["id"], "billingTiming": "IN_ADVANCE", "billingAlignment": "ANNIVERSARY", "refundWindowHours": null,
            "prorationPolicy": null,
        })
    );
    let policy = json!({
        "firstPeriod": "FULL", "increase": "BY_DAY", "decrease": "NONE", "paidCancellation": "BY_DAY",
        "unpaidCancellation": "BY_DAY",
    });
    let terms = json!({
        "billingTiming": "IN_ARREARS", "billingAlignment": "CALENDAR", "refundWindowHours": 168, "prorationPolicy": policy,
    });
    let mut update = terms.clone();
    update["prorationPolicy"] = json!({ "firstPeriod": "FULL", "decrease": "NONE" });
    let special = catalogue.done("createOffer", catalogue.offer(&update), TERMS).await;
    update["id"] = usual["id"].clone();
    let changed = catalogue.done("updateOffer", update, TERMS).await;
    for mut offer in [special, changed] {
        offer.as_object_mut().unwrap().remove("id");
        assert_eq!(offer, terms);
    }
    let cleared = json!({ "id": usual["id"], "prorationPolicy": null, "refundWindowHours": null });
    let cleared = catalogue.done("updateOffer", cleared, TERMS).await;
    assert_eq!(cleared["prorationPolicy"], Value::Null);
    assert_eq!(cleared["billingTiming"], "IN_ARREARS");
    for (field, wrong) in [
        ("refundWindowHours", json!(-1)),
        ("refundWindowHours", json!(26_353)),
        ("billingTiming", Value::Null),
        ("billingAlignment", Value::Null),
    ] {
        let update = json!({ "id": usual["id"], field: wrong });
        assert_eq!(catalogue.refused("updateOffer", update).await, json!([field]), "{wrong}");
    }
}

async fn what_is_not_recurring_has_no_periods_to_charge_for(database: Database) {
    let catalogue = Catalogue::open(database).await;
    for (billing, period) in [("ONE_TIME", Value::Null), ("USAGE", json!("MONTHLY"))] {
        let plain = json!({ "billing": billing, "billingPeriod": period });
        let offer = catalogue.done("createOffer", catalogue.offer(&plain), TERMS).await;
        for (field, value) in [
            ("billingTiming", json!("IN_ADVANCE")),
            ("billingAlignment", json!("CALENDAR")),
            ("prorationPolicy", json!({})),
            ("refundWindowHours", json!(24)),
        ] {
            let mut input = plain.clone();
            input[field] = value.clone();
            assert_eq!(
                catalogue.refused("createOffer", catalogue.offer(&input)).await,
                json!([field])
            );
            let update = json!({ "id": offer["id"], field: value });
            assert_eq!(catalogue.refused("updateOffer", update).await, json!([field]));
        }
    }
}

async fn a_price_has_a_rate_or_a_tax_code(database: Database) {
    let catalogue = Catalogue::open(database).await;
    let rates = json!([
        { "validFrom": "2020-01-01", "basisPoints": 2500 }, { "validFrom": "2400-01-01", "basisPoints": 2600 },
    ]);
    let code = json!({ "code": "VAT", "name": "VAT", "rates": rates });
    let code =
        catalogue.api.done(&catalogue.world.admin, "createTaxCode", code, "taxCode { id }").await;
    let code = &code["taxCode"]["id"];
    let prices = json!([
        { "currency": "DKK", "unitAmount": "125", "taxCodeId": code, "taxInclusive": true },
        { "currency": "EUR", "unitAmount": "100", "taxBasisPoints": 700 },
    ]);
    let selection = "offer { id prices { currency taxBasisPoints taxCode { code } taxInclusive } }";
    let shown = json!([
        { "currency": "DKK", "taxBasisPoints": 2500, "taxCode": { "code": "VAT" }, "taxInclusive": true },
        { "currency": "EUR", "taxBasisPoints": 700, "taxCode": null, "taxInclusive": false },
    ]);
    let created = catalogue
        .done("createOffer", catalogue.offer(&json!({ "prices": prices })), selection)
        .await;
    assert_eq!(created["prices"], shown);
    let update = json!({ "id": created["id"], "prices": prices });
    assert_eq!(catalogue.done("updateOffer", update, selection).await["prices"], shown);
    let plain = json!([{ "currency": "DKK", "unitAmount": "125", "taxBasisPoints": 0 }]);
    let update = json!({ "id": created["id"], "prices": plain });
    let changed = catalogue.done("updateOffer", update, selection).await;
    assert_eq!(
        changed["prices"],
        json!([{ "currency": "DKK", "taxBasisPoints": 0, "taxCode": null, "taxInclusive": false }])
    );
    for (price, field) in [
        (json!({ "currency": "EUR", "unitAmount": "1" }), "taxBasisPoints"),
        (
            json!({ "currency": "EUR", "unitAmount": "1", "taxBasisPoints": 1, "taxCodeId": code }),
            "taxBasisPoints",
        ),
        (
            json!({ "currency": "EUR", "unitAmount": "1", "taxCodeId": format!("taxcode_{}", "0".repeat(32)) }),
            "taxCodeId",
        ),
    ] {
        let refused = catalogue
            .refused("updateOffer", json!({ "id": created["id"], "prices": [price] }))
            .await;
        assert_eq!(refused, json!(["prices", "0", field]));
    }
}

async fn every_period_can_be_sold(database: Database) {
    let catalogue = Catalogue::open(database).await;
    let customer = Id(catalogue.world.customer_id).to_string();
    for period in ["WEEKLY", "MONTHLY", "QUARTERLY", "HALF_YEARLY", "YEARLY", "THREE_YEARLY"] {
        let offer = catalogue.offer(&json!({ "billingPeriod": period }));
        let offer = catalogue.done("createOffer", offer, "offer { id billingPeriod }").await;
        assert_eq!(offer["billingPeriod"], period);
        let order = json!({ "customerId": customer, "submit": true, "lines": [{ "offerId": offer["id"], "quantity": 1 }] });
        catalogue.api.done(&catalogue.world.admin, "createOrder", order, "").await;
    }
}
