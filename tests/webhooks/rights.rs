//! Whose endpoints there are, and what each is told.

use domain::viewer::Viewer;
use entity::{EventKind, PartnerId, event};
use ordergate::{events::cursor::Cursor, graphql::id::Id};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{events_of, receiver::Receiver};
use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given::viewer, seller::seller},
};

on_both_databases!(
    a_partner_s_endpoint_is_told_what_the_partner_may_see_and_nothing_else,
    an_endpoint_is_its_owner_s_and_the_seller_s_administrators_,
);

const STRANGER: &str = "STRANGER";
/// As much as there is to tell, so that it would show.
const DOCUMENT: &str = "subscription { events {
    id kind actor reason
    order { number placedBy customer { name } partner { name parent { name } } lines { poNumber } }
    subscription { number customer { name orders(first: 5) { nodes { number reference } } } }
    invoice { number lines { description } } license { licenseKey } customer { name email } partner { name }
} }";

async fn endpoint(api: &Api, owner: &Viewer, receiver: &Receiver) -> Value {
    let input = json!({ "url": receiver.url(), "kinds": EventKind::ALL, "document": DOCUMENT });
    let made = api.done(owner, "createWebhookEndpoint", input, "webhookEndpoint { id }").await;
    made["webhookEndpoint"]["id"].clone()
}

/// Has everything posted that ever happened.
async fn replay(app: &TestApp, api: &Api, owner: &Viewer, id: &Value) {
    let log = entity::event_log::Entity::find_by_id(owner.tenant_id);
    let log = log.one(app.app.store.readers()).await.unwrap().unwrap();
    let after = Cursor { epoch: log.epoch, position: 0 }.to_string();
    api.done(owner, "replayWebhookEvents", json!({ "id": id, "after": after }), "").await;
    app.run_jobs().await;
}

async fn a_partner_s_endpoint_is_told_what_the_partner_may_see_and_nothing_else(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let seller = seller(&app, &api, "Fabrikam").await;
    let (of_partner, of_seller) = (Receiver::start().await, Receiver::start().await);
    let near = &seller.near.partner_viewer;
    let partners = endpoint(&api, near, &of_partner).await;
    let sellers = endpoint(&api, &seller.admin, &of_seller).await;
    app.all_positions_given().await;
    replay(&app, &api, near, &partners).await;
    // What the jobs themselves have done meanwhile was told already.
    of_seller.forget();
    replay(&app, &api, &seller.admin, &sellers).await;

    let events = events_of(&app, seller.tenant_id).await;
    let id = |event: &event::Model| Id(event.id).to_string();
    let own: PartnerId = near.partner().unwrap();
    let theirs = events.iter().filter(|event| event.partner_id == Some(own)).map(id);
    let theirs: Vec<_> = theirs.collect();
    assert!(theirs.len() > 20, "{}", theirs.len());
    assert_eq!(of_partner.ids(), theirs);
    for message in of_partner.messages() {
        let text = String::from_utf8_lossy(&message.text);
        assert!(!text.contains(STRANGER), "{text}");
        assert_eq!(message.body.get("errors"), None, "{text}");
    }
    assert_eq!(of_seller.ids(), events.iter().map(id).collect::<Vec<_>>(), "both levels are told");
    let all: Vec<_> = of_seller.messages().into_iter().map(|message| message.text).collect();
    assert!(all.iter().any(|text| String::from_utf8_lossy(text).contains(STRANGER)));
}

async fn an_endpoint_is_its_owner_s_and_the_seller_s_administrators_(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let seller = seller(&app, &api, "Fabrikam").await;
    let (near, far) = (&seller.near.partner_viewer, &seller.far.partner_viewer);
    let receiver = Receiver::start().await;
    let of_near = endpoint(&api, near, &receiver).await;
    let of_seller = endpoint(&api, &seller.admin, &receiver).await;

    let read = "query Read($id: ID!) { webhookEndpoint(id: $id) { id } node(id: $id) { id } }";
    for (viewer, id, is_seen) in [
        (near, &of_near, true),
        (&seller.admin, &of_near, true),
        (&seller.admin, &of_seller, true),
        (near, &of_seller, false),
        (far, &of_near, false),
    ] {
        let found = api.read(viewer, read, json!({ "id": id })).await;
        let expected = if is_seen { json!({ "id": id }) } else { Value::Null };
        assert_eq!(found, json!({ "webhookEndpoint": expected, "node": expected }));
    }
    for mutation in [
        "updateWebhookEndpoint",
        "deleteWebhookEndpoint",
        "rotateWebhookSecret",
        "sendWebhookTest",
        "retryWebhook",
    ] {
        let refused = api.refused(far, mutation, json!({ "id": of_near })).await;
        assert_eq!(refused["code"], "WEBHOOK_ENDPOINT_NOT_FOUND", "{mutation}");
    }
    // The partner above sees what the one below sells, and not where it has it told.
    let above = Viewer {
        scope: domain::viewer::Scope::Partner {
            own: PartnerId(uuid_of(&seller.upper_partner)),
            partners: vec![PartnerId(uuid_of(&seller.upper_partner)), near.partner().unwrap()],
        },
        ..viewer(seller.tenant_id, entity::Role::Partner, near.scope.clone())
    };
    let found = api.read(&above, read, json!({ "id": of_near })).await;
    assert_eq!(found, json!({ "webhookEndpoint": null, "node": null }));

    // A partner can set one up for itself only; the seller for any.
    let input = |partner: &str| json!({ "url": receiver.url(), "kinds": ["INVOICE_PAID"], "partnerId": partner });
    let refused = api.refused(near, "createWebhookEndpoint", input(&seller.far.partner)).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("PARTNER_NOT_FOUND"), &json!(["partnerId"]))
    );
    let selection = "webhookEndpoint { partner { id } }";
    for caller in [near, &seller.admin] {
        let input = input(&seller.near.partner);
        let made = api.done(caller, "createWebhookEndpoint", input, selection).await;
        assert_eq!(made["webhookEndpoint"]["partner"]["id"], json!(seller.near.partner));
    }
    let mut there_are = 5;
    while there_are < 10 {
        api.done(near, "createWebhookEndpoint", input(&seller.near.partner), selection).await;
        there_are += 1;
    }
    let refused = api.refused(near, "createWebhookEndpoint", input(&seller.near.partner)).await;
    assert_eq!(refused["code"], "TOO_MANY_WEBHOOK_ENDPOINTS");
}

fn uuid_of(id: &str) -> uuid::Uuid {
    uuid::Uuid::try_parse(id.split_once('_').unwrap().1).unwrap()
}
