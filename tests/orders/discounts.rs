//! Discounts that buyers get by codes.

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
    codes_take_off_what_a_line_charges,
    a_code_that_does_not_apply_is_refused_in_the_same_words_whatever_the_reason,
    a_discount_is_given_as_often_as_it_may_be,
    of_many_orders_for_the_last_redemption_one_is_placed,
    a_redemption_is_given_back_when_nothing_comes_of_the_order,
    a_draft_has_the_discounts_that_apply_when_it_is_submitted,
    a_discount_is_the_sellers_business,
    a_list_of_discounts_has_what_its_filter_wants,
    what_is_no_discount_is_refused,
    what_was_given_stays_as_it_was_given,
);

const LINE: &str = "order { id status totals { net { minorUnits } gross { minorUnits } }
    lines { id discountCodes discounts { name kind basisPoints amount { minorUnits } duration
            periods precedence }
        discount { minorUnits } net { minorUnits } unitPrice { minorUnits }
        charges { amount { minorUnits } discount { minorUnits } }
        subscription { id } } }";

impl Shop {
    /// Makes a discount, of a quarter for ever where nothing else is said, and gives its id.
    async fn discount(&self, code: &str, terms: Value) -> Value {
        let mut input = json!({ "code": code, "name": code, "duration": "FOREVER" });
        if terms.get("amount").is_none() {
            input["basisPoints"] = json!(2_500);
        }
        for (field, value) in terms.as_object().unwrap() {
            input[field] = value.clone();
        }
        let made = self.api.done(&self.world.admin, "createDiscount", input, "discount { id }");
        made.await["discount"]["id"].clone()
    }

    async fn change_discount(&self, id: &Value, mut changes: Value) {
        changes["id"] = id.clone();
        self.api.done(&self.world.admin, "updateDiscount", changes, "").await;
    }

    fn line(&self, quantity: i32, codes: &[&str]) -> Value {
        let mut line = self.instant(quantity);
        line["discountCodes"] = json!(codes);
        line
    }

    fn order_with(&self, lines: Value, submit: bool) -> Value {
        let mut order = json!({ "customerId": Id(self.world.customer_id).to_string() });
        order["lines"] = lines;
        order["submit"] = json!(submit);
        order
    }

    async fn ordered(&self, lines: Value) -> Value {
        let order = self.order_with(lines, true);
        self.api.done(&self.world.customer, "createOrder", order, LINE).await["order"].take()
    }

    /// How an order is refused; and so is its preview, and nothing is written.
    async fn refused(&self, viewer: &Viewer, lines: Value) -> Value {
        let order = self.order_with(lines, true);
        let before = rows_of(&self.app, self.world.tenant_id).await;
        let refused = self.api.refused(viewer, "createOrder", order.clone()).await;
        let preview = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
            userErrors { code field message } } }";
        let previewed = self.api.read(viewer, preview, json!({ "input": order })).await;
        for part in ["code", "field", "message"] {
            assert_eq!(previewed["previewOrder"]["userErrors"][0][part], refused[part]);
        }
        assert!(before == rows_of(&self.app, self.world.tenant_id).await);
        refused
    }

    async fn redemptions(&self, discount: &Value) -> Value {
        let document = "query ($id: ID!) { discount(id: $id) { redemptions } }";
        self.read(document, discount).await["discount"]["redemptions"].clone()
    }
}

/// Percentages by precedence, then amounts; as a preview says, as the order says, and as is charged.
async fn codes_take_off_what_a_line_charges(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    shop.discount("TENTH", json!({ "basisPoints": 1_000, "precedence": 2 })).await;
    shop.discount("HALF", json!({ "basisPoints": 5_000, "duration": "PERIODS", "periods": 3 }))
        .await;
    let amount = json!({ "amount": "400", "currency": "EUR", "duration": "ONCE" });
    shop.discount("Four", amount).await;
    let lines = json!([shop.line(3, &["Four", " TENTH\t", "HALF"]), shop.instant(1)]);
    let preview = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
        net { minorUnits } gross { minorUnits } chargesTotal { minorUnits }
        lines { discounts { name } discount { minorUnits } net { minorUnits }
            charges { amount { minorUnits } discount { minorUnits } } }
        userErrors { code } } }";
    let asked = json!({ "input": shop.order_with(lines.clone(), true) });
    let previewed = shop.api.read(&shop.world.customer, preview, asked).await;
    let previewed = &previewed["previewOrder"];
    let order = shop.ordered(lines).await;
    let line = &order["lines"][0];
    // 3 × 10.00, half of it, less a tenth, less 4.00.
    let charged =
        json!([{ "amount": { "minorUnits": "950" }, "discount": { "minorUnits": "2050" } }]);
    assert_eq!(
        *line,
        json!({
            "id": line["id"], "discountCodes": ["Four", "TENTH", "HALF"],
            "discounts": [
                { "name": "Four", "kind": "AMOUNT", "basisPoints": null,
                    "amount": { "minorUnits": "400" }, "duration": "ONCE", "periods": null,
                    "precedence": 0 },
                { "name": "TENTH", "kind": "PERCENT", "basisPoints": 1_000, "amount": null,
                    "duration": "FOREVER", "periods": null, "precedence": 2 },
                { "name": "HALF", "kind": "PERCENT", "basisPoints": 5_000, "amount": null,
                    "duration": "PERIODS", "periods": 3, "precedence": 0 },
            ],
            "discount": { "minorUnits": "2050" }, "net": { "minorUnits": "950" },
            "unitPrice": { "minorUnits": "1000" }, "charges": charged,
            "subscription": line["subscription"],
        })
    );
    assert_eq!(
        order["totals"],
        json!({ "net": { "minorUnits": "1950" }, "gross": { "minorUnits": "2438" } })
    );
    for (field, expected) in [("net", "1950"), ("gross", "2438"), ("chargesTotal", "1950")] {
        assert_eq!(previewed[field]["minorUnits"], expected);
    }
    for field in ["discount", "net", "charges"] {
        assert_eq!(previewed["lines"][0][field], line[field]);
    }
    assert_eq!(previewed["lines"][0]["discounts"][2]["name"], "HALF");
    assert_eq!(order["lines"][1]["discountCodes"], json!([]));

    shop.app.run_jobs().await;
    let document = "query ($id: ID!) { subscription(id: $id) {
        invoiceLines(first: 9) { nodes { net { minorUnits } discount { minorUnits } } }
        discounts { terms { name amount { minorUnits currency } } firstPeriod endPeriod
            orderLine { id } appliedBy removedAt discount { code redemptions } } } }";
    let read = shop.read(document, &line["subscription"]["id"]).await;
    let lines = &read["subscription"]["invoiceLines"]["nodes"];
    assert_eq!(
        *lines,
        json!([{ "net": { "minorUnits": "950" }, "discount": { "minorUnits": "2050" } }])
    );
    let given = read["subscription"]["discounts"].as_array().unwrap();
    let four = json!({
        "terms": { "name": "Four", "amount": { "minorUnits": "400", "currency": "EUR" } },
        "firstPeriod": 1, "endPeriod": null, "orderLine": { "id": line["id"] },
        "appliedBy": shop.world.customer.subject, "removedAt": null,
        "discount": { "code": "Four", "redemptions": 1 },
    });
    assert_eq!((given.len(), &given[0]), (3, &four));
}

/// Whoever tries out codes learns nothing of those that are for others. The seller is told.
async fn a_code_that_does_not_apply_is_refused_in_the_same_words_whatever_the_reason(
    database: Database,
) {
    let shop = Shop::open_with_approval(database, false).await;
    let other = given::customer(&shop.app, &shop.world, "C-2").await;
    let Scope::Customer { own: other_id, .. } = other.scope else { panic!("no customer") };
    let partner = json!({ "partnerNumber": "P-9", "name": "P" });
    let partner =
        shop.api.done(&shop.world.admin, "createPartner", partner, "partner { id }").await;
    let manual = shop.manual()["offerId"].clone();
    let elsewhere = given::world(&shop.app).await;
    let foreign = json!({ "code": "FOREIGN", "name": "F", "basisPoints": 1, "duration": "ONCE" });
    shop.api.done(&elsewhere.admin, "createDiscount", foreign, "").await;
    let retired = shop.discount("RETIRED", json!({})).await;
    shop.change_discount(&retired, json!({ "status": "RETIRED" })).await;
    for (code, terms) in [
        ("EARLY", json!({ "validFrom": "2100-01-01" })),
        ("LATE", json!({ "validUntil": "2001-01-01" })),
        ("OTHERS", json!({ "customerIds": [Id(other_id).to_string()] })),
        ("PARTNER", json!({ "partnerId": partner["partner"]["id"] })),
        ("OFFER", json!({ "offerIds": [manual] })),
        ("SEK", json!({ "amount": "1", "currency": "SEK" })),
        ("USED", json!({ "maxRedemptions": 1 })),
        ("HAD", json!({ "maxRedemptionsPerCustomer": 1 })),
    ] {
        shop.discount(code, terms).await;
    }
    shop.ordered(json!([shop.line(1, &["USED", "HAD"])])).await;
    for (code, why) in [
        ("NONE", "There is no discount with it."),
        ("FOREIGN", "There is no discount with it."),
        ("RETIRED", "The discount is retired."),
        ("EARLY", "The discount is not valid yet."),
        ("LATE", "The discount is no longer valid."),
        ("OTHERS", "The discount is for other customers."),
        ("PARTNER", "The discount is for what is sold through another partner."),
        ("OFFER", "The discount is for other offers."),
        ("SEK", "The discount is an amount in another currency."),
        ("USED", "The discount was given as often as it can be."),
        ("HAD", "The customer has had the discount as often as it may."),
        // As codes are elsewhere, this one is another.
        ("had", "There is no discount with it."),
    ] {
        let lines = json!([shop.instant(1), shop.line(1, &[code])]);
        let field = json!(["lines", "1", "discountCodes", "0"]);
        let refused = shop.refused(&shop.world.customer, lines.clone()).await;
        let message = format!("The code {code} does not apply here.");
        assert_eq!(
            (&refused["code"], &refused["field"], &refused["message"]),
            (&json!("DISCOUNT_NOT_APPLICABLE"), &field, &json!(message))
        );
        let told = shop.refused(&shop.world.admin, lines).await;
        assert_eq!(told["message"], format!("{message} {why}"));
    }
    // What is for others is for others.
    let order = json!({ "lines": [shop.line(1, &["OTHERS", "HAD"])], "submit": true });
    shop.api.done(&other, "createOrder", order, "").await;
    let used_by_hand = shop.line(1, &["A", "A"]);
    let payload = shop.order_with(json!([used_by_hand]), true);
    let payload = shop.api.run(&shop.world.customer, "createOrder", payload, "").await;
    assert_eq!(payload["userErrors"][1]["code"], "VALIDATION_FAILED");
}

async fn a_discount_is_given_as_often_as_it_may_be(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let limits = json!({ "maxRedemptions": 3, "maxRedemptionsPerCustomer": 2 });
    let discount = shop.discount("CAMPAIGN", limits).await;
    let line = || shop.line(1, &["CAMPAIGN"]);
    // Each line counts.
    let refused = shop.refused(&shop.world.customer, json!([line(), line(), line()])).await;
    assert_eq!(refused["field"], json!(["lines", "2", "discountCodes", "0"]));
    shop.ordered(json!([line(), line()])).await;
    let refused = shop.refused(&shop.world.customer, json!([line()])).await;
    assert_eq!(refused["code"], "DISCOUNT_NOT_APPLICABLE");
    let other = given::customer(&shop.app, &shop.world, "C-2").await;
    let order = || json!({ "lines": [line()], "submit": true });
    shop.api.done(&other, "createOrder", order(), "").await;
    shop.api.refused(&other, "createOrder", order()).await;
    assert_eq!(shop.redemptions(&discount).await, 3);
    shop.change_discount(&discount, json!({ "maxRedemptions": null })).await;
    shop.api.done(&other, "createOrder", order(), "").await;
    shop.api.refused(&other, "createOrder", order()).await;
    assert_eq!(shop.redemptions(&discount).await, 4);
}

async fn of_many_orders_for_the_last_redemption_one_is_placed(database: Database) {
    let shop = Shop::open(database).await;
    let discount = shop.discount("LAST", json!({ "maxRedemptions": 1 })).await;
    let mut buyers = vec![shop.world.customer.clone()];
    for number in 2..9 {
        buyers.push(given::customer(&shop.app, &shop.world, &format!("C-{number}")).await);
    }
    let many = join_all(buyers.iter().map(|buyer| async {
        let order = json!({ "lines": [shop.line(1, &["LAST"])], "submit": true });
        shop.api.run(buyer, "createOrder", order, "order { id }").await
    }))
    .await;
    let (placed, refused): (Vec<_>, Vec<_>) =
        many.into_iter().partition(|payload| payload["order"].is_object());
    assert_eq!((placed.len(), refused.len()), (1, 7));
    for payload in refused {
        assert_eq!(payload["userErrors"][0]["code"], "DISCOUNT_NOT_APPLICABLE");
    }
    assert_eq!(shop.redemptions(&discount).await, 1);
}

async fn a_redemption_is_given_back_when_nothing_comes_of_the_order(database: Database) {
    let shop = Shop::open(database).await;
    let discount =
        shop.discount("ONE", json!({ "maxRedemptions": 1, "maxRedemptionsPerCustomer": 1 })).await;
    let line = json!([shop.line(1, &["ONE"])]);
    for (mutation, viewer, reason) in [
        ("rejectOrder", shop.world.approver(), "No"),
        ("cancelOrder", shop.world.customer.clone(), "No"),
    ] {
        let order = shop.ordered(line.clone()).await;
        assert_eq!(shop.redemptions(&discount).await, 1);
        shop.refused(&shop.world.customer, line.clone()).await;
        shop.run(&viewer, mutation, json!({ "id": order["id"], "reason": reason })).await;
        assert_eq!(shop.redemptions(&discount).await, 0);
        let document = "query ($id: ID!) { subscription(id: $id) { discounts { id } } }";
        let read = shop.read(document, &order["lines"][0]["subscription"]["id"]).await;
        assert_eq!(read["subscription"]["discounts"], json!([]));
    }
    // What nobody answers in time.
    shop.settings(json!({ "approvalLapseDays": 30 })).await;
    let order = shop.ordered(line.clone()).await;
    shop.app.advance(chrono::TimeDelta::days(400));
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await["status"], "CANCELLED");
    assert_eq!(shop.redemptions(&discount).await, 0);

    // A line that failed has it again when it is tried again, if nobody else has it by then.
    let mut manual = shop.manual();
    manual["discountCodes"] = json!(["ONE"]);
    let order = shop.ordered(json!([manual])).await;
    shop.carry_out(&order).await;
    let line_id = &order["lines"][0];
    let fail = async || {
        shop.move_line("startOrderLine", line_id, None).await;
        shop.move_line("failOrderLine", line_id, Some("Too late")).await;
    };
    fail().await;
    assert_eq!(shop.redemptions(&discount).await, 0);
    let other = given::customer(&shop.app, &shop.world, "C-2").await;
    let taken = json!({ "lines": line, "submit": true });
    let taken = shop.api.done(&other, "createOrder", taken, "order { id }").await;
    let retry = json!({ "id": line_id["id"] });
    let refused = shop.api.refused(&shop.world.admin, "retryOrderLine", retry).await;
    assert_eq!(refused["code"], "DISCOUNT_NOT_APPLICABLE");
    let gone = json!({ "id": taken["order"]["id"], "reason": "No" });
    shop.run(&shop.world.approver(), "rejectOrder", gone).await;
    shop.move_line("retryOrderLine", line_id, None).await;
    assert_eq!(shop.redemptions(&discount).await, 1);
    shop.move_line("startOrderLine", line_id, None).await;
    let order = shop.move_line("completeOrderLine", line_id, None).await;
    assert_eq!(order["status"], "COMPLETED");
    assert_eq!(shop.redemptions(&discount).await, 1);
    let document = "query ($id: ID!) { subscription(id: $id) {
        invoiceLines(first: 9) { nodes { net { minorUnits } } } } }";
    let read = shop.read(document, &order["subscriptions"][0]["id"]).await;
    let charged = &read["subscription"]["invoiceLines"]["nodes"];
    assert_eq!(*charged, json!([{ "net": { "minorUnits": "37500" } }]));
}

async fn a_draft_has_the_discounts_that_apply_when_it_is_submitted(database: Database) {
    let shop = Shop::open(database).await;
    let discount = shop.discount("DRAFT", json!({})).await;
    let draft = async || {
        let order = shop.order_with(json!([shop.instant(1)]), false);
        let order = shop.api.done(&shop.world.customer, "createOrder", order, LINE).await;
        let lines = json!({
            "id": order["order"]["id"], "lines": [shop.line(4, &["DRAFT"])],
        });
        shop.api.done(&shop.world.customer, "updateOrder", lines, LINE).await["order"].take()
    };
    let order = draft().await;
    assert_eq!(order["lines"][0]["net"]["minorUnits"], "3000");
    assert_eq!(shop.redemptions(&discount).await, 0);
    let id = json!({ "id": order["id"] });
    shop.change_discount(&discount, json!({ "validUntil": "2001-01-01" })).await;
    let refused = shop.api.refused(&shop.world.customer, "submitOrder", id.clone()).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("DISCOUNT_NOT_APPLICABLE"), &json!(["lines", "0", "discountCodes", "0"]))
    );
    shop.change_discount(&discount, json!({ "validUntil": null, "basisPoints": 5_000 })).await;
    let submitted = shop.api.done(&shop.world.customer, "submitOrder", id, LINE).await;
    let line = &submitted["order"]["lines"][0];
    assert_eq!(
        (&line["net"]["minorUnits"], &line["discounts"][0]["basisPoints"]),
        (&json!("2000"), &json!(5_000))
    );
    assert_eq!(submitted["order"]["totals"]["net"]["minorUnits"], "2000");
    assert_eq!(shop.redemptions(&discount).await, 1);

    // Two drafts may hope for the last one.
    shop.change_discount(&discount, json!({ "maxRedemptions": 2 })).await;
    let (one, other) = (draft().await, draft().await);
    let submit = |order: &Value| json!({ "id": order["id"] });
    shop.api.done(&shop.world.customer, "submitOrder", submit(&one), "").await;
    let refused = shop.api.refused(&shop.world.customer, "submitOrder", submit(&other)).await;
    assert_eq!(refused["code"], "DISCOUNT_NOT_APPLICABLE");
    shop.run(&shop.world.customer, "cancelOrder", submit(&other)).await;
    assert_eq!(shop.redemptions(&discount).await, 2);
}

async fn a_discount_is_the_sellers_business(database: Database) {
    let mut shop = Shop::open_with_approval(database, false).await;
    let [approver] = shop.put_below(["R-1"]).await;
    let partner = Viewer { role: Role::Partner, ..approver };
    let discount = shop.discount("SECRET", json!({})).await;
    let order = shop.ordered(json!([shop.line(1, &["SECRET"])])).await;
    shop.app.run_jobs().await;
    let document = "query ($id: ID!, $subscription: ID!) {
        node(id: $id) { id } byId: discount(id: $id) { id } byCode: discount(code: \"SECRET\") { id }
        discounts(first: 5) { totalCount nodes { id } }
        subscription(id: $subscription) {
            discounts { id terms { name } appliedBy discount { id } } } }";
    let ids = json!({ "id": discount, "subscription": order["lines"][0]["subscription"]["id"] });
    let auditor = viewer(shop.world.tenant_id, Role::Auditor, Scope::Tenant);
    let seen = shop.api.read(&auditor, document, ids.clone()).await;
    for field in ["node", "byId", "byCode"] {
        assert_eq!(seen[field]["id"], discount);
    }
    assert_eq!(seen["discounts"]["totalCount"], 1);
    let given = &seen["subscription"]["discounts"][0];
    assert_eq!(given["discount"]["id"], discount);
    for viewer in [&partner, &shop.world.customer] {
        let seen = shop.api.read(viewer, document, ids.clone()).await;
        for field in ["node", "byId", "byCode"] {
            assert_eq!(seen[field], Value::Null);
        }
        assert_eq!(seen["discounts"], json!({ "totalCount": 0, "nodes": [] }));
        let told = json!({
            "id": given["id"], "terms": { "name": "SECRET" }, "appliedBy": null, "discount": null,
        });
        assert_eq!(seen["subscription"]["discounts"], json!([told]));
    }
}

async fn a_list_of_discounts_has_what_its_filter_wants(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let customer = Id(shop.world.customer_id).to_string();
    let offer = shop.instant(1)["offerId"].clone();
    let partner = json!({ "partnerNumber": "P-9", "name": "P" });
    let partner =
        shop.api.done(&shop.world.admin, "createPartner", partner, "partner { id }").await;
    let partner = &partner["partner"]["id"];
    shop.discount("A", json!({ "name": "Autumn sale" })).await;
    shop.discount("B", json!({ "amount": "5" })).await;
    shop.discount("C", json!({ "offerIds": [offer, shop.manual()["offerId"]] })).await;
    shop.discount("D", json!({ "customerIds": [customer] })).await;
    shop.discount("E", json!({ "partnerId": partner })).await;
    let retired = shop.discount("F", json!({})).await;
    shop.change_discount(&retired, json!({ "status": "RETIRED" })).await;
    let document = "query ($filter: DiscountFilter) { discounts(first: 9, filter: $filter,
        orderBy: { field: NAME, direction: ASC }) { nodes { code } } }";
    for (filter, expected) in [
        (json!({}), "A B C D E F"),
        (json!({ "statusIn": ["ACTIVE"] }), "A B C D E"),
        (json!({ "kindIn": ["AMOUNT"] }), "B"),
        (json!({ "offerId": offer }), "C"),
        (json!({ "customerId": customer }), "D"),
        (json!({ "partnerId": partner }), "E"),
        (json!({ "text": "sale AUT" }), "A"),
        (json!({ "updatedAt": { "until": "2000-01-01T00:00:00Z" } }), ""),
    ] {
        let read = shop.api.read(&shop.world.admin, document, json!({ "filter": filter })).await;
        let nodes = read["discounts"]["nodes"].as_array().unwrap().iter();
        let codes: Vec<_> = nodes.map(|node| node["code"].as_str().unwrap()).collect();
        assert_eq!(codes.join(" "), expected, "{filter}");
    }
    let document = "query ($code: String) { discount(code: $code) {
        offers { id } customers { id } partner { id } version } }";
    let read = shop.api.read(&shop.world.admin, document, json!({ "code": "C" })).await;
    assert_eq!(read["discount"]["offers"].as_array().unwrap().len(), 2);
    assert_eq!(read["discount"]["customers"], json!([]));
}

async fn what_is_no_discount_is_refused(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let elsewhere = given::world(&shop.app).await;
    let percent = shop.discount("PERCENT", json!({})).await;
    let amount = shop.discount("AMOUNT", json!({ "amount": "5" })).await;
    let foreign_offer = Id(elsewhere.instant_offer).to_string();
    let foreign_customer = Id(elsewhere.customer_id).to_string();
    let invalid = "VALIDATION_FAILED";
    for (terms, code, field) in [
        (json!({ "basisPoints": null }), invalid, json!(["basisPoints"])),
        (json!({ "basisPoints": 1, "amount": "1" }), invalid, json!(["basisPoints"])),
        (json!({ "basisPoints": 0 }), invalid, json!(["basisPoints"])),
        (json!({ "basisPoints": 10_001 }), invalid, json!(["basisPoints"])),
        (json!({ "basisPoints": null, "amount": "0" }), invalid, json!(["amount"])),
        (json!({ "currency": "EUR" }), invalid, json!(["currency"])),
        (
            json!({ "basisPoints": null, "amount": "1", "currency": "XXXX" }),
            invalid,
            json!(["currency"]),
        ),
        (json!({ "duration": "PERIODS" }), invalid, json!(["periods"])),
        (json!({ "periods": 2 }), invalid, json!(["periods"])),
        (json!({ "duration": "PERIODS", "periods": 0 }), invalid, json!(["periods"])),
        (
            json!({ "validFrom": "2027-01-02", "validUntil": "2027-01-02" }),
            invalid,
            json!(["validUntil"]),
        ),
        (json!({ "maxRedemptions": 0 }), invalid, json!(["maxRedemptions"])),
        (json!({ "maxRedemptionsPerCustomer": -1 }), invalid, json!(["maxRedemptionsPerCustomer"])),
        (json!({ "precedence": -1 }), invalid, json!(["precedence"])),
        (json!({ "name": " " }), invalid, json!(["name"])),
        (json!({ "code": "" }), invalid, json!(["code"])),
        (json!({ "offerIds": [foreign_offer] }), "OFFER_NOT_FOUND", json!(["offerIds", "0"])),
        (
            json!({ "customerIds": [foreign_customer] }),
            "CUSTOMER_NOT_FOUND",
            json!(["customerIds", "0"]),
        ),
        (json!({ "code": "PERCENT" }), "DUPLICATE_DISCOUNT_CODE", json!(["code"])),
    ] {
        let mut input =
            json!({ "code": "NEW", "name": "New", "basisPoints": 100, "duration": "ONCE" });
        for (field, value) in terms.as_object().unwrap() {
            input[field] = value.clone();
        }
        let refused = shop.api.refused(&shop.world.admin, "createDiscount", input).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{terms}");
    }
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    for (id, changes, code, field) in [
        (&percent, json!({ "amount": "5" }), invalid, json!(["amount"])),
        (&amount, json!({ "basisPoints": 5 }), invalid, json!(["basisPoints"])),
        (&percent, json!({ "basisPoints": null }), invalid, json!(["basisPoints"])),
        (&percent, json!({ "duration": "PERIODS" }), invalid, json!(["periods"])),
        (&percent, json!({ "duration": null }), invalid, json!(["duration"])),
        (&percent, json!({ "expectedVersion": 7 }), "VERSION_CONFLICT", json!(["expectedVersion"])),
    ] {
        let mut input = changes.clone();
        input["id"] = id.clone();
        let refused = shop.api.refused(&shop.world.admin, "updateDiscount", input).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{changes}");
    }
    let same = json!({ "id": percent, "basisPoints": 2_500, "offerIds": [] });
    let same = shop.api.done(&shop.world.admin, "updateDiscount", same, "discount { version }");
    assert_eq!(same.await["discount"]["version"], 1);
    assert!(before == rows_of(&shop.app, shop.world.tenant_id).await);
    let foreign = json!({ "id": percent, "name": "Mine" });
    let refused = shop.api.refused(&elsewhere.admin, "updateDiscount", foreign).await;
    assert_eq!(refused["code"], "DISCOUNT_NOT_FOUND");
    let periods = json!({ "id": percent, "duration": "PERIODS", "periods": 3 });
    shop.api.done(&shop.world.admin, "updateDiscount", periods, "").await;
    let once = json!({ "id": percent, "duration": "ONCE" });
    let once = shop.api.done(&shop.world.admin, "updateDiscount", once, "discount { periods }");
    assert_eq!(once.await["discount"]["periods"], Value::Null);
}

async fn what_was_given_stays_as_it_was_given(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let discount = shop.discount("STAYS", json!({ "duration": "PERIODS", "periods": 2 })).await;
    let order = shop.ordered(json!([shop.line(4, &["STAYS"])])).await;
    let changes = json!({
        "basisPoints": 1, "duration": "ONCE", "name": "Other", "status": "RETIRED",
        "customerIds": [], "validUntil": "2001-01-01",
    });
    shop.change_discount(&discount, changes).await;
    shop.app.run_jobs().await;
    for _ in 0..3 {
        shop.app.advance(chrono::TimeDelta::days(31));
        shop.app.run_jobs().await;
    }
    let document = "query ($id: ID!) { subscription(id: $id) {
        discounts { terms { name basisPoints duration periods } }
        invoiceLines(first: 9) { nodes { net { minorUnits } } } } }";
    let read = shop.read(document, &order["lines"][0]["subscription"]["id"]).await;
    let terms = json!({
        "name": "STAYS", "basisPoints": 2_500, "duration": "PERIODS", "periods": 2,
    });
    assert_eq!(read["subscription"]["discounts"], json!([{ "terms": terms }]));
    let charged = read["subscription"]["invoiceLines"]["nodes"].as_array().unwrap().iter();
    let mut charged: Vec<_> =
        charged.map(|line| line["net"]["minorUnits"].as_str().unwrap().to_owned()).collect();
    charged.reverse();
    assert_eq!(charged[..3], ["3000", "3000", "4000"]);
}
