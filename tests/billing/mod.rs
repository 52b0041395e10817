//! What is charged, when, and on what document.

mod changes;
mod documents;
mod limits;
mod periods;
mod shop;
