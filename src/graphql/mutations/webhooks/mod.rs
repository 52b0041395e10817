//! What can be changed about webhook endpoints.

pub mod create;
pub mod delete;
pub mod replay;
pub mod retry;
pub mod rotate_secret;
pub mod send_test;
pub mod update;

use async_graphql::MergedObject;

use crate::{graphql::payloads, services::webhooks::terms::Document};

/// A document, looked at for what it may be for.
fn document(text: String) -> Document {
    let (for_events, for_lines) = (payloads::check(&text), payloads::check_for_lines(&text));
    Document { text, for_events, for_lines }
}

#[derive(Default, MergedObject)]
pub struct WebhookMutations(
    create::CreateWebhookEndpointMutation,
    update::UpdateWebhookEndpointMutation,
    delete::DeleteWebhookEndpointMutation,
    rotate_secret::RotateWebhookSecretMutation,
    send_test::SendWebhookTestMutation,
    retry::RetryWebhookMutation,
    replay::ReplayWebhookEventsMutation,
);
