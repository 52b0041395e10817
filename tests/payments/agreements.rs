//! Registering, completing, cancelling and expiring, and what becomes of the order meanwhile.

use chrono::TimeDelta;
use domain::viewer::{Scope, Viewer};
use entity::{EventKind, Role};
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use super::{AGREEMENT, PAGE, fields};
use crate::{
    on_both_databases,
    support::{
        database::Database,
        given::{self, viewer},
        rows::rows_of,
        shop::Shop,
    },
};

on_both_databases!(
    an_order_is_submitted_once_it_is_paid,
    an_order_is_not_submitted_while_its_payment_is_pending,
    a_seller_may_want_every_order_paid_for_first,
    an_order_has_one_open_checkout,
    completing_again_changes_nothing,
    whoever_pays_does_not_say_that_it_is_paid,
    to_pay_by_invoice_is_granted_by_the_seller,
    what_speaks_against_an_order_takes_nothing_from_the_payment,
    a_payment_that_is_called_off_with_its_order_is_not_completed,
    a_payment_that_fails_keeps_or_cancels_its_order,
    a_payment_expires_when_its_time_is_over,
    what_cannot_be_registered_is_refused_by_its_field,
    a_selection_names_one_thing_that_fits,
    a_payment_is_seen_by_those_whose_it_is,
    a_payment_is_watched,
    whoever_has_an_order_submitted_does_not_decide_on_it,
);

/// IFS-26, IFS-27, IFS-33.
async fn an_order_is_submitted_once_it_is_paid(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let draft = shop.draft().await;
    let agreement = shop.checkout(&draft).await;
    assert_eq!(agreement["status"], "PENDING");
    assert_eq!(agreement["currency"], "EUR");
    let id = agreement["id"].as_str().unwrap();
    assert_eq!(agreement["redirectUrl"], format!("{PAGE}&paymentAgreement={id}"));
    let selected = "query Run($id: ID!) { order(id: $id) { version paymentMethod
        paymentAgreement { id } paymentAgreements(first: 9) { nodes { id } } } }";
    let order = shop.read(selected, &draft["id"]).await["order"].take();
    assert_eq!(
        order,
        json!({
            "version": 2, "paymentMethod": "CARD", "paymentAgreement": { "id": id },
            "paymentAgreements": { "nodes": [{ "id": id }] },
        })
    );

    let done = shop.complete(&agreement, "APPROVED").await;
    assert_eq!(done["status"], "ACTIVE");
    assert_eq!(done["version"], 2);
    assert_eq!(done["order"]["status"], "APPROVED");
    assert_eq!(shop.triggers(&draft).await, ["CREATE", "SUBMIT", "WAIVE_APPROVAL"]);
    let submitted = shop.events_of(&draft).await;
    let submitted = submitted.iter().find(|it| it.to_status.as_deref() == Some("SUBMITTED"));
    assert_eq!(submitted.unwrap().actor, "system");
    shop.app.run_jobs().await;
    let order = shop.order(&draft).await;
    assert_eq!(order["status"], "COMPLETED");
    assert_eq!(order["subscriptions"].as_array().unwrap().len(), 1);
    let moves = shop.moves(&agreement).await;
    let statuses: Vec<_> =
        moves.iter().map(|(from, to, _)| (from.as_deref(), to.as_deref())).collect();
    assert_eq!(statuses, [(None, Some("PENDING")), (Some("PENDING"), Some("ACTIVE"))]);
    // What is active pays for another order as well.
    let again = json!({
        "agreementId": Id(shop.world.agreement_id).to_string(), "lines": [shop.instant(1)],
        "paymentSelection": { "agreementId": id }, "submit": true,
    });
    let other = shop.run(&shop.world.customer, "createOrder", again).await;
    assert_eq!(other["status"], "APPROVED");
}

async fn an_order_is_not_submitted_while_its_payment_is_pending(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let by_method = json!({
        "lines": [shop.instant(1)], "paymentSelection": { "method": "WALLET" }, "submit": true,
    });
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    let refused = shop.api.refused(&shop.world.customer, "createOrder", by_method).await;
    assert_eq!(refused["code"], "PAYMENT_AGREEMENT_NOT_ACTIVE");
    assert!(before == rows_of(&shop.app, shop.world.tenant_id).await);
    let draft = shop.draft().await;
    let input = json!({ "orderId": draft["id"], "method": "CARD" });
    let agreement = shop.register(&shop.world.customer, input).await;
    let submit =
        || shop.api.refused(&shop.world.admin, "submitOrder", json!({ "id": draft["id"] }));
    let refused = submit().await;
    assert_eq!(refused["code"], "PAYMENT_AGREEMENT_NOT_ACTIVE");
    assert!(!may_be_submitted(&shop, &draft).await);
    assert_eq!(
        (&refused["currentStatus"], &refused["currentVersion"]),
        (&json!("PENDING"), &json!(1))
    );
    // Nobody asked for it to be submitted by itself.
    let done = shop.complete(&agreement, "APPROVED").await;
    assert_eq!(done["order"]["status"], "DRAFT");
    assert!(may_be_submitted(&shop, &draft).await);
    let cancel = json!({ "id": agreement["id"] });
    shop.api.done(&shop.world.customer, "cancelPaymentAgreement", cancel, "").await;
    assert_eq!(submit().await["currentStatus"], "CANCELLED");
    assert!(!may_be_submitted(&shop, &draft).await);
    let keep = json!({ "id": draft["id"], "paymentSelection": null });
    shop.run(&shop.world.customer, "updateOrder", keep).await;
    assert!(may_be_submitted(&shop, &draft).await);
    let order = shop.run(&shop.world.customer, "submitOrder", json!({ "id": draft["id"] })).await;
    assert_eq!(order["status"], "APPROVED");
}

/// Whether its customer is offered to submit an order.
async fn may_be_submitted(shop: &Shop, order: &Value) -> bool {
    let document = "query Run($id: ID!) { order(id: $id) { availableActions } }";
    let read = shop.read(document, &order["id"]).await;
    read["order"]["availableActions"].as_array().unwrap().contains(&json!("SUBMIT"))
}

async fn a_seller_may_want_every_order_paid_for_first(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let draft = shop.draft().await;
    assert!(may_be_submitted(&shop, &draft).await);
    shop.settings(json!({ "paymentRequired": true })).await;
    assert!(!may_be_submitted(&shop, &draft).await);
    let order = |selection: Value| json!({ "lines": [shop.instant(1)], "paymentSelection": selection, "submit": true });
    for selection in [Value::Null, json!({ "method": "INVOICE" }), json!({ "method": "CARD" })] {
        let customer = &shop.world.customer;
        let refused = shop.api.refused(customer, "createOrder", order(selection.clone())).await;
        assert_eq!(refused["code"], "PAYMENT_AGREEMENT_NOT_ACTIVE", "{selection}");
    }
    let customer = Id(shop.world.customer_id).to_string();
    let credit = json!({ "customerId": customer, "method": "INVOICE" });
    let credit = shop.register(&shop.world.seller(), credit).await;
    let selected = json!({ "agreementId": credit["id"] });
    let done = shop.run(&shop.world.customer, "createOrder", order(selected)).await;
    assert_eq!(done["status"], "APPROVED");
    // What a customer has already is changed without it.
    shop.app.run_jobs().await;
    let bought = shop.order(&done).await;
    let suspend = json!({ "id": bought["subscriptions"][0]["id"] });
    shop.run(&shop.world.customer, "suspendSubscription", suspend).await;
}

/// Of two, both might be paid.
async fn an_order_has_one_open_checkout(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let draft = shop.draft().await;
    // Not submitted by it, so that the order stays a draft.
    let first = json!({ "orderId": draft["id"], "method": "CARD" });
    let first = shop.register(&shop.world.customer, first).await;
    let other_way = json!({ "id": draft["id"], "paymentSelection": { "method": "INVOICE" } });
    let refused = shop.api.refused(&shop.world.customer, "updateOrder", other_way).await;
    assert_eq!(refused["code"], "PAYMENT_AGREEMENT_EXISTS");
    for (status, version) in [("PENDING", 1), ("ACTIVE", 2)] {
        let another = json!({ "orderId": draft["id"], "method": "WALLET" });
        for buyer in [&shop.world.customer, &shop.world.admin] {
            let another = another.clone();
            let refused = shop.api.refused(buyer, "registerPaymentAgreement", another).await;
            assert_eq!(refused["code"], "PAYMENT_AGREEMENT_EXISTS");
            assert_eq!(refused["field"], json!(["orderId"]));
            assert_eq!(refused["currentStatus"], status);
            assert_eq!(refused["currentVersion"], version);
        }
        shop.complete(&first, "APPROVED").await;
    }
    let gone = json!({ "orderId": shop.placed().await, "method": "CARD" });
    let refused = shop.api.refused(&shop.world.customer, "registerPaymentAgreement", gone).await;
    assert_eq!(refused["code"], "ORDER_NOT_EDITABLE");
}

impl Shop {
    async fn placed(&self) -> Value {
        self.place(&[self.instant(1)]).await["id"].take()
    }
}

/// IFS-31.
async fn completing_again_changes_nothing(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let draft = shop.draft().await;
    let agreement = shop.checkout(&draft).await;
    let seller = shop.world.seller();
    let complete = |more: Value| {
        let mut input = json!({ "id": agreement["id"], "outcome": "APPROVED" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let first = complete(json!({ "providerReference": "PSP-1", "expectedVersion": 1 }));
    shop.api.done(&seller, "completePaymentAgreement", first, "").await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    for more in [
        json!({}),
        json!({ "providerReference": " PSP-1 " }),
        json!({ "expectedVersion": 1 }),
        json!({ "expectedVersion": 2 }),
    ] {
        let done = shop.api.done(&seller, "completePaymentAgreement", complete(more), AGREEMENT);
        let done = done.await["paymentAgreement"].take();
        assert_eq!(done["status"], "ACTIVE");
        assert_eq!(done["providerReference"], "PSP-1");
    }
    for (more, code) in [
        (json!({ "providerReference": "PSP-2" }), "PAYMENT_AGREEMENT_STATUS_CONFLICT"),
        (json!({ "outcome": "REJECTED" }), "PAYMENT_AGREEMENT_STATUS_CONFLICT"),
        (json!({ "expectedVersion": 7 }), "VERSION_CONFLICT"),
        (json!({ "reason": "Why?" }), "VALIDATION_FAILED"),
    ] {
        let refused = shop.api.refused(&seller, "completePaymentAgreement", complete(more)).await;
        assert_eq!(refused["code"], code);
    }
    // A reference is of one payment.
    let other = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "method": "CARD",
    });
    let other = shop.register(&seller, other).await;
    let taken = json!({ "id": other["id"], "outcome": "APPROVED", "providerReference": "PSP-1" });
    let refused = shop.api.refused(&seller, "completePaymentAgreement", taken).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("PROVIDER_REFERENCE_USED"), &json!(["providerReference"]))
    );
    // Nor is it lost where the payment was completed without one.
    let complete = async |more: Value| {
        let mut input = json!({ "id": other["id"], "outcome": "APPROVED" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shop.api.run(&seller, "completePaymentAgreement", input, AGREEMENT).await
    };
    let done = complete(json!({})).await["paymentAgreement"].take();
    let used = complete(json!({ "providerReference": "PSP-1" })).await;
    assert_eq!(used["userErrors"][0]["code"], "PROVIDER_REFERENCE_USED");
    let told = complete(json!({ "providerReference": "PSP-3" })).await["paymentAgreement"].take();
    assert_eq!(told["providerReference"], "PSP-3");
    assert_eq!((&told["version"], &told["status"]), (&done["version"], &json!("ACTIVE")));
    let same = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "method": "CARD",
        "providerReference": "PSP-1",
    });
    let refused = shop.api.refused(&seller, "registerPaymentAgreement", same).await;
    assert_eq!(refused["code"], "PROVIDER_REFERENCE_USED");
    let after = rows_of(&shop.app, shop.world.tenant_id).await;
    let added: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    let registered = |row: &&&String| {
        row.starts_with("payment_agreement ")
            || row.starts_with("event ")
            || row.starts_with("event_log ")
    };
    assert_eq!(added.iter().filter(registered).count(), added.len(), "{added:?}");
}

/// A page to which somebody comes back proves nothing.
async fn whoever_pays_does_not_say_that_it_is_paid(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let draft = shop.draft().await;
    let agreement = shop.checkout(&draft).await;
    let partner = given::partner(&shop.app, &shop.world, "P-1", None).await;
    let of_partner = Scope::Partner { own: partner, partners: vec![partner] };
    let complete = "mutation ($input: CompletePaymentAgreementInput!) {
        completePaymentAgreement(input: $input) { userErrors { code } } }";
    let input = json!({ "input": { "id": agreement["id"], "outcome": "APPROVED" } });
    for payer in [
        shop.world.customer.clone(),
        viewer(shop.world.tenant_id, Role::Partner, of_partner),
        viewer(shop.world.tenant_id, Role::Approver, Scope::Tenant),
    ] {
        let answer = shop.api.ask(Some(&payer), complete, input.clone()).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    }
    assert_eq!(shop.payment_agreement(&agreement).await["status"], "PENDING");
}

async fn to_pay_by_invoice_is_granted_by_the_seller(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let draft = shop.draft().await;
    let input = json!({ "orderId": draft["id"], "method": "INVOICE", "submitsOrder": true });
    let customer = &shop.world.customer;
    let refused = shop.api.refused(customer, "registerPaymentAgreement", input.clone()).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("PAYMENT_METHOD_NOT_OFFERED"), &json!(["method"]))
    );
    let granted = shop.register(&shop.world.seller(), input).await;
    assert_eq!(granted["status"], "ACTIVE");
    assert_eq!(granted["redirectUrl"], Value::Null);
    assert_eq!(granted["order"]["status"], "APPROVED");
    // Without a page for payments there is no other way.
    let card = json!({ "customerId": Id(shop.world.customer_id).to_string(), "method": "CARD" });
    let refused = shop.api.refused(customer, "registerPaymentAgreement", card.clone()).await;
    assert_eq!(refused["code"], "PAYMENT_METHOD_NOT_OFFERED");
    let mut by_seller = card;
    by_seller["redirectUrl"] = json!("https://psp.example/c/1");
    by_seller["providerReference"] = json!("C-1");
    let opened = shop.register(&shop.world.seller(), by_seller).await;
    assert_eq!(opened["redirectUrl"], "https://psp.example/c/1");
    let found = "{ paymentAgreement(providerReference: \" C-1\") { id } }";
    let found = shop.api.read(customer, found, json!({})).await;
    assert_eq!(found["paymentAgreement"]["id"], opened["id"]);
}

/// The plan is retired, the agreement deactivated, or the customer denied, while somebody pays.
async fn what_speaks_against_an_order_takes_nothing_from_the_payment(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let seller = shop.world.seller();
    let (deactivated, retired) = (shop.draft().await, shop.draft().await);
    let of_deactivated = shop.checkout(&deactivated).await;
    let of_retired = shop.checkout(&retired).await;
    let agreement = Id(shop.world.agreement_id).to_string();
    let status = |status: &str| json!({ "id": agreement, "status": status });
    shop.api.done(&seller, "updateAgreement", status("DEACTIVATED"), "").await;
    for (draft, payment, why, undo) in [
        (
            &deactivated,
            &of_deactivated,
            "Agreement A-1 is deactivated.",
            ("updateAgreement", status("ACTIVE")),
        ),
        (
            &retired,
            &of_retired,
            "Mail",
            (
                "updateOffer",
                json!({ "id": Id(shop.world.instant_offer).to_string(), "status": "ACTIVE" }),
            ),
        ),
    ] {
        if draft["id"] == retired["id"] {
            let offer = Id(shop.world.instant_offer).to_string();
            let retire = json!({ "id": offer, "status": "RETIRED" });
            shop.api.done(&seller, "updateOffer", retire, "").await;
        }
        let done = shop.complete(payment, "APPROVED").await;
        assert_eq!(done["status"], "ACTIVE");
        assert_eq!(done["order"]["status"], "DRAFT");
        let events = shop.events_of(draft).await;
        let told: Vec<_> =
            events.iter().filter(|it| it.kind == EventKind::OrderSubmissionRefused).collect();
        assert_eq!(told.len(), 1, "{why}");
        let reason = told[0].reason.as_deref().unwrap();
        assert!(reason.contains(why), "{reason}");
        assert_eq!(told[0].customer_id, Some(shop.world.customer_id));
        assert_eq!(told[0].order_version, None);
        assert!(events.iter().all(|it| it.to_status.as_deref() != Some("SUBMITTED")), "{why}");
        assert_eq!(shop.order(draft).await["subscriptions"], json!([]));
        // It stays a draft that is paid for, to be submitted by hand.
        shop.api.done(&seller, undo.0, undo.1, "").await;
        let order =
            shop.run(&shop.world.customer, "submitOrder", json!({ "id": draft["id"] })).await;
        assert_eq!(order["status"], "APPROVED");
    }
}

/// IFS-28.
async fn a_payment_that_is_called_off_with_its_order_is_not_completed(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let seller = shop.world.seller();
    for mutation in ["cancelOrder", "deleteOrder"] {
        let draft = shop.draft().await;
        let agreement = shop.checkout(&draft).await;
        let input = json!({ "id": draft["id"] });
        shop.api.done(&shop.world.customer, mutation, input, "").await;
        let ended = shop.payment_agreement(&agreement).await;
        assert_eq!(ended["status"], "CANCELLED", "{mutation}");
        assert_eq!(ended["order"].is_null(), mutation == "deleteOrder");
        let late = json!({ "id": agreement["id"], "outcome": "APPROVED" });
        let refused = shop.api.refused(&seller, "completePaymentAgreement", late).await;
        assert_eq!(refused["code"], "PAYMENT_AGREEMENT_STATUS_CONFLICT");
        assert_eq!(refused["currentStatus"], "CANCELLED");
        let moves = shop.moves(&agreement).await;
        assert_eq!(moves.len(), 2);
        assert_eq!(moves[1].2, shop.world.customer.subject);
    }
    let draft = shop.draft().await;
    let agreement = shop.checkout(&draft).await;
    let cancel = json!({ "id": agreement["id"], "expectedVersion": 1 });
    for _ in 0..2 {
        let done =
            shop.api.done(&shop.world.customer, "cancelPaymentAgreement", cancel.clone(), "");
        done.await;
    }
    assert_eq!(shop.moves(&agreement).await.len(), 2);
    assert_eq!(shop.order(&draft).await["status"], "DRAFT");
    // Another one may take its place.
    shop.checkout(&draft).await;
}

/// IFS-29.
async fn a_payment_that_fails_keeps_or_cancels_its_order(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    for (policy, status) in [("KEPT", "DRAFT"), ("CANCELLED", "CANCELLED")] {
        shop.settings(json!({ "unpaidOrders": policy })).await;
        let draft = shop.draft().await;
        let agreement = shop.checkout(&draft).await;
        let no = json!({ "id": agreement["id"], "outcome": "REJECTED", "reason": "No money" });
        let seller = shop.world.seller();
        let done = shop.api.done(&seller, "completePaymentAgreement", no, AGREEMENT).await;
        let done = &done["paymentAgreement"];
        assert_eq!(done["status"], "REJECTED");
        assert_eq!(done["reason"], "No money");
        assert_eq!(done["order"]["status"], status);
        if status == "CANCELLED" {
            assert_eq!(shop.triggers(&draft).await, ["CREATE", "LET_PAYMENT_LAPSE"]);
            assert_eq!(shop.order(&draft).await["reason"], "The payment was rejected.");
        }
        let again = json!({ "id": agreement["id"], "outcome": "REJECTED" });
        shop.api.done(&shop.world.seller(), "completePaymentAgreement", again, "").await;
    }
}

async fn a_payment_expires_when_its_time_is_over(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    for (policy, status) in [("KEPT", "DRAFT"), ("CANCELLED", "CANCELLED")] {
        shop.settings(json!({ "unpaidOrders": policy })).await;
        let draft = shop.draft().await;
        let agreement = json!({
            "orderId": draft["id"], "method": "WALLET", "submitsOrder": true, "expiresInMinutes": 5,
        });
        let agreement = shop.register(&shop.world.customer, agreement).await;
        shop.app.advance(TimeDelta::seconds(299));
        shop.app.run_jobs().await;
        assert_eq!(shop.payment_agreement(&agreement).await["status"], "PENDING");
        shop.app.advance(TimeDelta::seconds(1));
        shop.app.run_jobs().await;
        let ended = shop.payment_agreement(&agreement).await;
        assert_eq!((&ended["status"], &ended["version"]), (&json!("EXPIRED"), &json!(2)));
        assert_eq!(ended["order"]["status"], status, "{policy}");
        let late = json!({ "id": agreement["id"], "outcome": "APPROVED" });
        let seller = shop.world.seller();
        let refused = shop.api.refused(&seller, "completePaymentAgreement", late).await;
        assert_eq!(refused["currentStatus"], "EXPIRED");
        let moves = shop.moves(&agreement).await;
        assert_eq!(moves.last().unwrap().2, "system");
        let before = moves.len();
        shop.app.run_jobs().await;
        assert_eq!(shop.moves(&agreement).await.len(), before);
    }
    // Paid a little late, before anybody has written down that it has expired.
    let draft = shop.draft().await;
    let agreement = shop.checkout(&draft).await;
    shop.app.advance(TimeDelta::days(2));
    assert_eq!(shop.complete(&agreement, "APPROVED").await["order"]["status"], "APPROVED");
}

async fn what_cannot_be_registered_is_refused_by_its_field(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let draft = shop.draft().await;
    let other = given::customer(&shop.app, &shop.world, "C-2").await;
    let Scope::Customer { own: other_id, .. } = other.scope else { unreachable!() };
    let customer = &shop.world.customer;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    for (more, code, field) in [
        (json!({ "returnUrl": "http://shop.example" }), "VALIDATION_FAILED", "returnUrl"),
        (json!({ "returnUrl": "javascript:alert(1)" }), "VALIDATION_FAILED", "returnUrl"),
        (json!({ "redirectUrl": "https://psp.example" }), "VALIDATION_FAILED", "redirectUrl"),
        (json!({ "providerReference": "X" }), "VALIDATION_FAILED", "providerReference"),
        (json!({ "expiresInMinutes": 0 }), "VALIDATION_FAILED", "expiresInMinutes"),
        (json!({ "expiresInMinutes": 43_201 }), "VALIDATION_FAILED", "expiresInMinutes"),
        (json!({ "currency": "EURO" }), "VALIDATION_FAILED", "currency"),
        (json!({ "currency": "SEK" }), "VALIDATION_FAILED", "currency"),
        (json!({ "customerId": Id(other_id).to_string() }), "VALIDATION_FAILED", "customerId"),
        (json!({ "orderId": null, "submitsOrder": true }), "VALIDATION_FAILED", "submitsOrder"),
        (
            json!({ "orderId": "order_00000000000000000000000000000000" }),
            "ORDER_NOT_FOUND",
            "orderId",
        ),
        (json!({ "expectedVersion": 7 }), "VERSION_CONFLICT", ""),
    ] {
        let mut input = json!({ "orderId": draft["id"], "method": "CARD" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = shop.api.refused(customer, "registerPaymentAgreement", input).await;
        assert_eq!(refused["code"], code, "{more}");
        let named = refused["field"].as_array().unwrap().first();
        let named = named.map_or("", |field| field.as_str().unwrap());
        if !field.is_empty() {
            assert_eq!(named, field, "{more}");
        }
    }
    let stranger = json!({ "orderId": draft["id"], "method": "CARD" });
    let refused = shop.api.refused(&other, "registerPaymentAgreement", stranger).await;
    assert_eq!(refused["code"], "ORDER_NOT_FOUND");
    let mut invoice =
        json!({ "customerId": Id(shop.world.customer_id).to_string(), "method": "INVOICE" });
    invoice["returnUrl"] = json!("https://shop.example");
    let refused = shop.api.refused(&shop.world.admin, "registerPaymentAgreement", invoice).await;
    assert_eq!(refused["field"], json!(["returnUrl"]));
    assert!(before == rows_of(&shop.app, shop.world.tenant_id).await);

    let own = json!({ "method": "CARD" });
    for _ in 0..20 {
        shop.register(customer, own.clone()).await;
    }
    let refused = shop.api.refused(customer, "registerPaymentAgreement", own.clone()).await;
    assert_eq!(refused["code"], "TOO_MANY_PAYMENT_AGREEMENTS");
    shop.register(&other, own).await;
}

/// IFS-22.
async fn a_selection_names_one_thing_that_fits(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let other = given::customer(&shop.app, &shop.world, "C-2").await;
    let customer = &shop.world.customer;
    let own = shop.register(customer, json!({ "method": "CARD" })).await;
    let in_sek = shop.register(customer, json!({ "method": "CARD", "currency": "SEK" })).await;
    let strangers = shop.register(&other, json!({ "method": "CARD" })).await;
    let of_another = shop.checkout(&shop.draft().await).await;
    let ended = shop.register(customer, json!({ "method": "CARD" })).await;
    shop.complete(&ended, "REJECTED").await;
    let select = |selection: Value| json!({ "lines": [shop.instant(1)], "currency": "EUR", "paymentSelection": selection });
    for (selection, code, field) in [
        (json!({}), "PAYMENT_SELECTION_INVALID", json!(["paymentSelection"])),
        (
            json!({ "agreementId": own["id"], "method": "CARD" }),
            "PAYMENT_SELECTION_INVALID",
            json!(["paymentSelection"]),
        ),
        (
            json!({ "agreementId": in_sek["id"] }),
            "PAYMENT_SELECTION_INVALID",
            json!(["paymentSelection", "agreementId"]),
        ),
        (
            json!({ "agreementId": of_another["id"] }),
            "PAYMENT_SELECTION_INVALID",
            json!(["paymentSelection", "agreementId"]),
        ),
        (
            json!({ "agreementId": strangers["id"] }),
            "PAYMENT_AGREEMENT_NOT_FOUND",
            json!(["paymentSelection", "agreementId"]),
        ),
        (
            json!({ "agreementId": "paymentagreement_00000000000000000000000000000000" }),
            "PAYMENT_AGREEMENT_NOT_FOUND",
            json!(["paymentSelection", "agreementId"]),
        ),
        (
            json!({ "agreementId": ended["id"] }),
            "PAYMENT_AGREEMENT_NOT_ACTIVE",
            json!(["paymentSelection", "agreementId"]),
        ),
    ] {
        let refused = shop.api.refused(customer, "createOrder", select(selection.clone())).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &field), "{selection}");
    }
    let draft =
        shop.run(customer, "createOrder", select(json!({ "agreementId": own["id"] }))).await;
    let shown = "query Run($id: ID!) { order(id: $id) { paymentMethod paymentAgreement { id } } }";
    let shown = shop.read(shown, &draft["id"]).await;
    assert_eq!(shown["order"]["paymentAgreement"]["id"], own["id"]);
    assert_eq!(shown["order"]["paymentMethod"], "CARD");
}

async fn a_payment_is_seen_by_those_whose_it_is(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let agreement = shop.checkout(&shop.draft().await).await;
    let other = given::customer(&shop.app, &shop.world, "C-2").await;
    let partner = given::partner(&shop.app, &shop.world, "P-1", None).await;
    let of_partner = Scope::Partner { own: partner, partners: vec![partner] };
    let elsewhere = given::world(&shop.app).await;
    let one = format!(
        "query ($id: ID!) {{ paymentAgreement(id: $id) {{ {} }}
        node(id: $id) {{ id }} paymentAgreements {{ nodes {{ id }} }} }}",
        fields()
    );
    let asked = json!({ "id": agreement["id"] });
    let seen = shop.api.read(&shop.world.customer, &one, asked.clone()).await;
    assert_eq!(seen["paymentAgreement"]["id"], agreement["id"]);
    assert_eq!(seen["node"]["id"], agreement["id"]);
    for stranger in [
        other,
        viewer(shop.world.tenant_id, Role::Partner, of_partner),
        elsewhere.admin.clone(),
        elsewhere.customer.clone(),
    ] {
        let seen = shop.api.read(&stranger, &one, asked.clone()).await;
        let nothing = json!({ "paymentAgreement": null, "node": null,
            "paymentAgreements": { "nodes": [] } });
        assert_eq!(seen, nothing, "{stranger:?}");
        if [Role::Customer, Role::Partner, Role::Admin].contains(&stranger.role) {
            let cancel = json!({ "id": agreement["id"] });
            let refused =
                shop.api.refused(&stranger, "cancelPaymentAgreement", cancel.clone()).await;
            let random = json!({ "id": "paymentagreement_00000000000000000000000000000000" });
            assert_eq!(
                refused,
                shop.api.refused(&stranger, "cancelPaymentAgreement", random).await
            );
            assert_eq!(refused["code"], "PAYMENT_AGREEMENT_NOT_FOUND");
        }
        let feed = "subscription ($id: ID!) { paymentAgreementUpdated(id: $id) { id } }";
        let told = shop.api.first(Some(&stranger), feed, asked.clone()).await;
        assert_eq!(told["errors"][0]["extensions"]["code"], "NOT_FOUND");
    }
    let statuses = |status: &str, method: &str| {
        format!(
            "{{ paymentAgreements(filter: {{ statusIn: [{status}], methodIn: [{method}] }}) {{ totalCount }} }}"
        )
    };
    for (status, method, count) in
        [("PENDING", "CARD", 1), ("ACTIVE", "CARD", 0), ("PENDING", "WALLET", 0)]
    {
        let read = shop.api.read(&shop.world.customer, &statuses(status, method), json!({})).await;
        assert_eq!(read["paymentAgreements"]["totalCount"], count, "{status} {method}");
    }
}

/// IFS-30.
async fn a_payment_is_watched(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let agreement = shop.checkout(&shop.draft().await).await;
    shop.app.all_positions_given().await;
    let start = shop.api.read(&shop.world.customer, "{ feedCursor }", json!({})).await;
    let watch = "subscription ($id: ID!, $after: FeedCursor) {
        paymentAgreementUpdated(id: $id, after: $after) { status order { status } } }";
    let asked = |after: &Value| json!({ "id": agreement["id"], "after": after });
    let now = shop.api.first(Some(&shop.world.customer), watch, asked(&Value::Null)).await;
    assert_eq!(now["data"]["paymentAgreementUpdated"]["status"], "PENDING");
    // Another one of the same customer is none of this feed's business.
    shop.register(&shop.world.customer, json!({ "method": "CARD" })).await;
    shop.complete(&agreement, "APPROVED").await;
    shop.app.all_positions_given().await;
    let cursor = &start["feedCursor"];
    let changed = shop.api.first(Some(&shop.world.customer), watch, asked(cursor)).await;
    let changed = &changed["data"]["paymentAgreementUpdated"];
    assert_eq!(changed, &json!({ "status": "ACTIVE", "order": { "status": "APPROVED" } }));
    let events = "subscription ($id: ID!, $after: FeedCursor) {
        events(filter: { paymentAgreementId: $id }, after: $after) {
        kind fromStatus toStatus actor paymentAgreement { id } order { id } } }";
    let told = shop.api.first(Some(&shop.world.customer), events, asked(cursor)).await;
    let told = &told["data"]["events"];
    assert_eq!(told["kind"], "PAYMENT_AGREEMENT_STATUS_CHANGED");
    assert_eq!(told["toStatus"], "ACTIVE");
    assert_eq!(told["paymentAgreement"]["id"], agreement["id"]);
    assert_eq!(told["order"]["id"], agreement["order"]["id"]);
}

/// Four eyes: to have it submitted is to submit it.
async fn whoever_has_an_order_submitted_does_not_decide_on_it(database: Database) {
    let shop = Shop::open(database).await;
    shop.settings(json!({ "paymentPageUrl": PAGE })).await;
    let admin: &Viewer = &shop.world.admin;
    let draft = shop.draft().await;
    let input = json!({ "orderId": draft["id"], "method": "CARD", "submitsOrder": true });
    let agreement = shop.register(admin, input).await;
    let done = shop.complete(&agreement, "APPROVED").await;
    assert_eq!(done["order"]["status"], "PENDING_APPROVAL");
    let refused = shop.api.refused(admin, "approveOrder", json!({ "id": draft["id"] })).await;
    assert_eq!(refused["code"], "OWN_ORDER");
    let order =
        shop.run(&shop.world.approver(), "approveOrder", json!({ "id": draft["id"] })).await;
    assert_eq!(order["status"], "APPROVED");
}
