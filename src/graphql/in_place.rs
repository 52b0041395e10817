//! Objects whose fields are resolved in one place.
//!
//! async-graphql puts a future of its own on the heap for each field of each object, and joins them. Nearly every field
//! has its value at hand, or what it needs was read ahead, so its future never waits. Here each future takes the place
//! of the one before it, and only what waits gets a place of its own, which costs a page of orders much less.

use std::borrow::Cow;

use async_graphql::{
    Context, ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerResult, Value,
    indexmap::{IndexMap, map::Entry},
    parser::types::{Field, Selection, SelectionSet},
    registry::Registry,
};
use futures_util::future::{OptionFuture, join_all, poll_immediate};

use super::{
    alone::{Alone, alone},
    budget::{Budget, bytes_of},
};

/// An object whose fields are resolved in one place, and fail alone. In the schema it is the object itself.
#[derive(Clone, Debug)]
pub struct InPlace<T>(pub T);

impl<T: ObjectType> OutputType for InPlace<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let mut fields = Vec::with_capacity(ctx.item.node.items.len());
        if !gather::<T>(ctx, ctx.item, &mut fields) {
            return Alone(&self.0).resolve(ctx, field).await;
        }
        let mut values = Vec::with_capacity(fields.len());
        let mut waiting = Vec::new();
        let mut place = Box::pin(OptionFuture::default());
        for (index, field) in fields.iter().enumerate() {
            let name = field.item.node.response_key().node.clone();
            if field.item.node.name.node == TYPENAME {
                values.push((name, Value::String(T::type_name().into_owned())));
                continue;
            }
            place.as_mut().set(Some(self.0.resolve_field(field)).into());
            let value = if let Some(value) = poll_immediate(place.as_mut()).await {
                value_of::<T>(field, value)?
            } else {
                waiting.push((index, std::mem::replace(&mut place, Box::pin(None.into()))));
                Value::Null
            };
            values.push((name, value));
        }
        let (indexes, waiting): (Vec<usize>, Vec<_>) = waiting.into_iter().unzip();
        for (index, value) in indexes.into_iter().zip(join_all(waiting).await) {
            values[index].1 = value_of::<T>(&fields[index], value)?;
        }
        if let Some(budget) = ctx.data_opt::<Budget>() {
            let bytes = values.iter().map(|(name, value)| name.len() + 4 + bytes_of(value));
            let taken = budget.take_bytes(bytes.sum()).map_err(async_graphql::Error::from);
            taken.map_err(|error| error.into_server_error(field.pos))?;
        }
        let mut object = IndexMap::with_capacity(values.len());
        for (name, value) in values {
            put(&mut object, name, value);
        }
        Ok(Value::Object(object))
    }
}

fn value_of<T: OutputType>(
    field: &Context<'_>,
    found: Option<ServerResult<Option<Value>>>,
) -> ServerResult<Value> {
    Ok(alone::<T>(field, found.unwrap_or(Ok(None)))?.unwrap_or_default())
}

const TYPENAME: &str = "__typename";

/// Gathers the fields that are selected of a `T`, also by its fragments. False if a fragment is of another type, such as
/// an interface.
fn gather<'a, T: OutputType>(
    ctx: &'a ContextSelectionSet<'a>,
    selected: &'a Positioned<SelectionSet>,
    fields: &mut Vec<Context<'a>>,
) -> bool {
    selected.node.items.iter().all(|selection| {
        let (of, selected) = match &selection.node {
            Selection::Field(field) => {
                fields.push(ctx.with_field(field));
                return true;
            }
            Selection::InlineFragment(fragment) => {
                (fragment.node.type_condition.as_ref(), &fragment.node.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                let fragments = &ctx.query_env.fragments;
                let Some(fragment) = fragments.get(&spread.node.fragment_name.node) else {
                    return false;
                };
                (Some(&fragment.node.type_condition), &fragment.node.selection_set)
            }
        };
        of.is_none_or(|of| *of.node.on.node == *T::type_name())
            && gather::<T>(ctx, selected, fields)
    })
}

/// Puts a field into an object. What is selected more than once is one field, with all that is selected below it.
fn put(object: &mut IndexMap<Name, Value>, name: Name, value: Value) {
    match object.entry(name) {
        Entry::Vacant(place) => {
            place.insert(value);
        }
        Entry::Occupied(mut place) => merge(place.get_mut(), value),
    }
}

fn merge(value: &mut Value, more: Value) {
    match (value, more) {
        (Value::Object(object), Value::Object(more)) => {
            for (name, value) in more {
                put(object, name, value);
            }
        }
        (Value::List(values), Value::List(more)) => {
            for (value, more) in values.iter_mut().zip(more) {
                merge(value, more);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{
        Context, EmptyMutation, EmptySubscription, Error, Interface, Object, Schema, ServerError,
    };
    use serde_json::json;
    use tokio::sync::Barrier;

    use super::InPlace;

    #[derive(Interface)]
    #[graphql(field(name = "name", ty = "String"))]
    enum Named {
        Crate(Crate),
        Bottle(Bottle),
    }

    struct Crate;

    #[Object]
    impl Crate {
        async fn name(&self) -> String {
            "crate".to_owned()
        }

        async fn size(&self, times: i32) -> i32 {
            3 * times
        }

        async fn bottles(&self) -> Vec<InPlace<Bottle>> {
            ["one", "two"].map(Bottle).map(InPlace).into()
        }

        /// Has a value only once all fields that meet are being resolved.
        async fn meeting(&self, ctx: &Context<'_>) -> bool {
            ctx.data_unchecked::<Barrier>().wait().await;
            true
        }

        async fn broken(&self) -> Result<i32, Error> {
            Err("it broke".into())
        }

        async fn broken_late(&self) -> Result<i32, Error> {
            tokio::task::yield_now().await;
            Err("it broke late".into())
        }

        async fn lacking(&self) -> Result<Option<i32>, Error> {
            Err("it is not there".into())
        }

        async fn lacking_late(&self) -> Result<Option<i32>, Error> {
            tokio::task::yield_now().await;
            Err("it was not there".into())
        }
    }

    struct Bottle(&'static str);

    #[Object]
    impl Bottle {
        async fn name(&self) -> String {
            self.0.to_owned()
        }

        async fn size(&self) -> i32 {
            1
        }
    }

    struct Query;

    #[Object]
    impl Query {
        async fn plain(&self) -> Option<Crate> {
            Some(Crate)
        }

        async fn in_place(&self) -> Option<InPlace<Crate>> {
            Some(InPlace(Crate))
        }

        async fn named(&self) -> Vec<Named> {
            vec![Named::Crate(Crate), Named::Bottle(Bottle("one"))]
        }
    }

    /// Selects the same of an object that the library resolves and of one that is resolved in place, and gives the
    /// answer and its first error if both are the same.
    async fn select(selection: &str, fragments: &str) -> (String, Option<ServerError>) {
        let schema =
            Schema::build(Query, EmptyMutation, EmptySubscription).data(Barrier::new(2)).finish();
        let mut answers = Vec::new();
        for field in ["plain  ", "inPlace"] {
            let query = format!("{{ all: {field} {{ {selection} }} }} {fragments}");
            let mut answer = schema.execute(query).await;
            let error = (!answer.errors.is_empty()).then(|| answer.errors.remove(0));
            answers.push((serde_json::to_string(&answer.data).unwrap(), error));
        }
        assert_eq!(answers[0], answers[1], "{selection}");
        answers.remove(1)
    }

    async fn data(selection: &str, fragments: &str) -> String {
        let (data, error) = select(selection, fragments).await;
        assert_eq!(error, None);
        data.strip_prefix(r#"{"all":"#).unwrap().strip_suffix('}').unwrap().to_owned()
    }

    #[tokio::test]
    async fn fields_come_in_the_order_in_which_they_are_selected() {
        let all = data("size(times: 2) twice: size(times: 4) __typename name", "").await;
        assert_eq!(all, r#"{"size":6,"twice":12,"__typename":"Crate","name":"crate"}"#);
    }

    #[tokio::test]
    async fn fragments_are_part_of_the_selection_in_their_place() {
        let fragments = "fragment Sized on Crate { size(times: 1) ...Deep } \
                         fragment Deep on Crate { bottles { name } }";
        let all = data("... { name } ...Sized ... on Crate { __typename }", fragments).await;
        let bottles = r#""bottles":[{"name":"one"},{"name":"two"}]"#;
        assert_eq!(all, format!(r#"{{"name":"crate","size":3,{bottles},"__typename":"Crate"}}"#));
        let interface = "size(times: 1) ... on Named { name } bottles { ... on Named { name } }";
        let all = data(interface, "").await;
        assert_eq!(all, format!(r#"{{"size":3,"name":"crate",{bottles}}}"#));
    }

    #[tokio::test]
    async fn what_is_selected_twice_is_one_field_with_all_that_is_selected_below_it() {
        let all = data("bottles { name } name bottles { size name } name", "").await;
        assert_eq!(
            all,
            r#"{"bottles":[{"name":"one","size":1},{"name":"two","size":1}],"name":"crate"}"#
        );
    }

    #[tokio::test]
    async fn fields_that_wait_wait_at_the_same_time() {
        let all = data("first: meeting name second: meeting", "").await;
        assert_eq!(all, r#"{"first":true,"name":"crate","second":true}"#);
    }

    #[tokio::test]
    async fn an_error_has_its_path_and_leaves_nothing_of_its_object() {
        for field in ["broken", "brokenLate"] {
            let (data, error) = select(&format!("name {field}"), "").await;
            assert_eq!(data, r#"{"all":null}"#);
            assert_eq!(json!(error.unwrap().path), json!(["all", field]));
        }
    }

    #[tokio::test]
    async fn a_field_that_may_be_null_fails_alone() {
        let schema =
            Schema::build(Query, EmptyMutation, EmptySubscription).data(Barrier::new(2)).finish();
        for fragment in ["", "... on Named { name }"] {
            let query = format!("{{ inPlace {{ lacking name lackingLate {fragment} }} }}");
            let answer = schema.execute(query).await;
            let data = serde_json::to_string(&answer.data).unwrap();
            assert_eq!(data, r#"{"inPlace":{"lacking":null,"name":"crate","lackingLate":null}}"#);
            let paths: Vec<_> = answer.errors.iter().map(|error| &error.path).collect();
            assert_eq!(json!(paths), json!([["inPlace", "lacking"], ["inPlace", "lackingLate"]]));
        }
    }
}
