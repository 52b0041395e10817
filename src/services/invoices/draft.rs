//! Charging a subscription: a line on the customer's draft invoice.

use chrono::{DateTime, Utc};
use domain::{
    money::{self, MoneyError},
    pricing::{self, Taxed},
};
use entity::{
    ChargeDirection, ChargeType, EventKind, InvoiceLineId, RoundingMode, TaxCategory, invoice,
    invoice_line, order, order_line, subscription,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::Expr,
};

use super::row;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// What is charged.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub(crate) kind: ChargeType,
    pub(crate) description: String,
    pub(crate) quantity: i32,
    pub(crate) net_amount: i64,
    pub(crate) period: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

/// Adds a line to the one draft per customer, partner, currency and agreement, which is created when there is none
/// (APG-09). The partner is the one that sold the subscription: what one sells is on no invoice of another, also after
/// the customer has moved.
pub(crate) async fn charge(
    unit: &Unit,
    order: &order::Model,
    order_line: &order_line::Model,
    subscription: &subscription::Model,
    charge: Charge,
) -> Outcome<()> {
    let mut invoice = row::lock_draft(unit, order, subscription).await?;
    let (count, mut taxed) = taxed_so_far(unit, &invoice).await?;
    let line = invoice_line::Model {
        id: InvoiceLineId::new(unit.now),
        tenant_id: invoice.tenant_id,
        invoice_id: invoice.id,
        line_number: i32::try_from(count + 1).unwrap_or(i32::MAX),
        subscription_id: Some(subscription.id),
        order_line_id: Some(order_line.id),
        charge_type: charge.kind,
        description: charge.description,
        quantity: charge.quantity,
        unit_amount: subscription.unit_amount,
        tax_basis_points: subscription.tax_basis_points,
        net_amount: charge.net_amount,
        component_id: None,
        tax_category: TaxCategory::Standard,
        tax_code_id: None,
        billed_quantity: Some(charge.quantity),
        discount_amount: 0,
        starts_on: None,
        ends_on: None,
        share_days: None,
        share_of_days: None,
        cause: String::new(),
        direction: ChargeDirection::Charge,
        rounding_mode: RoundingMode::HalfEven,
        issued_on: None,
        due_on: None,
        credited_amount: 0,
        credited_by_hand: 0,
        po_number: None,
        external_reference: order
            .external_reference
            .clone()
            .or_else(|| subscription.external_reference.clone()),
        period_starts_at: charge.period.map(|(starts_at, _)| starts_at),
        period_ends_at: charge.period.and_then(|(_, ends_at)| ends_at),
        created_at: unit.now,
    };
    taxed.push(Taxed { net_amount: line.net_amount, tax_basis_points: line.tax_basis_points });
    sum_up(&mut invoice, taxed)?;
    invoice_line::Entity::insert(line.into_active_model().reset_all())
        .exec_without_returning(&unit.txn)
        .await?;
    row::save(unit, &mut invoice).await?;
    let event = row::about(EventKind::InvoiceLineAdded, &invoice)
        .by_order(Some(order.id))
        .with_line(order_line.id);
    Ok(unit.record(event).await?)
}

/// How many lines the invoice has, and what they come to at each rate of tax: as little to read for a thousand lines as
/// for one.
async fn taxed_so_far(unit: &Unit, invoice: &invoice::Model) -> Outcome<(i64, Vec<Taxed>)> {
    // Amounts are added up in two parts, because what charges and credits come to may fit where a sum on the way to it
    // does not. PostgreSQL adds whole numbers up to a decimal.
    let rates: Vec<(i32, i64, i64, i64)> = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::TaxBasisPoints)
        .column_as(Expr::cust("CAST(SUM(net_amount / 4294967296) AS BIGINT)"), "high")
        .column_as(Expr::cust("CAST(SUM(net_amount % 4294967296) AS BIGINT)"), "low")
        .column_as(invoice_line::Column::Id.count(), "lines")
        .filter(invoice_line::Column::TenantId.eq(invoice.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(invoice.id))
        .group_by(invoice_line::Column::TaxBasisPoints)
        .into_tuple()
        .all(&unit.txn)
        .await?;
    let count = rates.iter().map(|(_, _, _, lines)| lines).sum();
    let taxed = rates.into_iter().map(|(tax_basis_points, high, low, _)| {
        let net_amount = i128::from(high) * 4_294_967_296 + i128::from(low);
        Ok(Taxed { net_amount: money::fitting(net_amount)?, tax_basis_points })
    });
    let taxed = taxed.collect::<Result<_, MoneyError>>().map_err(too_large)?;
    Ok((count, taxed))
}

fn sum_up(invoice: &mut invoice::Model, taxed: Vec<Taxed>) -> Outcome<()> {
    let totals = pricing::totals(taxed).map_err(too_large)?;
    invoice.net_amount = totals.net_amount;
    invoice.tax_amount = totals.tax_amount;
    invoice.gross_amount = totals.gross_amount;
    Ok(())
}

fn too_large<E>(_: E) -> Refusal {
    Refusal::new(
        RefusalCode::AmountTooLarge,
        "The customer's draft invoice would come to too large an amount. Issue it first.",
    )
}
