//! Concluding an agreement with a customer.

use chrono::NaiveDate;
use entity::{AgreementId, AgreementStatus, CustomerId, agreement, customer};
use sea_orm::ActiveValue::Set;

use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{
        search::{self, Kind},
        unit::Unit,
        validate,
    },
};

#[derive(Clone, Debug)]
pub struct CreateAgreement {
    pub customer_id: CustomerId,
    /// Unique in the tenant; never changes.
    pub number: String,
    /// None: the tenant's own; never changes.
    pub currency: Option<String>,
    /// Printed on invoices where a subscription has no number of its own (APG-12).
    pub default_po_number: Option<String>,
    pub starts_on: Option<NaiveDate>,
}

pub async fn create_agreement(unit: &Unit, command: CreateAgreement) -> Outcome<AgreementId> {
    let mut refusals = Refusals::default();
    let number = refusals.value(validate::code("number", command.number));
    let currency = match command.currency {
        Some(currency) => refusals.value(validate::currency("currency", currency)),
        None => unit.tenant().await?.default_currency.clone(),
    };
    let default_po_number =
        refusals.value(validate::po_number("defaultPoNumber", command.default_po_number));
    refusals.collect(unit.require::<customer::Entity>(command.customer_id, "customerId").await?);
    if unit.is_taken::<agreement::Entity>(agreement::Column::Number, number.as_str()).await? {
        refusals.push(taken(&number));
    }
    refusals.done()?;

    let id = AgreementId::new(unit.now);
    let row = agreement::ActiveModel {
        id: Set(id),
        tenant_id: Set(unit.viewer.tenant_id),
        customer_id: Set(command.customer_id),
        number: Set(number.clone()),
        currency: Set(currency),
        default_po_number: Set(default_po_number),
        status: Set(AgreementStatus::Active),
        starts_on: Set(command.starts_on),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    unit.insert_unique(row, "number", taken(&number)).await?;
    search::index(&unit.txn, Kind::Agreement, id.0, &[&number]).await?;
    Ok(id)
}

fn taken(number: &str) -> Refusal {
    Refusal::of(
        RefusalCode::DuplicateAgreementNumber,
        "number",
        format!("There is an agreement with the number {number} already."),
    )
}
