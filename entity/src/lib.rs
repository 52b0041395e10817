//! The tables: one file each, with their columns, relations and the statuses they hold. No behaviour.

pub mod enums;
pub mod ids;

pub mod account_transaction;
pub mod activation;
pub mod agreement;
pub mod api_key;
pub mod approval;
pub mod approval_link;
pub mod billing_period;
pub mod billing_run;
pub mod customer;
pub mod edition;
pub mod event;
pub mod event_log;
pub mod idempotency_key;
pub mod invoice;
pub mod invoice_line;
pub mod invoice_tax;
pub mod license;
pub mod line_correction;
pub mod offer;
pub mod order;
pub mod order_line;
pub mod order_line_attempt;
pub mod order_line_hold;
pub mod partner;
pub mod party;
pub mod payment;
pub mod plan_instance;
pub mod price;
pub mod product;
pub mod search_term;
pub mod subscription;
pub mod subscription_change;
pub mod subscription_period;
pub mod tax_code;
pub mod tax_rate;
pub mod tenant;

pub use enums::*;
pub use ids::*;
