//! Taking on a partner.

use entity::{PartnerId, partner};
use sea_orm::ActiveValue::Set;

use super::place;
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
    wakeups::Hint,
};

#[derive(Clone, Debug, Default)]
pub struct CreatePartner {
    /// Unique in the tenant; never changes.
    pub partner_number: String,
    pub name: String,
    /// The partner above it.
    pub parent_id: Option<PartnerId>,
    /// Whether it must approve the orders of its customers and of the partners below it.
    pub approval_required: bool,
    pub email: Option<String>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub tax_number: Option<String>,
}

pub async fn create_partner(unit: &Unit, command: CreatePartner) -> Outcome<PartnerId> {
    let id = PartnerId::new(unit.now);
    let mut refusals = Refusals::default();
    let number = refusals.value(validate::code("partnerNumber", command.partner_number));
    let name = refusals.value(validate::name("name", command.name));
    let email = refusals.value(validate::email("email", command.email));
    let street = refusals.value(validate::text("street", command.street));
    let postal_code = refusals.value(validate::short_text("postalCode", command.postal_code));
    let city = refusals.value(validate::text("city", command.city));
    let country = refusals.value(validate::country("country", command.country));
    let tax_number = refusals.value(validate::short_text("taxNumber", command.tax_number));
    if unit.is_taken::<partner::Entity>(partner::Column::PartnerNumber, number.as_str()).await? {
        refusals.push(taken(&number));
    }
    if let Some(parent_id) = command.parent_id {
        place::lock_places(unit).await?;
        refusals.value(place::below(unit, id, parent_id).await?);
    }
    refusals.done()?;

    let row = partner::ActiveModel {
        id: Set(id),
        tenant_id: Set(unit.viewer.tenant_id),
        parent_id: Set(command.parent_id),
        partner_number: Set(number.clone()),
        name: Set(name.clone()),
        approval_required: Set(command.approval_required),
        email: Set(email),
        street: Set(street),
        postal_code: Set(postal_code),
        city: Set(city),
        country: Set(country),
        tax_number: Set(tax_number),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    unit.insert_unique(row, "partner_number", taken(&number)).await?;
    super::index(unit, id, &number, &name).await?;
    if command.parent_id.is_some() {
        // Whoever it is below sees it from now on.
        unit.announce(Hint::RightsChanged(unit.viewer.tenant_id));
    }
    Ok(id)
}

fn taken(number: &str) -> Refusal {
    Refusal::of(
        RefusalCode::DuplicatePartnerNumber,
        "partnerNumber",
        format!("There is a partner with the number {number} already."),
    )
}
