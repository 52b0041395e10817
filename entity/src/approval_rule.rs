//! When an order needs somebody's answer. All of a rule's conditions must hold; one that is none always does.

use sea_orm::entity::prelude::*;

use crate::{ApprovalRuleId, CustomerId, OrderAction, PartnerId, ProductId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approval_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApprovalRuleId,
    pub tenant_id: TenantId,
    pub name: String,
    /// One that is not enabled asks for nothing.
    pub enabled: bool,
    /// The partner that must answer, and whose rule it is; none: the seller.
    pub approver_partner_id: Option<PartnerId>,
    /// Of the amounts: ISO 4217, upper case. There is one where there is an amount.
    pub currency: Option<String>,
    /// Orders that come to as much with tax.
    pub minimum_amount: Option<i64>,
    /// Orders with which the customer would owe more.
    pub credit_limit: Option<i64>,
    /// Orders with a line for this product. One line must meet all conditions on lines.
    pub product_id: Option<ProductId>,
    /// Orders with a line for a product of this vendor.
    pub vendor: Option<String>,
    /// Orders with a line that does this.
    pub action: Option<OrderAction>,
    pub customer_id: Option<CustomerId>,
    /// Orders through this partner, or one below it.
    pub partner_id: Option<PartnerId>,
    /// Orders of customers that have had none approved before.
    pub first_order: bool,
    /// How many different people must say yes.
    pub approvers_needed: i32,
    /// After how many hours without an answer the order is cancelled; none: the seller's setting holds.
    pub lapse_after_hours: Option<i32>,
    /// After how many hours each whoever must answer is reminded; none: never.
    pub remind_every_hours: Option<i32>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<Option<super::product::Entity>>,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<Option<super::customer::Entity>>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
