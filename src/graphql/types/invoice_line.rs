//! One charge for one subscription.

use async_graphql::{Context, Object};
use entity::{InvoiceLineId, invoice, invoice_line};

use super::{CustomerSubscription, Invoice, Money, OrderLine, enums::ChargeType};
use crate::graphql::{connection::Listed, error::Result, id::Id, scalars::Time};

/// One line of an invoice.
#[derive(Clone, Debug)]
pub struct InvoiceLine {
    line: invoice_line::Model,
    /// None where the line was not reached from its invoice.
    currency: Option<String>,
}

impl InvoiceLine {
    /// A line of this invoice, which the viewer is known to see.
    pub fn of_invoice(line: invoice_line::Model, invoice: &invoice::Model) -> Self {
        Self { line, currency: Some(invoice.currency.clone()) }
    }

    async fn money(&self, ctx: &Context<'_>, amount: i64) -> Result<Money> {
        if let Some(currency) = &self.currency {
            return Ok(Money::new(amount, currency));
        }
        // A subscription is charged in its own currency.
        let subscription = CustomerSubscription::visible(ctx, self.line.subscription_id)
            .await?
            .ok_or_else(|| anyhow::anyhow!("an invoice line was reached from nowhere"))?;
        Ok(Money::new(amount, &subscription.0.currency))
    }
}

impl From<invoice_line::Model> for InvoiceLine {
    fn from(line: invoice_line::Model) -> Self {
        Self { line, currency: None }
    }
}

impl Listed for InvoiceLine {
    type Entity = invoice_line::Entity;
}

/// One charge for one subscription.
#[Object]
impl InvoiceLine {
    /// The id of the line.
    pub(crate) async fn id(&self) -> Id<InvoiceLineId> {
        Id(self.line.id)
    }

    /// The invoice that the line is part of. Null where the caller may not see the invoice.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        Invoice::visible(ctx, self.line.invoice_id).await
    }

    /// Counts from 1 within the invoice.
    async fn line_number(&self) -> i32 {
        self.line.line_number
    }

    /// The subscription that is charged for. Null where the caller may not see the subscription.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<CustomerSubscription>> {
        CustomerSubscription::visible(ctx, self.line.subscription_id).await
    }

    /// The order line that caused the charge. Null: time passed.
    async fn order_line(&self, ctx: &Context<'_>) -> Result<Option<OrderLine>> {
        match self.line.order_line_id {
            Some(id) => OrderLine::visible(ctx, id).await,
            None => Ok(None),
        }
    }

    /// What is charged for.
    async fn charge_type(&self) -> ChargeType {
        self.line.charge_type.into()
    }

    /// What is charged for, in words.
    async fn description(&self) -> &str {
        &self.line.description
    }

    /// How many units are charged.
    async fn quantity(&self) -> i32 {
        self.line.quantity
    }

    /// The net price of one unit.
    async fn unit_price(&self, ctx: &Context<'_>) -> Result<Money> {
        self.money(ctx, self.line.unit_amount).await
    }

    /// The tax rate in hundredths of a percent: 2500 is 25 %.
    async fn tax_basis_points(&self) -> i32 {
        self.line.tax_basis_points
    }

    /// What the line comes to, without tax.
    async fn net(&self, ctx: &Context<'_>) -> Result<Money> {
        self.money(ctx, self.line.net_amount).await
    }

    /// The purchase order number. Found and fixed when the invoice is issued.
    async fn po_number(&self) -> Option<&str> {
        self.line.po_number.as_deref()
    }

    /// The reference that the approver of the order gave.
    async fn external_reference(&self) -> Option<&str> {
        self.line.external_reference.as_deref()
    }

    /// The first moment of the period that is charged for.
    async fn period_starts_at(&self) -> Option<Time> {
        self.line.period_starts_at.map(Time)
    }

    /// The first moment that no longer belongs to the period.
    async fn period_ends_at(&self) -> Option<Time> {
        self.line.period_ends_at.map(Time)
    }

    /// When the line was added.
    async fn created_at(&self) -> Time {
        Time(self.line.created_at)
    }
}
