//! Sellers' own worlds.

pub mod create;
mod terms;
pub mod update_settings;
