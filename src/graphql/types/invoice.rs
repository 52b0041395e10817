//! What a customer is asked to pay.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{InvoiceId, invoice};

use super::{Agreement, Customer, InvoiceLine, Partner, Totals, enums::InvoiceStatus};
use crate::{
    domain::pricing::Taxed,
    graphql::{
        error::Result,
        id::Id,
        loaders::{by_parent::LinesOfInvoice, load_list},
        scalars::{Day, Time, int},
    },
};

/// What a customer is asked to pay.
#[derive(Clone, Debug)]
pub struct Invoice(pub Arc<invoice::Model>);

/// What a customer is asked to pay.
#[Object]
impl Invoice {
    /// The id of the invoice.
    pub(crate) async fn id(&self) -> Id<InvoiceId> {
        Id(self.0.id)
    }

    /// Given at issue, without gaps. Null for a draft.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// Whether it is final.
    async fn status(&self) -> InvoiceStatus {
        self.0.status.into()
    }

    /// The customer that pays. Null where the caller may not, or no longer, see the customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Customer::visible(ctx, self.0.customer_id).await
    }

    /// The partner that sold what is charged for. Null where the seller itself did, or where the caller may not see the
    /// partner.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.partner_id).await
    }

    /// The agreement that it is under. Null where there is none, or where the caller may not see it.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<Option<Agreement>> {
        Agreement::visible_if_some(ctx, self.0.agreement_id).await
    }

    /// The currency of its amounts, as ISO 4217 spells it.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// The charges, in their order; to a partner, those for what it sold.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<InvoiceLine>> {
        let lines = load_list(ctx, LinesOfInvoice(self.0.id)).await?;
        Ok(lines.iter().map(|line| InvoiceLine::of_invoice(line.clone(), &self.0)).collect())
    }

    /// What these lines come to.
    async fn totals(&self, ctx: &Context<'_>) -> Result<Totals> {
        let lines = load_list(ctx, LinesOfInvoice(self.0.id)).await?;
        let taxed = lines.iter().map(|line| Taxed {
            net_amount: line.net_amount,
            tax_basis_points: line.tax_basis_points,
        });
        Totals::of(&self.0.currency, taxed)
    }

    /// When it became final.
    async fn issued_at(&self) -> Option<Time> {
        self.0.issued_at.map(Time)
    }

    /// The day by which it is to be paid. Null for a draft.
    async fn due_on(&self) -> Option<Day> {
        self.0.due_on.map(Day)
    }

    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    async fn version(&self) -> Result<i32> {
        int(self.0.version)
    }

    /// When it was created.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}
