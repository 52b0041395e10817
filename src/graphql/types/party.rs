//! Who sells or buys, as a document keeps it.

use entity::party;

use super::made_of;
use crate::graphql::read::{
    shape::{Shown, shape},
    table::{Cell, Shows},
};

/// Who sells or buys, as a document keeps it.
#[derive(Clone, Debug)]
pub struct Party(party::Party);

shape! {
    /// Who sells or buys, as a document keeps it.
    Party;

    /// The name.
    name: String = |it| it.0.name.clone().into();
    /// The customer's number.
    number: Option<String> = |it| it.0.number.clone().into();
    /// Street and house number.
    street: Option<String> = |it| it.0.street.clone().into();
    /// The postal code.
    postal_code: Option<String> = |it| it.0.postal_code.clone().into();
    /// The city.
    city: Option<String> = |it| it.0.city.clone().into();
    /// The country, as ISO 3166-1 alpha-2 spells it, such as `DK`.
    country: Option<String> = |it| it.0.country.clone().into();
    /// The number under which it is taxed.
    tax_number: Option<String> = |it| it.0.tax_number.clone().into();
    /// The number under which it is registered.
    registration_number: Option<String> = |it| it.0.registration_number.clone().into();
    /// Where mail to it goes.
    email: Option<String> = |it| it.0.email.clone().into();
    /// How it wants to be paid.
    payment_instructions: Option<String> = |it| it.0.payment_instructions.clone().into();
}

/// A party that is in a column.
pub(super) fn party(cell: Cell) -> Shows {
    made_of::<Option<Party>, Party>(vec![cell.into()], |given| {
        let party = given.json::<party::Party>(0)?;
        Ok(party.map_or(Shown::Null, |party| Shown::object(Party(party))))
    })
}
