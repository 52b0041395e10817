//! The front end for GraphQL documents: what a text means, before anything executes it.
//!
//! 1. The text is parsed, within limits of depth and tokens, by the one parser that builds the tree (`parse.rs`).
//! 2. What its fragments expand to is counted, each fragment once (`limits.rs`).
//! 3. It is validated against the schema, as the specification has it.
//! 4. The variables are coerced to the types that the operation declares (`variables.rs`).
//! 5. The operation is made canonical: fragments dissolved, conditions decided, one field per response key
//!    (`canonical.rs`).
//! 6. It is priced (`cost.rs`).
//!
//! Steps 1 to 3 are remembered by the text, step 5 by the text and its conditions. Both memories are bounded.

mod canonical;
mod cost;
mod error;
mod facts;
mod known;
mod limits;
mod parse;
mod variables;

use std::sync::Arc;

use apollo_compiler::{Schema, validation::Valid};
use async_graphql::Variables;

pub(crate) use self::known::Known;
pub use self::{
    canonical::Canonical,
    error::DocumentError,
    facts::{OperationKind, RequestFacts},
    limits::{DocumentLimits, MOST_ALIASES},
};
use self::{
    known::{Key, key_of},
    parse::Parsed,
};

/// How many bytes of texts the memory of parsed documents holds, at least. Parsed, a document takes about ten times its
/// text.
const MOST_BYTES: usize = 512 * 1024;
/// How many fields the memory of canonical operations holds, at least. A field takes about 600 bytes, with how it is read,
/// and a short text can mean many of them. What is written out in a document counts as well.
const MOST_FIELDS: usize = 16 * 1024;
const BYTES_OF_FIELD: usize = 256;

/// Names a canonical operation: equal for requests that ask the same but for the values of variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentKey(pub [u8; 32]);

/// An operation that may be executed, and the variables to execute it with.
#[derive(Clone, Debug)]
pub struct Readable {
    pub operation: Arc<Canonical>,
    pub variables: Variables,
    /// What it asks for, and what that is expected to cost.
    pub facts: RequestFacts,
}

/// Reads documents and remembers those that were good.
pub struct Documents {
    schema: &'static Valid<Schema>,
    prices: cost::Prices,
    limits: DocumentLimits,
    parsed: Known<Key, Arc<Parsed>>,
    canonical: Known<Key, Arc<Canonical>>,
}

impl Documents {
    /// A front end for documents of this schema.
    pub fn new(schema: &'static Valid<Schema>, limits: DocumentLimits) -> Self {
        Self {
            schema,
            prices: cost::Prices::of(schema),
            limits,
            parsed: Known::new(MOST_BYTES),
            canonical: Known::new(MOST_FIELDS),
        }
    }

    /// Reads a document and picks the operation to execute. `variables` are the request's, as JSON.
    ///
    /// Errors, the first few: syntax (`GRAPHQL_PARSE_FAILED`), a limit or the cost (`LIMIT_EXCEEDED`), the schema
    /// (`GRAPHQL_VALIDATION_FAILED`), the name of the operation (`OPERATION_RESOLUTION_FAILURE`), and the values of
    /// variables (`BAD_USER_INPUT`).
    pub fn read(
        &self,
        text: &str,
        operation_name: Option<&str>,
        variables: serde_json::Map<String, serde_json::Value>,
    ) -> Result<Readable, Vec<DocumentError>> {
        let name = operation_name.unwrap_or_default();
        let key = key_of(&[text.as_bytes(), name.as_bytes()]);
        let parsed = self.parsed.get_or_insert(
            key,
            |_| text.len() + name.len(),
            || Parsed::read(self.schema, &self.limits, text, operation_name).map(Arc::new),
        )?;
        let variables = variables::coerce(self.schema, parsed.operation(), variables)
            .map_err(|error| vec![error])?;
        let conditions = parsed.conditions(&variables);
        let key = if conditions.is_empty() { key } else { key_of(&[&key, &conditions]) };
        let operation = self.canonical.get_or_insert(
            key,
            |it| it.fields + text.len() / BYTES_OF_FIELD,
            || {
                canonical::write(self.schema, &self.limits, &parsed, &variables, DocumentKey(key))
                    .map(Arc::new)
                    .map_err(|error| vec![error])
            },
        )?;
        let cost = self.prices.cost(self.schema, &operation, &variables);
        let cost = self.limits.check_cost(cost).map_err(|error| vec![error])?;
        let facts = RequestFacts { cost, ..operation.facts.clone() };
        Ok(Readable { operation, variables, facts })
    }
}

#[cfg(test)]
mod tests;
