//! What the transport knows about a request and puts into its data.

use std::sync::Arc;

use futures_util::future::BoxFuture;

/// The kind of operation that a request runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

impl OperationKind {
    /// As documents spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// What a request asks for, as its document says before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    pub kind: OperationKind,
    /// Names of the root fields, not their aliases.
    pub root_fields: Vec<String>,
    pub operation_name: Option<String>,
    /// What it is expected to cost, in points: about one for each object that is read.
    pub cost: u32,
}

/// Waits until it is the turn of a feed to have an event executed. Given back when dropped.
#[derive(Clone)]
pub struct EventTurns(pub Arc<dyn Fn() -> BoxFuture<'static, Box<dyn Send>> + Send + Sync>);

/// Names the request in the log and in answers that tell of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// The `Idempotency-Key` header of a request with one mutation field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyHeader(pub String);

/// A query may be answered from a replica that is a little behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MayLag;

/// Where a reconnecting browser left off: the `Last-Event-ID` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeFrom(pub String);
