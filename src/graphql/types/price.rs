//! What an offer costs in one currency.

use entity::price;

use super::{Agreement, Customer, Offer, Partner, TaxCode, money::money, price_tier::tiers};
use crate::{
    access,
    graphql::read::table::{cell, object, one},
};

object! {
    /// What an offer costs in one currency.
    Price of price(PriceId), seen as access::visible::<price::Entity>;

    /// The id of the price.
    id;
    /// The currency, as ISO 4217 spells it.
    currency;
    /// For whom it is.
    scope;
    /// The partner for what it sells. Null for any other price, and where the caller may not see the partner.
    partner = one!(Partner, price.partner_id);
    /// The customer for which it is. Null for any other price, and where the caller may not see the customer.
    customer = one!(Customer, price.customer_id);
    /// The agreement for what is bought under it. Null for any other price.
    agreement = one!(Agreement, price.agreement_id);
    /// Whether it is asked.
    status;
    /// The first day on which it is asked, in the seller's time zone. Null: from the beginning.
    valid_from;
    /// The first day on which it is no longer asked. Null: it lasts.
    valid_until;
    /// How its units are priced.
    model;
    /// What one unit alone costs for a period. Only with the model `PER_UNIT` do more units cost this times their number.
    unit_price = money(cell!(price.unit_amount), cell!(price.currency));
    /// Its tiers, from the first unit on. Empty unless the model is `TIERED` or `VOLUME`.
    tiers = tiers(cell!(price.tiers), cell!(price.currency));
    /// How many units a package has. Null unless the model is `PACKAGE`.
    package_size;
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Where there is a tax code, the rate that it had when the price
    /// was set; what is charged is the code's rate of the day.
    tax_basis_points;
    /// The tax code whose rate of the day is charged. Null: the rate above is.
    tax_code = one!(TaxCode, price.tax_code_id);
    /// Whether the price has the tax in it.
    tax_inclusive;
    /// The offer that has this price.
    offer = one!(Offer, price.offer_id);
    /// When it was created.
    created_at;
}
