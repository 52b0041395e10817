//! A mail that is to be sent, was, or was not. What it says is worked out when it is sent, and not kept.

use sea_orm::entity::prelude::*;

use crate::{
    EventId, InvoiceId, Language, MailId, MailKind, MailRecipientId, MailStatus, OrderId,
    OrderLineId, PartnerId, TenantId,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MailId,
    pub tenant_id: TenantId,
    /// Unique with the event: of each event, a recipient gets one mail. It may be gone by now.
    pub recipient_id: MailRecipientId,
    /// Whose recipient it was; none: the seller's own.
    pub partner_id: Option<PartnerId>,
    pub event_id: EventId,
    /// The place of the event in the tenant's log.
    pub position: i64,
    pub kind: MailKind,
    pub order_id: Option<OrderId>,
    pub order_line_id: Option<OrderLineId>,
    pub invoice_id: Option<InvoiceId>,
    pub address: String,
    pub language: Language,
    /// None before the first attempt.
    pub subject: Option<String>,
    pub status: MailStatus,
    /// How often it was tried.
    pub attempts: i32,
    /// When it may be tried next. While it is being sent, when it counts as given up by whoever did.
    pub next_try_at: DateTimeUtc,
    /// It is tried no more after this.
    pub give_up_at: DateTimeUtc,
    /// Why the last attempt failed, or why it was dropped.
    pub error: Option<String>,
    pub created_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
