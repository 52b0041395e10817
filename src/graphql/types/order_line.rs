//! One action on one subscription.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{OrderLineId, order, order_line};

use super::{
    CustomerSubscription, Money, Offer, Order, Product,
    enums::{OrderAction, OrderLineStatus, Provisioning},
};
use crate::graphql::{
    error::Result,
    id::Id,
    in_place::InPlace,
    loaders::{by_id::OrderLineById, load},
    scalars::Time,
};

/// One line of an order.
#[derive(Clone, Debug)]
pub struct OrderLine {
    line: order_line::Model,
    order: Arc<order::Model>,
}

impl OrderLine {
    /// A line of this order, which the viewer is known to see.
    pub fn of_order(line: order_line::Model, order: Arc<order::Model>) -> Self {
        Self { line, order }
    }

    /// The line with this id, if the viewer may see its order.
    pub async fn visible(ctx: &Context<'_>, id: OrderLineId) -> Result<Option<Self>> {
        let Some(line) = load(ctx, OrderLineById(id)).await? else { return Ok(None) };
        let order = Order::visible(ctx, line.order_id).await?;
        Ok(order.map(|order| Self::of_order(line, order.0)))
    }
}

/// One action on one subscription.
#[Object]
impl OrderLine {
    /// The id of the line.
    pub(crate) async fn id(&self) -> Id<OrderLineId> {
        Id(self.line.id)
    }

    /// The order that the line is part of.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Order::visible(ctx, self.line.order_id).await
    }

    /// Counts from 1 within the order.
    async fn line_number(&self) -> i32 {
        self.line.line_number
    }

    /// The orderer's own id of the line; unique in the order.
    async fn client_line_id(&self) -> Option<&str> {
        self.line.client_line_id.as_deref()
    }

    /// What the line does to the subscription.
    async fn action(&self) -> OrderAction {
        self.line.action.into()
    }

    /// Where the line is in its life.
    async fn status(&self) -> OrderLineStatus {
        self.line.status.into()
    }

    /// The product of the offer.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<InPlace<Product>>> {
        Ok(Product::visible(ctx, self.line.product_id).await?.map(InPlace))
    }

    /// The offer that is bought, or that the subscription is to.
    async fn offer(&self, ctx: &Context<'_>) -> Result<Option<InPlace<Offer>>> {
        Ok(Offer::visible(ctx, self.line.offer_id).await?.map(InPlace))
    }

    /// The subscription acted on. A purchase gets its own at submission.
    async fn subscription(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<InPlace<CustomerSubscription>>> {
        Ok(CustomerSubscription::visible_if_some(ctx, self.line.subscription_id)
            .await?
            .map(InPlace))
    }

    /// How many units the subscription is to have.
    async fn quantity(&self) -> i32 {
        self.line.quantity
    }

    /// How many units the subscription had before. Null for a purchase.
    async fn previous_quantity(&self) -> Option<i32> {
        self.line.previous_quantity
    }

    /// The purchase order number of the line, where it differs from the order's.
    async fn po_number(&self) -> Option<&str> {
        self.line.po_number.as_deref()
    }

    /// The net price of one unit and period. Fixed when the order is submitted.
    async fn unit_price(&self) -> Money {
        Money::new(self.line.unit_amount, &self.order.currency)
    }

    /// The tax rate in hundredths of a percent: 2500 is 25 %.
    async fn tax_basis_points(&self) -> i32 {
        self.line.tax_basis_points
    }

    /// What the line comes to, without tax.
    async fn net(&self) -> Money {
        Money::new(self.line.net_amount, &self.order.currency)
    }

    /// How the line is carried out. Fixed when the order is submitted.
    async fn provisioning(&self) -> Provisioning {
        self.line.provisioning.into()
    }

    /// The provisioner's own reference.
    async fn provisioning_reference(&self) -> Option<&str> {
        self.line.provisioning_reference.as_deref()
    }

    /// What must be answered before the line can go on.
    async fn hold_reason(&self) -> Option<&str> {
        self.line.hold_reason.as_deref()
    }

    /// Why the last attempt failed.
    async fn failure_reason(&self) -> Option<&str> {
        self.line.failure_reason.as_deref()
    }

    /// How often carrying it out was begun.
    async fn attempts(&self) -> i32 {
        self.line.attempts
    }

    /// When carrying it out was last begun.
    async fn started_at(&self) -> Option<Time> {
        self.line.started_at.map(Time)
    }

    /// When it came to an end, whatever the end.
    async fn ended_at(&self) -> Option<Time> {
        self.line.ended_at.map(Time)
    }
}
