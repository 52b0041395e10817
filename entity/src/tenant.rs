//! One seller's isolated world: its own catalogue, partners, customers, orders and keys.

use sea_orm::entity::prelude::*;

use crate::{
    CancellationDay, CreditBy, RoundingMode, SuspensionBilling, TenantId, TenantKind, UnpaidOrders,
    plan_instance::ProrationPolicy,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TenantId,
    pub name: String,
    pub kind: TenantKind,
    /// Currency of new agreements and orders that name none: ISO 4217, upper case.
    pub default_currency: String,
    /// Whether every submitted order waits for the seller's approval (APX-01).
    pub approval_required: bool,
    /// Days after which an unanswered approval lapses and cancels the order; none: never.
    pub approval_lapse_days: Option<i32>,
    /// Days between issue and due date of an invoice.
    pub payment_terms_days: i32,
    /// The number that the next issued invoice gets; counts up by one, without gaps.
    pub next_invoice_number: i64,
    /// Where the tenant's days begin: a name of the IANA time zone database.
    pub time_zone: String,
    /// How what is charged from now on is rounded.
    pub rounding_mode: RoundingMode,
    /// What is charged where a period is not used as it was billed, where an offer says nothing else; none: by days.
    #[sea_orm(column_type = "JsonBinary")]
    pub proration_policy: Option<ProrationPolicy>,
    pub cancellation_day: CancellationDay,
    pub suspension_billing: SuspensionBilling,
    pub credit_by: CreditBy,
    /// Whether what an order buys once is on a document of its own (APG-21).
    pub invoice_per_order: bool,
    /// How many days after it was carried out a line can be cancelled (APX-24).
    pub line_cancellation_days: i32,
    /// How many days before it is due a renewal is issued (IFS-41).
    pub invoice_lead_days: i32,
    /// How many days back a purchase may begin (IFS-46).
    pub past_start_days: i32,
    /// How many days after its last a draft stays open.
    pub draft_grace_days: i32,
    /// How much of an invoice may be missing or too much when it is paid, in minor units of its currency.
    pub payment_tolerance: i64,
    pub invoice_prefix: String,
    pub credit_note_prefix: String,
    /// How many digits numbers of documents have at least.
    pub number_width: i32,
    /// The number that the next issued credit note gets.
    pub next_credit_note_number: i64,
    /// What is printed on documents of the seller; its name where there is none.
    pub legal_name: Option<String>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: Option<String>,
    pub tax_number: Option<String>,
    pub registration_number: Option<String>,
    pub email: Option<String>,
    /// How invoices are to be paid: a bank account, for example.
    pub payment_instructions: Option<String>,
    /// Whether an order needs an active payment agreement before it is submitted.
    pub payment_required: bool,
    /// Where payers are sent who do not pay by invoice; none: nobody is.
    pub payment_page_url: Option<String>,
    /// What becomes of a draft whose payment agreement was rejected or has expired (IFS-29).
    pub unpaid_orders: UnpaidOrders,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
