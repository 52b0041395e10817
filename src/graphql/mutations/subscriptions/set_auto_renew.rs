//! `setAutoRenew`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{ChangeTime, SubscriptionId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        scalars::{MinorUnits, Time},
        types::{Order, UserError, enums::PendingCancellation},
    },
    services::orders::on_subscription::{
        Ask, OrderDetails,
        set_auto_renew::{SetAutoRenew, set_auto_renew},
    },
};

/// Input of `setAutoRenew`.
#[derive(Debug, InputObject)]
pub struct SetAutoRenewInput {
    /// The subscription.
    id: Id<SubscriptionId>,
    /// Refuse with `VERSION_CONFLICT` unless the subscription has this version.
    expected_version: Option<i32>,
    /// Whether another billing period follows each.
    auto_renew: bool,
    /// What becomes of a cancellation that is pending. Must be said where there is one.
    pending_cancellation: Option<PendingCancellation>,
    /// Refuse with `PRICE_CHANGED` unless it is going to charge this without tax, as the preview says it.
    expected_total: Option<MinorUnits>,
    /// The buyer's own reference of the order; up to 64 characters.
    reference: Option<String>,
    /// The purchase order number of the order; up to 64 characters.
    po_number: Option<String>,
    /// When the order may be carried out: until then it waits, and with it the change. Without it, as soon as the order is
    /// approved. With `when: ON_DATE` the order is done at once, and the change is what waits.
    start_at: Option<Time>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `setAutoRenew`.
#[derive(Debug, SimpleObject)]
pub struct SetAutoRenewPayload {
    /// The order that was made for it, as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct SetAutoRenewMutation;

#[Object]
impl SetAutoRenewMutation {
    /// Makes and submits an order after which a subscription renews at the end of each billing period, or ends with the one
    /// that runs and is `EXPIRED` then. The order goes through the same approval and provisioning as any other; one order
    /// on a subscription may be open at a time.
    #[graphql(guard = "May(BUYERS)")]
    async fn set_auto_renew(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: SetAutoRenewInput,
    ) -> Result<SetAutoRenewPayload> {
        let ask = Ask {
            subscription_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            time: ChangeTime::OnRenewal,
            on: None,
            pending_cancellation: input.pending_cancellation.map(Into::into),
            expected_total: input.expected_total.map(|total| total.0),
            details: OrderDetails {
                reference: input.reference,
                po_number: input.po_number,
                start_at: input.start_at.map(|time| time.0),
            },
        };
        let command = SetAutoRenew { ask, auto_renew: input.auto_renew };
        let (order, user_errors) =
            apply(ctx, input.idempotency_key, command, set_auto_renew).await?;
        Ok(SetAutoRenewPayload { order, user_errors })
    }
}
