//! `createApprovalLinks`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderId;

use crate::{
    graphql::{
        context::app,
        error::Result,
        id::Id,
        mutations::run,
        roles::{APPROVERS, May},
        types::{ApprovalLink, Order, UserError},
    },
    services::orders::links::create::{
        ApprovalLinksCreated, CreateApprovalLinks, create_approval_links,
    },
};

/// Input of `createApprovalLinks`.
#[derive(Debug, InputObject)]
pub struct CreateApprovalLinksInput {
    /// The order.
    id: Id<OrderId>,
    /// Refuse with `VERSION_CONFLICT` unless the order has this version.
    expected_version: Option<i32>,
    /// Who is to answer: a name or an address, up to 200 characters. It is shown with the answer.
    recipient: String,
    /// How long the links work: 1 to 168 hours. Left out: 72.
    expires_in_hours: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createApprovalLinks`.
#[derive(Debug, SimpleObject)]
pub struct CreateApprovalLinksPayload {
    /// The order; null if the request was refused.
    order: Option<Order>,
    /// The link to approve; null if the request was refused.
    approve_link: Option<ApprovalLink>,
    /// The link to reject; null if the request was refused.
    reject_link: Option<ApprovalLink>,
    /// Where the recipient approves. It is shown this once and not stored: a retry with the same idempotency key gets null
    /// here. Where the service does not know its own address, only the path.
    approve_url: Option<String>,
    /// Where the recipient rejects; like `approveUrl`.
    reject_url: Option<String>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateApprovalLinksMutation;

#[Object]
impl CreateApprovalLinksMutation {
    /// Makes two links for somebody without a credential, one to approve the order and one to reject it: pages that show the
    /// order and ask for the answer. Whoever has them answers for the caller's level, once, with the rights that the caller
    /// has then; so they are for the recipient alone, whose yes counts once for a level, by however many links. They answer the
    /// order as it is now: a yes of others does not matter to them, and after anything else they no longer work. Whoever may not
    /// answer the order may not make links for it. An order has up to 20 that can be used.
    #[graphql(guard = "May(APPROVERS)")]
    async fn create_approval_links(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CreateApprovalLinksInput,
    ) -> Result<CreateApprovalLinksPayload> {
        let command = CreateApprovalLinks {
            order_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            recipient: input.recipient,
            expires_in_hours: input.expires_in_hours,
        };
        let done = run(ctx, input.idempotency_key, command, create_approval_links);
        Ok(match done.await? {
            Ok(ApprovalLinksCreated { order_id, approve, reject, .. }) => {
                CreateApprovalLinksPayload {
                    order: Some(Order::by_id(order_id)),
                    approve_link: Some(ApprovalLink::by_id(approve.id)),
                    reject_link: Some(ApprovalLink::by_id(reject.id)),
                    approve_url: approve.url(&app(ctx).public_url),
                    reject_url: reject.url(&app(ctx).public_url),
                    user_errors: Vec::new(),
                }
            }
            Err(user_errors) => CreateApprovalLinksPayload {
                order: None,
                approve_link: None,
                reject_link: None,
                approve_url: None,
                reject_url: None,
                user_errors,
            },
        })
    }
}
