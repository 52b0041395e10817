//! What an order comes to with its taxes.

use chrono::{DateTime, Utc};
use ordergate::graphql::id::Id;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given},
};

on_both_databases!(
    tax_is_rounded_once_for_each_rate_as_the_seller_has_it,
    every_currency_has_its_own_minor_unit,
    of_prices_with_the_tax_in_them_it_is_taken_out_once,
    prices_with_and_without_tax_are_not_mixed_in_an_order,
    the_rate_is_that_of_the_day_on_which_an_order_is_submitted,
    a_customers_treatment_is_stronger_than_a_price,
    an_order_keeps_the_rounding_with_which_it_was_submitted,
);

const TOTALS: &str =
    "order { id roundingMode taxInclusive lines { taxCategory taxBasisPoints net { minorUnits } }
    totals { net { minorUnits } tax { minorUnits } gross { minorUnits }
        taxes { category basisPoints net { minorUnits } tax { minorUnits } } } }";

struct Shop {
    app: TestApp,
    api: Api,
    world: given::World,
    product: Value,
}

impl Shop {
    async fn open(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world_with_approval(&app, false).await;
        let api = Api::of(&app);
        let product = json!({ "code": "P", "name": "P", "vendor": "V", "provisioning": "MANUAL" });
        let product = api.done(&world.admin, "createProduct", product, "product { id }").await;
        let product = product["product"]["id"].clone();
        Self { app, api, world, product }
    }

    fn at(&self, time: &str) {
        let time: DateTime<Utc> = time.parse().unwrap();
        self.app.advance(time - self.app.app.clock.now());
    }

    /// An offer with one price.
    async fn offer(&self, price: Value) -> Value {
        let offer = json!({
            "productId": self.product, "code": Uuid::new_v4().to_string(), "name": "Seats", "billing": "ONE_TIME",
            "prices": [price],
        });
        let offer = self.api.done(&self.world.admin, "createOffer", offer, "offer { id }").await;
        offer["offer"]["id"].clone()
    }

    async fn priced(&self, currency: &str, unit_amount: &str, tax_basis_points: i32) -> Value {
        self.offer(json!({
            "currency": currency, "unitAmount": unit_amount, "taxBasisPoints": tax_basis_points,
        }))
        .await
    }

    async fn inclusive(&self, unit_amount: &str, tax_basis_points: i32) -> Value {
        self.offer(json!({
            "currency": "EUR", "unitAmount": unit_amount, "taxBasisPoints": tax_basis_points, "taxInclusive": true,
        }))
        .await
    }

    fn order(&self, currency: &str, lines: &[(&Value, i32)], submit: bool) -> Value {
        let lines =
            lines.iter().map(|(offer, quantity)| json!({ "offerId": offer, "quantity": quantity }));
        let lines: Vec<_> = lines.collect();
        json!({ "currency": currency, "lines": lines, "submit": submit })
    }

    async fn bought(&self, currency: &str, lines: &[(&Value, i32)]) -> Value {
        self.done("createOrder", self.order(currency, lines, true)).await
    }

    async fn done(&self, mutation: &str, input: Value) -> Value {
        let mut done = self.api.done(&self.world.customer, mutation, input, TOTALS).await;
        done["order"].take()
    }

    async fn set(&self, settings: Value) {
        self.api.done(&self.world.admin, "updateTenantSettings", settings, "").await;
    }
}

/// Net, tax and gross.
fn sums(order: &Value) -> [i64; 3] {
    ["net", "tax", "gross"].map(|sum| amount(&order["totals"][sum]))
}

fn amount(money: &Value) -> i64 {
    money["minorUnits"].as_str().unwrap().parse().unwrap()
}

/// Category, rate, net and tax of each group.
fn taxes(order: &Value) -> Vec<(&str, i64, i64, i64)> {
    let groups = order["totals"]["taxes"].as_array().unwrap().iter();
    let of = |group: &'_ Value| {
        (group["basisPoints"].as_i64().unwrap(), amount(&group["net"]), amount(&group["tax"]))
    };
    groups
        .map(|group| {
            let (rate, net, tax) = of(group);
            (group["category"].as_str().unwrap(), rate, net, tax)
        })
        .collect()
}

async fn tax_is_rounded_once_for_each_rate_as_the_seller_has_it(database: Database) {
    let shop = Shop::open(database).await;
    // V111: three lines of 0.33 at 25 %.
    let small = shop.priced("EUR", "33", 2_500).await;
    let order = shop.bought("EUR", &[(&small, 1), (&small, 1), (&small, 1)]).await;
    assert_eq!(sums(&order), [99, 25, 124]);
    // V112: 365.125 of tax, once from 1460.50.
    let (large, other) =
        (shop.priced("EUR", "146050", 2_500).await, shop.priced("EUR", "100", 1_500).await);
    // V188: 6733.945 cannot be sold, but a net of 6733.95 can; V189: 7.9849.
    let (of_19, of_671) =
        (shop.priced("EUR", "673395", 1_900).await, shop.priced("EUR", "671", 1_900).await);
    for (mode, mixed) in
        [("HALF_UP", [146_150, 36_528, 182_678]), ("HALF_EVEN", [146_150, 36_527, 182_677])]
    {
        shop.set(json!({ "roundingMode": mode })).await;
        let order = shop.bought("EUR", &[(&large, 1), (&other, 1)]).await;
        assert_eq!(order["roundingMode"], mode);
        assert_eq!(sums(&order), mixed, "{mode}");
        assert_eq!(sums(&shop.bought("EUR", &[(&of_19, 1)]).await), [673_395, 127_945, 801_340]);
        assert_eq!(sums(&shop.bought("EUR", &[(&of_671, 1)]).await), [671, 127, 798]);
    }
    let order = shop.bought("EUR", &[(&large, 1), (&other, 1), (&small, 2)]).await;
    assert_eq!(taxes(&order), [("STANDARD", 1_500, 100, 15), ("STANDARD", 2_500, 146_116, 36_529)]);
}

async fn every_currency_has_its_own_minor_unit(database: Database) {
    let shop = Shop::open(database).await;
    let yen = shop.priced("JPY", "1015", 1_000).await;
    assert_eq!(sums(&shop.bought("JPY", &[(&yen, 1)]).await), [1_015, 102, 1_117]);
    let dinar = shop.priced("BHD", "10005", 1_000).await;
    assert_eq!(sums(&shop.bought("BHD", &[(&dinar, 1)]).await), [10_005, 1_001, 11_006]);
    shop.set(json!({ "roundingMode": "HALF_EVEN" })).await;
    assert_eq!(sums(&shop.bought("JPY", &[(&yen, 1)]).await), [1_015, 102, 1_117]);
    assert_eq!(sums(&shop.bought("BHD", &[(&dinar, 1)]).await), [10_005, 1_000, 11_005]);
}

async fn of_prices_with_the_tax_in_them_it_is_taken_out_once(database: Database) {
    let shop = Shop::open(database).await;
    // V124: line by line it would be 57.75.
    let (large, small) = (shop.inclusive("32879", 2_100).await, shop.inclusive("399", 2_100).await);
    let order = shop.bought("EUR", &[(&large, 1), (&small, 1)]).await;
    assert_eq!(order["taxInclusive"], true);
    assert_eq!(sums(&order), [27_502, 5_776, 33_278]);
    assert_eq!(amount(&order["lines"][0]["net"]), 32_879);
    // V122.
    let ticket = shop.inclusive("299", 400).await;
    let gross = sums(&shop.bought("EUR", &[(&ticket, 1)]).await);
    assert_eq!(gross[2], 299);
    assert_eq!(gross[0] + gross[1], 299);
}

async fn prices_with_and_without_tax_are_not_mixed_in_an_order(database: Database) {
    let shop = Shop::open(database).await;
    // V125.
    let (with, without) =
        (shop.inclusive("4500", 2_100).await, shop.priced("EUR", "496", 2_100).await);
    for lines in [[(&with, 1), (&without, 1)], [(&without, 1), (&with, 1)]] {
        let order = shop.order("EUR", &lines, false);
        let refused = shop.api.refused(&shop.world.customer, "createOrder", order).await;
        assert_eq!(refused["code"], "MIXED_TAX_INCLUSION");
        assert_eq!(refused["field"], json!(["lines", "1", "offerId"]));
    }
    // A draft whose price has changed meanwhile.
    let draft = shop.done("createOrder", shop.order("EUR", &[(&with, 1), (&with, 2)], false)).await;
    let prices = json!([{ "currency": "EUR", "unitAmount": "4500", "taxBasisPoints": 2100 }]);
    shop.api
        .done(&shop.world.admin, "updateOffer", json!({ "id": with, "prices": prices }), "")
        .await;
    let submitted = shop.done("submitOrder", json!({ "id": draft["id"] })).await;
    assert_eq!((&draft["taxInclusive"], &submitted["taxInclusive"]), (&json!(true), &json!(false)));
    assert_eq!(sums(&submitted), [13_500, 2_835, 16_335]);
}

async fn the_rate_is_that_of_the_day_on_which_an_order_is_submitted(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2026-12-31T22:30:00Z");
    shop.set(json!({ "timeZone": "Europe/Copenhagen" })).await;
    let rates = json!([
        { "validFrom": "2026-06-01", "basisPoints": 2500 }, { "validFrom": "2027-01-01", "basisPoints": 2600 },
    ]);
    let code = json!({ "code": "VAT", "name": "VAT", "rates": rates });
    let code = shop.api.done(&shop.world.admin, "createTaxCode", code, "taxCode { id }").await;
    let price =
        json!({ "currency": "EUR", "unitAmount": "10000", "taxCodeId": code["taxCode"]["id"] });
    let offer = shop.offer(price).await;
    let draft = shop.done("createOrder", shop.order("EUR", &[(&offer, 1)], false)).await;
    assert_eq!(sums(&draft), [10_000, 2_500, 12_500]);
    // In Copenhagen the year has begun.
    shop.at("2026-12-31T23:00:00Z");
    let submitted = shop.done("submitOrder", json!({ "id": draft["id"] })).await;
    assert_eq!(sums(&submitted), [10_000, 2_600, 12_600]);
    assert_eq!(submitted["lines"][0]["taxBasisPoints"], 2_600);

    let to_come = json!({ "code": "LATER", "name": "Later", "rates": [{ "validFrom": "2027-02-01", "basisPoints": 1 }] });
    let code = shop.api.done(&shop.world.admin, "createTaxCode", to_come, "taxCode { id }").await;
    let price =
        json!({ "currency": "EUR", "unitAmount": "10000", "taxCodeId": code["taxCode"]["id"] });
    let offer = shop.offer(price).await;
    let order = shop.order("EUR", &[(&offer, 1)], true);
    let refused = shop.api.refused(&shop.world.customer, "createOrder", order).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("TAX_RATE_MISSING"), &json!(["lines", "0", "offerId"]))
    );
}

async fn a_customers_treatment_is_stronger_than_a_price(database: Database) {
    let shop = Shop::open(database).await;
    let customer = Id(shop.world.customer_id).to_string();
    let (standard, reduced) =
        (shop.priced("EUR", "10000", 2_500).await, shop.priced("EUR", "10000", 700).await);
    let draft =
        shop.done("createOrder", shop.order("EUR", &[(&standard, 1), (&reduced, 1)], false)).await;
    assert_eq!(sums(&draft), [20_000, 3_200, 23_200]);
    let treatment =
        json!({ "id": customer, "taxNumber": "DE123456788", "taxTreatment": "REVERSE_CHARGE" });
    shop.api.done(&shop.world.admin, "updateCustomer", treatment, "").await;
    let submitted = shop.done("submitOrder", json!({ "id": draft["id"] })).await;
    assert_eq!(sums(&submitted), [20_000, 0, 20_000]);
    assert_eq!(taxes(&submitted), [("REVERSE_CHARGE", 0, 20_000, 0)]);
    // Zero-rated and exempt are not the same.
    let code = json!({
        "code": "ZERO", "name": "Zero", "category": "ZERO_RATED", "rates": [{ "validFrom": "2020-01-01", "basisPoints": 0 }],
    });
    let code = shop.api.done(&shop.world.admin, "createTaxCode", code, "taxCode { id }").await;
    let price =
        json!({ "currency": "EUR", "unitAmount": "10000", "taxCodeId": code["taxCode"]["id"] });
    let zero_rated = shop.offer(price).await;
    let usual = json!({ "id": customer, "taxTreatment": "STANDARD" });
    shop.api.done(&shop.world.admin, "updateCustomer", usual, "").await;
    let order = shop.bought("EUR", &[(&standard, 1), (&zero_rated, 1)]).await;
    assert_eq!(taxes(&order), [("STANDARD", 2_500, 10_000, 2_500), ("ZERO_RATED", 0, 10_000, 0)]);
    let exempt =
        json!({ "id": customer, "taxTreatment": "EXEMPT", "taxExemptionReason": "A museum" });
    shop.api.done(&shop.world.admin, "updateCustomer", exempt, "").await;
    let order = shop.bought("EUR", &[(&standard, 1), (&zero_rated, 1)]).await;
    assert_eq!(taxes(&order), [("EXEMPT", 0, 20_000, 0)]);
}

async fn an_order_keeps_the_rounding_with_which_it_was_submitted(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.priced("EUR", "146050", 2_500).await;
    let (submitted, draft) = (
        shop.bought("EUR", &[(&offer, 1)]).await,
        shop.done("createOrder", shop.order("EUR", &[(&offer, 1)], false)).await,
    );
    assert_eq!([sums(&submitted), sums(&draft)], [[146_050, 36_513, 182_563]; 2]);
    shop.set(json!({ "roundingMode": "HALF_EVEN" })).await;
    let document =
        format!("query ($id: ID!) {{ {} }}", TOTALS.replacen("order", "order(id: $id)", 1));
    let read = async |order: &Value| {
        let variables = json!({ "id": order["id"] });
        shop.api.read(&shop.world.customer, &document, variables).await["order"].take()
    };
    assert_eq!(read(&submitted).await, submitted);
    assert_eq!(read(&draft).await, draft);
    let now = shop.done("submitOrder", json!({ "id": draft["id"] })).await;
    assert_eq!(now["roundingMode"], "HALF_EVEN");
    assert_eq!(sums(&now), [146_050, 36_512, 182_562]);
}
