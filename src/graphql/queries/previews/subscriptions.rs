//! What a change of a subscription or the time that passes will charge, and who would have to agree to a change.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::viewer::Viewer;
use entity::{OfferId, OrderAction, OrderLineId, SubscriptionId};

use super::orders::ApprovalPreview;
use crate::{
    error::{Outcome, Refusal},
    graphql::{
        context::{app, viewer},
        error::Result,
        id::Id,
        mutations::plans::PlanSelectionInput,
        roles::{BUYERS, May},
        scalars::{Day, Time},
        types::{
            ChargeLine, Money, UserError,
            enums::{self, ChangeTime, PendingCancellation},
        },
    },
    services::{
        orders::on_subscription::{
            Ask, OrderDetails,
            cancel_line::{PreviewedLineCancellation, preview_line_cancellation},
            change::ChangeSubscription,
            preview::{
                ChangePreview, Preview, PreviewedChange, PreviewedRenewal, preview_change,
                preview_renewal,
            },
            set_auto_renew::SetAutoRenew,
        },
        perform::rehearse,
    },
};

/// A change of a subscription that might be ordered.
#[derive(Debug, InputObject)]
pub(in crate::graphql) struct PreviewSubscriptionChangeInput {
    /// The subscription.
    id: Id<SubscriptionId>,
    /// What is done: `CHANGE`, `SUSPEND`, `RESUME` or `CANCEL`.
    #[graphql(default_with = "enums::OrderAction::Change")]
    action: enums::OrderAction,
    /// With `CHANGE`: how many units the subscription is to hold. Without it, as many as before.
    quantity: Option<i32>,
    /// With `CHANGE`: another offer of the same product. Without it, the same.
    offer_id: Option<Id<OfferId>>,
    /// With `CHANGE`: what it is to have of a plan of an offer of the same product.
    plan: Option<PlanSelectionInput>,
    /// With `offerId` or `plan`: whether billing periods go on to begin on the same day.
    #[graphql(default)]
    keep_anchor: bool,
    /// With `CHANGE`, and instead of all else: whether the subscription is to renew, as with `setAutoRenew`.
    auto_renew: Option<bool>,
    /// When it takes effect.
    #[graphql(default_with = "ChangeTime::Now")]
    when: ChangeTime,
    /// The day on which it takes effect, in the seller's time zone: for `ON_DATE`, and for that only.
    date: Option<Day>,
    /// What becomes of a cancellation that is pending. Must be said where there is one.
    pending_cancellation: Option<PendingCancellation>,
}

/// An order line that might be cancelled.
#[derive(Debug, InputObject)]
pub(in crate::graphql) struct PreviewOrderLineCancellationInput {
    /// The order line.
    id: Id<OrderLineId>,
}

/// What a change would charge, and who would have to agree to it.
#[derive(Debug, Default, SimpleObject)]
pub(in crate::graphql) struct SubscriptionChangePreview {
    /// The moment for which it was worked out.
    as_of: Option<Time>,
    /// The day on which the change would take effect, in the seller's time zone.
    takes_effect_on: Option<Day>,
    /// What the lines come to, without tax: what to give as `expectedTotal`, in minor units.
    net: Option<Money>,
    /// The lines that will be written on the day on which it takes effect and would not be without it. A renewal with new
    /// terms is one of them, in place of the renewal with the old.
    charges: Vec<ChargeLine>,
    /// The answers that its order would need if it were placed now, by level; none, and it would be approved at once. Only the
    /// seller's people see what comes of those rules of the seller's that look at what the customer owes or has bought before,
    /// as in `OrderPreview`.
    approvals: Vec<ApprovalPreview>,
    /// Why it would be refused; empty if it would not.
    user_errors: Vec<UserError>,
}

/// What will be charged as time passes.
#[derive(Debug, Default, SimpleObject)]
pub(in crate::graphql) struct RenewalPreview {
    /// The moment for which it was worked out.
    as_of: Option<Time>,
    /// What the lines come to, without tax.
    net: Option<Money>,
    /// The lines, in the order in which they come to be due.
    charges: Vec<ChargeLine>,
    /// Why there is no answer; empty if there is.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct SubscriptionPreviewsQuery;

#[Object]
impl SubscriptionPreviewsQuery {
    /// What a change of a subscription would charge if its order were carried out now, and who would have to agree to that
    /// order, worked out by the same functions that charge it and ask them. Refused as the mutation would refuse it; changes nothing.
    #[graphql(guard = "May(BUYERS)")]
    async fn preview_subscription_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What might be asked for.")] input: PreviewSubscriptionChangeInput,
    ) -> Result<SubscriptionChangePreview> {
        let outcome = match input.previewed() {
            Ok(change) => {
                let asked = rehearse(app(ctx), viewer(ctx)?.clone(), change, preview_change);
                Box::pin(asked).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        SubscriptionChangePreview::told(outcome, viewer(ctx)?)
    }

    /// What `cancelOrderLine` would give back if its order were carried out now, and who would have to agree to that order.
    /// Refused as the mutation would refuse it; changes nothing.
    #[graphql(guard = "May(BUYERS)")]
    async fn preview_order_line_cancellation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What might be asked for.")] input: PreviewOrderLineCancellationInput,
    ) -> Result<SubscriptionChangePreview> {
        let command = PreviewedLineCancellation { line_id: input.id.0 };
        let asked = rehearse(app(ctx), viewer(ctx)?.clone(), command, preview_line_cancellation);
        SubscriptionChangePreview::told(Box::pin(asked).await, viewer(ctx)?)
    }

    /// What the next billing periods of a subscription will charge, and what is due before them, if nothing happens but what
    /// is scheduled. What is charged by use is there as far as it was reported by now: none is foretold.
    #[graphql(guard = "May(BUYERS)")]
    async fn preview_renewal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] subscription_id: Id<SubscriptionId>,
        #[graphql(desc = "How many periods, 1 to 36.", default = 1)] periods: i32,
    ) -> Result<RenewalPreview> {
        let renewal = PreviewedRenewal { subscription_id: subscription_id.0, periods };
        let asked = rehearse(app(ctx), viewer(ctx)?.clone(), renewal, preview_renewal);
        Ok(match UserError::told(Box::pin(asked).await)? {
            Ok(preview) => RenewalPreview {
                as_of: Some(Time(preview.as_of)),
                net: Some(Money::new(preview.net_amount, &preview.currency)),
                charges: lines(preview),
                user_errors: Vec::new(),
            },
            Err(user_errors) => RenewalPreview { user_errors, ..Default::default() },
        })
    }
}

impl SubscriptionChangePreview {
    fn told(outcome: Outcome<ChangePreview>, viewer: &Viewer) -> Result<Self> {
        Ok(match UserError::told(outcome)? {
            Ok(preview) => Self::of(preview, viewer),
            Err(user_errors) => Self { user_errors, ..Self::default() },
        })
    }

    fn of(preview: ChangePreview, viewer: &Viewer) -> Self {
        let ChangePreview { charged, takes_effect_on, levels } = preview;
        Self {
            as_of: Some(Time(charged.as_of)),
            takes_effect_on: Some(Day(takes_effect_on)),
            net: Some(Money::new(charged.net_amount, &charged.currency)),
            charges: lines(charged),
            approvals: levels.into_iter().map(|it| ApprovalPreview::of(it, viewer)).collect(),
            user_errors: Vec::new(),
        }
    }
}

impl PreviewSubscriptionChangeInput {
    fn previewed(self) -> std::result::Result<PreviewedChange, Refusal> {
        let ask = Ask {
            subscription_id: self.id.0,
            expected_version: None,
            time: self.when.into(),
            on: self.date.map(|day| day.0),
            pending_cancellation: self.pending_cancellation.map(Into::into),
            expected_total: None,
            details: OrderDetails::default(),
        };
        let refused = |field: &str, message: &str| Err(Refusal::invalid(field, message));
        let action = OrderAction::from(self.action);
        let changes_terms =
            self.quantity.is_some() || self.offer_id.is_some() || self.plan.is_some();
        if action != OrderAction::Change && (changes_terms || self.auto_renew.is_some()) {
            return refused(
                "action",
                "A quantity, an offer, a plan or a renewal goes with CHANGE only.",
            );
        }
        match (action, self.auto_renew) {
            (OrderAction::Change, Some(_)) if changes_terms => {
                refused("autoRenew", "Whether it renews is changed by an order of its own.")
            }
            (OrderAction::Change, Some(_)) if ask.time != entity::ChangeTime::OnRenewal => {
                refused("when", "Whether it renews is changed ON_RENEWAL.")
            }
            (OrderAction::Change, Some(auto_renew)) => {
                Ok(PreviewedChange::SetAutoRenew(SetAutoRenew { ask, auto_renew }))
            }
            (OrderAction::Change, None) => Ok(PreviewedChange::Change(ChangeSubscription {
                ask,
                quantity: self.quantity,
                offer_id: self.offer_id.map(|id| id.0),
                plan: self.plan.map(Into::into),
                keep_anchor: self.keep_anchor,
            })),
            (OrderAction::Suspend, _) => Ok(PreviewedChange::Suspend(ask)),
            (OrderAction::Resume, _) => Ok(PreviewedChange::Resume(ask)),
            (OrderAction::Cancel, _) => Ok(PreviewedChange::Cancel(ask)),
            (OrderAction::Buy, _) => refused("action", "A subscription cannot be bought again."),
        }
    }
}

fn lines(Preview { currency, charges, .. }: Preview) -> Vec<ChargeLine> {
    let line = |charge| ChargeLine { charge, currency: currency.clone() };
    charges.0.into_iter().map(line).collect()
}
