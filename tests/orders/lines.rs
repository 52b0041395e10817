//! What becomes of an order by what becomes of its lines.

use serde_json::json;

use crate::{
    on_both_databases,
    support::{
        database::Database,
        shop::{Shop, statuses},
    },
};

on_both_databases!(an_order_ends_as_its_lines_do);

/// APX-26, APX-16.
async fn an_order_ends_as_its_lines_do(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.bought(&[shop.manual(), shop.manual()]).await;
    assert_eq!(
        (&order["status"], &order["lines"][0]["status"]),
        (&json!("PROVISIONING"), &json!("PENDING"))
    );
    let (one, other) = (&order["lines"][0], &order["lines"][1]);
    let moves = [
        ("startOrderLine", one, None, "PROVISIONING", ["IN_PROGRESS", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["IN_PROGRESS", "IN_PROGRESS"]),
        ("holdOrderLine", one, Some("Which domain?"), "ON_HOLD", ["ON_HOLD", "IN_PROGRESS"]),
        ("resumeOrderLine", one, None, "PROVISIONING", ["IN_PROGRESS", "IN_PROGRESS"]),
        ("completeOrderLine", one, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
        ("failOrderLine", other, Some("Sold out"), "PARTIALLY_COMPLETED", ["COMPLETED", "FAILED"]),
        ("retryOrderLine", other, None, "PROVISIONING", ["COMPLETED", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
        ("holdOrderLine", other, Some("Where?"), "ON_HOLD", ["COMPLETED", "ON_HOLD"]),
        ("failOrderLine", other, Some("No answer"), "PARTIALLY_COMPLETED", ["COMPLETED", "FAILED"]),
        ("retryOrderLine", other, None, "PROVISIONING", ["COMPLETED", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
    ];
    for (mutation, line, reason, status, lines) in moves {
        let after = shop.move_line(mutation, line, reason).await;
        assert_eq!(
            (after["status"].as_str(), statuses(&after["lines"])),
            (Some(status), lines.to_vec()),
            "{mutation}"
        );
        if mutation == "failOrderLine" {
            assert_eq!(after["lines"][1]["failureReason"].as_str(), reason);
        }
    }
    let completed = shop.move_line("completeOrderLine", other, None).await;
    assert_eq!(
        (&completed["status"], &completed["lines"][1]["attempts"]),
        (&json!("COMPLETED"), &json!(3))
    );
    assert_eq!(statuses(&completed["subscriptions"]), ["ACTIVE", "ACTIVE"]);

    let failed = shop.bought(&[shop.manual()]).await;
    let line = &failed["lines"][0];
    shop.move_line("startOrderLine", line, None).await;
    let failed = shop.move_line("failOrderLine", line, Some("Sold out")).await;
    assert_eq!(
        (&failed["status"], &failed["subscriptions"][0]["status"]),
        (&json!("FAILED"), &json!("PENDING"))
    );
}
