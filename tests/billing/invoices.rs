//! What an invoice has of the orders that led to it, and what stays as it was.

use std::sync::Arc;

use futures_util::future::join_all;
use ordergate::graphql::id::Id;
use serde_json::json;

use crate::{
    on_both_databases,
    support::{database::Database, shop::Shop},
};

on_both_databases!(
    the_approvers_reference_reaches_every_document,
    prices_stay_what_they_were_when_the_order_was_placed,
    an_invoice_line_has_the_po_number_of_its_subscription_or_of_its_agreement,
    an_issued_invoice_never_changes_and_numbers_have_no_gaps,
);

/// APG-13, APG-14, APG-15.
async fn the_approvers_reference_reaches_every_document(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant(3), shop.manual()]).await;
    let yes = json!({ "id": order["id"], "externalReference": "CRM-7" });
    shop.run(&shop.world.approver(), "approveOrder", yes).await;
    shop.app.run_jobs().await;
    let manual = &order["lines"][1];
    shop.move_line("startOrderLine", manual, None).await;
    let order = shop.move_line("completeOrderLine", manual, None).await;
    assert_eq!(order["status"], "COMPLETED");
    assert_eq!(order["externalReference"], "CRM-7");
    let subscriptions = order["subscriptions"].as_array().unwrap();
    assert_eq!(subscriptions.len(), 2);
    assert!(subscriptions.iter().all(|one| one["externalReference"] == "CRM-7"));
    let licenses = "query Run($id: ID!) { order(id: $id) { licenses { externalReference } } }";
    let licenses = shop.read(licenses, &order["id"]).await;
    assert_eq!(licenses["order"]["licenses"], json!([{ "externalReference": "CRM-7" }]));
    let invoices = shop.invoices().await;
    let lines = invoices[0]["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["externalReference"] == "CRM-7"));

    let change = json!({ "id": subscriptions[0]["id"], "quantity": 4 });
    let change = shop.run(&shop.world.customer, "changeSubscription", change).await;
    let yes = json!({ "id": change["id"], "externalReference": "CRM-8" });
    shop.run(&shop.world.approver(), "approveOrder", yes).await;
    shop.app.run_jobs().await;
    let changed = &shop.order(&change).await["subscriptions"][0];
    assert_eq!((&changed["quantity"], &changed["externalReference"]), (&json!(4), &json!("CRM-7")));
}

/// APX-31. A draft has no price yet that it could keep.
async fn prices_stay_what_they_were_when_the_order_was_placed(database: Database) {
    let shop = Shop::open(database).await;
    let placed = shop.place(&[shop.instant(3)]).await;
    let draft = json!({ "lines": [shop.instant(3)] });
    let draft = shop.run(&shop.world.customer, "createOrder", draft).await;
    let prices = json!({
        "id": Id(shop.world.instant_offer).to_string(),
        "prices": [{ "currency": "EUR", "unitAmount": "9900", "taxBasisPoints": 0 }],
    });
    shop.api.done(&shop.world.admin, "updateOffer", prices, "").await;
    let placed = shop.carry_out(&placed).await;
    assert_eq!(placed["subscriptions"][0]["unitPrice"]["minorUnits"], "1000");
    assert_eq!(shop.invoices().await[0]["totals"]["gross"]["minorUnits"], "3750");
    let submitted =
        shop.run(&shop.world.customer, "submitOrder", json!({ "id": draft["id"] })).await;
    assert_eq!(submitted["subscriptions"][0]["unitPrice"]["minorUnits"], "9900");
}

/// APG-10, APG-11, APG-12, APG-16, APG-17.
async fn an_invoice_line_has_the_po_number_of_its_subscription_or_of_its_agreement(
    database: Database,
) {
    let shop = Shop::open(database).await;
    let line = |po_number: &str| {
        let mut line = shop.instant(3);
        line["poNumber"] = json!(po_number);
        line
    };
    let own = json!({ "poNumber": "PO-ORDER", "lines": [line("PO-LINE"), line("  ")] });
    let own = shop.place_with(own).await;
    let none = shop.place_with(json!({ "poNumber": " ", "lines": [line("\t")] })).await;
    shop.carry_out(&own).await;
    shop.carry_out(&none).await;

    // A newer agreement of the customer is none of this purchase's business.
    shop.agreement("A-2", "PO-OTHER").await;
    let default = |po_number: &str| {
        let id = Id(shop.world.agreement_id).to_string();
        json!({ "id": id, "defaultPoNumber": po_number })
    };
    shop.api.done(&shop.world.admin, "updateAgreement", default("PO-AGREED"), "").await;
    let draft = shop.invoices().await.remove(0);
    shop.api.done(&shop.world.admin, "issueInvoice", json!({ "id": draft["id"] }), "").await;
    shop.api.done(&shop.world.admin, "updateAgreement", default("PO-LATER"), "").await;
    let invoices = shop.invoices().await;
    let lines = invoices[0]["lines"].as_array().unwrap();
    let mut numbers: Vec<_> = lines.iter().map(|line| line["poNumber"].as_str().unwrap()).collect();
    // Lines are carried out side by side.
    numbers.sort_unstable();
    assert_eq!(numbers, ["PO-AGREED", "PO-LINE", "PO-ORDER"]);
}

/// APG-09: what comes later goes to a new draft. Each invoice is issued by two at once.
async fn an_issued_invoice_never_changes_and_numbers_have_no_gaps(database: Database) {
    const INVOICES: usize = 8;
    let shop = Arc::new(Shop::open_with_approval(database, false).await);
    for number in 0..INVOICES {
        let agreement = shop.agreement(&format!("A-{}", number + 2), "PO").await;
        let order = json!({ "agreementId": agreement, "lines": [shop.instant(3)] });
        shop.place_with(order).await;
    }
    shop.app.run_jobs().await;
    let drafts = shop.invoices().await;
    assert_eq!(drafts.len(), INVOICES);
    let calls = drafts.iter().chain(&drafts).map(|draft| {
        let (shop, id) = (shop.clone(), draft["id"].clone());
        tokio::spawn(async move {
            let input = json!({ "id": id });
            let payload = shop.api.run(&shop.world.admin, "issueInvoice", input, "").await;
            payload["userErrors"][0]["code"].as_str().map(str::to_owned)
        })
    });
    let refusals: Vec<_> = join_all(calls).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(refusals, ["INVOICE_ALREADY_ISSUED"; INVOICES]);
    let issued = shop.invoices().await;
    let mut numbers: Vec<_> =
        issued.iter().map(|invoice| invoice["number"].as_str().unwrap()).collect();
    numbers.sort_unstable();
    let expected: Vec<_> = (1..=INVOICES).map(|number| format!("INV-{number:06}")).collect();
    assert_eq!(numbers, expected);

    for invoice in &issued {
        let subscription = &invoice["lines"][0]["subscription"]["id"];
        let change = json!({ "id": subscription, "quantity": 9 });
        shop.run(&shop.world.customer, "changeSubscription", change).await;
    }
    shop.app.run_jobs().await;
    let later = shop.invoices().await;
    assert_eq!(later.len(), 2 * INVOICES);
    for invoice in &issued {
        assert!(later.contains(invoice), "{invoice}");
    }
}
