//! Counting how often discounts were given: each time a purchase is submitted, until nothing comes of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{
    DiscountId, OrderLineId, SubscriptionDiscountId,
    discount::{self, LineDiscount},
    order, order_line, subscription_discount,
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, sea_query::Expr};

use super::codes::{Known, with_what_belongs_to_them};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::unit::{Unit, locked},
};

/// Counts the discounts of an order's purchases, which have their subscriptions, and gives what is to be written of that. Of
/// two orders for the last one, the second is refused with `DISCOUNT_NOT_APPLICABLE`.
pub(crate) async fn redeem(
    unit: &Unit,
    order: &order::Model,
    lines: &[order_line::Model],
) -> Outcome<Vec<subscription_discount::Model>> {
    let wanted = lines.iter().flat_map(discounts_of).map(|discount| discount.discount_id);
    let mut known = lock(unit, order, wanted.collect()).await?;
    let mut refusals = Refusals::default();
    let mut rows = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(subscription_id) = line.subscription_id else { continue };
        for (number, given) in discounts_of(line).enumerate() {
            let field = format!("lines.{index}.discountCodes.{number}");
            let Some(known) = known.get_mut(&given.discount_id) else { continue };
            if known.used_up().is_some() {
                let message = format!("The code {} does not apply here any more.", given.code);
                let code = RefusalCode::DiscountNotApplicable;
                refusals.push(Refusal::of(code, &field, message));
                continue;
            }
            count(known);
            rows.push(subscription_discount::Model {
                id: SubscriptionDiscountId::new(unit.now),
                tenant_id: line.tenant_id,
                subscription_id,
                customer_id: order.customer_id,
                discount_id: given.discount_id,
                order_line_id: Some(line.id),
                terms: given.terms.clone(),
                first_period: 1,
                end_period: None,
                applied_by: unit.viewer.subject.clone(),
                removed_by: None,
                removed_at: None,
                returned_at: None,
                created_at: unit.now,
            });
        }
    }
    refusals.done()?;
    let given = rows.iter().map(|row| row.discount_id);
    add(unit, &counted(given), 1).await?;
    Ok(rows)
}

/// Has the discounts of lines of which nothing comes count no longer.
pub(crate) async fn give_back(unit: &Unit, lines: &[order_line::Model]) -> Outcome<()> {
    use subscription_discount::Column;
    let rows = of_lines(unit, lines, |column| column.is_null()).await?;
    if rows.is_empty() {
        return Ok(());
    }
    subscription_discount::Entity::update_many()
        .col_expr(Column::ReturnedAt, Expr::value(unit.now))
        .filter(Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(&unit.txn)
        .await?;
    add(unit, &counted(rows.iter().map(|row| row.discount_id)), -1).await
}

/// Counts the discounts of a line again that is tried again. Refused with `DISCOUNT_NOT_APPLICABLE` where one was given to
/// others meanwhile.
pub(crate) async fn redeem_again(
    unit: &Unit,
    order: &order::Model,
    line: &order_line::Model,
) -> Outcome<()> {
    use subscription_discount::Column;
    let lines = std::slice::from_ref(line);
    let rows = of_lines(unit, lines, |column| column.is_not_null()).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut known = lock(unit, order, rows.iter().map(|row| row.discount_id).collect()).await?;
    for row in &rows {
        let Some(known) = known.get_mut(&row.discount_id) else { continue };
        if let Some(why) = known.used_up() {
            return Err(Refusal::of(RefusalCode::DiscountNotApplicable, "id", why).into());
        }
        count(known);
    }
    subscription_discount::Entity::update_many()
        .col_expr(Column::ReturnedAt, Expr::cust("NULL"))
        .filter(Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(&unit.txn)
        .await?;
    add(unit, &counted(rows.iter().map(|row| row.discount_id)), 1).await
}

/// Counts a discount once more, or once less, in the rows of which the transaction has the locks, or takes them in this order.
pub(super) async fn add(unit: &Unit, times: &BTreeMap<DiscountId, i32>, sign: i32) -> Outcome<()> {
    for (id, times) in times {
        let redemptions = Expr::col(discount::Column::Redemptions).add(sign * times);
        discount::Entity::update_many()
            .col_expr(discount::Column::Redemptions, redemptions)
            .filter(discount::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(discount::Column::Id.eq(*id))
            .exec(&unit.txn)
            .await?;
    }
    Ok(())
}

fn discounts_of(line: &order_line::Model) -> impl Iterator<Item = &LineDiscount> {
    line.discounts.iter().flat_map(|discounts| &discounts.0)
}

fn count(known: &mut Known) {
    known.discount.redemptions = known.discount.redemptions.saturating_add(1);
    known.had += 1;
}

fn counted(ids: impl Iterator<Item = DiscountId>) -> BTreeMap<DiscountId, i32> {
    let mut counted = BTreeMap::new();
    for id in ids {
        *counted.entry(id).or_default() += 1;
    }
    counted
}

/// Locks discounts, in the order of their ids.
async fn lock(
    unit: &Unit,
    order: &order::Model,
    ids: HashSet<DiscountId>,
) -> Outcome<HashMap<DiscountId, Known>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = discount::Entity::find()
        .filter(discount::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(discount::Column::Id.is_in(ids))
        .order_by_asc(discount::Column::Id);
    let rows = locked(rows).all(&unit.txn).await?;
    let known = with_what_belongs_to_them(unit, order.customer_id, rows).await?;
    Ok(known.into_iter().map(|known| (known.discount.id, known)).collect())
}

/// What was given to lines, and counts or not, in the order of its ids.
async fn of_lines(
    unit: &Unit,
    lines: &[order_line::Model],
    counts: impl Fn(subscription_discount::Column) -> sea_orm::sea_query::SimpleExpr + Send,
) -> Outcome<Vec<subscription_discount::Model>> {
    use subscription_discount::Column;
    let with = lines.iter().filter(|line| line.discounts.is_some());
    let with: Vec<OrderLineId> = with.map(|line| line.id).collect();
    if with.is_empty() {
        return Ok(Vec::new());
    }
    Ok(subscription_discount::Entity::find()
        .filter(Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(Column::OrderLineId.is_in(with))
        .filter(counts(Column::ReturnedAt))
        .order_by_asc(Column::Id)
        .all(&unit.txn)
        .await?)
}
