//! Making links to approve and to reject an order.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    ApprovalLinkAction, ApprovalLinkId, ApprovalLinkStatus, EventKind, OrderId, approval_link,
    order,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{event, status};
use crate::{
    auth::LinkToken,
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{
        orders::{
            approve::{answer_of, approvals_of, check_open},
            row,
        },
        unit::Unit,
        validate,
    },
};

const DEFAULT_HOURS: i32 = 72;
const LONGEST_HOURS: i32 = 168;
/// How many links of an order may be usable at once.
const MOST_ACTIVE: usize = 20;
/// How many an order may have, with those that are used, revoked or expired and not forgotten.
const MOST: usize = 200;

/// Links for somebody who is to answer for the level that is the viewer's.
#[derive(Clone, Debug)]
pub struct CreateApprovalLinks {
    pub order_id: OrderId,
    pub expected_version: Option<i64>,
    /// A name or an address: 1 to 200 characters.
    pub recipient: String,
    /// 1 to 168; none: 72.
    pub expires_in_hours: Option<i32>,
}

/// A link to approve, and one to reject.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApprovalLinksCreated {
    pub order_id: OrderId,
    /// Until when they work.
    pub expires_at: DateTime<Utc>,
    pub approve: NewLink,
    pub reject: NewLink,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct NewLink {
    pub id: ApprovalLinkId,
    action: ApprovalLinkAction,
    #[serde(skip)]
    token: Option<SecretString>,
}

impl NewLink {
    /// Where the link leads, for a service that others reach at `public_url`. Told once: in the answer to a retry of the same
    /// request, the link has no address.
    pub fn url(&self, public_url: &str) -> Option<String> {
        let token = self.token.as_ref()?.expose_secret();
        let path = match self.action {
            ApprovalLinkAction::Approve => "approve",
            ApprovalLinkAction::Reject => "reject",
        };
        Some(format!("{public_url}/{path}/{token}"))
    }
}

/// Makes two links, of which one approves the order as it is now and the other rejects it, once.
///
/// Refused as the viewer's own answer would be, and with `TOO_MANY_APPROVAL_LINKS`.
pub async fn create_approval_links(
    unit: &Unit,
    command: CreateApprovalLinks,
) -> Outcome<ApprovalLinksCreated> {
    let mut refusals = Refusals::default();
    let recipient = refusals.value(validate::name("recipient", command.recipient));
    let hours = command.expires_in_hours.unwrap_or(DEFAULT_HOURS);
    let hours = refusals.value(validate::between("expiresInHours", hours, 1..=LONGEST_HOURS));
    refusals.done()?;
    let order = row::lock(unit, command.order_id).await?;
    let approvals = approvals_of(unit, &order).await?;
    let answer = answer_of(unit, &order, &approvals)?;
    check_open(&order, answer)?;
    validate::version(command.expected_version, &order)?;
    check_room(unit, &order).await?;

    let expires_at = unit.now + TimeDelta::hours(i64::from(hours));
    let make = async |action| {
        let token = LinkToken::generate();
        let link = approval_link::Model {
            id: ApprovalLinkId::new(unit.now),
            tenant_id: order.tenant_id,
            order_id: order.id,
            order_version: order.version,
            approval_id: answer.id,
            partner_id: answer.partner_id,
            action,
            token_hash: token.hash,
            recipient: recipient.clone(),
            created_by: unit.viewer.subject.clone(),
            created_by_kind: unit.viewer.kind,
            created_by_role: unit.viewer.role,
            status: ApprovalLinkStatus::Active,
            created_at: unit.now,
            expires_at,
            used_at: None,
            revoked_at: None,
        };
        unit.record(event(EventKind::ApprovalLinkCreated, &link)).await?;
        let id = link.id;
        unit.insert(link).await?;
        Outcome::Ok(NewLink { id, action, token: Some(token.text) })
    };
    let approve = make(ApprovalLinkAction::Approve).await?;
    let reject = make(ApprovalLinkAction::Reject).await?;
    Ok(ApprovalLinksCreated { order_id: order.id, expires_at, approve, reject })
}

/// Whether a locked order may have two more.
async fn check_room(unit: &Unit, order: &order::Model) -> Outcome<()> {
    let links = approval_link::Entity::find()
        .filter(approval_link::Column::TenantId.eq(order.tenant_id))
        .filter(approval_link::Column::OrderId.eq(order.id))
        .all(&unit.txn)
        .await?;
    let active = links.iter().filter(|link| status(link, unit.now) == ApprovalLinkStatus::Active);
    for (count, most, which) in
        [(active.count(), MOST_ACTIVE, " that can be used"), (links.len(), MOST, " altogether")]
    {
        if count + 2 > most {
            let message = format!("An order has up to {most} links{which}.");
            return Err(Refusal::of(RefusalCode::TooManyApprovalLinks, "id", message).into());
        }
    }
    Ok(())
}
