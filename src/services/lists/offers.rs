//! Offers.

use domain::viewer::Viewer;
use entity::{Billing, CatalogStatus, EditionId, OfferId, ProductId, offer};
use sea_orm::QueryFilter;

use super::{ByTimeOrName, Range, among, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which offers are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferFilter {
    pub statuses: Option<Vec<CatalogStatus>>,
    pub product: Option<ProductId>,
    pub edition: Option<EditionId>,
    /// The offer of which they are add-ons.
    pub parent: Option<OfferId>,
    pub billings: Option<Vec<Billing>>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The offers that the viewer may see and wants.
pub fn offers(
    viewer: &Viewer,
    filter: &OfferFilter,
    by: ByTimeOrName,
    direction: Direction,
) -> List<offer::Entity> {
    use offer::Column::{Billing, CreatedAt, EditionId, Id, Name, ProductId, Status, UpdatedAt};
    let rows = access::visible::<offer::Entity>(viewer)
        .filter(equal(ProductId, filter.product))
        .filter(equal(EditionId, filter.edition))
        .filter(equal(offer::Column::ParentOfferId, filter.parent))
        .filter(among(Billing, filter.billings.as_ref()))
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
    .matching(search::search(
        viewer,
        filter.text.as_ref(),
        &[(Id, Kind::Offer), (ProductId, Kind::Product)],
    ))
}
