//! The schema put together.

pub mod connection;
pub mod context;
pub mod documents;
pub mod error;
pub mod extensions;
pub mod guard;
pub mod guards;
pub mod id;
pub mod in_place;
pub mod known;
pub mod loaders;
pub mod mutations;
pub mod queries;
pub mod request;
pub mod scalars;
mod schema;
pub mod subscriptions;
pub mod types;

use std::sync::Arc;

use async_graphql::{SDLExportOptions, SchemaBuilder};

pub use self::{mutations::Mutation, queries::Query, schema::Schema, subscriptions::Subscription};
use crate::app::App;

/// What one operation may cost. A page costs half a point for each field of each row that it may have.
const MOST_COMPLEX: usize = 5_000;

/// The schema, ready to serve.
pub fn build(app: Arc<App>) -> Schema {
    Schema::new(app)
}

/// The schema in the schema definition language, as `schema.graphql` keeps it.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .include_specified_by()
        .prefer_single_line_descriptions()
        .use_space_ident();
    let sdl = builder().finish().sdl_with_options(options);
    format!("{}\n", sdl.trim_end())
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_complexity(MOST_COMPLEX)
        // A suggestion names what the caller did not ask for.
        .disable_suggestions()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_fits_together() {
        assert!(super::sdl().ends_with("}\n"));
    }
}
