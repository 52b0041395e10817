//! What is taken off a subscription's price: its redemptions, in the calculator's terms.

use domain::billing::{Discount, DiscountDuration, DiscountKind};
use entity::{
    OfferId, OrderAction, discount::DiscountTerms, order_line, subscription, subscription_change,
    subscription_discount,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{error::Outcome, services::unit::Unit};

/// What was given to a subscription.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    discounts: Vec<Held>,
    /// The offer that was bought, where some are for some offers only.
    bought: Option<OfferId>,
}

#[derive(Clone, Debug)]
struct Held {
    terms: DiscountTerms,
    first_period: i32,
    end_period: Option<i32>,
}

impl Given {
    /// What is given to a purchase of an offer.
    pub(super) fn to_purchase<'a>(
        offer: OfferId,
        terms: impl Iterator<Item = &'a DiscountTerms>,
    ) -> Self {
        let held =
            terms.map(|terms| Held { terms: terms.clone(), first_period: 1, end_period: None });
        Self { discounts: sorted(held.collect()), bought: Some(offer) }
    }

    pub(super) async fn load(unit: &Unit, subscription: &subscription::Model) -> Outcome<Self> {
        use subscription_discount::Column;
        let rows = subscription_discount::Entity::find()
            .filter(Column::TenantId.eq(subscription.tenant_id))
            .filter(Column::SubscriptionId.eq(subscription.id))
            .filter(Column::ReturnedAt.is_null())
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(&unit.txn)
            .await?;
        let held = rows.into_iter().map(|row| Held {
            terms: row.terms,
            first_period: row.first_period,
            end_period: row.end_period,
        });
        let discounts = sorted(held.collect());
        let bought = if discounts.iter().any(|held| held.terms.offers.is_some()) {
            bought(unit, subscription).await?
        } else {
            None
        };
        Ok(Self { discounts, bought })
    }

    /// In the calculator's terms: percentages in their order, each off those of the plans that it is for. `first` is the plan
    /// that was bought.
    pub(super) fn in_force(
        &self,
        first: Uuid,
        changes: &[subscription_change::Model],
    ) -> Vec<Discount> {
        let plans_of = |offers: &[OfferId]| {
            let bought = self.bought.filter(|bought| offers.contains(bought)).map(|_| first);
            let changed_to = changes.iter().filter_map(|change| {
                let offer = change.offer_id.filter(|offer| offers.contains(offer));
                offer.and(change.plan_instance.as_ref()).map(|instance| instance.id)
            });
            bought.into_iter().chain(changed_to).collect()
        };
        let held = self.discounts.iter();
        held.map(|held| {
            let plans = held.terms.offers.as_deref().map(plans_of);
            in_force(&held.terms, held.first_period, held.end_period, plans)
        })
        .collect()
    }
}

/// Percentages are taken off by their precedence, those of one precedence as they were given.
fn sorted(mut held: Vec<Held>) -> Vec<Held> {
    held.sort_by_key(|held| held.terms.precedence);
    held
}

/// A discount in the calculator's terms, from the period of this number on and at most until one.
pub(crate) fn in_force(
    terms: &DiscountTerms,
    first_period: i32,
    end_period: Option<i32>,
    plans: Option<Vec<Uuid>>,
) -> Discount {
    let kind = match (terms.basis_points, terms.amount) {
        (Some(basis_points), _) => DiscountKind::Percent(basis_points.into()),
        (None, amount) => DiscountKind::Amount(amount.unwrap_or_default()),
    };
    let removed_after = end_period.map(|end| number(end.saturating_sub(first_period)));
    let lasts = match terms.duration {
        entity::DiscountDuration::Once => Some(1),
        entity::DiscountDuration::Periods => terms.periods.map(number),
        entity::DiscountDuration::Forever => None,
    };
    let duration = match (lasts, removed_after) {
        (None, None) => DiscountDuration::Forever,
        (lasts, removed) => {
            DiscountDuration::Periods(lasts.unwrap_or(u32::MAX).min(removed.unwrap_or(u32::MAX)))
        }
    };
    Discount { kind, duration, first_period: number(first_period), plans }
}

fn number(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

/// The offer that was bought when the subscription was.
async fn bought(unit: &Unit, subscription: &subscription::Model) -> Outcome<Option<OfferId>> {
    let line = order_line::Entity::find()
        .filter(order_line::Column::TenantId.eq(subscription.tenant_id))
        .filter(order_line::Column::SubscriptionId.eq(subscription.id))
        .filter(order_line::Column::Action.eq(OrderAction::Buy))
        .one(&unit.txn)
        .await?;
    Ok(line.map(|line| line.offer_id))
}
