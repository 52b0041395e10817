//! What was selected lately, which tells whether a document that is new reads more than it selects.
//!
//! PostgreSQL takes longer to prepare a statement than to read more columns of a few rows. So documents that differ in
//! nothing but columns read all of them, and share a statement. What is selected for the first time is likely to be selected
//! again, and what is selected exactly so a second time is worth a statement of its own.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    mem,
};

use super::{
    plan::{Columns, Plan},
    run::Reader,
};
use crate::{document::Known, store::PREPARED_POSTGRES};

/// What was selected lately, by its fingerprint.
pub struct Selections(Known<u64, ()>);

impl Default for Selections {
    /// Remembers about as many as a connection has statements for.
    fn default() -> Self {
        Self(Known::new(PREPARED_POSTGRES))
    }
}

impl Selections {
    /// Whether the same was selected lately, but for columns; notes that it is now. Filters, and which page it is, may differ.
    pub(super) fn differ_in_columns(&self, reader: Reader<'_>, plan: &Plan) -> bool {
        let remembers = reader.remembered.is_some();
        let scope = mem::discriminant(&reader.viewer.scope);
        let lately = |columns| {
            let mut hasher = DefaultHasher::new();
            (columns, remembers, scope).hash(&mut hasher);
            plan.fingerprint(columns, remembers, &mut hasher);
            let fingerprint = hasher.finish();
            let known = self.0.get(&fingerprint).is_some();
            if !known {
                self.0.insert(fingerprint, (), 1);
            }
            known
        };
        let exactly = lately(Columns::Selected);
        let but_for_columns = lately(Columns::All);
        but_for_columns && !exactly
    }
}
