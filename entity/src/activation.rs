//! What a vendor returns of what it has delivered, for whoever bought it.

use std::fmt;

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::ActivationKind;

/// All that a vendor returns: links, keys and other fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Activation(pub Vec<ActivationItem>);

/// A part of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationItem {
    /// What the vendor calls it; unique in what it returns.
    pub name: String,
    pub kind: ActivationKind,
    pub value: String,
}

/// Without the value, which may be a password.
impl fmt::Debug for ActivationItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, value: _ } = self;
        f.debug_struct("ActivationItem")
            .field("name", name)
            .field("kind", kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_does_not_show_itself() {
        let value = "s3cret".to_owned();
        let item = ActivationItem { name: "Password".to_owned(), kind: ActivationKind::Key, value };
        let shown = format!("{:?}", Activation(vec![item]));
        assert!(shown.contains("Password") && !shown.contains("s3cret"), "{shown}");
    }
}
