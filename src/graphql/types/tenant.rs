//! One seller's isolated world.

use std::borrow::Cow;

use domain::viewer::Scope;

use super::{
    ProrationPolicy,
    enums::{CancellationDay, CreditBy, RoundingMode, SuspensionBilling, UnpaidOrders},
    made_of,
};
use crate::{
    access,
    graphql::read::{
        cells::Given,
        shape::{Shown, shape},
        table::{cell, object},
    },
};

object! {
    /// One seller's isolated world: its own catalogue, partners, customers, orders and keys.
    Tenant of tenant(TenantId), seen as access::own_tenant;

    /// The id of the tenant.
    id;
    /// The name of the seller.
    name;
    /// Whether its orders are real.
    kind;
    /// The currency of agreements and orders that name none, as ISO 4217 spells it.
    default_currency;
    /// How the seller does business. Null for callers who speak for a partner or a customer.
    settings = made_of::<Option<TenantSettings>, TenantSettings>(
        vec![
            cell!(tenant.approval_required).into(),
            cell!(tenant.approval_lapse_days).into(),
            cell!(tenant.payment_terms_days).into(),
            cell!(tenant.time_zone).into(),
            cell!(tenant.rounding_mode).into(),
            cell!(tenant.proration_policy).into(),
            cell!(tenant.cancellation_day).into(),
            cell!(tenant.suspension_billing).into(),
            cell!(tenant.credit_by).into(),
            cell!(tenant.invoice_lead_days).into(),
            cell!(tenant.draft_grace_days).into(),
            cell!(tenant.payment_tolerance).into(),
            cell!(tenant.invoice_prefix).into(),
            cell!(tenant.credit_note_prefix).into(),
            cell!(tenant.number_width).into(),
            cell!(tenant.legal_name).into(),
            cell!(tenant.street).into(),
            cell!(tenant.postal_code).into(),
            cell!(tenant.city).into(),
            cell!(tenant.country).into(),
            cell!(tenant.tax_number).into(),
            cell!(tenant.registration_number).into(),
            cell!(tenant.email).into(),
            cell!(tenant.payment_instructions).into(),
            cell!(tenant.past_start_days).into(),
            cell!(tenant.payment_required).into(),
            cell!(tenant.payment_page_url).into(),
            cell!(tenant.unpaid_orders).into(),
            cell!(tenant.invoice_per_order).into(),
            cell!(tenant.line_cancellation_days).into(),
        ],
        settings,
    );
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
}

/// How a seller does business.
#[derive(Clone, Debug)]
pub struct TenantSettings {
    approval_required: bool,
    approval_lapse_days: Option<i32>,
    payment_terms_days: i32,
    time_zone: String,
    rounding_mode: entity::RoundingMode,
    proration_policy: ProrationPolicy,
    cancellation_day: entity::CancellationDay,
    suspension_billing: entity::SuspensionBilling,
    credit_by: entity::CreditBy,
    invoice_lead_days: i32,
    past_start_days: i32,
    draft_grace_days: i32,
    payment_tolerance: i32,
    invoice_prefix: String,
    credit_note_prefix: String,
    number_width: i32,
    legal_name: Option<String>,
    street: Option<String>,
    postal_code: Option<String>,
    city: Option<String>,
    country: Option<String>,
    tax_number: Option<String>,
    registration_number: Option<String>,
    email: Option<String>,
    payment_instructions: Option<String>,
    payment_required: bool,
    payment_page_url: Option<String>,
    unpaid_orders: entity::UnpaidOrders,
    invoice_per_order: bool,
    line_cancellation_days: i32,
}

shape! {
    /// How a seller does business.
    TenantSettings;

    /// Whether every submitted order waits for the seller's approval.
    approval_required: bool = |it| it.approval_required.into();
    /// Days after which an unanswered approval lapses and cancels the order. Null: never.
    approval_lapse_days: Option<i32> = |it| it.approval_lapse_days.into();
    /// Days between issue and due date of an invoice.
    payment_terms_days: i32 = |it| it.payment_terms_days.into();
    /// Where the seller's days begin, as the IANA time zone database calls it. What has a date keeps it.
    time_zone: String = |it| it.time_zone.clone().into();
    /// How what is priced, charged and issued from now on is rounded. The draft of an invoice follows when it is issued; a credit
    /// note that somebody makes of an invoice rounds as that does.
    rounding_mode: RoundingMode = |it| Shown::Word(it.rounding_mode.as_str());
    /// What is charged where a period is not used as it was billed, for offers that have no policy of their own. What was sold
    /// keeps the policy that it was sold with.
    proration_policy: ProrationPolicy, of ProrationPolicy = |it| Shown::object(it.proration_policy);
    /// Whether the day of a cancellation is paid for. What was sold keeps the setting that it was sold with.
    cancellation_day: CancellationDay = |it| Shown::Word(it.cancellation_day.as_str());
    /// What a suspension does to billing. What was sold keeps the setting that it was sold with.
    suspension_billing: SuspensionBilling = |it| Shown::Word(it.suspension_billing.as_str());
    /// Where what a change takes back is written, of what is sold already as well.
    credit_by: CreditBy = |it| Shown::Word(it.credit_by.as_str());
    /// How many days before it is due a renewal is invoiced. What was sold keeps the setting that it was sold with.
    invoice_lead_days: i32 = |it| it.invoice_lead_days.into();
    /// How many days back a purchase may begin. 0: not at all.
    past_start_days: i32 = |it| it.past_start_days.into();
    /// How many days after its last a draft stays open before it is issued by itself. Holds for all drafts.
    draft_grace_days: i32 = |it| it.draft_grace_days.into();
    /// How much of an invoice may be missing, or too much, when it is paid: in the minor unit of its currency, so 100 is 1.00
    /// EUR and 100 JPY.
    payment_tolerance: i32 = |it| it.payment_tolerance.into();
    /// What numbers of invoices begin with.
    invoice_prefix: String = |it| it.invoice_prefix.clone().into();
    /// What numbers of credit notes begin with.
    credit_note_prefix: String = |it| it.credit_note_prefix.clone().into();
    /// How many digits follow at least.
    number_width: i32 = |it| it.number_width.into();
    /// The seller's name on documents. Null: the name of the tenant.
    legal_name: Option<String> = |it| it.legal_name.clone().into();
    /// Street and house number.
    street: Option<String> = |it| it.street.clone().into();
    /// The postal code.
    postal_code: Option<String> = |it| it.postal_code.clone().into();
    /// The city.
    city: Option<String> = |it| it.city.clone().into();
    /// The country, as ISO 3166-1 alpha-2 spells it, such as `DK`.
    country: Option<String> = |it| it.country.clone().into();
    /// The number by which the tax authority knows the seller, such as `DK12345674`.
    tax_number: Option<String> = |it| it.tax_number.clone().into();
    /// The number by which the register of companies knows the seller.
    registration_number: Option<String> = |it| it.registration_number.clone().into();
    /// Where mail about invoices goes.
    email: Option<String> = |it| it.email.clone().into();
    /// How invoices are to be paid, such as a bank account.
    payment_instructions: Option<String> = |it| it.payment_instructions.clone().into();
    /// Whether an order needs an active payment agreement before it is submitted.
    payment_required: bool = |it| it.payment_required.into();
    /// The seller's page to which payers are sent, with the id of their payment agreement as the parameter `paymentAgreement`.
    /// Null: nobody is sent anywhere, and orders are paid by invoice.
    payment_page_url: Option<String> = |it| it.payment_page_url.clone().into();
    /// What becomes of a draft whose payment agreement was rejected or has expired.
    unpaid_orders: UnpaidOrders = |it| Shown::Word(it.unpaid_orders.as_str());
    /// Whether what an order buys once is on a document of its own, which is issued when the order has ended.
    invoice_per_order: bool = |it| it.invoice_per_order.into();
    /// For how many whole days after an order line was carried out it can be cancelled, and all that it charged given back.
    line_cancellation_days: i32 = |it| it.line_cancellation_days.into();
}

/// The settings are for those who work for the seller.
fn settings(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    if *given.scope() != Scope::Tenant {
        return Ok(Shown::Null);
    }
    let text = |place| anyhow::Ok(given.text(place)?.map(Cow::into_owned));
    Ok(Shown::object(TenantSettings {
        approval_required: given.bool(0)?,
        approval_lapse_days: given.some_int(1)?,
        payment_terms_days: given.int(2)?,
        time_zone: given.some_text(3)?.into_owned(),
        rounding_mode: given.word(4)?,
        proration_policy: ProrationPolicy(given.json(5)?.unwrap_or_default()),
        cancellation_day: given.word(6)?,
        suspension_billing: given.word(7)?,
        credit_by: given.word(8)?,
        invoice_lead_days: given.int(9)?,
        draft_grace_days: given.int(10)?,
        payment_tolerance: given.int(11)?,
        invoice_prefix: given.some_text(12)?.into_owned(),
        credit_note_prefix: given.some_text(13)?.into_owned(),
        number_width: given.int(14)?,
        legal_name: text(15)?,
        street: text(16)?,
        postal_code: text(17)?,
        city: text(18)?,
        country: text(19)?,
        tax_number: text(20)?,
        registration_number: text(21)?,
        email: text(22)?,
        payment_instructions: text(23)?,
        past_start_days: given.int(24)?,
        payment_required: given.bool(25)?,
        payment_page_url: text(26)?,
        unpaid_orders: given.word(27)?,
        invoice_per_order: given.bool(28)?,
        line_cancellation_days: given.int(29)?,
    }))
}
