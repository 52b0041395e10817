//! Where a partner stands below others.

use domain::partner_tree::{LONGEST_CHAIN, Misplaced, PartnerTree};
use entity::{PartnerId, partner};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// Keeps the tenant's partners where they are until this work has ended, so that two moves at once cannot make a circle.
///
/// To be called before the partner's own row is locked.
pub(super) async fn lock_places(unit: &Unit) -> Outcome<()> {
    unit.lock_tenant().await.map(drop)
}

/// Whether a partner may be put below another.
pub(super) async fn below(
    unit: &Unit,
    partner: PartnerId,
    parent: PartnerId,
) -> Result<Result<(), Refusal>, DbErr> {
    if let Err(refusal) = unit.require::<partner::Entity>(parent, "parentId").await? {
        return Ok(Err(refusal));
    }
    let partners: Vec<(PartnerId, Option<PartnerId>)> = partner::Entity::find()
        .filter(partner::Column::TenantId.eq(unit.viewer.tenant_id))
        .select_only()
        .columns([partner::Column::Id, partner::Column::ParentId])
        .into_tuple()
        .all(&unit.txn)
        .await?;
    let placed = PartnerTree::new(partners).may_put(partner, parent);
    Ok(placed.map_err(refusal))
}

fn refusal(misplaced: Misplaced) -> Refusal {
    let message = match misplaced {
        Misplaced::Cycle => "A partner cannot be below itself.".to_owned(),
        Misplaced::TooDeep => format!("A chain of partners has up to {LONGEST_CHAIN} of them."),
    };
    Refusal::of(RefusalCode::ValidationFailed, "parentId", message)
}
