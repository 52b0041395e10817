//! What the seller keeps for itself, and a partner for itself: whose a new one is, and whether there may be one more.

use entity::{PartnerId, partner};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};

use super::unit::Unit;
use crate::{
    access,
    error::{Outcome, Refusal, Refusals},
};

/// Whose a new one is: that of the partner in the field `partnerId`, or else the viewer's own, or the seller's. To a partner,
/// others are not there.
pub(super) async fn keeper(
    unit: &Unit,
    wanted: Option<PartnerId>,
    refusals: &mut Refusals,
) -> Outcome<Option<PartnerId>> {
    let keeper = match (wanted, unit.viewer.partner()) {
        (Some(wanted), Some(own)) if wanted != own => {
            return Err(access::not_found::<partner::Entity>("partnerId").into());
        }
        (wanted, own) => wanted.or(own),
    };
    if let Some(id) = keeper {
        refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
    }
    Ok(keeper)
}

/// Whether a keeper may have one more row beside those that there are, which name it in a column; `full` says that there is
/// no room. Two who make the last one at once wait for each other.
pub(super) async fn check_room<E: EntityTrait<Model: Sync>>(
    unit: &Unit,
    rows: Select<E>,
    column: E::Column,
    keeper: Option<PartnerId>,
    most: u64,
    full: Refusal,
) -> Outcome<()> {
    unit.lock_tenant().await?;
    let rows = rows.filter(keeper.map_or_else(|| column.is_null(), |id| column.eq(id)));
    if rows.count(&unit.txn).await? < most { Ok(()) } else { Err(full.into()) }
}
