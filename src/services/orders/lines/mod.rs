//! An order's lines: what they ask for and cost, and how they are carried out, one by one.

pub mod complete;
pub mod expire;
pub mod fail;
pub mod hold;
pub mod keep_failed_post;
pub mod resume;
pub mod retry;
pub mod simulate;
pub mod start;
pub mod take_answer;
pub mod vendor_answer;

mod activation;
mod attempts;
mod buy;
mod buying;
mod cancelled;
mod carry_out;
mod holds;
mod in_turn;
mod parents;
mod posting;
mod row;

pub use buy::NewLine;
pub(super) use buy::{
    belong, buy, check_bought, check_plans, check_quantity, components_of, include_tax, reprice,
    sum_up,
};
pub(super) use buying::Buying;
pub(super) use cancelled::lock_cancellable;
pub(super) use posting::begin_by_itself;
pub(super) use row::{
    NewRow, delete, end, insert, is_its_turn, of_order, pending, refuse_second_change, replace,
};
