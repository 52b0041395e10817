//! What happens around every execution.

pub mod each_execution;
