//! Lines of orders that are cancelled after they were carried out: asked for, agreed to by the vendor, and given back.

use std::sync::Arc;

use entity::{InvoiceStatus, SubscriptionStatus};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::shop::{Bought, Shop};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    a_line_is_cancelled_once_its_vendor_agrees,
    a_vendor_that_refuses_leaves_all_as_it_was,
    what_cannot_be_cancelled_is_refused_by_its_name,
    each_line_keeps_its_own_time,
    of_many_at_once_one_is_asked_for,
    the_same_request_again_is_the_same_order,
    all_that_was_charged_is_given_back,
    what_was_issued_is_credited_by_a_credit_note,
    what_binds_a_customer_does_not_bind_what_is_undone,
    a_plan_is_cancelled_as_a_whole,
    add_ons_end_with_a_line_that_is_cancelled_and_are_cancelled_by_themselves,
    what_was_used_is_given_back_with_the_rest,
    a_discount_of_a_cancelled_line_can_be_given_again,
    a_trial_of_a_cancelled_line_has_been_had,
    an_order_whose_line_was_cancelled_can_still_be_tried_again,
);

const LINE: &str = "status cancellableUntil subscription { status endedAt }
    cancellation { status failureReason action order { status } }
    order { id status version lines { status }
        history(last: 20) { nodes { kind fromStatus toStatus reason } } }";

/// A seller whose lines can be cancelled for two weeks.
async fn open(database: Database) -> Shop {
    let shop = Shop::open(database).await;
    set(&shop, json!({ "lineCancellationDays": 14 })).await;
    shop.at("2027-03-10T12:00:00Z");
    shop
}

async fn set(shop: &Shop, settings: Value) {
    shop.api.done(&shop.world.admin, "updateTenantSettings", settings, "").await;
}

/// The line as its customer sees it.
async fn shown(shop: &Shop, line: &Value) -> Value {
    let document = format!("query Run($id: ID!) {{ orderLine(id: $id) {{ {LINE} }} }}");
    shop.api.read(&shop.world.customer, &document, json!({ "id": line })).await["orderLine"].take()
}

/// Asks for the end of a line as it was previewed, and gives the line by which it is cancelled.
async fn cancel(shop: &Shop, line: &Value) -> Value {
    let charges = "charges { chargeType description startsOn endsOn amount { minorUnits } dueOn }";
    let selection = format!("net {{ minorUnits }} {charges} approvals {{ __typename }}");
    let preview = preview(shop, line, &selection).await;
    assert_eq!((&preview["userErrors"], &preview["approvals"]), (&json!([]), &json!([])));
    let net = &preview["net"]["minorUnits"];
    let selection = format!(
        "order {{ lines {{ id action cancelsLine {{ id }} net {{ minorUnits }} {charges} }} }}"
    );
    let input = json!({ "id": line, "reference": "Wrong one", "expectedTotal": net });
    let mut payload =
        shop.api.done(&shop.world.customer, "cancelOrderLine", input, &selection).await;
    shop.app.run_jobs().await;
    let line = payload["order"]["lines"][0].take();
    assert_eq!((&line["net"]["minorUnits"], &line["charges"]), (net, &preview["charges"]));
    line
}

async fn preview(shop: &Shop, line: &Value, selection: &str) -> Value {
    let document = format!(
        "query Run($id: ID!) {{ previewOrderLineCancellation(input: {{ id: $id }}) {{
            {selection} userErrors {{ code field }} }} }}"
    );
    let mut read = shop.api.read(&shop.world.customer, &document, json!({ "id": line })).await;
    read["previewOrderLineCancellation"].take()
}

/// How it is refused. Where nothing but the line is said, its preview is refused alike.
async fn refused(shop: &Shop, input: Value) -> (String, String) {
    let (code, field) = shop.refused("cancelOrderLine", input.clone()).await;
    if input.as_object().unwrap().len() == 1 {
        let preview = preview(shop, &input["id"], "net { minorUnits }").await;
        let told = json!({ "net": null, "userErrors": [{ "code": code, "field": [field] }] });
        assert_eq!(preview, told);
    }
    (code, field)
}

async fn carry_out(shop: &Shop, line: &Value) {
    shop.move_line("startOrderLine", line).await;
    shop.move_line("completeOrderLine", line).await;
}

/// Two monthly units that people carry out, at 30.00 each.
async fn bought_by_hand(shop: &Shop) -> Bought {
    let offer = shop.manual("MONTHLY", "3000").await;
    let bought = shop.buy(&offer, 2).await;
    carry_out(shop, &bought.line).await;
    bought
}

async fn total(shop: &Shop, subscription: &Value) -> i64 {
    shop.charges(subscription).await.iter().sum()
}

/// APX-24.
async fn a_line_is_cancelled_once_its_vendor_agrees(database: Database) {
    let shop = open(database).await;
    let bought = bought_by_hand(&shop).await;
    let before = shown(&shop, &bought.line).await;
    assert_eq!(before["status"], "COMPLETED");
    // The day on which it was carried out, and fourteen more.
    assert_eq!(before["cancellableUntil"], "2027-03-25T00:00:00Z");
    assert_eq!(before["cancellation"], Value::Null);

    shop.at("2027-03-20T12:00:00Z");
    let by = cancel(&shop, &bought.line).await;
    assert_eq!((&by["action"], &by["cancelsLine"]["id"]), (&json!("CANCEL"), &bought.line));
    assert_eq!(by["net"]["minorUnits"], "-6000");
    let asked = shown(&shop, &bought.line).await;
    assert_eq!(
        (&asked["status"], &asked["subscription"]["status"]),
        (&json!("COMPLETED"), &json!("ACTIVE"))
    );
    assert_eq!(asked["cancellation"]["status"], "PENDING");
    assert_eq!(shop.charges(&bought.subscription).await, [6000]);

    carry_out(&shop, &by["id"]).await;
    let after = shown(&shop, &bought.line).await;
    assert_eq!((&after["status"], &after["cancellableUntil"]), (&json!("CANCELLED"), &Value::Null));
    assert_eq!(after["subscription"]["status"], "TERMINATED");
    let cancellation = json!({
        "status": "COMPLETED", "failureReason": null, "action": "CANCEL",
        "order": { "status": "COMPLETED" },
    });
    assert_eq!(after["cancellation"], cancellation);
    // What an order has come to, it stays; and its history tells what became of the line.
    assert_eq!(after["order"]["status"], "COMPLETED");
    let told = after["order"]["history"]["nodes"].as_array().unwrap().last().unwrap();
    let expected = json!({
        "kind": "ORDER_LINE_STATUS_CHANGED", "fromStatus": "COMPLETED", "toStatus": "CANCELLED",
        "reason": "Wrong one",
    });
    assert_eq!(*told, expected);
    assert!(after["order"]["version"].as_i64() > before["order"]["version"].as_i64());

    assert_eq!(shop.charges(&bought.subscription).await, [6000, -6000]);
    let drafts = shop.drafts().await;
    let [draft] = drafts.as_slice() else { panic!("{drafts:?}") };
    assert_eq!((draft.net_amount, draft.tax_amount), (0, 0));
    // Nothing comes of it later.
    shop.pass("2027-06-10T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [6000, -6000]);
}

async fn a_vendor_that_refuses_leaves_all_as_it_was(database: Database) {
    let shop = open(database).await;
    let bought = bought_by_hand(&shop).await;
    let before = shown(&shop, &bought.line).await;
    let by = cancel(&shop, &bought.line).await;
    shop.move_line("startOrderLine", &by["id"]).await;
    shop.move_line("failOrderLine", &by["id"]).await;
    let after = shown(&shop, &bought.line).await;
    for field in ["status", "cancellableUntil", "subscription"] {
        assert_eq!(after[field], before[field]);
    }
    assert_eq!(after["order"]["version"], before["order"]["version"]);
    let cancellation = json!({
        "status": "FAILED", "failureReason": "Too late.", "action": "CANCEL",
        "order": { "status": "FAILED" },
    });
    assert_eq!(after["cancellation"], cancellation);
    assert_eq!(shop.charges(&bought.subscription).await, [6000]);

    // It can be asked again, and then the first one cannot be tried again.
    let again = cancel(&shop, &bought.line).await;
    carry_out(&shop, &again["id"]).await;
    let cancelled = shown(&shop, &bought.line).await;
    assert_eq!(cancelled["status"], "CANCELLED");
    assert_eq!(cancelled["cancellation"]["status"], "COMPLETED");
    shop.move_line("retryOrderLine", &by["id"]).await;
    shop.move_line("startOrderLine", &by["id"]).await;
    let refused =
        shop.api.refused(&shop.world.admin, "completeOrderLine", json!({ "id": by["id"] })).await;
    assert_eq!(refused["code"], "SUBSCRIPTION_NOT_MODIFIABLE");
    assert_eq!(total(&shop, &bought.subscription).await, 0);
}

async fn what_cannot_be_cancelled_is_refused_by_its_name(database: Database) {
    let shop = open(database).await;
    let at_id = |code: &str| (code.to_owned(), "id".to_owned());
    let offer = shop.manual("MONTHLY", "3000").await;
    let input = json!({ "lines": [
        { "offerId": offer, "quantity": 1 }, { "offerId": offer, "quantity": 1 },
    ], "submit": true });
    let selection = "order { lines { id } }";
    let order = shop.api.done(&shop.world.customer, "createOrder", input, selection).await;
    shop.app.run_jobs().await;
    let (first, second) = (&order["order"]["lines"][0]["id"], &order["order"]["lines"][1]["id"]);
    assert_eq!(refused(&shop, json!({ "id": first })).await, at_id("LINE_STATUS_CONFLICT"));
    carry_out(&shop, first).await;
    assert_eq!(refused(&shop, json!({ "id": first })).await, at_id("ORDER_STATUS_CONFLICT"));
    carry_out(&shop, second).await;

    let version = json!({ "id": first, "expectedVersion": 1 });
    assert_eq!(refused(&shop, version).await.0, "VERSION_CONFLICT");
    let total = json!({ "id": first, "expectedTotal": "-2999" });
    assert_eq!(refused(&shop, total).await.0, "PRICE_CHANGED");
    let total = json!({ "id": first, "expectedTotal": "-3000" });
    let by = shop.api.done(&shop.world.customer, "cancelOrderLine", total, selection).await;
    shop.app.run_jobs().await;
    assert_eq!(refused(&shop, json!({ "id": first })).await, at_id("CHANGE_ALREADY_PENDING"));
    carry_out(&shop, &by["order"]["lines"][0]["id"]).await;
    assert_eq!(refused(&shop, json!({ "id": first })).await, at_id("LINE_STATUS_CONFLICT"));
    let cancelled = json!({ "id": by["order"]["lines"][0]["id"] });
    assert_eq!(refused(&shop, cancelled).await, at_id("LINE_NOT_CANCELLABLE"));

    // What has ended cannot be taken back.
    let subscription = "query Run($id: ID!) { orderLine(id: $id) { subscription { id } } }";
    let read = shop.api.read(&shop.world.customer, subscription, json!({ "id": second })).await;
    let subscription = &read["orderLine"]["subscription"]["id"];
    let ended = shop.order("cancelSubscription", json!({ "id": subscription })).await;
    carry_out(&shop, &ended["id"]).await;
    assert_eq!(refused(&shop, json!({ "id": second })).await, at_id("SUBSCRIPTION_NOT_MODIFIABLE"));
}

async fn each_line_keeps_its_own_time(database: Database) {
    let shop = open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3000").await;
    let late = shop.buy(&offer, 1).await;
    shop.at("2027-03-12T12:00:00Z");
    set(&shop, json!({ "lineCancellationDays": 0 })).await;
    let none = shop.buy(&offer, 1).await;
    assert_eq!(shown(&shop, &none.line).await["cancellableUntil"], Value::Null);
    let refusal = ("LINE_NOT_CANCELLABLE".to_owned(), "id".to_owned());
    assert_eq!(refused(&shop, json!({ "id": none.line })).await, refusal);
    set(&shop, json!({ "lineCancellationDays": 1, "timeZone": "America/New_York" })).await;
    let short = shop.buy(&offer, 1).await;
    assert_eq!(shown(&shop, &short.line).await["cancellableUntil"], "2027-03-14T05:00:00Z");
    shop.at("2027-03-14T05:00:00Z");
    assert_eq!(refused(&shop, json!({ "id": short.line })).await, refusal);
    cancel(&shop, &late.line).await;
    assert_eq!(shown(&shop, &late.line).await["status"], "CANCELLED");
}

async fn of_many_at_once_one_is_asked_for(database: Database) {
    let shop = Arc::new(open(database).await);
    let bought = bought_by_hand(&shop).await;
    let calls = (0..4).map(|_| {
        let (shop, input) = (shop.clone(), json!({ "id": bought.line }));
        tokio::spawn(async move {
            let payload = shop.api.run(&shop.world.customer, "cancelOrderLine", input, "").await;
            payload["userErrors"][0]["code"].as_str().map(str::to_owned)
        })
    });
    let refusals: Vec<_> = join_all(calls).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(refusals, ["CHANGE_ALREADY_PENDING"; 3]);
    let asked = "query Run { orders(first: 9) { nodes { lines { cancelsLine { id } } } } }";
    let asked = shop.api.read(&shop.world.customer, asked, json!({})).await;
    let orders = asked["orders"]["nodes"].as_array().unwrap().iter();
    let cancels = orders.filter(|order| order["lines"][0]["cancelsLine"]["id"] == bought.line);
    assert_eq!(cancels.count(), 1);
}

async fn the_same_request_again_is_the_same_order(database: Database) {
    let shop = open(database).await;
    let bought = bought_by_hand(&shop).await;
    let ask = async || {
        let input = json!({ "id": bought.line, "idempotencyKey": "once" });
        let customer = &shop.world.customer;
        shop.api.done(customer, "cancelOrderLine", input, "order { id }").await["order"].take()
    };
    assert_eq!(ask().await, ask().await);
}

async fn all_that_was_charged_is_given_back(database: Database) {
    let shop = open(database).await;
    set(&shop, json!({ "lineCancellationDays": 90 })).await;
    let terms = json!({ "refundWindowHours": 1, "prorationPolicy": {
        "firstPeriod": "BY_DAY", "increase": "BY_DAY", "decrease": "NONE",
        "paidCancellation": "NONE", "unpaidCancellation": "FULL",
    } });
    let offer = shop.offer_with("RECURRING", Some("MONTHLY"), "3100", &terms).await;
    let bought = shop.buy(&offer, 2).await;
    shop.pass("2027-03-20T12:00:00Z").await;
    shop.change(&bought.subscription, 5).await;
    shop.pass("2027-04-15T12:00:00Z").await;
    shop.change(&bought.subscription, 3).await;
    let charged = shop.charges(&bought.subscription).await;
    assert_eq!(charged.len(), 3, "{charged:?}");
    let issued = shop.lines(&bought.subscription).await[0].invoice_id;
    assert_eq!(shop.document(issued).await.status, InvoiceStatus::Issued);

    let by = cancel(&shop, &bought.line).await;
    let sum: i64 = charged.iter().sum();
    assert_eq!(by["net"]["minorUnits"], (-sum).to_string());
    let lines = shop.lines(&bought.subscription).await;
    let back: Vec<_> = lines[3..].iter().map(|line| line.net_amount).collect();
    assert_eq!(back, charged.iter().map(|amount| -amount).collect::<Vec<_>>());
    assert!(lines[..3].iter().all(|line| line.credited_amount == line.net_amount));

    let once = shop.instant("ONE_TIME", None, "1000").await;
    let bought = shop.buy(&once, 2).await;
    shop.change(&bought.subscription, 5).await;
    cancel(&shop, &bought.line).await;
    let lines = shop.lines(&bought.subscription).await;
    let charged: Vec<_> = lines.iter().map(|line| (line.net_amount, line.ends_on)).collect();
    assert_eq!(charged, [(2000, None), (3000, None), (-5000, None)]);
    let status = shop.subscription(&bought.subscription).await.status;
    assert_eq!(status, SubscriptionStatus::Terminated);
}

async fn what_was_issued_is_credited_by_a_credit_note(database: Database) {
    let shop = open(database).await;
    set(&shop, json!({ "creditBy": "CREDIT_NOTE", "invoicePerOrder": true })).await;
    let once = shop.instant("ONE_TIME", None, "1000").await;
    let bought = shop.buy(&once, 2).await;
    let invoice = shop.invoice().await;
    assert_eq!((invoice.status, invoice.gross_amount), (InvoiceStatus::Issued, 2500));
    shop.pay(&invoice, 2500, "all").await;
    cancel(&shop, &bought.line).await;
    shop.pass("2027-03-11T12:00:00Z").await;
    let note = shop.invoice().await;
    assert_eq!((note.number.as_deref(), note.gross_amount), (Some("CN-000001"), -2500));
    assert_eq!((note.corrects_invoice_id, note.order_id), (Some(invoice.id), None));
    assert_eq!(shop.document(invoice.id).await.status, InvoiceStatus::Credited);
    assert_eq!(shop.moved().await, [("ALLOWANCE", 2500)]);
}

async fn what_binds_a_customer_does_not_bind_what_is_undone(database: Database) {
    let shop = open(database).await;
    for commitment in [
        json!({ "months": 12, "surcharge": "CONTINUE" }),
        json!({ "months": 12, "surcharge": "REMAINDER", "basisPoints": 10_000 }),
    ] {
        let terms = json!({ "commitment": commitment });
        let offer = shop.offer_with("RECURRING", Some("MONTHLY"), "3100", &terms).await;
        let bought = shop.buy(&offer, 1).await;
        cancel(&shop, &bought.line).await;
        assert_eq!(shop.charges(&bought.subscription).await, [3100, -3100], "{commitment}");
        let subscription = shop.subscription(&bought.subscription).await;
        assert_eq!(subscription.status, SubscriptionStatus::Terminated, "{commitment}");
        assert_eq!(subscription.commitment, None);
    }
}

/// Though by itself such an add-on ends with its period only.
async fn add_ons_end_with_a_line_that_is_cancelled_and_are_cancelled_by_themselves(
    database: Database,
) {
    let shop = open(database).await;
    let main = shop.instant("RECURRING", Some("MONTHLY"), "10000").await;
    let terms = json!({ "parentOfferId": main, "prorationPolicy": {
        "firstPeriod": "FULL", "increase": "BY_DAY", "decrease": "BY_DAY",
        "paidCancellation": "NONE", "unpaidCancellation": "FULL",
    } });
    let add_on = shop.offer_with("RECURRING", Some("MONTHLY"), "3100", &terms).await;
    let parent = shop.buy(&main, 1).await;
    let to_it = json!({
        "offerId": add_on, "quantity": 1, "parentSubscriptionId": parent.subscription,
    });
    let taken_back = shop.buy_with(json!({ "lines": [to_it] })).await;
    let kept = shop.buy_with(json!({ "lines": [to_it] })).await;
    let by = cancel(&shop, &taken_back.line).await;
    assert_eq!(by["net"]["minorUnits"], "-3100");
    assert_eq!(total(&shop, &taken_back.subscription).await, 0);
    assert_eq!(shown(&shop, &taken_back.line).await["status"], "CANCELLED");

    cancel(&shop, &parent.line).await;
    for (bought, left) in [(&parent, 0), (&kept, 3_100)] {
        let row = shop.subscription(&bought.subscription).await;
        assert_eq!(row.status, SubscriptionStatus::Terminated);
        assert_eq!(total(&shop, &bought.subscription).await, left);
    }
    assert_eq!(shown(&shop, &kept.line).await["status"], "COMPLETED");
}

async fn a_trial_of_a_cancelled_line_has_been_had(database: Database) {
    let shop = open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "100").await;
    let product = json!({
        "code": "NEWS", "name": "News", "vendor": "Fabrikam", "provisioning": "INSTANT",
    });
    let made = shop.api.done(&shop.world.admin, "createProduct", product, "product { id }").await;
    let step = |periods: Option<i32>, amount: &str| {
        let product = &made["product"]["id"];
        let component = json!({ "productId": product, "unitAmount": amount, "taxBasisPoints": 0 });
        json!({ "periods": periods, "components": [component] })
    };
    let plan = json!({
        "offerId": offer, "code": "TRIAL", "name": "Trial", "currency": "EUR",
        "steps": [step(Some(1), "0"), step(None, "900")],
    });
    let plan = shop.api.done(&shop.world.admin, "createPlan", plan, "plan { id }").await;
    let plan = json!({ "planId": plan["plan"]["id"] });
    let again = json!({ "lines": [{ "offerId": offer, "quantity": 1, "plan": plan }] });
    let bought = shop.buy_with(again.clone()).await;
    cancel(&shop, &bought.line).await;
    assert_eq!(shown(&shop, &bought.line).await["status"], "CANCELLED");
    let refused = shop.api.refused(&shop.world.customer, "createOrder", again).await;
    assert_eq!(refused["code"], "TRIAL_ALREADY_HAD");
    let message = "The customer has, or has had, its trial of INSTANT. Order the plan without it, \
        with skipTrial.";
    assert_eq!(refused["message"], message);
}

async fn what_was_used_is_given_back_with_the_rest(database: Database) {
    let shop = open(database).await;
    set(&shop, json!({ "lineCancellationDays": 90 })).await;
    let offer = shop.offer_with("USAGE", Some("MONTHLY"), "10", &json!({})).await;
    let bought = shop.buy(&offer, 1).await;
    let used = |from: &str, until: &str| {
        json!({
            "subscriptionId": bought.subscription, "quantity": 5, "startsOn": from, "endsOn": until,
            "reference": from,
        })
    };
    let admin = &shop.world.admin;
    shop.api.done(admin, "reportUsage", used("2027-03-10", "2027-03-11"), "").await;
    shop.pass("2027-04-12T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [50]);
    shop.api.done(admin, "reportUsage", used("2027-04-11", "2027-04-12"), "").await;
    cancel(&shop, &bought.line).await;
    shop.pass("2027-05-12T12:00:00Z").await;
    assert_eq!(total(&shop, &bought.subscription).await, 0);
    let late = used("2027-04-10", "2027-04-11");
    let refused = shop.api.refused(admin, "reportUsage", late).await;
    assert_eq!(refused["code"], "USAGE_NOT_CHARGED");
}

async fn a_plan_is_cancelled_as_a_whole(database: Database) {
    let shop = open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "100").await;
    let product = async |code: &str| {
        let input =
            json!({ "code": code, "name": code, "vendor": "Fabrikam", "provisioning": "INSTANT" });
        let payload =
            shop.api.done(&shop.world.admin, "createProduct", input, "product { id }").await;
        payload["product"]["id"].clone()
    };
    let component = |product: Value, amount: &str, rate: i32, timing: &str| {
        json!({
            "productId": product, "timing": timing, "unitAmount": amount, "taxBasisPoints": rate,
        })
    };
    let components = json!([
        component(product("SETUP").await, "5000", 2500, "ONCE"),
        component(product("NEWS").await, "900", 0, "IN_ADVANCE"),
    ]);
    let plan = json!({
        "offerId": offer, "code": "BOTH", "name": "Both", "currency": "EUR",
        "steps": [{ "components": components }],
    });
    let plan = shop.api.done(&shop.world.admin, "createPlan", plan, "plan { id }").await;
    let plan = json!({ "planId": plan["plan"]["id"] });
    let line = json!({ "offerId": offer, "quantity": 1, "plan": plan });
    let bought = shop.buy_with(json!({ "lines": [line] })).await;
    cancel(&shop, &bought.line).await;
    let lines = shop.lines(&bought.subscription).await;
    let mut charged: Vec<_> =
        lines.iter().map(|line| (line.net_amount, line.tax_basis_points)).collect();
    charged.sort_unstable();
    assert_eq!(charged, [(-5000, 2500), (-900, 0), (900, 0), (5000, 2500)]);
    let drafts = shop.drafts().await;
    let sums: Vec<_> = drafts.iter().map(|draft| (draft.net_amount, draft.tax_amount)).collect();
    assert_eq!(sums, [(0, 0)]);
}

async fn a_discount_of_a_cancelled_line_can_be_given_again(database: Database) {
    let shop = open(database).await;
    let discount = json!({
        "code": "ONE", "name": "One", "basisPoints": 1000, "duration": "FOREVER",
        "maxRedemptions": 1,
    });
    shop.api.done(&shop.world.admin, "createDiscount", discount, "").await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "1000").await;
    let line = json!({ "offerId": offer, "quantity": 1, "discountCodes": ["ONE"] });
    let first = shop.buy_with(json!({ "lines": [line] })).await;
    let again = json!({ "lines": [line], "submit": true });
    assert_eq!(shop.refused("createOrder", again).await.0, "DISCOUNT_NOT_APPLICABLE");
    cancel(&shop, &first.line).await;
    assert_eq!(shop.charges(&first.subscription).await, [900, -900]);
    let second = shop.buy_with(json!({ "lines": [line] })).await;
    assert_eq!(shop.charges(&second.subscription).await, [900]);
}

async fn an_order_whose_line_was_cancelled_can_still_be_tried_again(database: Database) {
    let shop = open(database).await;
    let offer = shop.manual("MONTHLY", "3000").await;
    let lines = json!([{ "offerId": offer, "quantity": 1 }, { "offerId": offer, "quantity": 1 }]);
    let input = json!({ "lines": lines, "submit": true });
    let selection = "order { lines { id } }";
    let order = shop.api.done(&shop.world.customer, "createOrder", input, selection).await;
    shop.app.run_jobs().await;
    let (first, second) = (&order["order"]["lines"][0]["id"], &order["order"]["lines"][1]["id"]);
    carry_out(&shop, first).await;
    shop.move_line("startOrderLine", second).await;
    shop.move_line("failOrderLine", second).await;
    let by = cancel(&shop, first).await;
    // The vendor agrees while the other line is tried again.
    shop.move_line("retryOrderLine", second).await;
    carry_out(&shop, &by["id"]).await;
    assert_eq!(shown(&shop, first).await["order"]["status"], "PROVISIONING");
    carry_out(&shop, second).await;
    let ended = &shown(&shop, first).await["order"];
    assert_eq!(ended["status"], "COMPLETED");
    assert_eq!(ended["lines"], json!([{ "status": "CANCELLED" }, { "status": "COMPLETED" }]));
}
