//! Order lines: carrying out what an order asks for, line by line.

pub mod carry_out;
pub mod complete;
pub mod fail;
pub mod hold;
pub mod resume;
pub mod retry;
pub mod start;

mod periods;
mod row;

pub(crate) use row::begin;
