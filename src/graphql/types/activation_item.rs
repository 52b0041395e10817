//! What a vendor has returned of what it delivered.

use entity::activation::{self, Activation};

use super::{enums::ActivationKind, made_of};
use crate::graphql::read::{
    shape::{Shown, shape},
    table::{Need, Shows},
};

/// A part of what the vendor has returned: a link, a key or another field.
#[derive(Clone, Debug)]
pub struct ActivationItem(activation::ActivationItem);

shape! {
    /// A part of what the vendor has returned: a link, a key or another field.
    ActivationItem;

    /// What the vendor calls it; unique in what it has returned.
    name: String = |it| it.0.name.clone().into();
    /// What it is.
    kind: ActivationKind = |it| Shown::Word(it.0.kind.as_str());
    /// The value. That of a key is for whoever is to have it alone.
    value: String = |it| it.0.value.clone().into();
}

/// What the vendor has returned, in its order; nothing where the cell is null.
pub(super) fn items(activation: impl Into<Need>) -> Shows {
    made_of::<Vec<ActivationItem>, ActivationItem>(vec![activation.into()], |given| {
        let Activation(items) = given.json(0)?.unwrap_or_default();
        Ok(Shown::objects(items.into_iter().map(ActivationItem)))
    })
}
