//! What customers may not order.

use chrono::TimeDelta;
use domain::viewer::{Scope, Viewer};
use entity::Role;
use futures_util::future::join_all;
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        database::Database,
        given::{self, viewer},
        rows::rows_of,
        shop::Shop,
    },
};

on_both_databases!(
    what_is_denied_is_refused_by_its_kind_until_it_is_lifted,
    whoever_owes_too_much_orders_again_when_it_has_paid,
    an_offer_that_is_sold_once_is_not_sold_again,
    an_offer_that_is_sold_once_is_not_changed_to_again,
    a_denied_customer_gets_no_more_and_may_give_back,
    a_denial_is_the_sellers_business,
    what_cannot_be_denied_is_refused,
);

impl Shop {
    fn customer_id(&self) -> String {
        Id(self.world.customer_id).to_string()
    }

    /// Denies the customer something and gives the denial's id.
    async fn deny(&self, mut what: Value) -> Value {
        what["customerId"] = json!(self.customer_id());
        let made = self.api.done(&self.world.admin, "denyCustomer", what, "denial { id }").await;
        made["denial"]["id"].clone()
    }

    async fn lift(&self, denial: &Value) {
        self.api.done(&self.world.admin, "liftDenial", json!({ "id": denial }), "").await;
    }

    /// The offer of a line, and its product.
    async fn product_of(&self, line: &Value) -> (Value, Value) {
        let read = self
            .read("query ($id: ID!) { offer(id: $id) { id product { id } } }", &line["offerId"]);
        let read = read.await;
        (read["offer"]["id"].clone(), read["offer"]["product"]["id"].clone())
    }

    async fn bought_something(&self) {
        let order =
            json!({ "customerId": self.customer_id(), "lines": [self.instant(1)], "submit": true });
        self.api.done(&self.world.customer, "createOrder", order, "").await;
        self.app.run_jobs().await;
    }

    fn order_of(&self, lines: &[Value], submit: bool) -> Value {
        json!({ "customerId": self.customer_id(), "lines": lines, "submit": submit })
    }

    /// How an order of the customer is refused: by whoever places it, and as a preview.
    async fn refused_order(&self, lines: &[Value]) -> Value {
        let order = self.order_of(lines, true);
        let before = rows_of(&self.app, self.world.tenant_id).await;
        let refused = self.api.refused(&self.world.customer, "createOrder", order.clone()).await;
        assert_eq!(
            refused,
            self.api.refused(&self.world.admin, "createOrder", order.clone()).await
        );
        let preview = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
            userErrors { code field message } } }";
        let previewed = self.api.read(&self.world.admin, preview, json!({ "input": order })).await;
        let previewed = &previewed["previewOrder"]["userErrors"][0];
        for part in ["code", "field", "message"] {
            assert_eq!(previewed[part], refused[part]);
        }
        assert!(before == rows_of(&self.app, self.world.tenant_id).await);
        refused
    }
}

/// IFS-42.
async fn what_is_denied_is_refused_by_its_kind_until_it_is_lifted(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let lines = [shop.manual(), shop.instant(3)];
    let (offer, product) = shop.product_of(&lines[1]).await;
    let running = shop.place(&[shop.manual()]).await;
    let others = given::customer(&shop.app, &shop.world, "C-2").await;
    for (what, code, field) in [
        (json!({}), "CUSTOMER_DENIED", json!([])),
        (json!({ "balanceLimit": "0" }), "BALANCE_LIMIT_EXCEEDED", json!([])),
        (json!({ "offerId": offer }), "OFFER_DENIED", json!(["lines", "1", "offerId"])),
        (json!({ "productId": product }), "OFFER_DENIED", json!(["lines", "1", "offerId"])),
    ] {
        let draft = shop.order_of(&lines, false);
        let draft = shop.run(&shop.world.customer, "createOrder", draft).await;
        let mut denied = what.clone();
        denied["reason"] = json!("Looks like fraud");
        let denial = shop.deny(denied).await;
        if code == "BALANCE_LIMIT_EXCEEDED" {
            shop.bought_something().await;
        }
        let refused = shop.refused_order(&lines).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{what}");
        assert!(!refused.to_string().contains("fraud"), "{refused}");
        let submission = json!({ "id": draft["id"] });
        let refused =
            shop.api.refused(&shop.world.customer, "submitOrder", submission.clone()).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{what}");
        let order = json!({ "lines": lines, "submit": true });
        shop.api.done(&others, "createOrder", order, "").await;
        shop.lift(&denial).await;
        shop.run(&shop.world.customer, "submitOrder", submission).await;
    }
    assert_ne!(shop.order(&running).await["status"], "CANCELLED");
}

async fn whoever_owes_too_much_orders_again_when_it_has_paid(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let lines = [shop.instant(1)];
    shop.deny(json!({ "balanceLimit": "3749", "currency": "EUR" })).await;
    shop.deny(json!({ "balanceLimit": "0", "currency": "SEK" })).await;
    shop.place(&[shop.instant(3)]).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.refused_order(&lines).await["code"], "BALANCE_LIMIT_EXCEEDED");
    let draft = &shop.invoices().await[0];
    let admin = &shop.world.admin;
    shop.api.done(admin, "issueInvoice", json!({ "id": draft["id"] }), "").await;
    assert_eq!(shop.refused_order(&lines).await["code"], "BALANCE_LIMIT_EXCEEDED");
    let payment = json!({ "invoiceId": draft["id"], "amount": "1", "reference": "R-1" });
    shop.api.done(admin, "recordPayment", payment, "").await;
    shop.place(&lines).await;
}

async fn an_offer_that_is_sold_once_is_not_sold_again(database: Database) {
    let shop = Shop::open(database).await;
    let line = shop.instant(1);
    let once = json!({ "id": line["offerId"], "oncePerCustomer": true });
    shop.api.done(&shop.world.admin, "updateOffer", once, "").await;
    let again = |field: &str| json!(["lines", field, "offerId"]);
    let refused = shop.refused_order(&[line.clone(), line.clone()]).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("OFFER_ALREADY_BOUGHT"), &again("1"))
    );

    // One that comes to nothing counts no more.
    let order = shop.place(std::slice::from_ref(&line)).await;
    let refused = shop.refused_order(&[shop.manual(), line.clone()]).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("OFFER_ALREADY_BOUGHT"), &again("1"))
    );
    let no = json!({ "id": order["id"], "reason": "No" });
    shop.run(&shop.world.approver(), "rejectOrder", no).await;

    let many = join_all((0..8).map(|_| async {
        let order = shop.order_of(std::slice::from_ref(&line), true);
        shop.api.run(&shop.world.customer, "createOrder", order, "order { id }").await
    }))
    .await;
    let (placed, refused): (Vec<_>, Vec<_>) =
        many.into_iter().partition(|payload| payload["order"].is_object());
    assert_eq!(placed.len(), 1);
    for payload in refused {
        assert_eq!(payload["userErrors"][0]["code"], "OFFER_ALREADY_BOUGHT");
    }
    let bought = shop.carry_out(&placed[0]["order"]).await;
    assert_eq!(bought["status"], "COMPLETED");
    let subscription = &bought["subscriptions"][0]["id"];
    let more = json!({ "id": subscription, "quantity": 2 });
    let more = shop.run(&shop.world.customer, "changeSubscription", more).await;
    shop.carry_out(&more).await;
    let gone = json!({ "id": subscription });
    let gone = shop.run(&shop.world.customer, "cancelSubscription", gone).await;
    shop.carry_out(&gone).await;
    shop.app.advance(TimeDelta::days(400));
    shop.app.run_jobs().await;
    assert_eq!(shop.refused_order(&[line]).await["code"], "OFFER_ALREADY_BOUGHT");
}

async fn an_offer_that_is_sold_once_is_not_changed_to_again(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let usual = shop.instant(1);
    let (_, product) = shop.product_of(&usual).await;
    let campaign = json!({
        "productId": product, "code": "CAMPAIGN", "name": "Campaign", "billing": "RECURRING",
        "billingPeriod": "MONTHLY", "oncePerCustomer": true,
        "prices": [{ "currency": "EUR", "unitAmount": "100", "taxBasisPoints": 2_500 }],
    });
    let campaign = shop.api.done(&shop.world.admin, "createOffer", campaign, "offer { id }").await;
    let campaign = &campaign["offer"]["id"];
    let order = shop.place(std::slice::from_ref(&usual)).await;
    shop.app.run_jobs().await;
    let id = &shop.order(&order).await["subscriptions"][0]["id"];
    for offer in [campaign, &usual["offerId"]] {
        let change = json!({ "id": id, "offerId": offer });
        shop.run(&shop.world.customer, "changeSubscription", change).await;
        shop.app.run_jobs().await;
    }
    let again = json!({ "id": id, "offerId": campaign });
    let refused = shop.api.refused(&shop.world.customer, "changeSubscription", again).await;
    assert_eq!(refused["code"], "OFFER_ALREADY_BOUGHT");
    assert_eq!(refused["field"], json!(["offerId"]));
    let bought = json!({ "offerId": campaign, "quantity": 1 });
    assert_eq!(shop.refused_order(&[bought]).await["code"], "OFFER_ALREADY_BOUGHT");
}

async fn a_denied_customer_gets_no_more_and_may_give_back(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let order = shop.place(&[shop.instant(3)]).await;
    shop.app.run_jobs().await;
    let order = shop.order(&order).await;
    let id = &order["subscriptions"][0]["id"];
    let (offer, _) = shop.product_of(&shop.instant(1)).await;
    for (what, code, field) in [
        (json!({}), "CUSTOMER_DENIED", json!([])),
        (json!({ "offerId": offer }), "OFFER_DENIED", json!(["id"])),
    ] {
        let denial = shop.deny(what).await;
        let more = json!({ "id": id, "quantity": 4 });
        let refused = shop.api.refused(&shop.world.customer, "changeSubscription", more).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field));
        shop.lift(&denial).await;
    }
    shop.deny(json!({})).await;
    for (mutation, input) in [
        ("changeSubscription", json!({ "id": id, "quantity": 2 })),
        ("suspendSubscription", json!({ "id": id })),
        ("resumeSubscription", json!({ "id": id })),
        ("cancelSubscription", json!({ "id": id })),
    ] {
        shop.run(&shop.world.customer, mutation, input).await;
        shop.app.run_jobs().await;
    }
}

async fn a_denial_is_the_sellers_business(database: Database) {
    let mut shop = Shop::open_with_approval(database, false).await;
    let [approver] = shop.put_below(["R-1"]).await;
    let partner = Viewer { role: Role::Partner, ..approver };
    let first = shop.deny(json!({ "reason": "Does not pay" })).await;
    shop.app.advance(TimeDelta::seconds(1));
    let second = shop.deny(json!({ "balanceLimit": "500", "currency": "SEK" })).await;
    let document = "query ($id: ID!, $denial: ID!) {
        customer(id: $id) { denials {
            id kind reason createdBy customer { id } product { id } offer { id }
            balanceLimit { minorUnits currency } } }
        node(id: $denial) { id } }";
    let seen = async |viewer: &Viewer| {
        let variables = json!({ "id": shop.customer_id(), "denial": first });
        let read = shop.api.read(viewer, document, variables).await;
        (read["customer"]["denials"].clone(), read["node"]["id"].clone())
    };
    let seller = viewer(shop.world.tenant_id, Role::Auditor, Scope::Tenant);
    let (denials, node) = seen(&seller).await;
    let of = |id: &Value, kind: &str, reason: Value, limit: Value| {
        json!({
            "id": id, "kind": kind, "reason": reason, "createdBy": shop.world.admin.subject,
            "customer": { "id": shop.customer_id() }, "product": null, "offer": null,
            "balanceLimit": limit,
        })
    };
    let limit = json!({ "minorUnits": "500", "currency": "SEK" });
    let all = [
        of(&second, "BALANCE_LIMIT", Value::Null, limit),
        of(&first, "ORDERING", json!("Does not pay"), Value::Null),
    ];
    assert_eq!((denials, node), (json!(all), first.clone()));
    for viewer in [&partner, &shop.world.customer] {
        assert_eq!(seen(viewer).await, (json!([]), Value::Null));
    }
}

async fn what_cannot_be_denied_is_refused(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let (offer, product) = shop.product_of(&shop.instant(1)).await;
    let elsewhere = given::world(&shop.app).await;
    shop.deny(json!({})).await;
    shop.deny(json!({ "offerId": offer })).await;
    shop.deny(json!({ "balanceLimit": "1" })).await;
    let foreign = Id(elsewhere.instant_offer).to_string();
    for (what, code, field) in [
        (json!({ "offerId": offer, "productId": product }), "VALIDATION_FAILED", json!([])),
        (json!({ "offerId": offer, "balanceLimit": "1" }), "VALIDATION_FAILED", json!([])),
        (json!({ "balanceLimit": "-1" }), "VALIDATION_FAILED", json!(["balanceLimit"])),
        (json!({ "currency": "EUR" }), "VALIDATION_FAILED", json!(["currency"])),
        (
            json!({ "balanceLimit": "1", "currency": "XXXX" }),
            "VALIDATION_FAILED",
            json!(["currency"]),
        ),
        (json!({ "reason": "a".repeat(1_001) }), "VALIDATION_FAILED", json!(["reason"])),
        (json!({ "offerId": foreign }), "OFFER_NOT_FOUND", json!(["offerId"])),
        (
            json!({ "customerId": Id(elsewhere.customer_id).to_string() }),
            "CUSTOMER_NOT_FOUND",
            json!(["customerId"]),
        ),
        (json!({}), "ALREADY_DENIED", json!([])),
        (json!({ "offerId": offer }), "ALREADY_DENIED", json!([])),
        (json!({ "balanceLimit": "2" }), "ALREADY_DENIED", json!([])),
    ] {
        let mut input = what.clone();
        if input.get("customerId").is_none() {
            input["customerId"] = json!(shop.customer_id());
        }
        let refused = shop.api.refused(&shop.world.admin, "denyCustomer", input).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{what}");
    }
    let denial = shop.deny(json!({ "productId": product })).await;
    let of_another = &elsewhere.admin;
    let refused = shop.api.refused(of_another, "liftDenial", json!({ "id": denial })).await;
    assert_eq!(refused["code"], "DENIAL_NOT_FOUND");
}
