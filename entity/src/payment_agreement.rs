//! How a customer pays, as it was agreed with a payment provider.

use sea_orm::entity::prelude::*;

use crate::{
    CustomerId, OrderId, PartnerId, PaymentAgreementId, PaymentAgreementStatus, PaymentMethod,
    TenantId,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_agreement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentAgreementId,
    pub tenant_id: TenantId,
    pub customer_id: CustomerId,
    /// The customer's partner when it was registered.
    pub partner_id: Option<PartnerId>,
    /// The order that it was registered for; none: it was for none, or the draft was deleted.
    pub order_id: Option<OrderId>,
    /// Of what can be paid by it: ISO 4217, upper case; none: any.
    pub currency: Option<String>,
    pub method: PaymentMethod,
    pub status: PaymentAgreementStatus,
    /// Where the payer is sent.
    pub redirect_url: Option<String>,
    /// Where the payer goes afterwards.
    pub return_url: Option<String>,
    /// What the provider calls it; unique in the tenant.
    pub provider_reference: Option<String>,
    /// Whether its order is submitted once it is active.
    pub submits_order: bool,
    /// Why it was rejected, as the provider says.
    pub reason: Option<String>,
    /// Who registered it, as a caller's subject.
    pub registered_by: String,
    /// The partner that they spoke for, if they did for one.
    pub registered_by_partner_id: Option<PartnerId>,
    /// Until when the payer has time; none: nobody has to do anything.
    pub expires_at: Option<DateTimeUtc>,
    /// When it got the status that it has.
    pub decided_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<Option<super::order::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
