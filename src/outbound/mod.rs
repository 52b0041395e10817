//! Requests to addresses that callers chose: where they may go, and how they are made.

pub mod addresses;
pub mod client;
pub mod target;

/// How far requests may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Addresses that everybody on the internet can reach.
    #[default]
    Public,
    /// This machine as well, also without TLS and on any port. For tests and development only.
    Loopback,
}
