//! `denyCustomer`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{CustomerId, OfferId, ProductId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::MinorUnits,
        types::{Denial, UserError},
    },
    services::denials::deny::{DenyCustomer, deny_customer},
};

/// What a customer is not to order. Give one of `productId`, `offerId` and `balanceLimit`; without any, it may order nothing.
#[derive(Debug, InputObject)]
pub struct DenyCustomerInput {
    /// The customer.
    customer_id: Id<CustomerId>,
    /// No offer of this product.
    product_id: Option<Id<ProductId>>,
    /// Not this offer.
    offer_id: Option<Id<OfferId>>,
    /// Nothing while the customer owes more, in the minor unit of the currency: 0 or more.
    balance_limit: Option<MinorUnits>,
    /// The currency of `balanceLimit`, as ISO 4217 spells it. Left out: the seller's.
    currency: Option<String>,
    /// Why, for the seller's people: up to 1,000 characters. The customer is not told.
    reason: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `denyCustomer`.
#[derive(Debug, SimpleObject)]
pub struct DenyCustomerPayload {
    /// The new denial; null if the request was refused.
    denial: Option<Denial>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct DenyCustomerMutation;

#[Object]
impl DenyCustomerMutation {
    /// Denies a customer to order something. Orders, previews, submissions of drafts and changes that would give the customer
    /// more or something else are refused from then on, with `CUSTOMER_DENIED`, `BALANCE_LIMIT_EXCEEDED` or `OFFER_DENIED`.
    /// What was submitted before goes on, and so do subscriptions.
    #[graphql(guard = "May(SELLERS)")]
    async fn deny_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is denied what.")] input: DenyCustomerInput,
    ) -> Result<DenyCustomerPayload> {
        let command = DenyCustomer {
            customer_id: input.customer_id.0,
            product_id: input.product_id.map(|id| id.0),
            offer_id: input.offer_id.map(|id| id.0),
            balance_limit: input.balance_limit.map(|amount| amount.0),
            currency: input.currency,
            reason: input.reason,
        };
        let (denial, user_errors) =
            apply(ctx, input.idempotency_key, command, deny_customer).await?;
        Ok(DenyCustomerPayload { denial, user_errors })
    }
}
