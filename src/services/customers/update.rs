//! Changing a customer, or moving it to another partner.

use domain::viewer::Scope;
use entity::{CustomerId, PartnerId, TaxTreatment, customer, partner};

use super::terms::{self, Taxed};
use crate::{
    error::{Outcome, Refusal, Refusals},
    services::{change::Change, unit::Unit, validate},
    wakeups::Hint,
};

#[derive(Clone, Debug)]
pub struct UpdateCustomer {
    pub customer_id: CustomerId,
    pub expected_version: Option<i64>,
    pub name: Change<String>,
    /// Cleared: the customer is the seller's own.
    pub partner_id: Change<PartnerId>,
    pub email: Change<String>,
    pub phone: Change<String>,
    pub street: Change<String>,
    pub postal_code: Change<String>,
    pub city: Change<String>,
    pub country: Change<String>,
    pub tax_number: Change<String>,
    pub tax_treatment: Change<TaxTreatment>,
    /// Why the customer pays no tax, as it is printed.
    pub tax_exemption_reason: Change<String>,
}

/// Changes the fields named. A customer that goes to another partner is seen, with its agreements, by that one from then
/// on, and no longer by the former, with which stays what it has sold.
pub async fn update_customer(unit: &Unit, command: UpdateCustomer) -> Outcome<CustomerId> {
    let id = command.customer_id;
    let seen = unit.lock::<customer::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut customer = seen.clone();
    let mut refusals = Refusals::default();
    refusals.value(command.name.put(&mut customer.name, "name", validate::name));
    let texts = [
        (command.phone, &mut customer.phone, "phone"),
        (command.postal_code, &mut customer.postal_code, "postalCode"),
        (command.tax_number, &mut customer.tax_number, "taxNumber"),
    ];
    for (change, place, field) in texts {
        refusals.value(change.put_optional(place, field, validate::short_text));
    }
    refusals.value(command.email.put_optional(&mut customer.email, "email", validate::email));
    refusals.value(command.street.put_optional(&mut customer.street, "street", validate::text));
    refusals.value(command.city.put_optional(&mut customer.city, "city", validate::text));
    refusals.value(command.country.put_optional(
        &mut customer.country,
        "country",
        validate::country,
    ));
    refusals.value(change_tax(
        unit,
        &mut customer,
        command.tax_treatment,
        command.tax_exemption_reason,
    ));
    if let Some(partner_id) = command.partner_id.changed()
        && partner_id != seen.partner_id
    {
        refusals.value(may_move(unit, partner_id).await?);
        customer.partner_id = partner_id;
    }
    refusals.done()?;

    if customer != seen {
        if customer.partner_id != seen.partner_id {
            unit.announce(Hint::RightsChanged(unit.viewer.tenant_id));
        }
        customer.version += 1;
        customer.updated_at = unit.now;
        let email = customer.email.as_deref();
        super::index(unit, id, &customer.customer_number, &customer.name, email).await?;
        unit.save(customer).await?;
    }
    Ok(id)
}

/// Looks at how the customer is taxed where anything of it changes, its number included.
fn change_tax(
    unit: &Unit,
    customer: &mut customer::Model,
    treatment: Change<TaxTreatment>,
    exemption_reason: Change<String>,
) -> Result<(), Refusal> {
    let before = (customer.tax_treatment, customer.tax_exemption_reason.clone());
    treatment.put(&mut customer.tax_treatment, "taxTreatment", validate::any)?;
    exemption_reason.put_optional(
        &mut customer.tax_exemption_reason,
        "taxExemptionReason",
        validate::text,
    )?;
    if before != (customer.tax_treatment, customer.tax_exemption_reason.clone()) {
        terms::may_decide(unit)?;
    }
    terms::tax(&Taxed {
        treatment: customer.tax_treatment,
        number: customer.tax_number.as_deref(),
        exemption_reason: customer.tax_exemption_reason.as_deref(),
    })
}

async fn may_move(unit: &Unit, to: Option<PartnerId>) -> Outcome<Result<(), Refusal>> {
    if let Some(partner_id) = to
        && let Err(refusal) = unit.require::<partner::Entity>(partner_id, "partnerId").await?
    {
        return Ok(Err(refusal));
    }
    Ok(match unit.viewer.scope {
        Scope::Tenant => Ok(()),
        Scope::Partner { .. } | Scope::Customer { .. } => Err(Refusal::invalid(
            "partnerId",
            "Only the seller can move a customer to another partner.",
        )),
    })
}
