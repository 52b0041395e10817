//! What is taken back by hand of what billing itself has taken back of, or does later.

use entity::{InvoiceKind, InvoiceStatus, SubscriptionStatus};
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use super::{
    ledger::{credit_input, part},
    shop::{Bought, Shop},
};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    a_charge_and_its_own_correction_are_credited_once,
    the_tax_of_what_billing_has_taken_back_counts,
    what_is_left_of_a_charge_is_credited_whatever_else_is_on_its_document,
    what_was_written_off_is_not_paid_out,
    a_deleted_draft_gives_back_what_a_cancellation_did_not_get,
    the_draft_of_an_invoice_is_no_credit_note,
    a_credit_note_by_itself_is_found_from_its_invoice,
);

/// A document that says 3000 and less 1633, or less 2500, is credited with what it comes to.
async fn a_charge_and_its_own_correction_are_credited_once(database: Database) {
    let shop = Shop::open(database).await;
    for mutation in ["changeSubscription", "cancelSubscription"] {
        let bought = shop.buy_in_the_past("1000", 3).await;
        let change = match mutation {
            "changeSubscription" => json!({ "id": bought.subscription, "quantity": 1 }),
            _ => json!({ "id": bought.subscription }),
        };
        shop.order(mutation, change).await;
        let invoice = shop.issue_draft().await;
        assert_eq!(shop.lines_of(invoice.id).await.len(), 2);
        let credit_note = shop.credited(&invoice, Value::Null).await;
        assert_eq!(
            (credit_note.net_amount, credit_note.tax_amount, credit_note.gross_amount),
            (-invoice.net_amount, -invoice.tax_amount, -invoice.gross_amount)
        );
        let credited = shop.document(invoice.id).await;
        assert_eq!((credited.status, credited.open_amount), (InvoiceStatus::Credited, 0));
        let again = credit_input(&invoice, &Value::Null);
        let refused = shop.api.refused(&shop.world.admin, "createCreditNote", again).await;
        assert_eq!(refused["code"], "NOTHING_TO_CREDIT");
    }
}

/// 4.01 with 1.00 of tax: 2.20 are given back with 0.55, and so the rest with 0.45, though it is 0.4525.
async fn the_tax_of_what_billing_has_taken_back_counts(database: Database) {
    let shop = Shop::open(database).await;
    let bought = shop.buy_in_the_past("401", 1).await;
    let invoice = shop.issue_draft().await;
    shop.pay(&invoice, invoice.gross_amount, "all").await;
    shop.order("cancelSubscription", json!({ "id": bought.subscription })).await;
    let correction = shop.issue_draft().await;
    assert_eq!(correction.kind, InvoiceKind::CreditNote);
    let rest = shop.credited(&invoice, Value::Null).await;
    let net = correction.net_amount + rest.net_amount;
    let tax = correction.tax_amount + rest.tax_amount;
    assert_eq!((net, tax), (-invoice.net_amount, -invoice.tax_amount));
}

/// A document says 31.00 of one subscription, less 17.00 of another. Billing takes 17.00 of the first back elsewhere, which
/// is more than the document came to; the other 14.00 can still be credited.
async fn what_is_left_of_a_charge_is_credited_whatever_else_is_on_its_document(database: Database) {
    let shop = Shop::open(database).await;
    let ended = shop.buy_in_the_past("3100", 1).await;
    shop.issue_draft().await;
    let bought = shop.buy_in_the_past("3100", 1).await;
    shop.order("cancelSubscription", json!({ "id": ended.subscription })).await;
    let mixed = shop.issue_draft().await;
    assert_eq!((mixed.net_amount, mixed.tax_amount), (1_400, 350));
    shop.order("cancelSubscription", json!({ "id": bought.subscription })).await;
    let correction = shop.issue_draft().await;
    assert_eq!((correction.net_amount, correction.tax_amount), (-1_700, -425));
    let line = shop.lines(&bought.subscription).await.remove(0);
    let rest = shop.credited(&mixed, json!([{ "lineId": Id(line.id).to_string() }])).await;
    assert_eq!((rest.net_amount, rest.tax_amount), (-1_400, -350));
    let more = credit_input(&mixed, &json!([part(&line, 1)]));
    let refused = shop.api.refused(&shop.world.admin, "createCreditNote", more).await;
    assert_eq!(refused["code"], "CREDIT_EXCEEDS_LINE");
}

/// Of 12.50, 11.50 were paid and 1.00 was written off.
async fn what_was_written_off_is_not_paid_out(database: Database) {
    let shop = Shop::open(database).await;
    let tolerance = json!({ "paymentTolerance": 100 });
    shop.api.done(&shop.world.admin, "updateTenantSettings", tolerance, "").await;
    let invoice = shop.invoice_with(&[(1_000, 2_500)]).await;
    shop.pay(&invoice, 1_150, "nearly all").await;
    let document = "query Run($id: ID!) { previewCreditNote(invoiceId: $id) {
        gross { minorUnits } offInvoice { minorUnits } offWriteOff { minorUnits }
        toCustomer { minorUnits } } }";
    let variables = json!({ "id": Id(invoice.id).to_string() });
    let previewed = shop.api.read(&shop.world.admin, document, variables).await;
    let amounts = ["gross", "offInvoice", "offWriteOff", "toCustomer"]
        .map(|amount| previewed["previewCreditNote"][amount]["minorUnits"].clone());
    assert_eq!(amounts, ["1250", "0", "100", "1150"].map(Value::from));
    let draft = shop.credit(&invoice, Value::Null).await;
    shop.issue_credit_note(&draft, true).await;
    let mut moved = shop.moved().await;
    moved.retain(|(kind, _)| ["ALLOWANCE", "REFUND"].contains(kind));
    assert_eq!(moved, [("ALLOWANCE", 1_150), ("REFUND", -1_150)]);
    let all: i64 = shop.moved().await.iter().map(|(_, amount)| amount).sum();
    assert_eq!(all, 0);
}

async fn a_deleted_draft_gives_back_what_a_cancellation_did_not_get(database: Database) {
    let shop = Shop::open(database).await;
    let bought = shop.buy_in_the_past("3100", 1).await;
    let invoice = shop.issue_draft().await;
    let draft = shop.credit(&invoice, Value::Null).await;
    shop.order("cancelSubscription", json!({ "id": bought.subscription })).await;
    assert_eq!(shop.charges(&bought.subscription).await, [3_100, -3_100]);
    let input = json!({ "id": Id(draft.id).to_string() });
    shop.api.done(&shop.world.admin, "deleteCreditNote", input, "").await;
    shop.app.run_jobs().await;
    let mut charges = shop.charges(&bought.subscription).await;
    charges.sort_unstable();
    assert_eq!(charges, [-1_700, 3_100]);
    let subscription = shop.subscription(&bought.subscription).await;
    assert_eq!(subscription.status, SubscriptionStatus::Terminated);
    assert_eq!(subscription.next_billing_at, None);
}

async fn the_draft_of_an_invoice_is_no_credit_note(database: Database) {
    let shop = Shop::open(database).await;
    shop.buy_in_the_past("3100", 1).await;
    let [draft] = shop.drafts().await.try_into().unwrap();
    let input = json!({ "id": Id(draft.id).to_string(), "refund": true });
    let refused = shop.api.refused(&shop.world.admin, "issueCreditNote", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("INVOICE_NOT_FOUND"), &json!(["id"]))
    );
    assert_eq!(shop.document(draft.id).await, draft);
}

async fn a_credit_note_by_itself_is_found_from_its_invoice(database: Database) {
    let shop = Shop::open(database).await;
    let bought = shop.buy_in_the_past("3100", 1).await;
    let invoice = shop.issue_draft().await;
    shop.order("cancelSubscription", json!({ "id": bought.subscription })).await;
    let credit_note = shop.issue_draft().await;
    assert_eq!(credit_note.corrects_invoice_id, Some(invoice.id));
    let document = "query Run($id: ID!) { invoice(id: $id) { creditNotes { id } } }";
    let variables = json!({ "id": Id(invoice.id).to_string() });
    let found = shop.api.read(&shop.world.admin, document, variables).await;
    assert_eq!(found["invoice"]["creditNotes"], json!([{ "id": Id(credit_note.id).to_string() }]));
}

impl Shop {
    /// Buys what began on the first of January on the fifteenth: a month at this price, of which 17 of 31 days are left.
    async fn buy_in_the_past(&self, price: &str, quantity: i32) -> Bought {
        self.at("2027-01-15T12:00:00Z");
        let settings = json!({ "pastStartDays": 100 });
        self.api.done(&self.world.admin, "updateTenantSettings", settings, "").await;
        let offer = self.instant("RECURRING", Some("MONTHLY"), price).await;
        let line = json!({ "offerId": offer, "quantity": quantity, "startsOn": "2027-01-01" });
        self.buy_with(json!({ "lines": [line] })).await
    }
}
