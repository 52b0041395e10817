//! The tables: one file each, with their columns, relations and the statuses they hold. No behaviour.

pub mod enums;
pub mod ids;

pub mod agreement;
pub mod api_key;
pub mod approval;
pub mod billing_period;
pub mod customer;
pub mod edition;
pub mod event;
pub mod event_log;
pub mod idempotency_key;
pub mod invoice;
pub mod invoice_line;
pub mod license;
pub mod offer;
pub mod order;
pub mod order_line;
pub mod partner;
pub mod price;
pub mod product;
pub mod search_term;
pub mod subscription;
pub mod subscription_period;
pub mod tenant;

pub use enums::*;
pub use ids::*;
