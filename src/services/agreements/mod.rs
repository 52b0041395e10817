//! Under what a customer buys (APG-12).

pub mod create;
pub mod update;

use crate::error::{Refusal, RefusalCode};

pub(super) fn not_found(field: &str) -> Refusal {
    Refusal::of(RefusalCode::AgreementNotFound, field, "There is no such agreement.")
}
