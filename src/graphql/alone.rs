//! Objects whose fields fail alone.
//!
//! Where a field's argument, guard or resolver fails, async-graphql nulls the object that the field belongs to. GraphQL
//! wants that only of a field that is never null: one that may be is null itself, and its neighbours are answered.

use std::borrow::Cow;

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerError,
    ServerResult, Value, parser::types::Field, registry::Registry,
    resolver_utils::resolve_container,
};

use super::error::Code;

/// An object whose fields fail alone. In the schema it is the object itself.
#[derive(Clone, Debug, Default)]
pub struct Alone<T>(pub T);

impl<T: ObjectType> OutputType for Alone<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<T: ObjectType> ContainerType for Alone<T> {
    async fn resolve_field(&self, field: &Context<'_>) -> ServerResult<Option<Value>> {
        alone::<T>(field, self.0.resolve_field(field).await)
    }
}

impl<T: ObjectType> ObjectType for Alone<T> {}

/// What a field of a `T` comes to: null, and its error told, where it failed and may be null.
pub(super) fn alone<T: OutputType>(
    field: &Context<'_>,
    found: ServerResult<Option<Value>>,
) -> ServerResult<Option<Value>> {
    match found {
        // What is used up is used up for the neighbours as well.
        Err(error) if may_be_null(&T::type_name(), field) && !is_about_all(&error) => {
            field.add_error(error);
            Ok(Some(Value::Null))
        }
        Ok(_) | Err(_) => found,
    }
}

fn is_about_all(error: &ServerError) -> bool {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    code == Some(&Value::from(Code::LimitExceeded.as_str()))
}

fn may_be_null(object: &str, field: &Context<'_>) -> bool {
    let name = field.item.node.name.node.as_str();
    let object = field.schema_env.registry.types.get(object);
    object
        .and_then(|object| object.field_by_name(name))
        .is_some_and(|field| !field.ty.ends_with('!'))
}

#[cfg(test)]
mod tests {
    use async_graphql::{
        EmptyMutation, EmptySubscription, Guard, ID, Object, Result, Schema, value,
    };

    use super::*;

    struct Query;

    struct Closed;

    impl Guard for Closed {
        async fn check(&self, _: &Context<'_>) -> Result<()> {
            Err("it is closed".into())
        }
    }

    #[Object]
    impl Query {
        async fn twice(&self, number: i32) -> Option<i32> {
            Some(number * 2)
        }

        #[graphql(guard = "Closed")]
        async fn closed(&self) -> Option<i32> {
            Some(1)
        }

        async fn broken(&self) -> Result<Option<i32>> {
            Err("it broke".into())
        }

        async fn needed(&self, id: ID) -> Result<i32> {
            Err(format!("there is no {}", id.as_str()).into())
        }
    }

    #[tokio::test]
    async fn a_field_that_may_be_null_fails_alone() {
        let schema = Schema::new(Alone(Query), EmptyMutation, EmptySubscription);
        // Whatever `Int` does not hold is found out only when the field is resolved.
        let answer =
            schema.execute("{ twice(number: 3000000000) closed broken good: twice(number: 2) }");
        let answer = answer.await;
        assert_eq!(
            answer.data,
            value!({ "twice": null, "closed": null, "broken": null, "good": 4 })
        );
        let paths: Vec<_> = answer.errors.iter().map(|error| &error.path).collect();
        assert_eq!(
            serde_json::json!(paths),
            serde_json::json!([["twice"], ["closed"], ["broken"]])
        );
    }

    #[tokio::test]
    async fn a_field_that_is_never_null_leaves_nothing_of_its_object() {
        let schema = Schema::new(Alone(Query), EmptyMutation, EmptySubscription);
        let answer = schema.execute("{ needed(id: 7) good: twice(number: 2) }").await;
        assert_eq!(answer.data, Value::Null);
        assert_eq!(answer.errors.len(), 1);
    }
}
