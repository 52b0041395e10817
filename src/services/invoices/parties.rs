//! Who sells and who buys, as a document keeps it.

use entity::{customer, invoice, party::Party, tenant};

use crate::{error::Outcome, services::unit::Unit};

/// The seller whose tenant it is, also where a partner has sold: the document is one of the seller's series.
pub(crate) fn seller(tenant: &tenant::Model) -> Party {
    Party {
        name: tenant.legal_name.clone().unwrap_or_else(|| tenant.name.clone()),
        number: None,
        street: tenant.street.clone(),
        postal_code: tenant.postal_code.clone(),
        city: tenant.city.clone(),
        country: tenant.country.clone(),
        tax_number: tenant.tax_number.clone(),
        registration_number: tenant.registration_number.clone(),
        email: tenant.email.clone(),
        payment_instructions: tenant.payment_instructions.clone(),
    }
}

/// The customer as it is now.
pub(super) async fn buyer(unit: &Unit, invoice: &invoice::Model) -> Outcome<Party> {
    Ok(party(unit.related::<customer::Entity>(invoice.customer_id).await?))
}

/// A customer as a party.
pub(crate) fn party(customer: customer::Model) -> Party {
    let customer::Model {
        name,
        customer_number,
        street,
        postal_code,
        city,
        country,
        tax_number,
        email,
        ..
    } = customer;
    Party {
        name,
        number: Some(customer_number),
        street,
        postal_code,
        city,
        country,
        tax_number,
        registration_number: None,
        email,
        payment_instructions: None,
    }
}
