//! Payment agreements: how orders are paid for before they are submitted.

mod agreements;
mod callbacks;
mod races;
mod simulated;

use domain::viewer::Viewer;
use entity::{EventKind, OrderId, PaymentAgreementId, TenantId, event, payment_agreement};
use ordergate::{
    graphql::id::Id, http::HttpConfig, services::payment_agreements::callback::GOOD_FOR,
};
use reqwest::Client;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::support::{
    database::Database,
    http::client,
    server::{Server, key_for},
    shop::Shop,
};

const PAGE: &str = "https://pay.example/checkout?lang=da";
const AGREEMENT: &str = "paymentAgreement { id status version method currency redirectUrl returnUrl
    providerReference submitsOrder reason expiresAt decidedAt order { id status } }";

impl Shop {
    /// A seller whose orders need no approval, and who sends payers to its page.
    async fn that_takes_payments(database: Database) -> Self {
        let shop = Self::open_with_approval(database, false).await;
        shop.settings(json!({ "paymentPageUrl": PAGE })).await;
        shop
    }

    /// A draft of the customer.
    async fn draft(&self) -> Value {
        let agreement = Id(self.world.agreement_id).to_string();
        let draft = json!({ "agreementId": agreement, "lines": [self.instant(3)] });
        self.run(&self.world.customer, "createOrder", draft).await
    }

    async fn register(&self, viewer: &Viewer, input: Value) -> Value {
        self.api.done(viewer, "registerPaymentAgreement", input, AGREEMENT).await["paymentAgreement"]
            .take()
    }

    /// A payment agreement by card, pending for a draft, which is submitted once it is paid.
    async fn checkout(&self, draft: &Value) -> Value {
        let input = json!({ "orderId": draft["id"], "method": "CARD", "submitsOrder": true });
        self.register(&self.world.customer, input).await
    }

    async fn complete(&self, agreement: &Value, outcome: &str) -> Value {
        let input = json!({ "id": agreement["id"], "outcome": outcome });
        let seller = self.world.seller();
        let done = self.api.done(&seller, "completePaymentAgreement", input, AGREEMENT);
        done.await["paymentAgreement"].take()
    }

    async fn payment_agreement(&self, agreement: &Value) -> Value {
        let document =
            format!("query Run($id: ID!) {{ paymentAgreement(id: $id) {{ {} }} }}", fields());
        self.read(&document, &agreement["id"]).await["paymentAgreement"].take()
    }

    /// What happened to a payment agreement: from, to, who, and why.
    async fn moves(&self, agreement: &Value) -> Vec<(Option<String>, Option<String>, String)> {
        let Id(id) = Id::<PaymentAgreementId>::read(agreement["id"].as_str().unwrap()).unwrap();
        let events = event::Entity::find()
            .filter(event::Column::Kind.eq(EventKind::PaymentAgreementStatusChanged))
            .filter(event::Column::SubjectId.eq(id.0))
            .order_by_asc(event::Column::Sequence)
            .all(self.app.app.store.readers())
            .await
            .unwrap();
        events.into_iter().map(|it| (it.from_status, it.to_status, it.actor)).collect()
    }

    /// The events of an order, by their kinds.
    async fn events_of(&self, order: &Value) -> Vec<event::Model> {
        let Id(id) = Id::<OrderId>::read(order["id"].as_str().unwrap()).unwrap();
        event::Entity::find()
            .filter(event::Column::OrderId.eq(id))
            .order_by_asc(event::Column::Sequence)
            .all(self.app.app.store.readers())
            .await
            .unwrap()
    }

    async fn row(&self, agreement: &Value) -> payment_agreement::Model {
        let Id(id) = Id::<PaymentAgreementId>::read(agreement["id"].as_str().unwrap()).unwrap();
        let row = payment_agreement::Entity::find_by_id(id);
        row.one(self.app.app.store.readers()).await.unwrap().unwrap()
    }
}

fn fields() -> &'static str {
    let (_, fields) = AGREEMENT.split_once('{').unwrap();
    fields.strip_suffix('}').unwrap()
}

/// The seller's integration with its payment provider.
struct Integration {
    server: Server,
    client: Client,
    secret: String,
    tenant: TenantId,
    key: String,
}

impl Integration {
    async fn of(shop: &Shop) -> Self {
        let unlimited = HttpConfig {
            mutations_per_second: 0,
            connections_per_address: 5_000,
            strangers_burst: 1_000,
            waiting: 10_000,
            ..HttpConfig::default()
        };
        let server = Server::start_with(&shop.app, unlimited).await;
        let secret = rotated(shop).await;
        let tenant = shop.world.tenant_id;
        let key = key_for(&shop.app, &shop.world.admin, &shop.world.seller()).await;
        Self { server, client: client(), secret, tenant, key }
    }

    fn url(&self, tenant: TenantId) -> String {
        format!("http://{}/payments/{}/callback", self.server.address, Id(tenant))
    }

    /// A message as it is signed.
    fn signed(&self, shop: &Shop, id: &str, body: &Value) -> Message {
        self.signed_at(shop.app.app.clock.now().timestamp(), id, body)
    }

    fn signed_at(&self, timestamp: i64, id: &str, body: &Value) -> Message {
        let body = body.to_string();
        let webhook = Webhook::new(&self.secret).unwrap();
        let signature = webhook.sign(id, timestamp, body.as_bytes()).unwrap();
        Message {
            url: self.url(self.tenant),
            id: Some(id.to_owned()),
            timestamp: Some(timestamp.to_string()),
            signature: Some(signature),
            body,
        }
    }

    async fn send(&self, message: &Message) -> (u16, Value) {
        let mut request = self.client.post(&message.url).body(message.body.clone());
        request = request.header("content-type", "application/json");
        for (name, value) in [
            ("webhook-id", &message.id),
            ("webhook-timestamp", &message.timestamp),
            ("webhook-signature", &message.signature),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Says what came of a payment, and gives the answer.
    async fn say(&self, shop: &Shop, id: &str, body: Value) -> (u16, Value) {
        self.send(&self.signed(shop, id, &body)).await
    }
}

#[derive(Clone, Debug)]
struct Message {
    url: String,
    id: Option<String>,
    timestamp: Option<String>,
    signature: Option<String>,
    body: String,
}

/// A new secret of the seller's.
async fn rotated(shop: &Shop) -> String {
    let made = shop.api.done(
        &shop.world.admin,
        "rotatePaymentCallbackSecret",
        json!({}),
        "secret callbackUrl",
    );
    let made = made.await;
    let path = format!("/payments/{}/callback", Id(shop.world.tenant_id));
    assert_eq!(made["callbackUrl"], path);
    made["secret"].as_str().unwrap().to_owned()
}

/// Longer than a message is good for.
fn too_long() -> i64 {
    GOOD_FOR.num_seconds() + 1
}
