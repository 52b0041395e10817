//! A plain and slow reference: what the server must answer, by the schema, the specification and the rows.
//!
//! It walks over all rows of all tables, field by field, and shares nothing with the program that reads. What is decided
//! by pure rules of the domain, such as who may move an order, it asks those.

pub(super) mod access;
pub(super) mod answer;
mod arguments;
pub(super) mod lists;
mod money;
mod objects;

use std::{cell::RefCell, collections::BTreeSet};

use apollo_compiler::{
    ExecutableDocument, Node, Schema,
    ast::{Directive, DirectiveList, Type},
    collections::IndexMap,
    executable::{Field, Selection, SelectionSet},
    validation::Valid,
};
use serde_json::{Map, Value as Json};

use self::{
    access::Caller,
    answer::Answer,
    arguments::{Arguments, Variables, value},
    objects::Object,
};
use super::tables::Tables;

/// The code of an error.
type Failure = &'static str;

const BAD_USER_INPUT: Failure = "BAD_USER_INPUT";
const FORBIDDEN: Failure = "FORBIDDEN";

/// Where in an answer: response keys, and indexes of lists.
pub(super) type Path = Vec<Json>;

/// What a field was found to be, before what is selected below it is known.
enum Found<'a> {
    Null,
    Leaf(Answer),
    Object(Box<Object<'a>>),
    List(Vec<Result<Found<'a>, Failure>>),
}

/// A field that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) path: Path,
    pub(super) code: Failure,
    /// Where the null is that stands for it: there, or above.
    pub(super) null_at: Path,
}

/// The null goes up, to what may be null.
struct GoesUp;

pub(super) struct Reference<'a> {
    schema: &'a Valid<Schema>,
    tables: &'a Tables,
    caller: &'a Caller,
    /// Fields that were found of an object, as `Type.field`.
    seen: &'a RefCell<BTreeSet<String>>,
}

impl<'a> Reference<'a> {
    pub(super) fn new(
        schema: &'a Valid<Schema>,
        tables: &'a Tables,
        caller: &'a Caller,
        seen: &'a RefCell<BTreeSet<String>>,
    ) -> Self {
        Self { schema, tables, caller, seen }
    }

    /// What the server must answer to the only operation of a document: the data, and all that may fail.
    pub(super) fn execute(
        &self,
        document: &Valid<ExecutableDocument>,
        given: &Map<String, Json>,
    ) -> (Answer, Vec<Failed>) {
        let operation = document.operations.get(None).unwrap();
        let defaults = operation.variables.iter().filter_map(|variable| {
            let default = variable.default_value.as_ref()?;
            Some((variable.name.to_string(), value(default, &Map::new())?))
        });
        let variables = defaults.chain(given.clone()).collect();
        let mut execution = Execution { reference: self, document, variables, failed: Vec::new() };
        let data = execution.object(&Object::Query, &[&operation.selection_set], &Vec::new());
        let data = data.unwrap_or_else(|GoesUp| {
            execution.null_at(0, &Vec::new());
            Answer::Null
        });
        (data, execution.failed)
    }
}

struct Execution<'r, 'a> {
    reference: &'r Reference<'a>,
    document: &'r Valid<ExecutableDocument>,
    variables: Variables,
    failed: Vec<Failed>,
}

/// The fields of an object by their response keys, each as often as it is selected.
type Fields<'d> = IndexMap<String, Vec<&'d Node<Field>>>;

impl<'r, 'a> Execution<'r, 'a> {
    fn object(
        &mut self,
        object: &Object<'a>,
        sets: &[&'r SelectionSet],
        path: &Path,
    ) -> Result<Answer, GoesUp> {
        let name = object.type_name();
        let mut fields = Fields::default();
        for set in sets {
            self.collect(&name, set, &mut fields);
        }
        let mut found = Vec::new();
        let mut goes_up = false;
        for (key, same) in fields {
            let path = [path.as_slice(), &[Json::from(key.as_str())]].concat();
            match self.field(object, &name, &same, &path) {
                Ok(value) => found.push((key, value)),
                // The others are looked at all the same, for what else may fail.
                Err(GoesUp) => goes_up = true,
            }
        }
        if goes_up { Err(GoesUp) } else { Ok(Answer::Object(found)) }
    }

    /// `CollectFields` of the specification.
    fn collect(&self, object: &str, set: &'r SelectionSet, fields: &mut Fields<'r>) {
        for selection in &set.selections {
            if self.is_left_out(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    fields.entry(field.response_key().to_string()).or_default().push(field);
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.type_condition.as_ref();
                    if on.is_none_or(|on| self.applies(on, object)) {
                        self.collect(object, &fragment.selection_set, fields);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    if self.applies(fragment.type_condition(), object) {
                        self.collect(object, &fragment.selection_set, fields);
                    }
                }
            }
        }
    }

    fn is_left_out(&self, directives: &DirectiveList) -> bool {
        let holds = |directive: &Node<Directive>| {
            let condition = directive.specified_argument_by_name("if").unwrap();
            value(condition, &self.variables) == Some(Json::Bool(true))
        };
        directives.iter().any(|directive| match directive.name.as_str() {
            "skip" => holds(directive),
            "include" => !holds(directive),
            _ => false,
        })
    }

    /// Whether a fragment on a type, or on an interface, is meant for an object.
    fn applies(&self, on: &str, object: &str) -> bool {
        on == object || self.reference.schema.is_subtype(on, object)
    }

    fn field(
        &mut self,
        object: &Object<'a>,
        type_name: &str,
        same: &[&'r Node<Field>],
        path: &Path,
    ) -> Result<Answer, GoesUp> {
        let field = same[0];
        if field.name == "__typename" {
            return Ok(Answer::Text(type_name.to_owned()));
        }
        self.reference.seen.borrow_mut().insert(format!("{type_name}.{}", field.name));
        let ty = &self.reference.schema.type_field(type_name, &field.name).unwrap().ty;
        let arguments = Arguments::of(&field.arguments, &self.variables);
        let found = self.reference.field(object, &field.name, &arguments);
        let below: Vec<_> = same.iter().map(|field| &field.selection_set).collect();
        self.complete(ty, found, &below, path)
    }

    /// `CompleteValue` of the specification.
    fn complete(
        &mut self,
        ty: &Type,
        found: Result<Found<'a>, Failure>,
        below: &[&'r SelectionSet],
        path: &Path,
    ) -> Result<Answer, GoesUp> {
        let before = self.failed.len();
        let value = match found {
            Ok(Found::Null) => {
                assert!(!ty.is_non_null(), "{path:?} is null and of the type {ty}");
                Ok(Answer::Null)
            }
            Ok(Found::Leaf(value)) => Ok(value),
            Ok(Found::Object(object)) => self.object(&object, below, path),
            Ok(Found::List(items)) => self.list(ty.item_type(), items, below, path),
            Err(code) => {
                self.failed.push(Failed { path: path.clone(), code, null_at: Path::new() });
                Err(GoesUp)
            }
        };
        match value {
            Err(GoesUp) if !ty.is_non_null() => {
                self.null_at(before, path);
                Ok(Answer::Null)
            }
            Ok(_) | Err(GoesUp) => value,
        }
    }

    fn list(
        &mut self,
        ty: &Type,
        items: Vec<Result<Found<'a>, Failure>>,
        below: &[&'r SelectionSet],
        path: &Path,
    ) -> Result<Answer, GoesUp> {
        let items: Vec<_> = items
            .into_iter()
            .enumerate()
            .map(|(index, item)| {
                let path = [path.as_slice(), &[Json::from(index)]].concat();
                self.complete(ty, item, below, &path)
            })
            .collect();
        Ok(Answer::List(items.into_iter().collect::<Result<_, _>>()?))
    }

    /// Says of all that has failed since then where its null is.
    fn null_at(&mut self, since: usize, path: &Path) {
        for failed in &mut self.failed[since..] {
            failed.null_at.clone_from(path);
        }
    }
}
