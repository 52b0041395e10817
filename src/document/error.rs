//! Why a document is not executed.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

/// Texts of callers are quoted up to here.
const LONGEST_MESSAGE: usize = 400;

/// Why a document is not executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// The text is not GraphQL.
    Syntax { message: String, locations: Vec<Pos> },
    /// It asks for more than one document may.
    Limit { what: &'static str, found: u64, limit: u64 },
    /// It does not fit the schema.
    Invalid { message: String, locations: Vec<Pos> },
    /// It does not have the operation that was named.
    Operation { message: String },
    /// The value of a variable does not fit its type.
    Variable { message: String, locations: Vec<Pos> },
}

impl DocumentError {
    /// The `extensions.code` of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "GRAPHQL_PARSE_FAILED",
            Self::Limit { .. } => "LIMIT_EXCEEDED",
            Self::Invalid { .. } => "GRAPHQL_VALIDATION_FAILED",
            Self::Operation { .. } => "OPERATION_RESOLUTION_FAILURE",
            Self::Variable { .. } => "BAD_USER_INPUT",
        }
    }
}

impl From<DocumentError> for ServerError {
    fn from(error: DocumentError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code());
        let (message, locations) = match error {
            DocumentError::Limit { what, found, limit } => {
                extensions.set("limit", limit);
                extensions.set("found", found);
                (format!("The document has {found} {what}; the limit is {limit}."), Vec::new())
            }
            DocumentError::Operation { message } => (message, Vec::new()),
            DocumentError::Syntax { message, locations }
            | DocumentError::Invalid { message, locations }
            | DocumentError::Variable { message, locations } => (message, locations),
        };
        let mut server_error = Self::new(clipped(message), None);
        server_error.locations = locations;
        server_error.extensions = Some(extensions);
        server_error
    }
}

fn clipped(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message
}
