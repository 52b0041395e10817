//! Discounts.

use domain::viewer::Viewer;
use entity::{
    CatalogStatus, CustomerId, DiscountKind, OfferId, PartnerId, discount, discount_customer,
    discount_offer,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::{ByTimeOrName, Range, among, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which discounts are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscountFilter {
    pub statuses: Option<Vec<CatalogStatus>>,
    pub kinds: Option<Vec<DiscountKind>>,
    /// Those that are for this offer, and not for all.
    pub offer: Option<OfferId>,
    pub customer: Option<CustomerId>,
    pub partner: Option<PartnerId>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The discounts that the viewer may see and wants.
pub fn discounts(
    viewer: &Viewer,
    filter: &DiscountFilter,
    by: ByTimeOrName,
    direction: Direction,
) -> List<discount::Entity> {
    use discount::Column::{CreatedAt, Id, Kind as TakesOff, Name, PartnerId, Status, UpdatedAt};
    let for_offer = filter.offer.map(|offer| {
        let named = discount_offer::Entity::find()
            .select_only()
            .column(discount_offer::Column::DiscountId)
            .filter(discount_offer::Column::TenantId.eq(viewer.tenant_id))
            .filter(discount_offer::Column::OfferId.eq(offer));
        Id.in_subquery(named.into_query())
    });
    let for_customer = filter.customer.map(|customer| {
        let named = discount_customer::Entity::find()
            .select_only()
            .column(discount_customer::Column::DiscountId)
            .filter(discount_customer::Column::TenantId.eq(viewer.tenant_id))
            .filter(discount_customer::Column::CustomerId.eq(customer));
        Id.in_subquery(named.into_query())
    });
    let rows = access::visible::<discount::Entity>(viewer)
        .filter(equal(PartnerId, filter.partner))
        .filter(Condition::all().add_option(for_offer).add_option(for_customer))
        .filter(among(TakesOff, filter.kinds.as_ref()))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated))
        .filter(among(Status, filter.statuses.as_ref()));
    List::new(
        rows,
        match by {
            ByTimeOrName::Created => Sort::by_time(CreatedAt, Id, direction),
            ByTimeOrName::Updated => Sort::by_time(UpdatedAt, Id, direction),
            ByTimeOrName::Name => Sort::by_text(Name, Id, direction),
        },
    )
    .matching(search::search(viewer, filter.text.as_ref(), &[(Id, Kind::Discount)]))
}
