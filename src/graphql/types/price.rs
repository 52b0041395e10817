//! What one unit of an offer costs in one currency.

use entity::price;

use super::{Offer, TaxCode, money::money};
use crate::{
    access::within_tenant,
    graphql::read::table::{cell, object, one},
};

object! {
    /// What one unit of an offer costs in one currency.
    Price of price(PriceId), seen as within_tenant::<price::Entity>;

    /// The id of the price.
    id;
    /// The currency, as ISO 4217 spells it.
    currency;
    /// The price of one unit and period.
    unit_price = money(cell!(price.unit_amount), cell!(price.currency));
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Where there is a tax code, the rate that it had when the price
    /// was set; what is charged is the code's rate of the day.
    tax_basis_points;
    /// The tax code whose rate of the day is charged. Null: the rate above is.
    tax_code = one!(TaxCode, price.tax_code_id);
    /// Whether the price has the tax in it.
    tax_inclusive;
    /// The offer that has this price.
    offer = one!(Offer, price.offer_id);
}
