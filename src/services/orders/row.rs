//! The order's row: begun, locked, moved, written back, and told to the log.

use chrono::{DateTime, Utc};
use domain::{
    line_life, numbers,
    order_life::{self, Mover, NotAllowed},
    viewer::{Scope, Viewer},
};
use entity::{
    AgreementId, CustomerId, EventKind, OrderId, OrderLineStatus, OrderStatus, OrderTrigger,
    PartnerId, event, order, order_line,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    error::{Current, Outcome, Refusal, RefusalCode},
    events::log::{NewEvent, Subject},
    services::{search, unit::Unit, validate},
};

/// Who pulls a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The caller, as far as its role goes.
    Viewer,
    /// Ordergate, by policy, by date, or because of what happened to the lines.
    System,
}

/// What a new order says.
pub(crate) struct NewOrder {
    pub(crate) id: OrderId,
    pub(crate) customer_id: CustomerId,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) agreement_id: Option<AgreementId>,
    pub(crate) currency: String,
    /// Whether the amounts of its lines have the tax in them.
    pub(crate) tax_inclusive: bool,
    pub(crate) reference: Option<String>,
    pub(crate) po_number: Option<String>,
    pub(crate) start_at: Option<DateTime<Utc>>,
}

/// Begins an order as a draft of the viewer's, and tells the log. [`insert`] writes it.
pub(crate) async fn begin(unit: &Unit, new: NewOrder) -> Outcome<order::Model> {
    let status = order_life::next(None, OrderTrigger::Create, order_life::movers(unit.viewer.role))
        .map_err(|_| {
            Refusal::new(RefusalCode::OrderStatusConflict, "Your role may not create orders.")
        })?;
    let order = order::Model {
        id: new.id,
        tenant_id: unit.viewer.tenant_id,
        number: numbers::from_id("ORD", new.id.0),
        customer_id: new.customer_id,
        partner_id: new.partner_id,
        agreement_id: new.agreement_id,
        payment_method: None,
        payment_agreement_id: None,
        status,
        currency: new.currency,
        reference: new.reference,
        po_number: new.po_number,
        external_reference: None,
        start_at: new.start_at,
        placed_by: unit.viewer.subject.clone(),
        placed_by_partner_id: unit.viewer.partner(),
        co_authors: None,
        net_amount: 0,
        tax_amount: 0,
        gross_amount: 0,
        rounding_mode: unit.tenant().await?.rounding_mode,
        tax_inclusive: new.tax_inclusive,
        reason: None,
        submitted_at: None,
        approved_at: None,
        ended_at: None,
        failures: 0,
        next_try_at: DateTime::UNIX_EPOCH,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    let event = about(EventKind::OrderStatusChanged, &order)
        .with_trigger(OrderTrigger::Create)
        .with_statuses(None, status.as_str())
        .in_place_of(represented(unit, &order));
    unit.record(event).await?;
    Ok(order)
}

/// Writes an order that was begun, and makes it findable.
pub(crate) async fn insert(unit: &Unit, order: &order::Model) -> Outcome<()> {
    unit.insert(order.clone()).await?;
    search::index_new(&unit.txn, search::Kind::Order, &[(order.id.0, texts(order))]).await?;
    Ok(())
}

/// Makes the order findable by its words.
pub(super) async fn index(unit: &Unit, order: &order::Model) -> Outcome<()> {
    Ok(search::index(&unit.txn, search::Kind::Order, order.id.0, &texts(order)).await?)
}

/// What an order is found by.
fn texts(order: &order::Model) -> Vec<&str> {
    let texts = [Some(&order.number), order.reference.as_ref(), order.po_number.as_ref()];
    texts.into_iter().flatten().map(String::as_str).collect()
}

/// Loads an order that the viewer may see, and keeps others from changing it until the transaction ends.
///
/// Everything else of an order is written under this lock.
pub(crate) async fn lock(unit: &Unit, id: OrderId) -> Outcome<order::Model> {
    unit.lock::<order::Entity>(id).await
}

/// Checks the version where the caller decides again as it did on version `decided_on`. That version is as good as the
/// current one: a request that is sent again, because its answer was lost, is the same request.
pub(crate) fn check_version_again(
    order: &order::Model,
    expected: Option<i64>,
    decided_on: Option<i64>,
) -> Result<(), Refusal> {
    if expected.is_some() && expected == decided_on {
        Ok(())
    } else {
        validate::version(expected, order)
    }
}

impl From<&order::Model> for Current {
    fn from(order: &order::Model) -> Self {
        Self { status: Some(order.status.as_str()), version: order.version }
    }
}

/// A refusal that tells where the order is now.
pub(crate) fn conflict(
    order: &order::Model,
    code: RefusalCode,
    message: impl Into<String>,
) -> Refusal {
    Refusal { current: Some(order.into()), ..Refusal::new(code, message) }
}

/// The refusal of a move that an order cannot make in its status.
pub(crate) fn refuse_status(order: &order::Model, code: RefusalCode, what: &str) -> Refusal {
    conflict(order, code, format!("The order is {} and cannot be {what}.", order.status))
}

/// Moves a locked order and records the move. [`save`] keeps it.
pub(crate) async fn advance(
    unit: &Unit,
    order: &mut order::Model,
    trigger: OrderTrigger,
    by: By,
    reason: Option<String>,
) -> Outcome<()> {
    let movers = match by {
        By::Viewer => order_life::movers(unit.viewer.role),
        By::System => &[Mover::System],
    };
    let from = order.status;
    let to = order_life::next(Some(from), trigger, movers).map_err(|refused| match refused {
        NotAllowed::InThisStatus => {
            refuse_status(order, RefusalCode::OrderStatusConflict, &format!("moved by {trigger}"))
        }
        NotAllowed::ByThisMover => conflict(
            order,
            RefusalCode::OrderStatusConflict,
            format!("Your role may not move the order by {trigger}."),
        ),
    })?;
    order.status = to;
    match to {
        OrderStatus::Submitted => order.submitted_at = Some(unit.now),
        OrderStatus::Approved => order.approved_at = Some(unit.now),
        _ if order_life::is_ended(to) => order.ended_at = Some(unit.now),
        OrderStatus::Provisioning => order.ended_at = None,
        OrderStatus::Draft
        | OrderStatus::PendingApproval
        | OrderStatus::OnHold
        | OrderStatus::Completed
        | OrderStatus::PartiallyCompleted
        | OrderStatus::Failed
        | OrderStatus::Rejected
        | OrderStatus::Cancelled => {}
    }
    if matches!(to, OrderStatus::Rejected | OrderStatus::Cancelled) {
        order.reason.clone_from(&reason);
    }
    let represents = by == By::Viewer && order_life::is_customers(Some(from), trigger);
    let event = next_event(order, EventKind::OrderStatusChanged)
        .with_trigger(trigger)
        .with_statuses(Some(from.as_str()), to.as_str())
        .in_place_of(represents.then(|| represented(unit, order)).flatten())
        .with_reason(reason);
    record_as(unit, by, event).await
}

/// The version on which the viewer pulled one of these triggers last; none: it never did.
pub(crate) async fn pulled_on(
    unit: &Unit,
    order: &order::Model,
    triggers: &[OrderTrigger],
) -> Outcome<Option<i64>> {
    let pulled = event::Entity::find()
        .filter(event::Column::TenantId.eq(order.tenant_id))
        .filter(event::Column::OrderId.eq(order.id))
        .filter(event::Column::OrderVersion.is_not_null())
        .filter(event::Column::Trigger.is_in(triggers.iter().copied()))
        .filter(event::Column::Actor.eq(&unit.viewer.subject))
        .order_by_desc(event::Column::OrderVersion)
        .one(&unit.txn)
        .await?;
    Ok(pulled.and_then(|event| event.order_version).map(|version| version - 1))
}

/// The customer in whose place the viewer does what customers do; none: it is the customer itself.
fn represented(unit: &Unit, order: &order::Model) -> Option<CustomerId> {
    let is_customer = matches!(unit.viewer.scope, Scope::Customer { .. });
    (!is_customer).then_some(order.customer_id)
}

/// Records that the viewer has changed or deleted a draft, as customers do, as the order's next version.
pub(crate) async fn record_edit(
    unit: &Unit,
    order: &mut order::Model,
    kind: EventKind,
) -> Outcome<()> {
    let event = next_event(order, kind).in_place_of(represented(unit, order));
    Ok(unit.record(event).await?)
}

/// The event of the order's next version, which this counts up to.
pub(crate) fn next_event(order: &mut order::Model, kind: EventKind) -> NewEvent {
    order.version += 1;
    about(kind, order)
}

fn about(kind: EventKind, order: &order::Model) -> NewEvent {
    NewEvent::about(kind, Subject::Order(order.id), order.customer_id, order.partner_id)
        .with_version(order.version)
}

/// Records the move of a line as the order's next version.
pub(crate) async fn record_line(
    unit: &Unit,
    order: &mut order::Model,
    line: &order_line::Model,
    from: OrderLineStatus,
    by: By,
    reason: Option<String>,
) -> Outcome<()> {
    let represents = by == By::Viewer && line_life::is_customers(from, line.status);
    let event = next_event(order, EventKind::OrderLineStatusChanged)
        .with_line(line.id)
        .with_statuses(Some(from.as_str()), line.status.as_str())
        .in_place_of(represents.then(|| represented(unit, order)).flatten())
        .with_reason(reason);
    record_as(unit, by, event).await
}

async fn record_as(unit: &Unit, by: By, event: NewEvent) -> Outcome<()> {
    match by {
        By::Viewer => unit.record(event).await?,
        By::System => unit.record_by(&Viewer::system(unit.viewer.tenant_id), event).await?,
    }
    Ok(())
}

/// Moves the order as its lines demand, if they do.
pub(crate) async fn settle(
    unit: &Unit,
    order: &mut order::Model,
    lines: &[order_line::Model],
) -> Outcome<()> {
    let statuses: Vec<_> = lines.iter().map(|line| line.status).collect();
    let Some(trigger) = line_life::roll_up(order.status, &statuses) else { return Ok(()) };
    let viewer_may =
        order_life::allows(order.status, trigger, order_life::movers(unit.viewer.role));
    let by = if viewer_may { By::Viewer } else { By::System };
    // A line has at most one of the two, and an order that is held or ends badly says why.
    let reasons: Vec<_> = lines
        .iter()
        .filter_map(|line| line.hold_reason.as_deref().or(line.failure_reason.as_deref()))
        .collect();
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    advance(unit, order, trigger, by, reason).await
}

/// Writes a locked order back.
pub(crate) async fn save(unit: &Unit, order: &mut order::Model) -> Outcome<()> {
    order.updated_at = unit.now;
    Ok(unit.save(order.clone()).await?)
}
