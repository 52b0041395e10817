//! Taking on a customer.

use entity::{CustomerId, PartnerId, TaxTreatment, customer, partner};
use sea_orm::ActiveValue::Set;

use super::terms::{self, Taxed};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct CreateCustomer {
    /// Unique in the tenant; never changes (SLC-02).
    pub customer_number: String,
    pub name: String,
    /// None: a viewer that speaks for a partner takes the customer on itself, the seller directly.
    pub partner_id: Option<PartnerId>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub tax_number: Option<String>,
    pub tax_treatment: TaxTreatment,
    /// Why the customer pays no tax, as it is printed.
    pub tax_exemption_reason: Option<String>,
}

/// Takes on a customer. Refused with `DUPLICATE_CUSTOMER_NUMBER` where the number is taken, also by a customer that the
/// viewer may not see: numbers are unique in the tenant, so the refusal is owed, and it tells nothing else.
pub async fn create_customer(unit: &Unit, command: CreateCustomer) -> Outcome<CustomerId> {
    let mut refusals = Refusals::default();
    let number = refusals.value(validate::code("customerNumber", command.customer_number));
    let name = refusals.value(validate::name("name", command.name));
    let email = refusals.value(validate::email("email", command.email));
    let phone = refusals.value(validate::short_text("phone", command.phone));
    let street = refusals.value(validate::text("street", command.street));
    let postal_code = refusals.value(validate::short_text("postalCode", command.postal_code));
    let city = refusals.value(validate::text("city", command.city));
    let country = refusals.value(validate::country("country", command.country));
    let tax_number = refusals.value(validate::short_text("taxNumber", command.tax_number));
    let tax_exemption_reason =
        refusals.value(validate::text("taxExemptionReason", command.tax_exemption_reason));
    let taxed = Taxed {
        treatment: command.tax_treatment,
        number: tax_number.as_deref(),
        exemption_reason: tax_exemption_reason.as_deref(),
    };
    refusals.value(terms::tax(&taxed));
    if command.tax_treatment != TaxTreatment::Standard {
        refusals.value(terms::may_decide(unit));
    }
    let partner_id = command.partner_id.or_else(|| unit.viewer.partner());
    if let Some(partner_id) = partner_id {
        refusals.collect(unit.require::<partner::Entity>(partner_id, "partnerId").await?);
    }
    if unit.is_taken::<customer::Entity>(customer::Column::CustomerNumber, number.as_str()).await? {
        refusals.push(taken(&number));
    }
    refusals.done()?;

    let id = CustomerId::new(unit.now);
    super::index(unit, id, &number, &name, email.as_deref()).await?;
    let row = customer::ActiveModel {
        id: Set(id),
        tenant_id: Set(unit.viewer.tenant_id),
        partner_id: Set(partner_id),
        customer_number: Set(number.clone()),
        name: Set(name),
        email: Set(email),
        phone: Set(phone),
        street: Set(street),
        postal_code: Set(postal_code),
        city: Set(city),
        country: Set(country),
        tax_number: Set(tax_number),
        tax_treatment: Set(command.tax_treatment),
        tax_exemption_reason: Set(tax_exemption_reason),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    unit.insert_unique(row, "customer_number", taken(&number)).await?;
    Ok(id)
}

fn taken(number: &str) -> Refusal {
    Refusal::of(
        RefusalCode::DuplicateCustomerNumber,
        "customerNumber",
        format!("There is a customer with the number {number} already."),
    )
}
