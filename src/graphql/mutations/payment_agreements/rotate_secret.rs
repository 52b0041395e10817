//! `rotatePaymentCallbackSecret`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use secrecy::ExposeSecret;

use crate::{
    graphql::{
        context::app,
        error::Result,
        id::Id,
        mutations::run,
        roles::{ADMINS, May},
        types::UserError,
    },
    services::payment_agreements::rotate_secret::{
        RotatePaymentCallbackSecret, rotate_payment_callback_secret,
    },
};

/// Input of `rotatePaymentCallbackSecret`.
#[derive(Debug, InputObject)]
pub struct RotatePaymentCallbackSecretInput {
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `rotatePaymentCallbackSecret`.
#[derive(Debug, SimpleObject)]
pub struct RotatePaymentCallbackSecretPayload {
    /// Where messages about payments are posted to. It begins with a slash where the service does not know its own address. Null
    /// if the request was refused.
    callback_url: Option<String>,
    /// The secret with which messages are signed, as Standard Webhooks spells it. It is shown this once: a retry with the same
    /// idempotency key gets null here.
    secret: Option<String>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RotatePaymentCallbackSecretMutation;

#[Object]
impl RotatePaymentCallbackSecretMutation {
    /// Makes a secret with which the seller's integration signs what it says of payments: the first one, or another one. The one
    /// before is good for 24 hours more, so that the integration can be changed meanwhile.
    #[graphql(guard = "May(ADMINS)")]
    async fn rotate_payment_callback_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RotatePaymentCallbackSecretInput,
    ) -> Result<RotatePaymentCallbackSecretPayload> {
        let (key, command) = (input.idempotency_key, RotatePaymentCallbackSecret);
        Ok(match run(ctx, key, command, rotate_payment_callback_secret).await? {
            Ok(made) => {
                let (public_url, tenant) = (&app(ctx).public_url, Id(made.tenant_id));
                RotatePaymentCallbackSecretPayload {
                    callback_url: Some(format!("{public_url}/payments/{tenant}/callback")),
                    secret: made.secret.map(|secret| secret.expose_secret().to_owned()),
                    user_errors: Vec::new(),
                }
            }
            Err(user_errors) => {
                RotatePaymentCallbackSecretPayload { callback_url: None, secret: None, user_errors }
            }
        })
    }
}
