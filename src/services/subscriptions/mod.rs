//! Subscriptions: what customers hold, and the periods that they are charged for. Every change to one is an order of its
//! own (APG-06), see `orders/on_subscription`.

pub(crate) mod periods;
pub(crate) mod row;
