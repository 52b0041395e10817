//! What receivers get while all is well, and after it was not.

use std::time::Duration;

use chrono::TimeDelta;
use entity::{EventKind, WebhookEndpointId, event};
use ordergate::{
    graphql::id::Id,
    jobs,
    services::orders::{
        create::{CreateOrder, create_order},
        delete::{DeleteOrder, delete_order},
    },
};
use prometheus_client::registry::Registry;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{
    KINDS, Scene, events_of,
    receiver::{Manner, Receiver},
};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    events_are_posted_in_the_order_of_the_log_with_their_ids_and_signed,
    a_message_has_what_the_endpoint_s_document_selects,
    a_payload_is_made_once_for_all_who_are_told_the_same,
    a_receiver_that_fails_gets_the_same_event_again_and_then_the_others,
    one_that_hangs_holds_up_no_other,
    one_that_says_it_is_gone_is_disabled_at_once,
    a_receiver_that_is_down_for_a_day_misses_nothing,
    one_that_fails_for_three_days_is_disabled_and_goes_on_where_it_was,
    events_that_are_no_longer_kept_are_never_passed_over_in_silence,
    a_node_that_starts_again_goes_on_where_it_was,
    two_nodes_post_each_event_once,
);

async fn events_are_posted_in_the_order_of_the_log_with_their_ids_and_signed(database: Database) {
    let scene = Scene::set(database).await;
    scene.something_happens().await;
    let before = scene.events().await;
    let (id, secret) = scene.endpoint_at(&scene.receiver, None).await;
    scene.something_happens().await;
    scene.something_happens().await;
    scene.jobs().await;
    let events = scene.events().await.split_off(before.len());
    assert!(events.len() >= 6, "{events:?}");
    assert_eq!(scene.receiver.ids(), events);
    let mut last = 0;
    for message in scene.receiver.messages() {
        assert_eq!(message.signatures(), [message.signed_with(&secret)]);
        assert_eq!(message.header("content-type"), "application/json");
        let body = &message.body;
        let event = &body["data"]["events"];
        assert_eq!(body["id"], message.id());
        assert_eq!((&body["id"], &body["type"]), (&event["id"], &event["kind"]));
        assert_eq!((&body["cursor"], &body["timestamp"]), (&event["cursor"], &event["occurredAt"]));
        assert_eq!(body.get("errors"), None);
        let position: i64 = event["position"].as_str().unwrap().parse().unwrap();
        assert!(position > last, "{position} after {last}");
        last = position;
    }
    let deliveries = scene.deliveries(&id).await;
    assert_eq!(deliveries.len(), events.len());
    let place = last.to_string();
    let last_one = deliveries.iter().find(|it| it["position"] == place.as_str()).unwrap();
    let expected = json!({
        "eventId": events.last(), "position": last.to_string(), "attempt": 1, "delivered": true,
        "statusCode": 204, "error": null, "answer": "",
    });
    assert_eq!(*last_one, expected);
    scene.receiver.forget();
    scene.later(TimeDelta::days(1)).await;
    assert_eq!(scene.receiver.ids(), [""; 0], "each was posted once");
}

async fn a_message_has_what_the_endpoint_s_document_selects(database: Database) {
    let scene = Scene::set(database).await;
    let document = "subscription Mine { it: events { ...What } }
        fragment What on Event { toStatus order { customer { customerNumber } lines { quantity } } }";
    scene.endpoint_at(&scene.receiver, Some(document)).await;
    scene.something_happens().await;
    scene.jobs().await;
    let message = scene.receiver.messages().remove(0);
    let order = json!({ "customer": { "customerNumber": "C-1" }, "lines": [{ "quantity": 3 }] });
    assert_eq!(message.body["data"]["it"]["order"], order);
    assert_eq!(message.body["data"]["it"].as_object().unwrap().len(), 2);
}

async fn a_payload_is_made_once_for_all_who_are_told_the_same(database: Database) {
    let scene = Scene::set(database).await;
    let others = [Receiver::start().await, Receiver::start().await, Receiver::start().await];
    let (same, other) = ("subscription { events { id } }", "subscription { events { id kind } }");
    for receiver in &others[..2] {
        scene.endpoint_at(receiver, Some(same)).await;
    }
    scene.endpoint_at(&scene.receiver, Some(same)).await;
    scene.something_happens().await;
    let events = scene.events().await;
    scene.jobs().await;
    assert_eq!(payloads_made(&scene), events.len());
    scene.endpoint_at(&others[2], Some(other)).await;
    scene.something_happens().await;
    let more = scene.events().await.len() - events.len();
    scene.jobs().await;
    assert_eq!(payloads_made(&scene), events.len() + 2 * more);
    assert_eq!(scene.receiver.ids(), scene.events().await);
    for receiver in &others[..2] {
        assert_eq!(receiver.ids(), scene.receiver.ids());
    }
}

fn payloads_made(scene: &Scene) -> usize {
    let text = scene.app.app.metrics.text(&Registry::default()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("ordergate_webhook_payloads_total "));
    line.unwrap().parse().unwrap()
}

async fn a_receiver_that_fails_gets_the_same_event_again_and_then_the_others(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.receiver.behave(Manner::Answer(500));
    scene.something_happens().await;
    let events = scene.events().await;
    scene.jobs().await;
    scene.jobs().await;
    assert_eq!(scene.receiver.ids(), [events[0].clone()], "nothing goes before its time");
    for _ in 0..3 {
        scene.later(TimeDelta::minutes(5)).await;
    }
    assert_eq!(scene.receiver.ids(), vec![events[0].clone(); 4]);
    let failed = &scene.deliveries(&id).await[0];
    assert_eq!((&failed["attempt"], &failed["delivered"]), (&json!(4), &json!(false)));
    assert_eq!(
        (&failed["statusCode"], &failed["answer"]),
        (&json!(500), &json!("so\u{fffd}be it"))
    );
    let told = scene.read(&id, "status failures failingSince").await;
    let failing = json!({
        "status": "ENABLED", "failures": 4, "failingSince": "2026-03-02T09:00:00Z",
    });
    assert_eq!(told, failing);

    scene.receiver.behave(Manner::Answer(200));
    scene.receiver.forget();
    scene.something_happens().await;
    scene.later(TimeDelta::minutes(5)).await;
    assert_eq!(scene.receiver.ids(), scene.events().await);
    let told = scene.read(&id, "status failures failingSince").await;
    assert_eq!(told, json!({ "status": "ENABLED", "failures": 0, "failingSince": null }));
}

async fn one_that_hangs_holds_up_no_other(database: Database) {
    let scene = Scene::set(database).await;
    let hanging = Receiver::start().await;
    hanging.behave(Manner::Hang);
    let (hung, _) = scene.endpoint_at(&hanging, None).await;
    scene.endpoint().await;
    scene.app.start_jobs();
    scene.something_happens().await;
    all_that_happened(&scene).await;
    let events = scene.events().await;
    assert_eq!(scene.deliveries(&hung).await, [Value::Null; 0], "it still hangs");
    let failed = loop {
        match scene.deliveries(&hung).await.pop() {
            Some(failed) => break failed,
            None => tokio::time::sleep(SOON).await,
        }
    };
    assert_eq!(failed["error"], "There was no answer within 3 s.");
    assert_eq!(failed["statusCode"], Value::Null);
    assert_eq!((scene.receiver.ids(), hanging.ids()), (events.clone(), vec![events[0].clone()]));
}

const SOON: Duration = Duration::from_millis(10);

/// Waits until as much has come as there is for the receiver; fails where it is something else.
async fn all_that_happened(scene: &Scene) {
    let events = scene.events().await;
    while scene.receiver.ids().len() < events.len() {
        tokio::time::sleep(SOON).await;
    }
    assert_eq!(scene.receiver.ids(), events);
}

async fn one_that_says_it_is_gone_is_disabled_at_once(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.receiver.behave(Manner::Answer(410));
    scene.something_happens().await;
    scene.jobs().await;
    scene.later(TimeDelta::days(1)).await;
    assert_eq!(scene.receiver.ids().len(), 1);
    let told = scene.read(&id, "status disabledReason").await;
    assert_eq!(told, json!({ "status": "DISABLED", "disabledReason": "GONE" }));
    assert_eq!(disabled_for(&scene, &id).await, ["GONE"]);
}

/// The reasons for which the log says that the endpoint was disabled.
async fn disabled_for(scene: &Scene, id: &str) -> Vec<String> {
    scene.app.all_positions_given().await;
    let events = event::Entity::find()
        .filter(event::Column::Kind.eq(EventKind::WebhookDisabled))
        .all(scene.app.app.store.readers())
        .await
        .unwrap();
    let reasons = events.into_iter().map(|event| {
        assert_eq!(Id(WebhookEndpointId(event.subject_id)).to_string(), id);
        assert_eq!(
            (event.actor.as_str(), event.to_status.as_deref()),
            ("system", Some("DISABLED"))
        );
        event.reason.unwrap()
    });
    reasons.collect()
}

async fn a_receiver_that_is_down_for_a_day_misses_nothing(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.something_happens().await;
    scene.jobs().await;
    // Nobody listens there.
    scene.app.lead_names_to(&["127.0.0.9"]);
    for _ in 0..24 {
        scene.something_happens().await;
        scene.later(TimeDelta::hours(1)).await;
    }
    let attempts = scene.deliveries(&id).await.len();
    assert!((10..100).contains(&attempts), "{attempts}");
    scene.app.lead_names_to(&["127.0.0.1"]);
    scene.later(TimeDelta::hours(12)).await;
    assert_eq!(scene.receiver.ids(), scene.events().await);
}

async fn one_that_fails_for_three_days_is_disabled_and_goes_on_where_it_was(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.receiver.behave(Manner::Answer(503));
    scene.something_happens().await;
    scene.jobs().await;
    for day in 1..=4 {
        for _ in 0..24 {
            scene.later(TimeDelta::hours(1)).await;
        }
        let status = scene.read(&id, "status").await["status"].clone();
        assert!(day >= 3 || status == "ENABLED", "{status} after {day} days");
    }
    let told = scene.read(&id, "status disabledReason").await;
    assert_eq!(told, json!({ "status": "DISABLED", "disabledReason": "FAILING" }));
    assert_eq!(disabled_for(&scene, &id).await, ["FAILING"]);
    scene.receiver.behave(Manner::Answer(200));
    scene.receiver.forget();
    scene.something_happens().await;
    scene.later(TimeDelta::days(1)).await;
    assert_eq!(scene.receiver.ids(), [""; 0]);
    scene.run("updateWebhookEndpoint", json!({ "id": id, "status": "ENABLED" })).await;
    scene.jobs().await;
    assert_eq!(scene.receiver.ids(), scene.events().await);
}

async fn events_that_are_no_longer_kept_are_never_passed_over_in_silence(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.receiver.behave(Manner::Answer(500));
    scene.something_happens().await;
    scene.jobs().await;
    scene.app.advance(TimeDelta::days(2));
    scene.something_happens().await;
    jobs::run_due(&scene.app.app, Some(TimeDelta::days(1))).await.unwrap();
    scene.receiver.behave(Manner::Answer(200));
    scene.receiver.forget();
    scene.later(TimeDelta::days(1)).await;
    assert_eq!(scene.receiver.ids(), [""; 0]);
    let told = scene.read(&id, "status disabledReason").await;
    assert_eq!(told, json!({ "status": "DISABLED", "disabledReason": "EVENTS_GONE" }));
    assert_eq!(disabled_for(&scene, &id).await, ["EVENTS_GONE"]);

    // Whoever goes on says from where.
    let admin = &scene.world.admin;
    let enable = json!({ "id": id, "status": "ENABLED" });
    let refused = scene.api.refused(admin, "updateWebhookEndpoint", enable.clone()).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("VALIDATION_FAILED"), &json!(["status"]))
    );
    let head = scene.api.read(admin, "{ feedCursor }", json!({})).await["feedCursor"].take();
    scene.run("replayWebhookEvents", json!({ "id": id, "after": head })).await;
    scene.run("updateWebhookEndpoint", enable).await;
    let before = scene.events().await.len();
    scene.something_happens().await;
    scene.jobs().await;
    assert_eq!(scene.receiver.ids(), scene.events().await.split_off(before));
}

async fn a_node_that_starts_again_goes_on_where_it_was(database: Database) {
    let scene = Scene::set(database).await;
    scene.endpoint().await;
    scene.app.start_jobs();
    scene.something_happens().await;
    all_that_happened(&scene).await;
    // What is not for the endpoint is passed as well.
    let draft = CreateOrder { submit: false, ..scene.world.buying(&[scene.world.manual_offer]) };
    let order_id = scene.app.perform(&scene.world.customer, draft, create_order).await.unwrap();
    let delete = DeleteOrder { order_id, expected_version: None };
    scene.app.perform(&scene.world.customer, delete, delete_order).await.unwrap();
    all_that_happened(&scene).await;
    scene.app.stop().await;
    let again = scene.app.beside().await;
    again.run_jobs().await;
    let after_that = scene.receiver.ids();
    scene.world.pending_order(&again, &[scene.world.manual_offer]).await;
    again.all_positions_given().await;
    again.run_jobs().await;
    let events = events_of(&again, scene.world.tenant_id).await;
    let wanted = events.iter().filter(|event| KINDS.contains(&event.kind));
    let wanted: Vec<_> = wanted.map(|event| Id(event.id).to_string()).collect();
    assert_eq!(scene.receiver.ids(), wanted);
    assert!(after_that.len() < wanted.len());
}

async fn two_nodes_post_each_event_once(database: Database) {
    if !database.is_postgres() {
        return; // SQLite has one node.
    }
    let scene = Scene::set(database).await;
    scene.endpoint().await;
    let nodes = [scene.app.beside().await, scene.app.beside().await];
    for node in &nodes {
        node.join_nodes();
        node.start_jobs();
    }
    for _ in 0..5 {
        scene.something_happens().await;
    }
    all_that_happened(&scene).await;
    nodes[0].stop().await;
    scene.something_happens().await;
    all_that_happened(&scene).await;
    nodes[1].stop().await;
}
