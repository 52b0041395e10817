//! Mutations of orders.

pub mod approve;
pub mod cancel;
pub mod create;
pub mod create_approval_links;
pub mod delete;
pub mod order_line_input;
pub mod payment_selection_input;
pub mod reject;
pub mod revoke_approval_link;
pub mod submit;
pub mod update;

use async_graphql::MergedObject;

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
    create_approval_links::CreateApprovalLinksMutation,
    revoke_approval_link::RevokeApprovalLinkMutation,
);
