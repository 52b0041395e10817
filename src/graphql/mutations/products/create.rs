//! Putting a product into the catalogue.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::WebhookEndpointId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{Product, UserError, enums::Provisioning},
    },
    services::{
        change::Change,
        products::{
            create::{CreateProduct, create_product},
            webhook::ByWebhook,
        },
    },
};

/// A product that is to be.
#[derive(Debug, InputObject)]
pub struct CreateProductInput {
    /// The code by which the product is known: up to 64 characters, unique, never changed.
    code: String,
    /// What people call the product: up to 200 characters.
    name: String,
    /// Who makes the product: up to 200 characters.
    vendor: String,
    /// What the product is: up to 4,000 characters.
    description: Option<String>,
    /// How the order lines of the product are carried out.
    #[graphql(default_with = "Provisioning::Instant")]
    provisioning: Provisioning,
    /// For `WEBHOOK`, and only then: the webhook endpoint to which order lines are posted. Its purpose is `PROVISIONING`.
    provisioning_endpoint_id: Option<Id<WebhookEndpointId>>,
    /// For `WEBHOOK`, and only then: how many minutes the endpoint has to say what became of a line, before the line fails;
    /// 1 to 43,200 (30 days). Left out: 1,440 (a day).
    answer_within_minutes: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createProduct`.
#[derive(Debug, SimpleObject)]
pub struct CreateProductPayload {
    /// The new product; null if the request was refused.
    product: Option<Product>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateProductMutation;

#[Object]
impl CreateProductMutation {
    /// Puts a product into the catalogue. It can be bought as soon as it has offers.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the product is to be.")] input: CreateProductInput,
    ) -> Result<CreateProductPayload> {
        let command = CreateProduct {
            code: input.code,
            name: input.name,
            vendor: input.vendor,
            description: input.description,
            provisioning: input.provisioning.into(),
            by_webhook: ByWebhook {
                endpoint_id: input
                    .provisioning_endpoint_id
                    .map_or(Change::Keep, |id| Change::Set(id.0)),
                answer_within_minutes: input
                    .answer_within_minutes
                    .map_or(Change::Keep, Change::Set),
            },
        };
        let (product, user_errors) =
            apply(ctx, input.idempotency_key, command, create_product).await?;
        Ok(CreateProductPayload { product, user_errors })
    }
}
