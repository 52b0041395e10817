//! Drafts: where charges are collected until they are issued.
//!
//! A line has a day. A renewal closes the draft of its day; everything else goes on the next draft that closes after its
//! day, and at the latest on the one of the first of the next month. So documents are the same however late billing is.
//! Only the draft that an order has to itself has no day: it waits for its order.

use chrono::NaiveDate;
use domain::billing::{Anchor, Interval, Period};
use entity::{
    EventKind, InvoiceKind, InvoiceLineId, OrderId, invoice, invoice_line, line_correction, tenant,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, sea_query::Expr,
};

pub(crate) use super::row::Owner;
use super::{row, taxes};
use crate::{
    error::Outcome,
    planted::{self, Fault},
    services::unit::Unit,
};

/// On which draft a line belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) kind: InvoiceKind,
    pub(crate) day: NaiveDate,
    /// Whether it closes the draft of its day.
    pub(crate) closes: bool,
    pub(crate) tax_inclusive: bool,
    /// The order that has a document to itself; none: it is put with what else the customer is charged.
    pub(crate) order_id: Option<OrderId>,
}

/// A line that is to be put on a draft, which gives it its invoice and number.
#[derive(Clone, Debug)]
pub(crate) struct NewLine {
    pub(crate) row: invoice_line::Model,
    pub(crate) placement: Placement,
    /// The lines it takes something back of, with how much of each, above zero.
    pub(crate) corrects: Vec<(InvoiceLineId, i64)>,
}

/// Puts lines on the drafts on which they belong, and begins those that are not there. Gives the lines as they were
/// written, in their order.
///
/// Refused with `AMOUNT_TOO_LARGE` where a draft would come to too much.
pub(crate) async fn add(
    unit: &Unit,
    tenant: &tenant::Model,
    owner: &Owner,
    lines: Vec<NewLine>,
) -> Outcome<Vec<invoice_line::Model>> {
    let mut written: Vec<Option<invoice_line::Model>> = vec![None; lines.len()];
    let mut open: Vec<(usize, NewLine)> = lines.into_iter().enumerate().collect();
    while let Some((_, first)) = open.first() {
        let placement = first.placement;
        let (now, later) = open.into_iter().partition(|(_, line)| line.placement == placement);
        open = later;
        add_to_draft(unit, tenant, owner, placement, now, &mut written).await?;
    }
    Ok(written.into_iter().flatten().collect())
}

async fn add_to_draft(
    unit: &Unit,
    tenant: &tenant::Model,
    owner: &Owner,
    placement: Placement,
    lines: Vec<(usize, NewLine)>,
    written: &mut [Option<invoice_line::Model>],
) -> Outcome<()> {
    let mut invoice = lock(unit, tenant, owner, placement).await?;
    let taxes::SoFar { next_number, lines: mut taxed } = taxes::so_far(unit, &invoice).await?;
    let mut rows = Vec::with_capacity(lines.len());
    for ((at, line), number) in lines.into_iter().zip(next_number..) {
        let row = invoice_line::Model { invoice_id: invoice.id, line_number: number, ..line.row };
        taxed.push(taxes::taxed(&invoice, &row));
        rows.push((at, row, line.corrects));
    }
    if planted::is(Fault::ChargeRepeated) && rand::random_ratio(1, 8) {
        let mut again = rows[0].1.clone();
        (again.id, again.line_number) = (InvoiceLineId::new(unit.now), again.line_number + 1_000);
        again.cause.clear();
        unit.insert(again).await?;
    }
    taxes::sum_up(&mut invoice, &taxed)?;
    let new = rows.iter().map(|(_, row, _)| row.clone().into_active_model().reset_all());
    invoice_line::Entity::insert_many(new).exec_without_returning(&unit.txn).await?;
    row::save(unit, &mut invoice).await?;
    for (at, row, corrects) in rows {
        correct(unit, &row, &corrects).await?;
        let event = row::about(EventKind::InvoiceLineAdded, &invoice).by_order(owner.order_id);
        let event = match row.order_line_id {
            Some(line) => event.with_line(line),
            None => event,
        };
        unit.record(event).await?;
        written[at] = Some(row);
    }
    Ok(())
}

/// Says of each line of which another takes something back how much that is. The database refuses more than is left.
async fn correct(
    unit: &Unit,
    line: &invoice_line::Model,
    corrects: &[(InvoiceLineId, i64)],
) -> Outcome<()> {
    use invoice_line::Column::{CreditedAmount, Id, TenantId};
    for (id, amount) in corrects {
        let row = line_correction::ActiveModel {
            tenant_id: Set(line.tenant_id),
            line_id: Set(line.id),
            corrects_line_id: Set(*id),
            amount: Set(*amount),
        };
        line_correction::Entity::insert(row).exec_without_returning(&unit.txn).await?;
        invoice_line::Entity::update_many()
            .col_expr(CreditedAmount, Expr::col(CreditedAmount).add(*amount))
            .filter(TenantId.eq(line.tenant_id))
            .filter(Id.eq(*id))
            .exec(&unit.txn)
            .await?;
    }
    Ok(())
}

/// The draft on which a line belongs, locked; it is begun if there is none.
pub(super) async fn lock(
    unit: &Unit,
    tenant: &tenant::Model,
    owner: &Owner,
    placement: Placement,
) -> Outcome<invoice::Model> {
    let Placement { kind, day, closes, tax_inclusive, order_id } = placement;
    let key = row::DraftKey { owner, kind, tax_inclusive, order_id };
    if order_id.is_some() {
        return match row::find_draft(unit, &key, row::NEVER).await? {
            Some(draft) => Ok(draft),
            None => row::begin_draft(unit, tenant, &key, row::NEVER).await,
        };
    }
    let closes_on = if closes { day } else { first_of_next_month(day) };
    let earliest = if closes { day } else { day.succ_opt().unwrap_or(day) };
    let found = row::find_draft(unit, &key, earliest).await?;
    match found {
        Some(draft) if draft.closes_on <= closes_on => Ok(draft),
        // It was begun for what comes later, or by hand or an earlier release, which knew no days.
        Some(draft) if closes || draft.closes_on == row::NEVER => {
            close_on(unit, tenant, &key, draft, closes_on).await
        }
        Some(_) | None => row::begin_draft(unit, tenant, &key, closes_on).await,
    }
}

/// A draft that closes on a day, with those lines of one that closes later that belong on it.
async fn close_on(
    unit: &Unit,
    tenant: &tenant::Model,
    key: &row::DraftKey<'_>,
    mut draft: invoice::Model,
    closes_on: NaiveDate,
) -> Outcome<invoice::Model> {
    let lines = invoice_line::Entity::find()
        .filter(invoice_line::Column::TenantId.eq(draft.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(draft.id))
        .order_by_asc(invoice_line::Column::LineNumber)
        .all(&unit.txn)
        .await?;
    let is_earlier = |line: &invoice_line::Model| line.issued_on.is_none_or(|day| day < closes_on);
    let (earlier, later): (Vec<_>, Vec<_>) = lines.into_iter().partition(is_earlier);
    if later.is_empty() {
        draft.closes_on = closes_on;
        return Ok(draft);
    }
    let closing = row::begin_draft(unit, tenant, key, closes_on).await?;
    if earlier.is_empty() {
        return Ok(closing);
    }
    for (line, line_number) in earlier.into_iter().zip(1..) {
        let invoice_id = closing.id;
        unit.save(invoice_line::Model { invoice_id, line_number, ..line }).await?;
    }
    // In their order, so that no number is there twice on the way.
    for (line, line_number) in later.into_iter().zip(1..) {
        unit.save(invoice_line::Model { line_number, ..line }).await?;
    }
    let so_far = taxes::so_far(unit, &draft).await?;
    taxes::sum_up(&mut draft, &so_far.lines)?;
    row::save(unit, &mut draft).await?;
    Ok(closing)
}

/// The first of the month that follows a day.
fn first_of_next_month(day: NaiveDate) -> NaiveDate {
    let month = Anchor::calendar(day, Interval::MONTHLY).and_then(|months| months.period_with(day));
    month.map_or(row::NEVER, Period::end)
}
