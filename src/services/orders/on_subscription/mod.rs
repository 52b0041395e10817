//! Orders that act on a subscription: every change to one is an order of its own (APG-06), with the same approval and
//! provisioning as a purchase.

pub mod cancel;
pub mod cancel_line;
pub mod change;
pub mod preview;
pub mod resume;
pub mod set_auto_renew;
pub mod suspend;

mod order_for;

pub use order_for::{Ask, OrderDetails};
