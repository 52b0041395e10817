//! What can be changed about webhook endpoints.

pub mod create;
pub mod delete;
pub mod replay;
pub mod retry;
pub mod rotate_secret;
pub mod send_test;
pub mod update;

use async_graphql::MergedObject;

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
