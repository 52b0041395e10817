//! Mutations of orders.

pub mod approve;
pub mod cancel;
pub mod create;
pub mod delete;
pub mod order_line_input;
pub mod reject;
pub mod submit;
pub mod update;

use async_graphql::MergedObject;
use entity::OrderId;

use crate::graphql::types::{Order, UserError};

/// What can be done with orders.
#[derive(Default, MergedObject)]
pub struct OrderMutations(
    create::CreateOrderMutation,
    update::UpdateOrderMutation,
    delete::DeleteOrderMutation,
    submit::SubmitOrderMutation,
    approve::ApproveOrderMutation,
    reject::RejectOrderMutation,
    cancel::CancelOrderMutation,
);

/// The order that a mutation was about, read after it was stored, or why it was refused.
pub(super) fn answer(done: Result<OrderId, Vec<UserError>>) -> (Option<Order>, Vec<UserError>) {
    match done {
        Ok(id) => (Some(Order::by_id(id)), Vec::new()),
        Err(user_errors) => (None, user_errors),
    }
}
