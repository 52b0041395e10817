//! What must be right about how a customer is taxed.

use domain::viewer::Scope;
use entity::TaxTreatment;

use crate::{error::Refusal, services::unit::Unit};

/// How a customer is taxed, and what is printed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taxed<'a> {
    pub(super) treatment: TaxTreatment,
    pub(super) number: Option<&'a str>,
    pub(super) exemption_reason: Option<&'a str>,
}

/// Who pays no tax is known by a number, or there is a reason of which no standard has the words.
pub(super) fn tax(taxed: &Taxed<'_>) -> Result<(), Refusal> {
    match taxed.treatment {
        TaxTreatment::Standard if taxed.exemption_reason.is_some() => Err(Refusal::invalid(
            "taxExemptionReason",
            "A customer that is taxed as usual has no reason not to be.",
        )),
        TaxTreatment::ReverseCharge | TaxTreatment::IntraCommunity if taxed.number.is_none() => {
            let message = format!("A customer with the treatment {} needs one.", taxed.treatment);
            Err(Refusal::invalid("taxNumber", message))
        }
        TaxTreatment::Exempt if taxed.exemption_reason.is_none() => Err(Refusal::invalid(
            "taxExemptionReason",
            "Say why the customer is exempt; it is printed on documents.",
        )),
        TaxTreatment::Standard
        | TaxTreatment::ReverseCharge
        | TaxTreatment::IntraCommunity
        | TaxTreatment::Export
        | TaxTreatment::Exempt
        | TaxTreatment::OutOfScope => Ok(()),
    }
}

/// The seller owes the tax, so nobody else decides that there is none.
pub(super) fn may_decide(unit: &Unit) -> Result<(), Refusal> {
    match unit.viewer.scope {
        Scope::Tenant => Ok(()),
        Scope::Partner { .. } | Scope::Customer { .. } => Err(Refusal::invalid(
            "taxTreatment",
            "Only the seller can say that a customer is not taxed as usual.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_pays_no_tax_has_a_number_or_a_reason() {
        let wrong = |treatment, number, exemption_reason| {
            let refused = tax(&Taxed { treatment, number, exemption_reason }).err();
            refused.map(|refusal| refusal.field.concat())
        };
        let (number, reason) = (Some("DK12345674"), Some("A museum"));
        let named = |field: &str| Some(field.to_owned());
        assert_eq!(wrong(TaxTreatment::Standard, None, None), None);
        assert_eq!(wrong(TaxTreatment::Standard, number, reason), named("taxExemptionReason"));
        for treatment in [TaxTreatment::ReverseCharge, TaxTreatment::IntraCommunity] {
            assert_eq!(wrong(treatment, None, reason), named("taxNumber"));
            assert_eq!(wrong(treatment, number, None), None);
        }
        assert_eq!(wrong(TaxTreatment::Exempt, number, None), named("taxExemptionReason"));
        assert_eq!(wrong(TaxTreatment::Exempt, None, reason), None);
        for treatment in [TaxTreatment::Export, TaxTreatment::OutOfScope] {
            assert_eq!(wrong(treatment, None, None), None);
        }
    }
}
