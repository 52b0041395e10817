//! Changing a customer, or moving it to another partner.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{CustomerId, PartnerId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{CUSTOMER_KEEPERS, May},
        types::{Customer, UserError, enums::TaxTreatment},
    },
    services::customers::update::{UpdateCustomer, update_customer},
};

/// What is to change about a customer.
#[derive(Debug, InputObject)]
pub struct UpdateCustomerInput {
    /// The customer.
    id: Id<CustomerId>,
    /// Refuse with `VERSION_CONFLICT` unless the customer has this version.
    expected_version: Option<i32>,
    /// What people call the customer: up to 200 characters.
    name: MaybeUndefined<String>,
    /// The partner that the customer buys from; null: the seller itself. The customer and its agreements go to that partner.
    /// Orders that were created, and the subscriptions, licenses and invoices that come of them, stay with the earlier one;
    /// drafts can no longer be submitted.
    partner_id: MaybeUndefined<Id<PartnerId>>,
    /// Where mail reaches the customer.
    email: MaybeUndefined<String>,
    /// Where calls reach the customer: up to 64 characters.
    phone: MaybeUndefined<String>,
    /// Street and house number: up to 200 characters.
    street: MaybeUndefined<String>,
    /// Up to 64 characters.
    postal_code: MaybeUndefined<String>,
    /// Up to 200 characters.
    city: MaybeUndefined<String>,
    /// The ISO 3166-1 alpha-2 code of the country, such as `DK`.
    country: MaybeUndefined<String>,
    /// The number by which the tax authority knows the customer: up to 64 characters. Needed with `REVERSE_CHARGE` and
    /// `INTRA_COMMUNITY`.
    tax_number: MaybeUndefined<String>,
    /// How the customer is taxed: anything but `STANDARD` is stronger than what a price says. Only the seller decides.
    tax_treatment: MaybeUndefined<TaxTreatment>,
    /// Why the customer pays no tax, as it is printed: up to 200 characters. Needed with `EXEMPT`, refused with `STANDARD`.
    tax_exemption_reason: MaybeUndefined<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateCustomer`.
#[derive(Debug, SimpleObject)]
pub struct UpdateCustomerPayload {
    /// The customer as it is now; null if the request was refused.
    customer: Option<Customer>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateCustomerMutation;

#[Object]
impl UpdateCustomerMutation {
    /// Changes a customer. A field that is left out keeps its value; null clears it. Only the seller can move a customer
    /// to another partner.
    #[graphql(guard = "May(CUSTOMER_KEEPERS)")]
    async fn update_customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer and its changes.")] input: UpdateCustomerInput,
    ) -> Result<UpdateCustomerPayload> {
        let command = UpdateCustomer {
            customer_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            name: change(input.name, identity),
            partner_id: change(input.partner_id, |id| id.0),
            email: change(input.email, identity),
            phone: change(input.phone, identity),
            street: change(input.street, identity),
            postal_code: change(input.postal_code, identity),
            city: change(input.city, identity),
            country: change(input.country, identity),
            tax_number: change(input.tax_number, identity),
            tax_treatment: change(input.tax_treatment, Into::into),
            tax_exemption_reason: change(input.tax_exemption_reason, identity),
        };
        let (customer, user_errors) =
            apply(ctx, input.idempotency_key, command, update_customer).await?;
        Ok(UpdateCustomerPayload { customer, user_errors })
    }
}
