//! Prices for a partner, a customer or an agreement: the most particular one is asked, and nobody hears of others'.

use domain::viewer::{Scope, Viewer};
use entity::{CustomerId, PartnerId, Role};
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
    },
};

on_both_databases!(
    the_most_particular_price_is_asked,
    nobody_hears_of_the_prices_of_others,
    prices_go_with_a_customer_and_not_with_what_was_sold_before,
    another_offer_is_changed_to_at_the_price_of_whoever_has_it,
    events_about_prices_go_to_those_who_pay_them,
);

/// A seller with two partners, of which each has a customer.
struct Shop {
    app: TestApp,
    api: Api,
    world: World,
    offer: String,
    near: Party,
    far: Party,
}

/// A customer and its partner.
struct Party {
    partner: String,
    partner_viewer: Viewer,
    customer: String,
    customer_viewer: Viewer,
    agreement: String,
}

impl Shop {
    async fn open(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world_with_approval(&app, false).await;
        let api = Api::of(&app);
        let (near, far) = (party(&api, &world, "NEAR").await, party(&api, &world, "FAR").await);
        Self { offer: Id(world.instant_offer).to_string(), app, api, world, near, far }
    }

    /// Has the offer cost so much for some.
    async fn price(&self, amount: i64, whom: &Value) -> Value {
        let price = price(amount);
        let mut input = json!({ "offerId": self.offer, "price": price });
        input.as_object_mut().unwrap().extend(whom.as_object().unwrap().clone());
        let made = self.api.done(&self.world.admin, "createPrice", input, "price { id }").await;
        made["price"]["id"].clone()
    }

    /// What a unit costs of an order for a customer, and for whom that price is.
    async fn ordered(
        &self,
        buyer: &Viewer,
        of: &Party,
        agreement: Option<&str>,
    ) -> (String, String) {
        let line = json!({ "offerId": self.offer, "quantity": 1 });
        let input = json!({
            "customerId": of.customer, "agreementId": agreement, "lines": [line], "submit": true,
        });
        let selection = "order { lines { unitPrice { minorUnits } priceScope price { scope } } }";
        let placed = self.api.done(buyer, "createOrder", input, selection).await;
        let line = &placed["order"]["lines"][0];
        assert_eq!(line["price"]["scope"], line["priceScope"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&line["unitPrice"]["minorUnits"]), text(&line["priceScope"]))
    }

    /// What the offer costs, for a caller.
    async fn shown(&self, viewer: &Viewer) -> Vec<String> {
        let document = "query Run($id: ID!) { offer(id: $id) { prices {
            unitPrice { minorUnits } scope customer { id } agreement { id } } } }";
        let read = self.api.read(viewer, document, json!({ "id": self.offer })).await;
        let prices = read["offer"]["prices"].as_array().unwrap().iter();
        let mut shown: Vec<_> = prices
            .map(|price| {
                let amount = price["unitPrice"]["minorUnits"].as_str().unwrap();
                format!("{amount} {}", price["scope"].as_str().unwrap())
            })
            .collect();
        shown.sort();
        shown
    }

    async fn goes_to(&self, party: &Party, partner: &str) {
        let input = json!({ "id": party.customer, "partnerId": partner });
        self.api.done(&self.world.admin, "updateCustomer", input, "").await;
    }
}

fn price(amount: i64) -> Value {
    json!({ "currency": "EUR", "unitAmount": amount.to_string(), "taxBasisPoints": 2_500 })
}

async fn party(api: &Api, world: &World, name: &str) -> Party {
    let input = json!({ "partnerNumber": name, "name": name });
    let made = api.done(&world.admin, "createPartner", input, "partner { id }").await;
    let partner = made["partner"]["id"].as_str().unwrap().to_owned();
    let input = json!({ "customerNumber": name, "name": name, "partnerId": partner });
    let made = api.done(&world.admin, "createCustomer", input, "customer { id }").await;
    let customer = made["customer"]["id"].as_str().unwrap().to_owned();
    let input = json!({ "customerId": customer, "number": name, "currency": "EUR" });
    let made = api.done(&world.admin, "createAgreement", input, "agreement { id }").await;
    let agreement = made["agreement"]["id"].as_str().unwrap().to_owned();
    let (Id(own), Id(of)) =
        (Id::<PartnerId>::read(&partner).unwrap(), Id::<CustomerId>::read(&customer).unwrap());
    let scope = Scope::Partner { own, partners: vec![own] };
    let partner_viewer = viewer(world.tenant_id, Role::Partner, scope);
    let scope = Scope::Customer { own: of, partner: Some(own) };
    let customer_viewer = viewer(world.tenant_id, Role::Customer, scope);
    Party { partner, partner_viewer, customer, customer_viewer, agreement }
}

async fn the_most_particular_price_is_asked(database: Database) {
    let shop = Shop::open(database).await;
    let Shop { near, far, .. } = &shop;
    let agreement = Some(near.agreement.as_str());
    let asked = |amount: &str, scope: &str| (amount.to_owned(), scope.to_owned());
    let buyer = &near.customer_viewer;
    assert_eq!(shop.ordered(buyer, near, agreement).await, asked("1000", "LIST"));
    shop.price(900, &json!({ "partnerId": near.partner })).await;
    assert_eq!(shop.ordered(buyer, near, agreement).await, asked("900", "PARTNER"));
    // More particular, and not cheaper.
    shop.price(950, &json!({ "customerId": near.customer })).await;
    assert_eq!(shop.ordered(buyer, near, agreement).await, asked("950", "CUSTOMER"));
    shop.price(800, &json!({ "agreementId": near.agreement })).await;
    assert_eq!(shop.ordered(buyer, near, agreement).await, asked("800", "AGREEMENT"));
    // Without the agreement, by the partner and by the seller.
    assert_eq!(shop.ordered(&near.partner_viewer, near, None).await, asked("950", "CUSTOMER"));
    assert_eq!(shop.ordered(&shop.world.admin, near, agreement).await, asked("800", "AGREEMENT"));
    assert_eq!(shop.ordered(&far.customer_viewer, far, None).await, asked("1000", "LIST"));

    // A draft that is given the agreement is priced by it when it is submitted.
    let line = json!({ "offerId": shop.offer, "quantity": 1 });
    let input = json!({ "lines": [line] });
    let selection = "order { id lines { unitPrice { minorUnits } } }";
    let draft = shop.api.done(buyer, "createOrder", input, selection).await["order"].take();
    assert_eq!(draft["lines"][0]["unitPrice"]["minorUnits"], "950");
    let update = json!({ "id": draft["id"], "agreementId": near.agreement });
    shop.api.done(buyer, "updateOrder", update, "").await;
    let submitted =
        shop.api.done(buyer, "submitOrder", json!({ "id": draft["id"] }), selection).await;
    assert_eq!(submitted["order"]["lines"][0]["unitPrice"]["minorUnits"], "800");
}

async fn nobody_hears_of_the_prices_of_others(database: Database) {
    let shop = Shop::open(database).await;
    let Shop { near, far, .. } = &shop;
    shop.price(900, &json!({ "partnerId": near.partner })).await;
    let of_customer = shop.price(850, &json!({ "customerId": near.customer })).await;
    shop.price(800, &json!({ "agreementId": near.agreement })).await;
    assert_eq!(shop.shown(&shop.world.admin).await, ["1000 LIST"]);
    assert_eq!(shop.shown(&near.partner_viewer).await, ["900 PARTNER"]);
    assert_eq!(shop.shown(&near.customer_viewer).await, ["800 AGREEMENT", "850 CUSTOMER"]);
    for stranger in [&far.partner_viewer, &far.customer_viewer] {
        assert_eq!(shop.shown(stranger).await, ["1000 LIST"]);
    }
    // Once more, while rows are remembered.
    assert_eq!(shop.shown(&near.customer_viewer).await, ["800 AGREEMENT", "850 CUSTOMER"]);

    let document =
        "query Run($id: ID!) { offer(id: $id) { allPrices(first: 20) { nodes { id } } } }";
    for (viewer, expected) in [
        (&shop.world.admin, 4),
        (&near.partner_viewer, 4),
        (&near.customer_viewer, 4),
        (&far.partner_viewer, 1),
        (&far.customer_viewer, 1),
    ] {
        let read = shop.api.read(viewer, document, json!({ "id": shop.offer })).await;
        let all = read["offer"]["allPrices"]["nodes"].as_array().unwrap();
        assert_eq!(all.len(), expected, "{:?}", viewer.scope);
    }
    // An order shows the price that was asked to those who see the order.
    let placed = shop.ordered(&near.customer_viewer, near, None).await;
    assert_eq!(placed.0, "850");
    let end = json!({ "id": of_customer });
    shop.api.done(&shop.world.admin, "endPrice", end, "").await;
    assert_eq!(shop.shown(&near.customer_viewer).await, ["800 AGREEMENT", "900 PARTNER"]);
}

async fn prices_go_with_a_customer_and_not_with_what_was_sold_before(database: Database) {
    let shop = Shop::open(database).await;
    let Shop { near, far, world, .. } = &shop;
    let line = json!({ "offerId": shop.offer, "quantity": 1 });
    let input = json!({ "customerId": near.customer, "lines": [line], "submit": true });
    let selection = "order { lines { subscription { id } } }";
    let bought = shop.api.done(&near.partner_viewer, "createOrder", input, selection).await;
    shop.app.run_jobs().await;
    let other = json!({
        "productId": shop.product().await, "code": "OTHER", "name": "Other", "billing": "RECURRING",
        "billingPeriod": "MONTHLY", "prices": [price(3_000)],
    });
    let other = shop.api.done(&world.admin, "createOffer", other, "offer { id }").await;
    let other = other["offer"]["id"].clone();
    shop.goes_to(near, &far.partner).await;
    for offer in [&json!(shop.offer), &other] {
        let input = json!({ "offerId": offer, "customerId": near.customer, "price": price(777) });
        shop.api.done(&world.admin, "createPrice", input, "").await;
    }
    // The new partner sells at the customer's price, and sees it; the former one hears nothing of it.
    let asked = shop.ordered(&far.partner_viewer, near, None).await;
    assert_eq!(asked, ("777".to_owned(), "CUSTOMER".to_owned()));
    assert_eq!(shop.shown(&near.partner_viewer).await, ["1000 LIST"]);
    let subscription = &bought["order"]["lines"][0]["subscription"]["id"];
    let change = json!({ "id": subscription, "offerId": other });
    let selection = "order { lines { unitPrice { minorUnits } priceScope } }";
    let changed =
        shop.api.done(&near.partner_viewer, "changeSubscription", change, selection).await;
    let told = json!({ "unitPrice": { "minorUnits": "3000" }, "priceScope": "LIST" });
    assert_eq!(changed["order"]["lines"][0], told);
}

async fn another_offer_is_changed_to_at_the_price_of_whoever_has_it(database: Database) {
    let shop = Shop::open(database).await;
    let Shop { near, world, .. } = &shop;
    let line = json!({ "offerId": shop.offer, "quantity": 1 });
    let input = json!({ "agreementId": near.agreement, "lines": [line], "submit": true });
    let selection = "order { lines { subscription { id } } }";
    let bought = shop.api.done(&near.customer_viewer, "createOrder", input, selection).await;
    shop.app.run_jobs().await;
    let other = json!({
        "productId": shop.product().await, "code": "OTHER", "name": "Other", "billing": "RECURRING",
        "billingPeriod": "MONTHLY", "prices": [price(3_000)],
    });
    let other = shop.api.done(&world.admin, "createOffer", other, "offer { id }").await;
    let other = other["offer"]["id"].clone();
    let input = json!({ "offerId": other, "agreementId": near.agreement, "price": price(2_500) });
    shop.api.done(&world.admin, "createPrice", input, "").await;
    let subscription = &bought["order"]["lines"][0]["subscription"]["id"];
    let selection = "order { lines { unitPrice { minorUnits } priceScope price { scope } } }";
    let more = json!({ "id": subscription, "quantity": 2 });
    let changed = shop.api.done(&near.customer_viewer, "changeSubscription", more, selection).await;
    let told = json!({ "unitPrice": { "minorUnits": "1000" }, "priceScope": null, "price": null });
    assert_eq!(changed["order"]["lines"][0], told, "what was sold goes on at its price");
    shop.app.run_jobs().await;
    let change = json!({ "id": subscription, "offerId": other });
    let changed =
        shop.api.done(&near.customer_viewer, "changeSubscription", change, selection).await;
    let told = json!({
        "unitPrice": { "minorUnits": "2500" }, "priceScope": "AGREEMENT", "price": { "scope": "AGREEMENT" },
    });
    assert_eq!(changed["order"]["lines"][0], told);
}

async fn events_about_prices_go_to_those_who_pay_them(database: Database) {
    let shop = Shop::open(database).await;
    let Shop { near, far, .. } = &shop;
    let cursor = "{ feedCursor }";
    let start = shop.api.read(&shop.world.admin, cursor, json!({})).await["feedCursor"].clone();
    shop.price(990, &json!({})).await;
    shop.price(900, &json!({ "partnerId": near.partner })).await;
    shop.price(850, &json!({ "customerId": near.customer })).await;
    shop.price(800, &json!({ "agreementId": near.agreement, "validFrom": "2400-01-01" })).await;
    shop.app.all_positions_given().await;
    let document = "subscription Run($after: FeedCursor) { events(after: $after) {
        kind subjectKind fromStatus toStatus price { unitPrice { minorUnits } } } }";
    let first = async |viewer: &Viewer| {
        let mut told = shop.api.first(Some(viewer), document, json!({ "after": start })).await;
        told["data"]["events"]["price"]["unitPrice"]["minorUnits"].take()
    };
    assert_eq!(first(&shop.world.admin).await, "1000", "the price that has ended");
    assert_eq!(first(&near.partner_viewer).await, "900");
    assert_eq!(first(&near.customer_viewer).await, "850");
    assert_eq!(first(&far.partner_viewer).await, Value::Null);
    assert_eq!(first(&far.customer_viewer).await, Value::Null);
}

impl Shop {
    /// The product of the offer.
    async fn product(&self) -> Value {
        let document = "query Run($id: ID!) { offer(id: $id) { product { id } } }";
        let read = self.api.read(&self.world.admin, document, json!({ "id": self.offer })).await;
        read["offer"]["product"]["id"].clone()
    }
}
