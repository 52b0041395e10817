//! Signed messages: taken once, from whoever has the secret, while they are new.

use chrono::TimeDelta;
use ordergate::graphql::id::Id;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Integration, Message, rotated, too_long};
use crate::{
    on_both_databases,
    support::{database::Database, given, rows::rows_of, server::Server, shop::Shop},
};

on_both_databases!(
    a_signed_message_completes_a_payment_once,
    a_message_that_is_not_signed_now_is_told_nothing,
    what_a_message_says_is_checked,
    a_secret_is_shown_once_and_goes_on_for_a_day,
    an_address_that_sends_wrong_messages_is_slowed_down,
);

async fn a_signed_message_completes_a_payment_once(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let integration = Integration::of(&shop).await;
    let draft = shop.draft().await;
    let agreement = shop.checkout(&draft).await;
    let yes = json!({
        "paymentAgreementId": agreement["id"], "outcome": "APPROVED", "providerReference": "PSP-7",
    });
    let (status, first) = integration.say(&shop, "msg_1", yes.clone()).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(
        first,
        json!({
            "paymentAgreement": { "id": agreement["id"], "status": "ACTIVE", "version": 2 },
            "order": { "id": draft["id"], "status": "APPROVED" },
        })
    );
    let moves = shop.moves(&agreement).await;
    assert_eq!(moves.last().unwrap().2, "payments");
    shop.app.run_jobs().await;

    let kept = rows_of(&shop.app, shop.world.tenant_id).await;
    // The same event is the same answer, also where things have moved on since.
    assert_eq!(integration.say(&shop, "msg_1", yes.clone()).await, (200, first));
    assert!(kept == rows_of(&shop.app, shop.world.tenant_id).await);
    // Another event that says the same is told where it is now.
    let by_reference = json!({ "providerReference": "PSP-7", "outcome": "APPROVED" });
    let (status, again) = integration.say(&shop, "msg_2", by_reference).await;
    assert_eq!(status, 200);
    assert_eq!(again["paymentAgreement"]["version"], 2);
    assert_eq!(again["order"]["status"], "COMPLETED");
    // One event does not say two things.
    let other = json!({ "paymentAgreementId": agreement["id"], "outcome": "REJECTED" });
    let (status, refused) = integration.say(&shop, "msg_1", other.clone()).await;
    assert_eq!(status, 409);
    assert_eq!(refused["errors"][0]["extensions"]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(refused["errors"][0]["extensions"]["field"], json!(["webhook-id"]));
    let (status, refused) = integration.say(&shop, "msg_3", other).await;
    assert_eq!(status, 409);
    let extensions = &refused["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "PAYMENT_AGREEMENT_STATUS_CONFLICT");
    assert_eq!(extensions["currentStatus"], "ACTIVE");
    assert_eq!(extensions["currentVersion"], 2);
    assert_eq!(shop.moves(&agreement).await, moves);
}

async fn a_message_that_is_not_signed_now_is_told_nothing(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let integration = Integration::of(&shop).await;
    let elsewhere = given::world(&shop.app).await;
    let agreement = shop.checkout(&shop.draft().await).await;
    let yes = json!({ "paymentAgreementId": agreement["id"], "outcome": "APPROVED" });
    let now = shop.app.app.clock.now().timestamp();
    let right = integration.signed_at(now, "msg_1", &yes);
    let signature = right.signature.clone().unwrap();
    let with = |signature: &str| Message { signature: Some(signature.to_owned()), ..right.clone() };
    let at = |timestamp: &str| Message { timestamp: Some(timestamp.to_owned()), ..right.clone() };
    let mut flipped = signature.clone().into_bytes();
    flipped[10] ^= 1;
    let flipped = String::from_utf8(flipped).unwrap();
    let mut wrong = vec![
        // Without, and with too little.
        Message { signature: None, ..right.clone() },
        Message { id: None, ..right.clone() },
        Message { timestamp: None, ..right.clone() },
        with(""),
        with("v1,"),
        with(&signature[..signature.len() - 1]),
        with(&signature[..signature.len() / 2]),
        with(&signature[3..]),
        with(&format!("v2,{}", &signature[3..])),
        with(&flipped),
        with(&format!("{signature}A")),
        with(&"v1,AAAA ".repeat(200)),
        // Of something else.
        Message { id: Some("msg_2".to_owned()), ..right.clone() },
        Message { id: Some("x".repeat(300)), ..right.clone() },
        Message { body: right.body.replace("APPROVED", "REJECTED"), ..right.clone() },
        Message { body: right.body[..right.body.len() - 1].to_owned(), ..right.clone() },
        Message { body: format!("{} ", right.body), ..right.clone() },
        Message { body: String::new(), ..right.clone() },
        at(&(now + 1).to_string()),
        at(&format!("0{now}")),
        at(&format!("{now}.0")),
        at("yesterday"),
        at("99999999999999999999"),
        // Signed, but not now.
        integration.signed_at(now - too_long(), "msg_1", &yes),
        integration.signed_at(now + too_long(), "msg_1", &yes),
        // To somebody else, or to nobody.
        Message { url: integration.url(elsewhere.tenant_id), ..right.clone() },
    ];
    for tenant in ["tenant_00000000000000000000000000000000", "customer_1", "%00", "x"] {
        let url = format!("http://{}/payments/{tenant}/callback", integration.server.address);
        wrong.push(Message { url, ..right.clone() });
    }
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    let (_, first) = integration.send(&wrong[0]).await;
    assert_eq!(first["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    for message in &wrong {
        let (status, answer) = integration.send(message).await;
        assert_eq!((status, &answer), (401, &first), "{message:?}");
    }
    let long = json!({ "paymentAgreementId": agreement["id"], "reason": "x".repeat(20_000) });
    let long = integration.signed_at(now, "msg_1", &long);
    assert_eq!(integration.send(&long).await.0, 413);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = integration.client.request(method, &right.url).send().await.unwrap();
        assert_eq!(answer.status(), 405);
    }
    assert!(before == rows_of(&shop.app, shop.world.tenant_id).await);
    // A message that somebody has kept is good for no longer than it is new.
    shop.app.advance(TimeDelta::seconds(too_long()));
    assert_eq!(integration.send(&right).await, (401, first));
    assert_eq!(shop.payment_agreement(&agreement).await["status"], "PENDING");
}

async fn what_a_message_says_is_checked(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let integration = Integration::of(&shop).await;
    let agreement = shop.checkout(&shop.draft().await).await;
    let elsewhere = Shop::beside(&shop).await;
    let before = rows_of(&shop.app, shop.world.tenant_id).await;
    let with = |more: Value| {
        let mut body = json!({ "paymentAgreementId": agreement["id"], "outcome": "APPROVED" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (number, (body, status, code)) in [
        (json!({}), 400, "BAD_REQUEST"),
        (json!([]), 400, "BAD_REQUEST"),
        (json!({ "outcome": "APPROVED" }), 422, "VALIDATION_FAILED"),
        (with(json!({ "outcome": "PAID" })), 400, "BAD_REQUEST"),
        (with(json!({ "outcome": null })), 400, "BAD_REQUEST"),
        (with(json!({ "amount": 1 })), 400, "BAD_REQUEST"),
        (with(json!({ "paymentAgreementId": "x" })), 400, "BAD_REQUEST"),
        (with(json!({ "paymentAgreementId": 7 })), 400, "BAD_REQUEST"),
        (with(json!({ "paymentAgreementId": "order_00000000000000000000000000000000" })), 400, "BAD_REQUEST"),
        (
            with(json!({ "paymentAgreementId": "paymentagreement_00000000000000000000000000000000" })),
            404,
            "PAYMENT_AGREEMENT_NOT_FOUND",
        ),
        (with(json!({ "paymentAgreementId": elsewhere })), 404, "PAYMENT_AGREEMENT_NOT_FOUND"),
        (
            json!({ "outcome": "APPROVED", "providerReference": "nobody's" }),
            404,
            "PAYMENT_AGREEMENT_NOT_FOUND",
        ),
        (with(json!({ "providerReference": "x".repeat(65) })), 422, "VALIDATION_FAILED"),
        (with(json!({ "providerReference": "a\0b" })), 422, "VALIDATION_FAILED"),
        (with(json!({ "reason": "Because" })), 422, "VALIDATION_FAILED"),
        (with(json!({ "outcome": "REJECTED", "reason": "x".repeat(1_001) })), 422, "VALIDATION_FAILED"),
    ]
    .into_iter()
    .enumerate()
    {
        let (answered, answer) = integration.say(&shop, &format!("msg_{number}"), body.clone()).await;
        assert_eq!(answered, status, "{body}: {answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{body}");
    }
    let message = integration.signed(&shop, "msg_x", &with(json!({})));
    let form = integration.client.post(&message.url).body(message.body.clone());
    let form = form
        .header("content-type", "text/plain")
        .header("webhook-id", message.id.unwrap())
        .header("webhook-timestamp", message.timestamp.unwrap())
        .header("webhook-signature", message.signature.unwrap());
    assert_eq!(form.send().await.unwrap().status(), 415);
    assert!(before == rows_of(&shop.app, shop.world.tenant_id).await);
}

impl Shop {
    /// A payment agreement of another seller on the same database.
    async fn beside(shop: &Self) -> Value {
        let world = given::world(&shop.app).await;
        let input = json!({
            "customerId": Id(world.customer_id).to_string(), "method": "CARD",
            "redirectUrl": "https://pay.example",
        });
        let made = shop.api.done(
            &world.admin,
            "registerPaymentAgreement",
            input,
            "paymentAgreement { id }",
        );
        made.await["paymentAgreement"]["id"].take()
    }
}

async fn a_secret_is_shown_once_and_goes_on_for_a_day(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let first = Integration::of(&shop).await;
    let keyed = json!({ "idempotencyKey": "rotate-1" });
    let rotate = async || {
        let (admin, input) = (&shop.world.admin, keyed.clone());
        shop.api.done(admin, "rotatePaymentCallbackSecret", input, "secret").await
    };
    assert!(rotate().await["secret"].is_string());
    assert_eq!(rotate().await["secret"], Value::Null);
    let newest = rotated(&shop).await;
    assert_ne!(newest, first.secret);
    let no =
        |agreement: &Value| json!({ "paymentAgreementId": agreement["id"], "outcome": "REJECTED" });
    let agreement = shop.checkout(&shop.draft().await).await;
    assert_eq!(first.say(&shop, "msg_1", no(&agreement)).await.0, 200);
    shop.app.advance(TimeDelta::hours(24));
    let agreement = shop.checkout(&shop.draft().await).await;
    assert_eq!(first.say(&shop, "msg_2", no(&agreement)).await.0, 401);
    let now = Integration { secret: newest, ..first };
    assert_eq!(now.say(&shop, "msg_2", no(&agreement)).await.0, 200);
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    // As with keys of webhooks, no row shows it.
    assert!(rows.iter().all(|row| !row.contains(now.secret.trim_start_matches("whsec_"))));
}

async fn an_address_that_sends_wrong_messages_is_slowed_down(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let mut integration = Integration::of(&shop).await;
    let limited = ordergate::http::HttpConfig {
        strangers_per_second: 1,
        strangers_burst: 5,
        ..ordergate::http::HttpConfig::default()
    };
    integration.server = Server::start_with(&shop.app, limited).await;
    let agreement = shop.checkout(&shop.draft().await).await;
    let no = json!({ "paymentAgreementId": agreement["id"], "outcome": "REJECTED" });
    // Right ones are not counted.
    for number in 0..10 {
        assert_eq!(integration.say(&shop, &format!("msg_{number}"), no.clone()).await.0, 200);
    }
    let forged = Message { signature: None, ..integration.signed(&shop, "msg_x", &no) };
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(integration.send(&forged).await.0);
    }
    assert_eq!(statuses[..5], [401; 5]);
    assert!(statuses[5..].contains(&429), "{statuses:?}");
}
