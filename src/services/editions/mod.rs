//! Templates of licenses.

pub mod create;

use crate::error::{Refusal, RefusalCode};

pub(super) fn not_found(field: &str) -> Refusal {
    Refusal::of(RefusalCode::EditionNotFound, field, "There is no such edition.")
}
