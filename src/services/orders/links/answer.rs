//! Answering an order by a link.

use entity::{ApprovalLinkId, ApprovalLinkStatus, EventKind, OrderId, approval_link};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{check_active, check_order, event, follow::Followed, not_an_approver, person};
use crate::{
    app::App,
    error::{Error, Outcome, RefusalCode},
    events::log::Trace,
    services::{
        orders::{
            approve::{ApproveOrder, approve_as},
            reject::{RejectOrder, reject_as},
            row,
        },
        perform::perform,
        unit::{Unit, locked},
    },
};

/// What somebody answers.
#[derive(Clone, Debug)]
pub enum Answer {
    Approve { external_reference: Option<String> },
    Reject { reason: String },
}

/// Answers the order for the level that a link is of, and uses the link up: both or neither.
///
/// Refused as the same answer of the link's maker would be; with `APPROVAL_LINK_NOT_ACTIVE` where somebody was quicker;
/// with `ALREADY_APPROVED` where the recipient has said yes by another link;
/// with `ORDER_NOT_PENDING_APPROVAL`, `ALREADY_DECIDED` or `VERSION_CONFLICT` where the order is not what it was when the
/// link was made, but for what others have approved.
pub async fn answer(
    app: &App,
    followed: Followed,
    trace: Trace,
    answer: Answer,
) -> Outcome<OrderId> {
    let Followed { link, viewer } = followed;
    let command = AnswerByLink { link_id: link.id, order_id: link.order_id, answer };
    perform(app, viewer, trace, None, command, answer_by_link).await
}

struct AnswerByLink {
    link_id: ApprovalLinkId,
    order_id: OrderId,
    answer: Answer,
}

async fn answer_by_link(unit: &Unit, command: AnswerByLink) -> Outcome<OrderId> {
    let order_id = command.order_id;
    let order = row::lock(unit, order_id).await.map_err(not_seen)?;
    let link = approval_link::Entity::find()
        .filter(approval_link::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(approval_link::Column::Id.eq(command.link_id));
    let link = locked(link).one(&unit.txn).await?;
    let mut link = link.ok_or_else(|| anyhow::anyhow!("link {} is gone", command.link_id))?;
    check_active(&link, unit.now)?;
    check_order(&unit.txn, &link, &order).await?;
    let expected_version = Some(link.order_version);
    match command.answer {
        Answer::Approve { external_reference } => {
            let yes = ApproveOrder { order_id, expected_version, external_reference };
            approve_as(unit, yes, &person(&link)).await?;
        }
        Answer::Reject { reason } => {
            let no = RejectOrder { order_id, expected_version, reason };
            reject_as(unit, no, &person(&link)).await?;
        }
    }
    link.status = ApprovalLinkStatus::Used;
    link.used_at = Some(unit.now);
    unit.record(event(EventKind::ApprovalLinkUsed, &link)).await?;
    unit.save(link).await?;
    Ok(order_id)
}

/// The order that a link is of is there. Where it cannot be seen, its maker's rights are gone.
fn not_seen(error: Error) -> Error {
    match error {
        Error::Refused(refusals)
            if refusals.iter().any(|it| it.code == RefusalCode::OrderNotFound) =>
        {
            not_an_approver().into()
        }
        other @ (Error::Refused(_) | Error::Failed(_)) => other,
    }
}
