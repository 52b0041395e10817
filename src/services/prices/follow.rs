//! Prices whose day has come: they are asked from now on, or no longer.

use chrono::NaiveDate;
use entity::{PriceId, TenantId, offer, price};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::{row, validity::Validity};
use crate::{error::Outcome, services::unit::Unit, wakeups::Hint};

/// The prices of a tenant whose status is to change by a day, the oldest first.
pub(crate) fn due(tenant_id: TenantId, today: NaiveDate) -> Select<price::Entity> {
    price::Entity::find()
        .filter(price::Column::TenantId.eq(tenant_id))
        .filter(price::Column::StatusChangesOn.is_not_null())
        .filter(price::Column::StatusChangesOn.lte(today))
        .order_by_asc(price::Column::StatusChangesOn)
        .order_by_asc(price::Column::Id)
}

/// Has a price have the status of today; says whether it was another.
pub(crate) async fn follow_price(unit: &Unit, id: PriceId) -> Outcome<bool> {
    let of_tenant =
        price::Entity::find_by_id(id).filter(price::Column::TenantId.eq(unit.viewer.tenant_id));
    let Some(found) = of_tenant.clone().one(&unit.txn).await? else { return Ok(false) };
    unit.lock_related::<offer::Entity>(found.offer_id).await?;
    let Some(mut price) = of_tenant.one(&unit.txn).await? else { return Ok(false) };
    let today = unit.today().await?;
    let validity = Validity::of(&price);
    if validity.status_on(today) == (price.status, price.status_changes_on) {
        return Ok(false);
    }
    row::set_validity(unit, &mut price, validity, today).await?;
    unit.announce(Hint::CatalogueChanged(unit.viewer.tenant_id));
    Ok(true)
}
