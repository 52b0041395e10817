//! One answer that an order needs: the seller's, or that of one partner.

use async_graphql::{Context, Object};
use entity::{ApprovalId, approval};

use super::{Order, Partner, enums::ApprovalDecision};
use crate::{
    access::may_name,
    graphql::{context::viewer, error::Result, id::Id, scalars::Time},
};

/// One answer that an order needs: the seller's, or that of one partner.
#[derive(Clone, Debug)]
pub struct Approval(pub approval::Model);

/// One answer that an order needs: the seller's, or that of one partner.
#[Object]
impl Approval {
    /// The id of the answer.
    pub(crate) async fn id(&self) -> Id<ApprovalId> {
        Id(self.0.id)
    }

    /// The order that needs the answer.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Order::visible(ctx, self.0.order_id).await
    }

    /// The partner that must answer. Null: the seller, or a partner that the caller may not see.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.partner_id).await
    }

    /// Whether the seller must answer, not a partner.
    async fn by_seller(&self) -> bool {
        self.0.partner_id.is_none()
    }

    /// Counts from 1: the customer's own partner first, the seller last. All may answer at once.
    async fn level(&self) -> i32 {
        self.0.level
    }

    /// What was answered.
    async fn decision(&self) -> ApprovalDecision {
        self.0.decision.into()
    }

    /// Who answered. Null as long as nobody has, and where it was the answer of a partner that the caller may not see.
    async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let told = may_name(viewer(ctx)?, self.0.partner_id);
        Ok(self.0.decided_by.as_deref().filter(|_| told))
    }

    /// What the approver said about it.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was answered.
    async fn decided_at(&self) -> Option<Time> {
        self.0.decided_at.map(Time)
    }

    /// Since when the answer is waited for.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}
