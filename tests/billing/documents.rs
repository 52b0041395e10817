//! What an invoice's lines refer to.

use entity::CustomerId;
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use super::shop::Shop;
use crate::{on_both_databases, support::database::Database};

on_both_databases!(a_line_has_the_po_number_of_what_caused_it);

/// The order line's, or else its order's, the subscription's, the agreement's.
async fn a_line_has_the_po_number_of_what_caused_it(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let agreement = Id(shop.world.agreement_id).to_string();
    let bare = agreement_without_po_number(&shop, shop.world.customer_id).await;
    let cases = [
        // agreement, order, line → the purchase; change → the change
        (json!(agreement), None, Some("LINE"), Some("LINE"), Some("NEW"), Some("NEW")),
        (json!(agreement), Some("ORDER"), Some("LINE"), Some("LINE"), None, Some("LINE")),
        (json!(agreement), Some("ORDER"), None, Some("ORDER"), Some("NEW"), Some("NEW")),
        (json!(agreement), None, None, Some("PO-DEFAULT"), None, Some("PO-DEFAULT")),
        (json!(agreement), None, None, Some("PO-DEFAULT"), Some("NEW"), Some("NEW")),
        (json!(bare), None, None, None, None, None),
        (json!(bare), None, None, None, Some("NEW"), Some("NEW")),
        (Value::Null, None, None, None, Some("NEW"), Some("NEW")),
    ];
    let mut subscriptions = Vec::new();
    for (agreement, order, line, ..) in &cases {
        let bought = shop.buy_with(json!({
            "agreementId": agreement, "poNumber": order,
            "lines": [{ "offerId": offer, "quantity": 5, "poNumber": line }],
        }));
        subscriptions.push(bought.await.subscription);
    }
    for (subscription, case) in subscriptions.iter().zip(&cases) {
        shop.change_with(json!({ "id": subscription, "quantity": 6, "poNumber": case.4 })).await;
    }
    for draft in shop.drafts().await {
        shop.issue(&draft).await;
    }
    for (subscription, case) in subscriptions.iter().zip(&cases) {
        let lines = shop.lines(subscription).await;
        let po_numbers: Vec<_> = lines.iter().map(|line| line.po_number.as_deref()).collect();
        assert_eq!(po_numbers, [case.3, case.5], "{case:?}");
    }
}

async fn agreement_without_po_number(shop: &Shop, customer: CustomerId) -> Value {
    let input = json!({
        "customerId": Id(customer).to_string(), "number": "A-BARE", "currency": "EUR",
    });
    let payload =
        shop.api.done(&shop.world.admin, "createAgreement", input, "agreement { id }").await;
    payload["agreement"]["id"].clone()
}
