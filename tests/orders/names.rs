//! Whoever may not see a partner is not told who of it did something.

use domain::viewer::{Scope, Viewer};
use entity::{PartnerId, Role};
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
    },
};

on_both_databases!(
    people_of_a_partner_are_named_to_those_who_see_the_partner,
    people_of_a_former_partner_are_no_longer_named_to_the_customer,
);

/// All that tells of an order who did something.
const ORDER: &str = "query Run($id: ID!) { order(id: $id) { placedBy
    approvals { level decidedBy decision }
    history(first: 100) { nodes { trigger actor } } } }";

struct Partner {
    id: String,
    own: PartnerId,
}

async fn partner(api: &Api, world: &World, number: &str, above: Option<&Partner>) -> Partner {
    let input = json!({
        "partnerNumber": number, "name": number, "approvalRequired": true,
        "parentId": above.map(|above| above.id.clone()),
    });
    let payload = api.done(&world.admin, "createPartner", input, "partner { id }").await;
    let id = payload["partner"]["id"].as_str().unwrap().to_owned();
    let Id(own) = Id::read(&id).unwrap();
    Partner { id, own }
}

fn person(world: &World, name: &str, role: Role, scope: Scope) -> Viewer {
    Viewer { subject: format!("user:{name}"), ..viewer(world.tenant_id, role, scope) }
}

/// All that a viewer is told of an order: as it is, and by feeds from the beginning.
async fn told(api: &Api, viewer: &Viewer, order: &Value) -> Value {
    let after = from_the_beginning(api, viewer).await;
    let read = api.read(viewer, ORDER, json!({ "id": order["id"] })).await;
    let feeds = [
        "subscription Run($after: FeedCursor!) { events(after: $after) { actor } }",
        "subscription Run($after: FeedCursor!) { orderStatusChanged(after: $after) { actor } }",
    ];
    let mut told = vec![read["order"].clone()];
    for feed in feeds {
        told.push(api.first(Some(viewer), feed, json!({ "after": after })).await["data"].clone());
    }
    Value::Array(told)
}

/// The cursor before the first event.
async fn from_the_beginning(api: &Api, viewer: &Viewer) -> String {
    use ordergate::events::cursor::Cursor;
    let now = api.read(viewer, "{ feedCursor }", json!({})).await;
    let now: Cursor = now["feedCursor"].as_str().unwrap().parse().unwrap();
    Cursor { position: 0, ..now }.to_string()
}

async fn people_of_a_partner_are_named_to_those_who_see_the_partner(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let world = given::world(&app).await;
    let upper = partner(&api, &world, "UPPER", None).await;
    let lower = partner(&api, &world, "LOWER", Some(&upper)).await;
    let customer = Id(world.customer_id).to_string();
    let moved = json!({ "id": customer, "partnerId": lower.id });
    api.done(&world.admin, "updateCustomer", moved, "").await;

    let scope_of_upper = Scope::Partner { own: upper.own, partners: vec![upper.own, lower.own] };
    let scope_of_lower = Scope::Partner { own: lower.own, partners: vec![lower.own] };
    let placer = person(&world, "upper-placer", Role::Partner, scope_of_upper.clone());
    let upper_approver = person(&world, "upper-approver", Role::Approver, scope_of_upper);
    let lower_approver = person(&world, "lower-approver", Role::Approver, scope_of_lower);
    let seller = person(&world, "seller", Role::Approver, Scope::Tenant);
    let customers_scope = Scope::Customer { own: world.customer_id, partner: Some(lower.own) };
    let buyer = person(&world, "buyer", Role::Customer, customers_scope);

    let input = json!({
        "customerId": customer, "submit": true,
        "lines": [{ "offerId": Id(world.instant_offer).to_string(), "quantity": 1 }],
    });
    let order = api.done(&placer, "createOrder", input, "order { id }").await["order"].take();
    for approver in [&lower_approver, &upper_approver, &seller] {
        api.done(approver, "approveOrder", json!({ "id": order["id"] }), "").await;
    }
    app.run_jobs().await;
    app.all_positions_given().await;

    for (viewer, sees_upper) in [
        (&world.admin, true),
        (&upper_approver, true),
        (&placer, true),
        (&lower_approver, false),
        (&buyer, false),
    ] {
        let told = told(&api, viewer, &order).await;
        let text = told.to_string();
        assert_eq!(text.contains("user:upper-placer"), sees_upper, "{text}");
        assert_eq!(text.contains("user:upper-approver"), sees_upper, "{text}");
        assert!(text.contains("user:lower-approver") && text.contains("user:seller"), "{text}");
        assert!(text.contains("\"actor\":\"system\""), "{text}");
        let order = &told[0];
        assert_eq!(order["placedBy"].is_string(), sees_upper);
        // That there was an answer is no secret, and what it was.
        assert_eq!(order["approvals"][1]["decision"], "APPROVED");
        assert_eq!(order["approvals"][1]["decidedBy"].is_string(), sees_upper);
        for feed in [&told[1]["events"], &told[2]["orderStatusChanged"]] {
            assert!(feed.is_object(), "{text}");
            assert_eq!(feed["actor"].is_string(), sees_upper, "the first thing was the placing");
        }
    }
}

async fn people_of_a_former_partner_are_no_longer_named_to_the_customer(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let world = given::world(&app).await;
    let former = partner(&api, &world, "FORMER", None).await;
    let customer = Id(world.customer_id).to_string();
    let moved = json!({ "id": customer, "partnerId": former.id });
    api.done(&world.admin, "updateCustomer", moved, "").await;
    let scope = Scope::Partner { own: former.own, partners: vec![former.own] };
    let placer = person(&world, "placer", Role::Partner, scope);
    let input = json!({
        "customerId": customer,
        "lines": [{ "offerId": Id(world.instant_offer).to_string(), "quantity": 1 }],
    });
    let order = api.done(&placer, "createOrder", input, "order { id }").await["order"].take();
    app.all_positions_given().await;
    for (partner, named) in [(Some(former.own), true), (None, false)] {
        let scope = Scope::Customer { own: world.customer_id, partner };
        let buyer = person(&world, "buyer", Role::Customer, scope);
        let text = told(&api, &buyer, &order).await.to_string();
        assert_eq!(text.contains("user:placer"), named, "{text}");
    }
}
