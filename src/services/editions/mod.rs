//! Templates of licenses.

pub mod create;
