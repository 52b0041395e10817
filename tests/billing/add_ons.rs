//! Add-ons: what they are ordered to, and that they live as it does.

use domain::viewer::{Scope, Viewer};
use entity::{CustomerId, OrderStatus, Role, SubscriptionStatus};
use futures_util::future::join_all;
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use super::shop::{CHARGE, Shop, id};
use crate::{
    on_both_databases,
    support::{
        database::Database,
        given::{self, viewer},
    },
};

on_both_databases!(
    an_add_on_is_ordered_to_what_its_customer_has,
    an_add_on_is_ordered_with_what_it_belongs_to,
    what_an_add_on_cannot_belong_to_is_refused_by_name,
    what_is_no_add_on_is_refused,
    a_parent_has_so_many_units_of_an_add_on_and_no_more,
    of_many_orders_for_the_last_unit_one_is_placed,
    an_add_on_ends_with_its_parent,
    an_add_on_ends_when_its_parent_is_to,
    an_add_on_is_suspended_and_resumed_with_its_parent,
    an_add_on_that_gives_nothing_back_is_cancelled_on_renewal,
    an_add_on_in_arrears_is_charged_once_for_what_was_had,
    an_add_on_ends_where_its_parent_gets_something_else,
    what_a_plan_has_is_not_bought_beside_it,
    a_discount_is_for_an_add_on_where_it_names_it,
    the_line_of_an_add_on_comes_after_its_parents,
    an_add_on_is_looked_at_again_when_its_order_is_approved,
);

impl Shop {
    /// A monthly offer to which add-ons belong.
    async fn main_offer(&self) -> Value {
        self.instant("RECURRING", Some("MONTHLY"), "10000").await
    }

    /// A monthly add-on of an offer.
    async fn add_on(&self, parent: &Value, price: &str, mut terms: Value) -> Value {
        terms["parentOfferId"] = parent.clone();
        self.offer_with("RECURRING", Some("MONTHLY"), price, &terms).await
    }

    async fn buy_to(&self, parent: &Value, offer: &Value, quantity: i32) -> Value {
        let line = json!({
            "offerId": offer, "quantity": quantity, "parentSubscriptionId": parent,
        });
        self.buy_with(json!({ "lines": [line] })).await.subscription
    }

    /// With which code and for which field an order is refused; and so is its preview.
    async fn order_refused(&self, by: &Viewer, lines: Value) -> (String, String) {
        let input = json!({
            "customerId": Id(self.world.customer_id).to_string(), "lines": lines, "submit": true,
        });
        let refused = self.api.refused(by, "createOrder", input.clone()).await;
        let preview = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
            userErrors { code field message } } }";
        let previewed = self.api.read(by, preview, json!({ "input": input })).await;
        for part in ["code", "field", "message"] {
            assert_eq!(previewed["previewOrder"]["userErrors"][0][part], refused[part]);
        }
        let field = refused["field"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
        (refused["code"].as_str().unwrap().to_owned(), field.collect::<Vec<_>>().join("."))
    }

    async fn status(&self, subscription: &Value) -> SubscriptionStatus {
        self.subscription(subscription).await.status
    }
}

fn refusal(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

/// Its first period ends with its parent's, and so does each after it.
async fn an_add_on_is_ordered_to_what_its_customer_has(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-31T10:00:00Z");
    let main = shop.main_offer().await;
    let add_on = shop.add_on(&main, "2800", json!({})).await;
    let parent = shop.buy(&main, 1).await.subscription;
    shop.pass("2027-02-14T10:00:00Z").await;
    let line = json!({ "offerId": add_on, "quantity": 2, "parentSubscriptionId": parent });
    let preview = format!(
        "query ($input: CreateOrderInput!) {{ previewOrder(input: $input) {{
            lines {{ charges {{ {CHARGE} }} }} }} }}"
    );
    let asked = json!({ "input": { "lines": [line.clone()] } });
    let previewed = shop.api.read(&shop.world.customer, &preview, asked).await;
    let charge = &previewed["previewOrder"]["lines"][0]["charges"][0];
    assert_eq!(charge["share"], json!({ "days": 14, "ofDays": 28 }));
    let held = shop.buy_with(json!({ "lines": [line] })).await.subscription;
    // 2 × 28.00 × 14 / 28.
    assert_eq!(shop.charges(&held).await, [2_800]);
    assert_eq!(charge["amount"]["minorUnits"], "2800");
    assert_eq!(charge["endsOn"], "2027-02-28");
    shop.pass("2027-03-31T10:00:00Z").await;
    assert_eq!(shop.charges(&held).await, [2_800, 5_600, 5_600]);
    let of_both = |it: entity::subscription::Model| (it.anchor_day, it.next_billing_at);
    let (own, parents) = (shop.subscription(&held).await, shop.subscription(&parent).await);
    assert_eq!(of_both(own), of_both(parents));

    let document = "query ($held: ID!, $parent: ID!, $main: ID!, $addOn: ID!) {
        held: subscription(id: $held) { parent { id } addOns(first: 1) { nodes { id } }
            orders(first: 1) { nodes { lines { parentSubscription { id } parentLine } } } }
        parent: subscription(id: $parent) { parent { id } addOns(first: 9) { nodes { id } } }
        main: offer(id: $main) { parentOffer { id } addOns(first: 9) { nodes { id } } }
        addOn: offer(id: $addOn) { parentOffer { id } addOnMinimum addOnMaximum }
        offers(first: 9, filter: { parentOfferId: $main }) { nodes { id } }
        subscriptions(first: 9, filter: { parentId: $parent }) { nodes { id } } }";
    let asked = json!({ "held": held, "parent": parent, "main": main, "addOn": add_on });
    let read = shop.api.read(&shop.world.customer, document, asked).await;
    let only = |id: &Value| json!({ "nodes": [{ "id": id }] });
    assert_eq!(
        read,
        json!({
            "held": { "parent": { "id": parent }, "addOns": { "nodes": [] }, "orders": { "nodes": [
                { "lines": [{ "parentSubscription": { "id": parent }, "parentLine": null }] }] } },
            "parent": { "parent": null, "addOns": only(&held) },
            "main": { "parentOffer": null, "addOns": only(&add_on) },
            "addOn": { "parentOffer": { "id": main }, "addOnMinimum": null, "addOnMaximum": null },
            "offers": only(&add_on), "subscriptions": only(&held),
        })
    );
}

async fn an_add_on_is_ordered_with_what_it_belongs_to(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-11T10:00:00Z");
    let main = shop.instant("RECURRING", Some("YEARLY"), "120000").await;
    let add_on = shop.add_on(&main, "3100", json!({})).await;
    let once = json!({ "parentOfferId": main });
    let once = shop.offer_with("ONE_TIME", None, "5000", &once).await;
    let order = json!({ "submit": true, "lines": [
        { "offerId": add_on, "quantity": 1, "parentLine": 2 },
        { "offerId": main, "quantity": 1 },
        { "offerId": once, "quantity": 1, "parentLine": 2 },
    ] });
    let selection = "order { id lines { parentLine parentSubscription { id } subscription {
        id parent { id } } } }";
    let placed = shop.api.done(&shop.world.customer, "createOrder", order, selection).await;
    shop.app.run_jobs().await;
    let lines = &placed["order"]["lines"];
    let parent = lines[1]["subscription"]["id"].clone();
    for (line, number) in [(0, json!(2)), (1, Value::Null), (2, json!(2))] {
        let belongs = if number.is_null() { Value::Null } else { json!({ "id": parent }) };
        assert_eq!(lines[line]["parentLine"], number);
        assert_eq!(lines[line]["parentSubscription"], belongs);
        assert_eq!(lines[line]["subscription"]["parent"], belongs);
        let own = &lines[line]["subscription"]["id"];
        assert_eq!(shop.status(own).await, SubscriptionStatus::Active);
    }
    let (monthly, once) = (&lines[0]["subscription"]["id"], &lines[2]["subscription"]["id"]);
    shop.pass("2027-03-11T10:00:00Z").await;
    assert_eq!(shop.charges(monthly).await, [3_100, 3_100, 3_100]);
    assert_eq!(shop.charges(once).await, [5_000]);
    // What was bought once ends with the rest.
    shop.order("cancelSubscription", json!({ "id": parent })).await;
    for held in [monthly, once] {
        assert_eq!(shop.status(held).await, SubscriptionStatus::Terminated);
    }
    assert_eq!(shop.charges(once).await, [5_000]);
}

async fn what_an_add_on_cannot_belong_to_is_refused_by_name(database: Database) {
    let shop = Shop::open(database).await;
    let (customer, admin) = (shop.world.customer.clone(), shop.world.admin.clone());
    let main = shop.main_offer().await;
    let other = shop.main_offer().await;
    let add_on = shop.add_on(&main, "2000", json!({})).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let wrong = shop.buy(&other, 1).await.subscription;
    let line = |named: Value| {
        let mut line = json!({ "offerId": add_on, "quantity": 1 });
        for (field, value) in named.as_object().unwrap() {
            line[field] = value.clone();
        }
        line
    };
    let by_id = "lines.0.parentSubscriptionId";
    let to = |parent: &Value| json!([line(json!({ "parentSubscriptionId": parent }))]);
    let refused = async |lines: Value| shop.order_refused(&customer, lines).await;
    assert_eq!(refused(json!([line(json!({}))])).await, refusal("PARENT_REQUIRED", by_id));
    assert_eq!(refused(to(&wrong)).await, refusal("PARENT_MISMATCH", by_id));
    let nobodys = json!("subscription_0197b5d6a1c17d3c8f0e2b4a6c8e0f12");
    let nothing = refused(to(&nobodys)).await;
    assert_eq!(nothing, refusal("SUBSCRIPTION_NOT_FOUND", by_id));
    let plain = json!([{ "offerId": other, "quantity": 1, "parentSubscriptionId": parent }]);
    assert_eq!(refused(plain).await, refusal("PARENT_NOT_ALLOWED", by_id));
    let by_line = "lines.0.parentLine";
    for (number, lines) in [
        (0, json!([{ "offerId": main, "quantity": 1 }])),
        (1, json!([{ "offerId": main, "quantity": 1 }])),
        (3, json!([{ "offerId": main, "quantity": 1 }])),
        (2, json!([{ "offerId": other, "quantity": 1 }])),
    ] {
        let lines = json!([line(json!({ "parentLine": number })), lines[0]]);
        assert_eq!(refused(lines).await, refusal("PARENT_MISMATCH", by_line), "{number}");
    }
    let both = line(json!({ "parentLine": 2, "parentSubscriptionId": parent }));
    let both = json!([both, { "offerId": main, "quantity": 1 }]);
    assert_eq!(refused(both).await, refusal("VALIDATION_FAILED", by_line));

    // Another tenant's is no subscription, word for word; another customer's is none for a customer.
    let strangers = given::world_with_approval(&shop.app, false).await;
    let theirs = shop.buy_of(&strangers).await;
    assert_eq!(refused(to(&theirs)).await, nothing);
    let (second, second_id) = shop.second_customer().await;
    let input = json!({ "lines": [{ "offerId": main, "quantity": 1 }], "submit": true });
    let selection = "order { lines { subscription { id } } }";
    let bought = shop.api.done(&second, "createOrder", input, selection).await;
    shop.app.run_jobs().await;
    let theirs = bought["order"]["lines"][0]["subscription"]["id"].clone();
    assert_eq!(refused(to(&theirs)).await, nothing);
    assert_ne!(second_id, shop.world.customer_id);
    let by_seller = shop.order_refused(&admin, to(&theirs)).await;
    assert_eq!(by_seller, refusal("PARENT_MISMATCH", by_id));

    // Under another agreement it would be on other invoices.
    let agreement = Id(shop.world.agreement_id).to_string();
    let input = json!({ "agreementId": agreement, "lines": to(&parent), "submit": true });
    let error = shop.api.refused(&customer, "createOrder", input).await;
    assert_eq!(error["code"], "PARENT_MISMATCH");

    shop.order("suspendSubscription", json!({ "id": parent })).await;
    assert_eq!(refused(to(&parent)).await, refusal("PARENT_NOT_ACTIVE", by_id));
    shop.order("cancelSubscription", json!({ "id": parent })).await;
    assert_eq!(refused(to(&parent)).await, refusal("PARENT_NOT_ACTIVE", by_id));
}

impl Shop {
    async fn second_customer(&self) -> (Viewer, CustomerId) {
        let input = json!({ "customerNumber": "C-2", "name": "Adatum" });
        let made = self.api.done(&self.world.admin, "createCustomer", input, "customer { id }");
        let own: CustomerId = id(&made.await["customer"]["id"]);
        let scope = Scope::Customer { own, partner: None };
        (viewer(self.world.tenant_id, Role::Customer, scope), own)
    }

    /// A subscription of another tenant.
    async fn buy_of(&self, world: &given::World) -> Value {
        let line = json!({ "offerId": Id(world.instant_offer).to_string(), "quantity": 1 });
        let input = json!({ "lines": [line], "submit": true });
        let selection = "order { lines { subscription { id } } }";
        let bought = self.api.done(&world.customer, "createOrder", input, selection).await;
        self.app.run_jobs().await;
        bought["order"]["lines"][0]["subscription"]["id"].clone()
    }
}

async fn what_is_no_add_on_is_refused(database: Database) {
    let shop = Shop::open(database).await;
    let admin = shop.world.admin.clone();
    let main = shop.main_offer().await;
    let once = shop.instant("ONE_TIME", None, "1000").await;
    let add_on = shop.add_on(&main, "2000", json!({ "addOnMaximum": 5 })).await;
    let read = "query ($id: ID!) { offer(id: $id) { product { id } } }";
    let read = shop.api.read(&admin, read, json!({ "id": main })).await;
    let offer = |terms: Value| {
        let mut offer = json!({
            "productId": read["offer"]["product"]["id"], "code": "NONE", "name": "None",
            "billing": "RECURRING", "billingPeriod": "MONTHLY",
            "prices": [{ "currency": "EUR", "unitAmount": "1", "taxBasisPoints": 0 }],
        });
        for (field, value) in terms.as_object().unwrap() {
            offer[field] = value.clone();
        }
        offer
    };
    for (terms, code, field) in [
        (json!({ "parentOfferId": add_on }), "VALIDATION_FAILED", "parentOfferId"),
        (json!({ "parentOfferId": once }), "VALIDATION_FAILED", "parentOfferId"),
        (
            json!({ "parentOfferId": "offer_0197b5d6a1c17d3c8f0e2b4a6c8e0f12" }),
            "OFFER_NOT_FOUND",
            "parentOfferId",
        ),
        (
            json!({ "parentOfferId": main, "billingPeriod": "YEARLY" }),
            "VALIDATION_FAILED",
            "billingPeriod",
        ),
        (
            json!({ "parentOfferId": main, "billingPeriod": "WEEKLY" }),
            "VALIDATION_FAILED",
            "billingPeriod",
        ),
        (json!({ "addOnMinimum": 1 }), "VALIDATION_FAILED", "addOnMinimum"),
        (
            json!({ "parentOfferId": main, "addOnMinimum": 3, "addOnMaximum": 2 }),
            "VALIDATION_FAILED",
            "addOnMaximum",
        ),
        (json!({ "parentOfferId": main, "addOnMaximum": 0 }), "VALIDATION_FAILED", "addOnMaximum"),
        (
            json!({ "parentOfferId": main, "commitment": { "months": 12, "surcharge": "NONE" } }),
            "VALIDATION_FAILED",
            "commitment",
        ),
    ] {
        let refused = shop.api.refused(&admin, "createOffer", offer(terms.clone())).await;
        assert_eq!(
            (&refused["code"], &refused["field"][0]),
            (&json!(code), &json!(field)),
            "{terms}"
        );
    }
    for (changes, field) in [
        (json!({ "id": main, "addOnMaximum": 3 }), "addOnMaximum"),
        (json!({ "id": add_on, "addOnMinimum": 6 }), "addOnMaximum"),
        (
            json!({ "id": add_on, "commitment": { "months": 12, "surcharge": "NONE" } }),
            "commitment",
        ),
    ] {
        let refused = shop.api.refused(&admin, "updateOffer", changes).await;
        assert_eq!(
            (&refused["code"], &refused["field"][0]),
            (&json!("VALIDATION_FAILED"), &json!(field))
        );
    }
}

/// APG-24.
async fn a_parent_has_so_many_units_of_an_add_on_and_no_more(database: Database) {
    let shop = Shop::open(database).await;
    let customer = shop.world.customer.clone();
    let main = shop.main_offer().await;
    let add_on = shop.add_on(&main, "2000", json!({ "addOnMinimum": 2, "addOnMaximum": 5 })).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let line = |quantity: i32| json!({ "offerId": add_on, "quantity": quantity, "parentSubscriptionId": parent });
    let code = "QUANTITY_OUT_OF_RANGE";
    let refused = async |lines: Value| shop.order_refused(&customer, lines).await;
    assert_eq!(refused(json!([line(1)])).await, refusal(code, "lines.0.quantity"));
    assert_eq!(refused(json!([line(6)])).await, refusal(code, "lines.0.quantity"));
    assert_eq!(refused(json!([line(3), line(3)])).await, refusal(code, "lines.1.quantity"));
    let held = shop.buy_to(&parent, &add_on, 4).await;
    assert_eq!(refused(json!([line(2)])).await, refusal(code, "lines.0.quantity"));
    // Another parent has its own.
    let second = shop.buy(&main, 1).await.subscription;
    shop.buy_to(&second, &add_on, 5).await;
    for quantity in [1, 6] {
        let change = json!({ "id": held, "quantity": quantity });
        let refused = shop.refused("changeSubscription", change).await;
        assert_eq!(refused, refusal(code, "quantity"));
    }
    shop.change(&held, 3).await;
    let more = shop.buy_to(&parent, &add_on, 2).await;
    // What has ended makes room.
    shop.order("cancelSubscription", json!({ "id": more })).await;
    shop.change(&held, 5).await;
    assert_eq!(shop.subscription(&held).await.quantity, 5);
    // With new bounds, what is there stays.
    let bounds = json!({ "id": add_on, "addOnMaximum": 4 });
    shop.api.done(&shop.world.admin, "updateOffer", bounds, "").await;
    assert_eq!(shop.subscription(&held).await.quantity, 5);
    assert_eq!(
        shop.refused("changeSubscription", json!({ "id": held, "quantity": 6 })).await.0,
        code
    );
}

async fn of_many_orders_for_the_last_unit_one_is_placed(database: Database) {
    let shop = Shop::open(database).await;
    let main = shop.main_offer().await;
    let add_on = shop.add_on(&main, "2000", json!({ "addOnMaximum": 1 })).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let line = json!({ "offerId": add_on, "quantity": 1, "parentSubscriptionId": parent });
    let place = async || {
        let input = json!({ "lines": [line.clone()], "submit": true });
        shop.api.run(&shop.world.customer, "createOrder", input, "order { id }").await
    };
    let placed = join_all((0..6).map(|_| place())).await;
    let (won, lost): (Vec<_>, Vec<_>) = placed.iter().partition(|it| !it["order"].is_null());
    assert_eq!(won.len(), 1);
    for payload in lost {
        assert_eq!(payload["userErrors"][0]["code"], "QUANTITY_OUT_OF_RANGE");
    }
    shop.app.run_jobs().await;
    let document = "query ($id: ID!) { subscription(id: $id) { addOns(first: 9) { nodes { status
        quantity } } } }";
    let read = shop.api.read(&shop.world.customer, document, json!({ "id": parent })).await;
    let held = json!([{ "status": "ACTIVE", "quantity": 1 }]);
    assert_eq!(read["subscription"]["addOns"]["nodes"], held);
}

/// At the same moment, on the same bill, and as the preview says.
async fn an_add_on_ends_with_its_parent(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let main = shop.main_offer().await;
    let add_on = shop.add_on(&main, "3100", json!({})).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let held = shop.buy_to(&parent, &add_on, 1).await;
    shop.pass("2027-01-11T10:00:00Z").await;
    let document = format!(
        "query Run($input: PreviewSubscriptionChangeInput!) {{
            previewSubscriptionChange(input: $input) {{ net {{ minorUnits }}
                charges {{ {CHARGE} }} userErrors {{ code }} }} }}"
    );
    let input = json!({ "id": parent, "action": "CANCEL" });
    let said = shop.api.read(&shop.world.customer, &document, json!({ "input": input })).await;
    let said = &said["previewSubscriptionChange"];
    let input = json!({ "id": parent, "expectedTotal": said["net"]["minorUnits"] });
    let line = shop.order("cancelSubscription", input).await;
    assert_eq!(line["charges"], said["charges"]);
    // 21 of 31 days of both.
    assert_eq!(said["net"]["minorUnits"], "-8874");
    assert_eq!(shop.charges(&parent).await, [10_000, -6_774]);
    assert_eq!(shop.charges(&held).await, [3_100, -2_100]);
    let ends = |it: &entity::subscription::Model| (it.status, it.ended_at, it.next_billing_at);
    let (own, parents) = (shop.subscription(&held).await, shop.subscription(&parent).await);
    assert_eq!(ends(&own), ends(&parents));
    assert_eq!(own.status, SubscriptionStatus::Terminated);
    let (own, parents) = (shop.lines(&held).await, shop.lines(&parent).await);
    assert_eq!(own[1].invoice_id, parents[1].invoice_id);
}

/// What its parent waits for, an add-on waits for as well, and takes back when that is.
async fn an_add_on_ends_when_its_parent_is_to(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let main = shop.main_offer().await;
    let add_on = shop.add_on(&main, "3100", json!({})).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let held = shop.buy_to(&parent, &add_on, 1).await;
    let on_renewal = json!({ "id": parent, "when": "ON_RENEWAL" });
    shop.order("cancelSubscription", on_renewal.clone()).await;
    for one in [&parent, &held] {
        let row = shop.subscription(one).await;
        assert_eq!(row.status, SubscriptionStatus::PendingCancel);
        assert_eq!(row.ends_on.unwrap().to_string(), "2027-02-01");
    }
    // That is not its own to take back, nor to put off.
    let refused = shop.refused("revokeCancellation", json!({ "id": held })).await;
    assert_eq!(refused.0, "ADD_ON_FOLLOWS_PARENT");
    let later = json!({ "id": held, "when": "ON_DATE", "date": "2027-03-15" });
    shop.order("cancelSubscription", later).await;
    assert_eq!(shop.subscription(&held).await.ends_on.unwrap().to_string(), "2027-02-01");
    let back = json!({ "id": parent });
    shop.api.done(&shop.world.customer, "revokeCancellation", back, "").await;
    for one in [&parent, &held] {
        let row = shop.subscription(one).await;
        assert_eq!((row.status, row.ends_on), (SubscriptionStatus::Active, None));
    }
    // What is bought meanwhile waits with the others.
    let set = json!({ "id": parent, "autoRenew": false });
    shop.order("setAutoRenew", set).await;
    let new = shop.buy_to(&parent, &add_on, 2).await;
    assert!(!shop.subscription(&new).await.auto_renew);
    let one = shop.add_on(&main, "3100", json!({})).await;
    let one = shop.buy_to(&parent, &one, 1).await;
    // What ends before its parent does so.
    shop.order("cancelSubscription", json!({ "id": one, "when": "ON_DATE", "date": "2027-01-11" }))
        .await;
    shop.pass("2027-01-12T10:00:00Z").await;
    assert_eq!(shop.status(&one).await, SubscriptionStatus::Terminated);
    assert_eq!(shop.charges(&one).await, [3_100, -2_100]);
    shop.pass("2027-03-02T10:00:00Z").await;
    for (sold, charged) in [(&parent, 10_000), (&held, 3_100), (&new, 6_200)] {
        assert_eq!(shop.status(sold).await, SubscriptionStatus::Expired);
        assert_eq!(shop.charges(sold).await, [charged]);
    }
}

async fn an_add_on_is_suspended_and_resumed_with_its_parent(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let main = shop.main_offer().await;
    let add_on = shop.add_on(&main, "3100", json!({})).await;
    let stops = json!({ "suspensionBilling": "STOPS" });
    shop.api.done(&shop.world.admin, "updateTenantSettings", stops, "").await;
    let parent = shop.buy(&main, 1).await.subscription;
    // It is billed as its parent is, whatever the seller sets since.
    let goes_on = json!({ "suspensionBilling": "CONTINUES" });
    shop.api.done(&shop.world.admin, "updateTenantSettings", goes_on, "").await;
    let held = shop.buy_to(&parent, &add_on, 1).await;
    let apart = shop.buy_to(&parent, &add_on, 1).await;
    shop.order("suspendSubscription", json!({ "id": apart })).await;
    shop.pass("2027-01-11T10:00:00Z").await;
    shop.order("suspendSubscription", json!({ "id": parent })).await;
    for one in [&parent, &held, &apart] {
        assert_eq!(shop.status(one).await, SubscriptionStatus::Suspended);
    }
    let refused = shop.refused("resumeSubscription", json!({ "id": held })).await;
    assert_eq!(refused, refusal("ADD_ON_FOLLOWS_PARENT", "id"));
    shop.pass("2027-01-21T10:00:00Z").await;
    shop.order("resumeSubscription", json!({ "id": parent })).await;
    for (one, status) in [
        (&parent, SubscriptionStatus::Active),
        (&held, SubscriptionStatus::Active),
        (&apart, SubscriptionStatus::Suspended),
    ] {
        assert_eq!(shop.status(one).await, status);
    }
    assert_eq!(shop.charges(&held).await, [3_100, -1_000]);
    shop.order("resumeSubscription", json!({ "id": apart })).await;
    shop.pass("2027-02-01T10:00:00Z").await;
    assert_eq!(shop.charges(&held).await, [3_100, -1_000, 3_100]);
}

/// IFS-43.
async fn an_add_on_that_gives_nothing_back_is_cancelled_on_renewal(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let main = shop.main_offer().await;
    let policy = json!({ "prorationPolicy": {
        "firstPeriod": "FULL", "increase": "BY_DAY", "decrease": "BY_DAY",
        "paidCancellation": "NONE", "unpaidCancellation": "FULL",
    } });
    let add_on = shop.add_on(&main, "3100", policy).await;
    let free = json!({ "prorationPolicy": {
        "firstPeriod": "NONE", "increase": "BY_DAY", "decrease": "BY_DAY",
        "paidCancellation": "BY_DAY", "unpaidCancellation": "BY_DAY",
    } });
    let free = shop.add_on(&main, "3100", free).await;
    let parent = shop.buy(&main, 1).await.subscription;
    shop.pass("2027-01-11T10:00:00Z").await;
    let held = shop.buy_to(&parent, &add_on, 1).await;
    let free = shop.buy_to(&parent, &free, 1).await;
    assert_eq!((shop.charges(&held).await, shop.charges(&free).await), (vec![3_100], vec![]));
    for when in [json!({}), json!({ "when": "ON_DATE", "date": "2027-01-20" })] {
        let mut input = when.clone();
        input["id"] = held.clone();
        let refused = shop.refused("cancelSubscription", input).await;
        assert_eq!(refused, refusal("CANCELLATION_ONLY_ON_RENEWAL", "when"));
    }
    shop.order("cancelSubscription", json!({ "id": held, "when": "ON_RENEWAL" })).await;
    shop.pass("2027-02-01T10:00:00Z").await;
    assert_eq!(shop.status(&held).await, SubscriptionStatus::Terminated);
    assert_eq!(shop.charges(&held).await, [3_100]);
    assert_eq!(shop.charges(&free).await, [3_100]);
}

/// V035.
async fn an_add_on_in_arrears_is_charged_once_for_what_was_had(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2023-08-11T10:00:00Z");
    let arrears = || json!({ "billingTiming": "IN_ARREARS" });
    let main = shop.offer_with("RECURRING", Some("MONTHLY"), "200000", &arrears()).await;
    let add_on = shop.add_on(&main, "90000", arrears()).await;
    let dearer = shop.add_on(&main, "180000", arrears()).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let first = shop.buy_to(&parent, &add_on, 1).await;
    let second = shop.buy_to(&parent, &add_on, 1).await;
    let third = shop.buy_to(&parent, &add_on, 1).await;
    shop.pass("2023-08-15T10:00:00Z").await;
    shop.order("cancelSubscription", json!({ "id": second })).await;
    shop.change_with(json!({ "id": third, "offerId": dearer })).await;
    shop.pass("2023-08-20T10:00:00Z").await;
    shop.order("cancelSubscription", json!({ "id": first })).await;
    shop.order("cancelSubscription", json!({ "id": parent })).await;
    shop.pass("2023-10-12T10:00:00Z").await;
    assert_eq!(shop.charges(&first).await, [26_129]);
    assert_eq!(shop.charges(&second).await, [11_613]);
    // Changed and then cancelled: 4 days of the one, 5 of the other.
    assert_eq!(shop.charges(&third).await, [11_613, 29_032]);
    assert_eq!(shop.charges(&parent).await, [58_065]);
    let line = shop.lines(&first).await.remove(0);
    assert_eq!((line.share_days, line.share_of_days), (Some(9), Some(31)));
}

async fn an_add_on_ends_where_its_parent_gets_something_else(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let main = shop.main_offer().await;
    let other = shop.instant("RECURRING", Some("MONTHLY"), "20000").await;
    let add_on = shop.add_on(&main, "3100", json!({})).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let held = shop.buy_to(&parent, &add_on, 1).await;
    // More of the same is not something else.
    shop.change(&parent, 2).await;
    assert_eq!(shop.status(&held).await, SubscriptionStatus::Active);
    let to_add_on = json!({ "id": parent, "offerId": add_on });
    assert_eq!(shop.refused("changeSubscription", to_add_on).await.0, "OFFER_NOT_ORDERABLE");
    shop.order(
        "changeSubscription",
        json!({ "id": parent, "offerId": other, "when": "ON_DATE", "date": "2027-01-11" }),
    )
    .await;
    assert_eq!(shop.subscription(&held).await.ends_on.unwrap().to_string(), "2027-01-11");
    // Taken back, it goes on; asked for again, it ends with the day.
    let waiting = shop.scheduled(&parent).await.into_iter().last().unwrap();
    let back = json!({ "id": Id(waiting.id).to_string() });
    shop.api.done(&shop.world.customer, "revokeScheduledChange", back, "").await;
    assert_eq!(shop.status(&held).await, SubscriptionStatus::Active);
    shop.pass("2027-01-11T10:00:00Z").await;
    let line = shop.order("changeSubscription", json!({ "id": parent, "offerId": other })).await;
    assert_eq!(shop.status(&held).await, SubscriptionStatus::Terminated);
    assert_eq!(shop.charges(&held).await, [3_100, -2_100]);
    // 2 × 100.00 × 21 / 31 given back and 2 × 200.00 × 21 / 31 charged, and the add-on's rest.
    let net: i64 = line["net"]["minorUnits"].as_str().unwrap().parse().unwrap();
    let written: i64 = shop.charges(&parent).await.iter().skip(2).sum();
    assert_eq!(net, written - 2_100);
    assert_eq!(line["charges"].as_array().unwrap().len(), 3);
}

/// IFS-43: what is included takes the place of what was bought.
async fn what_a_plan_has_is_not_bought_beside_it(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T10:00:00Z");
    let admin = shop.world.admin.clone();
    let main = shop.main_offer().await;
    let read = "query ($id: ID!) { offer(id: $id) { product { id } } }";
    let own = shop.api.read(&admin, read, json!({ "id": main })).await;
    let storage = json!({
        "code": "STORAGE", "name": "Storage", "vendor": "Fabrikam", "provisioning": "INSTANT",
    });
    let storage = shop.api.done(&admin, "createProduct", storage, "product { id }").await;
    let storage = storage["product"]["id"].clone();
    let offer = json!({
        "productId": storage, "code": "MORE", "name": "More storage", "billing": "RECURRING",
        "billingPeriod": "MONTHLY", "parentOfferId": main,
        "prices": [{ "currency": "EUR", "unitAmount": "3100", "taxBasisPoints": 1000 }],
    });
    let add_on = shop.api.done(&admin, "createOffer", offer, "offer { id }").await;
    let add_on = add_on["offer"]["id"].clone();
    let component = |product: &Value| json!({ "productId": product, "unitAmount": "15500", "taxBasisPoints": 2500 });
    let plan = json!({
        "offerId": main, "code": "ALL", "name": "All", "currency": "EUR",
        "steps": [{ "components": [component(&own["offer"]["product"]["id"]), component(&storage)] }],
    });
    let plan = shop.api.done(&admin, "createPlan", plan, "plan { id }").await;
    let plan = plan["plan"]["id"].clone();
    let parent = shop.buy(&main, 1).await.subscription;
    let held = shop.buy_to(&parent, &add_on, 1).await;
    shop.pass("2027-01-11T10:00:00Z").await;
    let upgrade = json!({ "id": parent, "plan": { "planId": plan } });
    let selection = "order { totals { net { minorUnits } tax { minorUnits } } lines {
        net { minorUnits } components { name net { minorUnits } taxBasisPoints } } }";
    let placed =
        shop.api.done(&shop.world.customer, "changeSubscription", upgrade, selection).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.status(&held).await, SubscriptionStatus::Terminated);
    assert_eq!(shop.charges(&held).await, [3_100, -2_100]);
    // -100.00, +2 × 155.00 and -31.00, of all 21 / 31; the add-on by its own rate.
    assert_eq!(
        placed["order"]["lines"][0]["components"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                (it["net"]["minorUnits"].as_str().unwrap(), it["taxBasisPoints"].as_i64().unwrap())
            })
            .collect::<Vec<_>>(),
        [("-6774", 2_500), ("10500", 2_500), ("10500", 2_500), ("-2100", 1_000)]
    );
    let totals = json!({ "net": { "minorUnits": "12126" }, "tax": { "minorUnits": "3347" } });
    assert_eq!(placed["order"]["totals"], totals);
    let again = json!([{ "offerId": add_on, "quantity": 1, "parentSubscriptionId": parent }]);
    let refused = shop.order_refused(&shop.world.customer, again).await;
    assert_eq!(refused, refusal("ADD_ON_INCLUDED", "lines.0.parentSubscriptionId"));
    let together = json!([
        { "offerId": main, "quantity": 1, "plan": { "planId": plan } },
        { "offerId": add_on, "quantity": 1, "parentLine": 1 },
    ]);
    let refused = shop.order_refused(&shop.world.customer, together).await;
    assert_eq!(refused, refusal("ADD_ON_INCLUDED", "lines.1.parentLine"));
}

/// IFS-43: add-ons do not take what is taken off everything.
async fn a_discount_is_for_an_add_on_where_it_names_it(database: Database) {
    let shop = Shop::open(database).await;
    let admin = shop.world.admin.clone();
    let main = shop.main_offer().await;
    let add_on = shop.add_on(&main, "2000", json!({})).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let mut discounts = Vec::new();
    for (code, offers) in [("ALL", json!([])), ("NAMED", json!([add_on]))] {
        let input = json!({
            "code": code, "name": code, "duration": "FOREVER", "basisPoints": 5_000,
            "offerIds": offers,
        });
        let made = shop.api.done(&admin, "createDiscount", input, "discount { id }").await;
        discounts.push(made["discount"]["id"].clone());
    }
    let line = |code: &str| {
        json!([{
            "offerId": add_on, "quantity": 1, "parentSubscriptionId": parent,
            "discountCodes": [code],
        }])
    };
    let refused = shop.order_refused(&shop.world.customer, line("ALL")).await;
    assert_eq!(refused, refusal("DISCOUNT_NOT_APPLICABLE", "lines.0.discountCodes.0"));
    let held = shop.buy_with(json!({ "lines": line("NAMED") })).await.subscription;
    assert_eq!(shop.charges(&held).await, [1_000]);
    let other = shop.buy_to(&parent, &add_on, 1).await;
    let apply = |discount: &Value| json!({ "id": other, "discountId": discount });
    let refused = shop.api.refused(&admin, "applyDiscount", apply(&discounts[0])).await;
    assert_eq!(refused["code"], "DISCOUNT_NOT_APPLICABLE");
    shop.api.done(&admin, "applyDiscount", apply(&discounts[1]), "").await;
}

async fn the_line_of_an_add_on_comes_after_its_parents(database: Database) {
    let shop = Shop::open(database).await;
    let main = shop.manual("MONTHLY", "10000").await;
    let add_on = shop.add_on(&main, "2000", json!({})).await;
    let place = async || {
        let input = json!({ "submit": true, "lines": [
            { "offerId": add_on, "quantity": 1, "parentLine": 2 },
            { "offerId": main, "quantity": 1 },
        ] });
        let selection = "order { id lines { id subscription { id } } }";
        let placed = shop.api.done(&shop.world.customer, "createOrder", input, selection).await;
        shop.app.run_jobs().await;
        let lines = &placed["order"]["lines"];
        (lines[0].clone(), lines[1].clone())
    };
    let statuses = async |line: &Value| {
        let document =
            "query ($id: ID!) { orderLine(id: $id) { status order { lines { status } } } }";
        let read = shop.api.read(&shop.world.admin, document, json!({ "id": line })).await;
        let lines = read["orderLine"]["order"]["lines"].as_array().unwrap().clone();
        lines.iter().map(|it| it["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (own, parent) = place().await;
    assert_eq!(statuses(&own["id"]).await, ["PENDING", "PENDING"]);
    let actions = async |line: &Value| {
        let document = "query ($id: ID!) { orderLine(id: $id) { availableActions } }";
        let read = shop.api.read(&shop.world.admin, document, json!({ "id": line })).await;
        read["orderLine"]["availableActions"].clone()
    };
    assert_eq!(actions(&own["id"]).await, json!([]));
    assert_eq!(actions(&parent["id"]).await, json!(["START"]));
    let error = shop.api.refused(&shop.world.admin, "startOrderLine", json!({ "id": own["id"] }));
    assert_eq!(error.await["code"], "PARENT_NOT_ACTIVE");
    shop.move_line("startOrderLine", &parent["id"]).await;
    assert_eq!(statuses(&own["id"]).await, ["PENDING", "IN_PROGRESS"]);
    shop.move_line("completeOrderLine", &parent["id"]).await;
    assert_eq!(statuses(&own["id"]).await, ["COMPLETED", "COMPLETED"]);
    assert_eq!(shop.outcome(&own["id"]).await.0, OrderStatus::Completed);

    let (own, parent) = place().await;
    shop.move_line("startOrderLine", &parent["id"]).await;
    shop.move_line("failOrderLine", &parent["id"]).await;
    let reason = "Line 2 buys what this add-on belongs to, and is FAILED.".to_owned();
    assert_eq!(shop.outcome(&own["id"]).await, (OrderStatus::Failed, Some(reason)));
    let retry = json!({ "id": own["id"] });
    let error = shop.api.refused(&shop.world.admin, "retryOrderLine", retry).await;
    assert_eq!(error["code"], "PARENT_NOT_ACTIVE");
    assert_eq!(actions(&own["id"]).await, json!([]));
    shop.move_line("retryOrderLine", &parent["id"]).await;
    assert_eq!(statuses(&own["id"]).await, ["PENDING", "PENDING"]);
    shop.move_line("startOrderLine", &parent["id"]).await;
    shop.move_line("completeOrderLine", &parent["id"]).await;
    assert_eq!(statuses(&own["id"]).await, ["COMPLETED", "COMPLETED"]);
    let held = &own["subscription"]["id"];
    assert_eq!(shop.status(held).await, SubscriptionStatus::Active);
    assert_eq!(shop.charges(held).await, [2_000]);
}

async fn an_add_on_is_looked_at_again_when_its_order_is_approved(database: Database) {
    let shop = Shop::open(database).await;
    let main = shop.main_offer().await;
    let add_on = shop.add_on(&main, "2000", json!({})).await;
    let parent = shop.buy(&main, 1).await.subscription;
    let line = json!({ "offerId": add_on, "quantity": 1, "parentSubscriptionId": parent });
    let place = async |submit: bool| {
        let input = json!({ "submit": submit, "lines": [line.clone()] });
        let placed =
            shop.api.done(&shop.world.customer, "createOrder", input, "order { id }").await;
        placed["order"]["id"].clone()
    };
    let draft = place(false).await;
    let asks = json!({ "approvalRequired": true });
    shop.api.done(&shop.world.admin, "updateTenantSettings", asks, "").await;
    let waits = place(true).await;
    let asks = json!({ "approvalRequired": false });
    shop.api.done(&shop.world.admin, "updateTenantSettings", asks, "").await;
    shop.order("cancelSubscription", json!({ "id": parent })).await;
    let field = json!(["lines", "0", "parentSubscriptionId"]);
    let refused =
        shop.api.refused(&shop.world.customer, "submitOrder", json!({ "id": draft })).await;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("PARENT_NOT_ACTIVE"), &field));
    let approver = shop.world.approver();
    let refused = shop.api.refused(&approver, "approveOrder", json!({ "id": waits })).await;
    assert_eq!((&refused["code"], &refused["field"]), (&json!("PARENT_NOT_ACTIVE"), &field));
}
