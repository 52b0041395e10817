//! The payment provider of `ordergate demo`: what is pressed there reaches the seller as a signed message.

use std::net::TcpListener;

use ordergate::{
    graphql::id::Id,
    http::{HttpConfig, SimulatedPayments},
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::rotated;
use crate::{
    on_both_databases,
    support::{database::Database, http::client, server::Server, shop::Shop},
};

on_both_databases!(what_is_pressed_at_the_simulated_provider_is_told_by_a_signed_message);

async fn what_is_pressed_at_the_simulated_provider_is_told_by_a_signed_message(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let secret = rotated(&shop).await;
    let callbacks = Server::start(&shop.app).await;
    let tenant = Id(shop.world.tenant_id);
    let simulated = SimulatedPayments {
        tenant_id: shop.world.tenant_id,
        secret: SecretString::from(secret),
        callback_url: format!(
            "http://localhost:{}/payments/{tenant}/callback",
            callbacks.address.port()
        ),
    };
    let config = HttpConfig { simulated_payments: Some(simulated), ..HttpConfig::default() };
    let server = Server::start_with(&shop.app, config).await;
    let client = client();
    let page = |agreement: &Value| {
        let id = agreement["id"].as_str().unwrap();
        format!("http://{}/demo/payments?paymentAgreement={id}", server.address)
    };
    let press = async |agreement: &Value, outcome: &str| {
        let form = client.post(page(agreement)).body(format!("outcome={outcome}"));
        let answer = form.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (outcome, title, status, order) in
        [("APPROVED", "Paid", "ACTIVE", "APPROVED"), ("REJECTED", "Declined", "REJECTED", "DRAFT")]
    {
        let draft = shop.draft().await;
        let input = json!({
            "orderId": draft["id"], "method": "CARD", "submitsOrder": true,
            "returnUrl": "https://shop.example/back?a=\"><script>",
        });
        let agreement = shop.register(&shop.world.customer, input).await;
        let asked = client.get(page(&agreement)).send().await.unwrap();
        assert_eq!(asked.status(), 200);
        assert!(
            asked.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        let asked = asked.text().await.unwrap();
        assert!(asked.contains("37.50") && asked.contains("<button"), "{asked}");
        assert!(!asked.contains("<script"));
        // To look is not to pay.
        assert_eq!(shop.payment_agreement(&agreement).await["status"], "PENDING");
        let (answered, done) = press(&agreement, outcome).await;
        assert_eq!(answered, 200, "{done}");
        assert!(done.contains(&format!("<h1>{title}</h1>")), "{done}");
        assert!(done.contains("Back to the shop") && !done.contains("<script"), "{done}");
        let after = shop.payment_agreement(&agreement).await;
        assert_eq!(after["status"], status);
        assert_eq!(after["order"]["status"], order);
        assert_eq!(shop.moves(&agreement).await.last().unwrap().2, "payments");
        // Again, the same.
        assert_eq!(press(&agreement, outcome).await.0, 200);
        assert_eq!(shop.moves(&agreement).await.len(), 2);
    }
    let called_off = shop.checkout(&shop.draft().await).await;
    let cancel = json!({ "id": called_off["id"] });
    shop.api.done(&shop.world.customer, "cancelPaymentAgreement", cancel, "").await;
    assert_eq!(press(&called_off, "APPROVED").await.0, 409);
    let open = shop.checkout(&shop.draft().await).await;
    assert_eq!(press(&open, "MAYBE").await.0, 400);
    let evil = client.post(page(&open)).header("sec-fetch-site", "cross-site");
    assert_eq!(evil.body("outcome=APPROVED").send().await.unwrap().status(), 403);
    let nobody = json!({ "id": "paymentagreement_00000000000000000000000000000000" });
    assert_eq!(press(&nobody, "APPROVED").await.0, 404);
    assert_eq!(shop.payment_agreement(&open).await["status"], "PENDING");
    // Nobody is told what cannot be told.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let simulated = SimulatedPayments {
        tenant_id: shop.world.tenant_id,
        secret: SecretString::from("whsec_MA=="),
        callback_url: format!("http://localhost:{closed}/payments/{tenant}/callback"),
    };
    let config = HttpConfig { simulated_payments: Some(simulated), ..HttpConfig::default() };
    let lost = Server::start_with(&shop.app, config).await;
    let id = open["id"].as_str().unwrap();
    let url = format!("http://{}/demo/payments?paymentAgreement={id}", lost.address);
    let answer = client.post(url).body("outcome=APPROVED").send().await.unwrap();
    assert_eq!(answer.status(), 502);
    // Where none is simulated there is no such page.
    assert!(callbacks.get("/demo/payments").await.contains("There is nothing at this address."));
}
