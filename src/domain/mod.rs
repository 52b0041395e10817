//! The rules. Nothing here waits, reads a clock or touches the database.

pub mod line_life;
pub mod money;
pub mod order_life;
pub mod pricing;
pub mod subscription_life;
