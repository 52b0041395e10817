//! Lines that are carried out by a webhook: what the vendor is told, and what comes of what it answers.

use std::time::Duration;

use chrono::TimeDelta;
use domain::viewer::Scope;
use entity::Role;
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use super::receiver::{Manner, Receiver};
use crate::{
    on_both_databases,
    support::{
        api::Api,
        database::Database,
        given::{self, World},
        shop::Shop,
    },
};

on_both_databases!(
    a_line_is_posted_and_what_the_vendor_answers_is_done,
    a_line_that_the_vendor_fails_is_posted_again_when_it_is_retried,
    a_question_goes_to_the_buyer_and_its_answer_to_the_vendor,
    a_vendor_that_answers_later_does_so_by_a_mutation,
    an_answer_that_cannot_be_taken_is_kept_with_why_and_the_line_is_posted_again,
    a_vendor_that_never_answers_fails_the_line_in_the_end,
    a_vendor_that_took_a_line_on_and_says_no_more_fails_it_in_the_end,
    one_that_is_gone_is_disabled_and_its_lines_wait,
    nothing_goes_where_a_caller_may_not_be,
    of_two_answers_one_is_taken,
    whoever_lost_its_lease_takes_no_answer_and_the_line_is_posted_again,
    two_nodes_post_each_line_once,
    a_slow_vendor_s_lines_are_posted_side_by_side,
    whoever_asks_has_lines_posted_at_once,
    a_vendor_is_told_what_its_document_selects,
    a_sandbox_says_that_it_is_one_and_its_outcomes_can_be_chosen,
    another_tenant_s_endpoint_is_the_same_as_none,
    what_cannot_be_is_refused_by_its_field,
    an_endpoint_in_use_stays_and_lines_without_one_wait_for_people,
    a_vendor_is_asked_whether_a_line_may_be_cancelled,
);

/// A shop whose manual product is carried out by a vendor.
struct Scene {
    shop: Shop,
    vendor: Receiver,
    endpoint: String,
    secret: String,
    product: String,
}

/// How long the vendor has to answer.
const HOUR: TimeDelta = TimeDelta::minutes(60);

async fn endpoint_of(api: &Api, world: &World, vendor: &Receiver) -> (String, String) {
    let input = json!({ "url": vendor.url(), "purpose": "PROVISIONING" });
    let selection = "webhookEndpoint { id purpose kinds } secret";
    let made = api.done(&world.admin, "createWebhookEndpoint", input, selection).await;
    let endpoint = &made["webhookEndpoint"];
    assert_eq!((&endpoint["purpose"], &endpoint["kinds"]), (&json!("PROVISIONING"), &json!([])));
    (text(&endpoint["id"]), text(&made["secret"]))
}

async fn product_of(api: &Api, world: &World) -> String {
    let offer = json!({ "id": Id(world.manual_offer).to_string() });
    let document = "query Read($id: ID!) { offer(id: $id) { product { id } } }";
    text(&api.read(&world.admin, document, offer).await["offer"]["product"]["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Scene {
    async fn set(database: Database) -> Self {
        let shop = Shop::open_with_approval(database, false).await;
        let vendor = Receiver::start().await;
        let (endpoint, secret) = endpoint_of(&shop.api, &shop.world, &vendor).await;
        let product = product_of(&shop.api, &shop.world).await;
        let scene = Self { shop, vendor, endpoint, secret, product };
        scene.carried_out_by(&scene.endpoint).await;
        scene
    }

    async fn carried_out_by(&self, endpoint: &str) {
        let update = json!({
            "id": self.product, "provisioning": "WEBHOOK", "provisioningEndpointId": endpoint,
            "answerWithinMinutes": HOUR.num_minutes(),
        });
        self.change_product(update).await;
    }

    async fn change_product(&self, update: Value) {
        let seller = self.shop.world.seller();
        self.shop.api.done(&seller, "updateProduct", update, "").await;
    }

    /// Orders the product; the line.
    async fn order(&self) -> String {
        let order = self.shop.place(&[self.shop.manual()]).await;
        text(&order["lines"][0]["id"])
    }

    /// The same, and has it posted.
    async fn ordered(&self) -> String {
        let line = self.order().await;
        self.jobs().await;
        line
    }

    async fn jobs(&self) {
        self.shop.app.run_jobs().await;
    }

    async fn later(&self, by: TimeDelta) {
        self.shop.app.advance(by);
        self.jobs().await;
    }

    async fn line(&self, id: &str, selection: &str) -> Value {
        let document = format!("query Run($id: ID!) {{ orderLine(id: $id) {{ {selection} }} }}");
        self.shop.read(&document, &json!(id)).await["orderLine"].take()
    }

    async fn status(&self, line: &str) -> String {
        text(&self.line(line, "status").await["status"])
    }

    /// The newest attempt at a line.
    async fn attempt(&self, line: &str, selection: &str) -> Value {
        let mut line = self.line(line, &format!("attempts {{ {selection} }}")).await;
        line["attempts"].as_array_mut().unwrap().pop().unwrap()
    }

    /// What was posted, newest first.
    async fn deliveries(&self) -> Vec<Value> {
        let document = "query Run($id: ID!) { webhookEndpoint(id: $id) { deliveries(first: 100) {
            nodes { eventId position orderLine { id } attempt delivered statusCode error answer }
        } } }";
        let mut read = self.shop.read(document, &json!(self.endpoint)).await;
        read["webhookEndpoint"]["deliveries"]["nodes"].as_array_mut().unwrap().split_off(0)
    }

    async fn by_hand(&self, mutation: &str, input: Value) {
        let (api, admin) = (&self.shop.api, &self.shop.world.admin);
        api.done(admin, mutation, input, "orderLine { id }").await;
    }

    async fn keep(&self, mutation: &str, input: Value) {
        let (api, admin) = (&self.shop.api, &self.shop.world.admin);
        api.done(admin, mutation, input, "webhookEndpoint { id }").await;
    }

    async fn refused(&self, mutation: &str, input: Value) -> Value {
        self.shop.api.refused(&self.shop.world.admin, mutation, input).await
    }
}

fn completed() -> Value {
    json!({ "status": "completed" })
}

async fn a_line_is_posted_and_what_the_vendor_answers_is_done(database: Database) {
    let scene = Scene::set(database).await;
    let item = json!({ "name": "Console", "kind": "LINK", "value": "https://vendor.example/t/1" });
    let answer = json!({
        "status": "completed", "provisioningReference": "T-1", "activation": [item],
    });
    scene.vendor.say(&answer);
    let line = scene.ordered().await;
    let messages = scene.vendor.messages();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    let attempt = scene.attempt(&line, "id").await["id"].clone();
    assert_eq!((json!(message.id()), &message.body["id"]), (attempt.clone(), &attempt));
    assert_eq!(message.signatures(), [message.signed_with(&scene.secret)]);
    assert_eq!(message.header("content-type"), "application/json");
    let body = &message.body;
    assert_eq!((&body["type"], &body["sandbox"]), (&json!("ORDER_LINE_BEGUN"), &json!(true)));
    assert_eq!(body["timestamp"], "2026-03-02T09:00:00Z");
    assert_eq!(body["answerBy"], "2026-03-02T10:00:00Z");
    assert_eq!(body.get("errors"), None, "{body}");
    let told = &body["data"]["orderLine"];
    assert_eq!(
        (&told["id"], &told["action"], &told["quantity"], &told["offer"]["code"]),
        (&json!(line), &json!("BUY"), &json!(1), &json!("MANUAL-1"))
    );
    assert_eq!(told["order"]["customer"]["customerNumber"], "C-1");

    let selection = "status provisioning provisioningReference activation { name kind value }
        availableActions order { status history(first: 50) { nodes { toStatus actor actorKind
        orderLine { id } } } } subscription { status activation { name } }";
    let read = scene.line(&line, selection).await;
    assert_eq!(
        (&read["status"], &read["provisioning"], &read["provisioningReference"]),
        (&json!("COMPLETED"), &json!("WEBHOOK"), &json!("T-1"))
    );
    assert_eq!(read["activation"], json!([item]));
    assert_eq!(
        (&read["order"]["status"], &read["availableActions"]),
        (&json!("COMPLETED"), &json!([]))
    );
    assert_eq!(read["subscription"]["status"], "ACTIVE");
    let events = read["order"]["history"]["nodes"].as_array().unwrap();
    let ended = events
        .iter()
        .find(|it| it["orderLine"]["id"] == line.as_str() && it["toStatus"] == "COMPLETED");
    let (actor, kind) = (json!(format!("webhook:{}", scene.endpoint)), json!("WEBHOOK_ENDPOINT"));
    assert_eq!((&ended.unwrap()["actor"], &ended.unwrap()["actorKind"]), (&actor, &kind));
    let attempt = scene
        .attempt(&line, "outcome webhookEndpointId answerBy acceptedAt posts statusCode error")
        .await;
    let expected = json!({
        "outcome": "COMPLETED", "webhookEndpointId": scene.endpoint,
        "answerBy": "2026-03-02T10:00:00Z", "acceptedAt": null, "posts": 1, "statusCode": 200,
        "error": null,
    });
    assert_eq!(attempt, expected);
    // What the vendor returns may be a key, and is kept in one place.
    let delivery = json!({
        "eventId": null, "position": null, "orderLine": { "id": line }, "attempt": 1,
        "delivered": true, "statusCode": 200, "error": null, "answer": null,
    });
    assert_eq!(scene.deliveries().await, [delivery]);
    scene.later(TimeDelta::days(2)).await;
    assert_eq!(scene.vendor.ids().len(), 1);
    assert_eq!(scene.status(&line).await, "COMPLETED");

    // Where it went is the seller's business.
    let document = "query Run($id: ID!) { orderLine(id: $id) { product { provisioningEndpointId
        answerWithinMinutes } attempts { webhookEndpointId posts error } } }";
    let customer = &scene.shop.world.customer;
    let read = scene.shop.api.read(customer, document, json!({ "id": line })).await;
    let expected = json!({
        "product": { "provisioningEndpointId": null, "answerWithinMinutes": 60 },
        "attempts": [{ "webhookEndpointId": null, "posts": 1, "error": null }],
    });
    assert_eq!(read["orderLine"], expected);
    let read = scene.shop.read(document, &json!(line)).await;
    assert_eq!(read["orderLine"]["product"]["provisioningEndpointId"], json!(scene.endpoint));
}

async fn a_line_that_the_vendor_fails_is_posted_again_when_it_is_retried(database: Database) {
    let scene = Scene::set(database).await;
    let failed =
        json!({ "status": "failed", "reason": "Sold out", "provisioningReference": "T-1" });
    scene.vendor.say(&failed);
    let line = scene.ordered().await;
    let read = scene.line(&line, "status failureReason order { status reason }").await;
    assert_eq!((&read["status"], &read["failureReason"]), (&json!("FAILED"), &json!("Sold out")));
    assert_eq!(read["order"]["status"], "FAILED");
    let first = scene.attempt(&line, "id outcome message provisioningReference").await;
    assert_eq!(
        (&first["outcome"], &first["message"], &first["provisioningReference"]),
        (&json!("FAILED"), &json!("Sold out"), &json!("T-1"))
    );
    scene.later(TimeDelta::minutes(5)).await;
    assert_eq!(scene.vendor.ids().len(), 1);

    scene.vendor.say(&completed());
    scene.by_hand("retryOrderLine", json!({ "id": line })).await;
    assert_eq!(scene.status(&line).await, "IN_PROGRESS");
    scene.jobs().await;
    assert_eq!(scene.status(&line).await, "COMPLETED");
    let second = scene.attempt(&line, "id attemptNumber answerBy").await;
    assert_eq!(
        (&second["attemptNumber"], &second["answerBy"]),
        (&json!(2), &json!("2026-03-02T10:05:00Z"))
    );
    assert_eq!(json!(scene.vendor.ids()), json!([first["id"], second["id"]]));
}

async fn a_question_goes_to_the_buyer_and_its_answer_to_the_vendor(database: Database) {
    let scene = Scene::set(database).await;
    let asked = json!({ "status": "held", "reason": "Which region?", "choices": ["EU", "US"] });
    scene.vendor.say(&asked);
    let line = scene.ordered().await;
    let selection = "status holdReason order { status }
        holds { id question choices askedBy answer } attempts { answerBy }";
    let read = scene.line(&line, selection).await;
    assert_eq!(
        (&read["status"], &read["holdReason"], &read["order"]["status"]),
        (&json!("ON_HOLD"), &json!("Which region?"), &json!("ON_HOLD"))
    );
    let hold = &read["holds"][0];
    assert_eq!(hold["choices"], json!(["EU", "US"]));
    assert_eq!(hold["askedBy"], json!(format!("webhook:{}", scene.endpoint)));
    assert_eq!(read["attempts"][0]["answerBy"], Value::Null, "the vendor does not wait for itself");
    // However long the buyer takes, nothing fails and nothing is posted.
    scene.later(TimeDelta::days(3)).await;
    assert_eq!((scene.status(&line).await.as_str(), scene.vendor.ids().len()), ("ON_HOLD", 1));

    scene.vendor.say(&completed());
    let customer = &scene.shop.world.customer;
    let answer = json!({ "id": line, "answer": "US" });
    scene.shop.api.done(customer, "resumeOrderLine", answer, "orderLine { id }").await;
    let attempt = scene.attempt(&line, "answerBy posts").await;
    assert_eq!(attempt, json!({ "answerBy": "2026-03-05T10:00:00Z", "posts": 0 }));
    scene.jobs().await;
    let message = scene.vendor.messages().pop().unwrap();
    assert_eq!(
        (json!(message.id()), &message.body["type"]),
        (hold["id"].clone(), &json!("ORDER_LINE_ANSWERED"))
    );
    let told = &message.body["data"]["orderLine"]["holds"];
    assert_eq!(*told, json!([{ "question": "Which region?", "answer": "US" }]));
    assert_eq!(scene.status(&line).await, "COMPLETED");
    assert_eq!(scene.vendor.ids().len(), 2);
}

async fn a_vendor_that_answers_later_does_so_by_a_mutation(database: Database) {
    let scene = Scene::set(database).await;
    for (status, body) in [(202, "queued"), (204, ""), (200, " \n")] {
        scene.vendor.behave(Manner::Say(status, body.to_owned(), Duration::ZERO));
        scene.vendor.forget();
        let line = scene.ordered().await;
        let accepted = scene.attempt(&line, "acceptedAt statusCode outcome").await;
        assert!(accepted["acceptedAt"].is_string(), "{accepted}");
        assert_eq!((&accepted["statusCode"], &accepted["outcome"]), (&json!(status), &Value::Null));
        scene.later(TimeDelta::minutes(55)).await;
        assert_eq!(scene.vendor.ids().len(), 1, "it is not posted again");
        let actions = scene.line(&line, "status availableActions").await;
        let expected = json!({
            "status": "IN_PROGRESS", "availableActions": ["COMPLETE", "FAIL", "HOLD"],
        });
        assert_eq!(actions, expected);
        scene.by_hand("completeOrderLine", json!({ "id": line })).await;
        scene.later(TimeDelta::hours(2)).await;
        assert_eq!(
            (scene.status(&line).await.as_str(), scene.vendor.ids().len()),
            ("COMPLETED", 1)
        );
    }
}

async fn an_answer_that_cannot_be_taken_is_kept_with_why_and_the_line_is_posted_again(
    database: Database,
) {
    let scene = Scene::set(database).await;
    let too_long = "a".repeat(1_001);
    let item = |value: &str| json!([{ "name": "Link", "kind": "LINK", "value": value }]);
    let same = json!([
        { "name": "Key", "kind": "KEY", "value": "1" }, { "name": "Key", "kind": "KEY", "value": "2" },
    ]);
    let said = |text: String| Manner::Say(200, text, Duration::ZERO);
    let wrong = [
        (said("so be it".to_owned()), "not JSON", Some(200)),
        (said(json!({ "status": "done" }).to_string()), "done", Some(200)),
        (said(json!({ "status": "a".repeat(9_000) }).to_string()), "aaa", Some(200)),
        (said(json!({ "status": "\0" }).to_string()), "U+0000", Some(200)),
        (said(json!({ "status": "failed", "reason": "a\0b" }).to_string()), "U+0000", Some(200)),
        (said(json!({ "status": "completed", "a\0b": 1 }).to_string()), "a\u{fffd}b", Some(200)),
        (
            said(json!({ "status": "completed", "activations": [] }).to_string()),
            "activations",
            Some(200),
        ),
        (said(json!({ "status": "failed", "reason": " " }).to_string()), "reason: ", Some(200)),
        (
            said(json!({ "status": "failed", "reason": too_long }).to_string()),
            "reason: ",
            Some(200),
        ),
        (
            said(json!({ "status": "held", "reason": "?", "choices": ["A", "A"] }).to_string()),
            "choices.1: ",
            Some(200),
        ),
        (
            said(json!({ "status": "completed", "activation": item("javascript:0") }).to_string()),
            "activation.0.value: ",
            Some(200),
        ),
        (
            said(json!({ "status": "completed", "activation": same }).to_string()),
            "activation.1.name: ",
            Some(200),
        ),
        (Manner::Flood, "more than 65536 bytes", Some(200)),
        (Manner::Answer(500), "", Some(500)),
        (Manner::Answer(404), "", Some(404)),
    ];
    let line = scene.order().await;
    let mut posts = 0;
    for (manner, why, status) in wrong {
        scene.vendor.behave(manner.clone());
        scene.later(TimeDelta::zero()).await;
        posts += 1;
        assert_eq!(scene.vendor.ids().len(), posts, "{manner:?}");
        let attempt = scene.attempt(&line, "posts statusCode error outcome").await;
        assert_eq!(
            (&attempt["posts"], &attempt["statusCode"], &attempt["outcome"]),
            (&json!(posts), &json!(status), &Value::Null)
        );
        let error = attempt["error"].as_str().unwrap_or_default();
        assert!(error.contains(why) && error.len() <= 256, "{manner:?} {attempt}");
        let delivery = scene.deliveries().await;
        let delivery = delivery.iter().find(|it| it["attempt"] == json!(posts)).unwrap();
        assert_eq!(
            (&delivery["delivered"], &delivery["error"]),
            (&json!(false), &attempt["error"])
        );
        assert_eq!(delivery["answer"].is_null(), status == Some(200), "{delivery}");
        assert_eq!(scene.status(&line).await, "IN_PROGRESS");
        scene.jobs().await;
        assert_eq!(scene.vendor.ids().len(), posts, "nothing goes before its time");
        // Pauses would be longer than the vendor has.
        scene.keep("retryWebhook", json!({ "id": scene.endpoint })).await;
    }
    let read = "query Run($id: ID!) { webhookEndpoint(id: $id) { status failures failingSince } }";
    let told = scene.shop.read(read, &json!(scene.endpoint)).await;
    let failing = json!({
        "status": "ENABLED", "failures": posts, "failingSince": "2026-03-02T09:00:00Z",
    });
    assert_eq!(told["webhookEndpoint"], failing);
    scene.vendor.say(&completed());
    scene.jobs().await;
    assert_eq!(scene.status(&line).await, "COMPLETED");
    let ids = scene.vendor.ids();
    assert_eq!(ids, vec![ids[0].clone(); posts + 1], "a vendor can tell that it is the same");
    let attempt = scene.attempt(&line, "posts error statusCode").await;
    assert_eq!(attempt, json!({ "posts": posts + 1, "error": null, "statusCode": 200 }));
    let read = "query Run($id: ID!) { webhookEndpoint(id: $id) { failures } }";
    let read = scene.shop.read(read, &json!(scene.endpoint)).await;
    assert_eq!(read["webhookEndpoint"]["failures"], 0);
}

async fn a_vendor_that_never_answers_fails_the_line_in_the_end(database: Database) {
    let scene = Scene::set(database).await;
    scene.vendor.behave(Manner::Hang);
    let line = scene.ordered().await;
    let attempt = scene.attempt(&line, "error statusCode posts").await;
    let expected = json!({
        "error": "There was no answer within 3 s.", "statusCode": null, "posts": 1,
    });
    assert_eq!(attempt, expected);
    scene.vendor.behave(Manner::Answer(503));
    for _ in 0..11 {
        scene.later(TimeDelta::minutes(5)).await;
    }
    assert_eq!(scene.status(&line).await, "IN_PROGRESS");
    let posts = scene.vendor.ids();
    assert!((5..12).contains(&posts.len()), "{}", posts.len());
    scene.later(TimeDelta::minutes(5)).await;
    let read = scene.line(&line, "status failureReason order { status }").await;
    assert_eq!((&read["status"], &read["order"]["status"]), (&json!("FAILED"), &json!("FAILED")));
    let reason = text(&read["failureReason"]);
    assert!(reason.contains("2026-03-02T10:00:00Z"), "{reason}");
    // It is too late now.
    let late = scene.refused("completeOrderLine", json!({ "id": line })).await;
    assert_eq!((&late["code"], &late["field"]), (&json!("LINE_STATUS_CONFLICT"), &json!(["id"])));
    let before = scene.vendor.ids().len();
    scene.later(TimeDelta::days(1)).await;
    assert_eq!(scene.vendor.ids().len(), before);
}

async fn a_vendor_that_took_a_line_on_and_says_no_more_fails_it_in_the_end(database: Database) {
    let scene = Scene::set(database).await;
    scene.vendor.behave(Manner::Answer(202));
    let line = scene.ordered().await;
    scene.later(HOUR - TimeDelta::seconds(1)).await;
    assert_eq!(scene.status(&line).await, "IN_PROGRESS");
    scene.later(TimeDelta::seconds(1)).await;
    let read = scene.line(&line, "status failureReason").await;
    let reason = text(&read["failureReason"]);
    assert_eq!(read["status"], "FAILED");
    assert!(
        reason.contains("took the line on") && reason.contains("2026-03-02T10:00:00Z"),
        "{reason}"
    );
    for mutation in ["completeOrderLine", "holdOrderLine", "failOrderLine"] {
        let mut input = json!({ "id": line });
        if mutation != "completeOrderLine" {
            input["reason"] = json!("Late");
        }
        let late = scene.refused(mutation, input).await;
        assert_eq!(late["code"], "LINE_STATUS_CONFLICT");
    }
}

async fn one_that_is_gone_is_disabled_and_its_lines_wait(database: Database) {
    let scene = Scene::set(database).await;
    scene.vendor.behave(Manner::Answer(410));
    let line = scene.ordered().await;
    let read = "query Run($id: ID!) { webhookEndpoint(id: $id) { status disabledReason } }";
    let told = scene.shop.read(read, &json!(scene.endpoint)).await;
    let gone = json!({ "status": "DISABLED", "disabledReason": "GONE" });
    assert_eq!(told["webhookEndpoint"], gone);
    scene.vendor.say(&completed());
    scene.later(TimeDelta::minutes(30)).await;
    assert_eq!((scene.status(&line).await.as_str(), scene.vendor.ids().len()), ("IN_PROGRESS", 1));
    scene.keep("updateWebhookEndpoint", json!({ "id": scene.endpoint, "status": "ENABLED" })).await;
    scene.jobs().await;
    assert_eq!(scene.status(&line).await, "COMPLETED");
}

async fn nothing_goes_where_a_caller_may_not_be(database: Database) {
    let scene = Scene::set(database).await;
    let elsewhere = Receiver::start().await;
    elsewhere.say(&completed());
    scene.vendor.behave(Manner::Redirect(elsewhere.url()));
    let line = scene.ordered().await;
    assert_eq!(elsewhere.ids(), [""; 0]);
    assert_eq!(scene.attempt(&line, "statusCode").await["statusCode"], 307);
    scene.vendor.say(&completed());
    scene.vendor.forget();
    for address in ["10.0.0.1", "169.254.169.254", "64:ff9b::a00:1"] {
        scene.shop.app.lead_names_to(&[address]);
        scene.keep("retryWebhook", json!({ "id": scene.endpoint })).await;
        scene.jobs().await;
        let error = scene.attempt(&line, "error").await["error"].clone();
        assert_eq!(error, "The host is not on the public internet.");
    }
    assert_eq!(scene.vendor.ids(), [""; 0]);
    scene.shop.app.lead_names_to(&["127.0.0.1"]);
    scene.later(TimeDelta::minutes(30)).await;
    assert_eq!(scene.status(&line).await, "COMPLETED");
    let input = json!({ "url": "https://10.0.0.1/", "purpose": "PROVISIONING" });
    let refused = scene.refused("createWebhookEndpoint", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("VALIDATION_FAILED"), &json!(["url"]))
    );
}

async fn of_two_answers_one_is_taken(database: Database) {
    let scene = Scene::set(database).await;
    let slowly = |answer: Value| Manner::Say(200, answer.to_string(), Duration::from_millis(400));
    let failed = json!({ "status": "failed", "reason": "By the endpoint" });
    for (answer, mutation) in [(failed, "completeOrderLine"), (completed(), "failOrderLine")] {
        scene.vendor.behave(slowly(answer));
        scene.vendor.forget();
        let line = scene.order().await;
        let by_hand = async {
            while scene.vendor.ids().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let mut input = json!({ "id": line });
            if mutation == "failOrderLine" {
                input["reason"] = json!("By hand");
            }
            scene.by_hand(mutation, input).await;
        };
        tokio::join!(scene.jobs(), by_hand);
        let expected = if mutation == "failOrderLine" { "FAILED" } else { "COMPLETED" };
        assert_eq!(scene.status(&line).await, expected);
        let outcome = scene.attempt(&line, "outcome message").await;
        let message = (expected == "FAILED").then_some("By hand");
        assert_eq!(outcome, json!({ "outcome": expected, "message": message }));
        let delivery = &scene.deliveries().await[0];
        assert_eq!(delivery["delivered"], true, "the vendor did answer");
        scene.later(TimeDelta::hours(2)).await;
        assert_eq!((scene.status(&line).await.as_str(), scene.vendor.ids().len()), (expected, 1));
    }
}

async fn whoever_lost_its_lease_takes_no_answer_and_the_line_is_posted_again(database: Database) {
    let scene = Scene::set(database).await;
    let slowly = Manner::Say(200, completed().to_string(), Duration::from_millis(400));
    scene.vendor.behave(slowly);
    let line = scene.order().await;
    // As if this node had been paused after the vendor has answered.
    let lost = async {
        while scene.vendor.ids().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let lost = "UPDATE lease SET token = token + 1, holder = NULL, expires_at = 0 WHERE name = 'webhooks'";
        scene.shop.app.database.execute(lost).await;
        scene.vendor.say(&completed());
    };
    tokio::join!(scene.jobs(), lost);
    scene.jobs().await;
    assert_eq!(scene.status(&line).await, "COMPLETED");
    let ids = scene.vendor.ids();
    assert_eq!(ids, vec![ids[0].clone(); 2], "a vendor can tell that it is the same");
    assert_eq!(scene.attempt(&line, "posts").await["posts"], 1, "only one was kept");
}

async fn two_nodes_post_each_line_once(database: Database) {
    if !database.is_postgres() {
        return; // SQLite has one node.
    }
    let scene = Scene::set(database).await;
    scene.vendor.say(&completed());
    let nodes = [scene.shop.app.beside().await, scene.shop.app.beside().await];
    for node in &nodes {
        node.join_nodes();
        node.start_jobs();
    }
    let mut lines = Vec::new();
    for _ in 0..5 {
        lines.push(scene.order().await);
    }
    all_completed(&scene, &lines).await;
    nodes[0].stop().await;
    lines.push(scene.order().await);
    all_completed(&scene, &lines).await;
    nodes[1].stop().await;
    let mut ids = scene.vendor.ids();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), scene.vendor.ids().len()), (6, 6));
}

async fn all_completed(scene: &Scene, lines: &[String]) {
    for line in lines {
        while scene.status(line).await != "COMPLETED" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn a_slow_vendor_s_lines_are_posted_side_by_side(database: Database) {
    let scene = Scene::set(database).await;
    let mut lines = Vec::new();
    for _ in 0..4 {
        lines.push(scene.order().await);
    }
    // Each is waited for for three seconds.
    scene.vendor.behave(Manner::Hang);
    let all_there = async {
        while scene.vendor.ids().len() < lines.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        scene.attempt(&lines[0], "posts").await
    };
    let ((), first) = tokio::join!(scene.jobs(), all_there);
    assert_eq!(first["posts"], 0, "all were on their way before the first one failed");
    scene.vendor.say(&completed());
    scene.later(TimeDelta::minutes(1)).await;
    all_completed(&scene, &lines).await;
}

async fn whoever_asks_has_lines_posted_at_once(database: Database) {
    let scene = Scene::set(database).await;
    scene.vendor.behave(Manner::Answer(500));
    let lines = [scene.order().await, scene.order().await];
    scene.jobs().await;
    scene.vendor.say(&completed());
    scene.jobs().await;
    assert_eq!(scene.status(&lines[0]).await, "IN_PROGRESS");
    scene.keep("retryWebhook", json!({ "id": scene.endpoint })).await;
    scene.jobs().await;
    for line in &lines {
        assert_eq!(scene.status(line).await, "COMPLETED");
    }
}

async fn a_vendor_is_told_what_its_document_selects(database: Database) {
    let scene = Scene::set(database).await;
    let document = "query Mine($id: ID!) { it: orderLine(id: $id) { ...What } }
        fragment What on OrderLine { quantity order { customer { name } } }";
    let update = json!({ "id": scene.endpoint, "document": document });
    scene.keep("updateWebhookEndpoint", update).await;
    scene.vendor.say(&completed());
    scene.ordered().await;
    let message = scene.vendor.messages().remove(0);
    let expected =
        json!({ "it": { "quantity": 1, "order": { "customer": { "name": "Contoso" } } } });
    assert_eq!(message.body["data"], expected);
    scene.keep("sendWebhookTest", json!({ "id": scene.endpoint })).await;
    scene.jobs().await;
    assert_eq!(scene.vendor.messages().pop().unwrap().body["type"], "TEST");
}

async fn a_sandbox_says_that_it_is_one_and_its_outcomes_can_be_chosen(database: Database) {
    let scene = Scene::set(database).await;
    let customer = &scene.shop.world.customer;
    let choose = async |line: &str, outcome: &str| {
        let input = json!({ "id": line, "outcome": outcome });
        scene.shop.api.done(customer, "simulateOrderLine", input, "orderLine { id }").await;
    };
    scene.vendor.behave(Manner::Answer(500));
    let line = scene.ordered().await;
    assert_eq!(scene.vendor.messages()[0].body["sandbox"], true);
    choose(&line, "COMPLETES").await;
    scene.later(TimeDelta::hours(2)).await;
    assert_eq!((scene.status(&line).await.as_str(), scene.vendor.ids().len()), ("COMPLETED", 1));

    // Silence is an outcome, too.
    scene.vendor.forget();
    let line = scene.ordered().await;
    choose(&line, "NEVER_ANSWERS").await;
    scene.vendor.say(&completed());
    scene.later(TimeDelta::minutes(30)).await;
    assert_eq!((scene.status(&line).await.as_str(), scene.vendor.ids().len()), ("IN_PROGRESS", 1));
    scene.later(TimeDelta::minutes(30)).await;
    assert_eq!(scene.status(&line).await, "FAILED");

    scene.shop.app.database.execute("UPDATE tenant SET kind = 'PRODUCTION'").await;
    scene.vendor.forget();
    scene.ordered().await;
    assert_eq!(scene.vendor.messages()[0].body["sandbox"], false);
}

/// Nothing of a sandbox reaches where another tenant has its lines posted.
async fn another_tenant_s_endpoint_is_the_same_as_none(database: Database) {
    let scene = Scene::set(database).await;
    scene.vendor.say(&completed());
    let other = given::world_with_approval(&scene.shop.app, false).await;
    let product = product_of(&scene.shop.api, &other).await;
    let nobody_s = "webhookendpoint_019a2f0c4e5b7d21a7c3f0f2b0a1c9d4";
    let mut answers = Vec::new();
    for endpoint in [scene.endpoint.as_str(), nobody_s] {
        let update = json!({
            "id": product, "provisioning": "WEBHOOK", "provisioningEndpointId": endpoint,
        });
        answers.push(scene.shop.api.refused(&other.admin, "updateProduct", update).await);
        let create = json!({
            "code": "P", "name": "P", "vendor": "V", "provisioning": "WEBHOOK",
            "provisioningEndpointId": endpoint,
        });
        answers.push(scene.shop.api.refused(&other.admin, "createProduct", create).await);
    }
    for refused in &answers {
        assert_eq!(refused, &answers[0]);
        let expected = (&json!("WEBHOOK_ENDPOINT_NOT_FOUND"), &json!(["provisioningEndpointId"]));
        assert_eq!((&refused["code"], &refused["field"]), expected);
    }
    // Its lines go to its own, and nowhere else.
    let own = Receiver::start().await;
    own.say(&completed());
    let (endpoint, _) = endpoint_of(&scene.shop.api, &other, &own).await;
    let update = json!({
        "id": product, "provisioning": "WEBHOOK", "provisioningEndpointId": endpoint,
    });
    scene.shop.api.done(&other.admin, "updateProduct", update, "").await;
    other.pending_order(&scene.shop.app, &[other.manual_offer]).await;
    scene.jobs().await;
    assert_eq!((own.ids().len(), scene.vendor.ids().len()), (1, 0));
}

async fn what_cannot_be_is_refused_by_its_field(database: Database) {
    let scene = Scene::set(database).await;
    let (api, world) = (&scene.shop.api, &scene.shop.world);
    let events = json!({ "url": scene.vendor.url(), "kinds": ["INVOICE_PAID"] });
    let events = api
        .done(&world.admin, "createWebhookEndpoint", events, "webhookEndpoint { id purpose }")
        .await;
    assert_eq!(events["webhookEndpoint"]["purpose"], "EVENTS");
    let events = events["webhookEndpoint"]["id"].clone();
    let product = |more: Value| {
        let mut input = json!({ "code": "NEW", "name": "New", "vendor": "Fabrikam" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("createProduct", input)
    };
    let endpoint = |more: Value| {
        let mut input = json!({ "url": scene.vendor.url(), "purpose": "PROVISIONING" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("createWebhookEndpoint", input)
    };
    let own = &scene.endpoint;
    let partner = given::partner(&scene.shop.app, world, "P-1", None).await;
    let for_lines = "query ($id: ID!) { orderLine(id: $id) { id } }";
    let for_events = "subscription { events { id } }";
    let cases = [
        (product(json!({ "provisioning": "WEBHOOK" })), "provisioningEndpointId"),
        (
            product(json!({ "provisioning": "WEBHOOK", "provisioningEndpointId": events })),
            "provisioningEndpointId",
        ),
        (
            product(json!({ "provisioning": "MANUAL", "provisioningEndpointId": own })),
            "provisioningEndpointId",
        ),
        (
            product(json!({ "provisioning": "MANUAL", "answerWithinMinutes": 5 })),
            "answerWithinMinutes",
        ),
        (
            product(
                json!({ "provisioning": "WEBHOOK", "provisioningEndpointId": own, "answerWithinMinutes": 0 }),
            ),
            "answerWithinMinutes",
        ),
        (
            product(
                json!({ "provisioning": "WEBHOOK", "provisioningEndpointId": own, "answerWithinMinutes": 43_201 }),
            ),
            "answerWithinMinutes",
        ),
        (
            ("updateProduct", json!({ "id": scene.product, "provisioningEndpointId": null })),
            "provisioningEndpointId",
        ),
        (endpoint(json!({ "kinds": ["INVOICE_PAID"] })), "kinds"),
        (endpoint(json!({ "document": for_events })), "document"),
        (endpoint(json!({ "partnerId": Id(partner).to_string() })), "purpose"),
        (endpoint(json!({ "purpose": "EVENTS" })), "kinds"),
        (
            endpoint(
                json!({ "purpose": "EVENTS", "kinds": ["INVOICE_PAID"], "document": for_lines }),
            ),
            "document",
        ),
        (("updateWebhookEndpoint", json!({ "id": own, "kinds": ["INVOICE_PAID"] })), "kinds"),
        (("updateWebhookEndpoint", json!({ "id": own, "document": for_events })), "document"),
        (("updateWebhookEndpoint", json!({ "id": events, "document": for_lines })), "document"),
    ];
    for ((mutation, input), field) in cases {
        let refused = scene.refused(mutation, input.clone()).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("VALIDATION_FAILED"), &json!([field])),
            "{input}"
        );
    }
    let scope = Scope::Partner { own: partner, partners: vec![partner] };
    let partner = given::viewer(world.tenant_id, Role::Partner, scope);
    let (mutation, input) = endpoint(json!({}));
    let refused = api.refused(&partner, mutation, input).await;
    assert_eq!(refused["field"], json!(["purpose"]), "lines are the seller's");
    let head = api.read(&world.admin, "{ feedCursor }", json!({})).await["feedCursor"].take();
    let refused = scene.refused("replayWebhookEvents", json!({ "id": own, "after": head })).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("VALIDATION_FAILED"), &json!(["id"]))
    );
    // A day, unless somebody says otherwise.
    let (_, input) = product(json!({ "provisioning": "WEBHOOK", "provisioningEndpointId": own }));
    let made =
        api.done(&world.admin, "createProduct", input, "product { answerWithinMinutes }").await;
    assert_eq!(made["product"]["answerWithinMinutes"], 1_440);
}

async fn an_endpoint_in_use_stays_and_lines_without_one_wait_for_people(database: Database) {
    let scene = Scene::set(database).await;
    scene.vendor.behave(Manner::Answer(500));
    let posted = scene.ordered().await;
    let late = scene.order().await;
    let delete = json!({ "id": scene.endpoint });
    let refused = scene.refused("deleteWebhookEndpoint", delete.clone()).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("WEBHOOK_ENDPOINT_IN_USE"), &json!(["id"]))
    );
    scene.change_product(json!({ "id": scene.product, "provisioning": "MANUAL" })).await;
    let product =
        "query Run($id: ID!) { product(id: $id) { provisioningEndpointId answerWithinMinutes } }";
    let product = scene.shop.read(product, &json!(scene.product)).await;
    let expected = json!({ "provisioningEndpointId": null, "answerWithinMinutes": null });
    assert_eq!(product["product"], expected);
    let refused = scene.refused("deleteWebhookEndpoint", delete.clone()).await;
    assert_eq!(refused["code"], "WEBHOOK_ENDPOINT_IN_USE", "a line is still to be posted");

    // What has begun goes on where it began; what begins now waits for people.
    scene.jobs().await;
    let manual = scene.line(&late, "status provisioning").await;
    assert_eq!(manual, json!({ "status": "PENDING", "provisioning": "MANUAL" }));
    scene.vendor.say(&json!({ "status": "held", "reason": "Go on?" }));
    scene.later(TimeDelta::minutes(5)).await;
    assert_eq!(scene.status(&posted).await, "ON_HOLD");
    let admin = &scene.shop.world.admin;
    scene.shop.api.done(admin, "deleteWebhookEndpoint", delete, "deletedWebhookEndpointId").await;
    let customer = &scene.shop.world.customer;
    let answer = json!({ "id": posted, "answer": "Yes" });
    scene.shop.api.done(customer, "resumeOrderLine", answer, "orderLine { id }").await;
    scene.later(TimeDelta::days(2)).await;
    let manual = scene.line(&posted, "status provisioning").await;
    assert_eq!(manual, json!({ "status": "IN_PROGRESS", "provisioning": "MANUAL" }));
    for line in [&posted, &late] {
        if *line == late {
            scene.by_hand("startOrderLine", json!({ "id": line })).await;
        }
        scene.by_hand("completeOrderLine", json!({ "id": line })).await;
        assert_eq!(scene.status(line).await, "COMPLETED");
    }
}

/// APX-24.
async fn a_vendor_is_asked_whether_a_line_may_be_cancelled(database: Database) {
    let scene = Scene::set(database).await;
    scene.shop.settings(json!({ "lineCancellationDays": 1 })).await;
    scene.vendor.say(&json!({ "status": "completed", "provisioningReference": "T-1" }));
    let line = scene.ordered().await;
    let cancel = async |answer: Value| {
        scene.vendor.say(&answer);
        let customer = &scene.shop.world.customer;
        scene.shop.api.done(customer, "cancelOrderLine", json!({ "id": line }), "").await;
        scene.jobs().await;
        let selection = "status cancellation { status failureReason } subscription { status }";
        scene.line(&line, selection).await
    };
    let no = json!({ "status": "FAILED", "failureReason": "Used already" });
    let refused = cancel(json!({ "status": "failed", "reason": "Used already" })).await;
    let expected = json!({
        "status": "COMPLETED", "cancellation": no, "subscription": { "status": "ACTIVE" },
    });
    assert_eq!(refused, expected);
    let told = &scene.vendor.messages()[1].body["data"]["orderLine"];
    let about = json!({ "id": line, "provisioningReference": "T-1" });
    assert_eq!((&told["action"], &told["cancelsLine"]), (&json!("CANCEL"), &about));

    let yes = json!({ "status": "COMPLETED", "failureReason": null });
    let expected = json!({
        "status": "CANCELLED", "cancellation": yes,
        "subscription": { "status": "TERMINATED" },
    });
    assert_eq!(cancel(completed()).await, expected);
}
