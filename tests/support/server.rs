//! The service behind a real listener.

use std::net::SocketAddr;

use chrono::{DateTime, TimeDelta, Utc};
use domain::viewer::{Scope, Viewer};
use ordergate::{
    auth::{AuthConfig, Authenticator},
    graphql,
    http::{self, HttpConfig},
    services::{
        api_keys::create::{CreateApiKey, create_api_key},
        unit::Unit,
    },
};
use reqwest::RequestBuilder;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{app::TestApp, http::client as http_client};

/// A server on a port of its own; it stops when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    stop: CancellationToken,
}

impl Server {
    pub(crate) async fn start(app: &TestApp) -> Self {
        // Tests ask faster than any one caller is meant to.
        let unlimited =
            HttpConfig { queries_per_second: 0, mutations_per_second: 0, ..HttpConfig::default() };
        Self::start_with(app, unlimited).await
    }

    pub(crate) async fn start_with(app: &TestApp, config: HttpConfig) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let store = app.app.store.clone();
        let clock = app.app.clock.clone();
        let background = TaskTracker::new();
        let authenticator =
            Authenticator::start(store.clone(), clock, AuthConfig::default(), &background, &stop)
                .unwrap();
        let schema = graphql::build(app.app.clone());
        let router = http::router(
            schema,
            authenticator,
            app.app.clone(),
            config.clone(),
            stop.clone(),
            tasks.clone(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stopping, metrics) = (stop.clone(), app.app.metrics.clone());
        tokio::spawn(async move {
            http::serve(listener, router, &config, &metrics, stopping, tasks).await.unwrap();
        });
        Self { address, client: http_client(), stop }
    }

    /// Posts a document and gives the whole answer.
    pub(crate) async fn post(&self, key: &str, query: &str, variables: Value) -> Value {
        let answer = self.request(key, query, &variables).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Posts a document that wants rows as fresh as this, and gives the answer as it is written.
    pub(crate) async fn post_text(
        &self,
        key: &str,
        query: &str,
        variables: &Value,
        freshness: &str,
    ) -> String {
        let request = self.request(key, query, variables);
        let request = request.header("Ordergate-Freshness", freshness);
        request.send().await.unwrap().text().await.unwrap()
    }

    fn request(&self, key: &str, query: &str, variables: &Value) -> RequestBuilder {
        self.client
            .post(format!("http://{}/graphql", self.address))
            .bearer_auth(key)
            .json(&json!({ "query": query, "variables": variables }))
    }

    /// Gets a page without a credential.
    pub(crate) async fn get(&self, path: &str) -> String {
        let page = self.client.get(format!("http://{}{path}", self.address)).send().await;
        page.unwrap().text().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// An API key with which somebody calls as this viewer would.
pub(crate) async fn key_for(app: &TestApp, admin: &Viewer, viewer: &Viewer) -> String {
    create_key(app, admin, viewer, None).await
}

/// The same, for a while only.
pub(crate) async fn expiring_key_for(
    app: &TestApp,
    admin: &Viewer,
    viewer: &Viewer,
    lifetime: TimeDelta,
) -> String {
    create_key(app, admin, viewer, Some(app.app.clock.now() + lifetime)).await
}

async fn create_key(
    app: &TestApp,
    admin: &Viewer,
    viewer: &Viewer,
    expires_at: Option<DateTime<Utc>>,
) -> String {
    let (partner_id, customer_id) = match &viewer.scope {
        Scope::Tenant => (None, None),
        Scope::Partner { own, .. } => (Some(*own), None),
        Scope::Customer { own, .. } => (None, Some(*own)),
    };
    let unit = Unit::begin(&app.app, std::sync::Arc::new(admin.clone())).await.unwrap();
    let command = CreateApiKey {
        name: viewer.role.to_string(),
        role: viewer.role,
        partner_id,
        customer_id,
        expires_at,
    };
    let created = create_api_key(&unit, command).await.unwrap();
    unit.commit().await.unwrap();
    created.secret.unwrap().expose_secret().to_owned()
}
