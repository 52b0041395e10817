//! Taking on a partner.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::PartnerId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{Partner, UserError},
    },
    services::partners::create::{CreatePartner, create_partner},
};

/// A partner that is to be.
#[derive(Debug, InputObject)]
pub struct CreatePartnerInput {
    /// The number by which the partner is known: up to 64 characters, unique, never changed.
    partner_number: String,
    /// What people call the partner: up to 200 characters.
    name: String,
    /// The partner above it. A chain has up to 8 partners.
    parent_id: Option<Id<PartnerId>>,
    /// Whether it must approve the orders of its customers and of the partners below it.
    #[graphql(default)]
    approval_required: bool,
    /// Where mail reaches the partner.
    email: Option<String>,
    /// Street and house number: up to 200 characters.
    street: Option<String>,
    /// Up to 64 characters.
    postal_code: Option<String>,
    /// Up to 200 characters.
    city: Option<String>,
    /// The ISO 3166-1 alpha-2 code of the country, such as `DK`.
    country: Option<String>,
    /// The number by which the tax authority knows the partner: up to 64 characters.
    tax_number: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createPartner`.
#[derive(Debug, SimpleObject)]
pub struct CreatePartnerPayload {
    /// The new partner; null if the request was refused.
    partner: Option<Partner>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreatePartnerMutation;

#[Object]
impl CreatePartnerMutation {
    /// Takes on a partner: a reseller or solution provider, perhaps below another.
    #[graphql(guard = "May(SELLERS)")]
    async fn create_partner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the partner is to be.")] input: CreatePartnerInput,
    ) -> Result<CreatePartnerPayload> {
        let command = CreatePartner {
            partner_number: input.partner_number,
            name: input.name,
            parent_id: input.parent_id.map(|id| id.0),
            approval_required: input.approval_required,
            email: input.email,
            street: input.street,
            postal_code: input.postal_code,
            city: input.city,
            country: input.country,
            tax_number: input.tax_number,
        };
        let (partner, user_errors) =
            apply(ctx, input.idempotency_key, command, create_partner).await?;
        Ok(CreatePartnerPayload { partner, user_errors })
    }
}
