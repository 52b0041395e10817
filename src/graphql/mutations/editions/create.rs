//! Giving a product a license template.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::ProductId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{Edition, UserError},
    },
    services::editions::create::{CreateEdition, Limitation, Variable, create_edition},
};

/// An edition that is to be.
#[derive(Debug, InputObject)]
pub struct CreateEditionInput {
    /// The product.
    product_id: Id<ProductId>,
    /// What people call the edition: up to 200 characters, unique in the product.
    name: String,
    /// The names of the features that a license has, each once; up to 100.
    #[graphql(default, validator(max_items = 100))]
    features: Vec<String>,
    /// The limits of what a license allows, each name once; up to 100.
    #[graphql(default, validator(max_items = 100))]
    limitations: Vec<LimitationInput>,
    /// Texts that a license carries, each name once; up to 100.
    #[graphql(default, validator(max_items = 100))]
    variables: Vec<VariableInput>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// A limit of what a license allows.
#[derive(Debug, InputObject)]
pub struct LimitationInput {
    /// What is limited: up to 200 characters.
    name: String,
    /// The most that is allowed: 0 or more.
    value: i32,
}

/// A text that a license carries.
#[derive(Debug, InputObject)]
pub struct VariableInput {
    /// What the text is called: up to 200 characters.
    name: String,
    /// The text: up to 4,000 characters.
    value: String,
}

/// Result of `createEdition`.
#[derive(Debug, SimpleObject)]
pub struct CreateEditionPayload {
    /// The new edition; null if the request was refused.
    edition: Option<Edition>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateEditionMutation;

#[Object]
impl CreateEditionMutation {
    /// Gives a product an edition: a template of the licenses that its offers issue.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_edition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the edition is to be.")] input: CreateEditionInput,
    ) -> Result<CreateEditionPayload> {
        let command = CreateEdition {
            product_id: input.product_id.0,
            name: input.name,
            features: input.features,
            limitations: input
                .limitations
                .into_iter()
                .map(|limitation| Limitation {
                    name: limitation.name,
                    value: i64::from(limitation.value),
                })
                .collect(),
            variables: input
                .variables
                .into_iter()
                .map(|variable| Variable { name: variable.name, value: variable.value })
                .collect(),
        };
        let (edition, user_errors) =
            apply(ctx, input.idempotency_key, command, create_edition).await?;
        Ok(CreateEditionPayload { edition, user_errors })
    }
}
