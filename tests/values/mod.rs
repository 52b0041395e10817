//! Values at their limits, and one value in several spellings.

mod alone;
mod migrated;
mod moments;
mod search;
mod spelling;
mod strange;
