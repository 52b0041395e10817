//! Feeds that tell a state: a page of a list, and how many orders there are.

use std::collections::BTreeMap;

use domain::viewer::Scope;
use entity::{OrderId, Role, order_line};
use ordergate::services::orders::{
    approve::{ApproveOrder, approve_order},
    create::create_order,
    delete::{DeleteOrder, delete_order},
    lines::{
        fail::{FailOrderLine, fail_order_line},
        hold::{HoldOrderLine, hold_order_line},
        start::{StartOrderLine, start_order_line},
    },
    reject::{RejectOrder, reject_order},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given,
        server::{Server, key_for},
        subscriber::Socket,
    },
};

on_both_databases!(
    orders_come_onto_a_page_change_on_it_and_leave_it,
    an_order_leaves_the_queue_of_whoever_has_said_yes,
    a_provisioner_follows_the_lines_that_are_to_be_carried_out,
    a_line_is_told_again_when_only_its_order_has_changed,
    the_counts_are_those_of_the_orders_after_every_change,
    a_dashboard_that_comes_later_shares_and_is_told_the_same,
);

const QUEUE: &str = "subscription($first: Int!) {
    orderQueue(filter: { statusIn: [PENDING_APPROVAL] }, first: $first) {
        snapshot orderIds entered { id status } changed { id } left
    }
}";
const COUNTS: &str = "subscription($after: FeedCursor) {
    orderCounts(after: $after) { position totalCount byStatus { status count } }
}";

fn global(id: OrderId) -> String {
    format!("order_{}", id.0.simple())
}

async fn orders_come_onto_a_page_change_on_it_and_leave_it(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let oldest = world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("queue", QUEUE, json!({ "first": 2 })).await;
    let page = socket.next().await["data"]["orderQueue"].take();
    assert_eq!(page["snapshot"], true);
    assert_eq!(page["orderIds"], json!([global(oldest)]));

    app.advance(chrono::TimeDelta::seconds(1));
    let middle = world.pending_order(&app, &[world.instant_offer]).await;
    let page = until(&mut socket, json!([global(middle), global(oldest)])).await;
    assert_eq!(page["snapshot"], false);
    assert_eq!(page["entered"], json!([{ "id": global(middle), "status": "PENDING_APPROVAL" }]));
    assert_eq!(page["left"], json!([]));

    app.advance(chrono::TimeDelta::seconds(1));
    let newest = world.pending_order(&app, &[world.instant_offer]).await;
    let page = until(&mut socket, json!([global(newest), global(middle)])).await;
    assert_eq!(page["left"], json!([global(oldest)]), "it has no place on the page any more");

    let reject = RejectOrder { order_id: newest, expected_version: None, reason: "No.".to_owned() };
    app.perform(&world.approver(), reject, reject_order).await.unwrap();
    let page = until(&mut socket, json!([global(middle), global(oldest)])).await;
    assert_eq!(page["left"], json!([global(newest)]));
    assert_eq!(page["entered"][0]["id"], global(oldest), "the one that moves up is told as well");
}

/// Where it takes two.
async fn an_order_leaves_the_queue_of_whoever_has_said_yes(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let rule = json!({ "name": "Two", "approversNeeded": 2 });
    Api::of(&app).done(&world.admin, "createApprovalRule", rule, "").await;
    let order = world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let queue = "subscription { orderQueue(filter: { waitsForMe: true }) { orderIds changed { id } left } }";
    let (mut keys, mut sockets) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let key = key_for(&app, &world.admin, &world.approver()).await;
        let mut socket = Socket::open(server.address, &key).await;
        socket.subscribe("queue", queue, json!({})).await;
        let page = socket.next().await["data"]["orderQueue"].take();
        assert_eq!(page["orderIds"], json!([global(order)]));
        keys.push(key);
        sockets.push(socket);
    }
    let yes = "mutation ($id: ID!) { approveOrder(input: { id: $id }) { userErrors { message } } }";
    let said = server.post(&keys[0], yes, json!({ "id": global(order) })).await;
    assert_eq!(said["data"]["approveOrder"]["userErrors"], json!([]));
    let page = until(&mut sockets[0], json!([])).await;
    assert_eq!(page["left"], json!([global(order)]));
    let page = until(&mut sockets[1], json!([global(order)])).await;
    assert_eq!(page["changed"], json!([{ "id": global(order) }]), "it waits for the other one");
}

const LINES: &str = "subscription {
    orderLineQueue(
        filter: { provisioning: MANUAL, orderStatusIn: [PROVISIONING, ON_HOLD]
            statusIn: [PENDING, IN_PROGRESS, ON_HOLD] }
        orderBy: { field: ORDER_CREATED_AT, direction: ASC }
    ) { snapshot orderLineIds entered { id status } changed { id status } left }
}";

async fn a_provisioner_follows_the_lines_that_are_to_be_carried_out(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let provisioner = given::viewer(world.tenant_id, Role::Provisioner, Scope::Tenant);
    let key = key_for(&app, &world.admin, &provisioner).await;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("queue", LINES, json!({})).await;
    let page = socket.next().await["data"]["orderLineQueue"].take();
    assert_eq!((&page["snapshot"], &page["orderLineIds"]), (&json!(true), &json!([])));

    // Bought, but not yet to be carried out, and what needs nobody: neither is for a provisioner.
    let order = world.pending_order(&app, &[world.manual_offer, world.instant_offer]).await;
    app.run_jobs().await;
    let lines = order_line::Entity::find()
        .filter(order_line::Column::OrderId.eq(order))
        .order_by_asc(order_line::Column::LineNumber)
        .all(app.app.store.readers())
        .await
        .unwrap();
    let (id, line_id) = (format!("line_{}", lines[0].id.0.simple()), lines[0].id);
    let page = next_lines(&mut socket).await;
    assert_eq!(page["entered"], json!([{ "id": id, "status": "PENDING" }]));
    assert_eq!((&page["orderLineIds"], &page["snapshot"]), (&json!([id]), &json!(false)));

    // The other line may be completed meanwhile, of which this one is told as well.
    app.perform(&provisioner, StartOrderLine { line_id }, start_order_line).await.unwrap();
    changed(&mut socket, json!({ "id": id, "status": "IN_PROGRESS" })).await;
    let hold = HoldOrderLine { line_id, reason: "Which domain?".to_owned(), choices: Vec::new() };
    app.perform(&provisioner, hold, hold_order_line).await.unwrap();
    changed(&mut socket, json!({ "id": id, "status": "ON_HOLD" })).await;
    let fail =
        FailOrderLine { line_id, reason: "No answer".to_owned(), provisioning_reference: None };
    app.perform(&provisioner, fail, fail_order_line).await.unwrap();
    let page = next_lines(&mut socket).await;
    assert_eq!((&page["left"], &page["orderLineIds"]), (&json!([id]), &json!([])));
}

/// Waits until a line is told to have changed to this.
async fn changed(socket: &mut Socket, line: Value) {
    while next_lines(socket).await["changed"] != json!([line]) {}
}

/// The line stays what it is; its order begins to be carried out, and with that it can be taken up.
async fn a_line_is_told_again_when_only_its_order_has_changed(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let order_id = world.pending_order(&app, &[world.manual_offer]).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let provisioner = given::viewer(world.tenant_id, Role::Provisioner, Scope::Tenant);
    let key = key_for(&app, &world.admin, &provisioner).await;
    let mut socket = Socket::open(server.address, &key).await;
    let document = "subscription { orderLineQueue(filter: { statusIn: [PENDING] }) {
        entered { ...Line } changed { ...Line } left } }
        fragment Line on OrderLine { status availableActions order { status } }";
    socket.subscribe("queue", document, json!({})).await;
    let line = |order: &str, actions: Value| json!([{ "status": "PENDING", "availableActions": actions, "order": { "status": order } }]);
    let page = next_lines(&mut socket).await;
    assert_eq!(page["entered"], line("PENDING_APPROVAL", json!([])));
    let approve = ApproveOrder { order_id, expected_version: None, external_reference: None };
    app.perform(&world.approver(), approve, approve_order).await.unwrap();
    let page = next_lines(&mut socket).await;
    assert_eq!(page["changed"], line("APPROVED", json!([])));
    app.run_jobs().await;
    let page = next_lines(&mut socket).await;
    assert_eq!(page["changed"], line("PROVISIONING", json!(["START"])));
    assert_eq!((&page["entered"], &page["left"]), (&json!([]), &json!([])));
}

async fn next_lines(socket: &mut Socket) -> Value {
    socket.next().await["data"]["orderLineQueue"].take()
}

/// The update after which the page is this one.
async fn until(socket: &mut Socket, page: Value) -> Value {
    loop {
        let update = socket.next().await["data"]["orderQueue"].take();
        if update["orderIds"] == page {
            return update;
        }
    }
}

async fn the_counts_are_those_of_the_orders_after_every_change(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("counts", COUNTS, json!({})).await;
    let first = socket.next().await["data"]["orderCounts"].take();
    assert_eq!(counts(&first), BTreeMap::from([("PENDING_APPROVAL".to_owned(), 1)]));

    let id = world.pending_order(&app, &[world.instant_offer]).await;
    reached(&mut socket, &[("PENDING_APPROVAL", 2)]).await;
    let approve = ApproveOrder { order_id: id, expected_version: None, external_reference: None };
    app.perform(&world.approver(), approve, approve_order).await.unwrap();
    reached(&mut socket, &[("PENDING_APPROVAL", 1), ("APPROVED", 1)]).await;
    let draft = ordergate::services::orders::create::CreateOrder {
        submit: false,
        ..world.buying(&[world.instant_offer])
    };
    let draft = app.perform(&world.customer, draft, create_order).await.unwrap();
    reached(&mut socket, &[("DRAFT", 1), ("PENDING_APPROVAL", 1), ("APPROVED", 1)]).await;
    let delete = DeleteOrder { order_id: draft, expected_version: None };
    app.perform(&world.customer, delete, delete_order).await.unwrap();
    let last = reached(&mut socket, &[("PENDING_APPROVAL", 1), ("APPROVED", 1)]).await;
    assert_eq!(last["totalCount"], 2);
}

async fn a_dashboard_that_comes_later_shares_and_is_told_the_same(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let mut sockets = Vec::new();
    for number in 1..=5 {
        world.pending_order(&app, &[world.instant_offer]).await;
        let mut socket = Socket::open(server.address, &key).await;
        socket.subscribe("counts", COUNTS, json!({})).await;
        sockets.push(socket);
        for socket in &mut sockets {
            reached(socket, &[("PENDING_APPROVAL", number)]).await;
        }
    }
}

/// The update with these counts, and no others.
async fn reached(socket: &mut Socket, wanted: &[(&str, i64)]) -> Value {
    let wanted = wanted.iter().map(|(status, count)| ((*status).to_owned(), *count)).collect();
    loop {
        let update = socket.next().await["data"]["orderCounts"].take();
        if counts(&update) == wanted {
            return update;
        }
    }
}

fn counts(update: &Value) -> BTreeMap<String, i64> {
    let by_status = update["byStatus"].as_array().unwrap().iter();
    let counts: BTreeMap<_, _> = by_status
        .map(|one| (one["status"].as_str().unwrap().to_owned(), one["count"].as_i64().unwrap()))
        .filter(|(_, count)| *count != 0)
        .collect();
    assert_eq!(update["totalCount"], counts.values().sum::<i64>());
    counts
}
