//! What the transport knows about a request and puts into its data.

use std::sync::Arc;

use entity::event;
use futures_util::future::BoxFuture;

/// Waits for a permit to execute an event of a feed. Returned when dropped.
#[derive(Clone)]
pub struct EventPermits(pub Arc<dyn Fn() -> BoxFuture<'static, Box<dyn Send>> + Send + Sync>);

/// The event that a feed of events tells, instead of what the log brings: for whoever reads the log by itself.
#[derive(Clone, Debug)]
pub struct OneEvent(pub Arc<event::Model>);

/// Names the request in the log and in answers that tell of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// The trace that the request is part of: the 32 hexadecimal digits of its `traceparent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(pub String);

impl TraceId {
    /// The trace that a `traceparent` names, as W3C Trace Context writes it down; none: it is none.
    pub fn of_parent(parent: &str) -> Option<Self> {
        let parts: Vec<_> = parent.splitn(5, '-').collect();
        let [version, trace, span, flags, rest @ ..] = parts.as_slice() else { return None };
        let is_hex = |text: &str, digits: usize| {
            let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            text.len() == digits && text.bytes().all(is_digit)
        };
        let names =
            |text: &str, digits| is_hex(text, digits) && text.bytes().any(|byte| byte != b'0');
        // Versions to come may say more.
        let is_known =
            is_hex(version, 2) && *version != "ff" && (*version != "00" || rest.is_empty());
        (is_known && names(trace, 32) && names(span, 16) && is_hex(flags, 2))
            .then(|| Self((*trace).to_owned()))
    }
}

/// The `Idempotency-Key` header of a request with one mutation field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyHeader(pub String);

/// A query may be answered from a replica that is a little behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MayLag;

/// Where a reconnecting browser left off: the `Last-Event-ID` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeFrom(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_taken_from_what_is_written_as_the_standard_has_it() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        const SPAN: &str = "00f067aa0ba902b7";
        for right in [format!("00-{TRACE}-{SPAN}-01"), format!("7f-{TRACE}-{SPAN}-00-more-of-it")] {
            assert_eq!(TraceId::of_parent(&right), Some(TraceId(TRACE.to_owned())), "{right}");
        }
        for wrong in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}0-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-1"),
        ] {
            assert_eq!(TraceId::of_parent(&wrong), None, "{wrong}");
        }
    }
}
