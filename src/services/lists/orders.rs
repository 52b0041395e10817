//! Orders.

use std::slice::from_ref;

use domain::{
    order_life,
    viewer::{Scope, Viewer},
};
use entity::{
    AgreementId, CustomerId, OfferId, OrderStatus, PartnerId, ProductId, SubscriptionId, order,
    order_line,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::Expr,
};

use super::{ByTime, MOST_APART, Range, among, each, equal, waiting::waits_for, within};
use crate::{
    access,
    services::{
        page::{Along, Direction, List, Sort},
        search::{self, Kind},
    },
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
    /// Whether the viewer itself may answer them now.
    pub waits_for_viewer: Option<bool>,
}

impl OrderFilter {
    /// The statuses that orders may have; none: any.
    fn wanted_statuses(&self) -> &[OrderStatus] {
        match (self.statuses.as_deref(), self.waits_for_viewer) {
            (None, Some(true)) => &[OrderStatus::PendingApproval],
            (statuses, _) => statuses.unwrap_or_default(),
        }
    }
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
    let rows = access::visible::<order::Entity>(viewer)
        .filter(equal(CustomerId, filter.customer))
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(AgreementId, filter.agreement))
        .filter(equal(Reference, filter.reference.clone()))
        .filter(equal(PoNumber, filter.po_number.clone()))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated))
        .filter(
            Condition::all().add_option(
                filter
                    .waits_for_viewer
                    .map(|waits| if waits { waits_for(viewer) } else { waits_for(viewer).not() }),
            ),
        )
        .filter(Condition::all().add_option(filter.subscription.map(|id| {
            let lines = lines(viewer, order_line::Column::SubscriptionId.eq(id));
            Id.in_subquery(lines.column(order_line::Column::OrderId).into_query())
        })));
    let sort = match by {
        ByTime::Created => Sort::by_time(CreatedAt, Id, direction),
        ByTime::Updated => Sort::by_time(UpdatedAt, Id, direction),
    };
    let statuses = filter.wanted_statuses();
    let with_status = among(Status, filter.statuses.as_ref());
    let with_lines = filter
        .product
        .map(|id| order_line::Column::ProductId.eq(id))
        .into_iter()
        .chain(filter.offer.map(|id| order_line::Column::OfferId.eq(id)))
        .map(|condition| has_line(viewer, condition))
        .fold(Condition::all(), Condition::add);
    let list = match way(viewer, filter, by) {
        Way::Straight => List::new(rows.filter(with_status).filter(with_lines), sort),
        Way::ByStatus => List::new(rows.filter(with_lines), sort).one_of(each(Status, statuses)),
        Way::ByPartner(partners) => List::new(rows.filter(with_status).filter(with_lines), sort)
            .one_of(each(PartnerId, partners)),
        Way::ByPartnerAndStatus(partners) => {
            let statuses = each(Status, statuses);
            let of_partner = |partner: Condition| {
                statuses.iter().map(move |status| partner.clone().add(status.clone()))
            };
            List::new(rows.filter(with_lines), sort)
                .one_of(each(PartnerId, partners).into_iter().flat_map(of_partner).collect())
        }
        Way::ByLine(line) => {
            let orders = rows.filter(with_status).filter(with_lines);
            let lines = lines(viewer, line).filter(is_of_one(orders.clone()));
            List::new(orders, sort).along(vec![Along {
                rows: lines.into_query(),
                value: order_line::Column::OrderCreatedAt.as_column_ref().into(),
                id: order_line::Column::OrderId.as_column_ref().into(),
                repeats: true,
            }])
        }
    };
    list.matching(search::search(
        viewer,
        filter.text.as_ref(),
        &[(Id, Kind::Order), (CustomerId, Kind::Customer)],
    ))
}

/// How a list is read: along which index.
enum Way<'a> {
    /// Along the one that the filter names, or that of what the list is sorted by.
    Straight,
    ByStatus,
    ByPartner(&'a [PartnerId]),
    ByPartnerAndStatus(&'a [PartnerId]),
    /// Along the lines of a product or an offer, which know when their order was created.
    ByLine(Expr),
}

/// Decides what to begin with: what leaves few orders, or has those left in the order of the list.
fn way<'a>(viewer: &'a Viewer, filter: &'a OrderFilter, by: ByTime) -> Way<'a> {
    let leaves_few = [
        filter.customer.is_some(),
        filter.agreement.is_some(),
        filter.subscription.is_some(),
        filter.reference.is_some(),
        filter.po_number.is_some(),
    ];
    let partners = match &viewer.scope {
        Scope::Tenant => None,
        Scope::Partner { partners, .. } => Some(partners.as_slice()),
        Scope::Customer { .. } => return Way::Straight,
    };
    if leaves_few.contains(&true) {
        return Way::Straight;
    }
    let statuses = filter.wanted_statuses();
    let of_partners = filter.partner.as_ref().map(from_ref).or(partners);
    // A partner may have few of the orders with a status, and they may be few of its own.
    if by == ByTime::Created
        && let Some(partners) = of_partners
        && (1..=MOST_APART).contains(&(partners.len() * statuses.len()))
    {
        return Way::ByPartnerAndStatus(partners);
    }
    let line = match (filter.product, filter.offer) {
        (_, Some(id)) => Some(order_line::Column::OfferId.eq(id)),
        (Some(id), None) => Some(order_line::Column::ProductId.eq(id)),
        (None, None) => None,
    };
    match (of_partners, line) {
        // Few orders are open at a time, however many there have been.
        _ if !statuses.is_empty() && !statuses.iter().copied().any(order_life::is_ended) => {
            Way::ByStatus
        }
        (None, None) if !statuses.is_empty() => Way::ByStatus,
        _ if filter.partner.is_some() => Way::Straight,
        (Some(partners), _) if partners.len() <= MOST_APART => Way::ByPartner(partners),
        (None, Some(line)) if by == ByTime::Created && filter.text.is_none() => Way::ByLine(line),
        _ => Way::Straight,
    }
}

fn lines(viewer: &Viewer, condition: Expr) -> Select<order_line::Entity> {
    order_line::Entity::find()
        .select_only()
        .filter(order_line::Column::TenantId.eq(viewer.tenant_id))
        .filter(condition)
}

fn has_line(viewer: &Viewer, condition: Expr) -> Expr {
    use order_line::Column::{OrderCreatedAt, OrderId};
    // The time says nothing that the id does not, but it comes first in the index.
    let of_order = [(OrderCreatedAt, order::Column::CreatedAt), (OrderId, order::Column::Id)]
        .map(|(own, its)| Expr::col((order_line::Entity, own)).equals((order::Entity, its)));
    let lines = of_order.into_iter().fold(lines(viewer, condition), QueryFilter::filter);
    Expr::exists(lines.expr(Expr::value(1)).into_query())
}

/// Asked line by line: as a join, PostgreSQL would sort all lines.
fn is_of_one(orders: Select<order::Entity>) -> Expr {
    let of_line = Expr::col((order::Entity, order::Column::Id))
        .equals((order_line::Entity, order_line::Column::OrderId));
    let one = orders.select_only().filter(of_line).expr(Expr::value(1)).limit(1).into_query();
    Expr::SubQuery(None, Box::new(one.into())).is_not_null()
}
