//! Receivers that would have us go where we should not, or take more than their share.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    KINDS, Scene,
    receiver::{Manner, Receiver},
};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    a_redirect_is_not_followed,
    a_name_that_leads_into_a_private_network_later_is_not_followed,
    a_long_answer_is_cut_short,
    an_address_that_is_not_public_is_refused,
    a_document_that_is_no_selection_on_an_event_is_refused,
);

async fn a_redirect_is_not_followed(database: Database) {
    let scene = Scene::set(database).await;
    let elsewhere = Receiver::start().await;
    let id = scene.endpoint().await;
    scene.receiver.behave(Manner::Redirect(elsewhere.url()));
    scene.something_happens().await;
    scene.jobs().await;
    assert_eq!(elsewhere.ids(), [""; 0]);
    let failed = &scene.deliveries(&id).await[0];
    assert_eq!((&failed["statusCode"], &failed["delivered"]), (&json!(307), &json!(false)));
    scene.receiver.behave(Manner::Answer(200));
    scene.receiver.forget();
    scene.later(TimeDelta::minutes(5)).await;
    assert_eq!(scene.receiver.ids(), scene.events().await);
}

async fn a_name_that_leads_into_a_private_network_later_is_not_followed(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.something_happens().await;
    scene.jobs().await;
    let first = scene.events().await;
    for addresses in [
        &["10.0.0.1"][..],
        &["169.254.169.254"],
        &["192.168.1.1", "127.0.0.1"],
        &["127.0.0.1", "100.64.0.1"],
        &["::ffff:10.0.0.1"],
        &["64:ff9b::a00:1"],
        &["fd00::1"],
        &["0.0.0.0"],
        &[],
    ] {
        scene.app.lead_names_to(addresses);
        scene.something_happens().await;
        scene.later(TimeDelta::hours(1)).await;
        let failed = &scene.deliveries(&id).await[0];
        let expected = match addresses {
            [] => "The host is not known.",
            _ => "The host is not on the public internet.",
        };
        assert_eq!((&failed["error"], &failed["statusCode"]), (&json!(expected), &Value::Null));
    }
    assert_eq!(scene.receiver.ids(), first, "nothing was connected to");
    scene.app.lead_names_to(&["127.0.0.1"]);
    scene.later(TimeDelta::hours(12)).await;
    assert_eq!(scene.receiver.ids(), scene.events().await);
}

async fn a_long_answer_is_cut_short(database: Database) {
    let scene = Scene::set(database).await;
    let id = scene.endpoint().await;
    scene.receiver.behave(Manner::Flood);
    scene.something_happens().await;
    scene.jobs().await;
    assert_eq!(scene.receiver.ids(), scene.events().await);
    let taken = &scene.deliveries(&id).await[0];
    assert_eq!(taken["answer"], "a".repeat(256));
}

async fn an_address_that_is_not_public_is_refused(database: Database) {
    let scene = Scene::set(database).await;
    let refused = async |url: &str| {
        let input = json!({ "url": url, "kinds": KINDS });
        let admin = &scene.world.admin;
        let refused = scene.api.refused(admin, "createWebhookEndpoint", input).await;
        let expected = (&json!("VALIDATION_FAILED"), &json!(["url"]));
        assert_eq!((&refused["code"], &refused["field"]), expected, "{url}");
    };
    for url in [
        "",
        "shop.example",
        "http://shop.example/",
        "https://shop.example:22/",
        "https://user@shop.example/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "https://[::1]/",
        "file:///etc/passwd",
        "gopher://localhost:6379/_SET%20a%20b",
    ] {
        refused(url).await;
    }
    for addresses in [&["10.0.0.1"][..], &["127.0.0.1", "172.16.0.1"], &["fe80::1"], &[]] {
        scene.app.lead_names_to(addresses);
        refused("https://shop.example/").await;
    }
    scene.app.lead_names_to(&["8.8.8.8", "2606:4700:4700::1111"]);
    let (url, admin) = (json!("https://shop.example/hooks"), &scene.world.admin);
    let input = json!({ "url": url, "kinds": KINDS });
    let made =
        scene.api.done(admin, "createWebhookEndpoint", input, "webhookEndpoint { id url }").await;
    assert_eq!(made["webhookEndpoint"]["url"], url);
    scene.app.lead_names_to(&["10.0.0.1"]);
    let update = json!({ "id": made["webhookEndpoint"]["id"], "url": "https://other.example/" });
    let refused = scene.api.refused(admin, "updateWebhookEndpoint", update).await;
    assert_eq!(refused["field"], json!(["url"]));
}

async fn a_document_that_is_no_selection_on_an_event_is_refused(database: Database) {
    let scene = Scene::set(database).await;
    for document in ["", "{ viewer { role } }", "subscription { events { nothing } }"] {
        let input = json!({ "url": scene.receiver.url(), "kinds": [], "document": document });
        let payload = scene
            .api
            .run(&scene.world.admin, "createWebhookEndpoint", input, "webhookEndpoint { id }")
            .await;
        let fields: Vec<_> =
            payload["userErrors"].as_array().unwrap().iter().map(|it| &it["field"]).collect();
        assert_eq!(fields, [&json!(["kinds"]), &json!(["document"])], "{payload}");
        assert_eq!(payload["webhookEndpoint"], Value::Null);
    }
}
