//! Orders.

use entity::{
    AgreementId, CustomerId, OfferId, OrderStatus, PartnerId, ProductId, SubscriptionId, order,
    order_line,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

use super::{Broad, ByTime, Range, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
    viewer::Viewer,
};

/// Which orders are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    pub statuses: Option<Vec<OrderStatus>>,
    pub customer: Option<CustomerId>,
    pub partner: Option<PartnerId>,
    pub agreement: Option<AgreementId>,
    pub product: Option<ProductId>,
    pub offer: Option<OfferId>,
    pub subscription: Option<SubscriptionId>,
    pub reference: Option<String>,
    pub po_number: Option<String>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The orders that the viewer may see and wants.
pub fn orders(
    viewer: &Viewer,
    filter: &OrderFilter,
    by: ByTime,
    direction: Direction,
) -> List<order::Entity> {
    use order::Column::{
        AgreementId, CreatedAt, CustomerId, Id, PartnerId, PoNumber, Reference, Status, UpdatedAt,
    };
    let with_line = |condition: Expr| Id.in_subquery(orders_with_line(viewer, condition));
    let rows = access::visible::<order::Entity>(viewer)
        .filter(equal(CustomerId, filter.customer))
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(AgreementId, filter.agreement))
        .filter(equal(Reference, filter.reference.clone()))
        .filter(equal(PoNumber, filter.po_number.clone()))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated))
        .filter(
            Condition::all()
                .add_option(
                    filter.product.map(|id| with_line(order_line::Column::ProductId.eq(id))),
                )
                .add_option(filter.offer.map(|id| with_line(order_line::Column::OfferId.eq(id))))
                .add_option(
                    filter
                        .subscription
                        .map(|id| with_line(order_line::Column::SubscriptionId.eq(id))),
                ),
        )
        .filter(filter.text.as_ref().map_or_else(Condition::all, |text| {
            search::condition(viewer, text, &[(Id, Kind::Order), (CustomerId, Kind::Customer)])
        }));
    let sort = match by {
        ByTime::Created => Sort::by_time(CreatedAt, Id, direction),
        ByTime::Updated => Sort::by_time(UpdatedAt, Id, direction),
    };
    let broad = Broad {
        viewer,
        status: Status,
        statuses: filter.statuses.as_ref(),
        partner: PartnerId,
        narrowed: is_narrowed(filter),
    };
    broad.list(rows, sort)
}

fn is_narrowed(filter: &OrderFilter) -> bool {
    filter.customer.is_some()
        || filter.partner.is_some()
        || filter.agreement.is_some()
        || filter.product.is_some()
        || filter.offer.is_some()
        || filter.subscription.is_some()
        || filter.reference.is_some()
        || filter.po_number.is_some()
        || filter.text.is_some()
}

fn orders_with_line(viewer: &Viewer, condition: Expr) -> SelectStatement {
    order_line::Entity::find()
        .select_only()
        .column(order_line::Column::OrderId)
        .filter(order_line::Column::TenantId.eq(viewer.tenant_id))
        .filter(condition)
        .into_query()
}
