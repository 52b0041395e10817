//! A fact in the tenant's log. Feeds, history and audit all read this table.

use sea_orm::entity::prelude::*;

use crate::{
    ActorKind, CustomerId, EventId, EventKind, OrderId, OrderLineId, OrderTrigger, PartnerId,
    SubjectKind, TenantId,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The order of writing. Not the order of commits: readers go by `position`.
    #[sea_orm(primary_key)]
    pub sequence: i64,
    pub id: EventId,
    pub tenant_id: TenantId,
    /// Dense in the tenant: 1, 2, 3, … None until the sequencer has seen the event committed.
    pub position: Option<i64>,
    pub kind: EventKind,
    pub subject_kind: SubjectKind,
    /// The order, subscription, license, invoice, billing run, approval link, webhook endpoint or payment agreement that the
    /// event is about.
    pub subject_id: Uuid,
    /// None where it concerns no customer; then only the seller's own people see it, or the partner's that it names.
    pub customer_id: Option<CustomerId>,
    pub partner_id: Option<PartnerId>,
    /// The order that caused the event, also where a subscription, license or invoice is the subject.
    pub order_id: Option<OrderId>,
    pub order_line_id: Option<OrderLineId>,
    /// The version that the order had after this event; dense per order.
    pub order_version: Option<i64>,
    pub trigger: Option<OrderTrigger>,
    pub from_status: Option<String>,
    pub to_status: Option<String>,
    pub actor_kind: ActorKind,
    /// The caller's subject; `system` where Ordergate itself acted.
    pub actor: String,
    /// The partner that the caller spoke for, if it did for one.
    pub actor_partner_id: Option<PartnerId>,
    /// The customer in whose place the caller did it, if it was not the customer itself.
    pub for_customer_id: Option<CustomerId>,
    /// The request that it was done by, and the trace that the request was part of.
    pub request_id: Option<String>,
    pub trace_id: Option<String>,
    pub reason: Option<String>,
    pub occurred_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
