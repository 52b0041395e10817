//! Credit notes: never more than is left, with the tax that was asked for, and settled once.

use std::sync::Arc;

use entity::{CreditReason, InvoiceKind, InvoiceStatus, invoice};
use futures_util::future::join_all;
use ordergate::graphql::id::Id;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{
    ledger::{credit_input, part},
    shop::Shop,
};
use crate::{
    on_both_databases,
    support::{database::Database, given},
};

on_both_databases!(
    credits_of_all_lines_come_to_the_invoice,
    the_tax_of_credits_is_that_of_their_sum,
    the_rest_of_a_line_is_credited_with_the_rest_of_its_tax,
    no_more_is_credited_than_is_left_of_a_line,
    a_full_credit_is_the_mirror_of_its_invoice,
    what_is_open_is_lowered_first_and_the_rest_pays_the_next_invoice,
    what_is_left_for_the_customer_is_paid_out_if_asked_for,
    of_two_credits_at_once_one_is_refused,
    a_deleted_draft_gives_back_what_it_took,
    a_draft_takes_what_its_new_lines_say,
    a_standalone_draft_gives_what_its_new_lines_say,
    a_preview_is_what_is_written,
    units_and_the_rest_of_a_period_are_shares_of_the_line,
    what_no_invoice_is_about_can_be_given,
    credits_are_for_sellers_of_their_own_invoices,
    amounts_have_the_decimals_of_their_currency,
);

/// V136.
async fn credits_of_all_lines_come_to_the_invoice(database: Database) {
    let shop = Shop::open(database).await;
    let lines = [(6833, 2000), (5750, 2000), (8500, 2000), (6833, 2000)];
    let invoice = shop.invoice_with(&lines).await;
    assert_eq!(invoice.gross_amount, 33_499);
    let mut gross = Vec::new();
    for line in shop.lines_of(invoice.id).await {
        gross.push(
            shop.credited(&invoice, json!([part(&line, line.net_amount)])).await.gross_amount,
        );
    }
    assert_eq!(gross, [-8200, -6900, -10_200, -8199]);
    let invoice = shop.document(invoice.id).await;
    assert_eq!((invoice.status, invoice.open_amount), (InvoiceStatus::Credited, 0));
    let refused = shop
        .api
        .refused(&shop.world.admin, "createCreditNote", credit_input(&invoice, &Value::Null))
        .await;
    assert_eq!(refused["code"], "NOTHING_TO_CREDIT");
}

/// V137.
async fn the_tax_of_credits_is_that_of_their_sum(database: Database) {
    let shop = Shop::open(database).await;
    for (mode, expected) in [("HALF_EVEN", [-8, -8, -9]), ("HALF_UP", [-8, -9, -8])] {
        let setting = format!("UPDATE tenant SET rounding_mode = '{mode}'");
        shop.app.database.execute(&setting).await;
        let invoice = shop.invoice_with(&[(99, 2500)]).await;
        let line = shop.lines_of(invoice.id).await.remove(0);
        let mut taxes = Vec::new();
        for _ in 0..3 {
            taxes.push(shop.credited(&invoice, json!([part(&line, 33)])).await.tax_amount);
        }
        assert_eq!(taxes, expected, "{mode}");
    }
}

/// V135.
async fn the_rest_of_a_line_is_credited_with_the_rest_of_its_tax(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(76_900, 2000)]).await;
    let line = shop.lines_of(invoice.id).await.remove(0);
    let first = shop.credited(&invoice, json!([part(&line, 72_686)])).await;
    assert_eq!((first.net_amount, first.tax_amount), (-72_686, -14_537));
    let rest = json!([{ "lineId": Id(line.id).to_string() }]);
    let second = shop.credited(&invoice, rest).await;
    assert_eq!((second.net_amount, second.tax_amount), (-4214, -843));
}

/// V141.
async fn no_more_is_credited_than_is_left_of_a_line(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(10_000, 2500), (500, 0)]).await;
    let lines = shop.lines_of(invoice.id).await;
    shop.credited(&invoice, json!([part(&lines[0], 7000)])).await;
    let before = shop.lines_of(invoice.id).await;
    for (amount, field) in [(4000, "amount")] {
        let wanted = json!([part(&lines[1], 500), part(&lines[0], amount)]);
        let input = credit_input(&invoice, &wanted);
        let refused = shop.api.refused(&shop.world.admin, "createCreditNote", input).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("CREDIT_EXCEEDS_LINE"), &json!(["lines", "1", field]))
        );
    }
    let twice = json!([part(&lines[1], 100), part(&lines[1], 100)]);
    let input = credit_input(&invoice, &twice);
    let refused = shop.api.refused(&shop.world.admin, "createCreditNote", input).await;
    assert_eq!(refused["field"], json!(["lines", "1", "lineId"]));
    assert_eq!(shop.lines_of(invoice.id).await, before);
    assert!(shop.drafts().await.is_empty());
}

async fn a_full_credit_is_the_mirror_of_its_invoice(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(33, 2500), (33, 2500), (33, 700), (100, 0)]).await;
    let credit_note = shop.credited(&invoice, Value::Null).await;
    assert_eq!(credit_note.kind, InvoiceKind::CreditNote);
    assert_eq!(credit_note.number.as_deref(), Some("CN-000001"));
    assert_eq!(credit_note.corrects_invoice_id, Some(invoice.id));
    for (of_credit_note, of_invoice) in [
        (credit_note.net_amount, invoice.net_amount),
        (credit_note.tax_amount, invoice.tax_amount),
        (credit_note.gross_amount, invoice.gross_amount),
    ] {
        assert_eq!(of_credit_note, -of_invoice);
    }
    assert_eq!(credit_note.buyer, invoice.buyer);
    assert_eq!(shop.document(invoice.id).await.status, InvoiceStatus::Credited);
    let shown = "query Run($id: ID!) { invoice(id: $id) {
        status totals { gross { minorUnits } taxes { basisPoints tax { minorUnits } } }
        taxes { category basisPoints net { minorUnits } }
        creditNotes { number kind correctsInvoice { id } totals { gross { minorUnits } }
            lines { corrects { amount line { lineNumber } } } }
        openAmount { minorUnits } lines { creditedAmount { minorUnits } } } }";
    let shown =
        shop.api.read(&shop.world.customer, shown, json!({ "id": Id(invoice.id).to_string() }));
    let shown = &shown.await["invoice"];
    assert_eq!(shown["status"], "CREDITED");
    assert_eq!(shown["openAmount"]["minorUnits"], "0");
    assert_eq!(shown["taxes"].as_array().unwrap().len(), 3);
    let note = &shown["creditNotes"][0];
    assert_eq!((&note["number"], &note["kind"]), (&json!("CN-000001"), &json!("CREDIT_NOTE")));
    let gross = shown["totals"]["gross"]["minorUnits"].as_str().unwrap();
    assert_eq!(note["totals"]["gross"]["minorUnits"], format!("-{gross}"));
    assert_eq!(note["lines"][0]["corrects"][0]["amount"], "33");
}

/// V142, V143.
async fn what_is_open_is_lowered_first_and_the_rest_pays_the_next_invoice(database: Database) {
    let shop = Shop::open(database).await;
    let unpaid = shop.invoice_with(&[(10_000, 0)]).await;
    let line = shop.lines_of(unpaid.id).await.remove(0);
    shop.credited(&unpaid, json!([part(&line, 6000)])).await;
    assert_eq!(shop.document(unpaid.id).await.open_amount, 4000);
    assert!(shop.moved().await.is_empty());

    let half_paid = shop.invoice_with(&[(10_000, 0)]).await;
    shop.pay(&half_paid, 5000, "half").await;
    let line = shop.lines_of(half_paid.id).await.remove(0);
    let credit_note = shop.credited(&half_paid, json!([part(&line, 6000)])).await;
    assert_eq!((credit_note.status, credit_note.open_amount), (InvoiceStatus::Paid, 0));
    let paid = shop.document(half_paid.id).await;
    assert_eq!((paid.status, paid.open_amount), (InvoiceStatus::Paid, 0));
    assert_eq!(shop.moved().await, [("ALLOWANCE", 1000)]);

    let next = shop.invoice_with(&[(700, 0)]).await;
    assert_eq!((next.status, next.open_amount, next.paid_amount), (InvoiceStatus::Paid, 0, 700));
    let after = shop.invoice_with(&[(700, 0)]).await;
    assert_eq!((after.status, after.open_amount), (InvoiceStatus::Issued, 400));
    // Money does not lower what is taxed.
    assert_eq!(after.gross_amount, 700);
    assert_eq!(shop.moved().await, [("ALLOWANCE", 1000), ("PAYMENT", -700), ("PAYMENT", -300)]);
}

async fn what_is_left_for_the_customer_is_paid_out_if_asked_for(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(1000, 2500)]).await;
    shop.pay(&invoice, 1250, "all").await;
    let draft = shop.credit(&invoice, Value::Null).await;
    shop.issue_credit_note(&draft, true).await;
    assert_eq!(shop.document(invoice.id).await.status, InvoiceStatus::Credited);
    assert_eq!(shop.moved().await, [("ALLOWANCE", 1250), ("REFUND", -1250)]);
}

async fn of_two_credits_at_once_one_is_refused(database: Database) {
    let shop = Arc::new(Shop::open(database).await);
    let invoice = shop.invoice_with(&[(10_000, 2500)]).await;
    let line = shop.lines_of(invoice.id).await.remove(0);
    let calls = (0..4).map(|_| {
        let shop = shop.clone();
        let input = credit_input(&invoice, &json!([part(&line, 7000)]));
        tokio::spawn(async move {
            let payload = shop.api.run(&shop.world.admin, "createCreditNote", input, "").await;
            payload["userErrors"][0]["code"].as_str().map(str::to_owned)
        })
    });
    let refusals: Vec<_> = join_all(calls).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(refusals, ["CREDIT_EXCEEDS_LINE"; 3]);
    assert_eq!(shop.lines_of(invoice.id).await[0].credited_amount, 7000);
}

async fn a_deleted_draft_gives_back_what_it_took(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(99, 2500), (500, 0)]).await;
    let before = shop.lines_of(invoice.id).await;
    let draft = shop.credit(&invoice, Value::Null).await;
    let input = json!({ "id": Id(draft.id).to_string() });
    let selection = "deletedCreditNoteId";
    let deleted =
        shop.api.done(&shop.world.admin, "deleteCreditNote", input.clone(), selection).await;
    assert_eq!(deleted["deletedCreditNoteId"], input["id"]);
    assert_eq!(shop.lines_of(invoice.id).await, before);
    let credit_note = shop.credited(&invoice, Value::Null).await;
    assert_eq!(credit_note.gross_amount, -invoice.gross_amount);
    let input = json!({ "id": Id(credit_note.id).to_string() });
    let refused = shop.api.refused(&shop.world.admin, "deleteCreditNote", input).await;
    assert_eq!(refused["code"], "INVOICE_ALREADY_ISSUED");
}

async fn a_draft_takes_what_its_new_lines_say(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(10_000, 2500), (500, 0)]).await;
    let lines = shop.lines_of(invoice.id).await;
    let draft = shop.credit(&invoice, json!([part(&lines[0], 7000)])).await;
    let update = |change: Value| {
        let mut input = json!({ "id": Id(draft.id).to_string() });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        input
    };
    // What it has taken itself is there to be taken.
    let change = update(
        json!({ "lines": [part(&lines[0], 9000), part(&lines[1], 100)], "note": " Sorry " }),
    );
    let selection = "creditNote { version note creditReason totals { gross { minorUnits } }
        taxes { basisPoints tax { minorUnits } } lines { lineNumber corrects { amount } } }";
    let changed = shop.api.done(&shop.world.admin, "updateCreditNote", change, selection).await;
    let expected = json!({
        "version": draft.version + 1, "note": "Sorry", "creditReason": "ERROR",
        "totals": { "gross": { "minorUnits": "-11350" } },
        "taxes": [
            { "basisPoints": 0, "tax": { "minorUnits": "0" } },
            { "basisPoints": 2500, "tax": { "minorUnits": "-2250" } },
        ],
        "lines": [
            { "lineNumber": 1, "corrects": [{ "amount": "9000" }] },
            { "lineNumber": 2, "corrects": [{ "amount": "100" }] },
        ],
    });
    assert_eq!(changed["creditNote"], expected);

    let before = (shop.document(draft.id).await, shop.lines_of(invoice.id).await);
    for (change, code, field) in [
        (json!({ "lines": [part(&lines[0], 10_001)] }), "CREDIT_EXCEEDS_LINE", "lines.0.amount"),
        (json!({ "lines": [] }), "NOTHING_TO_CREDIT", "lines"),
        (
            json!({ "expectedVersion": draft.version, "note": null }),
            "VERSION_CONFLICT",
            "expectedVersion",
        ),
        (json!({ "note": "a".repeat(1001) }), "VALIDATION_FAILED", "note"),
    ] {
        let refused = shop.api.refused(&shop.world.admin, "updateCreditNote", update(change)).await;
        let path: Vec<_> = field.split('.').collect();
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &json!(path)));
    }
    assert_eq!((shop.document(draft.id).await, shop.lines_of(invoice.id).await), before);

    // What it takes no more can be taken by another.
    let less = update(json!({ "lines": [part(&lines[0], 1)], "reason": "GOODWILL" }));
    shop.api.done(&shop.world.admin, "updateCreditNote", less, "").await;
    let rest = shop.credited(&invoice, json!([part(&lines[0], 9999)])).await;
    assert_eq!(rest.net_amount, -9999);
    let all = update(json!({ "lines": null }));
    shop.api.done(&shop.world.admin, "updateCreditNote", all, "").await;
    let issued = shop.issue_credit_note(&shop.document(draft.id).await, false).await;
    assert_eq!((issued.net_amount, issued.credit_reason), (-501, Some(CreditReason::Goodwill)));
    let invoice = shop.document(invoice.id).await;
    assert_eq!((invoice.status, invoice.open_amount), (InvoiceStatus::Credited, 0));
    let late = update(json!({ "note": "Late" }));
    let refused = shop.api.refused(&shop.world.admin, "updateCreditNote", late).await;
    assert_eq!(refused["code"], "INVOICE_ALREADY_ISSUED");
    let collecting = shop.collecting().await;
    let collecting = json!({ "id": Id(collecting.id).to_string(), "note": "None" });
    let refused = shop.api.refused(&shop.world.admin, "updateCreditNote", collecting).await;
    assert_eq!(refused["code"], "INVOICE_NOT_FOUND");
}

async fn a_standalone_draft_gives_what_its_new_lines_say(database: Database) {
    let shop = Shop::open(database).await;
    let line =
        |amount: &str| json!({ "description": "Sorry", "amount": amount, "taxBasisPoints": 2500 });
    let made = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "lines": [line("1000")],
        "reason": "GOODWILL",
    });
    let selection = "creditNote { id }";
    let made = shop.api.done(&shop.world.admin, "createStandaloneCreditNote", made, selection);
    let id = made.await["creditNote"]["id"].clone();
    let admin = &shop.world.admin;
    let other = json!({ "id": id, "lines": null });
    let refused = shop.api.refused(admin, "updateCreditNote", other).await;
    assert_eq!(refused["field"], json!(["id"]));
    let wrong = json!({ "id": id, "lines": [line("1"), line("0")] });
    let refused = shop.api.refused(admin, "updateStandaloneCreditNote", wrong).await;
    assert_eq!(refused["field"], json!(["lines", "1", "amount"]));
    let change = json!({ "id": id, "lines": [line("400"), line("400")] });
    shop.api.done(admin, "updateStandaloneCreditNote", change, "").await;
    let of_invoice = shop.credit(&shop.invoice_with(&[(1, 0)]).await, Value::Null).await;
    let other = json!({ "id": Id(of_invoice.id).to_string(), "note": "Other" });
    let refused = shop.api.refused(admin, "updateStandaloneCreditNote", other).await;
    assert_eq!(refused["field"], json!(["id"]));
    let draft = shop.document(super::shop::id(&id)).await;
    assert_eq!((draft.gross_amount, draft.version), (-1000, 2));
    shop.issue_credit_note(&draft, false).await;
    assert_eq!(shop.moved().await, [("ALLOWANCE", 1000)]);
}

async fn a_preview_is_what_is_written(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(6833, 2000), (5750, 2000), (100, 0)]).await;
    let lines = shop.lines_of(invoice.id).await;
    let document = "query Run($id: ID!, $lines: [CreditNoteLineInput!]) {
        previewCreditNote(invoiceId: $id, lines: $lines) {
            net { minorUnits } tax { minorUnits } offInvoice { minorUnits } toCustomer { formatted }
            lines { amount { minorUnits } line { lineNumber } }
            taxes { category basisPoints tax { minorUnits } } userErrors { code field } } }";
    let wanted = json!([part(&lines[0], 1000), part(&lines[2], 100)]);
    let ask = async |lines: &Value| {
        let variables = json!({ "id": Id(invoice.id).to_string(), "lines": lines });
        shop.api.read(&shop.world.admin, document, variables).await["previewCreditNote"].take()
    };
    let preview = ask(&wanted).await;
    assert_eq!(preview["userErrors"], json!([]));
    assert_eq!(preview["offInvoice"]["minorUnits"], "1300");
    assert_eq!(preview["toCustomer"]["formatted"], "0.00 EUR");
    assert_eq!(shop.lines_of(invoice.id).await, lines);
    let draft = shop.credit(&invoice, wanted).await;
    let (net, tax) = (&preview["net"]["minorUnits"], &preview["tax"]["minorUnits"]);
    assert_eq!((net, tax), (&json!((-draft.net_amount).to_string()), &json!("200")));
    assert_eq!(draft.tax_amount, -200);
    let refused = ask(&json!([part(&lines[0], 6000)])).await;
    assert_eq!(refused["userErrors"][0]["code"], "CREDIT_EXCEEDS_LINE");
    assert_eq!(refused["net"], Value::Null);
}

async fn units_and_the_rest_of_a_period_are_shares_of_the_line(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let bought = shop.buy(&offer, 5).await;
    let invoice = shop.issue_draft().await;
    let days = "UPDATE invoice_line SET starts_on = '2027-01-01', ends_on = '2027-02-01'";
    shop.app.database.execute(days).await;
    let line = shop.lines(&bought.subscription).await.remove(0);
    let id = Id(line.id).to_string();
    let rest = json!([{ "lineId": id, "from": "2027-01-15" }]);
    let rest = shop.credited(&invoice, rest).await;
    assert_eq!(rest.net_amount, -8500);
    let taken = shop.lines_of(rest.id).await.remove(0);
    assert_eq!((taken.share_days, taken.share_of_days), (Some(17), Some(31)));
    assert_eq!(taken.starts_on.unwrap().to_string(), "2027-01-15");
    let units = shop.credited(&invoice, json!([{ "lineId": id, "quantity": 2 }])).await;
    assert_eq!(units.net_amount, -6200);
    assert_eq!(shop.lines_of(units.id).await[0].billed_quantity, Some(-2));
    for (wrong, field) in [
        (json!({ "lineId": id, "from": "2027-02-01" }), json!(["lines", "0", "from"])),
        (json!({ "lineId": id, "from": "2027-01-15" }), json!(["lines", "0", "from"])),
        (json!({ "lineId": id, "quantity": 6 }), json!(["lines", "0", "quantity"])),
        (json!({ "lineId": id, "quantity": 1 }), json!(["lines", "0", "quantity"])),
        (json!({ "lineId": id, "amount": "0" }), json!(["lines", "0", "amount"])),
        (json!({ "lineId": id, "amount": "-1" }), json!(["lines", "0", "amount"])),
        (json!({ "lineId": id, "quantity": 1, "amount": 1 }), json!(["lines", "0"])),
    ] {
        let input = credit_input(&invoice, &json!([wrong]));
        let refused = shop.api.refused(&shop.world.admin, "createCreditNote", input).await;
        assert_eq!(refused["field"], field);
    }
}

/// APG-23.
async fn what_no_invoice_is_about_can_be_given(database: Database) {
    let shop = Shop::open(database).await;
    let line = |amount: &str, rate| json!({ "description": "Sorry", "amount": amount, "taxBasisPoints": rate });
    let input = |lines: Value| {
        json!({
            "customerId": Id(shop.world.customer_id).to_string(), "currency": "USD",
            "lines": lines, "reason": "GOODWILL", "note": "For the trouble.",
        })
    };
    let selection =
        "creditNote { id status kind creditReason note totals { gross { formatted } } }";
    let made = input(json!([line("1000", 2500), line("50", 0)]));
    let made =
        shop.api.done(&shop.world.admin, "createStandaloneCreditNote", made, selection).await;
    let made = &made["creditNote"];
    assert_eq!(made["totals"]["gross"]["formatted"], "-13.00 USD");
    assert_eq!((&made["kind"], &made["status"]), (&json!("CREDIT_NOTE"), &json!("DRAFT")));
    let draft = shop.document(super::shop::id(&made["id"])).await;
    shop.issue_credit_note(&draft, false).await;
    assert_eq!(shop.moved().await, [("ALLOWANCE", 1300)]);
    let wrong = input(json!([line("0", 2500), line("50", 10_001)]));
    let payload = shop.api.run(&shop.world.admin, "createStandaloneCreditNote", wrong, "").await;
    let fields: Vec<_> =
        payload["userErrors"].as_array().unwrap().iter().map(|it| it["field"].clone()).collect();
    assert_eq!(fields, [json!(["lines", "0", "amount"]), json!(["lines", "1", "taxBasisPoints"])]);
}

async fn credits_are_for_sellers_of_their_own_invoices(database: Database) {
    let shop = Shop::open(database).await;
    let invoice = shop.invoice_with(&[(1000, 2500)]).await;
    let other = given::world(&shop.app).await;
    let unknown = json!({
        "invoiceId": "invoice_00000000000000000000000000000001", "reason": "ERROR",
    });
    let refused = shop.api.refused(&shop.world.admin, "createCreditNote", unknown).await;
    assert_eq!(refused["code"], "INVOICE_NOT_FOUND");
    let foreign = credit_input(&invoice, &Value::Null);
    assert_eq!(shop.api.refused(&other.admin, "createCreditNote", foreign).await, refused);

    let draft = shop.invoice_with(&[(1000, 2500)]).await;
    let line = shop.lines_of(draft.id).await.remove(0);
    let of_another = credit_input(&invoice, &json!([part(&line, 1)]));
    let refused = shop.api.refused(&shop.world.admin, "createCreditNote", of_another).await;
    assert_eq!(refused["code"], "INVOICE_LINE_NOT_FOUND");

    let note = shop.credited(&invoice, Value::Null).await;
    let of_credit_note = credit_input(&note, &Value::Null);
    let refused = shop.api.refused(&shop.world.admin, "createCreditNote", of_credit_note).await;
    assert_eq!(refused["code"], "INVOICE_NOT_FOUND");
}

async fn amounts_have_the_decimals_of_their_currency(database: Database) {
    let shop = Shop::open(database).await;
    for (currency, shown) in [("JPY", "-1100 JPY"), ("BHD", "-1.100 BHD")] {
        let invoice = shop.invoice_in(currency, &[(1000, 1000)]).await;
        let note = shop.credited(&invoice, Value::Null).await;
        let document =
            "query Run($id: ID!) { invoice(id: $id) { totals { gross { formatted } } } }";
        let id = json!({ "id": Id(note.id).to_string() });
        let read = shop.api.read(&shop.world.customer, document, id).await;
        assert_eq!(read["invoice"]["totals"]["gross"]["formatted"], shown);
    }
    let all = invoice::Entity::find().all(shop.app.app.store.readers()).await.unwrap();
    assert!(all.iter().all(|it| it.open_amount == 0));
}
