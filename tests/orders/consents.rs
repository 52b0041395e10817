//! Levels at which several people must say yes.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use domain::viewer::Viewer;
use entity::{ApprovalLinkAction, OrderId, OrderStatus, consent, event, order};
use futures_util::future::join_all;
use ordergate::{
    error::{Error, RefusalCode},
    graphql::id::Id,
    services::orders::{
        approve::{ApproveOrder, approve_order},
        links::{follow::follow, show::show},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::approval_links::{answer_by, approve_by, token};
use crate::{
    on_both_databases,
    support::{database::Database, rows::rows_of, shop::Shop},
};

on_both_databases!(
    an_order_waits_until_as_many_people_have_said_yes_as_its_rule_wants,
    a_person_counts_once_and_a_request_that_comes_again_changes_nothing,
    one_no_is_enough_whoever_has_said_yes,
    the_most_that_a_rule_wants_holds_and_orders_that_were_placed_keep_it,
    several_levels_wait_each_for_its_own_people,
    a_yes_leaves_the_links_of_others_and_a_recipient_counts_once_whoever_made_the_link,
    an_answer_that_lacks_a_yes_is_reminded_of_and_lapses,
    of_many_yeses_at_once_as_many_count_as_are_wanted_and_one_moves_the_order,
);

const ANSWERS: &str = "query Run($id: ID!) { order(id: $id) { status version approvals {
    approversNeeded decision decidedBy consents { givenBy orderVersion } } } }";

impl Shop {
    /// A shop that has one rule, for the seller's answer, and as many approvers.
    async fn wants<const N: usize>(database: Database, rule: Value) -> (Self, [Viewer; N]) {
        let shop = Self::open_with_approval(database, false).await;
        shop.rule(&shop.world.admin, rule).await;
        let approvers = std::array::from_fn(|_| shop.world.approver());
        (shop, approvers)
    }

    async fn yes(&self, approver: &Viewer, order: &Value) -> Value {
        self.run(approver, "approveOrder", json!({ "id": order["id"] })).await
    }

    /// What there is of answers to an order.
    async fn answers(&self, order: &Value) -> Value {
        self.read(ANSWERS, &order["id"]).await["order"].take()
    }

    /// Whether an order is found among those that wait for somebody, and what they may do to it.
    async fn waits_for(&self, viewer: &Viewer, order: &Value) -> (bool, Value) {
        let found = self.found(viewer, json!({ "waitsForMe": true })).await;
        let document = "query ($id: ID!) { order(id: $id) { availableActions } }";
        let read = self.api.read(viewer, document, json!({ "id": order["id"] })).await;
        (found.contains(&order["id"]), read["order"]["availableActions"].clone())
    }
}

fn consents(of: &[(&Viewer, i64)]) -> Value {
    of.iter()
        .map(|(who, version)| json!({ "givenBy": who.subject, "orderVersion": version }))
        .collect()
}

/// APX-19.
async fn an_order_waits_until_as_many_people_have_said_yes_as_its_rule_wants(database: Database) {
    let rule = json!({ "name": "Three", "approversNeeded": 3 });
    let (shop, [ada, ben, cleo]) = Shop::wants(database, rule).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let placed = order["version"].as_i64().unwrap();
    let waiting = |of: &[(&Viewer, i64)]| json!([{ "approversNeeded": 3, "decision": "PENDING", "decidedBy": null, "consents": consents(of) }]);
    assert_eq!(shop.answers(&order).await["approvals"], waiting(&[]));
    let may = (true, json!(["APPROVE", "REJECT"]));
    let may_not = (false, json!([]));
    assert_eq!(shop.waits_for(&ada, &order).await, may);

    let first = shop.yes(&ada, &order).await;
    assert_eq!(
        (&first["status"], &first["version"]),
        (&json!("PENDING_APPROVAL"), &json!(placed + 1))
    );
    assert_eq!(shop.answers(&order).await["approvals"], waiting(&[(&ada, placed)]));
    assert_eq!(shop.waits_for(&ada, &order).await, may_not);
    assert_eq!(shop.waits_for(&ben, &order).await, may);

    let second = shop.yes(&ben, &order).await;
    assert_eq!(
        (&second["status"], &second["version"]),
        (&json!("PENDING_APPROVAL"), &json!(placed + 2))
    );
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await["status"], "PENDING_APPROVAL");

    let third = shop.yes(&cleo, &order).await;
    assert_eq!((&third["status"], &third["version"]), (&json!("APPROVED"), &json!(placed + 3)));
    let all = consents(&[(&ada, placed), (&ben, placed + 1), (&cleo, placed + 2)]);
    let answered = json!([{
        "approversNeeded": 3, "decision": "APPROVED", "decidedBy": cleo.subject, "consents": all,
    }]);
    assert_eq!(shop.answers(&order).await["approvals"], answered);
    let moves = shop.triggers(&order).await;
    assert_eq!(moves[3..], ["APPROVE_STEP", "APPROVE_STEP", "APPROVE_LAST_STEP"]);
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await["status"], "COMPLETED");
}

/// APX-29.
async fn a_person_counts_once_and_a_request_that_comes_again_changes_nothing(database: Database) {
    let rule = json!({ "name": "Two", "approversNeeded": 2 });
    let (shop, [ada, ben]) = Shop::wants(database, rule).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let yes = json!({
        "id": order["id"], "expectedVersion": order["version"], "externalReference": "ADA-1",
        "idempotencyKey": "once",
    });
    let first = shop.run(&ada, "approveOrder", yes.clone()).await;
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    // As it was, with its key or without.
    assert_eq!(shop.run(&ada, "approveOrder", yes.clone()).await, first);
    let mut again = yes.clone();
    again.as_object_mut().unwrap().remove("idempotencyKey");
    assert_eq!(shop.run(&ada, "approveOrder", again.clone()).await, first);
    let with = |change: Value| {
        let mut input = json!({ "id": order["id"] });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        input
    };
    for (mutation, input, code, field) in [
        ("approveOrder", with(json!({})), "ALREADY_APPROVED", json!([])),
        (
            "approveOrder",
            with(json!({ "expectedVersion": first["version"], "idempotencyKey": "other" })),
            "ALREADY_APPROVED",
            json!([]),
        ),
        (
            "approveOrder",
            with(json!({ "expectedVersion": order["version"], "externalReference": "ADA-2" })),
            "ALREADY_DECIDED",
            json!(["externalReference"]),
        ),
        ("rejectOrder", with(json!({ "reason": "No" })), "ALREADY_APPROVED", json!([])),
    ] {
        let refused = shop.api.refused(&ada, mutation, input.clone()).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{input}");
        assert_eq!(
            (&refused["currentStatus"], &refused["currentVersion"]),
            (&json!("PENDING_APPROVAL"), &first["version"]),
            "{input}"
        );
    }
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);

    let stale = with(json!({ "expectedVersion": order["version"] }));
    assert_eq!(shop.api.refused(&ben, "approveOrder", stale).await["code"], "VERSION_CONFLICT");
    let approved = shop.yes(&ben, &order).await;
    assert_eq!(approved["status"], "APPROVED");
    assert_eq!(approved["externalReference"], "ADA-1", "the one that was given");
    assert_eq!(shop.run(&ada, "approveOrder", again).await, approved);
    assert_eq!(shop.yes(&ada, &order).await, approved);
    let late = shop.api.refused(&shop.world.approver(), "approveOrder", with(json!({}))).await;
    assert_eq!(late["code"], "ORDER_NOT_PENDING_APPROVAL");
}

/// APX-19.
async fn one_no_is_enough_whoever_has_said_yes(database: Database) {
    let rule = json!({ "name": "Three", "approversNeeded": 3 });
    let (shop, [ada, ben]) = Shop::wants(database, rule).await;
    let order = shop.place(&[shop.instant(3)]).await;
    shop.yes(&ada, &order).await;
    let no = json!({ "id": order["id"], "reason": "No credit" });
    assert_eq!(shop.run(&ben, "rejectOrder", no).await["status"], "REJECTED");
    let answer = shop.answers(&order).await["approvals"][0].take();
    assert_eq!(
        (&answer["decision"], &answer["decidedBy"]),
        (&json!("REJECTED"), &json!(ben.subject))
    );
    assert_eq!(answer["consents"], consents(&[(&ada, order["version"].as_i64().unwrap())]));
    assert_eq!(shop.waits_for(&ada, &order).await, (false, json!([])));
}

async fn the_most_that_a_rule_wants_holds_and_orders_that_were_placed_keep_it(database: Database) {
    let shop = Shop::open(database).await;
    let admin = &shop.world.admin;
    let needed = async |order: &Value| {
        let answers = shop.answers(order).await;
        answers["approvals"].as_array().unwrap()[0]["approversNeeded"].as_i64().unwrap()
    };
    let by_setting = shop.place(&[shop.instant(3)]).await;
    assert_eq!(needed(&by_setting).await, 1);
    shop.rule(admin, json!({ "name": "One" })).await;
    shop.rule(admin, json!({ "name": "Two", "approversNeeded": 2 })).await;
    let three = shop.rule(admin, json!({ "name": "Three", "approversNeeded": 3 })).await;
    let document = "query ($input: CreateOrderInput!) { previewOrder(input: $input) {
        approvals { rules approversNeeded } } }";
    let customer = Id(shop.world.customer_id).to_string();
    let asked = json!({ "customerId": customer, "lines": [shop.instant(3)] });
    let previewed = shop.api.read(admin, document, json!({ "input": asked })).await;
    let expected = json!([{ "rules": ["One", "Three", "Two"], "approversNeeded": 3 }]);
    assert_eq!(previewed["previewOrder"]["approvals"], expected);

    let order = shop.place(&[shop.instant(3)]).await;
    assert_eq!(needed(&order).await, 3);
    let fewer = json!({ "id": three, "approversNeeded": 1 });
    let selection = "approvalRule { approversNeeded version }";
    let changed = shop.api.done(admin, "updateApprovalRule", fewer, selection).await;
    assert_eq!(changed["approvalRule"], json!({ "approversNeeded": 1, "version": 2 }));
    assert_eq!((needed(&order).await, needed(&by_setting).await), (3, 1));
    for status in ["PENDING_APPROVAL", "PENDING_APPROVAL", "APPROVED"] {
        assert_eq!(shop.yes(&shop.world.approver(), &order).await["status"], status);
    }
    assert_eq!(needed(&shop.place(&[shop.instant(3)]).await).await, 2);
}

/// APX-19.
async fn several_levels_wait_each_for_its_own_people(database: Database) {
    let mut shop = Shop::open(database).await;
    let [partner] = shop.put_below(["R-1"]).await;
    let colleague = Viewer { subject: "user:colleague".to_owned(), ..partner.clone() };
    shop.rule(&partner, json!({ "name": "Two", "approversNeeded": 2 })).await;
    let order = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "lines": [shop.instant(3)],
        "submit": true,
    });
    let order = shop.run(&shop.world.customer, "createOrder", order).await;
    let seller = shop.world.approver();
    for (approver, decisions) in [
        (&partner, ["PENDING", "PENDING"]),
        (&seller, ["PENDING", "APPROVED"]),
        (&colleague, ["APPROVED", "APPROVED"]),
    ] {
        shop.yes(approver, &order).await;
        let answers = shop.answers(&order).await["approvals"].take();
        let found: Vec<_> = answers.as_array().unwrap().iter().map(|it| &it["decision"]).collect();
        assert_eq!(found, decisions);
    }
    assert_eq!(shop.order(&order).await["status"], "APPROVED");
    // Who they are is no business of a customer of another partner's, and of this one's it is.
    let document = "query ($id: ID!) { order(id: $id) { approvals { consents { givenBy } } } }";
    let seen = shop.api.read(&shop.world.customer, document, json!({ "id": order["id"] })).await;
    let by_partner = json!([{ "givenBy": partner.subject }, { "givenBy": colleague.subject }]);
    assert_eq!(seen["order"]["approvals"][0]["consents"], by_partner);
}

async fn a_yes_leaves_the_links_of_others_and_a_recipient_counts_once_whoever_made_the_link(
    database: Database,
) {
    let rule = json!({ "name": "Three", "approversNeeded": 3 });
    let (shop, [ada, ben]) = Shop::wants(database, rule).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let [pat, sam] = ["Pat Lee", "Sam"];
    let pats = shop.links_for(&ada, &order, pat).await;
    let pats_other = shop.links_for(&ben, &order, " PAT \u{a0}lee").await;
    let sams = shop.links_for(&ada, &order, sam).await;
    let seen = order["version"].as_i64().unwrap();
    approve_by(&shop.app, &pats).await.unwrap();
    let answers = shop.answers(&order).await;
    assert_eq!(
        (&answers["status"], &answers["version"]),
        (&json!("PENDING_APPROVAL"), &json!(seen + 1))
    );
    let by_pat = format!("link:{} for {pat}", ada.subject);
    let said = json!([{ "givenBy": by_pat, "orderVersion": seen }]);
    assert_eq!(answers["approvals"][0]["consents"], said);

    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    assert_eq!(approve_by(&shop.app, &pats).await, Err(RefusalCode::ApprovalLinkNotActive));
    assert_eq!(approve_by(&shop.app, &pats_other).await, Err(RefusalCode::AlreadyApproved));
    for theirs in [&pats, &pats_other] {
        let no = answer_by(&shop.app, theirs, ApprovalLinkAction::Reject).await;
        assert_eq!(no, Err(RefusalCode::AlreadyApproved));
    }
    let other = token(&pats_other["approveUrl"]);
    let looks = follow(&shop.app.app, &other, ApprovalLinkAction::Approve).await.unwrap().unwrap();
    let shown = show(&shop.app.app, &looks).await.map(|shown| shown.recipient);
    assert!(matches!(shown, Err(Error::Refused(it)) if it[0].code == RefusalCode::AlreadyApproved));
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);

    // Whoever made the links is somebody else.
    shop.yes(&ada, &order).await;
    approve_by(&shop.app, &sams).await.unwrap();
    assert_eq!(shop.order(&order).await["status"], "APPROVED");
}

async fn an_answer_that_lacks_a_yes_is_reminded_of_and_lapses(database: Database) {
    let rule = json!({
        "name": "Two", "approversNeeded": 2, "remindEveryHours": 6, "lapseAfterHours": 24,
    });
    let (shop, [ada]) = Shop::wants(database, rule).await;
    let order = shop.place(&[shop.instant(3)]).await;
    shop.yes(&ada, &order).await;
    shop.app.advance(TimeDelta::hours(6));
    shop.app.run_jobs().await;
    let history = "query Run($id: ID!) { order(id: $id) { history(last: 1) { nodes { kind } } } }";
    let last = shop.read(history, &order["id"]).await;
    assert_eq!(last["order"]["history"]["nodes"][0]["kind"], "APPROVAL_REMINDED");
    shop.app.advance(TimeDelta::hours(18));
    shop.app.run_jobs().await;
    let answers = shop.answers(&order).await;
    assert_eq!(
        (&answers["status"], &answers["approvals"][0]["decision"]),
        (&json!("CANCELLED"), &json!("VOID"))
    );
}

async fn of_many_yeses_at_once_as_many_count_as_are_wanted_and_one_moves_the_order(
    database: Database,
) {
    const ORDERS: usize = 20;
    const APPROVERS: usize = 12;
    const WANTED: usize = 5;
    let rule = json!({ "name": "Five", "approversNeeded": WANTED });
    let (shop, approvers) = Shop::wants::<APPROVERS>(database, rule).await;
    let (shop, approvers) = (Arc::new(shop), Arc::new(approvers));
    for _ in 0..ORDERS {
        let order = shop.place(&[shop.instant(3)]).await;
        let Id(id) = Id::<OrderId>::read(order["id"].as_str().unwrap()).unwrap();
        let barrier = Arc::new(Barrier::new(2 * APPROVERS));
        // Each comes twice.
        let clients = (0..2 * APPROVERS).map(|client| {
            let (shop, approvers, barrier) = (shop.clone(), approvers.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                let yes =
                    ApproveOrder { order_id: id, expected_version: None, external_reference: None };
                shop.app.perform(&approvers[client % APPROVERS], yes, approve_order).await
            })
        });
        for outcome in join_all(clients).await {
            match outcome.unwrap() {
                Ok(_) => {}
                Err(Error::Refused(refusals)) => assert!(
                    matches!(
                        refusals[0].code,
                        RefusalCode::AlreadyApproved | RefusalCode::OrderNotPendingApproval
                    ),
                    "{refusals:?}"
                ),
                Err(Error::Failed(cause)) => panic!("a client failed: {cause:?}"),
            }
        }
        let readers = shop.app.app.store.readers();
        let order = order::Entity::find_by_id(id).one(readers).await.unwrap().unwrap();
        assert_eq!(order.status, OrderStatus::Approved);
        let given = consent::Entity::find().filter(consent::Column::OrderId.eq(id));
        let mut given: Vec<_> =
            given.all(readers).await.unwrap().into_iter().map(|it| it.person).collect();
        assert_eq!(given.len(), WANTED);
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), WANTED, "of different people");
        let moves = event::Entity::find()
            .filter(event::Column::OrderId.eq(id))
            .filter(event::Column::FromStatus.eq(OrderStatus::PendingApproval.as_str()))
            .all(readers)
            .await
            .unwrap();
        let mut by_trigger = BTreeMap::new();
        for event in moves {
            *by_trigger.entry(event.trigger.unwrap().to_string()).or_insert(0) += 1;
        }
        let expected = [("APPROVE_LAST_STEP", 1), ("APPROVE_STEP", WANTED - 1)]
            .map(|(it, n)| (it.to_owned(), n));
        assert_eq!(by_trigger, BTreeMap::from(expected));
    }
}
