//! How a seller taxes a kind of goods.

use entity::tax_code;

use super::TaxRate;
use crate::{
    access,
    graphql::read::table::{many, object},
    services::below,
};

object! {
    /// How a seller taxes a kind of goods. What is sold keeps the code; the rate is that of the day on which it is charged.
    TaxCode of tax_code(TaxCodeId), seen as access::visible::<tax_code::Entity>;

    /// The id of the tax code.
    id;
    /// What the seller calls the tax code; unique in the tenant.
    code;
    /// The name of the tax code.
    name;
    /// Why it is taxed as it is.
    category;
    /// The rates, the first day first: each holds until the day before the next.
    rates = many!(TaxRate, below::rates_of_tax_code);
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
}
