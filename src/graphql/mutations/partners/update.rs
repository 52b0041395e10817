//! Changing a partner, or putting it below another.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::PartnerId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        types::{Partner, UserError},
    },
    services::partners::update::{UpdatePartner, update_partner},
};

/// What is to change about a partner.
#[derive(Debug, InputObject)]
pub struct UpdatePartnerInput {
    /// The partner.
    id: Id<PartnerId>,
    /// Refuse with `VERSION_CONFLICT` unless the partner has this version.
    expected_version: Option<i32>,
    /// What people call the partner: up to 200 characters.
    name: MaybeUndefined<String>,
    /// The partner above it; null: none. Whoever is above a partner sees all that is the partner's.
    parent_id: MaybeUndefined<Id<PartnerId>>,
    /// Whether it must approve the orders of its customers and of the partners below it.
    approval_required: MaybeUndefined<bool>,
    /// Where mail reaches the partner.
    email: MaybeUndefined<String>,
    /// Street and house number: up to 200 characters.
    street: MaybeUndefined<String>,
    /// Up to 64 characters.
    postal_code: MaybeUndefined<String>,
    /// Up to 200 characters.
    city: MaybeUndefined<String>,
    /// The ISO 3166-1 alpha-2 code of the country, such as `DK`.
    country: MaybeUndefined<String>,
    /// The number by which the tax authority knows the partner: up to 64 characters.
    tax_number: MaybeUndefined<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updatePartner`.
#[derive(Debug, SimpleObject)]
pub struct UpdatePartnerPayload {
    /// The partner as it is now; null if the request was refused.
    partner: Option<Partner>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdatePartnerMutation;

#[Object]
impl UpdatePartnerMutation {
    /// Changes a partner. A field that is left out keeps its value; null clears it.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_partner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The partner and its changes.")] input: UpdatePartnerInput,
    ) -> Result<UpdatePartnerPayload> {
        let command = UpdatePartner {
            partner_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            name: change(input.name, identity),
            parent_id: change(input.parent_id, |id| id.0),
            approval_required: change(input.approval_required, identity),
            email: change(input.email, identity),
            street: change(input.street, identity),
            postal_code: change(input.postal_code, identity),
            city: change(input.city, identity),
            country: change(input.country, identity),
            tax_number: change(input.tax_number, identity),
        };
        let (partner, user_errors) =
            apply(ctx, input.idempotency_key, command, update_partner).await?;
        Ok(UpdatePartnerPayload { partner, user_errors })
    }
}
