//! Having somebody get mail.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::PartnerId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{MAIL_KEEPERS, May},
        types::{
            MailRecipient, UserError,
            enums::{Language, MailAudience, MailKind},
        },
    },
    services::mail::create::{CreateMailRecipient, create_mail_recipient},
};

/// Somebody who is to get mail.
#[derive(Debug, InputObject)]
pub struct CreateMailRecipientInput {
    /// The partner whose recipient it is to be. Left out: the caller's own partner, or the seller itself. Never changed.
    partner_id: Option<Id<PartnerId>>,
    /// Whose address mail is to go to. Never changed.
    #[graphql(default_with = "MailAudience::Address")]
    audience: MailAudience,
    /// Where mail is to go, if it goes to an address: up to 254 characters. Else left out.
    address: Option<String>,
    /// What it is to be sent about: at least one kind. Customers get none of the kind `APPROVAL_WANTED`.
    #[graphql(validator(max_items = 100))]
    kinds: Vec<MailKind>,
    /// The language that it is to be written in.
    #[graphql(default_with = "Language::English")]
    language: Language,
    /// Whether any is to be sent.
    #[graphql(default = true)]
    enabled: bool,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createMailRecipient`.
#[derive(Debug, SimpleObject)]
pub struct CreateMailRecipientPayload {
    /// The new recipient; null if the request was refused.
    mail_recipient: Option<MailRecipient>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateMailRecipientMutation;

#[Object]
impl CreateMailRecipientMutation {
    /// Has somebody get mail about what happens from now on. Where an answer to an order is asked for, whoever answers for that
    /// level is told; if the caller itself may answer for it, the mail has links to approve and to reject, in the caller's
    /// name. The seller has up to 100 recipients, a partner up to 10.
    #[graphql(guard = "May(MAIL_KEEPERS)")]
    async fn create_mail_recipient(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to get mail, and about what.")] input: CreateMailRecipientInput,
    ) -> Result<CreateMailRecipientPayload> {
        let command = CreateMailRecipient {
            partner_id: input.partner_id.map(|id| id.0),
            audience: input.audience.into(),
            address: input.address,
            kinds: input.kinds.into_iter().map(Into::into).collect(),
            language: input.language.into(),
            enabled: input.enabled,
        };
        let (mail_recipient, user_errors) =
            apply(ctx, input.idempotency_key, command, create_mail_recipient).await?;
        Ok(CreateMailRecipientPayload { mail_recipient, user_errors })
    }
}
