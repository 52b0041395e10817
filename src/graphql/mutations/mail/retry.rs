//! Having a mail tried again.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::MailId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{MAIL_KEEPERS, May},
        types::{Mail, UserError},
    },
    services::mail::retry::{RetryMail, retry_mail},
};

/// The mail that is to be tried again.
#[derive(Debug, InputObject)]
pub struct RetryMailInput {
    /// The mail.
    id: Id<MailId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `retryMail`.
#[derive(Debug, SimpleObject)]
pub struct RetryMailPayload {
    /// The mail as it is now; null if the request was refused.
    mail: Option<Mail>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RetryMailMutation;

#[Object]
impl RetryMailMutation {
    /// Has a mail that failed, or was dropped, tried again, for as long as a new one. One that is pending stays as it is. What
    /// was sent is refused with `MAIL_ALREADY_SENT`.
    #[graphql(guard = "May(MAIL_KEEPERS)")]
    async fn retry_mail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RetryMailInput,
    ) -> Result<RetryMailPayload> {
        let command = RetryMail { mail_id: input.id.0 };
        let (mail, user_errors) = apply(ctx, input.idempotency_key, command, retry_mail).await?;
        Ok(RetryMailPayload { mail, user_errors })
    }
}
