//! The same request twice is one request, and a change is made only to what was seen.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::viewer::Viewer;
use entity::idempotency_key;
use futures_util::future::join_all;
use ordergate::graphql::id::Id;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::{
    on_both_databases,
    support::{
        database::Database,
        given::World,
        http::client,
        rows::rows_of,
        server::{Server, key_for},
        shop::Shop,
    },
};

on_both_databases!(
    the_same_request_is_answered_once_also_after_the_order_has_moved_on,
    a_refusal_uses_up_no_key,
    a_refusal_that_an_earlier_release_kept_is_decided_afresh,
    of_many_calls_with_one_key_at_once_those_that_are_refused_stand_in_nobodys_way,
    a_key_that_was_used_for_something_else_is_refused,
    of_64_calls_with_one_key_at_once_one_creates_an_order,
    the_header_carries_the_key_as_well,
    the_keys_of_two_callers_never_meet,
    a_key_is_forgotten_after_72_hours,
    whoever_expects_an_older_version_is_told_the_one_there_is,
    a_draft_changes_in_what_was_named_only,
    a_customer_changes_in_what_was_named_only,
    a_refused_mutation_leaves_no_trace,
);

const CLIENTS: usize = 64;

fn purchase(shop: &Shop, key: &str) -> Value {
    json!({ "lines": [shop.instant(3)], "submit": true, "idempotencyKey": key })
}

async fn create(shop: &Shop, input: Value) -> Value {
    shop.run(&shop.world.customer, "createOrder", input).await
}

async fn draft(shop: &Shop, mut input: Value) -> Value {
    input["lines"] = json!([shop.instant(3)]);
    create(shop, input).await
}

async fn all_rows(shop: &Shop) -> Vec<String> {
    rows_of(&shop.app, shop.world.tenant_id).await
}

async fn count_of_orders(shop: &Shop) -> Value {
    let orders = "{ orders { totalCount } }";
    shop.api.read(&shop.world.admin, orders, json!({})).await["orders"]["totalCount"].take()
}

async fn the_same_request_is_answered_once_also_after_the_order_has_moved_on(database: Database) {
    let shop = Shop::open(database).await;
    let first = create(&shop, purchase(&shop, "k-1")).await;
    let approve = json!({ "id": first["id"], "idempotencyKey": "k-2" });
    let approver = shop.world.approver();
    shop.api.done(&approver, "approveOrder", approve.clone(), "").await;
    shop.app.run_jobs().await;
    let rows = all_rows(&shop).await;
    let again = create(&shop, purchase(&shop, "k-1")).await;
    assert_eq!((&again["id"], &again["status"]), (&first["id"], &json!("COMPLETED")));
    shop.api.done(&approver, "approveOrder", approve, "").await;
    // The order of an input's fields says nothing.
    let reordered = json!({ "idempotencyKey": "k-1", "submit": true, "lines": [shop.instant(3)] });
    assert_eq!(create(&shop, reordered).await["id"], first["id"]);
    assert!(all_rows(&shop).await == rows, "a repeated request changed something");
}

async fn a_refusal_uses_up_no_key(database: Database) {
    let shop = Shop::open(database).await;
    let customer = &shop.world.customer;
    let rows = all_rows(&shop).await;
    let wrong = json!({ "lines": [shop.instant(501)], "submit": true, "idempotencyKey": "k-1" });
    let refused = shop.api.refused(customer, "createOrder", wrong).await;
    assert_eq!(refused["code"], "QUANTITY_OUT_OF_RANGE");
    assert!(all_rows(&shop).await == rows, "a refusal was stored");
    // Corrected, under the same key.
    let order = create(&shop, purchase(&shop, "k-1")).await;

    // Unchanged, once what was in its way is gone.
    let cancel = json!({ "id": order["id"], "idempotencyKey": "k-2", "expectedVersion": 4 });
    let refused = shop.api.refused(customer, "cancelOrder", cancel.clone()).await;
    assert_eq!(
        (&refused["code"], &refused["currentVersion"]),
        (&json!("VERSION_CONFLICT"), &json!(3))
    );
    let approve = json!({ "id": order["id"] });
    shop.api.done(&shop.world.approver(), "approveOrder", approve, "").await;
    let cancelled = shop.api.done(customer, "cancelOrder", cancel, "order { status }").await;
    assert_eq!(cancelled["order"]["status"], "CANCELLED");
    // An answer that changed something is the answer of its key.
    assert_eq!(create(&shop, purchase(&shop, "k-1")).await["id"], order["id"]);
    let mut other = purchase(&shop, "k-1");
    other["lines"] = json!([shop.instant(501)]);
    let refused = shop.api.refused(customer, "createOrder", other).await;
    assert_eq!(refused["code"], "IDEMPOTENCY_KEY_REUSED");
}

/// Nodes of the release before may still run, and keep what they refuse.
async fn a_refusal_that_an_earlier_release_kept_is_decided_afresh(database: Database) {
    let shop = Shop::open(database).await;
    let now = shop.app.app.clock.now();
    let row = idempotency_key::ActiveModel {
        tenant_id: Set(shop.world.tenant_id),
        principal: Set(shop.world.customer.subject.clone()),
        key: Set("k-1".to_owned()),
        fingerprint: Set("of another input".to_owned()),
        outcome: Set(Some(json!({ "Refused": [
            { "code": "OrderEmpty", "message": "", "field": [], "current": null },
        ] }))),
        created_at: Set(now),
        expires_at: Set(now + TimeDelta::hours(72)),
    };
    let txn = shop.app.app.store.begin(shop.world.tenant_id).await.unwrap();
    idempotency_key::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
    txn.commit().await.unwrap();
    let order = create(&shop, purchase(&shop, "k-1")).await;
    assert_eq!(create(&shop, purchase(&shop, "k-1")).await, order);
    assert_eq!(count_of_orders(&shop).await, 1);
}

async fn of_many_calls_with_one_key_at_once_those_that_are_refused_stand_in_nobodys_way(
    database: Database,
) {
    let shop = Arc::new(Shop::open(database).await);
    let barrier = Arc::new(Barrier::new(CLIENTS));
    let clients = (0..CLIENTS).map(|index| {
        let (shop, barrier) = (shop.clone(), barrier.clone());
        tokio::spawn(async move {
            let mut input = purchase(&shop, "k-1");
            if index % 4 != 0 {
                input["lines"] = json!([shop.instant(501)]);
            }
            barrier.wait().await;
            let payload =
                shop.api.run(&shop.world.customer, "createOrder", input, "order { id }").await;
            (index % 4 == 0, payload)
        })
    });
    let (right, wrong): (Vec<_>, Vec<_>) =
        join_all(clients).await.into_iter().map(Result::unwrap).partition(|(right, _)| *right);
    assert!(right.iter().all(|(_, payload)| *payload == right[0].1), "{right:?}");
    assert!(right[0].1["order"]["id"].is_string(), "{right:?}");
    for (_, payload) in wrong {
        // Before the order was there, or after.
        let code = payload["userErrors"][0]["code"].as_str().unwrap();
        assert!(["QUANTITY_OUT_OF_RANGE", "IDEMPOTENCY_KEY_REUSED"].contains(&code), "{code}");
    }
    assert_eq!(count_of_orders(&shop).await, 1);
}

async fn a_key_that_was_used_for_something_else_is_refused(database: Database) {
    let shop = Shop::open(database).await;
    let order = create(&shop, purchase(&shop, "k-1")).await;
    let mut other = purchase(&shop, "k-1");
    other["reference"] = Value::Null;
    let refused = shop.api.refused(&shop.world.customer, "createOrder", other).await;
    assert_eq!(refused["code"], "IDEMPOTENCY_KEY_REUSED");
    let cancel = json!({ "id": order["id"], "idempotencyKey": "k-1" });
    let refused = shop.api.refused(&shop.world.customer, "cancelOrder", cancel).await;
    assert_eq!(refused["code"], "IDEMPOTENCY_KEY_REUSED");
    for key in ["", "k\n", &"k".repeat(256)] {
        let refused =
            shop.api.refused(&shop.world.customer, "createOrder", purchase(&shop, key)).await;
        assert_eq!(refused["code"], "VALIDATION_FAILED");
    }
    assert_eq!(count_of_orders(&shop).await, 1);
}

async fn of_64_calls_with_one_key_at_once_one_creates_an_order(database: Database) {
    let shop = Arc::new(Shop::open(database).await);
    let barrier = Arc::new(Barrier::new(CLIENTS));
    let clients = (0..CLIENTS).map(|_| {
        let (shop, barrier) = (shop.clone(), barrier.clone());
        tokio::spawn(async move {
            barrier.wait().await;
            create(&shop, purchase(&shop, "k-1")).await
        })
    });
    let orders: Vec<_> = join_all(clients).await.into_iter().map(Result::unwrap).collect();
    assert!(orders.iter().all(|order| *order == orders[0]), "{orders:?}");
    assert_eq!(count_of_orders(&shop).await, 1);
}

async fn the_header_carries_the_key_as_well(database: Database) {
    let shop = Shop::open(database).await;
    let server = Server::start(&shop.app).await;
    let credential = key_for(&shop.app, &shop.world.admin, &shop.world.customer).await;
    let post = async |header: &str, input: Value| -> Value {
        let document = "mutation Run($input: CreateOrderInput!) {
            createOrder(input: $input) { order { id } userErrors { code } } }";
        let answer = client()
            .post(format!("http://{}/graphql", server.address))
            .bearer_auth(&credential)
            .header("Idempotency-Key", header)
            .json(&json!({ "query": document, "variables": { "input": input } }))
            .send()
            .await
            .unwrap();
        answer.json::<Value>().await.unwrap()["data"]["createOrder"].take()
    };
    let order = json!({ "lines": [shop.instant(3)] });
    let first = post("k-1", order.clone()).await;
    assert_eq!(first["userErrors"], json!([]));
    assert_eq!(post("k-1", order.clone()).await, first);
    // The key of the input is the one that counts, and the two are the same kind of key.
    let mut keyed = order;
    keyed["idempotencyKey"] = json!("k-1");
    assert_eq!(post("k-2", keyed).await, first);
    let other = post("k-1", json!({ "lines": [shop.instant(4)] })).await;
    assert_eq!(other["userErrors"], json!([{ "code": "IDEMPOTENCY_KEY_REUSED" }]));
    assert_eq!(count_of_orders(&shop).await, 1);
}

async fn the_keys_of_two_callers_never_meet(database: Database) {
    let shop = Shop::open(database).await;
    let first = create(&shop, purchase(&shop, "k-1")).await;
    let colleague = Viewer { subject: "user:colleague".to_owned(), ..shop.world.customer.clone() };
    let other =
        shop.api.done(&colleague, "createOrder", purchase(&shop, "k-1"), "order { id }").await;
    assert_ne!(other["order"]["id"], first["id"]);
}

async fn a_key_is_forgotten_after_72_hours(database: Database) {
    let shop = Shop::open(database).await;
    let first = create(&shop, purchase(&shop, "k-1")).await;
    shop.app.advance(TimeDelta::hours(72) - TimeDelta::seconds(1));
    shop.app.run_jobs().await;
    assert_eq!(create(&shop, purchase(&shop, "k-1")).await["id"], first["id"]);
    shop.app.advance(TimeDelta::seconds(1));
    assert_ne!(create(&shop, purchase(&shop, "k-1")).await["id"], first["id"]);
    assert_eq!(count_of_orders(&shop).await, 2);
}

async fn whoever_expects_an_older_version_is_told_the_one_there_is(database: Database) {
    let shop = Shop::open(database).await;
    let World { admin, customer, .. } = &shop.world;
    let draft = draft(&shop, json!({})).await;
    let pending = create(&shop, purchase(&shop, "k-1")).await;
    let bought = create(&shop, purchase(&shop, "k-2")).await;
    shop.api.done(admin, "approveOrder", json!({ "id": bought["id"] }), "").await;
    shop.app.run_jobs().await;
    let found = "query Run($id: ID!) { order(id: $id) { subscriptions { id version } } }";
    let found = shop.api.read(admin, found, json!({ "id": bought["id"] })).await;
    let subscription = &found["order"]["subscriptions"][0];
    let found = "{ viewer { tenant { version } } invoices { nodes { id version } }
        products { nodes { id version } } offers { nodes { id version } } }";
    let found = shop.api.read(admin, found, json!({})).await;
    let node = |name: &str| found[name]["nodes"][0].clone();
    let seller = [
        ("issueInvoice", node("invoices"), json!({})),
        ("updateProduct", node("products"), json!({ "name": "Other" })),
        ("updateOffer", node("offers"), json!({ "name": "Other" })),
        ("updateTenantSettings", found["viewer"]["tenant"].clone(), json!({ "name": "Other" })),
        (
            "updateCustomer",
            versioned(&Id(shop.world.customer_id).to_string()),
            json!({ "city": "Aarhus" }),
        ),
        (
            "updateAgreement",
            versioned(&Id(shop.world.agreement_id).to_string()),
            json!({ "defaultPoNumber": "PO" }),
        ),
        ("approveOrder", pending.clone(), json!({})),
        ("rejectOrder", pending.clone(), json!({ "reason": "No" })),
    ];
    let buyer = [
        ("updateOrder", draft.clone(), json!({ "reference": "Other" })),
        ("submitOrder", draft.clone(), json!({})),
        ("deleteOrder", draft.clone(), json!({})),
        ("cancelOrder", pending, json!({})),
        ("changeSubscription", subscription.clone(), json!({ "quantity": 9 })),
        ("suspendSubscription", subscription.clone(), json!({})),
        ("cancelSubscription", subscription.clone(), json!({})),
    ];
    let rows = all_rows(&shop).await;
    let calls =
        seller.map(|call| (admin, call)).into_iter().chain(buyer.map(|call| (customer, call)));
    for (viewer, (mutation, object, mut input)) in calls {
        let version = object["version"].as_i64().unwrap();
        if object["id"].is_string() {
            input["id"] = object["id"].clone();
        }
        input["expectedVersion"] = json!(version + 1);
        let refused = shop.api.refused(viewer, mutation, input).await;
        assert_eq!(refused["code"], "VERSION_CONFLICT", "{mutation}");
        assert_eq!(refused["field"], json!(["expectedVersion"]), "{mutation}");
        assert_eq!(refused["currentVersion"], version, "{mutation}");
    }
    assert!(all_rows(&shop).await == rows, "a refused change changed something");
}

/// Something that nobody has changed yet.
fn versioned(id: &str) -> Value {
    json!({ "id": id, "version": 1 })
}

async fn a_draft_changes_in_what_was_named_only(database: Database) {
    let shop = Shop::open(database).await;
    let fields = "order { version reference poNumber startAt agreement { number }
        lines { quantity clientLineId } totals { net { minorUnits } } }";
    let draft = draft(
        &shop,
        json!({
            "reference": "R-1", "poNumber": "PO-1", "startAt": "2026-05-01T00:00:00Z",
            "agreementId": Id(shop.world.agreement_id).to_string(),
        }),
    )
    .await;
    let update = async |mut changes: Value| {
        changes["id"] = draft["id"].clone();
        let viewer = &shop.world.customer;
        shop.api.done(viewer, "updateOrder", changes, fields).await["order"].take()
    };
    let mut expected = json!({
        "version": 1, "reference": "R-1", "poNumber": "PO-1", "startAt": "2026-05-01T00:00:00Z",
        "agreement": { "number": "A-1" }, "lines": [{ "quantity": 3, "clientLineId": null }],
        "totals": { "net": { "minorUnits": "3000" } },
    });
    assert_eq!(update(json!({})).await, expected);
    assert_eq!(update(json!({ "reference": "R-1" })).await, expected, "nothing is different");

    expected["version"] = json!(2);
    expected["reference"] = json!("R-2");
    expected["poNumber"] = Value::Null;
    expected["startAt"] = Value::Null;
    let cleared = json!({ "reference": "R-2", "poNumber": null, "startAt": null });
    assert_eq!(update(cleared).await, expected);

    let mut second = shop.instant(2);
    second["clientLineId"] = json!("L-2");
    expected["version"] = json!(3);
    expected["agreement"] = Value::Null;
    expected["lines"] = json!([
        { "quantity": 1, "clientLineId": null }, { "quantity": 2, "clientLineId": "L-2" },
    ]);
    let replaced = json!({ "agreementId": null, "lines": [shop.instant(1), second] });
    assert_eq!(update(replaced).await, expected);
}

async fn a_customer_changes_in_what_was_named_only(database: Database) {
    let shop = Shop::open(database).await;
    let fields = "customer { version name email phone street postalCode city country }";
    let update = async |mut changes: Value| {
        changes["id"] = json!(Id(shop.world.customer_id).to_string());
        let payload = shop.api.done(&shop.world.admin, "updateCustomer", changes, fields).await;
        payload["customer"].clone()
    };
    let mut expected = json!({
        "version": 1, "name": "Contoso", "email": null, "phone": null, "street": null,
        "postalCode": null, "city": null, "country": "DK",
    });
    assert_eq!(update(json!({})).await, expected);
    expected["version"] = json!(2);
    expected["email"] = json!("ada@example.com");
    expected["city"] = json!("Aarhus");
    let set = json!({ "email": "ada@example.com", "city": " Aarhus " });
    assert_eq!(update(set.clone()).await, expected);
    assert_eq!(update(set).await, expected, "nothing is different");
    expected["version"] = json!(3);
    expected["email"] = Value::Null;
    expected["country"] = Value::Null;
    assert_eq!(update(json!({ "email": null, "country": null })).await, expected);
}

async fn a_refused_mutation_leaves_no_trace(database: Database) {
    let shop = Shop::open(database).await;
    let submitted = create(&shop, purchase(&shop, "k-1")).await;
    let approver = shop.world.approver();
    let reject = json!({ "id": submitted["id"], "reason": "No credit" });
    shop.api.done(&approver, "rejectOrder", reject, "").await;
    let nobodys = format!("order_{}", "0".repeat(32));
    let rows = all_rows(&shop).await;
    let customer = &shop.world.customer;
    for (viewer, mutation, input, code) in [
        (customer, "createOrder", json!({ "lines": [] }), "ORDER_EMPTY"),
        (
            customer,
            "createOrder",
            json!({ "lines": [shop.instant(3), shop.instant(501)], "submit": true }),
            "QUANTITY_OUT_OF_RANGE",
        ),
        (
            customer,
            "updateOrder",
            json!({ "id": submitted["id"], "reference": "R" }),
            "ORDER_NOT_EDITABLE",
        ),
        (customer, "submitOrder", json!({ "id": submitted["id"] }), "ORDER_STATUS_CONFLICT"),
        (customer, "cancelOrder", json!({ "id": submitted["id"] }), "ORDER_STATUS_CONFLICT"),
        (customer, "deleteOrder", json!({ "id": submitted["id"] }), "ORDER_NOT_EDITABLE"),
        (customer, "cancelOrder", json!({ "id": nobodys }), "ORDER_NOT_FOUND"),
        (
            &approver,
            "approveOrder",
            json!({ "id": submitted["id"], "externalReference": "X" }),
            "ORDER_NOT_PENDING_APPROVAL",
        ),
    ] {
        let refused = shop.api.refused(viewer, mutation, input).await;
        assert_eq!(refused["code"], code, "{mutation}");
        assert!(all_rows(&shop).await == rows, "{mutation} left a trace");
    }
}
