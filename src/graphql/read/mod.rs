//! Reading: what is selected of an object is planned once, read by one statement and written as JSON from its rows.
//!
//! 1. Each object that shows a row has an [`ObjectTable`](table::ObjectTable): which column, relation or list each field
//!    is (`graphql/types`).
//! 2. What a document selects of an object becomes a [`Plan`](plan::Plan): which cells a row has, and how each is
//!    written (`plan.rs`).
//! 3. A plan becomes one statement: a select within a select for each relation, with access checked at each
//!    (`statement.rs`).
//! 4. Its result set is rows of cells, as JSON from SQLite and as records from PostgreSQL (`cells.rs`).
//! 5. Cells become the text of the answer (`write.rs`).
//!
//! A field is read nowhere else, so nothing can drift: the schema is made from the tables as well (`schema.rs`).

mod bound_page;
pub mod cells;
pub mod output;
pub mod plan;
pub mod remembered;
mod run;
mod schema;
mod selections;
pub mod shape;
mod statement;
pub mod table;
mod write;

pub use self::{run::Bindings, selections::Selections};
