//! Orders: from a draft to its end.

pub mod approve;
pub mod cancel;
pub mod count;
pub mod create;
pub mod delete;
pub mod find;
pub mod lapse;
pub mod lines;
pub mod links;
pub mod on_subscription;
pub mod payments;
pub mod reject;
pub mod remind;
pub mod start;
pub mod submit;
pub mod update;

mod end;
mod levels;
mod row;

pub use lines::NewLine;
