//! Finding the link that somebody follows, and in whose name it answers.

use std::sync::Arc;

use domain::viewer::Viewer;
use entity::{ActorKind, ApprovalLinkAction, approval_link};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;

use super::{check_active, not_an_approver, subject};
use crate::{
    app::App,
    auth::{Absent, LinkToken},
    error::Outcome,
};

/// A link that can be used.
#[derive(Clone, Debug)]
pub struct Followed {
    pub(super) link: approval_link::Model,
    /// Whoever follows it: with the rights that its maker has now, and a name of their own.
    pub viewer: Arc<Viewer>,
}

/// The link that a token is of; none: there is no such link to this action.
///
/// Refused with `APPROVAL_LINK_NOT_ACTIVE` and its status, or with `NOT_AN_APPROVER` where whoever made it can do
/// nothing any more.
pub async fn follow(
    app: &App,
    token: &SecretString,
    action: ApprovalLinkAction,
) -> Outcome<Option<Followed>> {
    let Some(hash) = LinkToken::hash_of(token) else { return Ok(None) };
    let readers = app.store.readers();
    let link = approval_link::Entity::find()
        .filter(approval_link::Column::TokenHash.eq(hash))
        .filter(approval_link::Column::Action.eq(action))
        .one(readers)
        .await?;
    let Some(link) = link else { return Ok(None) };
    let now = app.clock.now();
    check_active(&link, now)?;
    let maker = Absent {
        tenant_id: link.tenant_id,
        role: link.created_by_role,
        partner_id: link.partner_id,
        subject: link.created_by.clone(),
        kind: link.created_by_kind,
    };
    let maker = maker.viewer(readers, now).await?.ok_or_else(not_an_approver)?;
    let subject = subject(&maker, &link);
    let viewer = Viewer { subject, kind: ActorKind::ApprovalLink, expires_at: None, ..maker };
    Ok(Some(Followed { link, viewer: viewer.into() }))
}
