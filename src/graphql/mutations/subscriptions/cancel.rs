//! `cancelSubscription`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::SubscriptionId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        scalars::{Day, MinorUnits, Time},
        types::{Order, UserError, enums::ChangeTime},
    },
    services::orders::on_subscription::{Ask, OrderDetails, cancel::cancel_subscription},
};

/// Input of `cancelSubscription`.
#[derive(Debug, InputObject)]
pub struct CancelSubscriptionInput {
    /// The subscription.
    id: Id<SubscriptionId>,
    /// Refuse with `VERSION_CONFLICT` unless the subscription has this version.
    expected_version: Option<i32>,
    /// When it takes effect, counted from when its order is carried out.
    #[graphql(default_with = "ChangeTime::Now")]
    when: ChangeTime,
    /// The day on which it takes effect, in the seller's time zone: for `ON_DATE`, and for that only.
    date: Option<Day>,
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

/// Result of `cancelSubscription`.
#[derive(Debug, SimpleObject)]
pub struct CancelSubscriptionPayload {
    /// The order that was made for it, as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CancelSubscriptionMutation;

#[Object]
impl CancelSubscriptionMutation {
    /// Makes and submits an order that ends a subscription, now or later. One that is to end later is `PENDING_CANCEL` until
    /// then, and `revokeCancellation` takes that back. The order goes through the same approval and provisioning as any
    /// other; one order on a subscription may be open at a time.
    #[graphql(guard = "May(BUYERS)")]
    async fn cancel_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CancelSubscriptionInput,
    ) -> Result<CancelSubscriptionPayload> {
        let ask = Ask {
            subscription_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            time: input.when.into(),
            on: input.date.map(|day| day.0),
            pending_cancellation: None,
            expected_total: input.expected_total.map(|total| total.0),
            details: OrderDetails {
                reference: input.reference,
                po_number: input.po_number,
                start_at: input.start_at.map(|time| time.0),
            },
        };
        let (order, user_errors) =
            apply(ctx, input.idempotency_key, ask, cancel_subscription).await?;
        Ok(CancelSubscriptionPayload { order, user_errors })
    }
}
