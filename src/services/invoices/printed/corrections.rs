//! What the lines of a document take back of others.

use std::collections::HashMap;

use domain::viewer::Viewer;
use entity::{ChargeDirection, InvoiceLineId, invoice, invoice_line, line_correction};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{Reference, among, references};
use crate::{app::App, error::Outcome};

/// A line of which another one takes something back.
#[derive(Clone, Debug)]
pub struct Corrected {
    /// Where it was billed; none: on the same document, on a draft, or where the viewer may not see it.
    pub invoice: Option<Reference>,
    /// The price of a unit, as it was printed there.
    pub unit_amount: i64,
}

/// What each line takes back, by the lines that do.
pub(super) async fn of(
    app: &App,
    viewer: &Viewer,
    invoice: &invoice::Model,
    lines: &[invoice_line::Model],
) -> Outcome<HashMap<InvoiceLineId, Vec<Corrected>>> {
    let credits = lines.iter().filter(|line| line.direction == ChargeDirection::Credit);
    let credits: Vec<InvoiceLineId> = credits.map(|line| line.id).collect();
    let rows = line_correction::Entity::find()
        .filter(line_correction::Column::TenantId.eq(viewer.tenant_id));
    let corrections = among(app, &rows, line_correction::Column::LineId, credits).await?;
    let billed = corrections.iter().map(|it| it.corrects_line_id).collect();
    let rows =
        invoice_line::Entity::find().filter(invoice_line::Column::TenantId.eq(viewer.tenant_id));
    let billed = among(app, &rows, invoice_line::Column::Id, billed).await?;
    let billed: HashMap<_, _> = billed.into_iter().map(|line| (line.id, line)).collect();
    let others = billed.values().map(|line| line.invoice_id).filter(|id| *id != invoice.id);
    let issued = references(app, viewer, others.collect()).await?;
    let mut corrected: HashMap<_, Vec<_>> = HashMap::new();
    for correction in corrections {
        let Some(line) = billed.get(&correction.corrects_line_id) else { continue };
        let one = Corrected {
            invoice: issued.get(&line.invoice_id).cloned().and_then(Reference::to),
            unit_amount: line.unit_amount,
        };
        corrected.entry(correction.line_id).or_default().push(one);
    }
    Ok(corrected)
}
