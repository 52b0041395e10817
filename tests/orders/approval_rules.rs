//! Rules that say when an order needs whose answer.

use chrono::TimeDelta;
use domain::viewer::{Scope, Viewer};
use entity::Role;
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
    a_rule_asks_for_the_orders_that_it_describes_and_a_preview_says_so,
    a_rule_reaches_changes_of_subscriptions,
    rules_that_change_or_go_touch_no_order_that_was_placed,
    the_first_order_of_a_customer_waits_until_one_was_approved,
    a_credit_limit_counts_what_is_owed_and_what_is_on_its_way,
    partners_keep_rules_of_their_own,
    an_answer_lapses_when_its_rule_says,
    whoever_must_answer_is_reminded_until_they_do,
    what_cannot_be_a_rule_is_refused,
    what_waits_for_me_is_what_i_may_answer_now,
);

impl Shop {
    /// Makes a rule and gives its id.
    pub(super) async fn rule(&self, keeper: &Viewer, input: Value) -> Value {
        let made = "approvalRule { id }";
        self.api.done(keeper, "createApprovalRule", input, made).await["approvalRule"]["id"].take()
    }

    /// The answers that an order needs, as somebody sees them.
    async fn asked(&self, viewer: &Viewer, order: &Value) -> Value {
        let document = "query ($id: ID!) { order(id: $id) {
            approvals { bySeller partner { partnerNumber } rules } } }";
        let read = self.api.read(viewer, document, json!({ "id": order["id"] })).await;
        read["order"]["approvals"].clone()
    }

    async fn previewed(&self, viewer: &Viewer, lines: &[Value]) -> Value {
        let document = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
            approvals { bySeller partner { partnerNumber } rules } userErrors { message } } }";
        let agreement = Id(self.world.agreement_id).to_string();
        let customer = Id(self.world.customer_id).to_string();
        let input = json!({ "customerId": customer, "agreementId": agreement, "lines": lines });
        let read = self.api.read(viewer, document, json!({ "input": input })).await;
        assert_eq!(read["previewOrder"]["userErrors"], json!([]));
        read["previewOrder"]["approvals"].clone()
    }

    async fn set(&self, mutation: &str, input: Value) {
        self.api.done(&self.world.admin, mutation, input, "").await;
    }

    /// The numbers of those orders that a filter finds, and how many it counts.
    pub(super) async fn found(&self, viewer: &Viewer, filter: Value) -> Vec<Value> {
        let document = "query ($filter: OrderFilter) { orders(filter: $filter, first: 50,
            orderBy: { field: CREATED_AT, direction: ASC }) { totalCount nodes { id } } }";
        let mut read = self.api.read(viewer, document, json!({ "filter": filter })).await;
        let nodes = read["orders"]["nodes"].take();
        let ids: Vec<_> = nodes.as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
        assert_eq!(read["orders"]["totalCount"], ids.len());
        ids
    }
}

fn by_seller(rules: &[&str]) -> Value {
    json!([{ "bySeller": true, "partner": null, "rules": rules }])
}

/// APX-21. Three pieces come to 37.50 EUR.
async fn a_rule_asks_for_the_orders_that_it_describes_and_a_preview_says_so(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let admin = shop.world.admin.clone();
    let product = "query { products(first: 9) { nodes { id code } } }";
    let products = shop.api.read(&admin, product, json!({})).await;
    let products = products["products"]["nodes"].as_array().unwrap();
    let manual = products.iter().find(|product| product["code"] == "MANUAL").unwrap();
    let in_euro = |name: &str, amount: i64| json!({ "name": name, "currency": "eur", "minimumAmount": amount });
    for rule in [
        in_euro("Large", 10_000),
        json!({ "name": "By hand", "productId": manual["id"] }),
        json!({ "name": "Off", "enabled": false }),
        json!({ "name": "Other vendor", "vendor": "Contoso" }),
        json!({ "name": "In kroner", "currency": "DKK", "minimumAmount": 1 }),
    ] {
        shop.rule(&admin, rule).await;
    }
    for (lines, asked) in [
        (vec![shop.instant(7)], json!([])),
        (vec![shop.instant(8)], by_seller(&["Large"])),
        (vec![shop.manual()], by_seller(&["By hand", "Large"])),
        (vec![shop.instant(1), shop.manual()], by_seller(&["By hand", "Large"])),
    ] {
        assert_eq!(shop.previewed(&admin, &lines).await, asked, "{lines:?}");
        let order = shop.place(&lines).await;
        let waits = asked != json!([]);
        assert_eq!(order["status"], if waits { "PENDING_APPROVAL" } else { "APPROVED" });
        assert_eq!(shop.asked(&admin, &order).await, asked, "{lines:?}");
        // Whoever buys learns who must answer, and not why.
        let customer = shop.world.customer.clone();
        let told = if waits { by_seller(&[]) } else { json!([]) };
        assert_eq!(shop.previewed(&customer, &lines).await, told);
        assert_eq!(shop.asked(&customer, &order).await, told);
    }
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    shop.previewed(&admin, &[shop.instant(8)]).await;
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows, "a preview writes nothing");
}

/// APX-20.
async fn a_rule_reaches_changes_of_subscriptions(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let admin = shop.world.admin.clone();
    shop.rule(&admin, json!({ "name": "Changes", "action": "CHANGE" })).await;
    let order = shop.place(&[shop.instant(3)]).await;
    assert_eq!(order["status"], "APPROVED");
    shop.app.run_jobs().await;
    let change = json!({ "id": order["subscriptions"][0]["id"], "quantity": 4 });
    let change = shop.run(&shop.world.customer, "changeSubscription", change).await;
    assert_eq!(change["status"], "PENDING_APPROVAL");
    assert_eq!(shop.asked(&admin, &change).await, by_seller(&["Changes"]));
}

async fn rules_that_change_or_go_touch_no_order_that_was_placed(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let admin = shop.world.admin.clone();
    let id = shop.rule(&admin, json!({ "name": "All" })).await;
    let asked = shop.place(&[shop.instant(3)]).await;
    let off = json!({ "id": id, "expectedVersion": 1, "enabled": false, "name": "None" });
    let off = shop.api.done(&admin, "updateApprovalRule", off, "approvalRule { name version }");
    assert_eq!(off.await["approvalRule"], json!({ "name": "None", "version": 2 }));
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&asked).await, asked);
    assert_eq!(shop.asked(&admin, &asked).await, by_seller(&["All"]));
    let free = shop.place(&[shop.instant(3)]).await;
    assert_eq!(free["status"], "APPROVED");
    shop.set("updateApprovalRule", json!({ "id": id, "enabled": true })).await;
    assert_eq!(shop.order(&free).await, free);

    let seen = json!({ "id": id, "expectedVersion": 2 });
    let late = shop.api.refused(&admin, "deleteApprovalRule", seen).await;
    assert_eq!((&late["code"], &late["currentVersion"]), (&json!("VERSION_CONFLICT"), &json!(3)));
    let gone = json!({ "id": id });
    let gone = shop.api.done(&admin, "deleteApprovalRule", gone, "deletedApprovalRuleId").await;
    assert_eq!(gone["deletedApprovalRuleId"], id);
    let again = shop.api.refused(&admin, "deleteApprovalRule", json!({ "id": id })).await;
    assert_eq!(again["code"], "APPROVAL_RULE_NOT_FOUND");
    assert_eq!(shop.asked(&admin, &asked).await, by_seller(&["All"]));
    assert_eq!(shop.carry_out(&asked).await["status"], "COMPLETED");
    assert_eq!(shop.place(&[shop.instant(3)]).await["status"], "APPROVED");
}

async fn the_first_order_of_a_customer_waits_until_one_was_approved(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    shop.rule(&shop.world.admin, json!({ "name": "New", "firstOrder": true })).await;
    let orders = [shop.place(&[shop.instant(3)]).await, shop.place(&[shop.instant(3)]).await];
    for order in &orders {
        assert_eq!(order["status"], "PENDING_APPROVAL");
    }
    let no = json!({ "id": orders[0]["id"], "reason": "Who?" });
    shop.run(&shop.world.approver(), "rejectOrder", no).await;
    assert_eq!(shop.place(&[shop.instant(3)]).await["status"], "PENDING_APPROVAL");
    shop.carry_out(&orders[1]).await;
    assert_eq!(shop.place(&[shop.instant(3)]).await["status"], "APPROVED");
    let other = given::customer(&shop.app, &shop.world, "C-2").await;
    let order = json!({ "lines": [shop.instant(3)], "submit": true });
    assert_eq!(shop.run(&other, "createOrder", order).await["status"], "PENDING_APPROVAL");
}

/// APX-21. Four pieces come to 50.00 EUR.
async fn a_credit_limit_counts_what_is_owed_and_what_is_on_its_way(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let admin = shop.world.admin.clone();
    let limit = json!({ "name": "Credit", "currency": "EUR", "creditLimit": 10_000 });
    shop.rule(&admin, limit).await;
    let status = async |pieces: i32| shop.place(&[shop.instant(pieces)]).await["status"].clone();
    assert_eq!(status(4).await, "APPROVED");
    assert_eq!(status(4).await, "APPROVED", "two on their way come to the limit");
    assert_eq!(status(1).await, "PENDING_APPROVAL");
    shop.app.run_jobs().await;
    assert_eq!(status(1).await, "PENDING_APPROVAL", "they are on a draft");
    let draft = shop.invoices().await.remove(0);
    let id = json!({ "id": draft["id"] });
    shop.set("issueInvoice", id).await;
    assert_eq!(status(1).await, "PENDING_APPROVAL", "the invoice is open");
    let pay = json!({ "invoiceId": draft["id"], "amount": "10000", "reference": "R" });
    shop.set("recordPayment", pay).await;
    // Three of one piece each wait themselves.
    assert_eq!(status(4).await, "APPROVED");
    assert_eq!(status(2).await, "PENDING_APPROVAL");
}

async fn partners_keep_rules_of_their_own(database: Database) {
    let mut shop = Shop::open_with_approval(database, false).await;
    let [distributor, reseller] = shop.put_below(["R-1", "R-2"]).await;
    let (admin, approver) = (shop.world.admin.clone(), shop.world.approver());
    let number = |viewer: &Viewer| Id(viewer.partner().unwrap()).to_string();
    for partner in [&distributor, &reseller] {
        let quiet = json!({ "id": number(partner), "approvalRequired": false });
        shop.set("updatePartner", quiet).await;
    }
    let theirs = shop.rule(&distributor, json!({ "name": "Theirs" })).await;
    let ours = json!({ "name": "Ours", "partnerId": number(&distributor) });
    shop.rule(&approver, ours).await;
    let for_them = json!({ "name": "Made for them", "approverPartnerId": number(&reseller) });
    let for_them = shop.rule(&admin, for_them).await;

    let order = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "lines": [shop.instant(3)],
        "submit": true,
    });
    let order = shop.run(&shop.world.customer, "createOrder", order).await;
    let level = |partner: Option<&str>, rules: &[&str]| {
        json!({
            "bySeller": partner.is_none(), "rules": rules,
            "partner": partner.map(|number| json!({ "partnerNumber": number })),
        })
    };
    let everything = json!([
        level(Some("R-2"), &["Made for them"]),
        level(Some("R-1"), &["Theirs"]),
        level(None, &["Ours"]),
    ]);
    assert_eq!(shop.asked(&admin, &order).await, everything);
    let from_above = json!([
        level(Some("R-2"), &["Made for them"]),
        level(Some("R-1"), &["Theirs"]),
        level(None, &[]),
    ]);
    assert_eq!(shop.asked(&distributor, &order).await, from_above);
    let seen_below = shop.asked(&reseller, &order).await;
    assert_eq!(seen_below[0], level(Some("R-2"), &["Made for them"]));
    assert_eq!(seen_below[1]["rules"], json!([]));
    assert_eq!(shop.asked(&shop.world.customer, &order).await[0]["rules"], json!([]));

    let names = "{ approvalRules { nodes { name } totalCount } }";
    let stranger = given::partner(&shop.app, &shop.world, "R-3", None).await;
    let stranger = Scope::Partner { own: stranger, partners: vec![stranger] };
    let stranger = viewer(shop.world.tenant_id, Role::Approver, stranger);
    for (viewer, seen) in [
        (&admin, 3),
        (&approver, 3),
        (&distributor, 2),
        (&reseller, 1),
        (&stranger, 0),
        (&shop.world.customer, 0),
    ] {
        let read = shop.api.read(viewer, names, json!({})).await;
        assert_eq!(read["approvalRules"]["totalCount"], seen, "{viewer:?}");
    }
    for (viewer, rule, code) in [
        (&distributor, &for_them, "NOT_AN_APPROVER"),
        (&approver, &for_them, "NOT_AN_APPROVER"),
        (&reseller, &theirs, "APPROVAL_RULE_NOT_FOUND"),
        (&stranger, &theirs, "APPROVAL_RULE_NOT_FOUND"),
    ] {
        let change = json!({ "id": rule, "enabled": false });
        let refused = shop.api.refused(viewer, "updateApprovalRule", change).await;
        assert_eq!(refused["code"], code);
        let refused = shop.api.refused(viewer, "deleteApprovalRule", json!({ "id": rule })).await;
        assert_eq!(refused["code"], code);
    }
    for (viewer, approver, code) in [
        (&distributor, &reseller, "NOT_AN_APPROVER"),
        (&approver, &reseller, "NOT_AN_APPROVER"),
        (&reseller, &distributor, "PARTNER_NOT_FOUND"),
    ] {
        let rule = json!({ "name": "X", "approverPartnerId": number(approver) });
        let refused = shop.api.refused(viewer, "createApprovalRule", rule).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!(code), &json!(["approverPartnerId"]))
        );
    }
    shop.api.done(&reseller, "deleteApprovalRule", json!({ "id": for_them }), "").await;
    let yes = json!({ "id": order["id"] });
    for viewer in [&approver, &distributor, &reseller] {
        shop.run(viewer, "approveOrder", yes.clone()).await;
    }
    assert_eq!(shop.order(&order).await["status"], "APPROVED");
}

async fn an_answer_lapses_when_its_rule_says(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let admin = shop.world.admin.clone();
    shop.settings(json!({ "approvalLapseDays": 3 })).await;
    let small = json!({ "name": "Small", "action": "BUY", "lapseAfterHours": 100 });
    shop.rule(&admin, small).await;
    let large = json!({
        "name": "Large", "currency": "EUR", "minimumAmount": 10_000, "lapseAfterHours": 6,
    });
    let large = shop.rule(&admin, large).await;
    let (first, second) =
        (shop.place(&[shop.instant(8)]).await, shop.place(&[shop.instant(3)]).await);
    let longer = json!({ "id": large, "lapseAfterHours": 90 });
    shop.set("updateApprovalRule", longer).await;
    let status = async |order: &Value| shop.order(order).await["status"].clone();
    shop.app.advance(TimeDelta::hours(6) - TimeDelta::seconds(1));
    shop.app.run_jobs().await;
    assert_eq!(status(&first).await, "PENDING_APPROVAL");
    shop.app.advance(TimeDelta::seconds(1));
    shop.app.run_jobs().await;
    assert_eq!(status(&first).await, "CANCELLED");
    shop.app.advance(TimeDelta::hours(93));
    shop.app.run_jobs().await;
    assert_eq!(status(&second).await, "PENDING_APPROVAL", "its rule has the last word");
    shop.app.advance(TimeDelta::hours(1));
    shop.app.run_jobs().await;
    assert_eq!(status(&second).await, "CANCELLED");
    assert_eq!(shop.triggers(&second).await.last().unwrap(), "LET_APPROVAL_LAPSE");
}

async fn whoever_must_answer_is_reminded_until_they_do(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let (admin, approver) = (shop.world.admin.clone(), shop.world.approver());
    shop.rule(&admin, json!({ "name": "All", "remindEveryHours": 6 })).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let reminders = async |viewer: &Viewer| {
        let document = "query ($id: ID!) { order(id: $id) { version approvals { remindedAt }
            history(first: 50) { nodes { kind actor toStatus orderVersion customer { id } order { id } } } } }";
        let read = shop.api.read(viewer, document, json!({ "id": order["id"] })).await;
        assert_eq!(read["order"]["version"], order["version"], "the order stays as it is");
        let history = read["order"]["history"]["nodes"].as_array().unwrap().clone();
        let reminders: Vec<_> =
            history.into_iter().filter(|event| event["kind"] == "APPROVAL_REMINDED").collect();
        (reminders, read["order"]["approvals"][0]["remindedAt"].clone())
    };
    shop.app.advance(TimeDelta::hours(6) - TimeDelta::seconds(1));
    shop.app.run_jobs().await;
    assert_eq!(reminders(&approver).await, (vec![], Value::Null));
    shop.app.advance(TimeDelta::seconds(1));
    for _ in 0..2 {
        shop.app.run_jobs().await;
        let (told, at) = reminders(&approver).await;
        let expected = json!({
            "kind": "APPROVAL_REMINDED", "actor": "system", "toStatus": null, "orderVersion": null,
            "customer": null, "order": { "id": order["id"] },
        });
        assert_eq!(told, [expected]);
        assert!(at.is_string());
    }
    assert_eq!(
        reminders(&shop.world.customer).await,
        (vec![], Value::Null),
        "it is not its business"
    );
    // What was missed is not made up for.
    shop.app.advance(TimeDelta::hours(20));
    shop.app.run_jobs().await;
    assert_eq!(reminders(&approver).await.0.len(), 2);
    shop.app.advance(TimeDelta::hours(4));
    shop.app.run_jobs().await;
    assert_eq!(reminders(&approver).await.0.len(), 3);
    let no = json!({ "id": order["id"], "reason": "No" });
    let rejected = shop.run(&approver, "rejectOrder", no).await;
    shop.app.advance(TimeDelta::hours(12));
    shop.app.run_jobs().await;
    let history = "query Run($id: ID!) { order(id: $id) { history(last: 1) { nodes { kind } } } }";
    let last = shop.read(history, &rejected["id"]).await;
    assert_ne!(last["order"]["history"]["nodes"][0]["kind"], "APPROVAL_REMINDED");
}

async fn what_cannot_be_a_rule_is_refused(database: Database) {
    let mut shop = Shop::open_with_approval(database, false).await;
    let [partner] = shop.put_below(["R-1"]).await;
    let admin = shop.world.admin.clone();
    let approver_id = Id(partner.partner().unwrap()).to_string();
    let other = given::world(&shop.app).await.customer_id;
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    for (input, code, field) in [
        (json!({ "name": " " }), "VALIDATION_FAILED", "name"),
        (json!({ "currency": "EUR" }), "VALIDATION_FAILED", "currency"),
        (json!({ "minimumAmount": 1 }), "VALIDATION_FAILED", "currency"),
        (json!({ "currency": "EURO", "minimumAmount": 1 }), "VALIDATION_FAILED", "currency"),
        (json!({ "currency": "EUR", "minimumAmount": 0 }), "VALIDATION_FAILED", "minimumAmount"),
        (json!({ "currency": "EUR", "creditLimit": -1 }), "VALIDATION_FAILED", "creditLimit"),
        (
            json!({ "currency": "EUR", "creditLimit": 1, "approverPartnerId": approver_id }),
            "VALIDATION_FAILED",
            "creditLimit",
        ),
        (json!({ "vendor": "a\nb" }), "VALIDATION_FAILED", "vendor"),
        (json!({ "lapseAfterHours": 0 }), "VALIDATION_FAILED", "lapseAfterHours"),
        (json!({ "approversNeeded": 0 }), "VALIDATION_FAILED", "approversNeeded"),
        (json!({ "approversNeeded": 11 }), "VALIDATION_FAILED", "approversNeeded"),
        (json!({ "remindEveryHours": 8_785 }), "VALIDATION_FAILED", "remindEveryHours"),
        (json!({ "customerId": Id(other).to_string() }), "CUSTOMER_NOT_FOUND", "customerId"),
    ] {
        let mut input = input;
        if input.get("name").is_none() {
            input["name"] = json!("Rule");
        }
        let what = input.to_string();
        let refused = shop.api.refused(&admin, "createApprovalRule", input).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!(code), &json!([field])),
            "{what}"
        );
    }
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);

    let amounts =
        json!({ "name": "Rule", "currency": "EUR", "minimumAmount": 1, "creditLimit": 2 });
    let id = shop.rule(&admin, amounts).await;
    let update = async |input: Value, selection: &str| {
        let selection = format!("approvalRule {{ {selection} }}");
        shop.api.done(&admin, "updateApprovalRule", input, &selection).await["approvalRule"].take()
    };
    let one = json!({ "id": id, "minimumAmount": null });
    let one = update(one, "minimumAmount { formatted } creditLimit { formatted }").await;
    assert_eq!(one, json!({ "minimumAmount": null, "creditLimit": { "formatted": "0.02 EUR" } }));
    let refused = json!({ "id": id, "currency": null });
    let refused = shop.api.refused(&admin, "updateApprovalRule", refused).await;
    assert_eq!(refused["field"], json!(["currency"]));
    // The currency goes with the last amount, and the same again is no change.
    let none = json!({ "id": id, "creditLimit": null });
    assert_eq!(update(none.clone(), "creditLimit { formatted } version").await["version"], 3);
    assert_eq!(update(none, "version").await["version"], 3);

    for _ in 1..100 {
        shop.rule(&admin, json!({ "name": "Rule" })).await;
    }
    let too_many = shop.api.refused(&admin, "createApprovalRule", json!({ "name": "Rule" })).await;
    assert_eq!(too_many["code"], "TOO_MANY_APPROVAL_RULES");
    shop.rule(&partner, json!({ "name": "Of the partner" })).await;
}

async fn what_waits_for_me_is_what_i_may_answer_now(database: Database) {
    let mut shop = Shop::open(database).await;
    let [partner] = shop.put_below(["R-1"]).await;
    let admin = shop.world.admin.clone();
    let approver = shop.world.approver();
    // Their names are alike, and not the same.
    let quoted = |subject: &str| Viewer { subject: subject.to_owned(), ..shop.world.approver() };
    let (ada, ada_and_more) = (quoted("user:a\"d\\a é"), quoted("user:x\"user:a\"d\\a é"));
    let by_customer = json!({ "lines": [shop.instant(1)] });
    let order = |viewer: &Viewer, submit: bool| {
        let input = json!({
            "customerId": Id(shop.world.customer_id).to_string(), "submit": submit,
            "lines": by_customer["lines"],
        });
        let viewer = viewer.clone();
        let shop = &shop;
        async move { shop.run(&viewer, "createOrder", input).await["id"].clone() }
    };
    let customers = order(&shop.world.customer, true).await;
    shop.app.advance(TimeDelta::seconds(1));
    let admins = order(&admin, true).await;
    shop.app.advance(TimeDelta::seconds(1));
    let draft = order(&shop.world.customer, false).await;
    // The administrators of these names submit what the customer began.
    for (subject, number) in [(&ada.subject, 1), (&ada_and_more.subject, 2)] {
        shop.app.advance(TimeDelta::seconds(1));
        let theirs = order(&shop.world.customer, false).await;
        let submits = Viewer { subject: subject.clone(), ..admin.clone() };
        let lines = json!({ "id": theirs, "lines": [shop.instant(number)] });
        let second = Viewer { subject: "user:second".to_owned(), ..admin.clone() };
        shop.run(&second, "updateOrder", lines).await;
        shop.run(&submits, "submitOrder", json!({ "id": theirs })).await;
    }
    let all = shop.found(&admin, json!({})).await;
    let [_, _, _, adas, of_other] = <[Value; 5]>::try_from(all.clone()).unwrap();
    let all_waiting = vec![customers.clone(), admins.clone(), adas.clone(), of_other.clone()];
    let without =
        |one: &Value| all_waiting.iter().filter(|it| *it != one).cloned().collect::<Vec<_>>();
    let second = Viewer { subject: "user:second".to_owned(), ..admin.clone() };
    for (viewer, waits) in [
        (&approver, all_waiting.clone()),
        (&admin, without(&admins)),
        (&ada, without(&adas)),
        (&ada_and_more, without(&of_other)),
        (&second, vec![customers.clone(), admins.clone()]),
        (&partner, all_waiting.clone()),
        (&shop.world.customer, vec![]),
        (&shop.world.seller(), vec![]),
    ] {
        let subject = &viewer.subject;
        assert_eq!(shop.found(viewer, json!({ "waitsForMe": true })).await, waits, "{subject}");
        let others: Vec<_> = all.iter().filter(|id| !waits.contains(id)).cloned().collect();
        assert_eq!(shop.found(viewer, json!({ "waitsForMe": false })).await, others, "{subject}");
        // The same as what each order says.
        let actions = "{ orders(first: 50, orderBy: { field: CREATED_AT, direction: ASC }) {
            nodes { id availableActions } } }";
        let read = shop.api.read(viewer, actions, json!({})).await;
        let nodes = read["orders"]["nodes"].as_array().unwrap().iter();
        let may = nodes
            .filter(|it| it["availableActions"].as_array().unwrap().contains(&json!("APPROVE")));
        assert_eq!(may.map(|it| it["id"].clone()).collect::<Vec<_>>(), waits, "{subject}");
    }
    let both = json!({ "waitsForMe": true, "statusIn": ["DRAFT"] });
    assert_eq!(shop.found(&approver, both).await, Vec::<Value>::new());
    assert!(shop.found(&approver, json!({ "waitsForMe": null })).await.contains(&draft));
    // An answer that was given is waited for no more.
    shop.run(&partner, "approveOrder", json!({ "id": customers })).await;
    assert_eq!(shop.found(&partner, json!({ "waitsForMe": true })).await, without(&customers));
    assert_eq!(shop.found(&approver, json!({ "waitsForMe": true })).await, all_waiting);
    shop.run(&approver, "approveOrder", json!({ "id": customers })).await;
    assert_eq!(shop.found(&approver, json!({ "waitsForMe": true })).await, without(&customers));
}
