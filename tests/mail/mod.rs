//! Mail: who gets it, what it says, and that each is sent once, whatever the mail server does.

mod recipients;
mod sending;
mod server;

use std::sync::Arc;

use chrono::TimeDelta;
use domain::viewer::Viewer;
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use self::server::{MailServer, Trouble};
use crate::support::{
    api::Api,
    app::TestApp,
    database::Database,
    given::{self, viewer},
    rows::rows_of,
    server::{Server, key_for},
    shop::Shop,
};

/// Where others reach the service.
const PUBLIC: &str = "https://orders.example/shop";
const EVERYTHING: &[&str] = &[
    "APPROVAL_WANTED",
    "ORDER_HELD",
    "ORDER_APPROVED",
    "ORDER_REJECTED",
    "ORDER_COMPLETED",
    "ORDER_FAILED",
    "INVOICE_ISSUED",
];

/// A shop whose orders wait for approval, and a mail server.
struct Post {
    shop: Shop,
    server: MailServer,
}

impl Post {
    async fn open(database: Database) -> Self {
        let server = MailServer::start().await;
        let app = node(TestApp::start(database).await, &server);
        let world = given::world(&app).await;
        Self { shop: Shop { api: Api::of(&app), app, world }, server }
    }

    /// Has an address get mail.
    async fn tell(&self, by: &Viewer, address: &str, kinds: &[&str]) -> Value {
        self.tell_with(by, json!({ "address": address, "kinds": kinds })).await
    }

    async fn tell_with(&self, by: &Viewer, input: Value) -> Value {
        let selection = "mailRecipient { id version }";
        let made = self.shop.api.done(by, "createMailRecipient", input, selection).await;
        // Reading begins here.
        self.run().await;
        made["mailRecipient"].clone()
    }

    /// Has everything that has happened told.
    async fn run(&self) {
        self.shop.app.all_positions_given().await;
        self.shop.app.run_jobs().await;
    }

    /// What became of all mail, oldest first, as somebody may see it.
    async fn log(&self, viewer: &Viewer) -> Vec<Value> {
        let document = "{ mails(last: 100) { nodes { id kind address subject status attempts error
            order { id } recipient { id } } } }";
        let read = self.shop.api.read(viewer, document, json!({})).await;
        let mut mails = read["mails"]["nodes"].as_array().unwrap().clone();
        mails.reverse();
        mails
    }

    /// Of the seller's log: what of each mail is in these fields.
    async fn told(&self, fields: [&str; 3]) -> Vec<[String; 3]> {
        let text = |mail: &Value, field: &str| {
            mail[field].as_str().map_or_else(|| mail[field].to_string(), str::to_owned)
        };
        let log = self.log(&self.shop.world.admin).await;
        log.iter().map(|mail| fields.map(|field| text(mail, field))).collect()
    }
}

/// A node that sends mail.
fn node(mut app: TestApp, server: &MailServer) -> TestApp {
    let node = Arc::get_mut(&mut app.app).unwrap();
    node.mailer = Some(server.mailer());
    PUBLIC.clone_into(&mut node.public_url);
    app
}

/// The addresses in a mail that begin like this.
fn links(text: &str, path: &str) -> Vec<String> {
    let begins = format!("{PUBLIC}{path}");
    let words = text.split([' ', '\n', '"', '<', '>']);
    words.filter(|word| word.starts_with(&begins)).map(str::to_owned).collect()
}
