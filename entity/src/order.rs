//! A container of actions on subscriptions (APG-06). Immutable once submitted, but for its status.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    AgreementId, CustomerId, OrderId, OrderStatus, PartnerId, PaymentAgreementId, PaymentMethod,
    RoundingMode, TenantId,
};

/// Some callers, by their subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Subjects(pub Vec<String>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    pub tenant_id: TenantId,
    /// What people call the order; unique in the tenant.
    pub number: String,
    pub customer_id: CustomerId,
    /// The customer's partner when the order was created.
    pub partner_id: Option<PartnerId>,
    pub agreement_id: Option<AgreementId>,
    /// How it is to be paid; none: nobody has said.
    pub payment_method: Option<PaymentMethod>,
    /// By which agreement; none: by none, or by one that is yet to be registered.
    pub payment_agreement_id: Option<PaymentAgreementId>,
    pub status: OrderStatus,
    /// ISO 4217, upper case.
    pub currency: String,
    /// The orderer's own reference.
    pub reference: Option<String>,
    pub po_number: Option<String>,
    /// The approver's own reference (APG-13).
    pub external_reference: Option<String>,
    /// When provisioning may begin; none: as soon as the order is approved.
    pub start_at: Option<DateTimeUtc>,
    /// Who created the order, as a caller's subject.
    pub placed_by: String,
    /// The partner that they spoke for, if they did for one.
    pub placed_by_partner_id: Option<PartnerId>,
    /// Who else has changed its lines or submitted it.
    #[sea_orm(column_type = "JsonBinary")]
    pub co_authors: Option<Subjects>,
    pub net_amount: i64,
    pub tax_amount: i64,
    pub gross_amount: i64,
    /// With what its amounts were rounded.
    pub rounding_mode: RoundingMode,
    /// Whether the amounts of its lines have the tax in them.
    pub tax_inclusive: bool,
    /// Why the order was rejected or cancelled.
    pub reason: Option<String>,
    pub submitted_at: Option<DateTimeUtc>,
    pub approved_at: Option<DateTimeUtc>,
    /// When the order came to an end, whatever the end.
    pub ended_at: Option<DateTimeUtc>,
    /// How often the program itself has failed to start the order.
    pub failures: i32,
    /// When the program may next try to start the order; long ago: at once.
    pub next_try_at: DateTimeUtc,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
    #[sea_orm(belongs_to, from = "agreement_id", to = "id")]
    pub agreement: BelongsTo<Option<super::agreement::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
