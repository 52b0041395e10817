//! Mail: who gets it, which mail there is to be, what it tells, and what became of it.
//!
//! What is to be sent is written down from the log, one row for each event and recipient, and sent later. What a mail says
//! is worked out when it is sent, from what can be seen then, and kept nowhere.

pub mod create;
pub mod delete;
pub mod forget;
pub mod retry;
pub mod settle;
pub mod take;
pub mod tell;
mod terms;
pub mod update;
pub mod write;

/// The most recipients that the seller itself may have.
const MOST_OF_SELLER: u64 = 100;
/// The most that one partner may have.
const MOST_OF_PARTNER: u64 = 10;
