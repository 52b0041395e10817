//! Tax codes: rates that change on a day.

use chrono::TimeDelta;
use domain::viewer::Viewer;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given, rows::rows_of},
};

on_both_databases!(
    a_rate_that_has_begun_stays_and_one_to_come_can_be_changed,
    what_cannot_be_a_tax_code_is_refused_by_its_fields,
    today_is_the_sellers_day,
    another_sellers_tax_code_does_not_exist,
);

const SELECTION: &str = "taxCode { id code name category version rates { validFrom basisPoints } }";

struct Seller {
    app: TestApp,
    api: Api,
    world: given::World,
}

impl Seller {
    /// A seller on 15 December 2026, whose clock stands at midday.
    async fn open(database: Database) -> Self {
        let app = TestApp::start(database).await;
        app.advance(
            "2026-12-15T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
                - app.app.clock.now(),
        );
        let world = given::world(&app).await;
        Self { api: Api::of(&app), app, world }
    }

    async fn create(&self, rates: Value) -> Value {
        let input = json!({ "code": "VAT", "name": "As usual", "rates": rates });
        self.done("createTaxCode", input).await
    }

    async fn done(&self, mutation: &str, input: Value) -> Value {
        let mut done = self.api.done(&self.world.admin, mutation, input, SELECTION).await;
        done["taxCode"].take()
    }

    async fn refused(&self, viewer: &Viewer, mutation: &str, input: Value) -> (Value, Value) {
        let refused = self.api.refused(viewer, mutation, input).await;
        (refused["code"].clone(), refused["field"].clone())
    }
}

fn rate(valid_from: &str, basis_points: i32) -> Value {
    json!({ "validFrom": valid_from, "basisPoints": basis_points })
}

async fn a_rate_that_has_begun_stays_and_one_to_come_can_be_changed(database: Database) {
    let seller = Seller::open(database).await;
    let [old, today, next] =
        [rate("1992-01-01", 2500), rate("2026-12-15", 2600), rate("2027-01-01", 2700)];
    let created = seller.create(json!([next, old, today])).await;
    let id = created["id"].clone();
    let expected = |name: &str, version: i32, rates: Value| {
        json!({
            "id": id, "code": "VAT", "name": name, "category": "STANDARD", "version": version, "rates": rates,
        })
    };
    assert_eq!(created, expected("As usual", 1, json!([old, today, next])));

    let update = |more: Value| {
        let mut input = more;
        input["id"] = id.clone();
        input
    };
    let same = seller.done("updateTaxCode", update(json!({ "rates": [today, next] }))).await;
    assert_eq!(same, expected("As usual", 1, json!([old, today, next])));
    let [later, last] = [rate("2027-02-01", 2400), rate("2028-01-01", 0)];
    let changed = seller
        .done("updateTaxCode", update(json!({ "rates": [last, later], "name": "VAT" })))
        .await;
    assert_eq!(changed, expected("VAT", 2, json!([old, today, later, last])));
    for wrong in [rate("2026-12-15", 2500), rate("2026-12-14", 2500), rate("1992-01-01", 2400)] {
        let refused = seller.refused(
            &seller.world.admin,
            "updateTaxCode",
            update(json!({ "rates": [wrong] })),
        );
        assert_eq!(refused.await, (json!("VALIDATION_FAILED"), json!(["rates", "0", "validFrom"])));
    }
    let none_to_come = seller.done("updateTaxCode", update(json!({ "rates": [] }))).await;
    assert_eq!(none_to_come, expected("VAT", 3, json!([old, today])));

    let document = "query ($id: ID!) {
        taxCode(code: \"VAT\") { id }
        taxCodes { totalCount nodes { id } }
        node(id: $id) { id ... on TaxCode { code } }
    }";
    let found = seller.api.read(&seller.world.customer, document, json!({ "id": id })).await;
    assert_eq!(
        found,
        json!({
            "taxCode": { "id": id }, "taxCodes": { "totalCount": 1, "nodes": [{ "id": id }] },
            "node": { "id": id, "code": "VAT" },
        })
    );
}

async fn what_cannot_be_a_tax_code_is_refused_by_its_fields(database: Database) {
    let seller = Seller::open(database).await;
    seller.create(json!([rate("2020-01-01", 2500)])).await;
    let new = |more: Value| {
        let mut input = json!({ "code": "NEW", "name": "New", "rates": [rate("2020-01-01", 0)] });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    for (wrong, code, field) in [
        (json!({ "code": "VAT" }), "DUPLICATE_TAX_CODE", json!(["code"])),
        (json!({ "code": " " }), "VALIDATION_FAILED", json!(["code"])),
        (json!({ "rates": [] }), "VALIDATION_FAILED", json!(["rates"])),
        (
            json!({ "rates": [rate("2020-01-01", 10_001)] }),
            "VALIDATION_FAILED",
            json!(["rates", "0", "basisPoints"]),
        ),
        (
            json!({ "rates": [rate("2020-01-01", 1), rate("2020-01-01", 2)] }),
            "VALIDATION_FAILED",
            json!(["rates", "1", "validFrom"]),
        ),
        (
            json!({ "category": "REVERSE_CHARGE", "rates": [rate("2020-01-01", 1)] }),
            "VALIDATION_FAILED",
            json!(["rates", "0", "basisPoints"]),
        ),
    ] {
        let before = rows_of(&seller.app, seller.world.tenant_id).await;
        let refused =
            seller.refused(&seller.world.admin, "createTaxCode", new(wrong.clone())).await;
        assert_eq!(refused, (json!(code), field), "{wrong}");
        assert_eq!(rows_of(&seller.app, seller.world.tenant_id).await, before);
    }
    let exempt = seller.done("createTaxCode", new(json!({ "category": "EXEMPT" }))).await;
    assert_eq!(exempt["category"], "EXEMPT");
}

async fn today_is_the_sellers_day(database: Database) {
    let seller = Seller::open(database).await;
    let zone = json!({ "timeZone": "Pacific/Auckland" });
    seller.api.done(&seller.world.admin, "updateTenantSettings", zone, "").await;
    let created = seller.create(json!([rate("2020-01-01", 1500)])).await;
    // It is 01:00 on the 16th in Auckland.
    let tomorrow = json!({ "id": created["id"], "rates": [rate("2026-12-16", 1600)] });
    let refused = seller.refused(&seller.world.admin, "updateTaxCode", tomorrow.clone()).await;
    assert_eq!(refused.1, json!(["rates", "0", "validFrom"]));
    seller.app.advance(TimeDelta::hours(-3));
    seller.done("updateTaxCode", tomorrow).await;
}

async fn another_sellers_tax_code_does_not_exist(database: Database) {
    let seller = Seller::open(database).await;
    let other = given::world(&seller.app).await;
    let created = seller.create(json!([rate("2020-01-01", 2500)])).await;
    let update = json!({ "id": created["id"], "name": "Mine" });
    let not_found = (json!("TAX_CODE_NOT_FOUND"), json!(["id"]));
    assert_eq!(seller.refused(&other.admin, "updateTaxCode", update).await, not_found);
    let found = seller.api.read(
        &other.admin,
        "{ taxCode(code: \"VAT\") { id } taxCodes { totalCount } }",
        json!({}),
    );
    assert_eq!(found.await, json!({ "taxCode": null, "taxCodes": { "totalCount": 0 } }));
    let prices = json!([{ "currency": "EUR", "unitAmount": "1", "taxCodeId": created["id"] }]);
    let offer = json!({ "id": ordergate::graphql::id::Id(other.instant_offer).to_string(), "prices": prices });
    let refused = seller.refused(&other.admin, "updateOffer", offer).await;
    assert_eq!(refused, (json!("TAX_CODE_NOT_FOUND"), json!(["prices", "0", "taxCodeId"])));
}
