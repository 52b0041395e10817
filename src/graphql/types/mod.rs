//! One file per object: a view of one entity.

pub mod enums;
pub mod user_error;
