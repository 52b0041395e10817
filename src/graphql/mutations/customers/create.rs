//! Taking on a customer.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::PartnerId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{CUSTOMER_KEEPERS, May},
        types::{Customer, UserError, enums::TaxTreatment},
    },
    services::customers::create::{CreateCustomer, create_customer},
};

/// A customer that is to be.
#[derive(Debug, InputObject)]
pub struct CreateCustomerInput {
    /// The number by which the customer is known: up to 64 characters, unique in the tenant, never changed. One that any
    /// customer has, of whichever partner, is refused with `DUPLICATE_CUSTOMER_NUMBER`, which tells no more of it than that.
    customer_number: String,
    /// What people call the customer: up to 200 characters.
    name: String,
    /// The partner that the customer buys from. Left out: the caller's own; the seller itself where the caller speaks for
    /// no partner.
    partner_id: Option<Id<PartnerId>>,
    /// Where mail reaches the customer.
    email: Option<String>,
    /// Where calls reach the customer: up to 64 characters.
    phone: Option<String>,
    /// Street and house number: up to 200 characters.
    street: Option<String>,
    /// Up to 64 characters.
    postal_code: Option<String>,
    /// Up to 200 characters.
    city: Option<String>,
    /// The ISO 3166-1 alpha-2 code of the country, such as `DK`.
    country: Option<String>,
    /// The number by which the tax authority knows the customer: up to 64 characters. Needed with `REVERSE_CHARGE` and
    /// `INTRA_COMMUNITY`.
    tax_number: Option<String>,
    /// How the customer is taxed: anything but `STANDARD` is stronger than what a price says. Only the seller decides.
    #[graphql(default_with = "TaxTreatment::Standard")]
    tax_treatment: TaxTreatment,
    /// Why the customer pays no tax, as it is printed: up to 200 characters. Needed with `EXEMPT`, refused with `STANDARD`.
    tax_exemption_reason: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createCustomer`.
#[derive(Debug, SimpleObject)]
pub struct CreateCustomerPayload {
    /// The new customer; null if the request was refused.
    customer: Option<Customer>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateCustomerMutation;

#[Object]
impl CreateCustomerMutation {
    /// Takes on a customer. Partners take on customers for themselves and for the partners below them.
    #[graphql(guard = "May(CUSTOMER_KEEPERS)")]
    async fn create_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the customer is to be.")] input: CreateCustomerInput,
    ) -> Result<CreateCustomerPayload> {
        let command = CreateCustomer {
            customer_number: input.customer_number,
            name: input.name,
            partner_id: input.partner_id.map(|id| id.0),
            email: input.email,
            phone: input.phone,
            street: input.street,
            postal_code: input.postal_code,
            city: input.city,
            country: input.country,
            tax_number: input.tax_number,
            tax_treatment: input.tax_treatment.into(),
            tax_exemption_reason: input.tax_exemption_reason,
        };
        let (customer, user_errors) =
            apply(ctx, input.idempotency_key, command, create_customer).await?;
        Ok(CreateCustomerPayload { customer, user_errors })
    }
}
