//! Changing an agreement, or deactivating it.

use chrono::NaiveDate;
use entity::{AgreementId, AgreementStatus, agreement};

use crate::{
    error::{Outcome, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct UpdateAgreement {
    pub agreement_id: AgreementId,
    pub expected_version: Option<i64>,
    pub default_po_number: Change<String>,
    pub starts_on: Change<NaiveDate>,
    pub status: Change<AgreementStatus>,
}

/// Changes the fields named. Lines of issued invoices keep the number that they were issued with (APG-16).
pub async fn update_agreement(unit: &Unit, command: UpdateAgreement) -> Outcome<AgreementId> {
    let id = command.agreement_id;
    let seen = unit.lock::<agreement::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut agreement = seen.clone();
    let mut refusals = Refusals::default();
    refusals.value(command.default_po_number.put_optional(
        &mut agreement.default_po_number,
        "defaultPoNumber",
        validate::po_number,
    ));
    refusals.value(command.starts_on.put_optional(
        &mut agreement.starts_on,
        "startsOn",
        validate::any,
    ));
    refusals.value(command.status.put(&mut agreement.status, "status", validate::any));
    refusals.done()?;

    if agreement != seen {
        agreement.version += 1;
        agreement.updated_at = unit.now;
        unit.save(agreement).await?;
    }
    Ok(id)
}
