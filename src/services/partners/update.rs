//! Changing a partner, or putting it below another.

use entity::{PartnerId, partner};

use super::place;
use crate::{
    error::{Outcome, Refusals},
    services::{change::Change, unit::Unit, validate},
    wakeups::Hint,
};

#[derive(Clone, Debug)]
pub struct UpdatePartner {
    pub partner_id: PartnerId,
    pub expected_version: Option<i64>,
    pub name: Change<String>,
    pub parent_id: Change<PartnerId>,
    pub approval_required: Change<bool>,
    pub email: Change<String>,
    pub street: Change<String>,
    pub postal_code: Change<String>,
    pub city: Change<String>,
    pub country: Change<String>,
    pub tax_number: Change<String>,
}

/// Changes the fields named. Whoever a partner is moved below sees what is its from then on.
pub async fn update_partner(unit: &Unit, command: UpdatePartner) -> Outcome<PartnerId> {
    let id = command.partner_id;
    let parent_id = command.parent_id.changed();
    if let Some(Some(_)) = parent_id {
        place::lock_places(unit).await?;
    }
    let seen = unit.lock::<partner::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut partner = seen.clone();
    let mut refusals = Refusals::default();
    refusals.value(command.name.put(&mut partner.name, "name", validate::name));
    refusals.value(command.approval_required.put(
        &mut partner.approval_required,
        "approvalRequired",
        validate::any,
    ));
    refusals.value(command.email.put_optional(&mut partner.email, "email", validate::email));
    refusals.value(command.street.put_optional(&mut partner.street, "street", validate::text));
    refusals.value(command.postal_code.put_optional(
        &mut partner.postal_code,
        "postalCode",
        validate::short_text,
    ));
    refusals.value(command.city.put_optional(&mut partner.city, "city", validate::text));
    refusals.value(command.country.put_optional(
        &mut partner.country,
        "country",
        validate::country,
    ));
    refusals.value(command.tax_number.put_optional(
        &mut partner.tax_number,
        "taxNumber",
        validate::short_text,
    ));
    if let Some(parent_id) = parent_id {
        if let Some(parent_id) = parent_id {
            refusals.value(place::below(unit, id, parent_id).await?);
        }
        partner.parent_id = parent_id;
    }
    refusals.done()?;

    if partner != seen {
        if partner.parent_id != seen.parent_id {
            unit.announce(Hint::RightsChanged(unit.viewer.tenant_id));
        }
        partner.version += 1;
        partner.updated_at = unit.now;
        super::index(unit, id, &partner.partner_number, &partner.name).await?;
        unit.save(partner).await?;
    }
    Ok(id)
}
