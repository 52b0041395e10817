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

/// The trace that the request is part of: the 32 hexadecimal digits of its `traceparent` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(pub String);

/// The `Idempotency-Key` header of a request with one mutation field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyHeader(pub String);

/// A query may be answered from a replica that is a little behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MayLag;

/// Where a reconnecting browser left off: the `Last-Event-ID` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeFrom(pub String);
