//! Creating an order: a draft, or submitted in one go.

use chrono::{DateTime, Utc};
use domain::{approval_rules::Level, viewer::Scope};
use entity::{
    AgreementId, AgreementStatus, CustomerId, OrderId, agreement, customer, order, order_line,
};

use super::{
    levels::previewed_levels,
    lines::{self, Buying, NewLine},
    row::{self, NewOrder},
    submit::{Submission, submit},
};
use crate::{
    error::{Error, Outcome, Refusal, RefusalCode, Refusals},
    services::{
        payment_agreements::selection::{self, PaymentSelection},
        unit::Unit,
        validate,
    },
};

/// What a buyer asks for.
#[derive(Clone, Debug)]
pub struct CreateOrder {
    /// Who buys; a customer that orders for itself may leave it out.
    pub customer_id: Option<CustomerId>,
    pub agreement_id: Option<AgreementId>,
    /// ISO 4217; the agreement's, or else the tenant's, where it is missing.
    pub currency: Option<String>,
    pub reference: Option<String>,
    pub po_number: Option<String>,
    /// When provisioning may begin.
    pub start_at: Option<DateTime<Utc>>,
    pub lines: Vec<NewLine>,
    /// How it is to be paid; none: as the seller does it.
    pub payment_selection: Option<PaymentSelection>,
    /// Submit at once.
    pub submit: bool,
}

/// Creates an order (APX-06). Until it is submitted it is a draft, which nobody has to answer.
pub async fn create_order(unit: &Unit, command: CreateOrder) -> Outcome<OrderId> {
    let (order, lines, submission) = decide(unit, command).await?;
    write(unit, &order, &lines, submission).await?;
    Ok(order.id)
}

/// What an order would come to.
#[derive(Clone, Debug)]
pub struct OrderPreview {
    pub order: order::Model,
    pub lines: Vec<order_line::Model>,
    /// The answers that it would need, by level, as far as the viewer may try them out.
    pub levels: Vec<Level>,
}

/// What an order would come to, what each of its lines would charge if it were carried out now, and who would have to agree
/// to it if it were submitted now; by the functions that do it. Refused as that would be.
pub async fn preview_order(unit: &Unit, command: CreateOrder) -> Outcome<OrderPreview> {
    let (order, lines, _) = decide(unit, command).await?;
    let levels = Box::pin(previewed_levels(unit, &order, &lines)).await?;
    Ok(OrderPreview { order, lines, levels })
}

/// The order that is asked for, as it would be written.
async fn decide(
    unit: &Unit,
    command: CreateOrder,
) -> Outcome<(order::Model, Vec<order_line::Model>, Option<Submission>)> {
    let customer = customer_of(unit, command.customer_id).await?;
    let mut refusals = Refusals::default();
    let reference =
        refusals.collect(validate::short_text("reference", command.reference)).flatten();
    let po_number = refusals.collect(validate::po_number("poNumber", command.po_number)).flatten();
    let currency = command
        .currency
        .and_then(|currency| refusals.collect(validate::currency("currency", currency)));
    refusals.done()?;
    let agreement = match command.agreement_id {
        Some(id) => Some(usable_agreement(unit, id, customer.id).await?),
        None => None,
    };
    let currency = currency_of(unit, currency, agreement.as_ref()).await?;
    let id = OrderId::new(unit.now);
    let buying = Buying {
        order_id: id,
        order_created_at: unit.now,
        customer_id: customer.id,
        partner_id: customer.partner_id,
        agreement_id: agreement.map(|agreement| agreement.id),
        currency: &currency,
    };
    let mut lines = Box::pin(lines::buy(unit, buying, customer, command.lines)).await?;
    let Buying { customer_id, partner_id, agreement_id, .. } = buying;
    let new = NewOrder {
        id,
        customer_id,
        partner_id,
        agreement_id,
        currency,
        tax_inclusive: lines::include_tax(&lines),
        reference,
        po_number,
        start_at: command.start_at,
    };
    let mut order = row::begin(unit, new).await?;
    lines::sum_up(&mut order, &lines)?;
    if let Some(selection) = command.payment_selection {
        selection::select(unit, &mut order, selection).await?;
    }
    if !command.submit {
        return Ok((order, lines, None));
    }
    selection::check(unit, &order).await?;
    let submission = submit(unit, &mut order, &mut lines).await?;
    Ok((order, lines, Some(submission)))
}

/// Writes a new order as it is by now: its row, its words, its lines, and what its submission added.
pub(super) async fn write(
    unit: &Unit,
    order: &order::Model,
    lines: &[order_line::Model],
    mut submission: Option<Submission>,
) -> Outcome<()> {
    row::insert(unit, order).await?;
    if let Some(submission) = &mut submission {
        submission.write_subscriptions(unit).await?;
    }
    lines::insert(unit, lines).await?;
    match submission {
        Some(submission) => submission.write_rest(unit).await,
        None => Ok(()),
    }
}

pub(super) async fn customer_of(unit: &Unit, id: Option<CustomerId>) -> Outcome<customer::Model> {
    let own = match unit.viewer.scope {
        Scope::Customer { own, .. } => Some(own),
        Scope::Tenant | Scope::Partner { .. } => None,
    };
    let id = id.or(own).ok_or_else(|| {
        Error::from(Refusal::invalid("customerId", "Say for which customer the order is."))
    })?;
    Ok(unit.require::<customer::Entity>(id, "customerId").await??)
}

/// The agreement, if the customer can buy under it now.
pub(super) async fn usable_agreement(
    unit: &Unit,
    id: AgreementId,
    customer_id: CustomerId,
) -> Outcome<agreement::Model> {
    let agreement = unit
        .find::<agreement::Entity>(id)
        .await?
        .filter(|agreement| agreement.customer_id == customer_id)
        .ok_or_else(|| {
            Refusal::of(
                RefusalCode::AgreementNotFound,
                "agreementId",
                "The customer has no such agreement.",
            )
        })?;
    if agreement.status != AgreementStatus::Active {
        let message = format!("Agreement {} is deactivated.", agreement.number);
        return Err(Refusal::of(RefusalCode::AgreementNotUsable, "agreementId", message).into());
    }
    if let Some(day) = agreement.starts_on
        && day > unit.today().await?
    {
        let message = format!("Agreement {} has not begun yet.", agreement.number);
        return Err(Refusal::of(RefusalCode::AgreementNotUsable, "agreementId", message).into());
    }
    Ok(agreement)
}

async fn currency_of(
    unit: &Unit,
    asked: Option<String>,
    agreement: Option<&agreement::Model>,
) -> Outcome<String> {
    match (asked, agreement) {
        (Some(currency), Some(agreement)) if currency != agreement.currency => {
            let message = format!("Agreement {} is in {}.", agreement.number, agreement.currency);
            Err(Refusal::invalid("currency", message).into())
        }
        (_, Some(agreement)) => Ok(agreement.currency.clone()),
        (Some(currency), None) => Ok(currency),
        (None, None) => Ok(unit.tenant().await?.default_currency.clone()),
    }
}
