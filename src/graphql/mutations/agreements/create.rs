//! Concluding an agreement with a customer.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::CustomerId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::Day,
        types::{Agreement, UserError},
    },
    services::agreements::create::{CreateAgreement, create_agreement},
};

/// An agreement that is to be.
#[derive(Debug, InputObject)]
pub struct CreateAgreementInput {
    /// The customer. Never changed.
    customer_id: Id<CustomerId>,
    /// The number by which the agreement is known: up to 64 characters, unique, never changed.
    number: String,
    /// The ISO 4217 code of the currency of its orders. Left out: the tenant's own. Never changed.
    currency: Option<String>,
    /// The purchase order number for invoices, where a subscription has none of its own: up to 64 characters.
    default_po_number: Option<String>,
    /// The day from which the customer can buy under it. Left out: at once.
    starts_on: Option<Day>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createAgreement`.
#[derive(Debug, SimpleObject)]
pub struct CreateAgreementPayload {
    /// The new agreement; null if the request was refused.
    agreement: Option<Agreement>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateAgreementMutation;

#[Object]
impl CreateAgreementMutation {
    /// Concludes an agreement, under which the customer can buy.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the agreement is to be.")] input: CreateAgreementInput,
    ) -> Result<CreateAgreementPayload> {
        let command = CreateAgreement {
            customer_id: input.customer_id.0,
            number: input.number,
            currency: input.currency,
            default_po_number: input.default_po_number,
            starts_on: input.starts_on.map(|day| day.0),
        };
        let (agreement, user_errors) =
            apply(ctx, input.idempotency_key, command, create_agreement).await?;
        Ok(CreateAgreementPayload { agreement, user_errors })
    }
}
