//! Payments: each is recorded once, and what it settles is told.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{EventKind, InvoiceStatus, event, invoice, payment};
use futures_util::future::join_all;
use ordergate::graphql::id::Id;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{ledger::payment as input, shop::Shop};
use crate::{
    on_both_databases,
    support::{database::Database, given},
};

on_both_databases!(
    a_payment_is_recorded_once,
    the_same_reference_twice_at_once_is_one_payment,
    an_invoice_is_paid_when_nothing_is_open,
    what_is_missing_within_the_tolerance_is_written_off,
    what_is_paid_beyond_an_invoice_pays_the_next,
    nothing_is_paid_of_what_was_not_issued,
    no_more_is_paid_out_than_there_is,
    what_is_on_an_account_can_be_moved_whoever_sells_by_now,
    what_is_not_paid_by_its_day_is_told_once,
    a_payment_that_was_none_is_taken_back,
    what_a_reversed_payment_left_on_the_account_is_taken_off_it,
    what_was_written_off_with_a_reversed_payment_is_open_again,
    a_payment_is_reversed_once,
);

async fn what_is_not_paid_by_its_day_is_told_once(database: Database) {
    let shop = Shop::open(database).await;
    let (open, paid) =
        (shop.invoice_with(&[(1000, 2500)]).await, shop.invoice_with(&[(1000, 2500)]).await);
    shop.api.done(&shop.world.admin, "recordPayment", input(&paid, 1250, "R-1"), "").await;
    let told = async || {
        let overdue = event::Entity::find()
            .filter(event::Column::Kind.eq(EventKind::InvoiceOverdue))
            .filter(event::Column::SubjectId.is_in([open.id.0, paid.id.0]))
            .all(shop.app.app.store.readers());
        overdue.await.unwrap().into_iter().map(|event| event.subject_id).collect::<Vec<_>>()
    };
    let due = open.due_on.unwrap();
    shop.at(&format!("{due}T23:00:00Z"));
    shop.app.run_jobs().await;
    assert!(told().await.is_empty());
    shop.app.advance(TimeDelta::hours(2));
    for _ in 0..2 {
        shop.app.run_jobs().await;
        assert_eq!(told().await, [open.id.0]);
    }
    let after = Some(due.succ_opt().unwrap());
    assert_eq!(shop.document(open.id).await.overdue_since, after);
}

async fn a_payment_that_was_none_is_taken_back(database: Database) {
    let shop = Shop::open(database).await;
    let (invoice, other) =
        (shop.invoice_with(&[(1000, 2500)]).await, shop.invoice_with(&[(1000, 2500)]).await);
    shop.pay(&invoice, 250, "first").await;
    let payment = paid(&shop, &invoice, 1000, "R-1").await;
    assert_eq!(shop.document(invoice.id).await.status, InvoiceStatus::Paid);
    let selection = "payment { reference reversedAt reversalReason
        invoice { status openAmount { minorUnits } paidAmount { minorUnits } settledAt } }";
    let input = json!({ "id": payment, "reason": " Bounced " });
    let reversed = shop.api.done(&shop.world.admin, "reversePayment", input, selection).await;
    let reversed = &reversed["payment"];
    assert_eq!(
        (&reversed["reference"], &reversed["reversalReason"]),
        (&json!("R-1"), &json!("Bounced"))
    );
    assert!(reversed["reversedAt"].is_string());
    let open = json!({
        "status": "ISSUED", "openAmount": { "minorUnits": "1000" },
        "paidAmount": { "minorUnits": "250" }, "settledAt": null,
    });
    assert_eq!(reversed["invoice"], open);
    let told = event::Entity::find()
        .filter(event::Column::SubjectId.eq(invoice.id.0))
        .order_by_desc(event::Column::Sequence)
        .one(shop.app.app.store.readers())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((told.kind, told.reason.as_deref()), (EventKind::PaymentReversed, Some("Bounced")));
    assert_eq!(
        (told.from_status.as_deref(), told.to_status.as_deref()),
        (Some("PAID"), Some("ISSUED"))
    );
    // It was of the other invoice, and this one is paid later.
    shop.pay(&other, 1000, "R-1").await;
    assert_eq!(shop.document(other.id).await.open_amount, 250);
    shop.pay(&invoice, 1000, "R-2").await;
    let invoice = shop.document(invoice.id).await;
    assert_eq!((invoice.status, invoice.open_amount), (InvoiceStatus::Paid, 0));
    assert!(shop.moved().await.is_empty());
}

async fn what_a_reversed_payment_left_on_the_account_is_taken_off_it(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(1000, 0)]).await;
    let payment = paid(&shop, &invoice, 1300, "too much").await;
    let next = shop.invoice_with(&[(1000, 0)]).await;
    assert_eq!(next.open_amount, 700);
    reverse(&shop, &payment).await;
    assert_eq!(shop.moved().await, [("PAYMENT", -300), ("PAYMENT", -300), ("PAYMENT", 300)]);
    assert_eq!(shop.document(invoice.id).await.open_amount, 1000);
    assert_eq!(shop.document(next.id).await.open_amount, 700);
    // What was paid of nothing open settled nothing.
    shop.pay(&invoice, 1000, "right").await;
    let again = paid(&shop, &invoice, 400, "again").await;
    reverse(&shop, &again).await;
    let invoice = shop.document(invoice.id).await;
    assert_eq!((invoice.status, invoice.open_amount), (InvoiceStatus::Paid, 0));
}

async fn what_was_written_off_with_a_reversed_payment_is_open_again(database: Database) {
    let shop = Shop::open(database).await;
    shop.app.database.execute("UPDATE tenant SET payment_tolerance = 100").await;
    for (amount, open) in [(49_950, 50_000), (50_050, 50_000)] {
        let invoice = shop.invoice_with(&[(50_000, 0)]).await;
        let payment = paid(&shop, &invoice, amount, "nearly").await;
        assert_eq!(shop.document(invoice.id).await.status, InvoiceStatus::Paid);
        reverse(&shop, &payment).await;
        let invoice = shop.document(invoice.id).await;
        assert_eq!((invoice.status, invoice.open_amount), (InvoiceStatus::Issued, open));
    }
    // What was credited meanwhile is open no more.
    let invoice = shop.invoice_with(&[(50_000, 0)]).await;
    let payment = paid(&shop, &invoice, 49_950, "credited").await;
    let credit_note = shop.credited(&invoice, Value::Null).await;
    assert_eq!(shop.document(invoice.id).await.status, InvoiceStatus::Credited);
    reverse(&shop, &payment).await;
    let invoice = shop.document(invoice.id).await;
    assert_eq!((invoice.status, invoice.open_amount), (InvoiceStatus::Issued, 49_950));
    assert_eq!(credit_note.gross_amount, -50_000);
    let sum: i64 = shop.moved().await.iter().map(|(_, amount)| amount).sum();
    assert_eq!(sum, 49_950);
}

async fn a_payment_is_reversed_once(database: Database) {
    let shop = Arc::new(Shop::open(database).await);
    let invoice = shop.invoice_with(&[(1000, 0)]).await;
    let payment = paid(&shop, &invoice, 600, "R-1").await;
    let input = json!({ "id": payment, "reason": "Bounced" });
    let calls = (0..6).map(|_| {
        let (shop, input) = (shop.clone(), input.clone());
        tokio::spawn(async move {
            let payload = shop.api.run(&shop.world.admin, "reversePayment", input, "").await;
            payload["userErrors"][0]["code"].as_str().map(str::to_owned)
        })
    });
    let refusals: Vec<_> = join_all(calls).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(refusals, ["PAYMENT_ALREADY_REVERSED"; 5]);
    assert_eq!(shop.document(invoice.id).await.open_amount, 1000);
    let nothing = json!({ "id": payment, "reason": "  " });
    let refused = shop.api.refused(&shop.world.admin, "reversePayment", nothing).await;
    assert_eq!(refused["field"], json!(["reason"]));
    let stranger = given::world(&shop.app).await;
    let refused = shop.api.refused(&stranger.admin, "reversePayment", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("PAYMENT_NOT_FOUND"), &json!(["id"]))
    );
}

/// Records a payment, and gives its id.
async fn paid(shop: &Shop, invoice: &invoice::Model, amount: i64, reference: &str) -> Value {
    let payment = input(invoice, amount, reference);
    let payload =
        shop.api.done(&shop.world.admin, "recordPayment", payment, "payment { id }").await;
    payload["payment"]["id"].clone()
}

async fn reverse(shop: &Shop, payment: &Value) {
    let input = json!({ "id": payment, "reason": "Bounced" });
    shop.api.done(&shop.world.admin, "reversePayment", input, "").await;
}

async fn a_payment_is_recorded_once(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(1000, 2500)]).await;
    let other = shop.invoice_with(&[(1000, 2500)]).await;
    let first = input(&invoice, 500, " R-1 ");
    let selection = "payment { id amount { formatted } receivedOn reference invoice { openAmount { minorUnits } } }";
    let record = async |payment: Value| {
        shop.api.done(&shop.world.admin, "recordPayment", payment, selection).await["payment"]
            .take()
    };
    let recorded = record(first.clone()).await;
    assert_eq!(recorded["invoice"]["openAmount"]["minorUnits"], "750");
    assert_eq!(
        (&recorded["amount"]["formatted"], &recorded["reference"]),
        (&json!("5.00 EUR"), &json!("R-1"))
    );
    let mut same_day = first.clone();
    same_day["receivedOn"] = recorded["receivedOn"].clone();
    for again in [&first, &same_day] {
        assert_eq!(record(again.clone()).await, recorded);
    }
    let mut another_day = first.clone();
    another_day["receivedOn"] = json!("2020-01-01");
    for wrong in [input(&invoice, 501, "R-1"), input(&other, 500, "R-1"), another_day] {
        let refused = shop.api.refused(&shop.world.admin, "recordPayment", wrong).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("PAYMENT_REFERENCE_USED"), &json!(["reference"]))
        );
    }
    assert_eq!(shop.document(invoice.id).await.open_amount, 750);
}

async fn the_same_reference_twice_at_once_is_one_payment(database: Database) {
    let shop = Arc::new(Shop::open(database).await);
    let invoices = [shop.invoice_with(&[(1000, 0)]).await, shop.invoice_with(&[(1000, 0)]).await];
    let calls = (0..8).map(|call| {
        let shop = shop.clone();
        // The first half the same, the second half another payment with the reference.
        let payment = input(&invoices[call / 4], 600, "R-1");
        tokio::spawn(async move {
            let payload = shop.api.run(&shop.world.admin, "recordPayment", payment, "").await;
            payload["userErrors"][0]["code"].as_str().map(str::to_owned)
        })
    });
    let refusals: Vec<_> = join_all(calls).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(refusals, ["PAYMENT_REFERENCE_USED"; 4]);
    let payments = payment::Entity::find().all(shop.app.app.store.readers()).await.unwrap();
    assert_eq!(payments.len(), 1);
    let mut open = Vec::new();
    for invoice in &invoices {
        open.push(shop.document(invoice.id).await.open_amount);
    }
    open.sort_unstable();
    assert_eq!(open, [400, 1000]);
}

async fn an_invoice_is_paid_when_nothing_is_open(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(1000, 2500)]).await;
    shop.pay(&invoice, 1000, "1").await;
    let part = shop.document(invoice.id).await;
    assert_eq!(
        (part.status, part.open_amount, part.paid_amount),
        (InvoiceStatus::Issued, 250, 1000)
    );
    shop.pay(&invoice, 250, "2").await;
    let paid = shop.document(invoice.id).await;
    assert_eq!((paid.status, paid.open_amount, paid.paid_amount), (InvoiceStatus::Paid, 0, 1250));
    assert!(paid.settled_at.is_some());
    assert!(shop.moved().await.is_empty());
    let told = event::Entity::find()
        .filter(event::Column::SubjectId.eq(invoice.id.0))
        .order_by_asc(event::Column::Sequence)
        .all(shop.app.app.store.readers())
        .await
        .unwrap();
    let told: Vec<_> = told.iter().rev().take(4).map(|event| event.kind.as_str()).collect();
    assert_eq!(told, ["INVOICE_PAID", "PAYMENT_RECORDED", "PAYMENT_RECORDED", "INVOICE_ISSUED"]);
}

/// V146.
async fn what_is_missing_within_the_tolerance_is_written_off(database: Database) {
    let shop = Shop::open(database).await;
    shop.app.database.execute("UPDATE tenant SET payment_tolerance = 100").await;
    let invoice = shop.invoice_with(&[(50_000, 0)]).await;
    shop.pay(&invoice, 49_950, "short").await;
    assert_eq!(shop.document(invoice.id).await.status, InvoiceStatus::Paid);
    assert_eq!(shop.moved().await, [("PAYMENT", -50), ("WRITE_OFF", 50)]);
    let invoice = shop.invoice_with(&[(50_000, 0)]).await;
    assert_eq!(invoice.open_amount, 50_000);
    shop.pay(&invoice, 49_899, "too short").await;
    assert_eq!(shop.document(invoice.id).await.open_amount, 101);
}

async fn what_is_paid_beyond_an_invoice_pays_the_next(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(1000, 0)]).await;
    shop.pay(&invoice, 1300, "too much").await;
    assert_eq!(shop.moved().await, [("PAYMENT", 300)]);
    let balance = "query Run($id: ID!) {
        accountBalance(customerId: $id, currency: \"eur\") { formatted }
        other: accountBalance(customerId: $id, currency: \"USD\") { formatted }
        customer(id: $id) { accountTransactions(first: 5) { nodes {
            kind amount { minorUnits } payment { reference } invoice { id } } } } }";
    let customer = json!({ "id": Id(shop.world.customer_id).to_string() });
    let read = shop.api.read(&shop.world.customer, balance, customer.clone()).await;
    assert_eq!(read["accountBalance"]["formatted"], "3.00 EUR");
    assert_eq!(read["other"]["formatted"], "0.00 USD");
    let moved = &read["customer"]["accountTransactions"]["nodes"][0];
    assert_eq!(moved["payment"]["reference"], "too much");
    let other = given::world(&shop.app).await;
    let read = shop.api.read(&other.admin, balance, customer).await;
    assert_eq!(read["accountBalance"], Value::Null);

    let next = shop.invoice_with(&[(1000, 0)]).await;
    assert_eq!((next.open_amount, next.paid_amount), (700, 300));
}

async fn nothing_is_paid_of_what_was_not_issued(database: Database) {
    let shop = Shop::open(database).await;
    shop.buy(&shop.instant("RECURRING", Some("MONTHLY"), "3100").await, 1).await;
    let draft = shop.drafts().await.remove(0);
    let refused = shop.api.refused(&shop.world.admin, "recordPayment", input(&draft, 1, "R")).await;
    assert_eq!(refused["code"], "INVOICE_NOT_ISSUED");
    let other = given::world(&shop.app).await;
    let refused = shop.api.refused(&other.admin, "recordPayment", input(&draft, 1, "R")).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("INVOICE_NOT_FOUND"), &json!(["invoiceId"]))
    );
    let invoice = shop.issue_draft().await;
    let mut late = input(&invoice, 1, "R");
    late["receivedOn"] = json!("9000-01-01");
    let refused = shop.api.refused(&shop.world.admin, "recordPayment", late).await;
    assert_eq!(refused["field"], json!(["receivedOn"]));
    let nothing = input(&invoice, 0, "R");
    let refused = shop.api.refused(&shop.world.admin, "recordPayment", nothing).await;
    assert_eq!(refused["field"], json!(["amount"]));
    let payments = payment::Entity::find().all(shop.app.app.store.readers()).await.unwrap();
    assert!(payments.is_empty());
}

async fn no_more_is_paid_out_than_there_is(database: Database) {
    let shop = Shop::open(database).await;
    let entry = |kind: &str, amount: &str| {
        json!({
            "customerId": Id(shop.world.customer_id).to_string(), "currency": "EUR", "kind": kind,
            "amount": amount, "note": "By hand",
        })
    };
    let selection = "accountTransaction { kind amount { minorUnits } note }";
    for (kind, amount) in [("ALLOWANCE", "1000"), ("CHARGE", "-300")] {
        let input = entry(kind, amount.trim_start_matches('-'));
        let made =
            shop.api.done(&shop.world.admin, "addAccountTransaction", input, selection).await;
        assert_eq!(made["accountTransaction"]["amount"]["minorUnits"], amount);
    }
    let refused =
        shop.api.refused(&shop.world.admin, "addAccountTransaction", entry("REFUND", "701")).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("BALANCE_TOO_LOW"), &json!(["amount"]))
    );
    shop.api.done(&shop.world.admin, "addAccountTransaction", entry("REFUND", "700"), "").await;
    assert_eq!(shop.moved().await, [("ALLOWANCE", 1000), ("CHARGE", -300), ("REFUND", -700)]);
}

/// What a seller owes is on its own account still when a partner has taken the customer over.
async fn what_is_on_an_account_can_be_moved_whoever_sells_by_now(database: Database) {
    let shop = Shop::open(database).await;
    let admin = &shop.world.admin;
    let customer = Id(shop.world.customer_id).to_string();
    let entry = |kind: &str, amount: &str| json!({ "customerId": customer, "currency": "EUR", "kind": kind, "amount": amount });
    shop.api.done(admin, "addAccountTransaction", entry("ALLOWANCE", "500"), "").await;
    let partner = json!({ "partnerNumber": "P-1", "name": "Partner" });
    let partner = shop.api.done(admin, "createPartner", partner, "partner { id }").await;
    let partner = partner["partner"]["id"].as_str().unwrap();
    let sold_by = json!({ "id": customer, "partnerId": partner });
    shop.api.done(admin, "updateCustomer", sold_by, "").await;
    let balance = async |of: &str| {
        let document = format!(
            "query Run($id: ID!) {{ accountBalance(customerId: $id, currency: \"EUR\"{of}) {{
                minorUnits }} }}"
        );
        let answer = shop.api.read(admin, &document, json!({ "id": customer })).await;
        answer["accountBalance"]["minorUnits"].clone()
    };
    let of_partner = format!(", partnerId: \"{partner}\"");
    let told = (balance("").await, balance(", partnerId: null").await, balance(&of_partner).await);
    assert_eq!(told, (json!("500"), json!("500"), json!("0")));
    let mut refund = entry("REFUND", "500");
    let refused = shop.api.refused(admin, "addAccountTransaction", refund.clone()).await;
    assert_eq!(refused["code"], "BALANCE_TOO_LOW");
    refund["partnerId"] = Value::Null;
    shop.api.done(admin, "addAccountTransaction", refund, "").await;
    assert_eq!(balance("").await, "0");
}
