//! The rate of a tax code from a day on.

use entity::tax_rate;

use crate::{access::within_tenant, graphql::read::table::object};

object! {
    /// The rate of a tax code from a day on.
    TaxRate of tax_rate(TaxCodeId), seen as within_tenant::<tax_rate::Entity>;

    /// The first day on which it holds, of the seller's.
    valid_from;
    /// The rate in hundredths of a percent: 2500 is 25 %.
    basis_points;
}
