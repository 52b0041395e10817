//! Errors of a request that could not be served, and their codes.
//!
//! What was understood and refused is no error here: a mutation's payload tells it as `userErrors`.

use async_graphql::{ErrorExtensions, Value};
use sea_orm::DbErr;

/// What a resolver answers.
pub type Result<T> = std::result::Result<T, ApiError>;

/// Why a field could not be served. Becomes an entry of the response's `errors` with `extensions.code`.
///
/// Does not implement `Display`: with it, async-graphql would show any error to the caller as it is.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: Code,
    message: String,
    details: Vec<(&'static str, Value)>,
}

/// The codes of errors, in the API's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    BadUserInput,
    Unauthenticated,
    Forbidden,
    /// Too busy; nothing was done, and it is safe to try again.
    ResourceExhausted,
    NotFound,
    /// A feed cannot go on from the cursor given without leaving something out: read afresh.
    ResumeGap,
    InternalServerError,
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::NotFound => "NOT_FOUND",
            Self::ResumeGap => "RESUME_GAP",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }
}

impl ApiError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// The caller asked for something that cannot be; the message says what would be right.
    pub fn bad_user_input(message: impl Into<String>) -> Self {
        Self::new(Code::BadUserInput, message)
    }

    /// We broke. The cause goes to the log, the caller gets one fixed sentence.
    pub fn internal(cause: &anyhow::Error) -> Self {
        tracing::error!(error = ?cause, "a request failed");
        Self::new(Code::InternalServerError, "Something went wrong on our side.")
    }

    /// Adds an entry to the error's `extensions`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    pub const fn code(&self) -> Code {
        self.code
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(cause: anyhow::Error) -> Self {
        Self::internal(&cause)
    }
}

impl From<DbErr> for ApiError {
    fn from(cause: DbErr) -> Self {
        if let DbErr::ConnectionAcquire(_) = cause {
            tracing::warn!(error = %cause, "no database connection was free");
            return Self::new(Code::ResourceExhausted, "The service is busy. Try again shortly.");
        }
        Self::internal(&cause.into())
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        Self::new(error.message).extend_with(|_, extensions| {
            extensions.set("code", error.code.as_str());
            for (name, value) in error.details {
                extensions.set(name, value);
            }
        })
    }
}
