//! Order lines.

use std::slice::from_ref;

use domain::{
    order_life,
    viewer::{Scope, Viewer},
};
use entity::{
    CustomerId, OrderId, OrderLineStatus, OrderStatus, PartnerId, ProductId, Provisioning, order,
    order_line, product,
};
use sea_orm::{
    ColumnTrait, Condition, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

use super::{MOST_APART, Range, among, each, equal, within};
use crate::{
    access,
    services::page::{Along, Direction, List, Sort},
};

/// Which lines are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderLineFilter {
    pub statuses: Option<Vec<OrderLineStatus>>,
    pub order_statuses: Option<Vec<OrderStatus>>,
    pub provisioning: Option<Provisioning>,
    pub order: Option<OrderId>,
    pub product: Option<ProductId>,
    pub vendor: Option<String>,
    pub customer: Option<CustomerId>,
    pub partner: Option<PartnerId>,
    pub ordered: Range,
    pub held: Range,
}

/// The lines that the viewer may see and wants, sorted by when their orders were created.
pub fn order_lines(
    viewer: &Viewer,
    filter: &OrderLineFilter,
    direction: Direction,
) -> List<order_line::Entity> {
    use order_line::Column::{Id, OrderCreatedAt, OrderId, Status};
    let of_line =
        Expr::col((order::Entity, order::Column::Id)).equals((order_line::Entity, OrderId));
    let orders = access::visible::<order::Entity>(viewer).filter(of_order(filter)).filter(of_line);
    let rows = access::within_tenant::<order_line::Entity>(viewer)
        .filter(of_lines(viewer, filter))
        .filter(Expr::exists(orders.select_only().column(order::Column::Id).into_query()));
    let list = List::new(rows, Sort::by_time(OrderCreatedAt, Id, direction));
    match way(viewer, filter) {
        Way::Straight => list,
        Way::ByStatus(statuses) => list.one_of(each(Status, statuses)),
        Way::ByOrder(stretches) => {
            let along = |stretch| Along {
                rows: below_orders(viewer, filter, stretch),
                value: order::Column::CreatedAt.as_column_ref().into(),
                id: Id.as_column_ref().into(),
                repeats: false,
            };
            list.along(stretches.into_iter().map(along).collect())
        }
    }
}

/// What the filter says of lines themselves.
fn of_lines(viewer: &Viewer, filter: &OrderLineFilter) -> Condition {
    use order_line::Column::{HeldSince, OrderCreatedAt, OrderId, ProductId, Status};
    Condition::all()
        .add(among(Status, filter.statuses.as_ref()))
        .add(equal(order_line::Column::Provisioning, filter.provisioning))
        .add(equal(OrderId, filter.order))
        .add(equal(ProductId, filter.product))
        .add_option(filter.vendor.as_ref().map(|vendor| {
            let products = access::visible::<product::Entity>(viewer)
                .filter(product::Column::Vendor.eq(vendor))
                .select_only()
                .column(product::Column::Id);
            ProductId.in_subquery(products.into_query())
        }))
        .add(within(OrderCreatedAt, filter.ordered))
        .add(within(HeldSince, filter.held))
}

/// What the filter says of the orders that lines are part of.
fn of_order(filter: &OrderLineFilter) -> Condition {
    use order::Column::{CreatedAt, CustomerId, PartnerId, Status};
    Condition::all()
        .add(among(Status, filter.order_statuses.as_ref()))
        .add(equal(CustomerId, filter.customer))
        .add(equal(PartnerId, filter.partner))
        .add(within(CreatedAt, filter.ordered))
}

/// The lines wanted, without columns, read from their orders on.
fn below_orders(viewer: &Viewer, filter: &OrderLineFilter, stretch: Condition) -> SelectStatement {
    use order_line::Column::{OrderId, TenantId};
    let line = |column| Expr::col((order_line::Entity, column));
    let of_order_itself = line(TenantId)
        .equals((order::Entity, order::Column::TenantId))
        .and(line(OrderId).equals((order::Entity, order::Column::Id)));
    let mut orders = access::visible::<order::Entity>(viewer)
        .filter(of_order(filter))
        .filter(stretch)
        .filter(of_lines(viewer, filter))
        .select_only();
    QuerySelect::query(&mut orders).inner_join(order_line::Entity, of_order_itself);
    orders.into_query()
}

/// How a list is read: along which index.
enum Way<'a> {
    /// Along the one that the filter names.
    Straight,
    /// Along that of each status of lines.
    ByStatus(&'a [OrderLineStatus]),
    /// From orders on, along each of these stretches of an index of theirs.
    ByOrder(Vec<Condition>),
}

/// Decides what to begin with: what leaves few lines, or has those left in the order of the list.
fn way<'a>(viewer: &Viewer, filter: &'a OrderLineFilter) -> Way<'a> {
    use order::Column::{CustomerId, PartnerId, Status};
    if filter.order.is_some() {
        return Way::Straight;
    }
    let customer = match viewer.scope {
        Scope::Customer { own, .. } => Some(own),
        Scope::Tenant | Scope::Partner { .. } => filter.customer,
    };
    if let Some(customer) = customer {
        return Way::ByOrder(vec![Condition::all().add(CustomerId.eq(customer))]);
    }
    let (statuses, order_statuses) = (
        filter.statuses.as_deref().unwrap_or_default(),
        filter.order_statuses.as_deref().unwrap_or_default(),
    );
    let scope = match &viewer.scope {
        Scope::Partner { partners, .. } => Some(partners.as_slice()),
        Scope::Tenant | Scope::Customer { .. } => None,
    };
    let partners = filter.partner.as_ref().map(from_ref).or(scope);
    if let Some(partners) = partners
        && (1..=MOST_APART).contains(&(partners.len() * order_statuses.len()))
    {
        let with = |partner: &Condition| {
            let partner = partner.clone();
            each(Status, order_statuses).into_iter().map(move |status| partner.clone().add(status))
        };
        return Way::ByOrder(each(PartnerId, partners).iter().flat_map(with).collect());
    }
    // Few lines are being carried out at a time, and few orders are open, however many there have been.
    let is_carried_out =
        |status| matches!(status, OrderLineStatus::InProgress | OrderLineStatus::OnHold);
    if !statuses.is_empty() && statuses.iter().copied().all(is_carried_out) {
        return Way::ByStatus(statuses);
    }
    let are_open = !order_statuses.iter().copied().any(order_life::is_ended);
    match partners {
        _ if !order_statuses.is_empty() && are_open => Way::ByOrder(each(Status, order_statuses)),
        Some(partners) if partners.len() <= MOST_APART => Way::ByOrder(each(PartnerId, partners)),
        None if filter.product.is_some() => Way::Straight,
        None if !order_statuses.is_empty() => Way::ByOrder(each(Status, order_statuses)),
        None if !statuses.is_empty() => Way::ByStatus(statuses),
        // Along all orders, by their age.
        Some(_) | None => Way::ByOrder(vec![Condition::all()]),
    }
}
