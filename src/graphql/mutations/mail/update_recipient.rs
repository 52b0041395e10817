//! Changing what somebody gets mail about.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::MailRecipientId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{MAIL_KEEPERS, May},
        types::{
            MailRecipient, UserError,
            enums::{Language, MailKind},
        },
    },
    services::mail::update::{UpdateMailRecipient, update_mail_recipient},
};

/// What is to change about a recipient of mail.
#[derive(Debug, InputObject)]
pub struct UpdateMailRecipientInput {
    /// The recipient.
    id: Id<MailRecipientId>,
    /// Refuse with `VERSION_CONFLICT` unless the recipient has this version.
    expected_version: Option<i32>,
    /// Where mail is to go, if it goes to an address: up to 254 characters.
    address: MaybeUndefined<String>,
    /// What it is to be sent about: at least one kind.
    #[graphql(validator(max_items = 100))]
    kinds: MaybeUndefined<Vec<MailKind>>,
    /// The language that it is to be written in.
    language: MaybeUndefined<Language>,
    /// Whether any is to be sent. What happened while none was is not told later.
    enabled: MaybeUndefined<bool>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateMailRecipient`.
#[derive(Debug, SimpleObject)]
pub struct UpdateMailRecipientPayload {
    /// The recipient as it is now; null if the request was refused.
    mail_recipient: Option<MailRecipient>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateMailRecipientMutation;

#[Object]
impl UpdateMailRecipientMutation {
    /// Changes a recipient of mail. A field that is left out keeps its value.
    #[graphql(guard = "May(MAIL_KEEPERS)")]
    async fn update_mail_recipient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The recipient and its changes.")] input: UpdateMailRecipientInput,
    ) -> Result<UpdateMailRecipientPayload> {
        let command = UpdateMailRecipient {
            recipient_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            address: change(input.address, identity),
            kinds: change(input.kinds, |kinds| kinds.into_iter().map(Into::into).collect()),
            language: change(input.language, Into::into),
            enabled: change(input.enabled, identity),
        };
        let (mail_recipient, user_errors) =
            apply(ctx, input.idempotency_key, command, update_mail_recipient).await?;
        Ok(UpdateMailRecipientPayload { mail_recipient, user_errors })
    }
}
