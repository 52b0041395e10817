//! Prices from a day on, and what becomes of those before.

use entity::{EventKind, PriceId, event};
use ordergate::graphql::id::Id;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given, rows::rows_of},
};

on_both_databases!(
    a_price_begins_and_ends_on_its_days,
    the_price_of_the_day_of_submission_holds,
    a_price_without_an_end_gives_way_and_others_are_in_the_way,
    new_list_prices_end_those_before,
    what_cannot_be_a_price_is_refused_by_its_fields,
    another_sellers_offers_and_prices_do_not_exist,
);

struct Seller {
    app: TestApp,
    api: Api,
    world: given::World,
    offer: String,
}

impl Seller {
    /// A seller in Copenhagen on 15 December 2026, whose clock stands at midday in Greenwich.
    async fn open(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world_with_approval(&app, false).await;
        let api = Api::of(&app);
        let zone = json!({ "timeZone": "Europe/Copenhagen" });
        api.done(&world.admin, "updateTenantSettings", zone, "").await;
        let seller = Self { api, app, offer: Id(world.instant_offer).to_string(), world };
        seller.pass("2026-12-15T12:00:00Z").await;
        seller
    }

    /// Lets time pass until then, and the program do what is due.
    async fn pass(&self, time: &str) {
        let time: chrono::DateTime<chrono::Utc> = time.parse().unwrap();
        self.app.advance(time - self.app.app.clock.now());
        self.app.run_jobs().await;
    }

    fn input(&self, amount: i64, more: &Value) -> Value {
        let mut input = json!({ "offerId": self.offer, "price": price("EUR", amount) });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    }

    async fn create(&self, amount: i64, more: &Value) -> Value {
        let input = self.input(amount, more);
        let selection = "price { id status validFrom validUntil }";
        self.api.done(&self.world.admin, "createPrice", input, selection).await["price"].take()
    }

    async fn refused(&self, mutation: &str, input: Value) -> (String, String) {
        let before = rows_of(&self.app, self.world.tenant_id).await;
        let refused = self.api.refused(&self.world.admin, mutation, input).await;
        assert_eq!(rows_of(&self.app, self.world.tenant_id).await, before);
        let field = refused["field"].as_array().unwrap().iter();
        let field: Vec<_> = field.map(|it| it.as_str().unwrap()).collect();
        (refused["code"].as_str().unwrap().to_owned(), field.join("."))
    }

    /// What the offer costs now, by currency.
    async fn prices(&self) -> Vec<String> {
        let document = "query Run($id: ID!) { offer(id: $id) { prices {
            unitPrice { formatted } status } } }";
        let id = json!({ "id": self.offer });
        let read = self.api.read(&self.world.customer, document, id).await;
        let prices = read["offer"]["prices"].as_array().unwrap().iter();
        prices
            .map(|price| {
                assert_eq!(price["status"], "IN_FORCE");
                price["unitPrice"]["formatted"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    /// All prices of the offer, oldest first: amount, status and days.
    async fn all_prices(&self) -> Vec<String> {
        let document = "query Run($id: ID!) { offer(id: $id) { allPrices(first: 20) { nodes {
            unitPrice { minorUnits } status validFrom validUntil } } } }";
        let id = json!({ "id": self.offer });
        let read = self.api.read(&self.world.admin, document, id).await;
        let prices = read["offer"]["allPrices"]["nodes"].as_array().unwrap().iter().rev();
        let day = |day: &Value| day.as_str().map_or_else(String::new, |day| day[5..].to_owned());
        prices
            .map(|price| {
                let (from, until) = (day(&price["validFrom"]), day(&price["validUntil"]));
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let (amount, status) = (&price["unitPrice"]["minorUnits"], &price["status"]);
                format!("{} {} {from}..{until}", text(amount), text(status))
            })
            .collect()
    }

    /// What a unit costs of an order that is placed now.
    async fn ordered(&self) -> String {
        let line = json!({ "offerId": self.offer, "quantity": 1 });
        let input = json!({ "lines": [line], "submit": true });
        let selection = "order { lines { unitPrice { minorUnits } priceScope } }";
        let customer = &self.world.customer;
        let placed = self.api.done(customer, "createOrder", input, selection).await;
        let line = &placed["order"]["lines"][0];
        assert_eq!(line["priceScope"], "LIST");
        line["unitPrice"]["minorUnits"].as_str().unwrap().to_owned()
    }

    /// What the log tells of prices: their statuses.
    async fn told(&self) -> Vec<(Option<String>, Option<String>)> {
        let events = event::Entity::find()
            .filter(event::Column::Kind.eq(EventKind::PriceChanged))
            .order_by_asc(event::Column::Sequence)
            .all(self.app.app.store.readers())
            .await
            .unwrap();
        events.into_iter().map(|event| (event.from_status, event.to_status)).collect()
    }
}

fn price(currency: &str, amount: i64) -> Value {
    json!({ "currency": currency, "unitAmount": amount.to_string(), "taxBasisPoints": 2_500 })
}

async fn a_price_begins_and_ends_on_its_days(database: Database) {
    let seller = Seller::open(database).await;
    let next = json!({ "validFrom": "2027-01-01" });
    let made = seller.create(1_200, &next).await;
    assert_eq!((&made["status"], &made["validUntil"]), (&json!("UPCOMING"), &Value::Null));
    assert_eq!(seller.prices().await, ["10.00 EUR"]);
    assert_eq!(
        seller.all_prices().await,
        ["1000 IN_FORCE ..01-01", "1200 UPCOMING 01-01.."],
        "what was there ends where the new one begins"
    );
    // Nobody but the seller's people hears of what is to come.
    let document =
        "query Run($id: ID!) { offer(id: $id) { allPrices(first: 20) { nodes { status } } } }";
    let id = json!({ "id": seller.offer });
    let seen = seller.api.read(&seller.world.customer, document, id).await;
    assert_eq!(seen["offer"]["allPrices"]["nodes"], json!([{ "status": "IN_FORCE" }]));

    // Midnight in Copenhagen is an hour earlier than in Greenwich.
    seller.pass("2026-12-31T22:59:00Z").await;
    assert_eq!(
        (seller.prices().await, seller.ordered().await),
        (vec!["10.00 EUR".to_owned()], "1000".to_owned())
    );
    let midnight: chrono::DateTime<chrono::Utc> = "2026-12-31T23:00:00Z".parse().unwrap();
    seller.app.advance(midnight - seller.app.app.clock.now());
    assert_eq!(seller.ordered().await, "1200", "what is asked does not wait for a job");
    seller.app.run_jobs().await;
    assert_eq!(seller.prices().await, ["12.00 EUR"]);
    assert_eq!(seller.all_prices().await, ["1000 OVER ..01-01", "1200 IN_FORCE 01-01.."]);
    let status = |text: &str| Some(text.to_owned());
    let told = [
        (None, status("UPCOMING")),
        (status("IN_FORCE"), status("OVER")),
        (status("UPCOMING"), status("IN_FORCE")),
    ];
    assert_eq!(seller.told().await, told);

    let end = json!({ "id": made["id"], "on": "2027-02-01" });
    seller.api.done(&seller.world.admin, "endPrice", end.clone(), "").await;
    seller.api.done(&seller.world.admin, "endPrice", end, "").await;
    assert_eq!(seller.told().await.len(), 3, "an end to come changes nothing now");
    seller.pass("2027-02-01T12:00:00Z").await;
    assert!(seller.prices().await.is_empty());
    let line = json!({ "offerId": seller.offer, "quantity": 1 });
    let refused =
        seller.api.refused(&seller.world.customer, "createOrder", json!({ "lines": [line] }));
    assert_eq!(refused.await["code"], "PRICE_MISSING");
}

/// A draft has no price yet: it is priced anew when it is submitted (APX-31).
async fn the_price_of_the_day_of_submission_holds(database: Database) {
    let seller = Seller::open(database).await;
    let settings = json!({ "approvalRequired": true });
    seller.api.done(&seller.world.admin, "updateTenantSettings", settings, "").await;
    seller.create(1_200, &json!({ "validFrom": "2027-01-01" })).await;
    let line = json!({ "offerId": seller.offer, "quantity": 2 });
    let selection = "order { id totals { net { minorUnits } } lines { price { validFrom } } }";
    let place = async |submit: bool| {
        let input = json!({ "lines": [line], "submit": submit });
        let customer = &seller.world.customer;
        seller.api.done(customer, "createOrder", input, selection).await["order"].take()
    };
    let (draft, waiting) = (place(false).await, place(true).await);
    assert_eq!(draft["totals"]["net"]["minorUnits"], "2000");
    seller.pass("2027-01-02T12:00:00Z").await;
    let id = json!({ "id": draft["id"] });
    let submitted = seller.api.done(&seller.world.customer, "submitOrder", id, selection).await;
    assert_eq!(submitted["order"]["totals"]["net"]["minorUnits"], "2400");
    assert_eq!(submitted["order"]["lines"][0]["price"]["validFrom"], "2027-01-01");
    let id = json!({ "id": waiting["id"] });
    let approved = seller.api.done(&seller.world.approver(), "approveOrder", id, selection).await;
    assert_eq!(approved["order"]["totals"]["net"]["minorUnits"], "2000");
}

async fn a_price_without_an_end_gives_way_and_others_are_in_the_way(database: Database) {
    let seller = Seller::open(database).await;
    let input = |more: Value| seller.input(500, &more);
    let campaign = json!({ "validFrom": "2027-01-10", "validUntil": "2027-01-20" });
    let overlaps = ("PRICE_OVERLAPS".to_owned(), "validFrom".to_owned());
    // With an end of its own it would leave nothing behind.
    assert_eq!(seller.refused("createPrice", input(campaign.clone())).await, overlaps);
    let current = seller.api.read(
        &seller.world.admin,
        "query Run($id: ID!) { offer(id: $id) { prices { id } } }",
        json!({ "id": seller.offer }),
    );
    let current = current.await["offer"]["prices"][0]["id"].clone();
    let end = json!({ "id": current, "on": "2027-01-10" });
    seller.api.done(&seller.world.admin, "endPrice", end, "").await;
    seller.create(500, &campaign).await;
    let after = seller.create(1_000, &json!({ "validFrom": "2027-01-20" })).await;
    assert_eq!(
        seller.all_prices().await,
        ["1000 IN_FORCE ..01-10", "500 UPCOMING 01-10..01-20", "1000 UPCOMING 01-20.."]
    );
    for more in [
        campaign,
        json!({ "validFrom": "2027-01-19" }),
        json!({}),
        json!({ "validFrom": "2027-01-20" }),
        json!({ "validFrom": "2027-01-01", "validUntil": "2027-01-11" }),
    ] {
        assert_eq!(seller.refused("createPrice", input(more)).await, overlaps);
    }
    let later = json!({ "id": current, "on": "2027-01-11" });
    let refused = seller.refused("endPrice", later).await;
    assert_eq!(refused, ("VALIDATION_FAILED".to_owned(), "on".to_owned()));
    // One that has not begun never does.
    let never = json!({ "id": after["id"] });
    let selection = "price { status validFrom validUntil }";
    let ended = seller.api.done(&seller.world.admin, "endPrice", never, selection).await;
    let told = json!({ "status": "OVER", "validFrom": "2027-01-20", "validUntil": "2027-01-20" });
    assert_eq!(ended["price"], told);
    seller.create(800, &json!({ "validFrom": "2027-01-20" })).await;
    // Other currencies have prices of their own.
    let mut other = input(json!({}));
    other["price"]["currency"] = json!("SEK");
    seller.api.done(&seller.world.admin, "createPrice", other, "").await;
    assert_eq!(seller.prices().await, ["10.00 EUR", "5.00 SEK"]);
}

async fn new_list_prices_end_those_before(database: Database) {
    let seller = Seller::open(database).await;
    seller.create(1_200, &json!({ "validFrom": "2027-01-01" })).await;
    let customer = Id(seller.world.customer_id).to_string();
    seller.create(700, &json!({ "customerId": customer })).await;
    let replace =
        json!({ "id": seller.offer, "prices": [price("EUR", 1_100), price("SEK", 9_900)] });
    seller.api.done(&seller.world.admin, "updateOffer", replace.clone(), "").await;
    assert_eq!(
        seller.all_prices().await,
        [
            "1000 OVER ..12-15",
            "1200 OVER 01-01..01-01",
            "700 IN_FORCE 12-15..",
            "1100 IN_FORCE 12-15..",
            "9900 IN_FORCE 12-15..",
        ],
        "those of customers stay, and so does what was ordered at"
    );
    let told = seller.told().await.len();
    seller.api.done(&seller.world.admin, "updateOffer", replace, "").await;
    assert_eq!(seller.told().await.len(), told, "the same prices stay");
}

async fn what_cannot_be_a_price_is_refused_by_its_fields(database: Database) {
    let seller = Seller::open(database).await;
    let agreement = Id(seller.world.agreement_id).to_string();
    let customer = Id(seller.world.customer_id).to_string();
    let mut in_sek = seller.input(500, &json!({ "agreementId": agreement }));
    in_sek["price"]["currency"] = json!("SEK");
    let mut untaxed = seller.input(500, &json!({}));
    untaxed["price"]["taxBasisPoints"] = Value::Null;
    let mut negative = seller.input(-1, &json!({}));
    negative["price"]["model"] = json!("FLAT");
    let with = |more: Value| seller.input(500, &more);
    for (input, field) in [
        (with(json!({ "validFrom": "2026-12-14" })), "validFrom"),
        (with(json!({ "validFrom": "2027-01-10", "validUntil": "2027-01-10" })), "validUntil"),
        (with(json!({ "agreementId": agreement, "customerId": customer })), ""),
        (in_sek, "price.currency"),
        (untaxed, "price.taxBasisPoints"),
        (negative, "price.unitAmount"),
    ] {
        let refused = seller.refused("createPrice", input).await;
        assert_eq!(refused, ("VALIDATION_FAILED".to_owned(), field.to_owned()));
    }
    let prices = |prices: Value| json!({ "id": seller.offer, "prices": prices });
    let mut untaxed = price("DKK", 5);
    untaxed["taxBasisPoints"] = Value::Null;
    for (input, field) in [
        (prices(json!([])), "prices"),
        (prices(json!([price("EUR", 5), price("eur", 5)])), "prices.1.currency"),
        (prices(json!([untaxed])), "prices.0.taxBasisPoints"),
    ] {
        let refused = seller.refused("updateOffer", input).await;
        assert_eq!(refused, ("VALIDATION_FAILED".to_owned(), field.to_owned()));
    }
}

async fn another_sellers_offers_and_prices_do_not_exist(database: Database) {
    let seller = Seller::open(database).await;
    let other = given::world(&seller.app).await;
    let made = seller
        .create(500, &json!({ "customerId": Id(seller.world.customer_id).to_string() }))
        .await;
    let theirs = seller.input(500, &json!({}));
    let refused = seller.api.refused(&other.admin, "createPrice", theirs).await;
    assert_eq!(refused["code"], "OFFER_NOT_FOUND");
    for (field, code, id) in [
        ("customerId", "CUSTOMER_NOT_FOUND", Id(seller.world.customer_id).to_string()),
        ("agreementId", "AGREEMENT_NOT_FOUND", Id(seller.world.agreement_id).to_string()),
    ] {
        let mut input =
            json!({ "offerId": Id(other.instant_offer).to_string(), "price": price("EUR", 5) });
        input[field] = json!(id);
        let refused = seller.api.refused(&other.admin, "createPrice", input).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &json!([field])));
    }
    let unknown = Id(PriceId::new(seller.app.app.clock.now())).to_string();
    let mut answers = Vec::new();
    for id in [made["id"].as_str().unwrap(), unknown.as_str()] {
        answers.push(seller.api.refused(&other.admin, "endPrice", json!({ "id": id })).await);
    }
    assert_eq!((&answers[0]["code"], &answers[0]), (&json!("PRICE_NOT_FOUND"), &answers[1]));
}
