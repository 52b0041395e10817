//! What customers may not order (IFS-42): the seller says so, and it is looked at when an order is made.

pub mod deny;
pub mod lift;

mod denied;

pub(crate) use denied::Denied;
