//! `chargeCustomer`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{AgreementId, CustomerId};

use super::free_line::FreeLineInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{Invoice, UserError},
    },
    services::invoices::charge_customer::{ChargeCustomer, charge_customer},
};

/// Input of `chargeCustomer`.
#[derive(Debug, InputObject)]
pub struct ChargeCustomerInput {
    /// Who is charged. The charge is of the partner that the customer has now.
    customer_id: Id<CustomerId>,
    /// The agreement that it is under.
    agreement_id: Option<Id<AgreementId>>,
    /// The currency, as ISO 4217 spells it. Without it, that of the agreement, or else the seller's.
    currency: Option<String>,
    /// What is charged.
    line: FreeLineInput,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `chargeCustomer`.
#[derive(Debug, SimpleObject)]
pub struct ChargeCustomerPayload {
    /// The draft on which the charge is; null if the request was refused.
    invoice: Option<Invoice>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ChargeCustomerMutation;

#[Object]
impl ChargeCustomerMutation {
    /// Charges a customer something by hand, on the draft on which its charges of today collect; it is begun if there is none.
    #[graphql(guard = "May(SELLERS)")]
    async fn charge_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: ChargeCustomerInput,
    ) -> Result<ChargeCustomerPayload> {
        let command = ChargeCustomer {
            customer_id: input.customer_id.0,
            agreement_id: input.agreement_id.map(|id| id.0),
            currency: input.currency,
            line: input.line.into(),
        };
        let (invoice, user_errors) =
            apply(ctx, input.idempotency_key, command, charge_customer).await?;
        Ok(ChargeCustomerPayload { invoice, user_errors })
    }
}
