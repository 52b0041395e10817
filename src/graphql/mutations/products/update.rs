//! Changing a product, or retiring it.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{ProductId, WebhookEndpointId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        types::{
            Product, UserError,
            enums::{CatalogStatus, Provisioning},
        },
    },
    services::products::{
        update::{UpdateProduct, update_product},
        webhook::ByWebhook,
    },
};

/// What is to change about a product.
#[derive(Debug, InputObject)]
pub struct UpdateProductInput {
    /// The product.
    id: Id<ProductId>,
    /// Refuse with `VERSION_CONFLICT` unless the product has this version.
    expected_version: Option<i32>,
    /// What people call the product: up to 200 characters.
    name: MaybeUndefined<String>,
    /// Who makes the product: up to 200 characters.
    vendor: MaybeUndefined<String>,
    /// What the product is: up to 4,000 characters.
    description: MaybeUndefined<String>,
    /// How the order lines of the product are carried out.
    provisioning: MaybeUndefined<Provisioning>,
    /// For `WEBHOOK`, and only then: the webhook endpoint to which order lines are posted. Its purpose is `PROVISIONING`. A
    /// product that is no longer provisioned by `WEBHOOK` has none. Attempts that have begun go on where they began.
    provisioning_endpoint_id: MaybeUndefined<Id<WebhookEndpointId>>,
    /// For `WEBHOOK`, and only then: how many minutes the endpoint has to say what became of a line, before the line fails;
    /// 1 to 43,200 (30 days). Null: 1,440 (a day).
    answer_within_minutes: MaybeUndefined<i32>,
    /// `RETIRED` takes the product and all its offers from sale; `ACTIVE` brings them back.
    status: MaybeUndefined<CatalogStatus>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateProduct`.
#[derive(Debug, SimpleObject)]
pub struct UpdateProductPayload {
    /// The product as it is now; null if the request was refused.
    product: Option<Product>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateProductMutation;

#[Object]
impl UpdateProductMutation {
    /// Changes a product. A field that is left out keeps its value; null clears it. Orders that were submitted do not change.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product and its changes.")] input: UpdateProductInput,
    ) -> Result<UpdateProductPayload> {
        let command = UpdateProduct {
            product_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            name: change(input.name, identity),
            vendor: change(input.vendor, identity),
            description: change(input.description, identity),
            provisioning: change(input.provisioning, Into::into),
            by_webhook: ByWebhook {
                endpoint_id: change(input.provisioning_endpoint_id, |id: Id<_>| id.0),
                answer_within_minutes: change(input.answer_within_minutes, identity),
            },
            status: change(input.status, Into::into),
        };
        let (product, user_errors) =
            apply(ctx, input.idempotency_key, command, update_product).await?;
        Ok(UpdateProductPayload { product, user_errors })
    }
}
