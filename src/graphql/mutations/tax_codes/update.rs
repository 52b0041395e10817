//! Changing a tax code.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::TaxCodeId;

use super::TaxRateInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        types::{TaxCode, UserError},
    },
    services::tax_codes::{
        NewTaxRate,
        update::{UpdateTaxCode, update_tax_code},
    },
};

/// What is to change about a tax code.
#[derive(Debug, InputObject)]
pub struct UpdateTaxCodeInput {
    /// The tax code.
    id: Id<TaxCodeId>,
    /// Refuse with `VERSION_CONFLICT` unless the tax code has this version.
    expected_version: Option<i32>,
    /// What people call it: up to 200 characters.
    name: MaybeUndefined<String>,
    /// The rates that are to come: replaces all that begin after today. Those that have begun stay; they may be left out, or
    /// named as they are.
    #[graphql(validator(max_items = 100))]
    rates: MaybeUndefined<Vec<TaxRateInput>>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateTaxCode`.
#[derive(Debug, SimpleObject)]
pub struct UpdateTaxCodePayload {
    /// The tax code as it is now; null if the request was refused.
    tax_code: Option<TaxCode>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateTaxCodeMutation;

#[Object]
impl UpdateTaxCodeMutation {
    /// Changes a tax code. A field that is left out keeps its value; null clears it. What is charged from the day of a new
    /// rate on has that rate, also for what was sold before.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_tax_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tax code and its changes.")] input: UpdateTaxCodeInput,
    ) -> Result<UpdateTaxCodePayload> {
        let command = UpdateTaxCode {
            tax_code_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            name: change(input.name, identity),
            rates: change(input.rates, |rates| rates.into_iter().map(NewTaxRate::from).collect()),
        };
        let (tax_code, user_errors) =
            apply(ctx, input.idempotency_key, command, update_tax_code).await?;
        Ok(UpdateTaxCodePayload { tax_code, user_errors })
    }
}
