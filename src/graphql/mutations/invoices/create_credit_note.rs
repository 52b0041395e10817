//! `createCreditNote`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{InvoiceId, InvoiceLineId};

use crate::{
    error::{Outcome, Refusal},
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::{Day, MinorUnits},
        types::{Invoice, UserError, enums::CreditReason},
    },
    services::{
        invoices::{
            create_credit_note::{CreateCreditNote, create_credit_note},
            credit::{CreditLine, CreditPart},
        },
        unit::Unit,
    },
};

/// Input of `createCreditNote`.
#[derive(Debug, InputObject)]
pub struct CreateCreditNoteInput {
    /// The issued invoice of which something is taken back.
    invoice_id: Id<InvoiceId>,
    /// What is taken back of its lines. Without it, all that is left of the invoice.
    lines: Option<Vec<CreditNoteLineInput>>,
    /// Why.
    reason: CreditReason,
    /// What the customer is told about it; up to 1,000 characters.
    note: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// What is taken back of a line. Give one of `amount`, `quantity` and `from`; without any, all that is left of the line.
#[derive(Debug, InputObject)]
pub struct CreditNoteLineInput {
    /// The line.
    line_id: Id<InvoiceLineId>,
    /// How much of it, in the terms of the line and with its sign.
    amount: Option<MinorUnits>,
    /// How many of the units that were charged.
    quantity: Option<i32>,
    /// The first day of the rest of its period.
    from: Option<Day>,
}

/// Result of `createCreditNote`.
#[derive(Debug, SimpleObject)]
pub struct CreateCreditNotePayload {
    /// The draft; null if the request was refused.
    credit_note: Option<Invoice>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateCreditNoteMutation;

#[Object]
impl CreateCreditNoteMutation {
    /// Begins a credit note: a draft that takes something back of an issued invoice, never more than is left of each line.
    /// What it takes back cannot be taken back by another, until the draft is deleted. What is charged for later periods
    /// stays as it is.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_credit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CreateCreditNoteInput,
    ) -> Result<CreateCreditNotePayload> {
        let key = input.idempotency_key.clone();
        let (credit_note, user_errors) = apply(ctx, key, input, create).await?;
        Ok(CreateCreditNotePayload { credit_note, user_errors })
    }
}

async fn create(unit: &Unit, input: CreateCreditNoteInput) -> Outcome<InvoiceId> {
    let command = CreateCreditNote {
        invoice_id: input.invoice_id.0,
        lines: input.lines.map(lines).transpose()?,
        reason: input.reason.into(),
        note: input.note,
    };
    create_credit_note(unit, command).await
}

/// The lines that are asked for.
pub(in crate::graphql) fn lines(
    lines: Vec<CreditNoteLineInput>,
) -> std::result::Result<Vec<CreditLine>, Refusal> {
    let line = |(place, line): (usize, CreditNoteLineInput)| {
        let part = match (line.amount, line.quantity, line.from) {
            (None, None, None) => CreditPart::Left,
            (Some(amount), None, None) => CreditPart::Amount(amount.0),
            (None, Some(quantity), None) => CreditPart::Quantity(quantity),
            (None, None, Some(day)) => CreditPart::From(day.0),
            _ => {
                let message = "Give one of amount, quantity and from.";
                return Err(Refusal::invalid(&format!("lines.{place}"), message));
            }
        };
        Ok(CreditLine { line_id: line.line_id.0, part })
    };
    lines.into_iter().enumerate().map(line).collect()
}
