//! Everything that is printed of a document.

mod corrections;
mod settled;

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::viewer::Viewer;
use entity::{
    InvoiceId, InvoiceLineId, InvoiceStatus, SubscriptionId, agreement, customer, invoice,
    invoice_line, invoice_tax, partner, party::Party, subscription,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select, Value};

pub use self::{
    corrections::Corrected,
    settled::{Settled, Settlement},
};
use super::{parties, row, taxes};
use crate::{
    access,
    app::App,
    error::Outcome,
    services::{below, lookup},
};

/// The most lines that are printed of a document.
const MOST_LINES: usize = 10_000;

/// How many rows are looked up at once.
const AT_ONCE: usize = 1_000;

/// A document as it is printed: an issued one as it was issued, a draft as it would be now.
#[derive(Clone, Debug)]
pub struct Printed {
    pub invoice: invoice::Model,
    /// The day on which a draft closes by itself, where it does.
    pub closes_on: Option<NaiveDate>,
    pub seller: Party,
    pub buyer: Party,
    /// The partner that has sold, where one has and the viewer may see it.
    pub partner: Option<String>,
    /// The number of the agreement, where there is one and the viewer may see it.
    pub agreement: Option<String>,
    pub lines: Vec<invoice_line::Model>,
    pub taxes: Vec<invoice_tax::Model>,
    /// The numbers of the subscriptions that lines are about.
    pub subscriptions: HashMap<SubscriptionId, String>,
    /// What each line takes back of others.
    pub corrections: HashMap<InvoiceLineId, Vec<Corrected>>,
    /// The invoices of which something is taken back, by their numbers.
    pub corrected: Vec<Reference>,
    /// By what an issued invoice was settled, or what became of what a credit note gives back.
    pub settled: Vec<Settled>,
}

/// Another document that was issued.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub number: String,
    pub issued_on: Option<NaiveDate>,
}

impl Reference {
    /// None: a draft, which has no number.
    fn to(invoice: invoice::Model) -> Option<Self> {
        Some(Self { number: invoice.number?, issued_on: invoice.issued_on })
    }
}

/// What is printed of a document; none where the viewer may not see it.
pub async fn printed(app: &App, viewer: &Viewer, id: InvoiceId) -> Outcome<Option<Printed>> {
    let readers = app.store.readers();
    let Some(invoice) = lookup::by_id::<invoice::Entity>(viewer, id).one(readers).await? else {
        return Ok(None);
    };
    let lines = below::lines_of_invoice(viewer, id).all(readers).await?;
    if lines.len() > MOST_LINES {
        return Err(anyhow::anyhow!("document {id} has too many lines to be printed").into());
    }
    let kept = below::taxes_of_invoice(viewer, id).all(readers).await?;
    let taxes = if kept.is_empty() { taxes::worked_out(&invoice, &lines)? } else { kept };
    let seller = if let Some(seller) = invoice.seller.clone() {
        seller
    } else {
        let tenant = access::own_tenant(viewer).one(readers).await?;
        tenant.as_ref().map(parties::seller).unwrap_or_default()
    };
    let buyer = if let Some(buyer) = invoice.buyer.clone() {
        buyer
    } else {
        let customer =
            lookup::by_id::<customer::Entity>(viewer, invoice.customer_id).one(readers).await?;
        customer.map(parties::party).unwrap_or_default()
    };
    let partner = match invoice.partner_id {
        Some(partner) => lookup::by_id::<partner::Entity>(viewer, partner).one(readers).await?,
        None => None,
    };
    let agreement = match invoice.agreement_id {
        Some(id) => lookup::by_id::<agreement::Entity>(viewer, id).one(readers).await?,
        None => None,
    };
    let subscriptions = subscriptions(app, viewer, &lines).await?;
    let corrections = corrections::of(app, viewer, &invoice, &lines).await?;
    let mut corrected: Vec<_> =
        corrections.values().flatten().filter_map(|it| it.invoice.clone()).collect();
    corrected.sort_unstable();
    corrected.dedup();
    let settled = match invoice.status {
        InvoiceStatus::Draft => Vec::new(),
        InvoiceStatus::Issued | InvoiceStatus::Paid | InvoiceStatus::Credited => {
            settled::of(app, viewer, &invoice, &corrected).await?
        }
    };
    let closes_on = Some(invoice.closes_on)
        .filter(|day| invoice.status == InvoiceStatus::Draft && *day != row::NEVER);
    Ok(Some(Printed {
        invoice,
        closes_on,
        seller,
        buyer,
        partner: partner.map(|partner| partner.name),
        agreement: agreement.map(|agreement| agreement.number),
        lines,
        taxes,
        subscriptions,
        corrections,
        corrected,
        settled,
    }))
}

/// The numbers of the subscriptions that lines are about.
async fn subscriptions(
    app: &App,
    viewer: &Viewer,
    lines: &[invoice_line::Model],
) -> Outcome<HashMap<SubscriptionId, String>> {
    let of_lines = lines.iter().filter_map(|line| line.subscription_id).collect();
    let visible = access::visible::<subscription::Entity>(viewer);
    let found = among(app, &visible, subscription::Column::Id, of_lines).await?;
    Ok(found.into_iter().map(|it| (it.id, it.number)).collect())
}

/// The issued documents with these ids that the viewer may see.
async fn references(
    app: &App,
    viewer: &Viewer,
    ids: Vec<InvoiceId>,
) -> Outcome<HashMap<InvoiceId, invoice::Model>> {
    let issued = access::visible::<invoice::Entity>(viewer)
        .filter(invoice::Column::Status.ne(InvoiceStatus::Draft));
    let found = among(app, &issued, invoice::Column::Id, ids).await?;
    Ok(found.into_iter().map(|it| (it.id, it)).collect())
}

/// The rows that have one of these values in a column, however many there are.
async fn among<E: EntityTrait, V: Into<Value> + Copy + Ord>(
    app: &App,
    rows: &Select<E>,
    column: E::Column,
    mut values: Vec<V>,
) -> Outcome<Vec<E::Model>> {
    values.sort_unstable();
    values.dedup();
    let mut found = Vec::new();
    for some in values.chunks(AT_ONCE) {
        let some = rows.clone().filter(column.is_in(some.iter().copied()));
        found.extend(some.all(app.store.readers()).await?);
    }
    Ok(found)
}
