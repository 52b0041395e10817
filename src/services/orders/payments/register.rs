//! Registering a payment agreement.

use chrono::TimeDelta;
use domain::{
    approval, order_life,
    payment_agreement_life::{PaymentTrigger, beginning, is_ended, next},
    viewer::Scope,
};
use entity::{
    CustomerId, EventKind, OrderId, OrderStatus, PartnerId, PaymentAgreementId,
    PaymentAgreementStatus, PaymentMethod, customer, order, payment_agreement,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use url::Url;

use super::{Locked, submit_paid::submit_paid};
use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{
        orders::{create::customer_of, row as orders, submit::check_partner},
        payment_agreements::{row, selection},
        unit::Unit,
        validate,
    },
};

const DEFAULT_MINUTES: i32 = 24 * 60;
const LONGEST_MINUTES: i32 = 30 * 24 * 60;
/// How many of a customer may be pending.
const MOST_PENDING: u64 = 20;

/// How a customer is to pay, from now on or for one order.
#[derive(Clone, Debug)]
pub struct RegisterPaymentAgreement {
    /// None: the customer of the order, or the customer itself that asks.
    pub customer_id: Option<CustomerId>,
    /// A draft that is to be paid by it.
    pub order_id: Option<OrderId>,
    /// Of the order.
    pub expected_version: Option<i64>,
    pub method: PaymentMethod,
    /// ISO 4217; none: the order's, or any.
    pub currency: Option<String>,
    /// Where the payer goes afterwards.
    pub return_url: Option<String>,
    /// Where the payer pays, where the seller has opened a checkout for it; none: the seller's payment page.
    pub redirect_url: Option<String>,
    /// What the provider calls that checkout.
    pub provider_reference: Option<String>,
    /// Submit the order once it is paid.
    pub submits_order: bool,
    /// 1 to 43200; none: 1440.
    pub expires_in_minutes: Option<i32>,
}

/// Registers a payment agreement. It is pending until the provider has said yes, which is told by
/// [`complete_payment_agreement`](super::complete::complete_payment_agreement); one by invoice, which the seller alone grants,
/// is active at once. The draft that it is for is paid by it from then on.
///
/// Refused with `PAYMENT_AGREEMENT_EXISTS` while another one of the order is pending or active: of two open checkouts, both may
/// be paid; with `PAYMENT_METHOD_NOT_OFFERED`; with `ORDER_NOT_EDITABLE` where the order is no draft; with `CUSTOMER_MOVED`; with
/// `PROVIDER_REFERENCE_USED`; with `TOO_MANY_PAYMENT_AGREEMENTS`.
pub async fn register_payment_agreement(
    unit: &Unit,
    command: RegisterPaymentAgreement,
) -> Outcome<PaymentAgreementId> {
    let terms = check(unit, &command)?;
    let order = match command.order_id {
        Some(id) => Some(lock_draft(unit, id, &command, terms.currency.as_deref()).await?),
        None => None,
    };
    let buyer = buyer(unit, order.as_ref(), command.customer_id).await?;
    let status = begin(unit, command.method)?;
    let is_pending = status == PaymentAgreementStatus::Pending;
    if is_pending {
        check_room(unit, buyer.customer_id).await?;
    }
    let id = PaymentAgreementId::new(unit.now);
    let redirect_url = match terms.redirect_url {
        Some(url) => Some(url),
        None if is_pending => Some(payment_page(unit, id).await?),
        None => None,
    };
    let agreement = payment_agreement::Model {
        id,
        tenant_id: unit.viewer.tenant_id,
        customer_id: buyer.customer_id,
        partner_id: buyer.partner_id,
        order_id: order.as_ref().map(|order| order.id),
        currency: order.as_ref().map(|order| order.currency.clone()).or(terms.currency),
        method: command.method,
        status,
        redirect_url,
        return_url: terms.return_url,
        provider_reference: terms.provider_reference,
        submits_order: command.submits_order,
        reason: None,
        registered_by: unit.viewer.subject.clone(),
        registered_by_partner_id: unit.viewer.partner(),
        expires_at: is_pending.then_some(unit.now + terms.time),
        decided_at: (!is_pending).then_some(unit.now),
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    row::insert(unit, &agreement).await?;
    let mut locked = Locked { order, agreement };
    pay_by_it(unit, &mut locked).await?;
    if !is_pending {
        submit_paid(unit, &mut locked).await?;
    }
    Ok(id)
}

/// What the caller asks for, as it is kept.
struct Terms {
    currency: Option<String>,
    return_url: Option<String>,
    redirect_url: Option<String>,
    provider_reference: Option<String>,
    time: TimeDelta,
}

fn check(unit: &Unit, command: &RegisterPaymentAgreement) -> Outcome<Terms> {
    let mut refusals = Refusals::default();
    let currency = command.currency.clone();
    let currency = currency.and_then(|it| refusals.collect(validate::currency("currency", it)));
    let mut link = |field, text: Option<String>| {
        text.and_then(|text| refusals.collect(validate::secure_link(field, text)))
    };
    let return_url = link("returnUrl", command.return_url.clone());
    let redirect_url = link("redirectUrl", command.redirect_url.clone());
    let reference = command.provider_reference.clone();
    let provider_reference = refusals.value(validate::short_text("providerReference", reference));
    let minutes = command.expires_in_minutes.unwrap_or(DEFAULT_MINUTES);
    let minutes = validate::between("expiresInMinutes", minutes, 1..=LONGEST_MINUTES);
    let minutes = refusals.value(minutes);
    if command.submits_order && command.order_id.is_none() {
        let message = "Say which order is to be submitted.";
        refusals.push(Refusal::invalid("submitsOrder", message));
    }
    let has_no_checkout = beginning(command.method) == PaymentTrigger::Grant;
    for (field, is_given, is_sellers) in [
        ("returnUrl", command.return_url.is_some(), false),
        ("redirectUrl", command.redirect_url.is_some(), true),
        ("providerReference", command.provider_reference.is_some(), true),
        ("expiresInMinutes", command.expires_in_minutes.is_some(), false),
    ] {
        if is_given && has_no_checkout {
            let message = "Nobody is sent anywhere to pay by invoice.";
            refusals.push(Refusal::invalid(field, message));
        } else if is_given && is_sellers && unit.viewer.scope != Scope::Tenant {
            let message = "Only the seller says where and under which reference it is paid.";
            refusals.push(Refusal::invalid(field, message));
        }
    }
    refusals.done()?;
    let time = TimeDelta::minutes(minutes.into());
    Ok(Terms { currency, return_url, redirect_url, provider_reference, time })
}

/// The order, locked, if it is a draft that can be paid for.
async fn lock_draft(
    unit: &Unit,
    id: OrderId,
    command: &RegisterPaymentAgreement,
    currency: Option<&str>,
) -> Outcome<order::Model> {
    let order = unit.lock_if_there::<order::Entity>(id).await?;
    let order = order.ok_or_else(|| access::not_found::<order::Entity>("orderId"))?;
    validate::version(command.expected_version, &order)?;
    if order.status != OrderStatus::Draft {
        let refusal =
            orders::refuse_status(&order, RefusalCode::OrderNotEditable, "paid for first");
        return Err(refusal.at("orderId").into());
    }
    check_partner(unit, &order).await?;
    if command.customer_id.is_some_and(|id| id != order.customer_id) {
        let message = "The order is for another customer.";
        return Err(Refusal::invalid("customerId", message).into());
    }
    if currency.is_some_and(|currency| currency != order.currency) {
        let message = format!("The order is in {}.", order.currency);
        return Err(Refusal::invalid("currency", message).into());
    }
    let mut of_order = row::lock_of_order(unit, order.id).await?.into_iter();
    if let Some(other) = of_order.find(|it| !is_ended(it.status)) {
        return Err(selection::exists(&other).at("orderId").into());
    }
    Ok(order)
}

/// Who pays, and whose business that is.
struct Buyer {
    customer_id: CustomerId,
    partner_id: Option<PartnerId>,
}

async fn buyer(
    unit: &Unit,
    order: Option<&order::Model>,
    customer_id: Option<CustomerId>,
) -> Outcome<Buyer> {
    if let Some(order) = order {
        return Ok(Buyer { customer_id: order.customer_id, partner_id: order.partner_id });
    }
    let customer = customer_of(unit, customer_id).await?;
    Ok(Buyer { customer_id: customer.id, partner_id: customer.partner_id })
}

/// The status in which it begins.
fn begin(unit: &Unit, method: PaymentMethod) -> Result<PaymentAgreementStatus, Refusal> {
    let movers = order_life::movers(unit.viewer.role);
    next(None, beginning(method), movers).ok_or_else(|| {
        let message = "To pay by invoice is granted by the seller.";
        Refusal::of(RefusalCode::PaymentMethodNotOffered, "method", message)
    })
}

/// Whether the customer may have one more that is pending.
async fn check_room(unit: &Unit, customer_id: CustomerId) -> Outcome<()> {
    // Of two at once, one knows of the other.
    unit.lock_related::<customer::Entity>(customer_id).await?;
    let pending = payment_agreement::Entity::find()
        .filter(payment_agreement::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(payment_agreement::Column::CustomerId.eq(customer_id))
        .filter(payment_agreement::Column::Status.eq(PaymentAgreementStatus::Pending))
        .count(&unit.txn)
        .await?;
    if pending < MOST_PENDING {
        return Ok(());
    }
    let message =
        format!("A customer has up to {MOST_PENDING} payment agreements that are pending.");
    Err(Refusal::new(RefusalCode::TooManyPaymentAgreements, message).into())
}

/// The seller's payment page, for this payment agreement.
async fn payment_page(unit: &Unit, id: PaymentAgreementId) -> Outcome<String> {
    let Some(page) = &unit.tenant().await?.payment_page_url else {
        let message = "The seller has no page for payments.";
        return Err(Refusal::of(RefusalCode::PaymentMethodNotOffered, "method", message).into());
    };
    let mut page = Url::parse(page).map_err(anyhow::Error::from)?;
    // As the API spells ids.
    let id = format!("paymentagreement_{}", id.0.simple());
    page.query_pairs_mut().append_pair("paymentAgreement", &id);
    Ok(page.into())
}

/// Has the draft paid by the new payment agreement. Whoever wants it submitted by that has a hand in it.
async fn pay_by_it(unit: &Unit, locked: &mut Locked) -> Outcome<()> {
    let Some(order) = &mut locked.order else { return Ok(()) };
    order.payment_method = Some(locked.agreement.method);
    order.payment_agreement_id = Some(locked.agreement.id);
    if locked.agreement.submits_order {
        approval::sign(order, &unit.viewer.subject);
    }
    orders::record_edit(unit, order, EventKind::OrderUpdated).await?;
    orders::save(unit, order).await
}
