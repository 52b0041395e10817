//! Having somebody get no mail any more.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::MailRecipientId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{MAIL_KEEPERS, May},
        types::UserError,
    },
    services::mail::delete::{DeleteMailRecipient, delete_mail_recipient},
};

/// The recipient of mail that is to be deleted.
#[derive(Debug, InputObject)]
pub struct DeleteMailRecipientInput {
    /// The recipient.
    id: Id<MailRecipientId>,
    /// Refuse with `VERSION_CONFLICT` unless the recipient has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `deleteMailRecipient`.
#[derive(Debug, SimpleObject)]
pub struct DeleteMailRecipientPayload {
    /// The id that the recipient had; null if the request was refused.
    deleted_mail_recipient_id: Option<Id<MailRecipientId>>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct DeleteMailRecipientMutation;

#[Object]
impl DeleteMailRecipientMutation {
    /// Deletes a recipient of mail. What is still to be sent to it is dropped.
    #[graphql(guard = "May(MAIL_KEEPERS)")]
    async fn delete_mail_recipient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: DeleteMailRecipientInput,
    ) -> Result<DeleteMailRecipientPayload> {
        let command = DeleteMailRecipient {
            recipient_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let done = run(ctx, input.idempotency_key, command, delete_mail_recipient).await?;
        Ok(match done {
            Ok(id) => DeleteMailRecipientPayload {
                deleted_mail_recipient_id: Some(Id(id)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => {
                DeleteMailRecipientPayload { deleted_mail_recipient_id: None, user_errors }
            }
        })
    }
}
