//! `ordergate schema`: the API's description, as `schema.graphql` holds it.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use super::failure::Failure;
use crate::graphql;

pub(super) fn print() -> Result<ExitCode, Failure> {
    stdout().lock().write_all(graphql::sdl().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
