//! The rows of lines: written, found, locked with their order, moved, and ended with it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    billing::TaxRate,
    line_life::{self, LineTrigger},
    order_life,
};
use entity::{
    ChangeTime, OfferId, OrderAction, OrderId, OrderLineId, OrderLineStatus, PlanId, PriceId,
    PriceModel, PriceScope, ProductId, Provisioning, SubscriptionId,
    discount::LineDiscounts,
    order, order_line,
    plan_instance::{LineComponents, PlanInstance},
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, SelectExt,
    sea_query::{Expr, OnConflict},
};

use super::attempts::{self, Posting};
use crate::{
    error::{Error, Outcome, Refusal, RefusalCode},
    services::{
        invoices::per_order,
        orders::row::{self, By},
        unit::Unit,
    },
};

/// What a new line says.
pub(crate) struct NewRow {
    pub(crate) order_id: OrderId,
    pub(crate) order_created_at: DateTime<Utc>,
    /// From 1 on, in the order of the order's lines.
    pub(crate) line_number: i32,
    pub(crate) client_line_id: Option<String>,
    pub(crate) action: OrderAction,
    pub(crate) product_id: ProductId,
    pub(crate) offer_id: OfferId,
    /// The plan of which it is sold; none: the offer by itself.
    pub(crate) plan_id: Option<PlanId>,
    /// The subscription that it acts on; none: it buys one.
    pub(crate) subscription_id: Option<SubscriptionId>,
    /// Of an add-on: the subscription that it belongs to, or the number of the line that buys that.
    pub(crate) parent_subscription_id: Option<SubscriptionId>,
    pub(crate) parent_line: Option<i32>,
    pub(crate) quantity: i32,
    pub(crate) previous_quantity: Option<i32>,
    pub(crate) po_number: Option<String>,
    pub(crate) unit_amount: i64,
    pub(crate) price_model: PriceModel,
    /// The price that is copied, and for whom it is; none: what was sold stays as it was.
    pub(crate) price: Option<(PriceId, PriceScope)>,
    pub(crate) tax: TaxRate,
    pub(crate) net_amount: i64,
    /// What each component comes to, of a plan.
    pub(crate) components: Option<LineComponents>,
    pub(crate) has_trial: bool,
    pub(crate) provisioning: Provisioning,
    /// What is sold by it; none: nothing is.
    pub(crate) plan_instance: Option<PlanInstance>,
    /// The day in the past on which it begins.
    pub(crate) starts_on: Option<NaiveDate>,
    /// What is taken off what it buys, and how much less that is.
    pub(crate) discounts: Option<LineDiscounts>,
    pub(crate) discount_amount: i64,
}

/// A line that waits for its order. [`insert`] writes it.
pub(crate) fn pending(unit: &Unit, new: NewRow) -> order_line::Model {
    order_line::Model {
        id: OrderLineId::new(unit.now),
        tenant_id: unit.viewer.tenant_id,
        order_id: new.order_id,
        order_created_at: new.order_created_at,
        line_number: new.line_number,
        client_line_id: new.client_line_id,
        action: new.action,
        status: OrderLineStatus::Pending,
        product_id: new.product_id,
        offer_id: new.offer_id,
        plan_id: new.plan_id,
        components: new.components,
        has_trial: new.has_trial,
        subscription_id: new.subscription_id,
        parent_subscription_id: new.parent_subscription_id,
        parent_line: new.parent_line,
        quantity: new.quantity,
        previous_quantity: new.previous_quantity,
        po_number: new.po_number,
        unit_amount: new.unit_amount,
        price_model: new.price_model,
        price_id: new.price.map(|(id, _)| id),
        price_scope: new.price.map(|(_, scope)| scope),
        tax_basis_points: new.tax.basis_points,
        net_amount: new.net_amount,
        tax_category: new.tax.category,
        plan_instance: new.plan_instance,
        starts_on: new.starts_on,
        change_time: ChangeTime::Now,
        change_on: None,
        previous_offer_id: None,
        keep_anchor: false,
        auto_renew: None,
        pending_cancellation: None,
        cancels_line_id: None,
        cancellable_until: None,
        discounts: new.discounts,
        discount_amount: new.discount_amount,
        charges: None,
        provisioning: new.provisioning,
        provisioning_reference: None,
        activation: None,
        hold_reason: None,
        held_since: None,
        failure_reason: None,
        attempts: 0,
        failures: 0,
        next_try_at: DateTime::UNIX_EPOCH,
        started_at: None,
        ended_at: None,
    }
}

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
    let order = match row::lock(unit, line.order_id).await {
        Ok(order) => order,
        // To this viewer the order does not exist, so neither does its line.
        Err(Error::Refused(_)) => return Err(not_found()),
        Err(failed @ Error::Failed(_)) => return Err(failed),
    };
    // Read again: what was read before the lock may have changed.
    let lines = of_order(unit, &order).await?;
    let at = lines.iter().position(|line| line.id == id).ok_or_else(not_found)?;
    Ok(Locked { order, lines, at })
}

impl Locked {
    pub(super) fn line(&mut self) -> &mut order_line::Model {
        &mut self.lines[self.at]
    }

    /// Moves the line, or refuses with the line's status.
    pub(super) fn advance(&mut self, trigger: LineTrigger) -> Outcome<OrderLineStatus> {
        Ok(move_line(self.line(), trigger)?)
    }

    /// Begins an attempt at the line, if its order is being carried out; the caller saves the order.
    pub(super) async fn begin(&mut self, unit: &Unit, by: By) -> Outcome<()> {
        if !line_life::can_begin(self.order.status) {
            let code = RefusalCode::OrderStatusConflict;
            return Err(row::refuse_status(&self.order, code, "provisioned now").into());
        }
        check_turn(&self.lines, &self.lines[self.at])?;
        begin(unit, &mut self.order, &mut self.lines[self.at], by, None).await
    }

    /// Records the line's move, writes it, and moves the order as its lines demand.
    pub(super) async fn save(
        mut self,
        unit: &Unit,
        from: OrderLineStatus,
        by: By,
        reason: Option<String>,
    ) -> Outcome<OrderLineId> {
        let line = self.write(unit, from, by, reason).await?;
        self.settle(unit).await?;
        Ok(line.id)
    }

    /// Records the line's move and writes it; the order is to be settled.
    pub(super) async fn write(
        &mut self,
        unit: &Unit,
        from: OrderLineStatus,
        by: By,
        reason: Option<String>,
    ) -> Outcome<order_line::Model> {
        let line = self.lines[self.at].clone();
        row::record_line(unit, &mut self.order, &line, from, by, reason).await?;
        unit.save(line.clone()).await?;
        Ok(line)
    }

    /// Moves the order as its lines demand, and writes it. One that has ended so is invoiced where it has a document to itself.
    pub(super) async fn settle(&mut self, unit: &Unit) -> Outcome<()> {
        row::settle(unit, &mut self.order, &self.lines).await?;
        if order_life::is_ended(self.order.status) {
            Box::pin(per_order::issue_of_order(unit, self.order.id)).await?;
        }
        row::save(unit, &mut self.order).await
    }
}

/// Whether nothing has to be carried out before a line.
pub(in crate::services::orders) fn is_its_turn(
    lines: &[order_line::Model],
    line: &order_line::Model,
) -> bool {
    line_life::is_its_turn(parent_of(lines, line))
}

/// The status of the line that buys what an add-on's line belongs to; none: no line does.
pub(super) fn parent_of(
    lines: &[order_line::Model],
    line: &order_line::Model,
) -> Option<OrderLineStatus> {
    let parent = lines.iter().find(|other| Some(other.line_number) == line.parent_line);
    parent.map(|parent| parent.status)
}

/// Refuses to begin a line whose turn it is not, with `PARENT_NOT_ACTIVE`.
fn check_turn(lines: &[order_line::Model], line: &order_line::Model) -> Result<(), Refusal> {
    if is_its_turn(lines, line) {
        return Ok(());
    }
    let message = format!(
        "Line {} buys what this add-on belongs to, and comes first.",
        line.parent_line.unwrap_or_default()
    );
    Err(Refusal::of(RefusalCode::ParentNotActive, "id", message))
}

/// Begins an attempt at a line of a locked order, which is posted somewhere or not; the caller saves the order.
pub(super) async fn begin(
    unit: &Unit,
    order: &mut order::Model,
    line: &mut order_line::Model,
    by: By,
    posting: Option<Posting>,
) -> Outcome<()> {
    let from = move_line(line, LineTrigger::Start)?;
    line.attempts += 1;
    line.started_at = Some(unit.now);
    line.failure_reason = None;
    line.failures = 0;
    line.next_try_at = DateTime::UNIX_EPOCH;
    match posting {
        // When its vendor's time is over.
        Some(posting) => line.next_try_at = unit.now + posting.answer_within,
        None if line.provisioning == Provisioning::Webhook => {
            line.provisioning = Provisioning::Manual;
        }
        None => {}
    }
    row::record_line(unit, order, line, from, by, None).await?;
    unit.save(line.clone()).await?;
    attempts::begin(unit, line, posting).await
}

/// Moves a line, or refuses with its status, and gives the status that it had; the caller records and writes it.
pub(super) fn move_line(
    line: &mut order_line::Model,
    trigger: LineTrigger,
) -> Result<OrderLineStatus, Refusal> {
    let from = line.status;
    line.status = line_life::next(from, trigger).ok_or_else(|| refuse_move(from))?;
    Ok(from)
}

/// The refusal of a move that a line cannot make in its status.
pub(super) fn refuse_move(from: OrderLineStatus) -> Refusal {
    let message = format!("The line is {from} and cannot make this move.");
    Refusal::of(RefusalCode::LineStatusConflict, "id", message)
}

/// The order's lines, in their order.
pub(crate) async fn of_order(unit: &Unit, order: &order::Model) -> Outcome<Vec<order_line::Model>> {
    Ok(order_line::Entity::find()
        .filter(order_line::Column::TenantId.eq(order.tenant_id))
        .filter(order_line::Column::OrderId.eq(order.id))
        .order_by_asc(order_line::Column::LineNumber)
        .all(&unit.txn)
        .await?)
}

/// One open change per subscription: no line that acts on it waits to be carried out. What is left to do for other lines
/// of the order that bought it is no reason to wait. The subscription's row is locked by the caller, so two that come at
/// once take turns.
pub(crate) async fn refuse_second_change(unit: &Unit, id: SubscriptionId) -> Outcome<()> {
    const OPEN: [OrderLineStatus; 3] =
        [OrderLineStatus::Pending, OrderLineStatus::InProgress, OrderLineStatus::OnHold];
    let is_open = order_line::Entity::find()
        .filter(order_line::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(order_line::Column::SubscriptionId.eq(id))
        .filter(order_line::Column::Status.is_in(OPEN))
        .exists(&unit.txn)
        .await?;
    if is_open {
        let message = "Another order on this subscription is open. Wait for its end or cancel it.";
        return Err(Refusal::of(RefusalCode::ChangeAlreadyPending, "id", message).into());
    }
    Ok(())
}

/// Writes new lines.
pub(crate) async fn insert(unit: &Unit, lines: &[order_line::Model]) -> Outcome<()> {
    let rows = lines.iter().map(|line| line.clone().into_active_model().reset_all());
    order_line::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
    Ok(())
}

/// Writes lines again that exist already, all in one statement.
pub(crate) async fn replace(unit: &Unit, lines: &[order_line::Model]) -> Outcome<()> {
    use order_line::Column::{
        Charges, Components, DiscountAmount, Discounts, HasTrial, Id, NetAmount,
        ParentSubscriptionId, PlanInstance, PriceId, PriceModel, PriceScope, Provisioning,
        SubscriptionId, TaxBasisPoints, TaxCategory, UnitAmount,
    };
    let rows = lines.iter().map(|line| line.clone().into_active_model().reset_all());
    // What a submission changes. An update cannot give each row values of its own.
    let changed = [
        SubscriptionId,
        ParentSubscriptionId,
        UnitAmount,
        PriceModel,
        PriceId,
        PriceScope,
        TaxBasisPoints,
        TaxCategory,
        NetAmount,
        Components,
        HasTrial,
        Provisioning,
        PlanInstance,
        Discounts,
        DiscountAmount,
        Charges,
    ];
    order_line::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(Id).update_columns(changed).to_owned())
        .exec_without_returning(&unit.txn)
        .await?;
    Ok(())
}

/// Deletes the lines of an order.
pub(crate) async fn delete(unit: &Unit, order_id: OrderId) -> Outcome<()> {
    order_line::Entity::delete_many()
        .filter(order_line::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(order_line::Column::OrderId.eq(order_id))
        .exec(&unit.txn)
        .await?;
    Ok(())
}

/// Ends all lines of an order that never reached provisioning, which have one status before and after, and gives them.
pub(crate) async fn end(
    unit: &Unit,
    order: &order::Model,
    trigger: LineTrigger,
) -> Outcome<Vec<order_line::Model>> {
    let mut lines = of_order(unit, order).await?;
    for line in &mut lines {
        move_line(line, trigger)?;
    }
    if let Some(status) = lines.first().map(|line| line.status) {
        order_line::Entity::update_many()
            .col_expr(order_line::Column::Status, Expr::value(status.to_value()))
            .col_expr(order_line::Column::EndedAt, Expr::value(unit.now))
            .filter(order_line::Column::TenantId.eq(order.tenant_id))
            .filter(order_line::Column::OrderId.eq(order.id))
            .exec(&unit.txn)
            .await?;
    }
    Ok(lines)
}
