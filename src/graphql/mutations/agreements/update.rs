//! Changing an agreement, or deactivating it.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::AgreementId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        scalars::Day,
        types::{Agreement, UserError, enums::AgreementStatus},
    },
    services::agreements::update::{UpdateAgreement, update_agreement},
};

/// What is to change about an agreement.
#[derive(Debug, InputObject)]
pub struct UpdateAgreementInput {
    /// The agreement.
    id: Id<AgreementId>,
    /// Refuse with `VERSION_CONFLICT` unless the agreement has this version.
    expected_version: Option<i32>,
    /// The purchase order number for invoices, where a subscription has none of its own: up to 64 characters.
    default_po_number: MaybeUndefined<String>,
    /// The day from which the customer can buy under it; null: at once.
    starts_on: MaybeUndefined<Day>,
    /// `DEACTIVATED` ends buying under the agreement; `ACTIVE` allows it again.
    status: MaybeUndefined<AgreementStatus>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateAgreement`.
#[derive(Debug, SimpleObject)]
pub struct UpdateAgreementPayload {
    /// The agreement as it is now; null if the request was refused.
    agreement: Option<Agreement>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateAgreementMutation;

#[Object]
impl UpdateAgreementMutation {
    /// Changes an agreement. A field that is left out keeps its value; null clears it. Issued invoices do not change.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement and its changes.")] input: UpdateAgreementInput,
    ) -> Result<UpdateAgreementPayload> {
        let command = UpdateAgreement {
            agreement_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            default_po_number: change(input.default_po_number, identity),
            starts_on: change(input.starts_on, |day| day.0),
            status: change(input.status, Into::into),
        };
        let (agreement, user_errors) =
            apply(ctx, input.idempotency_key, command, update_agreement).await?;
        Ok(UpdateAgreementPayload { agreement, user_errors })
    }
}
