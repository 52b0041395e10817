//! What can be done with discounts.

pub mod apply;
pub mod create;
pub mod remove;
pub mod update;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct DiscountMutations(
    create::CreateDiscountMutation,
    update::UpdateDiscountMutation,
    apply::ApplyDiscountMutation,
    remove::RemoveDiscountMutation,
);
