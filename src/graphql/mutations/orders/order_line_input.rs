//! A line as it is asked for.

use async_graphql::InputObject;
use entity::{OfferId, SubscriptionId};

use crate::{
    graphql::{id::Id, mutations::plans::PlanSelectionInput, scalars::Day},
    services::orders::NewLine,
};

/// One offer that is bought.
#[derive(Debug, InputObject)]
pub struct OrderLineInput {
    /// What is bought.
    offer_id: Id<OfferId>,
    /// What it has of a plan of the offer. Left out: the offer by itself, at its price.
    plan: Option<PlanSelectionInput>,
    /// How many units; the offer says how many it is sold in.
    quantity: i32,
    /// Of an add-on: the active subscription of the customer that it belongs to. An add-on says this or `parentLine`.
    parent_subscription_id: Option<Id<SubscriptionId>>,
    /// Of an add-on: the place, counted from 1, of the line of this order that buys what it belongs to.
    parent_line: Option<i32>,
    /// The buyer's own id of the line; unique in the order, up to 64 characters.
    client_line_id: Option<String>,
    /// The purchase order number of the subscription that is bought. Without it, the order's.
    po_number: Option<String>,
    /// The day on which the subscription has begun already: its periods are counted and charged from there. As far back as
    /// the seller allows. Without it, it begins when the line is carried out.
    starts_on: Option<Day>,
    /// What is to be taken off it: codes of discounts, 10 at most. Each that does not apply is refused.
    #[graphql(default, validator(max_items = 10))]
    discount_codes: Vec<String>,
}

impl From<OrderLineInput> for NewLine {
    fn from(input: OrderLineInput) -> Self {
        Self {
            offer_id: input.offer_id.0,
            plan: input.plan.map(Into::into),
            quantity: input.quantity,
            parent_subscription_id: input.parent_subscription_id.map(|id| id.0),
            parent_line: input.parent_line,
            client_line_id: input.client_line_id,
            po_number: input.po_number,
            starts_on: input.starts_on.map(|day| day.0),
            discount_codes: input.discount_codes,
        }
    }
}
