//! Documents, checked by the guard once each.

use std::sync::Arc;

use super::{
    guard::{self, CheckedDocument, DocumentLimits, GuardError},
    known::{Key, Known, key_of},
};

/// How many bytes of documents are remembered, at least. Parsed, a document takes about ten times its text.
const MOST_BYTES: usize = 512 * 1024;

/// A document within the limits, and the hash that it is known by.
#[derive(Debug)]
pub struct KnownDocument {
    pub key: DocumentKey,
    pub checked: CheckedDocument,
}

/// Names a document and the operation of it that is executed. Request data: without it, nothing about the document is
/// remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentKey(pub Key);

/// Checks documents and remembers those that were good.
pub struct Documents {
    limits: DocumentLimits,
    known: Known<Arc<KnownDocument>>,
}

impl Documents {
    pub fn within(limits: DocumentLimits) -> Self {
        Self { limits, known: Known::new(MOST_BYTES) }
    }

    /// The same as [`guard::check`], which is asked once for each text.
    pub fn check(
        &self,
        text: &str,
        operation_name: Option<&str>,
    ) -> Result<Arc<KnownDocument>, GuardError> {
        let name = operation_name.unwrap_or_default();
        let key = key_of(&[text.as_bytes(), name.as_bytes()]);
        if let Some(known) = self.known.get(&key) {
            return Ok(known);
        }
        let checked = guard::check(text, &self.limits, operation_name)?;
        let document = Arc::new(KnownDocument { key: DocumentKey(key), checked });
        self.known.insert(key, document.clone(), text.len() + name.len());
        Ok(document)
    }
}
