//! What an order buys once, on a document that the order has to itself.

use std::sync::Arc;

use entity::{InvoiceStatus, OrderStatus, invoice};
use futures_util::future::join_all;
use ordergate::services::{
    orders::lines::complete::{CompleteOrderLine, complete_order_line},
    unit::Unit,
};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::shop::{Shop, id};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    what_an_order_buys_once_is_on_a_document_that_it_has_to_itself,
    a_seller_who_does_not_ask_for_it_has_all_on_one_draft,
    what_was_carried_out_is_invoiced_and_what_failed_is_not,
    a_change_is_on_no_document_of_an_order,
    a_document_that_cannot_be_issued_holds_up_no_order,
    lines_that_end_at_once_are_on_one_document,
    what_was_not_kept_issues_nothing,
);

/// A seller who wants documents of orders.
async fn open(database: Database) -> Shop {
    let shop = Shop::open(database).await;
    let setting = json!({ "invoicePerOrder": true });
    shop.api.done(&shop.world.admin, "updateTenantSettings", setting, "").await;
    shop
}

/// Orders these offers, and gives the order with its lines.
async fn order(shop: &Shop, lines: &[(&Value, i32)]) -> Value {
    let lines: Vec<_> = lines
        .iter()
        .map(|(offer, quantity)| json!({ "offerId": offer, "quantity": quantity }))
        .collect();
    let input = json!({ "lines": lines, "submit": true });
    let selection = "order { id lines { id subscription { id } } }";
    let mut payload = shop.api.done(&shop.world.customer, "createOrder", input, selection).await;
    shop.app.run_jobs().await;
    payload["order"].take()
}

async fn carry_out(shop: &Shop, line: &Value) {
    shop.move_line("startOrderLine", &line["id"]).await;
    shop.move_line("completeOrderLine", &line["id"]).await;
}

async fn fails(shop: &Shop, line: &Value) {
    shop.move_line("startOrderLine", &line["id"]).await;
    shop.move_line("failOrderLine", &line["id"]).await;
}

/// The order as its customer sees it.
async fn shown(shop: &Shop, order: &Value) -> Value {
    let document = "query Run($id: ID!) { order(id: $id) { status invoices {
        number status order { id } issuedOn dueOn closesOn
        totals { net { minorUnits } tax { minorUnits } gross { minorUnits } }
        lines { chargeType quantity net { minorUnits } subscription { id } } }
        history(first: 50) { nodes { kind invoice { id } } } } }";
    let variables = json!({ "id": order["id"] });
    shop.api.read(&shop.world.customer, document, variables).await["order"].take()
}

async fn documents(shop: &Shop) -> Vec<invoice::Model> {
    let readers = shop.app.app.store.readers();
    invoice::Entity::find().all(readers).await.unwrap()
}

/// APG-21.
async fn what_an_order_buys_once_is_on_a_document_that_it_has_to_itself(database: Database) {
    let shop = open(database).await;
    shop.at("2027-03-10T12:00:00Z");
    let once = shop.instant("ONE_TIME", None, "1000").await;
    let by_hand = shop.manual_once("300").await;
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "50").await;
    let order = order(&shop, &[(&once, 2), (&by_hand, 1), (&monthly, 1)]).await;
    let waits = shown(&shop, &order).await;
    assert_eq!(waits["status"], "PROVISIONING");
    assert_eq!(waits["invoices"][0]["status"], "DRAFT");
    assert_eq!(waits["invoices"][0]["number"], Value::Null);
    assert_eq!(shop.drafts().await.len(), 2);

    carry_out(&shop, &order["lines"][1]).await;
    let ended = shown(&shop, &order).await;
    assert_eq!(ended["status"], "COMPLETED");
    let line = |place: usize, quantity: i32, net: &str| {
        json!({
            "chargeType": "ONE_TIME_FEE", "quantity": quantity, "net": { "minorUnits": net },
            "subscription": order["lines"][place]["subscription"],
        })
    };
    let expected = json!([{
        "number": "INV-000001", "status": "ISSUED", "order": { "id": order["id"] },
        "issuedOn": "2027-03-10", "dueOn": "2027-04-09", "closesOn": "2027-03-10",
        "totals": {
            "net": { "minorUnits": "2300" }, "tax": { "minorUnits": "575" },
            "gross": { "minorUnits": "2875" },
        },
        "lines": [line(0, 2, "2000"), line(1, 1, "300")],
    }]);
    assert_eq!(ended["invoices"], expected);
    let told = ended["history"]["nodes"].as_array().unwrap().iter();
    let told: Vec<_> = told
        .filter(|event| event["invoice"] != Value::Null)
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    let count = |kind| told.iter().filter(|it| **it == kind).count();
    // The monthly one is told as well, on the draft of its customer.
    assert_eq!((count("INVOICE_CREATED"), count("INVOICE_LINE_ADDED")), (2, 3));
    assert_eq!((count("INVOICE_ISSUED"), told.last()), (1, Some(&"INVOICE_ISSUED")));

    let drafts = shop.drafts().await;
    let [draft] = drafts.as_slice() else { panic!("{drafts:?}") };
    assert_eq!((draft.net_amount, draft.order_id), (50, None));
    assert_eq!(draft.closes_on.to_string(), "2027-04-01");
}

async fn a_seller_who_does_not_ask_for_it_has_all_on_one_draft(database: Database) {
    let shop = Shop::open(database).await;
    let once = shop.instant("ONE_TIME", None, "1000").await;
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "50").await;
    let order = order(&shop, &[(&once, 2), (&monthly, 1)]).await;
    let ended = shown(&shop, &order).await;
    assert_eq!((&ended["status"], &ended["invoices"]), (&json!("COMPLETED"), &json!([])));
    let documents = documents(&shop).await;
    let [draft] = documents.as_slice() else { panic!("{documents:?}") };
    assert_eq!((draft.status, draft.net_amount), (InvoiceStatus::Draft, 2050));
}

async fn what_was_carried_out_is_invoiced_and_what_failed_is_not(database: Database) {
    let shop = open(database).await;
    let offer = shop.manual_once("300").await;
    let order_of_two = order(&shop, &[(&offer, 1), (&offer, 2)]).await;
    let (first, second) = (&order_of_two["lines"][0], &order_of_two["lines"][1]);
    carry_out(&shop, first).await;
    fails(&shop, second).await;
    let ended = shown(&shop, &order_of_two).await;
    assert_eq!(ended["status"], "PARTIALLY_COMPLETED");
    let numbers = |order: &Value| {
        let invoices = order["invoices"].as_array().unwrap().iter();
        invoices
            .map(|it| (it["number"].clone(), it["totals"]["net"]["minorUnits"].clone()))
            .collect::<Vec<_>>()
    };
    let one = (json!("INV-000001"), json!("300"));
    assert_eq!(numbers(&ended), std::slice::from_ref(&one));

    // What is carried out later has a document of its own, and nothing is on two.
    shop.move_line("retryOrderLine", &second["id"]).await;
    assert_eq!(numbers(&shown(&shop, &order_of_two).await), std::slice::from_ref(&one));
    carry_out(&shop, second).await;
    let ended = shown(&shop, &order_of_two).await;
    assert_eq!(ended["status"], "COMPLETED");
    assert_eq!(numbers(&ended), [one, (json!("INV-000002"), json!("600"))]);

    let failed = order(&shop, &[(&offer, 1)]).await;
    fails(&shop, &failed["lines"][0]).await;
    let ended = shown(&shop, &failed).await;
    assert_eq!((&ended["status"], &ended["invoices"]), (&json!("FAILED"), &json!([])));
    assert_eq!(documents(&shop).await.len(), 2);
}

async fn a_change_is_on_no_document_of_an_order(database: Database) {
    let shop = open(database).await;
    let once = shop.instant("ONE_TIME", None, "1000").await;
    let bought = shop.buy(&once, 1).await;
    shop.change(&bought.subscription, 3).await;
    let lines = shop.lines(&bought.subscription).await;
    let [first, added] = lines.as_slice() else { panic!("{lines:?}") };
    let (first, added) =
        (shop.document(first.invoice_id).await, shop.document(added.invoice_id).await);
    assert_eq!((first.status, first.net_amount), (InvoiceStatus::Issued, 1000));
    assert_eq!((added.status, added.net_amount), (InvoiceStatus::Draft, 2000));
    assert_eq!((first.order_id.is_some(), added.order_id), (true, None));
}

async fn a_document_that_cannot_be_issued_holds_up_no_order(database: Database) {
    let shop = open(database).await;
    let offer = shop.manual_once("300").await;
    let order = order(&shop, &[(&offer, 1), (&offer, 2)]).await;
    let (first, second) = (&order["lines"][0], &order["lines"][1]);
    carry_out(&shop, first).await;
    let amount = |amount: i64| {
        format!("UPDATE invoice_line SET net_amount = {amount} WHERE line_number = 1")
    };
    shop.app.database.execute(&amount(i64::MAX)).await;
    fails(&shop, second).await;
    let (status, _) = shop.outcome(&first["id"]).await;
    assert_eq!(status, OrderStatus::PartiallyCompleted);
    let drafts = shop.drafts().await;
    let [draft] = drafts.as_slice() else { panic!("{drafts:?}") };
    assert_eq!((&draft.number, draft.order_id), (&None, Some(id(&order["id"]))));

    // Billing issues it like any draft that has closed.
    shop.app.database.execute(&amount(300)).await;
    shop.app.advance(chrono::TimeDelta::hours(1));
    shop.app.run_jobs().await;
    let issued = shop.document(draft.id).await;
    assert_eq!((issued.status, issued.net_amount), (InvoiceStatus::Issued, 300));
    assert_eq!(issued.number.as_deref(), Some("INV-000001"));
}

async fn lines_that_end_at_once_are_on_one_document(database: Database) {
    let shop = Arc::new(open(database).await);
    let offer = shop.manual_once("300").await;
    let order = order(&shop, &[(&offer, 1), (&offer, 2), (&offer, 3), (&offer, 4)]).await;
    let lines = order["lines"].as_array().unwrap();
    for line in lines {
        shop.move_line("startOrderLine", &line["id"]).await;
    }
    // Each is said to be done twice.
    let calls = lines.iter().chain(lines).map(|line| {
        let (shop, line) = (shop.clone(), json!({ "id": line["id"] }));
        tokio::spawn(async move {
            shop.api.run(&shop.world.admin, "completeOrderLine", line, "").await;
        })
    });
    for call in join_all(calls).await {
        call.unwrap();
    }
    let documents = documents(&shop).await;
    let [document] = documents.as_slice() else { panic!("{documents:?}") };
    assert_eq!((document.status, document.net_amount), (InvoiceStatus::Issued, 3000));
    assert_eq!(shop.lines_of(document.id).await.len(), 4);
}

/// The order ends and its document is issued in one transaction: both or neither.
async fn what_was_not_kept_issues_nothing(database: Database) {
    let shop = open(database).await;
    let offer = shop.manual_once("300").await;
    let order = order(&shop, &[(&offer, 1)]).await;
    let line = &order["lines"][0]["id"];
    shop.move_line("startOrderLine", line).await;
    let complete = async || {
        let unit = Unit::begin(&shop.app.app, Arc::new(shop.world.admin.clone())).await.unwrap();
        let command =
            CompleteOrderLine { line_id: id(line), provisioning_reference: None, activation: None };
        complete_order_line(&unit, command).await.unwrap();
        unit
    };
    drop(complete().await);
    assert!(documents(&shop).await.is_empty());
    assert_eq!(shop.outcome(line).await.0, OrderStatus::Provisioning);
    complete().await.commit().await.unwrap();
    let documents = documents(&shop).await;
    let [document] = documents.as_slice() else { panic!("{documents:?}") };
    assert_eq!(document.number.as_deref(), Some("INV-000001"));
    assert_eq!(shop.outcome(line).await.0, OrderStatus::Completed);
}
