//! Payment agreements (IFS-22): how a customer pays, as it was agreed with a payment provider that is somebody else's. No
//! card, and no provider, is known here: payers are sent to a page of the seller's, and the seller's integration tells what
//! came of it.
//!
//! What an order has to do with them is in `orders/payments/`.

pub mod callback;
pub mod find;
pub mod rotate_secret;
pub(crate) mod row;
pub mod selection;
