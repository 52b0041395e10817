//! Mutations of order lines, for those who provision.

pub mod complete;
pub mod fail;
pub mod hold;
pub mod resume;
pub mod retry;
pub mod start;

use async_graphql::MergedObject;
use entity::OrderLineId;

use crate::graphql::types::{OrderLine, UserError};

/// What can be done with order lines.
#[derive(Default, MergedObject)]
pub struct OrderLineMutations(
    start::StartOrderLineMutation,
    complete::CompleteOrderLineMutation,
    fail::FailOrderLineMutation,
    hold::HoldOrderLineMutation,
    resume::ResumeOrderLineMutation,
    retry::RetryOrderLineMutation,
);

/// The line that a mutation was about, read after it was stored, or why it was refused.
fn answer(done: Result<OrderLineId, Vec<UserError>>) -> (Option<OrderLine>, Vec<UserError>) {
    match done {
        Ok(id) => (Some(OrderLine::by_id(id)), Vec::new()),
        Err(user_errors) => (None, user_errors),
    }
}
