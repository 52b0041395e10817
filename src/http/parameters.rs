//! The parameters of a GraphQL request: `query`, `operationName`, `variables`, `extensions`.

use async_graphql::ServerError;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{config::HttpConfig, errors};
use crate::{graphql::request::TraceId, services::validate::has_nul};

/// A request that has the right form. Nothing is known about its document yet.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
    /// The trace that `extensions` names as `traceparent`. What is asked over a websocket has no headers of its own.
    pub(super) trace_id: Option<TraceId>,
}

/// Why a request cannot be read, for its sender.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadRequest {
    /// It has not the form of a request.
    Malformed(String),
    /// It has the form of one, but nobody can work with what it holds.
    Unusable(String),
    /// It names a document by its hash only. Clients that try this send the document when that is refused.
    HashOnly,
}

impl BadRequest {
    fn malformed(reason: impl Into<String>) -> Self {
        Self::Malformed(reason.into())
    }

    fn unusable(reason: impl Into<String>) -> Self {
        Self::Unusable(reason.into())
    }

    pub(super) fn into_error(self) -> ServerError {
        match self {
            Self::Malformed(reason) | Self::Unusable(reason) => {
                errors::coded(errors::BAD_REQUEST, reason)
            }
            Self::HashOnly => errors::coded(errors::HASH_ONLY, errors::HASH_ONLY_MESSAGE),
        }
    }
}

/// Reads a body, or the payload of a `subscribe` message.
pub(super) fn from_json(body: &[u8], config: &HttpConfig) -> Result<Parameters, BadRequest> {
    let body = serde_json::from_slice(body).map_err(|error| {
        BadRequest::unusable(format!("The request is not valid JSON: {error}."))
    })?;
    from_value(body, config)
}

fn from_value(body: Value, config: &HttpConfig) -> Result<Parameters, BadRequest> {
    let Value::Object(mut body) = body else {
        return Err(BadRequest::malformed(
            "The body must be a JSON object; several requests in one are not supported.",
        ));
    };
    let extensions = object(&mut body, "extensions")?;
    let is_hash_only = || extensions.get("persistedQuery").is_some_and(Value::is_object);
    let query = match body.remove("query") {
        Some(Value::String(query)) if !query.is_empty() || !is_hash_only() => query,
        Some(Value::String(_) | Value::Null) | None if is_hash_only() => {
            return Err(BadRequest::HashOnly);
        }
        Some(_) => return Err(BadRequest::malformed("\"query\" must be a string.")),
        None => return Err(BadRequest::malformed("\"query\" is missing.")),
    };
    if query.contains('\0') || query.contains("\\u0000") {
        return Err(BadRequest::unusable("\"query\" has a text with the character U+0000."));
    }
    let operation_name = match body.remove("operationName") {
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(Value::Null) | None => None,
        Some(_) => return Err(BadRequest::malformed("\"operationName\" must be a string.")),
    };
    let variables = object(&mut body, "variables")?;
    let trace_id = extensions.get("traceparent").and_then(Value::as_str);
    let trace_id = trace_id.and_then(TraceId::of_parent);
    Ok(Parameters { query, operation_name, variables: checked(variables, config)?, trace_id })
}

/// Reads the query part of an address.
pub(super) fn from_query(query: &str, config: &HttpConfig) -> Result<Parameters, BadRequest> {
    let mut body = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = match name.as_ref() {
            "query" | "operationName" => Value::String(value.into_owned()),
            "variables" | "extensions" if value.is_empty() => continue,
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|_| BadRequest::malformed(format!("\"{name}\" is not valid JSON.")))?,
            _ => continue,
        };
        body.insert(name.into_owned(), value);
    }
    from_value(Value::Object(body), config)
}

fn object(body: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, BadRequest> {
    match body.remove(name) {
        Some(Value::Object(object)) => Ok(object),
        Some(Value::Null) | None => Ok(Map::new()),
        Some(_) => Err(BadRequest::malformed(format!("\"{name}\" must be an object."))),
    }
}

fn checked(
    variables: Map<String, Value>,
    config: &HttpConfig,
) -> Result<Map<String, Value>, BadRequest> {
    let bytes = serde_json::to_vec(&variables).map_or(usize::MAX, |text| text.len());
    if bytes > config.variables_bytes {
        return Err(BadRequest::unusable(format!(
            "\"variables\" has {bytes} bytes; the limit is {}.",
            config.variables_bytes
        )));
    }
    let depth = 1 + variables.values().map(depth).max().unwrap_or(0);
    if depth > config.variables_depth {
        return Err(BadRequest::unusable(format!(
            "\"variables\" is nested {depth} levels deep; the limit is {}.",
            config.variables_depth
        )));
    }
    if variables.values().any(has_nul) {
        return Err(BadRequest::unusable("\"variables\" has a text with the character U+0000."));
    }
    Ok(variables)
}

/// Ends, because the JSON parser has a limit of its own.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(body: &str) -> Result<Parameters, BadRequest> {
        from_json(body.as_bytes(), &HttpConfig::default())
    }

    #[test]
    fn null_means_absent() {
        let body = r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#;
        let parameters = json(body).unwrap();
        assert_eq!(parameters.query, "{a}");
        assert_eq!(parameters.operation_name, None);
        assert!(parameters.variables.is_empty());
    }

    #[test]
    fn parameters_of_the_wrong_type_are_refused() {
        for body in [
            "",
            "{",
            "null",
            "[]",
            r#"[{"query":"{a}"}]"#,
            "{}",
            r#"{"query":null}"#,
            r#"{"query":7}"#,
            r#"{"query":["a"]}"#,
            r#"{"query":"{a}","operationName":7}"#,
            r#"{"query":"{a}","variables":"x"}"#,
            r#"{"query":"{a}","variables":[]}"#,
            r#"{"query":"{a}","extensions":false}"#,
        ] {
            assert!(json(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_hash_without_a_document_is_told_from_a_request_that_has_none() {
        let extensions = r#""extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}"#;
        for query in ["", r#""query":null,"#, r#""query":"","#] {
            let error = json(&format!("{{{query}{extensions}}}")).unwrap_err();
            assert_eq!(error, BadRequest::HashOnly, "{query}");
        }
        let with_both = json(&format!(r#"{{"query":"{{a}}",{extensions}}}"#)).unwrap();
        assert_eq!(with_both.query, "{a}");
        let address = "extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%7D%7D";
        let error = from_query(address, &HttpConfig::default()).unwrap_err();
        assert_eq!(error, BadRequest::HashOnly);
        assert!(matches!(json(r#"{"extensions":{}}"#), Err(BadRequest::Malformed(_))));
    }

    #[test]
    fn what_no_text_or_number_can_hold_is_told_from_what_is_no_request() {
        for variables in [r#""\ud83d""#, "1e400", r#""\u0000""#] {
            let body = format!(r#"{{"query":"{{a}}","variables":{{"a":{variables}}}}}"#);
            assert!(matches!(json(&body), Err(BadRequest::Unusable(_))), "{variables}");
        }
    }

    #[test]
    fn no_text_has_a_nul() {
        assert!(json(r#"{"query":"{a}","variables":{"a":["x\u0000y"]}}"#).is_err());
        assert!(json(r#"{"query":"{a(b:\"\\u0000\")}"}"#).is_err());
        assert!(json(r#"{"query":"{a}","variables":{"a":"\\u0000"}}"#).is_ok());
    }

    #[test]
    fn variables_have_limits() {
        let deep = format!("{}{}", "[".repeat(32), "]".repeat(32));
        let error = json(&format!(r#"{{"query":"","variables":{{"a":{deep}}}}}"#)).unwrap_err();
        let message = "\"variables\" is nested 33 levels deep; the limit is 32.";
        assert_eq!(error, BadRequest::unusable(message));
        let long = "a".repeat(64 * 1024);
        assert!(json(&format!(r#"{{"query":"","variables":{{"a":"{long}"}}}}"#)).is_err());
        let deeper = "[".repeat(100_000);
        assert!(json(&format!(r#"{{"query":"","variables":{{"a":{deeper}"#)).is_err());
    }

    #[test]
    fn an_address_carries_the_same_parameters() {
        let query = "query=query+A%7Ba%7D&operationName=A&variables=%7B%22x%22%3A1%7D&other=1";
        let parameters = from_query(query, &HttpConfig::default()).unwrap();
        assert_eq!(parameters.query, "query A{a}");
        assert_eq!(parameters.operation_name.as_deref(), Some("A"));
        assert_eq!(parameters.variables.len(), 1);
        assert!(from_query("query={a}&variables={", &HttpConfig::default()).is_err());
        assert!(from_query("", &HttpConfig::default()).is_err());
    }
}
