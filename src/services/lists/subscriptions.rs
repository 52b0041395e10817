//! Subscriptions.

use domain::viewer::Viewer;
use entity::{
    AgreementId, CustomerId, OfferId, PartnerId, PlanId, ProductId, SubscriptionId,
    SubscriptionStatus, subscription,
};
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::{Broad, ByTime, Range, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which subscriptions are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionFilter {
    pub statuses: Option<Vec<SubscriptionStatus>>,
    pub customer: Option<CustomerId>,
    pub partner: Option<PartnerId>,
    pub product: Option<ProductId>,
    pub offer: Option<OfferId>,
    pub plan: Option<PlanId>,
    pub agreement: Option<AgreementId>,
    /// The subscription of which they are add-ons.
    pub parent: Option<SubscriptionId>,
    pub created: Range,
    pub updated: Range,
    pub on_billing_hold: Option<bool>,
    pub text: Option<String>,
}

/// The subscriptions that the viewer may see and wants.
pub fn subscriptions(
    viewer: &Viewer,
    filter: &SubscriptionFilter,
    by: ByTime,
    direction: Direction,
) -> List<subscription::Entity> {
    use subscription::Column::{
        AgreementId, CreatedAt, CustomerId, Id, OfferId, PartnerId, ProductId, Status, UpdatedAt,
    };
    let rows = access::visible::<subscription::Entity>(viewer)
        .filter(equal(CustomerId, filter.customer))
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(ProductId, filter.product))
        .filter(equal(OfferId, filter.offer))
        .filter(equal(subscription::Column::PlanId, filter.plan))
        .filter(equal(AgreementId, filter.agreement))
        .filter(equal(subscription::Column::ParentId, filter.parent))
        .filter(held(filter.on_billing_hold))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated));
    let sort = match by {
        ByTime::Created => Sort::by_time(CreatedAt, Id, direction),
        ByTime::Updated => Sort::by_time(UpdatedAt, Id, direction),
    };
    let narrowed = filter.customer.is_some()
        || filter.partner.is_some()
        || filter.product.is_some()
        || filter.offer.is_some()
        || filter.plan.is_some()
        || filter.agreement.is_some()
        || filter.parent.is_some()
        || filter.on_billing_hold.is_some();
    let (status, statuses, partner) = (Status, filter.statuses.as_ref(), PartnerId);
    Broad { viewer, status, statuses, partner, narrowed }.list(rows, sort).matching(search::search(
        viewer,
        filter.text.as_ref(),
        &[(Id, Kind::Subscription), (CustomerId, Kind::Customer)],
    ))
}

fn held(wanted: Option<bool>) -> Condition {
    use subscription::Column::BillingHoldReason;
    Condition::all().add_option(wanted.map(|held| {
        if held { BillingHoldReason.is_not_null() } else { BillingHoldReason.is_null() }
    }))
}
