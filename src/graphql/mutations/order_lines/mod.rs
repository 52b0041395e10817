//! Mutations of order lines, for those who provision.

pub mod complete;
pub mod fail;
pub mod hold;
pub mod resume;
pub mod retry;
pub mod start;

use async_graphql::{Context, MergedObject};
use entity::OrderLineId;

use crate::graphql::{
    error::Result,
    types::{OrderLine, UserError},
};

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
async fn answer(
    ctx: &Context<'_>,
    done: std::result::Result<OrderLineId, Vec<UserError>>,
) -> Result<(Option<OrderLine>, Vec<UserError>)> {
    match done {
        Ok(id) => Ok((OrderLine::visible(ctx, id).await?, Vec::new())),
        Err(user_errors) => Ok((None, user_errors)),
    }
}
