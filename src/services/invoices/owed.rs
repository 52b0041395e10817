//! What a customer owes.

use entity::{CustomerId, InvoiceStatus, invoice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::wide_sum;
use crate::{error::Outcome, services::unit::Unit};

/// What a customer owes in a currency, the seller and all partners: what is open of its invoices, and what its drafts come
/// to. Drafts that would give something back count when they are issued.
pub(crate) async fn owed(unit: &Unit, customer_id: CustomerId, currency: &str) -> Outcome<i128> {
    use invoice::Column::{Currency, CustomerId, GrossAmount, OpenAmount, Status, TenantId};
    let documents = invoice::Entity::find()
        .filter(TenantId.eq(unit.viewer.tenant_id))
        .filter(CustomerId.eq(customer_id))
        .filter(Currency.eq(currency));
    let issued = (documents.clone().filter(Status.ne(InvoiceStatus::Draft)), OpenAmount);
    let drafts = documents.filter(Status.eq(InvoiceStatus::Draft)).filter(GrossAmount.gt(0));
    let drafts = (drafts, GrossAmount);
    let mut owed = 0;
    // Drafts first: one that is issued meanwhile counts twice, and never not at all.
    for (documents, amount) in [drafts, issued] {
        let [high, low] = wide_sum::parts(&amount);
        let sums: Option<wide_sum::Parts> = documents
            .select_only()
            .column_as(high, "high")
            .column_as(low, "low")
            .into_tuple()
            .one(&unit.txn)
            .await?;
        owed += wide_sum::exactly(sums);
    }
    Ok(owed)
}
