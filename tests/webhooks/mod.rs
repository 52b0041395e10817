//! Webhooks: what receivers get, whatever they do, who may set them up, and what comes of lines that vendors carry out.

mod attacks;
mod keeping;
mod lines;
mod outages;
mod receiver;
mod rights;

use chrono::TimeDelta;
use entity::{EventKind, TenantId, event};
use ordergate::graphql::id::Id;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use self::receiver::Receiver;
use crate::support::{
    api::Api,
    app::TestApp,
    database::Database,
    given::{World, world},
};

/// Everything that happens to orders and subscriptions when one is ordered.
const KINDS: [EventKind; 2] = [EventKind::OrderStatusChanged, EventKind::SubscriptionCreated];

/// A seller, and a receiver of what happens to it.
struct Scene {
    app: TestApp,
    api: Api,
    world: World,
    receiver: Receiver,
}

impl Scene {
    async fn set(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let (api, world) = (Api::of(&app), world(&app).await);
        Self { app, api, world, receiver: Receiver::start().await }
    }

    /// Sets an endpoint up that leads to a receiver; its id and its secret.
    async fn endpoint_at(&self, receiver: &Receiver, document: Option<&str>) -> (String, String) {
        let input = json!({ "url": receiver.url(), "kinds": KINDS, "document": document });
        let selection = "webhookEndpoint { id } secret";
        let made =
            self.api.done(&self.world.admin, "createWebhookEndpoint", input, selection).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&made["webhookEndpoint"]["id"]), text(&made["secret"]))
    }

    async fn endpoint(&self) -> String {
        self.endpoint_at(&self.receiver, None).await.0
    }

    /// Orders something, which is told by several events.
    async fn something_happens(&self) {
        self.world.pending_order(&self.app, &[self.world.manual_offer]).await;
        self.app.all_positions_given().await;
    }

    async fn jobs(&self) {
        self.app.run_jobs().await;
    }

    async fn later(&self, by: TimeDelta) {
        self.app.advance(by);
        self.jobs().await;
    }

    /// The ids of the events that are for an endpoint, in the order of the log.
    async fn events(&self) -> Vec<String> {
        let events = events_of(&self.app, self.world.tenant_id).await;
        let wanted = events.into_iter().filter(|event| KINDS.contains(&event.kind));
        wanted.map(|event| Id(event.id).to_string()).collect()
    }

    /// What is told of an endpoint.
    async fn read(&self, id: &str, selection: &str) -> Value {
        let document =
            format!("query Read($id: ID!) {{ webhookEndpoint(id: $id) {{ {selection} }} }}");
        let mut read = self.api.read(&self.world.admin, &document, json!({ "id": id })).await;
        read["webhookEndpoint"].take()
    }

    /// The newest attempts to post to an endpoint, newest first.
    async fn deliveries(&self, id: &str) -> Vec<Value> {
        let selection = "deliveries(first: 100) { nodes {
            eventId position attempt delivered statusCode error answer } }";
        let read = self.read(id, selection).await;
        read["deliveries"]["nodes"].as_array().unwrap().clone()
    }

    async fn run(&self, mutation: &str, input: Value) {
        self.api.done(&self.world.admin, mutation, input, "webhookEndpoint { id }").await;
    }
}

async fn events_of(app: &TestApp, tenant_id: TenantId) -> Vec<event::Model> {
    event::Entity::find()
        .filter(event::Column::TenantId.eq(tenant_id))
        .order_by_asc(event::Column::Position)
        .all(app.app.store.readers())
        .await
        .unwrap()
}
