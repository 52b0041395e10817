//! Orders.

use async_graphql::InputObject;
use entity::{AgreementId, CustomerId, OfferId, PartnerId, ProductId, SubscriptionId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    error::Refusal,
    graphql::{
        id::Id,
        types::{Order, enums::OrderStatus},
    },
    services::{lists::orders as service, validate},
};

/// Which orders are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OrderFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<OrderStatus>>,
    /// Are for this customer.
    pub customer_id: Option<Id<CustomerId>>,
    /// Were placed through this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Have a line for this product.
    pub product_id: Option<Id<ProductId>>,
    /// Have a line for this offer.
    pub offer_id: Option<Id<OfferId>>,
    /// Were placed under this agreement.
    pub agreement_id: Option<Id<AgreementId>>,
    /// Have a line that acts on this subscription.
    pub subscription_id: Option<Id<SubscriptionId>>,
    /// Have exactly this reference of the orderer.
    pub reference: Option<String>,
    /// Have exactly this purchase order number.
    pub po_number: Option<String>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the number, the reference or the purchase order number, or of the
    /// customer's name or number. Case and accents make no difference.
    pub text: Option<String>,
    /// Wait for the caller's own answer, which it may give now: not for somebody else's, and not about what it has had a hand
    /// in. False: all others.
    pub waits_for_me: Option<bool>,
}

impl TryFrom<OrderFilter> for service::OrderFilter {
    type Error = Refusal;

    fn try_from(filter: OrderFilter) -> Result<Self, Refusal> {
        Ok(Self {
            statuses: words(filter.status_in),
            customer: bare(filter.customer_id),
            partner: bare(filter.partner_id),
            product: bare(filter.product_id),
            offer: bare(filter.offer_id),
            agreement: bare(filter.agreement_id),
            subscription: bare(filter.subscription_id),
            reference: validate::short_text("filter.reference", filter.reference)?,
            po_number: validate::po_number("filter.poNumber", filter.po_number)?,
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
            waits_for_viewer: filter.waits_for_me,
        })
    }
}

noun! {
    OrdersQuery: Order, order {
        /// One order, by its id or by its number. Give exactly one of the two.
        order(OrderId, number: "What people call the order.");
        /// The orders that the caller may see.
        orders(OrderFilter, TimeOrder);
    }
}
