//! Charging a customer by hand, whether it has a draft or not.

use entity::{AgreementId, CustomerId, InvoiceId, InvoiceKind};

use super::{
    add_line,
    draft::{self, Placement},
    free_line::FreeLine,
    receiver,
};
use crate::{
    error::Outcome,
    services::{seller::customer_taxes::CustomerTaxes, unit::Unit},
};

/// What is charged, and whom.
#[derive(Clone, Debug)]
pub struct ChargeCustomer {
    pub customer_id: CustomerId,
    pub agreement_id: Option<AgreementId>,
    /// None: the agreement's, or else the seller's.
    pub currency: Option<String>,
    pub line: FreeLine,
}

/// Puts a line that is about no subscription on the draft on which a customer's charges of today collect, which is begun
/// if there is none (APG-23). It is of the partner that the customer has now.
pub async fn charge_customer(unit: &Unit, command: ChargeCustomer) -> Outcome<InvoiceId> {
    let ChargeCustomer { customer_id, agreement_id, currency, line } = command;
    let owner = receiver::owner(unit, customer_id, agreement_id, currency).await?;
    let customer_taxes = CustomerTaxes::load(unit, owner.customer_id).await?;
    let seller = &customer_taxes.seller;
    let placement = Placement {
        kind: InvoiceKind::Invoice,
        day: seller.day(unit.now)?,
        closes: false,
        tax_inclusive: false,
        order_id: None,
    };
    let draft = draft::lock(unit, &seller.tenant, &owner, placement).await?;
    add_line::put(unit, &customer_taxes, draft, line).await
}
