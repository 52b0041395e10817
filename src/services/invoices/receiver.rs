//! Who gets a document that somebody begins by hand.

use entity::{AgreementId, CustomerId, agreement, customer};

use super::row::Owner;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{unit::Unit, validate},
};

/// A customer, of the partner that it has now, in the currency of an agreement, or else of the seller.
///
/// Refused with `CUSTOMER_NOT_FOUND`, `AGREEMENT_NOT_FOUND`, and with `AGREEMENT_NOT_USABLE` where the agreement is with
/// another customer, or in another currency.
pub(super) async fn owner(
    unit: &Unit,
    customer_id: CustomerId,
    agreement_id: Option<AgreementId>,
    currency: Option<String>,
) -> Outcome<Owner> {
    let customer = unit.require::<customer::Entity>(customer_id, "customerId").await??;
    let agreement = match agreement_id {
        Some(id) => Some(unit.require::<agreement::Entity>(id, "agreementId").await??),
        None => None,
    };
    let currency = currency.map(|code| validate::currency("currency", code)).transpose()?;
    let currency = match (&agreement, currency) {
        (None, Some(currency)) => currency,
        (None, None) => unit.tenant().await?.default_currency.clone(),
        (Some(agreement), currency) => {
            let fits = agreement.customer_id == customer.id
                && currency.is_none_or(|currency| currency == agreement.currency);
            if !fits {
                let message = "The agreement is with another customer, or in another currency.";
                let code = RefusalCode::AgreementNotUsable;
                return Err(Refusal::of(code, "agreementId", message).into());
            }
            agreement.currency.clone()
        }
    };
    Ok(Owner {
        customer_id: customer.id,
        partner_id: customer.partner_id,
        agreement_id,
        currency,
        order_id: None,
    })
}
