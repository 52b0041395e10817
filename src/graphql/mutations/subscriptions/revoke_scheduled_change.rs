//! `revokeScheduledChange`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::SubscriptionChangeId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        types::{ScheduledChange, UserError},
    },
    services::billing::revoke::{RevokeScheduledChange, revoke_scheduled_change},
};

/// Input of `revokeScheduledChange`.
#[derive(Debug, InputObject)]
pub struct RevokeScheduledChangeInput {
    /// The change that waits.
    id: Id<SubscriptionChangeId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `revokeScheduledChange`.
#[derive(Debug, SimpleObject)]
pub struct RevokeScheduledChangePayload {
    /// The change as it is now; null if the request was refused.
    scheduled_change: Option<ScheduledChange>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RevokeScheduledChangeMutation;

#[Object]
impl RevokeScheduledChangeMutation {
    /// Takes back a change that waits for its day. A subscription whose cancellation it was is active again. That needs no
    /// order and no approval.
    #[graphql(guard = "May(BUYERS)")]
    async fn revoke_scheduled_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RevokeScheduledChangeInput,
    ) -> Result<RevokeScheduledChangePayload> {
        let command = RevokeScheduledChange { change_id: input.id.0 };
        let (scheduled_change, user_errors) =
            apply(ctx, input.idempotency_key, command, revoke_scheduled_change).await?;
        Ok(RevokeScheduledChangePayload { scheduled_change, user_errors })
    }
}
