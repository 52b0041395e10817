//! What a billing run will charge.

use async_graphql::{Context, Object, SimpleObject};
use entity::plan_instance::Charges;

use crate::{
    graphql::{
        context::{app, viewer},
        error::{ApiError, Result},
        roles::{May, SELLERS},
        scalars::Time,
        types::{ChargeLine, CustomerSubscription, Money, UserError},
    },
    services::{
        billing_runs::preview::{self, PreviewBilling, preview_billing},
        page::PageRequest,
        perform::rehearse,
    },
};

/// What a billing run would charge, subscription by subscription.
#[derive(Debug, Default, SimpleObject)]
pub(in crate::graphql) struct BillingPreview {
    /// The moment for which it was worked out.
    as_of: Option<Time>,
    /// The subscriptions of the page, those first that have been due longest.
    nodes: Vec<DueSubscription>,
    /// Give it as `after` to see those that follow. Null where none do.
    end_cursor: Option<String>,
    /// Why there is no answer; empty if there is.
    user_errors: Vec<UserError>,
}

/// A subscription that is due, and what it would be charged.
#[derive(Debug, SimpleObject)]
pub(in crate::graphql) struct DueSubscription {
    /// The subscription.
    subscription: Option<CustomerSubscription>,
    /// Since when, or from when on, there is something to charge, to end or to change.
    due_at: Option<Time>,
    /// The lines, in the order in which they come to be due. Empty where nothing is charged, or where it would be put on hold.
    charges: Vec<ChargeLine>,
    /// What the lines come to: without tax, but where the prices have it in them. Null where that is too large to be written.
    net: Option<Money>,
    /// Why it would not be billed but put on billing hold. Null: it would be billed.
    hold_reason: Option<String>,
}

#[derive(Default)]
pub(super) struct BillingPreviewsQuery;

#[Object]
impl BillingPreviewsQuery {
    /// The lines that a billing run would write, worked out by the function that bills; changes nothing. What is on billing
    /// hold is left out. `startBillingRun` with `dryRun` counts and adds up all of it. What is charged by use is there as far as
    /// it was reported by now: none is foretold.
    #[graphql(guard = "May(SELLERS)")]
    async fn preview_billing(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "What is due by then; without it, by now. It may lie up to 36 months ahead."
        )]
        as_of: Option<Time>,
        #[graphql(desc = "How many subscriptions, 1 to 100; 20 if not said.")] first: Option<i32>,
        #[graphql(desc = "Only those that follow this cursor.")] after: Option<String>,
    ) -> Result<BillingPreview> {
        let page = PageRequest { first, after, ..PageRequest::default() };
        let asked = PreviewBilling { as_of: as_of.map(|time| time.0), page };
        let asked = rehearse(app(ctx), viewer(ctx)?.clone(), asked, preview_billing);
        Ok(match UserError::told(Box::pin(asked).await)? {
            Ok(preview) => BillingPreview::of(preview.map_err(ApiError::from)?),
            Err(user_errors) => BillingPreview { user_errors, ..BillingPreview::default() },
        })
    }
}

impl BillingPreview {
    fn of(preview: preview::BillingPreview) -> Self {
        Self {
            as_of: Some(Time(preview.as_of)),
            nodes: preview.due.into_iter().map(DueSubscription::of).collect(),
            end_cursor: preview.end_cursor,
            user_errors: Vec::new(),
        }
    }
}

impl DueSubscription {
    fn of(due: preview::DueSubscription) -> Self {
        let preview::DueSubscription { subscription, charges } = due;
        let currency = subscription.currency;
        let (charges, hold_reason) = match charges {
            Ok(charges) => (charges, None),
            Err(reason) => (Charges(Vec::new()), Some(reason)),
        };
        let net = i64::try_from(charges.total()).ok();
        let line = |charge| ChargeLine { charge, currency: currency.clone() };
        Self {
            subscription: Some(CustomerSubscription::by_id(subscription.id)),
            due_at: subscription.next_billing_at.map(Time),
            net: net.map(|net| Money::new(net, &currency)),
            charges: charges.0.into_iter().map(line).collect(),
            hold_reason,
        }
    }
}
