//! Taking a link back.

use domain::{approval::ApprovesFor, viewer::Scope};
use entity::{ApprovalLinkId, ApprovalLinkStatus, EventKind, approval_link};

use super::{check_active, event};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

#[derive(Clone, Debug)]
pub struct RevokeApprovalLink {
    pub link_id: ApprovalLinkId,
}

/// Ends a link that nobody has used; one that was revoked before stays so. The seller's approvers revoke any, those of a
/// partner the partner's own.
pub async fn revoke_approval_link(
    unit: &Unit,
    command: RevokeApprovalLink,
) -> Outcome<ApprovalLinkId> {
    let mut link = unit.lock::<approval_link::Entity>(command.link_id).await?;
    let approves_for = ApprovesFor::of(&unit.viewer.scope, unit.viewer.role);
    if unit.viewer.scope != Scope::Tenant && !approves_for.includes(link.partner_id) {
        let message = "The link was made for the answer of another partner.";
        return Err(Refusal::of(RefusalCode::NotAnApprover, "id", message).into());
    }
    let id = link.id;
    if link.status == ApprovalLinkStatus::Revoked {
        return Ok(id);
    }
    check_active(&link, unit.now)?;
    link.status = ApprovalLinkStatus::Revoked;
    link.revoked_at = Some(unit.now);
    unit.record(event(EventKind::ApprovalLinkRevoked, &link)).await?;
    unit.save(link).await?;
    Ok(id)
}
