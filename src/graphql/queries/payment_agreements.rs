//! Payment agreements.

use async_graphql::InputObject;
use entity::{CustomerId, OrderId, PartnerId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    graphql::{
        id::Id,
        types::{
            PaymentAgreement,
            enums::{PaymentAgreementStatus, PaymentMethod},
        },
    },
    services::lists::payment_agreements as service,
};

/// Which payment agreements are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PaymentAgreementFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<PaymentAgreementStatus>>,
    /// Are paid in one of these ways.
    #[graphql(validator(custom = "Few(\"methodIn\")"))]
    pub method_in: Option<Vec<PaymentMethod>>,
    /// Are with this customer.
    pub customer_id: Option<Id<CustomerId>>,
    /// Were registered through this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Were registered for this order.
    pub order_id: Option<Id<OrderId>>,
    /// Registered in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
}

impl From<PaymentAgreementFilter> for service::PaymentAgreementFilter {
    fn from(filter: PaymentAgreementFilter) -> Self {
        Self {
            statuses: words(filter.status_in),
            methods: words(filter.method_in),
            customer: bare(filter.customer_id),
            partner: bare(filter.partner_id),
            order: bare(filter.order_id),
            created: range(filter.created_at),
            updated: range(filter.updated_at),
        }
    }
}

noun! {
    PaymentAgreementsQuery: PaymentAgreement, payment_agreement {
        /// One payment agreement, by its id or by what its provider calls it. Give exactly one of the two.
        payment_agreement(PaymentAgreementId, provider_reference: "What the payment provider calls the payment agreement.");
        /// The payment agreements that the caller may see.
        payment_agreements(PaymentAgreementFilter, TimeOrder);
    }
}
