//! The schema put together.

pub mod alone;
pub mod budget;
pub mod context;
pub mod error;
pub mod extensions;
pub mod id;
pub mod mutations;
pub mod payloads;
pub mod queries;
pub mod read;
pub mod request;
pub mod roles;
pub mod scalars;
mod schema;
pub mod subscriptions;
pub mod types;

use std::sync::{Arc, LazyLock};

use apollo_compiler::{
    Schema as DocumentSchema,
    ast::{DirectiveList, FieldDefinition},
    name,
    schema::ExtendedType,
    ty,
    validation::Valid,
};
use async_graphql::{SDLExportOptions, SchemaBuilder, ValidationMode};

pub use self::{mutations::Mutation, queries::Query, schema::Schema, subscriptions::Subscription};
use crate::app::App;

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

/// The schema as the front end for documents validates against it.
///
/// # Panics
///
/// If the schema does not keep the specification's rules, which a test holds.
pub fn document_schema() -> &'static Valid<DocumentSchema> {
    static SCHEMA: LazyLock<Valid<DocumentSchema>> = LazyLock::new(|| {
        let schema = DocumentSchema::parse(sdl(), "schema.graphql")
            .unwrap_or_else(|broken| panic!("the schema cannot be read: {}", broken.errors));
        with_one_of(schema)
            .validate()
            .unwrap_or_else(|broken| panic!("the schema is not valid: {}", broken.errors))
    });
    &SCHEMA
}

/// Adds a field of the schema's description that tools ask for, and that the executor knows and the front end does not.
fn with_one_of(mut schema: DocumentSchema) -> DocumentSchema {
    if let Some(ExtendedType::Object(described)) = schema.types.get_mut("__Type") {
        let is_one_of = FieldDefinition {
            description: None,
            name: name!("isOneOf"),
            arguments: Vec::new(),
            ty: ty!(Boolean),
            directives: DirectiveList::new(),
        };
        described.make_mut().fields.insert(name!("isOneOf"), is_one_of.into());
    }
    schema
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    // Documents have been validated by the front end, as the specification has it.
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .validation_mode(ValidationMode::Fast)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schema_fits_together() {
        assert!(super::sdl().ends_with("}\n"));
        assert!(super::document_schema().types.contains_key("Order"));
    }
}
