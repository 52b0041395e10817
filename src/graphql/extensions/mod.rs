//! What happens around every execution.

pub mod fresh_loaders;
