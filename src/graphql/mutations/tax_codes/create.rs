//! Saying how a kind of goods is taxed.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::TaxRateInput;
use crate::{
    graphql::{
        error::Result,
        mutations::apply,
        roles::{May, SELLERS},
        types::{TaxCode, UserError, enums::TaxCategory},
    },
    services::tax_codes::{
        NewTaxRate,
        create::{CreateTaxCode, create_tax_code},
    },
};

/// A tax code that is to be.
#[derive(Debug, InputObject)]
pub struct CreateTaxCodeInput {
    /// The code by which it is known: up to 64 characters, unique, never changed.
    code: String,
    /// What people call it: up to 200 characters.
    name: String,
    /// Why it is taxed as it is. Never changed.
    #[graphql(default_with = "TaxCategory::Standard")]
    category: TaxCategory,
    /// Its rates: 1 to 100, one per day. They may have begun long ago.
    #[graphql(validator(max_items = 100))]
    rates: Vec<TaxRateInput>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createTaxCode`.
#[derive(Debug, SimpleObject)]
pub struct CreateTaxCodePayload {
    /// The new tax code; null if the request was refused.
    tax_code: Option<TaxCode>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateTaxCodeMutation;

#[Object]
impl CreateTaxCodeMutation {
    /// Says how a kind of goods is taxed, for prices to refer to.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_tax_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the tax code is to be.")] input: CreateTaxCodeInput,
    ) -> Result<CreateTaxCodePayload> {
        let command = CreateTaxCode {
            code: input.code,
            name: input.name,
            category: input.category.into(),
            rates: input.rates.into_iter().map(NewTaxRate::from).collect(),
        };
        let (tax_code, user_errors) =
            apply(ctx, input.idempotency_key, command, create_tax_code).await?;
        Ok(CreateTaxCodePayload { tax_code, user_errors })
    }
}
