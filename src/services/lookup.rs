//! Finding one thing by its id, or by what people call it.

use entity::{agreement, customer, invoice, license, offer, order, partner, product, subscription};
use sea_orm::{ColumnTrait, QueryFilter, Select, Value};

use crate::{
    access::{self, Owned},
    viewer::Viewer,
};

/// A table whose rows have a key that is unique in the tenant.
pub trait Keyed: Owned {
    const KEY: Self::Column;
}

macro_rules! keys {
    ($($table:ident: $column:ident),+ $(,)?) => {$(
        impl Keyed for $table::Entity {
            const KEY: $table::Column = $table::Column::$column;
        }
    )+};
}

keys! {
    product: Code,
    offer: Code,
    partner: PartnerNumber,
    customer: CustomerNumber,
    agreement: Number,
    order: Number,
    subscription: Number,
    license: LicenseKey,
    invoice: Number,
}

/// What has this id, if the viewer may see it.
pub fn by_id<E: Owned>(viewer: &Viewer, id: impl Into<Value>) -> Select<E> {
    access::visible::<E>(viewer).filter(E::ID.eq(id))
}

/// What has this key, if the viewer may see it.
pub fn by_key<E: Keyed>(viewer: &Viewer, key: &str) -> Select<E> {
    access::visible::<E>(viewer).filter(E::KEY.eq(key))
}
