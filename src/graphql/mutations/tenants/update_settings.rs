//! Changing how a tenant works.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use crate::{
    graphql::{
        error::Result,
        mutations::{ProrationPolicyInput, apply, change},
        roles::{ADMINS, May},
        types::{
            Tenant, UserError,
            enums::{CancellationDay, CreditBy, RoundingMode, SuspensionBilling, UnpaidOrders},
        },
    },
    services::tenants::update_settings::{UpdateTenantSettings, update_tenant_settings},
};

/// What is to change about how the tenant works.
#[derive(Debug, InputObject)]
pub struct UpdateTenantSettingsInput {
    /// Refuse with `VERSION_CONFLICT` unless the tenant has this version.
    expected_version: Option<i32>,
    /// What people call the tenant: up to 200 characters.
    name: MaybeUndefined<String>,
    /// The ISO 4217 code of the currency of new agreements and orders that name none.
    default_currency: MaybeUndefined<String>,
    /// Whether every submitted order waits for the seller's approval.
    approval_required: MaybeUndefined<bool>,
    /// The days after which an unanswered approval lapses and cancels its order: 1 to 365; null: never.
    approval_lapse_days: MaybeUndefined<i32>,
    /// The days between issue and due date of an invoice: 0 to 365.
    payment_terms_days: MaybeUndefined<i32>,
    /// Where the seller's days begin: a name of the IANA time zone database, such as `Europe/Copenhagen`. What has a date
    /// keeps it.
    time_zone: MaybeUndefined<String>,
    /// How what is priced, charged and issued from now on is rounded. Drafts of orders follow when they are submitted, the draft
    /// of an invoice when it is issued; a credit note that somebody makes of an invoice rounds as that does.
    rounding_mode: MaybeUndefined<RoundingMode>,
    /// What is charged where a period is not used as it was billed, for offers that have no policy of their own; null: by days,
    /// whatever happens. What was sold keeps the policy that it was sold with.
    proration_policy: MaybeUndefined<ProrationPolicyInput>,
    /// Whether the day of a cancellation is paid for. What was sold keeps the setting that it was sold with.
    cancellation_day: MaybeUndefined<CancellationDay>,
    /// What a suspension does to billing. What was sold keeps the setting that it was sold with.
    suspension_billing: MaybeUndefined<SuspensionBilling>,
    /// Where what a change takes back is written, of what is sold already as well.
    credit_by: MaybeUndefined<CreditBy>,
    /// Whether what an order buys once is on a document of its own, which is issued when the order has ended. Holds for what is
    /// carried out from now on.
    invoice_per_order: MaybeUndefined<bool>,
    /// For how many whole days after an order line was carried out it can be cancelled, and all that it charged given back. 0 to 90;
    /// 0: not at all. Holds for what is carried out from now on.
    line_cancellation_days: MaybeUndefined<i32>,
    /// How many days before it is due a renewal is invoiced: 0 to 90. What was sold keeps the setting that it was sold with.
    invoice_lead_days: MaybeUndefined<i32>,
    /// How many days back a purchase may begin, with `startsOn` of its line. 0 to 1100; 0: not at all.
    past_start_days: MaybeUndefined<i32>,
    /// How many days after its last a draft stays open before it is issued by itself: 0 to 60. Holds for all drafts.
    draft_grace_days: MaybeUndefined<i32>,
    /// How much of an invoice may be missing, or too much, when it is paid: 0 to 1000000, in the minor unit of the invoice's
    /// currency. 100 is 1.00 EUR and 100 JPY.
    payment_tolerance: MaybeUndefined<i32>,
    /// What numbers of invoices begin with: up to 20 characters, perhaps none. The series counts on. Refused where a number could
    /// be given twice.
    invoice_prefix: MaybeUndefined<String>,
    /// What numbers of credit notes begin with: up to 20 characters, perhaps none. The series counts on. Refused where a number
    /// could be given twice.
    credit_note_prefix: MaybeUndefined<String>,
    /// How many digits follow at least: 1 to 12.
    number_width: MaybeUndefined<i32>,
    /// The seller's name on documents: up to 200 characters; null: the name of the tenant.
    legal_name: MaybeUndefined<String>,
    /// Street and house number: up to 200 characters.
    street: MaybeUndefined<String>,
    /// Up to 64 characters.
    postal_code: MaybeUndefined<String>,
    /// Up to 200 characters.
    city: MaybeUndefined<String>,
    /// The ISO 3166-1 alpha-2 code of the country, such as `DK`.
    country: MaybeUndefined<String>,
    /// The number by which the tax authority knows the seller: up to 64 characters.
    tax_number: MaybeUndefined<String>,
    /// The number by which the register of companies knows the seller: up to 64 characters.
    registration_number: MaybeUndefined<String>,
    /// Where mail about invoices goes.
    email: MaybeUndefined<String>,
    /// How invoices are to be paid, such as a bank account: up to 1,000 characters.
    payment_instructions: MaybeUndefined<String>,
    /// Whether an order needs an active payment agreement before it is submitted.
    payment_required: MaybeUndefined<bool>,
    /// The seller's page to which payers are sent, with the id of their payment agreement as the parameter `paymentAgreement`: an
    /// https address of up to 2,000 characters; null: nobody is sent anywhere, and orders are paid by invoice.
    payment_page_url: MaybeUndefined<String>,
    /// What becomes of a draft whose payment agreement was rejected or has expired.
    unpaid_orders: MaybeUndefined<UnpaidOrders>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateTenantSettings`.
#[derive(Debug, SimpleObject)]
pub struct UpdateTenantSettingsPayload {
    /// The tenant as it is now; null if the request was refused.
    tenant: Option<Tenant>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateTenantSettingsMutation;

#[Object]
impl UpdateTenantSettingsMutation {
    /// Changes the settings of the caller's tenant. A field that is left out keeps its value; null clears it. What is
    /// submitted or issued from then on follows the new settings.
    #[graphql(guard = "May(ADMINS)")]
    async fn update_tenant_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The settings to change.")] input: UpdateTenantSettingsInput,
    ) -> Result<UpdateTenantSettingsPayload> {
        let command = UpdateTenantSettings {
            expected_version: input.expected_version.map(i64::from),
            name: change(input.name, identity),
            default_currency: change(input.default_currency, identity),
            approval_required: change(input.approval_required, identity),
            approval_lapse_days: change(input.approval_lapse_days, identity),
            payment_terms_days: change(input.payment_terms_days, identity),
            time_zone: change(input.time_zone, identity),
            rounding_mode: change(input.rounding_mode, Into::into),
            proration_policy: change(input.proration_policy, Into::into),
            cancellation_day: change(input.cancellation_day, Into::into),
            suspension_billing: change(input.suspension_billing, Into::into),
            credit_by: change(input.credit_by, Into::into),
            invoice_per_order: change(input.invoice_per_order, identity),
            line_cancellation_days: change(input.line_cancellation_days, identity),
            invoice_lead_days: change(input.invoice_lead_days, identity),
            past_start_days: change(input.past_start_days, identity),
            draft_grace_days: change(input.draft_grace_days, identity),
            payment_tolerance: change(input.payment_tolerance, identity),
            invoice_prefix: change(input.invoice_prefix, identity),
            credit_note_prefix: change(input.credit_note_prefix, identity),
            number_width: change(input.number_width, identity),
            legal_name: change(input.legal_name, identity),
            street: change(input.street, identity),
            postal_code: change(input.postal_code, identity),
            city: change(input.city, identity),
            country: change(input.country, identity),
            tax_number: change(input.tax_number, identity),
            registration_number: change(input.registration_number, identity),
            email: change(input.email, identity),
            payment_instructions: change(input.payment_instructions, identity),
            payment_required: change(input.payment_required, identity),
            payment_page_url: change(input.payment_page_url, identity),
            unpaid_orders: change(input.unpaid_orders, Into::into),
        };
        let (tenant, user_errors) =
            apply(ctx, input.idempotency_key, command, update_tenant_settings).await?;
        Ok(UpdateTenantSettingsPayload { tenant, user_errors })
    }
}
