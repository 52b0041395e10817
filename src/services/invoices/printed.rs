//! Everything that is printed of a document.

use std::collections::HashMap;

use domain::viewer::Viewer;
use entity::{
    InvoiceId, InvoiceLineId, customer, invoice, invoice_line, invoice_tax, line_correction,
    partner, party::Party, subscription,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{parties, taxes};
use crate::{
    access,
    app::App,
    error::Outcome,
    services::{below, lookup},
};

/// The most lines that are printed of a document.
const MOST_LINES: usize = 10_000;

/// A document as it is printed: an issued one as it was issued, a draft as it would be now.
#[derive(Clone, Debug)]
pub struct Printed {
    pub invoice: invoice::Model,
    pub seller: Party,
    pub buyer: Party,
    /// The partner that has sold, where one has and the viewer may see it.
    pub partner: Option<String>,
    pub lines: Vec<invoice_line::Model>,
    pub taxes: Vec<invoice_tax::Model>,
    /// The numbers of the subscriptions that lines are about.
    pub subscriptions: HashMap<entity::SubscriptionId, String>,
    /// The numbers of the invoices of which something is taken back.
    pub corrected: Vec<String>,
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
    let mut of_lines: Vec<_> = lines.iter().filter_map(|line| line.subscription_id).collect();
    of_lines.sort_unstable();
    of_lines.dedup();
    let mut subscriptions = HashMap::new();
    for some in of_lines.chunks(1_000) {
        let found = access::visible::<subscription::Entity>(viewer)
            .filter(subscription::Column::Id.is_in(some.iter().copied()))
            .all(readers)
            .await?;
        subscriptions.extend(found.into_iter().map(|it| (it.id, it.number)));
    }
    let corrected = corrected(app, viewer, &invoice, &lines).await?;
    let partner = partner.map(|partner| partner.name);
    Ok(Some(Printed { invoice, seller, buyer, partner, lines, taxes, subscriptions, corrected }))
}

/// The numbers of the issued documents of which something is taken back.
async fn corrected(
    app: &App,
    viewer: &Viewer,
    invoice: &invoice::Model,
    lines: &[invoice_line::Model],
) -> Outcome<Vec<String>> {
    let readers = app.store.readers();
    let mut ids: Vec<InvoiceId> = invoice.corrects_invoice_id.into_iter().collect();
    let own: Vec<InvoiceLineId> = lines.iter().map(|line| line.id).collect();
    for some in own.chunks(1_000) {
        let corrections = line_correction::Entity::find()
            .filter(line_correction::Column::TenantId.eq(viewer.tenant_id))
            .filter(line_correction::Column::LineId.is_in(some.iter().copied()))
            .all(readers)
            .await?;
        let corrected: Vec<_> = corrections.iter().map(|it| it.corrects_line_id).collect();
        for some in corrected.chunks(1_000) {
            let billed = invoice_line::Entity::find()
                .filter(invoice_line::Column::TenantId.eq(viewer.tenant_id))
                .filter(invoice_line::Column::Id.is_in(some.iter().copied()))
                .all(readers)
                .await?;
            ids.extend(billed.iter().map(|line| line.invoice_id));
        }
    }
    ids.retain(|id| *id != invoice.id);
    ids.sort_unstable();
    ids.dedup();
    let mut numbers = Vec::new();
    for some in ids.chunks(1_000) {
        let found = access::visible::<invoice::Entity>(viewer)
            .filter(invoice::Column::Id.is_in(some.iter().copied()))
            .all(readers)
            .await?;
        numbers.extend(found.into_iter().filter_map(|it| it.number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}
