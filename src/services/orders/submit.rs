//! Submitting an order: from here on it is what it is.

use chrono::TimeDelta;
use domain::{approval, approval_rules::Level};
use entity::{
    ApprovalDecision, ApprovalId, OrderAction, OrderId, OrderStatus, OrderTrigger,
    approval::{self as answer, RuleNames},
    customer, order, order_line, subscription, subscription_discount,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::{
    create,
    levels::levels_of,
    lines,
    row::{self, By},
};
use crate::{
    error::{Outcome, RefusalCode},
    services::{discounts, payment_agreements::selection, subscriptions, unit::Unit, validate},
};

/// Which draft is to be submitted.
#[derive(Clone, Copy, Debug)]
pub struct SubmitOrder {
    pub order_id: OrderId,
    pub expected_version: Option<i64>,
}

/// Submits a draft. Prices, tax, PO numbers and agreement stay from here on as they are now (APX-31). Refused with
/// `CUSTOMER_MOVED` where the customer has gone to another partner since the draft was created, and with
/// `PAYMENT_AGREEMENT_NOT_ACTIVE` where it is to be paid for first and is not.
///
/// Watchers see `SUBMITTED`, and then `PENDING_APPROVAL` where a setting or a rule asks for approval (APX-02), or else
/// `APPROVED` (APX-03). Purchases get their subscriptions, which stay `PENDING` until provisioned (APX-30).
pub async fn submit_order(unit: &Unit, command: SubmitOrder) -> Outcome<OrderId> {
    let mut order = row::lock(unit, command.order_id).await?;
    validate::version(command.expected_version, &order)?;
    if order.status != OrderStatus::Draft {
        let refusal = row::refuse_status(&order, RefusalCode::OrderStatusConflict, "submitted");
        return Err(refusal.into());
    }
    submit_draft(unit, &mut order, By::Viewer).await?;
    Ok(order.id)
}

/// Submits a draft that is locked, and writes it.
pub(super) async fn submit_draft(unit: &Unit, order: &mut order::Model, by: By) -> Outcome<()> {
    let customer = check_partner(unit, order).await?;
    selection::check(unit, order).await?;
    if let Some(agreement) = order.agreement_id {
        create::usable_agreement(unit, agreement, order.customer_id).await?;
    }
    let mut lines = lines::of_order(unit, order).await?;
    Box::pin(lines::reprice(unit, order, customer, &mut lines)).await?;
    let mut submission = submit_by(unit, order, &mut lines, by).await?;
    submission.write_subscriptions(unit).await?;
    lines::replace(unit, &lines).await?;
    submission.write_rest(unit).await?;
    row::save(unit, order).await
}

/// The customer of a draft. Who sells is decided when it is created: a partner that the customer has left meanwhile sells
/// nothing any more.
pub(super) async fn check_partner(unit: &Unit, order: &order::Model) -> Outcome<customer::Model> {
    let customer = unit.related::<customer::Entity>(order.customer_id).await?;
    if customer.partner_id == order.partner_id {
        return Ok(customer);
    }
    let message =
        "The customer has another partner since this draft was created. Create a new order.";
    Err(row::conflict(order, RefusalCode::CustomerMoved, message).into())
}

/// What an order has from its submission on, beside its lines.
pub(super) struct Submission {
    subscriptions: Vec<subscription::Model>,
    redemptions: Vec<subscription_discount::Model>,
    approvals: Vec<answer::Model>,
}

impl Submission {
    /// Writes the subscriptions, to which lines refer.
    pub(super) async fn write_subscriptions(&mut self, unit: &Unit) -> Outcome<()> {
        subscriptions::row::insert(unit, std::mem::take(&mut self.subscriptions)).await
    }

    /// Writes what refers to the lines, which are written by now: the discounts that were given, and the answers that are
    /// asked for.
    pub(super) async fn write_rest(self, unit: &Unit) -> Outcome<()> {
        if !self.redemptions.is_empty() {
            let rows = self.redemptions.into_iter().map(|row| row.into_active_model().reset_all());
            subscription_discount::Entity::insert_many(rows)
                .exec_without_returning(&unit.txn)
                .await?;
        }
        if !self.approvals.is_empty() {
            let rows = self.approvals.into_iter().map(|row| row.into_active_model().reset_all());
            answer::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
        }
        Ok(())
    }
}

/// Moves an order whose lines are checked and priced through its submission, and tells the log. The caller writes it,
/// its lines, and what the submission adds.
pub(super) async fn submit(
    unit: &Unit,
    order: &mut order::Model,
    lines: &mut [order_line::Model],
) -> Outcome<Submission> {
    submit_by(unit, order, lines, By::Viewer).await
}

async fn submit_by(
    unit: &Unit,
    order: &mut order::Model,
    lines: &mut [order_line::Model],
    by: By,
) -> Outcome<Submission> {
    lines::sum_up(order, lines)?;
    if by == By::Viewer {
        approval::sign(order, &unit.viewer.subject);
    }
    row::advance(unit, order, OrderTrigger::Submit, by, None).await?;
    let mut bought = Vec::new();
    for line in lines.iter_mut().filter(|line| line.action == OrderAction::Buy) {
        let subscription = subscriptions::row::begin(unit, order, line).await?;
        line.subscription_id = Some(subscription.id);
        bought.push(subscription);
    }
    lines::belong(lines, &mut bought);
    let redemptions = discounts::redeem(unit, order, lines).await?;
    let levels = Box::pin(levels_of(unit, order, lines)).await?;
    let trigger =
        if levels.is_empty() { OrderTrigger::WaiveApproval } else { OrderTrigger::RequireApproval };
    row::advance(unit, order, trigger, By::System, None).await?;
    let approvals =
        levels.into_iter().zip(1..).map(|(level, number)| asked(unit, order, level, number));
    Ok(Submission { subscriptions: bought, redemptions, approvals: approvals.collect() })
}

/// An answer that is asked for. It keeps what the rules say now.
fn asked(unit: &Unit, order: &order::Model, level: Level, number: i32) -> answer::Model {
    let after = |hours: Option<i32>| hours.map(|it| unit.now + TimeDelta::hours(it.into()));
    answer::Model {
        id: ApprovalId::new(unit.now),
        tenant_id: order.tenant_id,
        order_id: order.id,
        partner_id: level.partner_id,
        level: number,
        decision: ApprovalDecision::Pending,
        approvers_needed: level.approvers_needed,
        decided_by: None,
        reason: None,
        external_reference: None,
        decided_at: None,
        lapses_at: after(level.lapse_after_hours),
        remind_every_hours: level.remind_every_hours,
        remind_at: after(level.remind_every_hours),
        reminded_at: None,
        rules: (!level.rules.is_empty()).then_some(RuleNames(level.rules)),
        created_at: unit.now,
    }
}
