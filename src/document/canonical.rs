//! The canonical operation: what is executed.
//!
//! 1. Conditions (`@skip`, `@include`) are decided by the values of their variables.
//! 2. Fragments are dissolved into the selections that they stand in.
//! 3. What has one response key is one field, with all that is selected below it, in the place of the first.
//! 4. Where the type of an object varies and the selection depends on it, each possible type has a selection of its own.
//!
//! So a field is executed once however often it is written, and whoever looks at the tree sees plain fields.

use std::sync::OnceLock;

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::Type,
    collections::IndexMap,
    executable::{
        Directive, Field, OperationType, Selection, SelectionSet, Value, VariableDefinition,
    },
    parser::SourceSpan,
    schema::ExtendedType,
    validation::Valid,
};
use async_graphql::{
    Name as ExecutableName, Pos, Positioned, Request, Variables,
    parser::types::{
        self as executable, DocumentOperations, InlineFragment, OperationDefinition, TypeCondition,
    },
};

use super::{
    DocumentKey,
    error::DocumentError,
    facts::RequestFacts,
    limits::{DocumentLimits, within},
    parse::{Parsed, condition, is_skip, is_true, kind},
};
use crate::graphql::{read::output::Plans, types::is_read};

/// How many times the nodes of a document there may be once each possible type has a selection of its own.
const MOST_TIMES: usize = 5;

/// An operation as it is executed, and what can be said of it before.
#[derive(Debug)]
pub struct Canonical {
    pub key: DocumentKey,
    /// What it asks for. Its cost is not known yet, because that depends on more variables.
    pub facts: RequestFacts,
    /// How many fields it has.
    pub fields: usize,
    /// What it is expected to cost, once it is known and if it is always the same.
    pub(super) price: OnceLock<u64>,
    /// How what it selects is read, once it has been.
    pub plans: Plans,
    /// One operation without a name and without fragments.
    operation: OperationDefinition,
    /// The same as far as the library executes it: what is selected of rows is read by plans, which look here.
    executed: executable::ExecutableDocument,
}

impl Canonical {
    /// The operation itself.
    pub fn operation(&self) -> &OperationDefinition {
        &self.operation
    }

    /// What is selected at a place: below the fields with these response keys, from the root.
    pub fn selected(&self, place: &[&str]) -> Option<&executable::SelectionSet> {
        place.iter().try_fold(&self.operation.selection_set.node, |set, key| {
            let mut fields = set.items.iter().filter_map(|selection| match &selection.node {
                executable::Selection::Field(field) => Some(&field.node),
                executable::Selection::InlineFragment(_)
                | executable::Selection::FragmentSpread(_) => None,
            });
            let key_of = |field: &executable::Field| {
                field.alias.as_ref().unwrap_or(&field.name).node.clone()
            };
            Some(&fields.find(|field| key_of(field) == **key)?.selection_set.node)
        })
    }

    /// The request to execute it with these variables.
    pub fn request(&self, variables: Variables) -> Request {
        // The text is not needed again: it has been read.
        let mut request = Request::new(String::new()).variables(variables);
        request.set_parsed_query(self.executed.clone());
        request
    }

    /// Whether one of these fields is selected, anywhere.
    pub fn selects(&self, fields: &[&str]) -> bool {
        any_field(&self.operation().selection_set.node, &mut |field| {
            fields.contains(&field.name.node.as_str())
        })
    }

    /// Whether an argument has one of these fields of input objects, anywhere. What variables hold is not looked at.
    pub fn gives(&self, inputs: &[&str]) -> bool {
        any_field(&self.operation().selection_set.node, &mut |field| {
            field.arguments.iter().any(|(_, value)| names_one(inputs, &value.node))
        })
    }

    /// The variable that an argument of the only root field is given, if it is used for nothing else.
    pub fn variable_of(&self, argument: &str) -> Option<&ExecutableName> {
        let set = &self.operation().selection_set.node;
        let [Positioned { node: executable::Selection::Field(root), .. }] = set.items.as_slice()
        else {
            return None;
        };
        let async_graphql_value::Value::Variable(name) = &root.node.get_argument(argument)?.node
        else {
            return None;
        };
        let mut uses = 0;
        any_field(set, &mut |field| {
            uses +=
                field.arguments.iter().map(|(_, value)| uses_of(name, &value.node)).sum::<usize>();
            false
        });
        (uses == 1).then_some(name)
    }
}

fn any_field(
    set: &executable::SelectionSet,
    is: &mut impl FnMut(&executable::Field) -> bool,
) -> bool {
    set.items.iter().any(|selection| match &selection.node {
        executable::Selection::Field(field) => {
            is(&field.node) || any_field(&field.node.selection_set.node, is)
        }
        executable::Selection::InlineFragment(inline) => {
            any_field(&inline.node.selection_set.node, is)
        }
        executable::Selection::FragmentSpread(_) => false,
    })
}

/// Whether a value, or one within it, is an object with one of these fields.
fn names_one(inputs: &[&str], value: &async_graphql_value::Value) -> bool {
    use async_graphql_value::Value;
    match value {
        Value::List(items) => items.iter().any(|item| names_one(inputs, item)),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| inputs.contains(&name.as_str()) || names_one(inputs, value)),
        Value::Variable(_)
        | Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => false,
    }
}

fn uses_of(name: &ExecutableName, value: &async_graphql_value::Value) -> usize {
    use async_graphql_value::Value;
    match value {
        Value::Variable(used) => usize::from(used == name),
        Value::List(items) => items.iter().map(|item| uses_of(name, item)).sum(),
        Value::Object(fields) => fields.values().map(|value| uses_of(name, value)).sum(),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => 0,
    }
}

/// Writes the canonical operation for these values of the variables that conditions depend on.
pub(super) fn write(
    schema: &Valid<Schema>,
    limits: &DocumentLimits,
    parsed: &Parsed,
    variables: &Variables,
    key: DocumentKey,
) -> Result<Canonical, DocumentError> {
    let operation = parsed.operation();
    let most = limits.nodes.saturating_mul(MOST_TIMES);
    let lines = Lines::of(&parsed.document);
    let mut writer =
        Writer { schema, document: &parsed.document, variables, lines, fields: 0, most };
    let set = &operation.selection_set;
    let items = writer.selections(&set.ty, &[set])?;
    let root_fields: Vec<_> = items.iter().filter_map(name_of).collect();
    limits.check_root_fields(operation.operation_type, root_fields.len())?;
    if operation.operation_type == OperationType::Subscription && root_fields.len() != 1 {
        let message = "A subscription must have exactly one root field.".to_owned();
        let locations = items.get(1).map(|second| second.pos).into_iter().collect();
        return Err(DocumentError::Invalid { message, locations });
    }
    let definition = OperationDefinition {
        ty: match operation.operation_type {
            OperationType::Query => executable::OperationType::Query,
            OperationType::Mutation => executable::OperationType::Mutation,
            OperationType::Subscription => executable::OperationType::Subscription,
        },
        variable_definitions: operation.variables.iter().map(|it| writer.variable(it)).collect(),
        directives: Vec::new(),
        selection_set: at(Pos::default(), executable::SelectionSet { items }),
    };
    let mut executed = definition.clone();
    cut_rows_off(schema, &set.ty, &mut executed.selection_set.node);
    let executed = executable::ExecutableDocument {
        operations: DocumentOperations::Single(at(Pos::default(), executed)),
        fragments: std::collections::HashMap::new(),
    };
    let facts = RequestFacts {
        kind: kind(operation.operation_type),
        root_fields: root_fields.into(),
        operation_name: operation.name.as_ref().map(|name| name.as_str().into()),
        cost: 0,
    };
    Ok(Canonical {
        key,
        facts,
        fields: writer.fields,
        price: OnceLock::new(),
        plans: Plans::default(),
        operation: definition,
        executed,
    })
}

/// Leaves what is selected of rows to the plans that read them.
fn cut_rows_off(schema: &Valid<Schema>, ty: &Name, set: &mut executable::SelectionSet) {
    for selection in &mut set.items {
        let executable::Selection::Field(field) = &mut selection.node else { continue };
        let Ok(definition) = schema.type_field(ty, &field.node.name.node) else { continue };
        let leads_to = definition.ty.inner_named_type();
        if is_read(leads_to) {
            field.node.selection_set.node.items.clear();
        } else {
            cut_rows_off(schema, leads_to, &mut field.node.selection_set.node);
        }
    }
}

fn name_of(selection: &Positioned<executable::Selection>) -> Option<String> {
    match &selection.node {
        executable::Selection::Field(field) => Some(field.node.name.node.to_string()),
        executable::Selection::InlineFragment(_) | executable::Selection::FragmentSpread(_) => None,
    }
}

fn at<T>(pos: Pos, node: T) -> Positioned<T> {
    Positioned::new(node, pos)
}

struct Writer<'a> {
    schema: &'a Valid<Schema>,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    lines: Lines,
    fields: usize,
    most: usize,
}

type Selections = Vec<Positioned<executable::Selection>>;

/// The fields of one object, by their response keys, in the order in which they are first selected.
type Fields<'a> = IndexMap<&'a Name, Vec<&'a Node<Field>>>;

impl<'a> Writer<'a> {
    /// What is selected of an object of this type, by several selections at once.
    fn selections(
        &mut self,
        ty: &Name,
        sets: &[&'a SelectionSet],
    ) -> Result<Selections, DocumentError> {
        let schema = self.schema;
        let possible = match schema.types.get(ty) {
            Some(ExtendedType::Interface(_) | ExtendedType::Union(_))
                if sets.iter().any(|set| self.varies(ty, set)) =>
            {
                possible_types(schema, ty)
            }
            Some(_) | None => return self.fields(ty, sets),
        };
        let mut selections = Vec::with_capacity(possible.len());
        for object in possible {
            let items = self.fields(object, sets)?;
            if items.is_empty() {
                continue;
            }
            let pos = items.first().map(|first| first.pos).unwrap_or_default();
            let on = at(pos, ExecutableName::new(object));
            let fragment = InlineFragment {
                type_condition: Some(at(pos, TypeCondition { on })),
                directives: Vec::new(),
                selection_set: at(pos, executable::SelectionSet { items }),
            };
            selections.push(at(pos, executable::Selection::InlineFragment(at(pos, fragment))));
        }
        Ok(selections)
    }

    /// Whether some of a selection holds only for some of the objects that a type stands for.
    fn varies(&self, ty: &Name, set: &'a SelectionSet) -> bool {
        set.selections.iter().any(|selection| match selection {
            Selection::Field(_) => false,
            Selection::InlineFragment(inline) => {
                let on = inline.type_condition.as_ref();
                on.is_some_and(|on| !self.applies(on, ty)) || self.varies(ty, &inline.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                self.document.fragments.get(&spread.fragment_name).is_some_and(|fragment| {
                    let set = &fragment.selection_set;
                    !self.applies(&set.ty, ty) || self.varies(ty, set)
                })
            }
        })
    }

    /// Whether a fragment on `on` holds for every object of type `ty`.
    fn applies(&self, on: &Name, ty: &Name) -> bool {
        on == ty || self.schema.is_subtype(on, ty)
    }

    fn fields(
        &mut self,
        ty: &Name,
        sets: &[&'a SelectionSet],
    ) -> Result<Selections, DocumentError> {
        let mut fields = Fields::default();
        for set in sets {
            self.collect(ty, set, &mut fields);
        }
        fields.into_values().map(|same| self.field(ty, &same)).collect()
    }

    fn collect(&self, ty: &Name, set: &'a SelectionSet, fields: &mut Fields<'a>) {
        for selection in &set.selections {
            if self.is_left_out(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    fields.entry(field.response_key()).or_default().push(field);
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.type_condition.as_ref();
                    if on.is_none_or(|on| self.applies(on, ty)) {
                        self.collect(ty, &inline.selection_set, fields);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                        && self.applies(&fragment.selection_set.ty, ty)
                    {
                        self.collect(ty, &fragment.selection_set, fields);
                    }
                }
            }
        }
    }

    fn is_left_out(&self, directives: &[Node<Directive>]) -> bool {
        directives.iter().any(|directive| {
            condition(directive).is_some_and(|value| {
                let holds = match value.as_variable() {
                    Some(name) => is_true(self.variables, name),
                    None => value.to_bool() == Some(true),
                };
                holds == is_skip(directive)
            })
        })
    }

    /// One field of what has one response key: valid documents differ only in what they select below it.
    fn field(
        &mut self,
        ty: &Name,
        same: &[&'a Node<Field>],
    ) -> Result<Positioned<executable::Selection>, DocumentError> {
        self.fields += 1;
        within("fields, with a selection for each possible type", self.fields, self.most)?;
        let first = same[0];
        // An object may have more to say of its field than the interface that it was selected of.
        let definition = self.schema.type_field(ty, &first.name);
        let leads_to = definition.map_or(&first.definition.ty, |definition| &definition.ty);
        let sets: Vec<_> = same.iter().map(|field| &field.selection_set).collect();
        let items = self.selections(leads_to.inner_named_type(), &sets)?;
        let pos = self.lines.pos(first.location());
        let name = |name: &Name| at(pos, ExecutableName::new(name));
        let field = executable::Field {
            alias: first.alias.as_ref().map(name),
            name: name(&first.name),
            arguments: first
                .arguments
                .iter()
                .map(|argument| {
                    let pos = self.lines.pos(argument.value.location());
                    (name(&argument.name), at(pos, executable_value(&argument.value)))
                })
                .collect(),
            directives: Vec::new(),
            selection_set: at(pos, executable::SelectionSet { items }),
        };
        Ok(at(pos, executable::Selection::Field(at(pos, field))))
    }

    /// The definition of a variable. Its default has been filled in already.
    fn variable(
        &self,
        definition: &Node<VariableDefinition>,
    ) -> Positioned<executable::VariableDefinition> {
        let pos = self.lines.pos(definition.location());
        let definition = executable::VariableDefinition {
            name: at(pos, ExecutableName::new(&definition.name)),
            var_type: at(pos, executable_type(&definition.ty)),
            directives: Vec::new(),
            default_value: None,
        };
        at(pos, definition)
    }
}

fn possible_types<'a>(schema: &'a Schema, ty: &Name) -> Vec<&'a Name> {
    let objects = schema.types.iter().filter(|(_, definition)| definition.is_object());
    objects.filter(|(object, _)| schema.is_subtype(ty, object)).map(|(object, _)| object).collect()
}

fn executable_type(ty: &Type) -> executable::Type {
    let base = match ty {
        Type::Named(name) | Type::NonNullNamed(name) => {
            executable::BaseType::Named(ExecutableName::new(name))
        }
        Type::List(inner) | Type::NonNullList(inner) => {
            executable::BaseType::List(Box::new(executable_type(inner)))
        }
    };
    executable::Type { base, nullable: !ty.is_non_null() }
}

fn executable_value(value: &Value) -> async_graphql_value::Value {
    use async_graphql_value::Value as Executable;
    let number = |text: &str| {
        let number = text.parse::<serde_json::Number>();
        // What does not fit is no number of any type here.
        number.map_or(Executable::Null, Executable::Number)
    };
    match value {
        Value::Null => Executable::Null,
        Value::Enum(name) => Executable::Enum(ExecutableName::new(name)),
        Value::Variable(name) => Executable::Variable(ExecutableName::new(name)),
        Value::String(text) => Executable::String(text.clone()),
        Value::Int(text) => number(text.as_str()),
        Value::Float(text) => number(text.as_str()),
        Value::Boolean(value) => Executable::Boolean(*value),
        Value::List(items) => {
            Executable::List(items.iter().map(|item| executable_value(item)).collect())
        }
        Value::Object(fields) => Executable::Object(
            fields
                .iter()
                .map(|(name, value)| (ExecutableName::new(name), executable_value(value)))
                .collect(),
        ),
    }
}

/// Where the lines of the text begin.
struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    fn of(document: &ExecutableDocument) -> Self {
        let text = document.sources.values().next().map_or("", |source| source.source_text());
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect(), text: text.to_owned() }
    }

    /// Line and column, both from 1, the column in characters.
    fn pos(&self, span: Option<SourceSpan>) -> Pos {
        let Some(offset) = span.map(|span| span.offset()) else { return Pos::default() };
        let line = self.starts.partition_point(|start| *start <= offset);
        let before = self.starts.get(line - 1).and_then(|start| self.text.get(*start..offset));
        Pos { line, column: before.map_or(0, |text| text.chars().count()) + 1 }
    }
}
