//! What a mail tells, as far as whoever gets it may see it.

use std::{collections::HashMap, sync::Arc};

use domain::{
    mail::still_holds,
    viewer::{Scope, Viewer},
};
use entity::{
    ActorKind, ApprovalDecision, CustomerId, InvoiceId, MailAudience, MailKind, OfferId, OrderId,
    OrderLineStatus, OrderStatus, PartnerId, PriceModel, Role, customer, invoice, mail,
    mail_recipient, offer, order, order_line, partner, tenant,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value};

use crate::{
    access::{self, Owned},
    app::App,
    auth::Absent,
    error::Outcome,
    mail::{About, Bill, Line, LineEnd, Notice, Ordered},
    services::{below, days, lookup},
};

/// A mail that is worth sending.
#[derive(Clone, Debug)]
pub struct Telling {
    pub notice: Notice,
    /// Where answers go; none: to whom it is from.
    pub reply_to: Option<String>,
    /// In whose name somebody who is asked may answer; none: nobody who can be found.
    pub maker: Option<Arc<Viewer>>,
}

/// What a mail tells; or why it has become pointless.
pub async fn tell(app: &App, mail: &mail::Model) -> Outcome<Result<Telling, &'static str>> {
    let readers = app.store.readers();
    let recipient = mail_recipient::Entity::find()
        .filter(mail_recipient::Column::TenantId.eq(mail.tenant_id))
        .filter(mail_recipient::Column::Id.eq(mail.recipient_id))
        .one(readers)
        .await?;
    let Some(recipient) = recipient.filter(|recipient| recipient.enabled) else {
        return Ok(Err("The recipient is to get no mail any more."));
    };
    let is_told_elsewhere = recipient.audience == MailAudience::Address
        && recipient.address.as_ref() != Some(&mail.address);
    if is_told_elsewhere || !recipient.kinds.0.contains(&mail.kind) {
        return Ok(Err("The recipient has been changed since, and is told otherwise."));
    }
    let Some(reader) = reader(app, mail, &recipient).await? else {
        return Ok(Err("There is nobody any more for whom it could be seen."));
    };
    let tenant = access::own_tenant(&reader).one(readers).await?;
    let tenant = tenant.ok_or_else(|| anyhow::anyhow!("tenant {} is gone", mail.tenant_id))?;
    let about = match (mail.order_id, mail.invoice_id) {
        (Some(id), _) => about_order(app, mail, &reader, id).await?,
        (None, Some(id)) => about_invoice(app, &reader, id).await?,
        (None, None) => Err("It is about nothing that is known."),
    };
    let maker = maker(app, &recipient).await?.map(Arc::new);
    Ok(match about {
        Err(pointless) => Err(pointless),
        Ok(about) => Ok(Telling {
            notice: Notice {
                kind: mail.kind,
                language: mail.language,
                time_zone: days::zone(&tenant.time_zone)?,
                seller: seller(&tenant),
                address: mail.address.clone(),
                about,
            },
            reply_to: tenant.email,
            maker,
        }),
    })
}

fn seller(tenant: &tenant::Model) -> String {
    tenant.legal_name.clone().unwrap_or_else(|| tenant.name.clone())
}

/// With whose eyes the mail is written: the seller's, a partner's, or those of the customer that it is about.
async fn reader(
    app: &App,
    mail: &mail::Model,
    recipient: &mail_recipient::Model,
) -> Outcome<Option<Viewer>> {
    let system = Viewer::system(mail.tenant_id);
    match (recipient.audience, recipient.partner_id) {
        (MailAudience::Customer, _) => {
            let Some((own, partner)) = sold_to(app, mail, &system).await? else { return Ok(None) };
            let scope = Scope::Customer { own, partner };
            Ok(Some(Viewer { role: Role::Customer, scope, ..system }))
        }
        (MailAudience::Address, None) => Ok(Some(system)),
        (MailAudience::Address, Some(_)) => {
            let partner = Absent {
                tenant_id: mail.tenant_id,
                role: Role::Partner,
                partner_id: recipient.partner_id,
                subject: "system".to_owned(),
                kind: ActorKind::System,
            };
            Ok(partner.viewer(app.store.readers(), app.clock.now()).await?)
        }
    }
}

/// To whom, and through which partner, that was sold which the mail is about.
async fn sold_to(
    app: &App,
    mail: &mail::Model,
    system: &Viewer,
) -> Outcome<Option<(CustomerId, Option<PartnerId>)>> {
    let readers = app.store.readers();
    if let Some(id) = mail.order_id {
        let order = lookup::by_id::<order::Entity>(system, id).one(readers).await?;
        return Ok(order.map(|order| (order.customer_id, order.partner_id)));
    }
    let Some(id) = mail.invoice_id else { return Ok(None) };
    let invoice = lookup::by_id::<invoice::Entity>(system, id).one(readers).await?;
    Ok(invoice.map(|invoice| (invoice.customer_id, invoice.partner_id)))
}

/// Whoever has made the recipient what it is, with the rights that they have now. What a recipient is asked for is its
/// owner's answer, so nobody else's are of use.
async fn maker(app: &App, recipient: &mail_recipient::Model) -> Outcome<Option<Viewer>> {
    if recipient.updated_by_partner_id != recipient.partner_id {
        return Ok(None);
    }
    let maker = Absent {
        tenant_id: recipient.tenant_id,
        role: recipient.updated_by_role,
        partner_id: recipient.partner_id,
        subject: recipient.updated_by.clone(),
        kind: recipient.updated_by_kind,
    };
    Ok(maker.viewer(app.store.readers(), app.clock.now()).await?)
}

async fn about_order(
    app: &App,
    mail: &mail::Model,
    reader: &Viewer,
    id: OrderId,
) -> Outcome<Result<About, &'static str>> {
    let readers = app.store.readers();
    let Some(order) = lookup::by_id::<order::Entity>(reader, id).one(readers).await? else {
        return Ok(Err("The order is not to be seen any more."));
    };
    if !still_holds(mail.kind, order.status) {
        return Ok(Err("The order is no longer where it was."));
    }
    if mail.kind == MailKind::ApprovalWanted {
        let answers = below::approvals_of_order(reader, id).all(readers).await?;
        let is_waited_for = answers.iter().any(|answer| {
            answer.partner_id == mail.partner_id && answer.decision == ApprovalDecision::Pending
        });
        if !is_waited_for {
            return Ok(Err("The answer was given."));
        }
    }
    let lines = below::lines_of_order(reader, id).all(readers).await?;
    let held = lines.iter().find(|line| Some(line.id) == mail.order_line_id);
    let reason = match mail.kind {
        MailKind::OrderHeld => match held.filter(|line| line.status == OrderLineStatus::OnHold) {
            Some(line) => line.hold_reason.clone(),
            None => return Ok(Err("The question was answered.")),
        },
        MailKind::OrderRejected => order.reason.clone(),
        MailKind::ApprovalWanted
        | MailKind::OrderApproved
        | MailKind::OrderCompleted
        | MailKind::OrderFailed
        | MailKind::InvoiceIssued => None,
    };
    let offers = offers(app, reader, &lines).await?;
    Ok(Ok(About::Order(Ordered {
        customer: customer_of(app, reader, order.customer_id).await?,
        partner: partner_of(app, reader, order.partner_id).await?,
        reference: order.reference,
        po_number: order.po_number,
        submitted_at: order.submitted_at,
        start_at: order.start_at.filter(|at| *at > app.clock.now()),
        tax_inclusive: order.tax_inclusive,
        net: order.net_amount,
        tax: order.tax_amount,
        gross: order.gross_amount,
        lines: lines.into_iter().map(|line| told(line, mail.kind, &offers)).collect(),
        reason,
        in_part: order.status == OrderStatus::PartiallyCompleted,
        links: None,
        number: order.number,
        currency: order.currency,
    })))
}

async fn about_invoice(
    app: &App,
    reader: &Viewer,
    id: InvoiceId,
) -> Outcome<Result<About, &'static str>> {
    let invoice = lookup::by_id::<invoice::Entity>(reader, id).one(app.store.readers()).await?;
    let Some(invoice) = invoice else { return Ok(Err("The invoice is not to be seen any more.")) };
    let Some(number) = invoice.number else { return Ok(Err("The invoice is a draft.")) };
    Ok(Ok(About::Invoice(Bill {
        number,
        customer: customer_of(app, reader, invoice.customer_id).await?,
        partner: partner_of(app, reader, invoice.partner_id).await?,
        currency: invoice.currency,
        net: invoice.net_amount,
        tax: invoice.tax_amount,
        gross: invoice.gross_amount,
        open: invoice.open_amount,
        issued_on: invoice.issued_on,
        due_on: invoice.due_on,
        instructions: invoice.seller.and_then(|seller| seller.payment_instructions),
    })))
}

/// What the customer is called; none: the reader is it, or may not see it.
async fn customer_of(app: &App, reader: &Viewer, id: CustomerId) -> Outcome<Option<String>> {
    if matches!(reader.scope, Scope::Customer { .. }) {
        return Ok(None);
    }
    let found = found::<customer::Entity>(app, reader, id).await?;
    Ok(found.map(|customer| customer.name))
}

/// What the partner that sold it is called, if one did that the reader may see and is not.
async fn partner_of(app: &App, reader: &Viewer, id: Option<PartnerId>) -> Outcome<Option<String>> {
    let Some(id) = id.filter(|id| reader.partner() != Some(*id)) else { return Ok(None) };
    Ok(found::<partner::Entity>(app, reader, id).await?.map(|partner| partner.name))
}

async fn found<E: Owned>(
    app: &App,
    reader: &Viewer,
    id: impl Into<Value>,
) -> Outcome<Option<E::Model>> {
    Ok(lookup::by_id::<E>(reader, id).one(app.store.readers()).await?)
}

/// What the offers of lines are called.
async fn offers(
    app: &App,
    reader: &Viewer,
    lines: &[order_line::Model],
) -> Outcome<HashMap<OfferId, String>> {
    let offers = access::visible::<offer::Entity>(reader)
        .filter(offer::Column::Id.is_in(lines.iter().map(|line| line.offer_id)))
        .all(app.store.readers())
        .await?;
    Ok(offers.into_iter().map(|offer| (offer.id, offer.name)).collect())
}

fn told(line: order_line::Model, kind: MailKind, offers: &HashMap<OfferId, String>) -> Line {
    let step = line.plan_instance.as_ref().and_then(|plan| plan.steps.first());
    let end = match line.status {
        OrderLineStatus::Completed => Some(LineEnd::Done),
        OrderLineStatus::Failed => Some(LineEnd::Failed(line.failure_reason)),
        OrderLineStatus::Pending
        | OrderLineStatus::InProgress
        | OrderLineStatus::OnHold
        | OrderLineStatus::Rejected
        | OrderLineStatus::Cancelled => None,
    };
    Line {
        offer: offers.get(&line.offer_id).cloned().unwrap_or_default(),
        action: line.action,
        quantity: line.quantity,
        unit_amount: (line.price_model == PriceModel::PerUnit).then_some(line.unit_amount),
        period: step.and_then(|step| step.billing_period),
        discount: line.discount_amount,
        net: line.net_amount,
        end: end.filter(|_| kind == MailKind::OrderFailed),
    }
}
