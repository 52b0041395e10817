//! The moves that orders can make.

use async_graphql::{Enum, Object, SimpleObject};
use domain::order_life::{Mover, TRANSITIONS};

use crate::graphql::{
    roles::SignedIn,
    types::enums::{OrderStatus, OrderTrigger},
};

#[derive(Default)]
pub(super) struct LifecycleQuery;

#[Object]
impl LifecycleQuery {
    /// Every move that an order can make, and who can make it. What is not here cannot happen.
    #[graphql(guard = "SignedIn")]
    async fn order_lifecycle(&self) -> Vec<OrderTransition> {
        TRANSITIONS
            .iter()
            .map(|row| OrderTransition {
                from: row.from.map(Into::into),
                trigger: row.trigger.into(),
                to: row.to.into(),
                by: row.by.iter().copied().map(Into::into).collect(),
            })
            .collect()
    }
}

/// A move that an order can make.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct OrderTransition {
    /// The status before. Null: the order does not exist yet.
    pub from: Option<OrderStatus>,
    /// What makes the order move.
    pub trigger: OrderTrigger,
    /// The status afterwards.
    pub to: OrderStatus,
    /// Who can do it.
    pub by: Vec<OrderMover>,
}

/// Who makes orders move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Mover")]
pub enum OrderMover {
    /// The customer that the order is for.
    Customer,
    /// The partner of the customer, or one above it.
    Partner,
    /// The seller.
    Seller,
    /// Whoever approves, for the seller or for a partner.
    Approver,
    /// Whoever carries order lines out.
    Provisioner,
    /// The service itself, by policy, by date, or because of what happened to the lines.
    System,
}
