//! `changeSubscription`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{OfferId, SubscriptionId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, plans::PlanSelectionInput},
        roles::{BUYERS, May},
        scalars::{Day, MinorUnits, Time},
        types::{
            Order, UserError,
            enums::{ChangeTime, PendingCancellation},
        },
    },
    services::orders::on_subscription::{
        Ask, OrderDetails,
        change::{ChangeSubscription, change_subscription},
    },
};

/// Input of `changeSubscription`.
#[derive(Debug, InputObject)]
pub struct ChangeSubscriptionInput {
    /// The subscription.
    id: Id<SubscriptionId>,
    /// Refuse with `VERSION_CONFLICT` unless the subscription has this version.
    expected_version: Option<i32>,
    /// How many units the subscription is to hold: the number itself, not the difference. Without it, as many as before.
    quantity: Option<i32>,
    /// Another offer of the same product that the subscription is to have; or its own, to leave a plan of it for the offer by
    /// itself. Without it, the same.
    offer_id: Option<Id<OfferId>>,
    /// What the subscription is to have of a plan: of an offer of the same product, which need not be named. A price that was
    /// said for the plan before is gone with it.
    plan: Option<PlanSelectionInput>,
    /// Whether billing periods go on to begin on the same day where the other offer's are of another length. Without it,
    /// what is left of the old period is credited, and a new one begins with the change.
    #[graphql(default)]
    keep_anchor: bool,
    /// When it takes effect, counted from when its order is carried out.
    #[graphql(default_with = "ChangeTime::Now")]
    when: ChangeTime,
    /// The day on which it takes effect, in the seller's time zone: for `ON_DATE`, and for that only.
    date: Option<Day>,
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

/// Result of `changeSubscription`.
#[derive(Debug, SimpleObject)]
pub struct ChangeSubscriptionPayload {
    /// The order that was made for it, as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ChangeSubscriptionMutation;

#[Object]
impl ChangeSubscriptionMutation {
    /// Makes and submits an order that gives an active subscription another quantity, another offer or plan, or both, now, with the
    /// next renewal or on a day. Of changes for the renewal one may wait, and of those for a day; a new one takes the place
    /// of the one that waits. The order goes through the same approval and provisioning as any other; one order on a
    /// subscription may be open at a time.
    #[graphql(guard = "May(BUYERS)")]
    async fn change_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: ChangeSubscriptionInput,
    ) -> Result<ChangeSubscriptionPayload> {
        let ask = Ask {
            subscription_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            time: input.when.into(),
            on: input.date.map(|day| day.0),
            pending_cancellation: input.pending_cancellation.map(Into::into),
            expected_total: input.expected_total.map(|total| total.0),
            details: OrderDetails {
                reference: input.reference,
                po_number: input.po_number,
                start_at: input.start_at.map(|time| time.0),
            },
        };
        let command = ChangeSubscription {
            ask,
            quantity: input.quantity,
            offer_id: input.offer_id.map(|id| id.0),
            plan: input.plan.map(Into::into),
            keep_anchor: input.keep_anchor,
        };
        let (order, user_errors) =
            apply(ctx, input.idempotency_key, command, change_subscription).await?;
        Ok(ChangeSubscriptionPayload { order, user_errors })
    }
}
