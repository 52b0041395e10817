//! Answers as JSON, in the order in which GraphQL wants their keys.

use std::collections::BTreeMap;

use async_graphql::{Error, Pos, Response, ServerError, Value};
use axum::body::Bytes;
use serde::Serialize;

use crate::graphql::{
    budget::{MOST_BYTES, used_up},
    read::output::write_value,
};

/// Whether the request was refused before anything was executed. Such an answer has no `data`.
pub(super) fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The answer as JSON; one that is too long is refused instead.
pub(super) fn encode(response: &Response) -> Bytes {
    let data = if is_request_error(response) { None } else { Some(&response.data) };
    let body = write(&response.errors, data, &response.extensions);
    if body.len() <= MOST_BYTES {
        return body;
    }
    let too_long = Error::from(used_up("bytes", MOST_BYTES)).into_server_error(Pos::default());
    let errors = [ServerError { locations: Vec::new(), ..too_long }];
    write(&errors, None, &BTreeMap::new())
}

/// The parts of an answer that there are, in this order.
fn write(
    errors: &[ServerError],
    data: Option<&Value>,
    extensions: &BTreeMap<String, Value>,
) -> Bytes {
    let mut text = Vec::with_capacity(data.map_or(0, len_of_rows) + 512);
    text.push(b'{');
    let key = |text: &mut Vec<u8>, key: &str| {
        if text.len() > 1 {
            text.push(b',');
        }
        text.extend_from_slice(format!("\"{key}\":").as_bytes());
    };
    if !errors.is_empty() {
        key(&mut text, "errors");
        text.extend_from_slice(&json(&errors));
    }
    if let Some(data) = data {
        key(&mut text, "data");
        write_value(&mut text, data);
    }
    if !extensions.is_empty() {
        key(&mut text, "extensions");
        text.extend_from_slice(&json(extensions));
    }
    text.push(b'}');
    text.into()
}

/// How long the rows of an answer are: nearly all of it, and written already.
fn len_of_rows(data: &Value) -> usize {
    match data {
        Value::Binary(json) => json.len(),
        Value::Object(fields) => fields.values().map(len_of_rows).sum(),
        Value::List(_)
        | Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Enum(_) => 0,
    }
}

/// Errors alone, as JSON.
pub(super) fn encode_errors(errors: &[ServerError]) -> Bytes {
    json(&errors)
}

fn json(value: &impl Serialize) -> Bytes {
    // Fails only for maps whose keys are not strings.
    Bytes::from(serde_json::to_vec(value).expect("an answer can always be written as JSON"))
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, value};

    use super::*;

    #[test]
    fn keys_keep_the_order_in_which_they_were_selected() {
        let response = Response::new(value!({ "slow": 1, "fast": 2, "able": null }));
        assert_eq!(encode(&response), r#"{"data":{"slow":1,"fast":2,"able":null}}"#);
    }

    #[test]
    fn an_answer_that_is_too_long_is_refused() {
        let long = Response::new(value!({ "text": "x".repeat(MOST_BYTES) }));
        let body = String::from_utf8(encode(&long).to_vec()).expect("UTF-8");
        assert!(body.starts_with(r#"{"errors":[{"message":"The answer would have more"#), "{body}");
        assert!(body.contains("LIMIT_EXCEEDED") && !body.contains("data"), "{body}");
    }

    #[test]
    fn a_request_error_has_no_data_and_an_execution_error_has() {
        let error = ServerError::new("no", None);
        let refused = Response::from_errors(vec![error.clone()]);
        assert_eq!(encode(&refused), r#"{"errors":[{"message":"no"}]}"#);
        let path = vec![PathSegment::Field("order".to_owned())];
        let failed = Response::from_errors(vec![error.with_path(path)]);
        assert_eq!(
            encode(&failed),
            r#"{"errors":[{"message":"no","path":["order"]}],"data":null}"#
        );
    }
}
