//! Order lines.

use async_graphql::{Context, Enum, InputObject, Object};
use entity::{CustomerId, OrderId, OrderLineId, PartnerId, ProductId};

use super::filters::{DateTimeRange, Few, SortDirection, bare, range, words};
use crate::{
    error::Refusal,
    graphql::{
        context::viewer,
        error::Result,
        id::Id,
        read::output::Connection,
        roles::SignedIn,
        types::{
            OrderLine,
            enums::{OrderLineStatus, OrderStatus, Provisioning},
        },
    },
    services::{
        lists::order_lines as service,
        page::{Direction, PageRequest},
        validate,
    },
};

/// Which order lines are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OrderLineFilter {
    /// Have one of these statuses. Lines of orders that are not yet carried out are `PENDING` too; `orderStatusIn` tells
    /// them apart.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<OrderLineStatus>>,
    /// Are part of an order with one of these statuses.
    #[graphql(validator(custom = "Few(\"orderStatusIn\")"))]
    pub order_status_in: Option<Vec<OrderStatus>>,
    /// Are carried out in this way.
    pub provisioning: Option<Provisioning>,
    /// Are part of this order.
    pub order_id: Option<Id<OrderId>>,
    /// Are about this product.
    pub product_id: Option<Id<ProductId>>,
    /// Are about a product of exactly this vendor.
    pub vendor: Option<String>,
    /// Are for this customer.
    pub customer_id: Option<Id<CustomerId>>,
    /// Were placed through this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Are part of an order that was created in this time.
    pub order_created_at: Option<DateTimeRange>,
    /// Are on hold, since a moment in this time.
    pub held_since: Option<DateTimeRange>,
}

impl TryFrom<OrderLineFilter> for service::OrderLineFilter {
    type Error = Refusal;

    fn try_from(filter: OrderLineFilter) -> std::result::Result<Self, Refusal> {
        Ok(Self {
            statuses: words(filter.status_in),
            order_statuses: words(filter.order_status_in),
            provisioning: filter.provisioning.map(Into::into),
            order: bare(filter.order_id),
            product: bare(filter.product_id),
            vendor: validate::text("filter.vendor", filter.vendor)?,
            customer: bare(filter.customer_id),
            partner: bare(filter.partner_id),
            ordered: range(filter.order_created_at),
            held: range(filter.held_since),
        })
    }
}

/// What a list of order lines can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OrderLineSortField {
    /// When the order of a line was created.
    OrderCreatedAt,
}

/// How a list of order lines is sorted.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct OrderLineOrder {
    /// What it is sorted by.
    pub field: OrderLineSortField,
    /// Which way.
    pub direction: SortDirection,
}

impl OrderLineOrder {
    /// Which way the list is sorted; newest first if nothing is said.
    pub(in crate::graphql) fn read(order: Option<Self>) -> Direction {
        let Some(Self { field: OrderLineSortField::OrderCreatedAt, direction }) = order else {
            return Direction::Descending;
        };
        direction.into()
    }
}

#[derive(Default)]
pub(super) struct OrderLinesQuery;

#[Object]
impl OrderLinesQuery {
    /// One order line.
    #[graphql(guard = "SignedIn")]
    async fn order_line(
        &self,
        #[graphql(desc = "The id.")] id: Id<OrderLineId>,
    ) -> Option<OrderLine> {
        Some(OrderLine::by_id(id.0))
    }

    /// The lines of all orders that the caller may see: what a provisioner has to do.
    #[graphql(guard = "SignedIn")]
    #[expect(clippy::too_many_arguments, reason = "what Relay asks for, a filter and an order")]
    async fn order_lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
        #[graphql(desc = "Which items are wanted. Without it, all.")] filter: Option<
            OrderLineFilter,
        >,
        #[graphql(desc = "What the list is sorted by. Without it, newest first.")] order_by: Option<
            OrderLineOrder,
        >,
    ) -> Result<Connection<OrderLine>> {
        let filter = filter.unwrap_or_default().try_into()?;
        let direction = OrderLineOrder::read(order_by);
        let found = service::order_lines(viewer(ctx)?, &filter, direction);
        Connection::new(ctx, found, PageRequest { first, after, last, before }).await
    }
}
