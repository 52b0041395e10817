//! Finding one thing by its id, or by what people call it.

use domain::viewer::Viewer;
use entity::{
    agreement, customer, discount, invoice, license, offer, order, partner, payment_agreement,
    plan, product, subscription, tax_code,
};
use sea_orm::{ColumnTrait, QueryFilter, Select, Value};

use super::validate;
use crate::{
    access::{self, Owned},
    error::Refusal,
};

/// A table whose rows have a key that is unique in the tenant.
#[diagnostic::on_unimplemented(note = "name the column in `keys!` of `services/lookup.rs`")]
pub trait Keyed: Owned {
    const KEY: Self::Column;
    /// In the API's spelling.
    const NAME: &'static str;
}

macro_rules! keys {
    ($($table:ident: $column:ident $name:literal),+ $(,)?) => {$(
        impl Keyed for $table::Entity {
            const KEY: $table::Column = $table::Column::$column;
            const NAME: &'static str = $name;
        }
    )+};
}

keys! {
    product: Code "code",
    offer: Code "code",
    plan: Code "code",
    partner: PartnerNumber "partnerNumber",
    customer: CustomerNumber "customerNumber",
    agreement: Number "number",
    order: Number "number",
    subscription: Number "number",
    license: LicenseKey "licenseKey",
    invoice: Number "number",
    payment_agreement: ProviderReference "providerReference",
    tax_code: Code "code",
    discount: Code "code",
}

/// What has this id, if the viewer may see it.
pub fn by_id<E: Owned>(viewer: &Viewer, id: impl Into<Value>) -> Select<E> {
    access::visible::<E>(viewer).filter(E::ID.eq(id))
}

/// What has this key, if the viewer may see it. Refused if nothing can have it.
pub fn by_key<E: Keyed>(viewer: &Viewer, key: String) -> Result<Select<E>, Refusal> {
    let key = validate::code(E::NAME, key)?;
    Ok(access::visible::<E>(viewer).filter(E::KEY.eq(key)))
}
