//! Moving running subscriptions to the price that an offer has now.

pub mod migrate;
mod new_price;
