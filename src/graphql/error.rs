//! Errors of a request that could not be served, and their codes.
//!
//! What was understood and refused is no error here: a mutation's payload tells it as `userErrors`.

use std::convert::Infallible;

use async_graphql::{ErrorExtensions, Value};
use sea_orm::DbErr;

use super::budget::{MOST_BYTES, used_up};
use crate::{error::Refusal, seldom::Seldom, services::page::InvalidPage, store};

/// What a resolver answers.
pub type Result<T> = std::result::Result<T, ApiError>;

/// What a caller is told while the database cannot be reached.
pub const UNAVAILABLE_MESSAGE: &str = "The service cannot reach its database, or cannot write to it. Try again shortly, a mutation with the same idempotency key: \
     it is done once, however often it is sent.";

/// What a caller is told whose change may be stored or not, because the database failed while it was storing it.
pub const UNKNOWN_MESSAGE: &str = "The database failed while it stored this, so it may be done or not. Send it again with the same idempotency key: \
     then it is done once. Without a key, look first whether it was done.";

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
    /// The database cannot be reached. To be tried again, a mutation with its idempotency key.
    Unavailable,
    /// The database ended a statement that took too long.
    RequestTimeout,
    NotFound,
    /// More was asked for than one request may have.
    LimitExceeded,
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
            Self::Unavailable => "UNAVAILABLE",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::NotFound => "NOT_FOUND",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
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

/// A page that cannot be read.
impl From<InvalidPage> for ApiError {
    fn from(invalid: InvalidPage) -> Self {
        Self::bad_user_input(match invalid {
            InvalidPage::BothEnds => "Give first or last, not both.".to_owned(),
            InvalidPage::Size => "A page has 1 to 100 items.".to_owned(),
            InvalidPage::Cursor(argument) => {
                format!("\"{argument}\" must be a cursor of this list in this order.")
            }
        })
    }
}

/// A value that nothing stored can have, so that it cannot be looked for.
impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { message, field, .. } = refusal;
        Self::bad_user_input(format!("\"{}\": {message}", field.join(".")))
    }
}

/// A filter that can be looked for whatever it says.
impl From<Infallible> for ApiError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(cause: anyhow::Error) -> Self {
        /// While the database is away, every request finds that out.
        static AWAY: Seldom = Seldom::new();
        if store::took_too_long(&cause) {
            tracing::warn!("a statement took too long and was ended");
            return Self::new(Code::RequestTimeout, "The request took too long.");
        }
        if store::answers_too_much(&cause) {
            return used_up("bytes", MOST_BYTES);
        }
        if !store::is_unavailable(&cause) {
            return Self::internal(&cause);
        }
        if let Some(untold) = AWAY.due() {
            tracing::warn!(error = %cause, untold, "the database is not available");
        }
        if store::outcome_is_unknown(&cause) {
            return Self::new(Code::Unavailable, UNKNOWN_MESSAGE)
                .with("retryAfter", 1)
                .with("outcomeUnknown", true);
        }
        Self::new(Code::Unavailable, UNAVAILABLE_MESSAGE).with("retryAfter", 1)
    }
}

impl From<DbErr> for ApiError {
    fn from(cause: DbErr) -> Self {
        anyhow::Error::from(cause).into()
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
