//! How a seller taxes kinds of goods.

pub mod create;
mod terms;
pub mod update;

pub use terms::NewTaxRate;
