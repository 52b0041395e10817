//! What a credit note would take back, and what is on a customer's account.

use anyhow::anyhow;
use async_graphql::{Context, MaybeUndefined, Object, SimpleObject};
use entity::{CustomerId, InvoiceId, PartnerId, invoice_tax};

use crate::{
    graphql::{
        context::{app, viewer},
        error::Result,
        id::Id,
        mutations::{
            change,
            invoices::create_credit_note::{CreditNoteLineInput, lines},
        },
        roles::{May, SELLERS, SignedIn},
        types::{InvoiceLine, Money, UserError, enums::TaxCategory},
    },
    services::{
        invoices::{
            account::visible_balance,
            create_credit_note::{CreditPreview, preview_credit},
            credit::TakenBack,
        },
        validate,
    },
};

/// What a credit note would take back.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct CreditNotePreview {
    /// What it would take back of each line.
    lines: Vec<CreditNotePreviewLine>,
    /// The taxes of that, by category and rate.
    taxes: Vec<CreditNotePreviewTax>,
    /// Without tax. Null if it would be refused.
    net: Option<Money>,
    /// The tax. Null if it would be refused.
    tax: Option<Money>,
    /// With tax. Null if it would be refused.
    gross: Option<Money>,
    /// What of it would be taken off the open amount of the invoice. Null if it would be refused.
    off_invoice: Option<Money>,
    /// What of it would be taken off what was written off of the invoice. Null if it would be refused.
    off_write_off: Option<Money>,
    /// What would be left for the customer. Null if it would be refused.
    to_customer: Option<Money>,
    /// Why it would be refused; empty if it would not.
    user_errors: Vec<UserError>,
}

/// What would be taken back of a line.
#[derive(Debug, SimpleObject)]
pub(super) struct CreditNotePreviewLine {
    /// The line that was billed.
    line: Option<InvoiceLine>,
    /// How much of it, in its terms and with its sign.
    amount: Money,
    /// How many units that is. Null where none were asked for.
    quantity: Option<i32>,
}

/// The tax of what would be taken back, for one category and rate.
#[derive(Debug, SimpleObject)]
pub(super) struct CreditNotePreviewTax {
    /// Why it was taxed as it was.
    category: TaxCategory,
    /// The rate in hundredths of a percent.
    basis_points: i32,
    /// What was taxed.
    net: Money,
    /// The tax: that on all that was credited so far and this, less what was credited before.
    tax: Money,
}

#[derive(Default)]
pub(super) struct CreditNotesQuery;

#[Object]
impl CreditNotesQuery {
    /// What `createCreditNote` would take back of an invoice with these lines, worked out by the same function. Nothing is
    /// written.
    #[graphql(guard = "May(SELLERS)")]
    async fn preview_credit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The issued invoice of which something is taken back.")] invoice_id: Id<
            InvoiceId,
        >,
        #[graphql(
            name = "lines",
            desc = "What is taken back of its lines. Without it, all that is left of the invoice."
        )]
        wanted: Option<Vec<CreditNoteLineInput>>,
    ) -> Result<CreditNotePreview> {
        let previewed = match wanted.map(lines).transpose() {
            Ok(wanted) => {
                preview_credit(app(ctx), viewer(ctx)?, invoice_id.0, wanted.as_deref()).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match UserError::told(previewed)? {
            Ok(preview) => CreditNotePreview::of(&preview),
            Err(user_errors) => CreditNotePreview { user_errors, ..Default::default() },
        })
    }

    /// What is on the accounts of a customer in a currency: the sum of what moved there, as far as the caller may see it.
    /// Null where the caller may not see the customer.
    #[graphql(guard = "SignedIn")]
    async fn account_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer.")] customer_id: Id<CustomerId>,
        #[graphql(desc = "The currency, as ISO 4217 spells it.")] currency: String,
        #[graphql(
            desc = "Only the account about the sales of this partner; null: the seller's own. Without it, all together."
        )]
        partner_id: MaybeUndefined<Id<PartnerId>>,
    ) -> Result<Option<Money>> {
        let currency = validate::currency("currency", currency)?;
        let partner_id = change(partner_id, |id| id.0);
        let balance =
            visible_balance(app(ctx), viewer(ctx)?, customer_id.0, partner_id, &currency).await;
        let balance =
            balance.map_err(|error| anyhow!("an account cannot be added up: {error:?}"))?;
        Ok(balance.map(|balance| Money::new(balance, &currency)))
    }
}

impl CreditNotePreview {
    fn of(CreditPreview { invoice, credit, settlement }: &CreditPreview) -> Self {
        let money = |amount| Money::new(amount, &invoice.currency);
        let line = |taken: &TakenBack| CreditNotePreviewLine {
            line: Some(InvoiceLine::by_id(taken.line.id)),
            amount: money(taken.amount),
            quantity: taken.quantity,
        };
        let tax = |group: &invoice_tax::Model| CreditNotePreviewTax {
            category: group.category.into(),
            basis_points: group.basis_points,
            net: money(group.net_amount),
            tax: money(group.tax_amount),
        };
        Self {
            lines: credit.lines.iter().map(line).collect(),
            taxes: credit.taxes.iter().map(tax).collect(),
            net: Some(money(credit.net)),
            tax: Some(money(credit.tax)),
            gross: Some(money(credit.gross)),
            off_invoice: Some(money(settlement.off_invoice)),
            off_write_off: Some(money(settlement.off_write_off)),
            to_customer: Some(money(settlement.to_customer)),
            user_errors: Vec::new(),
        }
    }
}
