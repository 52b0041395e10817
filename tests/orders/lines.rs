//! What becomes of an order by what becomes of its lines.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::viewer::{Scope, Viewer};
use entity::{Role, event, order_line};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        database::Database,
        given::{self, viewer},
        shop::{Shop, statuses},
    },
};

on_both_databases!(
    an_order_ends_as_its_lines_do,
    each_attempt_at_a_line_is_kept,
    what_the_release_before_has_begun_is_ended,
    a_question_is_kept_with_its_answer,
    a_question_with_answers_to_choose_from_takes_no_other,
    a_line_says_what_its_caller_may_do,
    the_buyer_is_shown_what_the_vendor_returns,
    what_the_vendor_returns_is_checked,
    a_sandbox_simulates_what_its_buyers_choose,
    in_production_nothing_is_simulated,
);

const LINE: &str = "orderLine { status holdReason heldSince attemptCount
    attempts { attemptNumber startedAt endedAt outcome message provisioningReference }
    holds { holdNumber question choices askedBy askedAt answer answeredBy endedAt } }";

/// A line of a manual product that was taken up.
async fn begun(shop: &Shop) -> Value {
    let order = shop.bought(&[shop.manual()]).await;
    let line = order["lines"][0]["id"].clone();
    moved(shop, &shop.world.admin, "startOrderLine", json!({ "id": line })).await;
    line
}

async fn moved(shop: &Shop, viewer: &Viewer, mutation: &str, input: Value) -> Value {
    shop.api.done(viewer, mutation, input, LINE).await["orderLine"].take()
}

/// APX-26.
async fn each_attempt_at_a_line_is_kept(database: Database) {
    let shop = Shop::open(database).await;
    let admin = &shop.world.admin;
    let started = shop.app.app.clock.now();
    let line = begun(&shop).await;
    shop.app.advance(TimeDelta::minutes(3));
    let failed = json!({ "id": line, "reason": "Sold out", "provisioningReference": "T-1" });
    let failed = moved(&shop, admin, "failOrderLine", failed).await;
    let first = json!({
        "attemptNumber": 1, "startedAt": written(started), "outcome": "FAILED",
        "endedAt": written(started + TimeDelta::minutes(3)), "message": "Sold out",
        "provisioningReference": "T-1",
    });
    assert_eq!(failed["attempts"], json!([first]));

    moved(&shop, admin, "retryOrderLine", json!({ "id": line })).await;
    shop.app.advance(TimeDelta::minutes(1));
    let again = moved(&shop, admin, "startOrderLine", json!({ "id": line })).await;
    let mut second = json!({
        "attemptNumber": 2, "startedAt": written(started + TimeDelta::minutes(4)),
        "outcome": null, "endedAt": null, "message": null, "provisioningReference": null,
    });
    assert_eq!(again["attempts"], json!([first, second]));

    let done = json!({ "id": line, "provisioningReference": "T-2" });
    let done = moved(&shop, admin, "completeOrderLine", done).await;
    second["endedAt"] = json!(written(started + TimeDelta::minutes(4)));
    second["outcome"] = json!("COMPLETED");
    second["provisioningReference"] = json!("T-2");
    assert_eq!(done["attempts"], json!([first, second]));
    assert_eq!(done["attemptCount"], 2);

    // What needs nobody is tried in the same way.
    let order = shop.bought(&[shop.instant(1)]).await;
    let attempts =
        "query Run($id: ID!) { order(id: $id) { lines { attempts { outcome message } } } }";
    let attempts = shop.read(attempts, &order["id"]).await;
    let expected = json!([{ "outcome": "COMPLETED", "message": null }]);
    assert_eq!(attempts["order"]["lines"][0]["attempts"], expected);
}

/// It writes down neither attempts nor questions.
async fn what_the_release_before_has_begun_is_ended(database: Database) {
    let shop = Shop::open(database).await;
    let (admin, customer) = (&shop.world.admin, &shop.world.customer);
    let line = begun(&shop).await;
    let asked = json!({ "id": line, "reason": "Which domain?", "choices": ["Yes"] });
    moved(&shop, admin, "holdOrderLine", asked).await;
    for table in ["order_line_attempt", "order_line_hold"] {
        shop.app.database.execute(&format!("DELETE FROM {table}")).await;
    }
    let answer = json!({ "id": line, "answer": "contoso.example" });
    let resumed = moved(&shop, customer, "resumeOrderLine", answer).await;
    assert_eq!((&resumed["status"], &resumed["holds"]), (&json!("IN_PROGRESS"), &json!([])));
    let failed = json!({ "id": line, "reason": "Sold out" });
    let failed = moved(&shop, admin, "failOrderLine", failed).await;
    let attempt = &failed["attempts"][0];
    assert_eq!(
        (&attempt["attemptNumber"], &attempt["outcome"], &attempt["message"]),
        (&json!(1), &json!("FAILED"), &json!("Sold out"))
    );
}

async fn a_question_is_kept_with_its_answer(database: Database) {
    let shop = Shop::open(database).await;
    let (admin, customer) = (&shop.world.admin, &shop.world.customer);
    let now = shop.app.app.clock.now();
    let line = begun(&shop).await;
    let asked = json!({ "id": line, "reason": "Which domain?" });
    let held = moved(&shop, admin, "holdOrderLine", asked).await;
    let mut first = json!({
        "holdNumber": 1, "question": "Which domain?", "choices": [], "askedBy": admin.subject,
        "askedAt": written(now), "answer": null, "answeredBy": null, "endedAt": null,
    });
    assert_eq!((&held["heldSince"], &held["holds"]), (&json!(written(now)), &json!([first])));

    shop.app.advance(TimeDelta::hours(2));
    let later = written(now + TimeDelta::hours(2));
    let answer = json!({ "id": line, "answer": "contoso.example" });
    let resumed = moved(&shop, customer, "resumeOrderLine", answer).await;
    first["answer"] = json!("contoso.example");
    first["answeredBy"] = json!(customer.subject);
    first["endedAt"] = json!(later);
    assert_eq!(resumed["holds"], json!([first]));
    assert_eq!((&resumed["heldSince"], &resumed["holdReason"]), (&Value::Null, &Value::Null));

    let asked = json!({ "id": line, "reason": "Really?" });
    moved(&shop, admin, "holdOrderLine", asked).await;
    let failed = json!({ "id": line, "reason": "No answer" });
    let failed = moved(&shop, admin, "failOrderLine", failed).await;
    let second = json!({
        "holdNumber": 2, "question": "Really?", "choices": [], "askedBy": admin.subject,
        "askedAt": later, "answer": null, "answeredBy": null, "endedAt": later,
    });
    assert_eq!((&failed["heldSince"], &failed["holds"]), (&Value::Null, &json!([first, second])));
}

async fn a_question_with_answers_to_choose_from_takes_no_other(database: Database) {
    let shop = Shop::open(database).await;
    let (admin, customer) = (&shop.world.admin, &shop.world.customer);
    let line = begun(&shop).await;
    let ask = |choices: Value| json!({ "id": line, "reason": "Where?", "choices": choices });
    for (choices, field) in [
        (json!(["EU", " EU\t"]), "1"),
        (json!(["EU", "\u{200b}"]), "1"),
        (json!(["x".repeat(201)]), "0"),
    ] {
        let refused = shop.api.refused(admin, "holdOrderLine", ask(choices)).await;
        assert_eq!(refused["code"], "VALIDATION_FAILED");
        assert_eq!(refused["field"], json!(["choices", field]));
    }
    let many: Vec<_> = (0..21).map(|number| number.to_string()).collect();
    let refused = shop.api.refused(admin, "holdOrderLine", ask(json!(many))).await;
    assert_eq!(refused["field"], json!(["choices"]));

    let held = moved(&shop, admin, "holdOrderLine", ask(json!(["Europe", "America"]))).await;
    assert_eq!(held["holds"][0]["choices"], json!(["Europe", "America"]));
    for answer in [json!("Asia"), json!("europe"), Value::Null] {
        let answer = json!({ "id": line, "answer": answer });
        let refused = shop.api.refused(customer, "resumeOrderLine", answer).await;
        assert_eq!(refused["code"], "VALIDATION_FAILED");
        assert_eq!(refused["field"], json!(["answer"]));
        assert!(refused["message"].as_str().unwrap().contains("Europe, America"), "{refused}");
    }
    let answer = json!({ "id": line, "answer": " America " });
    let resumed = moved(&shop, customer, "resumeOrderLine", answer).await;
    assert_eq!(
        (&resumed["status"], &resumed["holds"][0]["answer"]),
        (&json!("IN_PROGRESS"), &json!("America"))
    );
}

async fn a_line_says_what_its_caller_may_do(database: Database) {
    let shop = Shop::open(database).await;
    let caller = |role| viewer(shop.world.tenant_id, role, Scope::Tenant);
    let (provisioner, seller) = (caller(Role::Provisioner), caller(Role::Seller));
    let auditor = caller(Role::Auditor);
    let callers = [&provisioner, &shop.world.customer, &seller, &auditor];
    let order = shop.place(&[shop.manual(), shop.manual()]).await;
    let line = json!({ "id": order["lines"][0]["id"] });
    let actions = async || {
        let document = "query ($id: ID!) { orderLine(id: $id) { availableActions } }";
        let mut all = Vec::new();
        for caller in callers {
            let read = shop.api.read(caller, document, line.clone()).await;
            all.push(read["orderLine"]["availableActions"].clone());
        }
        Value::Array(all)
    };
    // Nobody has approved it yet.
    assert_eq!(actions().await, json!([[], [], [], []]));
    shop.carry_out(&order).await;
    assert_eq!(actions().await, json!([["START"], [], [], []]));
    moved(&shop, &provisioner, "startOrderLine", line.clone()).await;
    assert_eq!(actions().await, json!([["COMPLETE", "FAIL", "HOLD"], [], [], []]));
    let asked = json!({ "id": line["id"], "reason": "Where?" });
    moved(&shop, &provisioner, "holdOrderLine", asked).await;
    assert_eq!(actions().await, json!([["FAIL"], ["RESUME"], ["RESUME"], []]));
    let failed = json!({ "id": line["id"], "reason": "Sold out" });
    moved(&shop, &provisioner, "failOrderLine", failed).await;
    assert_eq!(actions().await, json!([["RETRY"], [], ["RETRY"], []]));
    moved(&shop, &seller, "retryOrderLine", line.clone()).await;
    moved(&shop, &provisioner, "startOrderLine", line.clone()).await;
    moved(&shop, &provisioner, "completeOrderLine", line.clone()).await;
    assert_eq!(actions().await, json!([[], [], [], []]));
}

async fn the_buyer_is_shown_what_the_vendor_returns(database: Database) {
    let shop = Shop::open(database).await;
    let (admin, customer) = (&shop.world.admin, &shop.world.customer);
    let line = begun(&shop).await;
    let returned = json!([
        { "name": "Console", "kind": "LINK", "value": "https://vendor.example/c/1" },
        { "name": "Password", "kind": "KEY", "value": "s3cret\nin two lines" },
        { "name": "Region", "kind": "FIELD", "value": "EU" },
    ]);
    let done = json!({ "id": line, "activation": returned });
    moved(&shop, admin, "completeOrderLine", done).await;
    let document = "query ($id: ID!) { orderLine(id: $id) {
        activation { name kind value } subscription { id activation { name kind value } } } }";
    let shown = shop.api.read(customer, document, json!({ "id": line })).await["orderLine"].take();
    assert_eq!(shown["activation"], returned);
    assert_eq!(shown["subscription"]["activation"], returned);

    // A change of the subscription may bring something else, or leave what is there.
    let subscription = shown["subscription"]["id"].clone();
    for (quantity, activation, line_shows, subscription_shows) in [
        (2, Value::Null, json!([]), returned.clone()),
        (3, json!([{ "name": "Seats", "kind": "FIELD", "value": "3" }]), Value::Null, Value::Null),
        (4, json!([]), json!([]), json!([])),
    ] {
        let change = json!({ "id": subscription, "quantity": quantity });
        let order = shop.run(customer, "changeSubscription", change).await;
        shop.carry_out(&order).await;
        let line = &order["lines"][0]["id"];
        moved(&shop, admin, "startOrderLine", json!({ "id": line })).await;
        let done = json!({ "id": line, "activation": activation });
        moved(&shop, admin, "completeOrderLine", done).await;
        let shown = shop.api.read(customer, document, json!({ "id": line })).await;
        let shown = &shown["orderLine"];
        let expected = |shows: Value| if shows.is_null() { activation.clone() } else { shows };
        assert_eq!(shown["activation"], expected(line_shows), "{quantity}");
        assert_eq!(shown["subscription"]["activation"], expected(subscription_shows), "{quantity}");
    }

    // Nobody else's, and nowhere in the log.
    let stranger = given::customer(&shop.app, &shop.world, "C-2").await;
    let hidden = shop.api.read(&stranger, document, json!({ "id": line })).await;
    assert_eq!(hidden["orderLine"], Value::Null);
    let events = event::Entity::find().all(shop.app.app.store.readers()).await.unwrap();
    assert!(!format!("{events:?}").contains("s3cret"));
    let lines = order_line::Entity::find().all(shop.app.app.store.readers()).await.unwrap();
    let (shown, stored) = (format!("{lines:?}"), serde_json::to_string(&lines[0].activation));
    assert!(stored.unwrap().contains("s3cret") && !shown.contains("s3cret"));
}

async fn what_the_vendor_returns_is_checked(database: Database) {
    let shop = Shop::open(database).await;
    let line = begun(&shop).await;
    let item =
        |name: &str, kind: &str, value: &str| json!({ "name": name, "kind": kind, "value": value });
    let long = "x".repeat(4_000);
    let many: Vec<_> = (0..51).map(|number| item(&number.to_string(), "FIELD", "x")).collect();
    let large: Vec<_> = (0..5).map(|number| item(&number.to_string(), "KEY", &long)).collect();
    for (items, field) in [
        (json!([item(" ", "FIELD", "x")]), json!(["activation", "0", "name"])),
        (
            json!([item("A", "FIELD", "x"), item("A ", "KEY", "y")]),
            json!(["activation", "1", "name"]),
        ),
        (json!([item("A", "LINK", "javascript:s3cret")]), json!(["activation", "0", "value"])),
        (json!([item("A", "KEY", "")]), json!(["activation", "0", "value"])),
        (
            json!([item("A", "FIELD", &format!("s3cret{long}"))]),
            json!(["activation", "0", "value"]),
        ),
        (json!(many), json!(["activation"])),
        (json!(large), json!(["activation"])),
    ] {
        let done = json!({ "id": line, "activation": items });
        let refused = shop.api.refused(&shop.world.admin, "completeOrderLine", done).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("VALIDATION_FAILED"), &field));
        assert!(!refused["message"].as_str().unwrap().contains("s3cret"), "{refused}");
    }
    let most: Vec<_> = (0..4).map(|number| item(&number.to_string(), "KEY", &long)).collect();
    let done = json!({ "id": line, "activation": most });
    let done = moved(&shop, &shop.world.admin, "completeOrderLine", done).await;
    assert_eq!(done["status"], "COMPLETED");
}

async fn a_sandbox_simulates_what_its_buyers_choose(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let customer = &shop.world.customer;
    let simulated = async |line: &Value, outcome: &str| {
        let input = json!({ "id": line, "outcome": outcome });
        let mut line = moved(&shop, customer, "simulateOrderLine", input).await;
        line["status"].take()
    };
    let order = shop.place(&[shop.manual(), shop.manual(), shop.manual()]).await;
    let lines: Vec<_> = (0..3).map(|line| order["lines"][line]["id"].clone()).collect();
    let early = json!({ "id": lines[0], "outcome": "COMPLETES" });
    let refused = shop.api.refused(customer, "simulateOrderLine", early).await;
    assert_eq!(refused["code"], "ORDER_STATUS_CONFLICT");
    shop.app.run_jobs().await;

    assert_eq!(simulated(&lines[0], "COMPLETES").await, "COMPLETED");
    assert_eq!(simulated(&lines[1], "NEVER_ANSWERS").await, "IN_PROGRESS");
    assert_eq!(simulated(&lines[1], "ASKS").await, "ON_HOLD");
    assert_eq!(shop.order(&order).await["status"], "ON_HOLD");
    let again = json!({ "id": lines[1], "outcome": "NEVER_ANSWERS" });
    let refused = shop.api.refused(customer, "simulateOrderLine", again).await;
    assert_eq!(refused["code"], "LINE_STATUS_CONFLICT");
    let answer = json!({ "id": lines[1], "answer": "Yes" });
    moved(&shop, customer, "resumeOrderLine", answer).await;
    assert_eq!(simulated(&lines[1], "COMPLETES").await, "COMPLETED");
    assert_eq!(simulated(&lines[2], "FAILS").await, "FAILED");
    let done = shop.order(&order).await;
    assert_eq!(done["status"], "PARTIALLY_COMPLETED");
    assert_eq!(statuses(&done["subscriptions"]), ["ACTIVE", "ACTIVE", "PENDING"]);
    assert!(done["lines"][2]["failureReason"].as_str().unwrap().starts_with("Simulated"));

    let document = "query ($id: ID!) { orderLine(id: $id) { activation { kind value }
        order { history(first: 100) { nodes { actor orderLine { id } } } } } }";
    let read = shop.api.read(customer, document, json!({ "id": lines[0] })).await;
    let link = &read["orderLine"]["activation"][0];
    assert!(link["value"].as_str().unwrap().starts_with("https://vendor.example/"), "{link}");
    let events = read["orderLine"]["order"]["history"]["nodes"].as_array().unwrap();
    let mut of_lines = events.iter().filter(|event| !event["orderLine"].is_null());
    assert!(of_lines.all(|event| event["actor"] == json!(customer.subject)), "{events:?}");
}

async fn in_production_nothing_is_simulated(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    shop.app.database.execute("UPDATE tenant SET kind = 'PRODUCTION'").await;
    let order = shop.place(&[shop.manual()]).await;
    shop.app.run_jobs().await;
    let line = &order["lines"][0]["id"];
    for viewer in [&shop.world.customer, &shop.world.admin] {
        let input = json!({ "id": line, "outcome": "COMPLETES" });
        let refused = shop.api.refused(viewer, "simulateOrderLine", input).await;
        assert_eq!(refused["code"], "SANDBOX_ONLY");
    }
    assert_eq!(shop.order(&order).await["lines"][0]["status"], "PENDING");
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// APX-26, APX-16.
async fn an_order_ends_as_its_lines_do(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.bought(&[shop.manual(), shop.manual()]).await;
    assert_eq!(
        (&order["status"], &order["lines"][0]["status"]),
        (&json!("PROVISIONING"), &json!("PENDING"))
    );
    let (one, other) = (&order["lines"][0], &order["lines"][1]);
    let moves = [
        ("startOrderLine", one, None, "PROVISIONING", ["IN_PROGRESS", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["IN_PROGRESS", "IN_PROGRESS"]),
        ("holdOrderLine", one, Some("Which domain?"), "ON_HOLD", ["ON_HOLD", "IN_PROGRESS"]),
        ("resumeOrderLine", one, None, "PROVISIONING", ["IN_PROGRESS", "IN_PROGRESS"]),
        ("completeOrderLine", one, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
        ("failOrderLine", other, Some("Sold out"), "PARTIALLY_COMPLETED", ["COMPLETED", "FAILED"]),
        ("retryOrderLine", other, None, "PROVISIONING", ["COMPLETED", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
        ("holdOrderLine", other, Some("Where?"), "ON_HOLD", ["COMPLETED", "ON_HOLD"]),
        ("failOrderLine", other, Some("No answer"), "PARTIALLY_COMPLETED", ["COMPLETED", "FAILED"]),
        ("retryOrderLine", other, None, "PROVISIONING", ["COMPLETED", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
    ];
    for (mutation, line, reason, status, lines) in moves {
        let after = shop.move_line(mutation, line, reason).await;
        assert_eq!(
            (after["status"].as_str(), statuses(&after["lines"])),
            (Some(status), lines.to_vec()),
            "{mutation}"
        );
        if mutation == "failOrderLine" {
            assert_eq!(after["lines"][1]["failureReason"].as_str(), reason);
        }
    }
    let completed = shop.move_line("completeOrderLine", other, None).await;
    assert_eq!(
        (&completed["status"], &completed["lines"][1]["attemptCount"]),
        (&json!("COMPLETED"), &json!(3))
    );
    assert_eq!(statuses(&completed["subscriptions"]), ["ACTIVE", "ACTIVE"]);

    let failed = shop.bought(&[shop.manual()]).await;
    let line = &failed["lines"][0];
    shop.move_line("startOrderLine", line, None).await;
    let failed = shop.move_line("failOrderLine", line, Some("Sold out")).await;
    assert_eq!(
        (&failed["status"], &failed["subscriptions"][0]["status"]),
        (&json!("FAILED"), &json!("PENDING"))
    );
}
