//! What units cost: what must be right about a price, whatever has it; on which days it is asked, and of whom.

pub mod create;
pub mod end;

pub(crate) mod asked;
pub(crate) mod follow;
mod pricing;
pub(crate) mod row;
mod terms;
mod validity;

pub use pricing::{NewPricing, NewTier};
pub(crate) use pricing::{check_pricing, pricing_of};
pub use terms::NewPrice;
pub(crate) use terms::{PriceTerms, check_price, rate_of_price};
pub(crate) use validity::Validity;
