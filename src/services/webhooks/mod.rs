//! Webhook endpoints: addresses to which events are posted, in order and at least once. The seller and each partner have
//! their own (APX-22). The seller has others for lines that vendors carry out.
//!
//! What has to be waited for, such as a name that is looked up, is done before a use case begins, and comes with its
//! command.

pub mod attempt;
pub mod create;
pub mod delete;
pub mod line_posted;
pub mod pass;
pub mod replay;
pub mod retry;
pub mod rotate_secret;
mod row;
pub mod send_test;
pub mod signature;
pub mod terms;
pub mod test_sent;
pub mod update;

/// The most endpoints that the seller itself may have.
pub const MOST_OF_SELLER: u64 = 100;
/// The most that one partner may have.
pub const MOST_OF_PARTNER: u64 = 10;
