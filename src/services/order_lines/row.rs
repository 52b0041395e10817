//! A line's row: found, locked with its order, moved, written.

use chrono::DateTime;
use entity::{OrderLineId, OrderLineStatus, order, order_line};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    domain::line_life::LineTrigger,
    error::{Error, Outcome, Refusal, RefusalCode},
    services::{
        orders::{self, By},
        unit::Unit,
    },
};

/// An order in provisioning, locked, with its lines, one of which is to move.
pub(super) struct Locked {
    pub(super) order: order::Model,
    pub(super) lines: Vec<order_line::Model>,
    at: usize,
}

/// Finds a line of an order that the viewer may see, and locks the order.
pub(super) async fn lock(unit: &Unit, id: OrderLineId) -> Outcome<Locked> {
    let not_found = || {
        Error::from(Refusal::of(
            RefusalCode::OrderLineNotFound,
            "id",
            "There is no such order line.",
        ))
    };
    let line = order_line::Entity::find_by_id(id)
        .filter(order_line::Column::TenantId.eq(unit.viewer.tenant_id))
        .one(&unit.txn)
        .await?
        .ok_or_else(not_found)?;
    let order = match orders::lock(unit, line.order_id).await {
        Ok(order) => order,
        // To this viewer the order does not exist, so neither does its line.
        Err(Error::Refused(_)) => return Err(not_found()),
        Err(failed @ Error::Failed(_)) => return Err(failed),
    };
    // Read again: what was read before the lock may have changed.
    let lines = orders::lines_of(unit, &order).await?;
    let at = lines.iter().position(|line| line.id == id).ok_or_else(not_found)?;
    Ok(Locked { order, lines, at })
}

impl Locked {
    pub(super) fn line(&mut self) -> &mut order_line::Model {
        &mut self.lines[self.at]
    }

    /// Moves the line, or refuses with the line's status.
    pub(super) fn advance(&mut self, trigger: LineTrigger) -> Outcome<OrderLineStatus> {
        Ok(orders::move_line(self.line(), trigger)?)
    }

    /// Records the line's move, writes it, and moves the order as its lines demand.
    pub(super) async fn save(
        mut self,
        unit: &Unit,
        from: OrderLineStatus,
        by: By,
        reason: Option<String>,
    ) -> Outcome<OrderLineId> {
        let line = self.lines[self.at].clone();
        orders::record_line(unit, &mut self.order, &line, from, by, reason).await?;
        unit.save(line.clone()).await?;
        orders::settle(unit, &mut self.order, &self.lines).await?;
        orders::save(unit, &mut self.order).await?;
        Ok(line.id)
    }
}

/// Begins an attempt at a line of a locked order; the caller saves the order.
pub(crate) async fn begin(
    unit: &Unit,
    order: &mut order::Model,
    line: &mut order_line::Model,
    by: By,
) -> Outcome<()> {
    let from = orders::move_line(line, LineTrigger::Start)?;
    line.attempts += 1;
    line.started_at = Some(unit.now);
    line.failure_reason = None;
    line.failures = 0;
    line.next_try_at = DateTime::UNIX_EPOCH;
    orders::record_line(unit, order, line, from, by, None).await?;
    Ok(unit.save(line.clone()).await?)
}
