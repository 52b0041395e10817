//! Subscriptions.

use async_graphql::InputObject;
use entity::{AgreementId, CustomerId, OfferId, PartnerId, PlanId, ProductId, SubscriptionId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    graphql::{
        id::Id,
        types::{CustomerSubscription, enums::SubscriptionStatus},
    },
    services::lists::subscriptions as service,
};

/// Which subscriptions are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SubscriptionFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<SubscriptionStatus>>,
    /// Are held by this customer.
    pub customer_id: Option<Id<CustomerId>>,
    /// Were sold through this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Are to this product.
    pub product_id: Option<Id<ProductId>>,
    /// Are to this offer.
    pub offer_id: Option<Id<OfferId>>,
    /// Have something of this plan.
    pub plan_id: Option<Id<PlanId>>,
    /// Were bought under this agreement.
    pub agreement_id: Option<Id<AgreementId>>,
    /// Are add-ons of this subscription.
    pub parent_id: Option<Id<SubscriptionId>>,
    /// Are on billing hold, or are not.
    pub on_billing_hold: Option<bool>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the number, or of the customer's name or number. Case and accents make
    /// no difference.
    pub text: Option<String>,
}

impl From<SubscriptionFilter> for service::SubscriptionFilter {
    fn from(filter: SubscriptionFilter) -> Self {
        Self {
            statuses: words(filter.status_in),
            customer: bare(filter.customer_id),
            partner: bare(filter.partner_id),
            product: bare(filter.product_id),
            offer: bare(filter.offer_id),
            plan: bare(filter.plan_id),
            agreement: bare(filter.agreement_id),
            parent: bare(filter.parent_id),
            on_billing_hold: filter.on_billing_hold,
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        }
    }
}

noun! {
    SubscriptionsQuery: CustomerSubscription, subscription {
        /// One subscription, by its id or by its number. Give exactly one of the two.
        subscription(SubscriptionId, number: "What people call the subscription.");
        /// The subscriptions that the caller may see.
        subscriptions(SubscriptionFilter, TimeOrder);
    }
}
