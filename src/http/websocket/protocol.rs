//! The messages of `graphql-transport-ws`, and the codes with which it closes.

use axum::body::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::events::cursor::Cursor;

pub(super) const SUBPROTOCOL: &str = "graphql-transport-ws";

/// A close frame's reason must not be longer.
const MOST_REASON_BYTES: usize = 123;

/// Why a socket is closed by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Close {
    pub(super) const BAD_REQUEST: u16 = 4400;
    pub(super) const UNAUTHORIZED: u16 = 4401;
    pub(super) const FORBIDDEN: u16 = 4403;
    pub(super) const WRONG_SUBPROTOCOL: u16 = 4406;
    pub(super) const INIT_TIMEOUT: u16 = 4408;
    pub(super) const DUPLICATE_ID: u16 = 4409;
    pub(super) const SECOND_INIT: u16 = 4429;
    pub(super) const NO_PONG: u16 = 4499;
    pub(super) const TOO_BIG: u16 = 1009;
    /// Clients come back at once.
    pub(super) const RESTART: u16 = 1012;
    /// Clients come back after a while.
    pub(super) const TRY_LATER: u16 = 1013;

    pub(super) fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(MOST_REASON_BYTES));
        Self { code, reason }
    }

    fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(Self::BAD_REQUEST, reason)
    }
}

/// A message of a client. Its payload is read later, because an invalid payload concerns one operation only.
#[derive(Debug)]
pub(super) enum ClientMessage {
    Init(Map<String, Value>),
    Subscribe { id: String, payload: Option<Box<RawValue>> },
    Complete { id: String },
    Ping(Option<Box<RawValue>>),
    Pong,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: Option<Value>,
    id: Option<Value>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// Reads a message, or gives the close frame for one that is invalid.
pub(super) fn read(text: &str, most_id_bytes: usize) -> Result<ClientMessage, Close> {
    if !text.trim_start().starts_with('{') {
        return Err(Close::bad_request("Invalid message: it is not a JSON object"));
    }
    let Envelope { kind, id, payload } = serde_json::from_str(text)
        .map_err(|error| Close::bad_request(format!("Invalid message: {error}")))?;
    let id = || read_id(id.as_ref(), most_id_bytes);
    match kind.as_ref().and_then(Value::as_str) {
        Some("connection_init") => Ok(ClientMessage::Init(read_init(payload)?)),
        Some("subscribe") => {
            Ok(ClientMessage::Subscribe { id: id()?, payload: payload.map(ToOwned::to_owned) })
        }
        Some("complete") => Ok(ClientMessage::Complete { id: id()? }),
        Some("ping") => Ok(ClientMessage::Ping(payload.map(ToOwned::to_owned))),
        Some("pong") => Ok(ClientMessage::Pong),
        Some(other) => Err(Close::bad_request(format!("Invalid message type: {other}"))),
        None => Err(Close::bad_request("Invalid message: it has no type")),
    }
}

fn read_init(payload: Option<&RawValue>) -> Result<Map<String, Value>, Close> {
    let Some(payload) = payload else { return Ok(Map::new()) };
    match serde_json::from_str(payload.get()) {
        Ok(Value::Object(payload)) => Ok(payload),
        Ok(_) => Err(Close::bad_request("Invalid connection_init: payload is not an object")),
        Err(error) => Err(Close::bad_request(format!("Invalid connection_init: {error}"))),
    }
}

fn read_id(id: Option<&Value>, most_bytes: usize) -> Result<String, Close> {
    match id.and_then(Value::as_str) {
        Some("") | None => Err(Close::bad_request("Invalid message: it has no id")),
        Some(id) if id.len() > most_bytes => Err(Close::bad_request(format!(
            "Invalid message: its id has more than {most_bytes} bytes"
        ))),
        Some(id) => Ok(id.to_owned()),
    }
}

pub(super) fn ack() -> String {
    r#"{"type":"connection_ack"}"#.to_owned()
}

pub(super) fn pong(payload: Option<&RawValue>) -> String {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        None => r#"{"type":"pong"}"#.to_owned(),
    }
}

/// The cursor of a feed that has moved without an answer.
pub(super) fn cursor(id: &str, cursor: Cursor) -> String {
    let id = Value::from(id);
    format!(r#"{{"type":"ping","payload":{{"cursors":{{{id}:"{cursor}"}}}}}}"#)
}

pub(super) fn next(id: &str, answer: &Bytes) -> String {
    about(id, "next", Some(answer))
}

pub(super) fn error(id: &str, errors: &Bytes) -> String {
    about(id, "error", Some(errors))
}

pub(super) fn complete(id: &str) -> String {
    about(id, "complete", None)
}

/// The payload is JSON already, and is put in as it is.
fn about(id: &str, kind: &str, payload: Option<&Bytes>) -> String {
    let length = payload.map_or(0, Bytes::len);
    let mut text = String::with_capacity(length + id.len() + 48);
    text.push_str(r#"{"id":"#);
    text.push_str(&Value::from(id).to_string());
    text.push_str(r#","type":""#);
    text.push_str(kind);
    text.push('"');
    if let Some(payload) = payload {
        text.push_str(r#","payload":"#);
        text.push_str(&String::from_utf8_lossy(payload));
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(text: &str) -> Close {
        read(text, 64).expect_err(text)
    }

    #[test]
    fn what_breaks_the_protocol_closes_with_4400() {
        for text in [
            "",
            "{",
            "7",
            "[]",
            "{}",
            r#"["ping",null,null]"#,
            r#"{"type":"ping","type":"ping"}"#,
            r#"{"type":7}"#,
            r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":7,"payload":{"query":"{a}"}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
            r#"{"type":"connection_init","payload":[]}"#,
        ] {
            assert_eq!(refused(text).code, 4400, "{text}");
        }
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "a".repeat(65));
        assert_eq!(refused(&long).code, 4400);
    }

    #[test]
    fn what_is_wrong_with_a_payload_is_left_to_its_operation() {
        for payload in [r#"{"a":"\ud83d"}"#, "1e400", r#""\u0000""#, &"[".repeat(200)] {
            let closing = "]".repeat(payload.matches('[').count());
            let payload = format!("{payload}{closing}");
            let text = format!(r#"{{"payload":{payload},"type":"subscribe","id":"1"}}"#);
            let message = read(&text, 64).unwrap();
            let ClientMessage::Subscribe { payload: Some(read), .. } = message else {
                panic!("{text}")
            };
            assert_eq!(read.get(), payload);
        }
    }

    #[test]
    fn a_reason_is_cut_to_what_fits_into_a_close_frame() {
        let close = refused(&json!({ "type": "ä".repeat(200) }).to_string());
        assert!(close.reason.len() <= 123 && close.reason.ends_with('ä'), "{}", close.reason);
    }

    #[test]
    fn ids_and_payloads_are_written_as_json() {
        let body = Bytes::from_static(b"{\"data\":null}");
        assert_eq!(next("a\"b", &body), r#"{"id":"a\"b","type":"next","payload":{"data":null}}"#);
        assert_eq!(complete("1"), r#"{"id":"1","type":"complete"}"#);
        let echoed = serde_json::from_str::<Box<RawValue>>(r#"{"a":1e400}"#).unwrap();
        assert_eq!(pong(Some(&echoed)), r#"{"type":"pong","payload":{"a":1e400}}"#);
    }
}
