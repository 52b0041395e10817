//! Mutations of order lines, for those who provision and for those who buy.

pub mod cancel;
pub mod complete;
pub mod fail;
pub mod hold;
pub mod resume;
pub mod retry;
pub mod simulate;
pub mod start;

use async_graphql::MergedObject;

/// What can be done with order lines.
#[derive(Default, MergedObject)]
pub struct OrderLineMutations(
    start::StartOrderLineMutation,
    complete::CompleteOrderLineMutation,
    fail::FailOrderLineMutation,
    hold::HoldOrderLineMutation,
    resume::ResumeOrderLineMutation,
    retry::RetryOrderLineMutation,
    simulate::SimulateOrderLineMutation,
    cancel::CancelOrderLineMutation,
);
