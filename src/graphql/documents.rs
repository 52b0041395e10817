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

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "query One { me { name } } query Two { orders { totalCount } }";

    fn documents() -> Documents {
        Documents::within(DocumentLimits::default())
    }

    #[test]
    fn the_same_text_is_checked_once() {
        let documents = documents();
        let first = documents.check("{ me { name } }", None).unwrap();
        let again = documents.check("{ me { name } }", None).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let other = documents.check("{ me { id } }", None).unwrap();
        assert_ne!(other.key, first.key);
    }

    #[test]
    fn another_operation_of_the_same_text_is_another_document() {
        let documents = documents();
        let one = documents.check(TWO, Some("One")).unwrap();
        let two = documents.check(TWO, Some("Two")).unwrap();
        assert_ne!(one.key, two.key);
        assert_eq!(one.checked.facts.root_fields, ["me"]);
        assert_eq!(two.checked.facts.root_fields, ["orders"]);
        assert!(Arc::ptr_eq(&two, &documents.check(TWO, Some("Two")).unwrap()));
    }

    #[test]
    fn a_bad_document_is_never_remembered() {
        let documents = documents();
        documents.check(TWO, Some("One")).unwrap();
        let deep = format!("{}{}", "{ a ".repeat(20), "}".repeat(20));
        for (text, operation) in
            [("{ me", None), (deep.as_str(), None), (TWO, None), (TWO, Some("Three"))]
        {
            let error = documents.check(text, operation).unwrap_err();
            let key = key_of(&[text.as_bytes(), operation.unwrap_or_default().as_bytes()]);
            assert!(documents.known.get(&key).is_none(), "{text}");
            assert_eq!(documents.check(text, operation).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_by_its_bytes() {
        let documents = documents();
        let text = |number: usize| format!("{{ me {{ name }} }} #{number:0>10000}");
        let first = documents.check(&text(0), None).unwrap();
        for number in 1..2 * MOST_BYTES / 10_000 + 2 {
            documents.check(&text(number), None).unwrap();
        }
        assert!(!Arc::ptr_eq(&first, &documents.check(&text(0), None).unwrap()));
    }
}
