//! What a document keeps from the day on which it is issued, and what its lines refer to.

use std::{sync::Arc, time::Duration};

use entity::{CustomerId, InvoiceId, RoundingMode, invoice_tax};
use ordergate::{
    graphql::id::Id,
    services::{
        invoices::issue::{IssueInvoice, issue_invoice},
        unit::Unit,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::shop::Shop;
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    a_line_has_the_po_number_of_what_caused_it,
    a_document_keeps_who_bought_and_who_sold,
    a_document_keeps_how_it_was_rounded_and_its_taxes,
    days_never_fall_while_numbers_rise,
    a_number_that_was_not_kept_is_given_again,
);

async fn a_document_keeps_who_bought_and_who_sold(database: Database) {
    let shop = Shop::open(database).await;
    let seller = "UPDATE tenant SET legal_name = 'Seller & Sons A/S', tax_number = 'DK1', \
                  payment_instructions = 'IBAN DK00'";
    shop.app.database.execute(seller).await;
    let customer = Id(shop.world.customer_id).to_string();
    let renamed = async |name: &str| {
        let input = json!({ "id": customer, "name": name, "city": format!("{name} Town") });
        shop.api.done(&shop.world.admin, "updateCustomer", input, "").await;
    };
    renamed("Before").await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    shop.buy(&offer, 1).await;
    let issued = shop.issue_draft().await;
    renamed("After").await;
    shop.app.database.execute("UPDATE tenant SET legal_name = 'Other'").await;
    assert_eq!(shop.document(issued.id).await, issued);
    let (seller, buyer) = (issued.seller.unwrap(), issued.buyer.unwrap());
    assert_eq!((buyer.name.as_str(), buyer.city.as_deref()), ("Before", Some("Before Town")));
    assert_eq!(seller.name, "Seller & Sons A/S");
    assert_eq!(seller.payment_instructions.as_deref(), Some("IBAN DK00"));
}

/// Half a cent of tax: 0.02 for each of two lines, 0.05 for their sum of 0.10, and 0.025 of 0.10 more.
async fn a_document_keeps_how_it_was_rounded_and_its_taxes(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "10").await;
    for (mode, tax) in [(RoundingMode::HalfEven, 2), (RoundingMode::HalfUp, 3)] {
        let mode = mode.as_str();
        let setting = format!("UPDATE tenant SET rounding_mode = '{mode}'");
        shop.app.database.execute(&setting).await;
        shop.buy(&offer, 1).await;
        let issued = shop.issue_draft().await;
        assert_eq!((issued.rounding_mode.as_str(), issued.tax_amount), (mode, tax));
        assert_eq!(issued.open_amount, 10 + tax);
        let taxes = invoice_tax::Entity::find()
            .filter(invoice_tax::Column::InvoiceId.eq(issued.id))
            .all(shop.app.app.store.readers())
            .await
            .unwrap();
        let taxes: Vec<_> =
            taxes.iter().map(|it| (it.basis_points, it.net_amount, it.tax_amount)).collect();
        assert_eq!(taxes, [(2500, 10, tax)]);
    }
}

async fn days_never_fall_while_numbers_rise(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    // On the other side of the world it is the next day already.
    shop.at("2027-03-01T12:00:00Z");
    let mut days = Vec::new();
    for zone in ["Pacific/Auckland", "America/Los_Angeles"] {
        let setting = format!("UPDATE tenant SET time_zone = '{zone}'");
        shop.app.database.execute(&setting).await;
        shop.buy(&offer, 1).await;
        let issued = shop.issue_draft().await;
        assert_eq!(issued.time_zone, zone);
        days.push(issued.issued_on.unwrap().to_string());
    }
    assert_eq!(days, ["2027-03-02", "2027-03-02"]);
}

/// V185: two at once, of which the first is undone.
async fn a_number_that_was_not_kept_is_given_again(database: Database) {
    let shop = Shop::open(database).await;
    let offers = [shop.instant_in("EUR", "3100").await, shop.instant_in("USD", "3100").await];
    for (offer, currency) in offers.iter().zip(["EUR", "USD"]) {
        let line = json!([{ "offerId": offer, "quantity": 1 }]);
        shop.buy_with(json!({ "currency": currency, "lines": line })).await;
    }
    let drafts = shop.drafts().await;
    let [undone, kept] = drafts.as_slice() else { panic!("{drafts:?}") };
    let admin = Arc::new(shop.world.admin.clone());
    let first = Unit::begin(&shop.app.app, admin.clone()).await.unwrap();
    issue_invoice(&first, command(undone.id)).await.unwrap();
    let second = {
        let (app, id) = (shop.app.app.clone(), kept.id);
        tokio::spawn(async move {
            let unit = Unit::begin(&app, admin).await.unwrap();
            issue_invoice(&unit, command(id)).await.unwrap();
            unit.commit().await.unwrap();
        })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(first);
    second.await.unwrap();
    shop.issue(undone).await;
    let number = async |id| shop.document(id).await.number.unwrap();
    assert_eq!(
        (number(kept.id).await, number(undone.id).await),
        ("INV-000001".to_owned(), "INV-000002".to_owned())
    );
}

fn command(invoice_id: InvoiceId) -> IssueInvoice {
    IssueInvoice { invoice_id, expected_version: None }
}

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
