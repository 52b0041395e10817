//! For which order something is bought.

use chrono::{DateTime, Utc};
use entity::{AgreementId, CustomerId, OrderId, PartnerId, order};

/// The order for which something is bought.
#[derive(Clone, Copy)]
pub(crate) struct Buying<'a> {
    pub(crate) order_id: OrderId,
    pub(crate) order_created_at: DateTime<Utc>,
    pub(crate) customer_id: CustomerId,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) agreement_id: Option<AgreementId>,
    pub(crate) currency: &'a str,
}

impl<'a> Buying<'a> {
    /// The order that is written.
    pub(crate) fn of(order: &'a order::Model) -> Buying<'a> {
        Buying {
            order_id: order.id,
            order_created_at: order.created_at,
            customer_id: order.customer_id,
            partner_id: order.partner_id,
            agreement_id: order.agreement_id,
            currency: &order.currency,
        }
    }
}
