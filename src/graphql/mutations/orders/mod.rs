//! Mutations of orders.

pub mod approve;
pub mod cancel;
pub mod create;
pub mod delete;
pub mod order_line_input;
pub mod reject;
pub mod submit;
pub mod update;

use async_graphql::{Context, MergedObject};
use entity::OrderId;

use crate::graphql::{
    error::Result,
    types::{Order, UserError},
};

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
pub(super) async fn answer(
    ctx: &Context<'_>,
    done: std::result::Result<OrderId, Vec<UserError>>,
) -> Result<(Option<Order>, Vec<UserError>)> {
    match done {
        Ok(id) => Ok((Order::visible(ctx, id).await?, Vec::new())),
        Err(user_errors) => Ok((None, user_errors)),
    }
}
