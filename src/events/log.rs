//! Writing to the log and reading from it.

use chrono::{DateTime, Utc};
use domain::viewer::Viewer;
use entity::{
    ApprovalLinkId, BillingRunId, CustomerId, EventId, EventKind, InvoiceId, LicenseId, OrderId,
    OrderLineId, OrderTrigger, PartnerId, PaymentAgreementId, PriceId, SubjectKind, SubscriptionId,
    TenantId, WebhookEndpointId, event, event_log,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::cursor::Cursor;
use crate::store::Txn;

/// The subject of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Order(OrderId),
    Subscription(SubscriptionId),
    License(LicenseId),
    Invoice(InvoiceId),
    BillingRun(BillingRunId),
    ApprovalLink(ApprovalLinkId),
    WebhookEndpoint(WebhookEndpointId),
    Price(PriceId),
    PaymentAgreement(PaymentAgreementId),
}

impl Subject {
    fn kind(self) -> SubjectKind {
        match self {
            Self::Order(_) => SubjectKind::Order,
            Self::Subscription(_) => SubjectKind::Subscription,
            Self::License(_) => SubjectKind::License,
            Self::Invoice(_) => SubjectKind::Invoice,
            Self::BillingRun(_) => SubjectKind::BillingRun,
            Self::ApprovalLink(_) => SubjectKind::ApprovalLink,
            Self::WebhookEndpoint(_) => SubjectKind::WebhookEndpoint,
            Self::Price(_) => SubjectKind::Price,
            Self::PaymentAgreement(_) => SubjectKind::PaymentAgreement,
        }
    }

    fn id(self) -> Uuid {
        match self {
            Self::Order(id) => id.0,
            Self::Subscription(id) => id.0,
            Self::License(id) => id.0,
            Self::Invoice(id) => id.0,
            Self::BillingRun(id) => id.0,
            Self::ApprovalLink(id) => id.0,
            Self::WebhookEndpoint(id) => id.0,
            Self::Price(id) => id.0,
            Self::PaymentAgreement(id) => id.0,
        }
    }
}

/// A fact to be written. Built with [`NewEvent::about`] and the `with` methods.
#[derive(Clone, Debug)]
pub struct NewEvent {
    kind: EventKind,
    subject: Subject,
    customer_id: Option<CustomerId>,
    partner_id: Option<PartnerId>,
    order_id: Option<OrderId>,
    order_line_id: Option<OrderLineId>,
    order_version: Option<i64>,
    trigger: Option<OrderTrigger>,
    from_status: Option<&'static str>,
    to_status: Option<&'static str>,
    reason: Option<String>,
    for_customer_id: Option<CustomerId>,
    trace: Trace,
}

/// Where an event goes back to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// The trace that the request is part of.
    pub trace_id: Option<String>,
}

impl NewEvent {
    /// Something happened to a subject that belongs to this customer and partner; none: to the seller alone.
    pub fn about(
        kind: EventKind,
        subject: Subject,
        customer_id: impl Into<Option<CustomerId>>,
        partner_id: Option<PartnerId>,
    ) -> Self {
        let order_id = match subject {
            Subject::Order(id) => Some(id),
            Subject::Subscription(_)
            | Subject::License(_)
            | Subject::Invoice(_)
            | Subject::BillingRun(_)
            | Subject::ApprovalLink(_)
            | Subject::WebhookEndpoint(_)
            | Subject::Price(_)
            | Subject::PaymentAgreement(_) => None,
        };
        Self {
            kind,
            subject,
            customer_id: customer_id.into(),
            partner_id,
            order_id,
            order_line_id: None,
            order_version: None,
            trigger: None,
            from_status: None,
            to_status: None,
            reason: None,
            for_customer_id: None,
            trace: Trace::default(),
        }
    }

    /// The order that caused it.
    #[must_use]
    pub fn by_order(mut self, id: Option<OrderId>) -> Self {
        self.order_id = id;
        self
    }

    #[must_use]
    pub fn with_line(mut self, id: OrderLineId) -> Self {
        self.order_line_id = Some(id);
        self
    }

    /// The version of the order after the event; each version has one event.
    #[must_use]
    pub fn with_version(mut self, version: i64) -> Self {
        self.order_version = Some(version);
        self
    }

    #[must_use]
    pub fn with_trigger(mut self, trigger: OrderTrigger) -> Self {
        self.trigger = Some(trigger);
        self
    }

    #[must_use]
    pub fn with_statuses(mut self, from: Option<&'static str>, to: &'static str) -> Self {
        self.from_status = from;
        self.to_status = Some(to);
        self
    }

    #[must_use]
    pub fn with_reason(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }

    /// The customer in whose place it is done, if the customer does not do it itself.
    #[must_use]
    pub fn in_place_of(mut self, customer_id: Option<CustomerId>) -> Self {
        self.for_customer_id = customer_id;
        self
    }

    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Self {
        self.trace = trace;
        self
    }
}

/// Appends the event in the transaction of its change, so both are kept or neither is.
///
/// The order's row must be locked by then: that is what makes its events rise in the order of its history. The events
/// of a transaction are written together, in the order in which they were appended, by its commit at the latest.
pub async fn append(
    txn: &Txn,
    viewer: &Viewer,
    now: DateTime<Utc>,
    new: NewEvent,
) -> Result<(), DbErr> {
    let row = event::ActiveModel {
        sequence: NotSet,
        id: Set(EventId::new(now)),
        tenant_id: Set(txn.tenant_id()),
        position: Set(None),
        kind: Set(new.kind),
        subject_kind: Set(new.subject.kind()),
        subject_id: Set(new.subject.id()),
        customer_id: Set(new.customer_id),
        partner_id: Set(new.partner_id),
        order_id: Set(new.order_id),
        order_line_id: Set(new.order_line_id),
        order_version: Set(new.order_version),
        trigger: Set(new.trigger),
        from_status: Set(new.from_status.map(str::to_owned)),
        to_status: Set(new.to_status.map(str::to_owned)),
        actor_kind: Set(viewer.kind),
        actor: Set(viewer.subject.clone()),
        actor_partner_id: Set(viewer.partner()),
        for_customer_id: Set(new.for_customer_id),
        request_id: Set(new.trace.request_id),
        trace_id: Set(new.trace.trace_id),
        reason: Set(new.reason),
        occurred_at: Set(now),
    };
    txn.add_event(row).await
}

/// Begins a tenant's log: empty, with an epoch of its own.
pub async fn create(txn: &impl ConnectionTrait, tenant_id: TenantId) -> Result<(), DbErr> {
    let row = event_log::ActiveModel {
        tenant_id: Set(tenant_id),
        epoch: Set(Uuid::new_v4()),
        earliest_position: Set(1),
        latest_position: Set(0),
    };
    event_log::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The extent of a tenant's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub epoch: Uuid,
    /// The first position that is still kept.
    pub earliest: i64,
    pub latest: i64,
}

impl Extent {
    /// The cursor before the first event that is still kept.
    pub fn earliest_cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, position: self.earliest - 1 }
    }

    /// The cursor after the last event.
    pub fn latest_cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, position: self.latest }
    }
}

/// Reads the extent of the log. State that is read later holds everything up to `latest`.
pub async fn extent(
    connection: &impl ConnectionTrait,
    tenant_id: TenantId,
) -> Result<Extent, DbErr> {
    let log = event_log::Entity::find_by_id(tenant_id)
        .one(connection)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("event_log of tenant {tenant_id}")))?;
    Ok(Extent { epoch: log.epoch, earliest: log.earliest_position, latest: log.latest_position })
}

/// Reads up to `limit` events after a position, in position order.
pub async fn read_after(
    connection: &impl ConnectionTrait,
    tenant_id: TenantId,
    position: i64,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find()
        .filter(event::Column::TenantId.eq(tenant_id))
        .filter(event::Column::Position.gt(position))
        .order_by_asc(event::Column::Position)
        .limit(limit)
        .all(connection)
        .await
}
