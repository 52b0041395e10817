//! Proof that Ordergate keeps its promise: a world under faults, what its clients saw, and fourteen checks of that.

pub mod check;
pub mod entry;
pub mod history;
pub mod run;
