//! A run: nodes, writers, watchers and faults.

mod api;
mod billed;
mod disk;
pub mod faults;
mod feeds;
mod nats;
mod nemesis;
mod node;
mod postgres;
pub mod powercut;
mod process;
mod proxy;
mod receiver;
mod recorder;
pub mod rolling;
pub mod scenario;
mod socket;
mod stage;
mod watcher;
mod world;
mod writer;

pub use self::{disk::Tools, nemesis::Nemesis};
