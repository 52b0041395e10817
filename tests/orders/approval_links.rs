//! Links by which somebody without a credential answers: who makes them, for whose answer, and what is known of them.

use chrono::TimeDelta;
use domain::viewer::{Scope, Viewer};
use entity::{ActorKind, ApprovalLinkAction, Role};
use ordergate::{
    error::{Error, RefusalCode},
    events::log::Trace,
    graphql::id::Id,
    services::orders::links::{
        answer::{Answer, answer},
        follow::follow,
    },
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given::{self, put_below, viewer},
        rows::rows_of,
        server::{expiring_key_for, key_for},
        shop::Shop,
    },
};

on_both_databases!(
    links_are_made_by_those_who_may_answer_and_by_nobody_else,
    a_link_is_shown_once_and_its_token_is_not_kept,
    each_sees_the_links_for_its_own_answer,
    an_answer_by_a_link_is_the_recipients_in_the_name_of_whoever_made_it,
    an_order_has_up_to_20_links_that_can_be_used,
    a_link_has_the_rights_that_its_maker_has_when_it_is_used,
    a_revoked_link_stays_so_and_a_used_one_cannot_be_revoked,
    a_link_follows_the_yes_of_another_level_and_no_other_change,
    a_link_of_another_seller_does_not_exist,
    what_has_expired_is_written_down_and_forgotten_after_30_days,
);

const LINKS: &str = "approveUrl rejectUrl order { id }
    approveLink { id status action recipient createdBy expiresAt orderVersion approval { level } }
    rejectLink { id status action }";

impl Shop {
    /// Links for somebody, by a maker.
    pub(super) async fn links_for(&self, maker: &Viewer, order: &Value, recipient: &str) -> Value {
        let input = json!({ "id": order["id"], "recipient": recipient });
        self.api.done(maker, "createApprovalLinks", input, LINKS).await
    }
}

async fn links(shop: &Shop, maker: &Viewer, order: &Value) -> Value {
    shop.links_for(maker, order, " Pat Lee <pat@example.com> ").await
}

pub(super) fn token(url: &Value) -> SecretString {
    SecretString::from(url.as_str().unwrap().rsplit_once('/').unwrap().1)
}

/// Follows a link to approve, and approves.
pub(super) async fn approve_by(app: &TestApp, links: &Value) -> Result<(), RefusalCode> {
    answer_by(app, links, ApprovalLinkAction::Approve).await
}

/// Follows the one of two links that is for this, and does it.
pub(super) async fn answer_by(
    app: &TestApp,
    links: &Value,
    action: ApprovalLinkAction,
) -> Result<(), RefusalCode> {
    let (url, given) = match action {
        ApprovalLinkAction::Approve => {
            let external_reference = Some("PAT-1".to_owned());
            ("approveUrl", Answer::Approve { external_reference })
        }
        ApprovalLinkAction::Reject => {
            ("rejectUrl", Answer::Reject { reason: "No credit".to_owned() })
        }
    };
    let followed = follow(&app.app, &token(&links[url]), action).await;
    let refused = |error| match error {
        Error::Refused(refusals) => refusals[0].code,
        Error::Failed(cause) => panic!("{cause:?}"),
    };
    let followed = followed.map_err(refused)?.expect("there is such a link");
    answer(&app.app, followed, Trace::default(), given).await.map(drop).map_err(refused)
}

/// APX-09, APX-28.
async fn links_are_made_by_those_who_may_answer_and_by_nobody_else(database: Database) {
    let mut shop = Shop::open(database).await;
    let [above, own] = shop.put_below(["R-1", "R-2"]).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let input = json!({ "id": order["id"], "recipient": "Pat" });
    for (maker, level) in [(&own, 1), (&above, 2), (&shop.world.admin, 3)] {
        let made = links(&shop, maker, &order).await;
        assert_eq!(made["order"]["id"], order["id"]);
        let link = &made["approveLink"];
        assert_eq!(link["approval"]["level"], level);
        assert_eq!(
            (&link["status"], &link["action"], &link["recipient"], &link["createdBy"]),
            (
                &json!("ACTIVE"),
                &json!("APPROVE"),
                &json!("Pat Lee <pat@example.com>"),
                &json!(maker.subject)
            )
        );
        assert_eq!(link["orderVersion"], order["version"]);
        assert_eq!(made["rejectLink"]["action"], "REJECT");
    }
    let below = Viewer { subject: "user:other".to_owned(), ..own.clone() };
    let Scope::Partner { own: partner, .. } = below.scope else { panic!("an approver of R-2") };
    let unasked = given::partner(&shop.app, &shop.world, "R-3", Some(partner)).await;
    let unasked = Scope::Partner { own: unasked, partners: vec![unasked] };
    let unasked = viewer(shop.world.tenant_id, Role::Approver, unasked);
    let refused = shop.api.refused(&unasked, "createApprovalLinks", input.clone()).await;
    assert_eq!(refused["code"], "ORDER_NOT_FOUND");

    let placed = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "submit": true,
        "lines": [shop.instant(3)],
    });
    let placed = shop.run(&shop.world.admin, "createOrder", placed).await;
    let its = json!({ "id": placed["id"], "recipient": "Pat" });
    let refused = shop.api.refused(&shop.world.admin, "createApprovalLinks", its).await;
    assert_eq!(refused["code"], "OWN_ORDER");

    let approver = shop.world.approver();
    for (field, wrong) in [("recipient", json!("  ")), ("expiresInHours", json!(169))] {
        let mut input = input.clone();
        input[field] = wrong;
        let refused = shop.api.refused(&approver, "createApprovalLinks", input).await;
        assert_eq!(refused["code"], "VALIDATION_FAILED");
        assert_eq!(refused["field"], json!([field]));
    }
    let mut stale = input.clone();
    stale["expectedVersion"] = json!(1);
    let refused = shop.api.refused(&approver, "createApprovalLinks", stale).await;
    assert_eq!(refused["code"], "VERSION_CONFLICT");
    let no = json!({ "id": order["id"], "reason": "No credit" });
    shop.run(&approver, "rejectOrder", no).await;
    let refused = shop.api.refused(&approver, "createApprovalLinks", input).await;
    assert_eq!(refused["code"], "ORDER_NOT_PENDING_APPROVAL");
}

async fn a_link_is_shown_once_and_its_token_is_not_kept(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let approver = shop.world.approver();
    let input = json!({
        "id": order["id"], "recipient": "Pat", "expiresInHours": 1, "idempotencyKey": "k",
    });
    let first = shop.api.done(&approver, "createApprovalLinks", input.clone(), LINKS).await;
    let again = shop.api.done(&approver, "createApprovalLinks", input, LINKS).await;
    assert_eq!(again["approveLink"], first["approveLink"]);
    assert_eq!((&again["approveUrl"], &again["rejectUrl"]), (&Value::Null, &Value::Null));
    let hour = shop.app.app.clock.now() + TimeDelta::hours(1);
    let expires_at = first["approveLink"]["expiresAt"].as_str().unwrap();
    assert_eq!(expires_at.parse::<chrono::DateTime<chrono::Utc>>().unwrap(), hour);
    let [approve, reject] = ["approveUrl", "rejectUrl"].map(|url| first[url].as_str().unwrap());
    assert!(approve.starts_with("/approve/") && reject.starts_with("/reject/"));
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    for url in [approve, reject] {
        let token = url.rsplit_once('/').unwrap().1;
        assert_eq!(token.len(), 43, "256 bits");
        assert!(rows.iter().all(|row| !row.contains(token)));
    }
}

async fn each_sees_the_links_for_its_own_answer(database: Database) {
    let mut shop = Shop::open(database).await;
    let [above, own] = shop.put_below(["R-1", "R-2"]).await;
    let order = shop.place(&[shop.instant(3)]).await;
    for maker in [&own, &above, &shop.world.admin] {
        links(&shop, maker, &order).await;
    }
    let document = "query ($id: ID!) { order(id: $id) { approvalLinks { id approval { level } }
        history(first: 50) { nodes { kind actor approvalLink { id } } } } }";
    let customer = match &own.scope {
        Scope::Partner { own, .. } => Viewer {
            scope: Scope::Customer { own: shop.world.customer_id, partner: Some(*own) },
            ..shop.world.customer.clone()
        },
        Scope::Tenant | Scope::Customer { .. } => panic!("an approver of R-2"),
    };
    let seller = shop.world.seller();
    for (who, seen) in
        [(&seller, vec![1, 2, 3]), (&above, vec![1, 2]), (&own, vec![1]), (&customer, vec![])]
    {
        let read = shop.api.read(who, document, json!({ "id": order["id"] })).await;
        let shown = read["order"]["approvalLinks"].as_array().unwrap();
        let mut levels: Vec<_> =
            shown.iter().map(|link| link["approval"]["level"].as_i64().unwrap()).collect();
        levels.sort_unstable();
        levels.dedup();
        assert_eq!(levels, seen, "{}", who.role);
        let told = read["order"]["history"]["nodes"].as_array().unwrap();
        let told = told.iter().filter(|event| event["kind"] == "APPROVAL_LINK_CREATED");
        let told: Vec<_> = told.map(|event| &event["approvalLink"]["id"]).collect();
        assert_eq!(told.len(), shown.len());
        assert!(shown.iter().all(|link| told.contains(&&link["id"])));
    }
}

async fn an_answer_by_a_link_is_the_recipients_in_the_name_of_whoever_made_it(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let maker = shop.world.approver();
    let made = links(&shop, &maker, &order).await;
    let spare = links(&shop, &maker, &order).await;
    approve_by(&shop.app, &made).await.unwrap();
    let actor = format!("link:{} for Pat Lee <pat@example.com>", maker.subject);
    let approved = shop.order(&order).await;
    assert_eq!(
        (&approved["status"], &approved["externalReference"]),
        (&json!("APPROVED"), &json!("PAT-1"))
    );
    assert_eq!(approved["approvals"][0]["decidedBy"], actor);
    let document = "query ($id: ID!) { order(id: $id) {
        approvalLinks { id status usedAt }
        history(last: 2) { nodes { kind trigger toStatus actorKind actor approvalLink { id } } } } }";
    let read = shop.read(document, &order["id"]).await["order"].take();
    let moved = &read["history"]["nodes"][0];
    assert_eq!(
        moved,
        &json!({
            "kind": "ORDER_STATUS_CHANGED", "trigger": "APPROVE_LAST_STEP", "toStatus": "APPROVED",
            "actorKind": "APPROVAL_LINK", "actor": actor, "approvalLink": null,
        })
    );
    let used = &read["history"]["nodes"][1];
    assert_eq!(
        (&used["kind"], &used["actor"], &used["approvalLink"]["id"]),
        (&json!("APPROVAL_LINK_USED"), &json!(actor), &made["approveLink"]["id"])
    );
    let of_links = read["approvalLinks"].as_array().unwrap();
    let used: Vec<_> = of_links.iter().filter(|link| link["status"] == "USED").collect();
    assert_eq!(used.len(), 1);
    assert!(used[0]["id"] == made["approveLink"]["id"] && !used[0]["usedAt"].is_null());

    assert_eq!(approve_by(&shop.app, &made).await, Err(RefusalCode::ApprovalLinkNotActive));
    assert_eq!(approve_by(&shop.app, &spare).await, Err(RefusalCode::OrderNotPendingApproval));
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await["status"], "COMPLETED");
}

async fn an_order_has_up_to_20_links_that_can_be_used(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let maker = shop.world.approver();
    let mut made = Vec::new();
    for _ in 0..10 {
        made.push(links(&shop, &maker, &order).await);
    }
    let input = json!({ "id": order["id"], "recipient": "Pat" });
    let full = shop.api.refused(&maker, "createApprovalLinks", input.clone()).await;
    assert_eq!(full["code"], "TOO_MANY_APPROVAL_LINKS");
    for link in ["approveLink", "rejectLink"] {
        let revoked = json!({ "id": made[0][link]["id"] });
        shop.api.done(&maker, "revokeApprovalLink", revoked, "").await;
    }
    links(&shop, &maker, &order).await;
    let full = shop.api.refused(&maker, "createApprovalLinks", input).await;
    assert_eq!(full["code"], "TOO_MANY_APPROVAL_LINKS");
    let other = shop.place(&[shop.instant(3)]).await;
    links(&shop, &maker, &other).await;
    shop.app.advance(TimeDelta::hours(72));
    links(&shop, &maker, &order).await;
}

async fn a_link_has_the_rights_that_its_maker_has_when_it_is_used(database: Database) {
    let mut shop = Shop::open(database).await;
    let [above, _] = shop.put_below(["R-1", "R-2"]).await;
    let admin = shop.world.admin.clone();
    let order = shop.place(&[shop.instant(3)]).await;
    let by_key = |key: &str| Viewer {
        subject: format!("key:{}", &key[3..15]),
        kind: ActorKind::ApiKey,
        ..shop.world.approver()
    };
    let kept = key_for(&shop.app, &admin, &shop.world.approver()).await;
    let revoked = key_for(&shop.app, &admin, &shop.world.approver()).await;
    let short = TimeDelta::hours(1);
    let expired = expiring_key_for(&shop.app, &admin, &shop.world.approver(), short).await;
    let [kept, revoked, expired] = [kept, revoked, expired].map(|key| by_key(&key));
    let by_kept = links(&shop, &kept, &order).await;
    let by_revoked = links(&shop, &revoked, &order).await;
    let by_expired = links(&shop, &expired, &order).await;
    let by_partner = links(&shop, &above, &order).await;

    let keys = "{ apiKeys(first: 9) { nodes { id prefix } } }";
    let keys = shop.api.read(&admin, keys, json!({})).await;
    let key = keys["apiKeys"]["nodes"].as_array().unwrap().iter();
    let key = key.clone().find(|it| revoked.subject.ends_with(it["prefix"].as_str().unwrap()));
    let revoke = json!({ "id": key.unwrap()["id"] });
    shop.api.done(&admin, "revokeApiKey", revoke, "").await;
    shop.app.advance(short);
    // The customer's partner goes away from below the one that is asked as well.
    let Scope::Partner { partners, .. } = &above.scope else { panic!("an approver of R-1") };
    let away = put_below(partners[1], ordergate::services::change::Change::Clear);
    shop.app
        .perform(&admin, away, ordergate::services::partners::update::update_partner)
        .await
        .unwrap();

    for made in [&by_revoked, &by_expired, &by_partner] {
        assert_eq!(approve_by(&shop.app, made).await, Err(RefusalCode::NotAnApprover));
    }
    assert_eq!(shop.order(&order).await["version"], order["version"]);
    approve_by(&shop.app, &by_kept).await.unwrap();
}

async fn a_revoked_link_stays_so_and_a_used_one_cannot_be_revoked(database: Database) {
    let mut shop = Shop::open(database).await;
    let [above, own] = shop.put_below(["R-1", "R-2"]).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let made = links(&shop, &own, &order).await;
    let id = json!({ "id": made["approveLink"]["id"] });
    // Seen, and another one's.
    let refused = shop.api.refused(&above, "revokeApprovalLink", id.clone()).await;
    assert_eq!(refused["code"], "NOT_AN_APPROVER");
    let revoked = "approvalLink { status revokedAt }";
    let first = shop.api.done(&own, "revokeApprovalLink", id.clone(), revoked).await;
    assert_eq!(first["approvalLink"]["status"], "REVOKED");
    shop.app.advance(TimeDelta::hours(1));
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    let again = shop.api.done(&shop.world.admin, "revokeApprovalLink", id, revoked).await;
    assert_eq!(again, first);
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);
    assert_eq!(approve_by(&shop.app, &made).await, Err(RefusalCode::ApprovalLinkNotActive));

    let made = links(&shop, &own, &order).await;
    approve_by(&shop.app, &made).await.unwrap();
    let id = json!({ "id": made["approveLink"]["id"] });
    let refused = shop.api.refused(&own, "revokeApprovalLink", id).await;
    assert_eq!(
        (&refused["code"], &refused["currentStatus"]),
        (&json!("APPROVAL_LINK_NOT_ACTIVE"), &json!("USED"))
    );
}

/// APX-19.
async fn a_link_follows_the_yes_of_another_level_and_no_other_change(database: Database) {
    let mut shop = Shop::open(database).await;
    let [above, own] = shop.put_below(["R-1", "R-2"]).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let seller = shop.world.approver();
    let own_link = links(&shop, &own, &order).await;
    let own_spare = links(&shop, &own, &order).await;
    let sellers = links(&shop, &seller, &order).await;
    let revoked = links(&shop, &seller, &order).await;
    let id = json!({ "id": revoked["rejectLink"]["id"] });
    shop.api.done(&seller, "revokeApprovalLink", id, "").await;
    let versions = async || {
        let document = "query ($ids: [ID!]!) {
            nodes(ids: $ids) { ... on ApprovalLink { orderVersion } } }";
        let ids = [&own_link["approveLink"], &sellers["rejectLink"], &revoked["rejectLink"]];
        let ids = json!({ "ids": ids.map(|link| &link["id"]) });
        let read = shop.api.read(&seller, document, ids).await;
        let nodes = read["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|link| link["orderVersion"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let placed = order["version"].as_i64().unwrap();
    assert_eq!(versions().await, [placed, placed, placed]);
    approve_by(&shop.app, &own_link).await.unwrap();
    assert_eq!(versions().await, [placed, placed + 1, placed], "what was used or revoked stays");
    assert_eq!(approve_by(&shop.app, &own_spare).await, Err(RefusalCode::AlreadyDecided));
    shop.run(&above, "approveOrder", json!({ "id": order["id"] })).await;
    assert_eq!(shop.order(&order).await["version"], placed + 2);
    assert_eq!(versions().await, [placed, placed + 2, placed]);

    let other = shop.place(&[shop.instant(3)]).await;
    let stale = links(&shop, &seller, &other).await;
    shop.change_behind_its_back(&other).await;
    shop.run(&above, "approveOrder", json!({ "id": other["id"] })).await;
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    assert_eq!(approve_by(&shop.app, &stale).await, Err(RefusalCode::VersionConflict));
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);

    approve_by(&shop.app, &sellers).await.unwrap();
    assert_eq!(shop.order(&order).await["status"], "APPROVED");
}

async fn a_link_of_another_seller_does_not_exist(database: Database) {
    let shop = Shop::open(database).await;
    let other = given::world(&shop.app).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let made = links(&shop, &shop.world.approver(), &order).await;
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    let id = json!({ "id": made["approveLink"]["id"] });
    let refused = shop.api.refused(&other.admin, "revokeApprovalLink", id.clone()).await;
    assert_eq!(refused["code"], "APPROVAL_LINK_NOT_FOUND");
    let input = json!({ "id": order["id"], "recipient": "Pat" });
    let refused = shop.api.refused(&other.admin, "createApprovalLinks", input).await;
    assert_eq!(refused["code"], "ORDER_NOT_FOUND");
    let node = shop.api.read(&other.admin, "query ($id: ID!) { node(id: $id) { id } }", id).await;
    assert_eq!(node["node"], Value::Null);
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);
}

async fn what_has_expired_is_written_down_and_forgotten_after_30_days(database: Database) {
    let shop = Shop::open(database).await;
    let (order, other) =
        (shop.place(&[shop.instant(3)]).await, shop.place(&[shop.instant(3)]).await);
    let maker = shop.world.approver();
    let used = links(&shop, &maker, &order).await;
    approve_by(&shop.app, &used).await.unwrap();
    shop.app.advance(TimeDelta::hours(1));
    let later = links(&shop, &maker, &other).await;
    let revoked = json!({ "id": later["rejectLink"]["id"] });
    shop.api.done(&maker, "revokeApprovalLink", revoked, "").await;

    let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ApprovalLink { status } } }";
    let statuses = async || {
        shop.app.run_jobs().await;
        let of = |made: &Value| {
            [&made["approveLink"]["id"], &made["rejectLink"]["id"]].map(Value::clone)
        };
        let ids = [of(&used), of(&later)].concat();
        let read = shop.api.read(&maker, document, json!({ "ids": ids })).await;
        let nodes = read["nodes"].as_array().unwrap().clone();
        nodes
            .iter()
            .map(|link| link["status"].as_str().unwrap_or("GONE").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses().await, ["USED", "ACTIVE", "ACTIVE", "REVOKED"]);
    shop.app.advance(TimeDelta::hours(71));
    assert_eq!(statuses().await, ["USED", "EXPIRED", "ACTIVE", "REVOKED"]);
    shop.app.advance(TimeDelta::days(30));
    assert_eq!(statuses().await, ["GONE", "GONE", "EXPIRED", "REVOKED"]);
    shop.app.advance(TimeDelta::hours(1));
    assert_eq!(statuses().await, ["GONE"; 4]);

    // What the log tells of them stays.
    let document = "query ($id: ID!) { order(id: $id) { history(first: 50) {
        nodes { kind actor approvalLink { id } } } } }";
    let read = shop.read(document, &order["id"]).await;
    let told = read["order"]["history"]["nodes"].as_array().unwrap().clone();
    let told = told.iter().find(|event| event["kind"] == "APPROVAL_LINK_USED").unwrap();
    assert_eq!(told["approvalLink"], Value::Null);
    assert_eq!(told["actor"], format!("link:{} for Pat Lee <pat@example.com>", maker.subject));
}
