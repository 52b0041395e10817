//! Which answers an order needs: what rules look at is loaded, and they are asked.

use domain::{
    approval_rules::{self, ChainLink, Level, LineFacts, OrderFacts, looks_at_all_sales},
    viewer::Scope,
};
use entity::{
    OrderStatus, PartnerId, approval_rule, customer, order, order_line, partner, product,
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, SelectExt};

use crate::{
    error::Outcome,
    services::{
        invoices::{owed::owed, wide_sum},
        unit::Unit,
    },
};

/// How many partners may stand above one another.
const LONGEST_CHAIN: usize = 8;

/// The answers that an order needs if it is submitted now, by level.
pub(super) async fn levels_of(
    unit: &Unit,
    order: &order::Model,
    lines: &[order_line::Model],
) -> Outcome<Vec<Level>> {
    levels_by(unit, order, lines, |_| true).await
}

/// The answers that an order would need if it were submitted now, by level, as far as the viewer may try that out. Whoever is
/// not of the seller could find out, with order after order that nobody sees, what the customer owes others: what looks at
/// that is left out.
pub(super) async fn previewed_levels(
    unit: &Unit,
    order: &order::Model,
    lines: &[order_line::Model],
) -> Outcome<Vec<Level>> {
    let is_sellers = unit.viewer.scope == Scope::Tenant;
    levels_by(unit, order, lines, |rule| is_sellers || !looks_at_all_sales(rule)).await
}

async fn levels_by(
    unit: &Unit,
    order: &order::Model,
    lines: &[order_line::Model],
    counts: impl Fn(&approval_rule::Model) -> bool,
) -> Outcome<Vec<Level>> {
    let seller_approves = unit.tenant().await?.approval_required;
    let chain = chain_above(unit, order).await?;
    let mut rules = rules_for(unit, &chain).await?;
    rules.retain(counts);
    let facts = facts_of(unit, order, lines, chain, &rules).await?;
    Ok(approval_rules::levels(&facts, seller_approves, &rules))
}

/// The partners above the order, from the customer's own upwards.
async fn chain_above(unit: &Unit, order: &order::Model) -> Outcome<Vec<ChainLink>> {
    let mut chain = Vec::new();
    let mut next = order.partner_id;
    while let Some(id) = next
        && chain.len() < LONGEST_CHAIN
    {
        // Not limited to what the viewer sees: partners above it must agree as well.
        let partner = unit.related::<partner::Entity>(id).await?;
        chain.push(ChainLink { partner_id: id, approval_required: partner.approval_required });
        next = partner.parent_id;
    }
    Ok(chain)
}

/// The rules of all who can be asked, whether the viewer may see them or not.
async fn rules_for(unit: &Unit, chain: &[ChainLink]) -> Outcome<Vec<approval_rule::Model>> {
    let approver = approval_rule::Column::ApproverPartnerId;
    let above = approver.is_in(chain.iter().map(|link| link.partner_id));
    Ok(approval_rule::Entity::find()
        .filter(approval_rule::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(approval_rule::Column::Enabled.eq(true))
        .filter(approver.is_null().or(above))
        .all(&unit.txn)
        .await?)
}

/// What the rules look at, as far as there is one that does.
async fn facts_of(
    unit: &Unit,
    order: &order::Model,
    lines: &[order_line::Model],
    chain: Vec<ChainLink>,
    rules: &[approval_rule::Model],
) -> Outcome<OrderFacts> {
    let mut facts = OrderFacts {
        customer_id: order.customer_id,
        chain,
        currency: order.currency.clone(),
        gross_amount: order.gross_amount,
        lines: Vec::new(),
        bought_before: false,
        bought_of_partner_before: false,
        owed: 0,
    };
    if !rules.is_empty() {
        facts.lines = line_facts(unit, lines).await?;
    }
    let asks_for_first = rules.iter().any(|rule| rule.first_order);
    let has_limit = rules.iter().any(|rule| rule.credit_limit.is_some());
    if asks_for_first || has_limit {
        // Of two orders that are submitted at once, one knows of the other.
        unit.lock_related::<customer::Entity>(order.customer_id).await?;
    }
    if asks_for_first {
        facts.bought_before = has_bought(unit, order, None).await?;
        facts.bought_of_partner_before = match order.partner_id {
            Some(partner) => has_bought(unit, order, Some(partner)).await?,
            None => false,
        };
    }
    if has_limit {
        // In the direction in which amounts go, from orders to drafts to what is open: what moves on meanwhile counts twice,
        // and never not at all.
        let on_their_way = on_their_way(unit, order).await?;
        facts.owed = on_their_way + owed(unit, order.customer_id, &order.currency).await?;
    }
    Ok(facts)
}

/// What each line is about: the product of its offer, and those that are chosen of a plan.
async fn line_facts(unit: &Unit, lines: &[order_line::Model]) -> Outcome<Vec<LineFacts>> {
    let about: Vec<_> = lines
        .iter()
        .flat_map(|line| {
            let components = line.components.iter().flat_map(|components| &components.0);
            let chosen = components.map(|component| component.product_id);
            std::iter::once(line.product_id).chain(chosen).map(|product| (product, line.action))
        })
        .collect();
    let products = product::Entity::find()
        .filter(product::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(product::Column::Id.is_in(about.iter().map(|(product, _)| *product)))
        .all(&unit.txn)
        .await?;
    let vendor = |id| products.iter().find(|it| it.id == id).map(|it| it.vendor.clone());
    let of = |(product_id, action)| LineFacts {
        product_id,
        vendor: vendor(product_id).unwrap_or_default(),
        action,
    };
    Ok(about.into_iter().map(of).collect())
}

/// Whether an order of the customer has been approved before, through this partner if one is named.
async fn has_bought(
    unit: &Unit,
    order: &order::Model,
    through: Option<PartnerId>,
) -> Outcome<bool> {
    let mut approved = order::Entity::find()
        .filter(order::Column::TenantId.eq(order.tenant_id))
        .filter(order::Column::CustomerId.eq(order.customer_id))
        .filter(order::Column::ApprovedAt.is_not_null());
    if let Some(partner) = through {
        approved = approved.filter(order::Column::PartnerId.eq(partner));
    }
    Ok(approved.exists(&unit.txn).await?)
}

/// What the customer's orders come to that were submitted and not carried out yet. What one would give back counts when it
/// has: its order may still be withdrawn.
async fn on_their_way(unit: &Unit, order: &order::Model) -> Outcome<i128> {
    use OrderStatus::{Approved, OnHold, PendingApproval, Provisioning};
    let orders = order::Entity::find()
        .filter(order::Column::TenantId.eq(order.tenant_id))
        .filter(order::Column::CustomerId.eq(order.customer_id))
        .filter(order::Column::Currency.eq(order.currency.as_str()))
        .filter(order::Column::Status.is_in([PendingApproval, Approved, Provisioning, OnHold]))
        .filter(order::Column::GrossAmount.gt(0))
        .filter(order::Column::Id.ne(order.id));
    let [high, low] = wide_sum::parts(&order::Column::GrossAmount);
    let sums: Option<wide_sum::Parts> = orders
        .select_only()
        .column_as(high, "high")
        .column_as(low, "low")
        .into_tuple()
        .one(&unit.txn)
        .await?;
    Ok(wide_sum::exactly(sums))
}
