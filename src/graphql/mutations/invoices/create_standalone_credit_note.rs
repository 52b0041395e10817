//! `createStandaloneCreditNote`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{AgreementId, CustomerId};

use super::free_line::FreeLineInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{Invoice, UserError, enums::CreditReason},
    },
    services::invoices::create_credit_note::{
        CreateStandaloneCreditNote, create_standalone_credit_note,
    },
};

/// Input of `createStandaloneCreditNote`.
#[derive(Debug, InputObject)]
pub struct CreateStandaloneCreditNoteInput {
    /// Whom something is given. It is of the partner that the customer has now.
    customer_id: Id<CustomerId>,
    /// The agreement that it is under.
    agreement_id: Option<Id<AgreementId>>,
    /// The currency, as ISO 4217 spells it. Without it, that of the agreement, or else the seller's.
    currency: Option<String>,
    /// What is given; 1 to 100 lines.
    lines: Vec<FreeLineInput>,
    /// Why.
    reason: CreditReason,
    /// What the customer is told about it; up to 1,000 characters.
    note: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createStandaloneCreditNote`.
#[derive(Debug, SimpleObject)]
pub struct CreateStandaloneCreditNotePayload {
    /// The draft; null if the request was refused.
    credit_note: Option<Invoice>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateStandaloneCreditNoteMutation;

#[Object]
impl CreateStandaloneCreditNoteMutation {
    /// Begins a credit note that gives something that no invoice is about: a draft.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_standalone_credit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CreateStandaloneCreditNoteInput,
    ) -> Result<CreateStandaloneCreditNotePayload> {
        let command = CreateStandaloneCreditNote {
            customer_id: input.customer_id.0,
            agreement_id: input.agreement_id.map(|id| id.0),
            currency: input.currency,
            lines: input.lines.into_iter().map(Into::into).collect(),
            reason: input.reason.into(),
            note: input.note,
        };
        let (credit_note, user_errors) =
            apply(ctx, input.idempotency_key, command, create_standalone_credit_note).await?;
        Ok(CreateStandaloneCreditNotePayload { credit_note, user_errors })
    }
}
