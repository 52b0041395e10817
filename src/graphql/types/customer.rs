//! Who buys and uses.

use entity::customer;

use super::{
    AccountTransaction, Agreement, CustomerSubscription, Denial, Invoice, License, Order, Partner,
    PaymentAgreement,
};
use crate::{
    access,
    graphql::read::table::{many, object, one, page},
    services::{
        below,
        lists::{
            self, agreements::AgreementFilter, invoices::InvoiceFilter, licenses::LicenseFilter,
            orders::OrderFilter, payment_agreements::PaymentAgreementFilter,
            subscriptions::SubscriptionFilter,
        },
        page::Direction::Descending,
    },
};

object! {
    /// Who buys and uses.
    Customer of customer(CustomerId), seen as access::visible::<customer::Entity>;

    /// The id of the customer.
    id;
    /// What the seller calls the customer; unique in the tenant.
    customer_number;
    /// The name of the customer.
    name;
    /// Where mail to the customer goes.
    email;
    /// The telephone number of the customer.
    phone;
    /// Street and house number.
    street;
    /// The postal code.
    postal_code;
    /// The city.
    city;
    /// The country, as ISO 3166-1 alpha-2 spells it, such as `DK`.
    country;
    /// The number by which the tax authority knows the customer.
    tax_number;
    /// How the customer is taxed: anything but `STANDARD` is stronger than what a price says.
    tax_treatment;
    /// Why the customer pays no tax, as it is printed. Null: what the treatment is called is enough.
    tax_exemption_reason;
    /// The partner that the customer buys from. Null where it buys from the seller directly, or where the caller may not see the partner.
    partner = one!(Partner, customer.partner_id);
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// The agreements under which the customer buys, newest first.
    agreements = page!(Agreement, |viewer, parent| lists::agreements::agreements(viewer, &AgreementFilter { customer: Some(parent), ..AgreementFilter::default() }, lists::ByTime::Created, Descending));
    /// The orders of the customer, newest first.
    orders = page!(Order, |viewer, parent| lists::orders::orders(viewer, &OrderFilter { customer: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending));
    /// What the customer holds, newest first.
    subscriptions = page!(CustomerSubscription, |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { customer: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending));
    /// The licenses of the customer, newest first.
    licenses = page!(License, |viewer, parent| lists::licenses::licenses(viewer, &LicenseFilter { customer: Some(parent), ..LicenseFilter::default() }, lists::ByTime::Created, Descending));
    /// What moved on the customer's accounts, in any currency, newest first. `accountBalance` says what it comes to.
    account_transactions = page!(AccountTransaction, lists::account_transactions::account_transactions_of_customer);
    /// How the customer pays, as it was agreed with payment providers, newest first.
    payment_agreements = page!(PaymentAgreement, |viewer, parent| lists::payment_agreements::payment_agreements(viewer, &PaymentAgreementFilter { customer: Some(parent), ..PaymentAgreementFilter::default() }, lists::ByTime::Created, Descending));
    /// What the customer may not order, newest first. Empty for all but the seller's people.
    denials = many!(Denial, below::denials_of_customer, customer_id);
    /// The invoices to the customer, newest first.
    invoices = page!(Invoice, |viewer, parent| lists::invoices::invoices(viewer, &InvoiceFilter { customer: Some(parent), ..InvoiceFilter::default() }, lists::ByTime::Created, Descending));
}
