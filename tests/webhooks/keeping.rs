//! Setting endpoints up, changing them, and having something posted again.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{KINDS, Scene, receiver::Manner};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    a_secret_is_told_once_and_a_new_one_signs_beside_it_for_a_day,
    a_test_is_posted_also_to_an_endpoint_that_is_disabled,
    whoever_asks_is_tried_again_at_once,
    what_was_posted_is_posted_again_from_a_cursor_on,
    only_what_is_asked_for_is_posted_and_what_changes_counts_from_then_on,
    nothing_goes_to_an_endpoint_that_was_disabled_or_deleted,
    nobody_has_more_endpoints_than_there_may_be,
    what_was_posted_is_known_for_two_weeks,
);

async fn a_secret_is_told_once_and_a_new_one_signs_beside_it_for_a_day(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.world.admin;
    let input = json!({
        "url": scene.receiver.url(), "kinds": KINDS, "idempotencyKey": "one",
    });
    let selection = "webhookEndpoint { id } secret";
    let made = scene.api.done(admin, "createWebhookEndpoint", input.clone(), selection).await;
    let again = scene.api.done(admin, "createWebhookEndpoint", input, selection).await;
    assert_eq!(
        (&again["webhookEndpoint"], &again["secret"]),
        (&made["webhookEndpoint"], &Value::Null)
    );
    let first = made["secret"].as_str().unwrap();
    assert!(first.starts_with("whsec_"));
    let id = made["webhookEndpoint"]["id"].clone();
    let rotate = json!({ "id": id });
    let rotated = scene.api.done(admin, "rotateWebhookSecret", rotate, "secret").await;
    let second = rotated["secret"].as_str().unwrap();
    assert_ne!(first, second);

    scene.something_happens().await;
    scene.jobs().await;
    let message = scene.receiver.messages().remove(0);
    assert_eq!(message.signatures(), [message.signed_with(second), message.signed_with(first)]);
    scene.receiver.forget();
    scene.app.advance(TimeDelta::hours(25));
    scene.something_happens().await;
    scene.jobs().await;
    let message = scene.receiver.messages().remove(0);
    assert_eq!(message.signatures(), [message.signed_with(second)]);
}

async fn a_test_is_posted_also_to_an_endpoint_that_is_disabled(database: Database) {
    let scene = Scene::set(database).await;
    let (id, secret) = scene.endpoint_at(&scene.receiver, None).await;
    scene.run("updateWebhookEndpoint", json!({ "id": id, "status": "DISABLED" })).await;
    scene.run("sendWebhookTest", json!({ "id": id })).await;
    scene.run("sendWebhookTest", json!({ "id": id })).await;
    scene.jobs().await;
    scene.jobs().await;
    let messages = scene.receiver.messages();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(message.signatures(), [message.signed_with(&secret)]);
    let expected = json!({
        "id": message.id(), "type": "TEST", "timestamp": "2026-03-02T09:00:00Z", "cursor": null,
        "data": null,
    });
    assert_eq!(message.body, expected);
    scene.receiver.behave(Manner::Answer(500));
    scene.run("sendWebhookTest", json!({ "id": id })).await;
    scene.jobs().await;
    scene.later(TimeDelta::hours(1)).await;
    assert_eq!(scene.receiver.ids().len(), 2, "a test is not tried again");
    let tests = scene.deliveries(&id).await;
    let of_events: Vec<_> = tests.iter().map(|test| &test["eventId"]).collect();
    assert_eq!(of_events, [&Value::Null, &Value::Null]);
    let told = scene.read(&id, "status disabledReason failures").await;
    let unchanged = json!({ "status": "DISABLED", "disabledReason": "BY_OWNER", "failures": 0 });
    assert_eq!(told, unchanged);
}

async fn whoever_asks_is_tried_again_at_once(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.receiver.behave(Manner::Answer(500));
    scene.something_happens().await;
    scene.jobs().await;
    scene.receiver.behave(Manner::Answer(200));
    scene.receiver.forget();
    scene.jobs().await;
    assert_eq!(scene.receiver.ids(), [""; 0]);
    scene.run("retryWebhook", json!({ "id": id })).await;
    scene.jobs().await;
    assert_eq!(scene.receiver.ids(), scene.events().await);
    scene.run("updateWebhookEndpoint", json!({ "id": id, "status": "DISABLED" })).await;
    let refused = scene.api.refused(&scene.world.admin, "retryWebhook", json!({ "id": id })).await;
    assert_eq!(refused["code"], "WEBHOOK_ENDPOINT_DISABLED");
}

async fn what_was_posted_is_posted_again_from_a_cursor_on(database: Database) {
    let scene = Scene::set(database).await;
    let (id, _) = scene.endpoint_at(&scene.receiver, None).await;
    scene.something_happens().await;
    scene.jobs().await;
    let events = scene.events().await;
    let messages = scene.receiver.messages();
    let second = messages[1].body["cursor"].clone();
    let head = scene.read(&id, "cursor").await["cursor"].clone();
    assert_eq!(head, messages.last().unwrap().body["cursor"]);
    scene.receiver.forget();
    scene.run("replayWebhookEvents", json!({ "id": id, "after": second })).await;
    scene.jobs().await;
    assert_eq!(scene.receiver.ids(), events[2..]);

    let other = ordergate::events::cursor::Cursor { epoch: uuid::Uuid::nil(), position: 1 };
    let input = json!({ "id": id, "after": other.to_string() });
    let refused = scene.api.refused(&scene.world.admin, "replayWebhookEvents", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("VALIDATION_FAILED"), &json!(["after"]))
    );
}

async fn only_what_is_asked_for_is_posted_and_what_changes_counts_from_then_on(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    let one = json!({ "id": id, "kinds": ["SUBSCRIPTION_CREATED", "SUBSCRIPTION_CREATED"] });
    scene.run("updateWebhookEndpoint", one).await;
    scene.something_happens().await;
    scene.jobs().await;
    let types: Vec<_> =
        scene.receiver.messages().iter().map(|message| message.body["type"].clone()).collect();
    assert_eq!(types, ["SUBSCRIPTION_CREATED"]);
    let document = "subscription { events { id } }";
    let input = json!({ "id": id, "kinds": KINDS, "document": document, "expectedVersion": 2 });
    scene.run("updateWebhookEndpoint", input).await;
    scene.receiver.forget();
    scene.something_happens().await;
    scene.jobs().await;
    for message in scene.receiver.messages() {
        assert_eq!(message.body["data"], json!({ "events": { "id": message.id() } }));
    }
    assert!(scene.receiver.ids().len() > 1);
    let stale = json!({ "id": id, "document": null, "expectedVersion": 2 });
    let refused = scene.api.refused(&scene.world.admin, "updateWebhookEndpoint", stale).await;
    assert_eq!(refused["code"], "VERSION_CONFLICT");
    let told = scene.read(&id, "kinds document version").await;
    assert_eq!(told, json!({ "kinds": KINDS, "document": document, "version": 3 }));
}

async fn nothing_goes_to_an_endpoint_that_was_disabled_or_deleted(database: Database) {
    let scene = Scene::set(database).await;
    let (disabled, deleted) = (scene.endpoint().await, scene.endpoint().await);
    scene.run("updateWebhookEndpoint", json!({ "id": disabled, "status": "DISABLED" })).await;
    let admin = &scene.world.admin;
    let delete = json!({ "id": deleted });
    let gone = scene
        .api
        .done(admin, "deleteWebhookEndpoint", delete.clone(), "deletedWebhookEndpointId")
        .await;
    assert_eq!(gone["deletedWebhookEndpointId"], json!(deleted));
    scene.something_happens().await;
    scene.jobs().await;
    assert_eq!(scene.receiver.ids(), [""; 0]);
    let refused = scene.api.refused(admin, "deleteWebhookEndpoint", delete).await;
    assert_eq!(refused["code"], "WEBHOOK_ENDPOINT_NOT_FOUND");
    let left = "{ webhookEndpoints { nodes { id status disabledReason } } }";
    let left = scene.api.read(admin, left, json!({})).await;
    let expected = json!([{ "id": disabled, "status": "DISABLED", "disabledReason": "BY_OWNER" }]);
    assert_eq!(left["webhookEndpoints"]["nodes"], expected);
}

async fn nobody_has_more_endpoints_than_there_may_be(database: Database) {
    let scene = Scene::set(database).await;
    let input = json!({ "url": scene.receiver.url(), "kinds": KINDS });
    for _ in 0..100 {
        scene.run("createWebhookEndpoint", input.clone()).await;
    }
    let admin = &scene.world.admin;
    let refused = scene.api.refused(admin, "createWebhookEndpoint", input).await;
    assert_eq!(refused["code"], "TOO_MANY_WEBHOOK_ENDPOINTS");
}

async fn what_was_posted_is_known_for_two_weeks(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.something_happens().await;
    scene.jobs().await;
    scene.later(TimeDelta::days(13)).await;
    assert!(!scene.deliveries(&id).await.is_empty());
    scene.later(TimeDelta::days(2)).await;
    assert_eq!(scene.deliveries(&id).await, [Value::Null; 0]);
}
