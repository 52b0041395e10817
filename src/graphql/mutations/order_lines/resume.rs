//! `resumeOrderLine`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderLineId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        types::{OrderLine, UserError},
    },
    services::orders::lines::resume::{ResumeOrderLine, resume_order_line},
};

/// Input of `resumeOrderLine`.
#[derive(Debug, InputObject)]
pub struct ResumeOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// For the provisioner. Where the question has answers to choose from, exactly one of them; else up to 1,000 characters.
    answer: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `resumeOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct ResumeOrderLinePayload {
    /// The line as it is now; null if the request was refused.
    order_line: Option<OrderLine>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ResumeOrderLineMutation;

#[Object]
impl ResumeOrderLineMutation {
    /// Answers a line on hold. The order goes on when none of its lines is on hold any longer.
    #[graphql(guard = "May(BUYERS)")]
    async fn resume_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: ResumeOrderLineInput,
    ) -> Result<ResumeOrderLinePayload> {
        let command = ResumeOrderLine { line_id: input.id.0, answer: input.answer };
        let (order_line, user_errors) =
            apply(ctx, input.idempotency_key, command, resume_order_line).await?;
        Ok(ResumeOrderLinePayload { order_line, user_errors })
    }
}
