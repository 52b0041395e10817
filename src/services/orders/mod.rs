//! Orders: from a draft to its end.

pub mod approve;
pub mod cancel;
pub mod count;
pub mod create;
pub mod delete;
pub mod find;
pub mod lapse;
pub mod queue;
pub mod reject;
pub mod start;
pub mod submit;
pub mod update;

mod end;
mod lines;
mod row;

pub use lines::NewLine;
pub(crate) use lines::check_quantity;
pub(crate) use row::{
    By, advance, lines_of, lock, move_line, record_line, refuse_status, save, settle,
};
