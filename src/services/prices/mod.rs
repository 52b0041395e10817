//! What units cost: what must be right about a price, whatever has it.

mod pricing;

pub(crate) use pricing::check_pricing;
pub use pricing::{NewPricing, NewTier};
