//! For which offers and customers a discount is; without any, for all.

use std::collections::{BTreeSet, HashMap};

use entity::{CustomerId, DiscountId, OfferId, discount_customer, discount_offer};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::{error::Outcome, services::unit::Unit};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Restriction {
    pub(super) offers: BTreeSet<OfferId>,
    pub(super) customers: BTreeSet<CustomerId>,
}

impl Restriction {
    /// The restrictions of some discounts; of one without any there is none.
    pub(super) async fn load(
        unit: &Unit,
        ids: &[DiscountId],
    ) -> Outcome<HashMap<DiscountId, Self>> {
        let mut found: HashMap<_, Self> = HashMap::new();
        let offers = discount_offer::Entity::find()
            .filter(discount_offer::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(discount_offer::Column::DiscountId.is_in(ids.iter().copied()))
            .all(&unit.txn)
            .await?;
        for row in offers {
            found.entry(row.discount_id).or_default().offers.insert(row.offer_id);
        }
        let customers = discount_customer::Entity::find()
            .filter(discount_customer::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(discount_customer::Column::DiscountId.is_in(ids.iter().copied()))
            .all(&unit.txn)
            .await?;
        for row in customers {
            found.entry(row.discount_id).or_default().customers.insert(row.customer_id);
        }
        Ok(found)
    }

    /// Writes what there is besides what there was, and deletes what there is no longer.
    pub(super) async fn replace(&self, unit: &Unit, id: DiscountId, before: &Self) -> Outcome<()> {
        let tenant_id = unit.viewer.tenant_id;
        let gone: Vec<_> = before.offers.difference(&self.offers).copied().collect();
        if !gone.is_empty() {
            discount_offer::Entity::delete_many()
                .filter(discount_offer::Column::DiscountId.eq(id))
                .filter(discount_offer::Column::OfferId.is_in(gone))
                .exec(&unit.txn)
                .await?;
        }
        let gone: Vec<_> = before.customers.difference(&self.customers).copied().collect();
        if !gone.is_empty() {
            discount_customer::Entity::delete_many()
                .filter(discount_customer::Column::DiscountId.eq(id))
                .filter(discount_customer::Column::CustomerId.is_in(gone))
                .exec(&unit.txn)
                .await?;
        }
        let new = self.offers.difference(&before.offers).map(|offer| discount_offer::ActiveModel {
            tenant_id: Set(tenant_id),
            discount_id: Set(id),
            offer_id: Set(*offer),
        });
        let new: Vec<_> = new.collect();
        if !new.is_empty() {
            discount_offer::Entity::insert_many(new).exec_without_returning(&unit.txn).await?;
        }
        let new = self.customers.difference(&before.customers).map(|customer| {
            discount_customer::ActiveModel {
                tenant_id: Set(tenant_id),
                discount_id: Set(id),
                customer_id: Set(*customer),
            }
        });
        let new: Vec<_> = new.collect();
        if !new.is_empty() {
            discount_customer::Entity::insert_many(new).exec_without_returning(&unit.txn).await?;
        }
        Ok(())
    }
}
