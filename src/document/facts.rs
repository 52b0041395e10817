//! What a request asks for, as far as its document tells.

use std::sync::Arc;

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

/// What a request asks for, as its document says before anything runs. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    pub kind: OperationKind,
    /// Names of the root fields, not their aliases.
    pub root_fields: Arc<[String]>,
    pub operation_name: Option<Arc<str>>,
    /// What it is expected to cost, in points: about one for each object that is read.
    pub cost: u32,
}
