//! Errors as clients see them: each has a code, and none shows how the server is made.

use std::{any::Any, time::Duration};

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use tracing::{error, warn};

use crate::{
    auth::AuthError,
    graphql::error::{Code, UNAVAILABLE_MESSAGE},
    store,
};

pub(super) const BAD_REQUEST: &str = "BAD_REQUEST";
pub(super) const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
pub(super) const HASH_ONLY: &str = "PERSISTED_QUERY_NOT_SUPPORTED";
pub(super) const INTERNAL: &str = "INTERNAL_SERVER_ERROR";
pub(super) const LIMIT_EXCEEDED: &str = "LIMIT_EXCEEDED";
pub(super) const RATE_LIMITED: &str = "RATE_LIMITED";
pub(super) const RESOURCE_EXHAUSTED: &str = "RESOURCE_EXHAUSTED";
pub(super) const RESUME_GAP: &str = Code::ResumeGap.as_str();
pub(super) const TIMEOUT: &str = "REQUEST_TIMEOUT";
pub(super) const UNAVAILABLE: &str = Code::Unavailable.as_str();
pub(super) const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";

/// Word for word what clients look for that send a hash first.
pub(super) const HASH_ONLY_MESSAGE: &str = "PersistedQueryNotSupported";
/// What is missing where there is no credential, or where it is not said to be one.
pub(super) const CREDENTIAL_WANTED: &str =
    "Send an API key or a token in the Authorization header, as \"Bearer …\".";
pub(super) const INTERNAL_MESSAGE: &str = "Something went wrong on our side.";

/// An error with a code.
pub(super) fn coded(code: &str, message: impl Into<String>) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

/// Too much was asked for; says when to come back.
pub(super) fn come_back(code: &str, message: &str, after: Duration) -> ServerError {
    let mut error = coded(code, message);
    if let Some(extensions) = &mut error.extensions {
        extensions.set("retryAfter", seconds(after));
    }
    error
}

/// Whole seconds, at least one.
pub(super) fn seconds(after: Duration) -> u64 {
    after.as_secs().saturating_add(u64::from(after.subsec_nanos() > 0)).max(1)
}

/// The message for a caller without a valid credential.
pub(super) fn refused_credential(refusal: &AuthError, request_id: &str) -> ServerError {
    match refusal {
        AuthError::Invalid => coded(UNAUTHENTICATED, "The credential is not valid."),
        AuthError::Expired => coded(UNAUTHENTICATED, "The credential has expired."),
        AuthError::Revoked => coded(UNAUTHENTICATED, "The credential was revoked."),
        AuthError::Failed(cause) if store::is_unavailable(cause) => {
            warn!(request.id = request_id, "cannot check a credential: {cause:#}");
            come_back(UNAVAILABLE, UNAVAILABLE_MESSAGE, Duration::from_secs(1))
        }
        AuthError::Failed(cause) => {
            error!(request.id = request_id, "cannot check a credential: {cause:#}");
            internal(request_id)
        }
    }
}

/// We broke. The cause belongs in the log, not here.
pub(super) fn internal(request_id: &str) -> ServerError {
    let mut error = coded(INTERNAL, INTERNAL_MESSAGE);
    set_request_id(&mut error, request_id);
    error
}

/// What a panic said.
pub(super) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The answer that consists of one error.
pub(super) fn only(error: ServerError) -> Response {
    Response::from_errors(vec![error])
}

/// Sees to it that every error has a code, and that what is ours stays ours.
pub(super) fn finish(response: &mut Response, request_id: &str) {
    if let Some(at) = response.errors.iter().position(|it| code(it) == Some(LIMIT_EXCEEDED)) {
        // Half an answer is none, and there may be as many errors as there were objects.
        let used_up = response.errors.swap_remove(at);
        *response = only(ServerError { path: Vec::new(), locations: Vec::new(), ..used_up });
    }
    for error in &mut response.errors {
        match code(error) {
            None => {
                if let Some(code) = code_of_uncoded(error) {
                    set_code(error, code);
                } else {
                    error!(request.id = request_id, "error without a code: {}", error.message);
                    INTERNAL_MESSAGE.clone_into(&mut error.message);
                    set_code(error, INTERNAL);
                    set_request_id(error, request_id);
                }
            }
            Some(INTERNAL) => set_request_id(error, request_id),
            Some(_) => {}
        }
        // The cause is not sent, but need not be carried along either.
        error.source = None;
    }
}

/// The code that an error carries.
pub(super) fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

/// The code of an error of the library, which has only words for it. None: the error is not the client's.
fn code_of_uncoded(error: &ServerError) -> Option<&'static str> {
    // Arguments and variables that are not what the schema says.
    const INPUT: [&str; 4] =
        ["Invalid value for argument", "Failed to parse \"", "Expected input type \"", "Variable "];
    let starts_with =
        |beginnings: &[&str]| beginnings.iter().any(|it| error.message.starts_with(it));
    if error.path.is_empty() {
        Some(if error.message.starts_with(INPUT[0]) { BAD_USER_INPUT } else { VALIDATION_FAILED })
    } else if starts_with(&INPUT) {
        Some(BAD_USER_INPUT)
    } else {
        None
    }
}

fn set_code(error: &mut ServerError, code: &str) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
}

fn set_request_id(error: &mut ServerError, request_id: &str) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("requestId", request_id);
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;

    use super::*;

    fn finished(message: &str, path: &[&str]) -> ServerError {
        let path = path.iter().map(|name| PathSegment::Field((*name).to_owned())).collect();
        let mut response = only(ServerError::new(message, None).with_path(path));
        finish(&mut response, "7");
        response.errors.remove(0)
    }

    #[test]
    fn the_library_s_errors_get_the_code_that_clients_know() {
        for (message, path, expected) in [
            ("Unknown field \"x\" on type \"Query\".", &[][..], "GRAPHQL_VALIDATION_FAILED"),
            ("Invalid value for argument \"id\", expected type \"ID\"", &[], "BAD_USER_INPUT"),
            ("Failed to parse \"Int\": too big", &["order"], "BAD_USER_INPUT"),
        ] {
            assert_eq!(code(&finished(message, path)), Some(expected), "{message}");
        }
    }

    #[test]
    fn what_nobody_gave_a_code_is_not_shown() {
        let error = finished("no such table: orders", &["order"]);
        assert_eq!(code(&error), Some("INTERNAL_SERVER_ERROR"));
        assert_eq!(error.message, INTERNAL_MESSAGE);
        assert_eq!(error.extensions.unwrap().get("requestId"), Some(&Value::from("7")));
    }
}
