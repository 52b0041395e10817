//! How a selection is written: in which fragments, under which conditions, as literals or with variables, and sometimes
//! twice.

use std::fmt::Write;

use apollo_compiler::{Schema, ast::Type, schema::ExtendedType, validation::Valid};
use serde_json::{Map, Value, json};

use super::{
    dice::Dice,
    generator::{Argument, Field, Selection},
    reference::answer::quoted,
};

/// A request, as it is sent.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) text: String,
    pub(super) variables: Map<String, Value>,
}

/// Writes a query that selects this.
pub(super) fn write(schema: &Valid<Schema>, dice: &mut Dice, query: &Selection) -> Document {
    let mut writer = Writer {
        schema,
        dice,
        declared: String::new(),
        variables: Map::new(),
        count: 0,
        fragments: String::new(),
        directives: 0,
    };
    let selection = writer.selection(query);
    let Writer { declared, variables, fragments, .. } = writer;
    let declared = if declared.is_empty() { declared } else { format!("({declared})") };
    Document { text: format!("query{declared} {selection}{fragments}"), variables }
}

struct Writer<'w> {
    schema: &'w Valid<Schema>,
    dice: &'w mut Dice,
    declared: String,
    variables: Map<String, Value>,
    /// How many names were given to variables and fragments.
    count: usize,
    fragments: String,
    directives: usize,
}

impl Writer<'_> {
    fn selection(&mut self, selection: &Selection) -> String {
        let mut items: Vec<String> = Vec::new();
        let mut fields = selection.fields.as_slice();
        let mut repeated = Vec::new();
        while !fields.is_empty() {
            let (some, rest) = fields.split_at(1 + self.dice.below(fields.len().min(3)));
            fields = rest;
            let written: Vec<_> =
                some.iter().map(|field| self.perhaps_twice(field, &mut repeated)).collect();
            items.push(self.perhaps_as_fragment(&selection.ty, some, &written.join(" ")));
        }
        for only in &selection.only_of {
            let below = self.selection(only);
            let condition = self.condition();
            let only = format!("... on {}{condition} {below}", only.ty);
            items.push(match self.dice.below(4) {
                0 => format!("... on Node {{ {only} }}"),
                1 => format!("... {{ {only} }}"),
                _ => only,
            });
        }
        items.extend(repeated);
        format!("{{ {} }}", items.join(" "))
    }

    /// Writes a field. Its other half, if it has one, comes later in the same selection.
    fn perhaps_twice(&mut self, field: &Field, repeated: &mut Vec<String>) -> String {
        let arguments = self.arguments(&field.arguments);
        if self.dice.percent(92) {
            return self.field(field, &arguments, field.below.as_ref());
        }
        let Some(below) = &field.below else {
            repeated.push(self.field(field, &arguments, None));
            return self.field(field, &arguments, None);
        };
        if below.fields.len() < 2 {
            return self.field(field, &arguments, Some(below));
        }
        let (some, others) = below.fields.split_at(1 + self.dice.below(below.fields.len() - 1));
        let others =
            Selection { ty: below.ty.clone(), fields: others.to_vec(), only_of: Vec::new() };
        let some = Selection { fields: some.to_vec(), ..below.clone() };
        repeated.push(self.field(field, &arguments, Some(&others)));
        self.field(field, &arguments, Some(&some))
    }

    fn field(&mut self, field: &Field, arguments: &str, below: Option<&Selection>) -> String {
        let alias = field.alias.as_ref().map(|alias| format!("{alias}: ")).unwrap_or_default();
        let condition = self.condition();
        let below = below.map(|below| format!(" {}", self.selection(below))).unwrap_or_default();
        format!("{alias}{}{arguments}{condition}{below}", field.name)
    }

    /// Some fields of an object, as they are or in a fragment.
    fn perhaps_as_fragment(&mut self, ty: &str, fields: &[Field], written: &str) -> String {
        let condition = self.condition();
        let is_node = self.schema.is_subtype("Node", ty);
        let is_of_every_node = is_node && fields.iter().all(|field| field.name == "id");
        match self.dice.below(20) {
            0 => format!("...{condition} {{ {written} }}"),
            1 => format!("... on {ty}{condition} {{ {written} }}"),
            2 | 3 => {
                let name = self.name("Fragment");
                write!(self.fragments, " fragment {name} on {ty} {{ {written} }}").unwrap();
                // Twice is the same as once.
                let again = if self.dice.one_in(5) { format!(" ...{name}") } else { String::new() };
                format!("...{name}{condition}{again}")
            }
            4 if is_node => format!("... on Node{condition} {{ ... on {ty} {{ {written} }} }}"),
            // Nothing is selected of what the object is not.
            5 if is_node => {
                format!("{written} ... on Node{condition} {{ ... on Edition {{ id }} }}")
            }
            6..10 if is_of_every_node => format!("... on Node{condition} {{ {written} }}"),
            _ if condition.is_empty() => written.to_owned(),
            _ => format!("...{condition} {{ {written} }}"),
        }
    }

    /// Most often none.
    fn condition(&mut self) -> String {
        if self.directives >= 6 || !self.dice.percent(3) {
            return String::new();
        }
        self.directives += 1;
        let directive = if self.dice.one_in(2) { "include" } else { "skip" };
        let value = self.dice.one_in(2);
        let value = match self.dice.below(3) {
            0 => value.to_string(),
            1 => self.variable("Boolean!", &json!(value), Some("true")),
            _ => self.name_of_variable("Boolean!", Some(&value.to_string())),
        };
        format!(" @{directive}(if: {value})")
    }

    fn arguments(&mut self, arguments: &[Argument]) -> String {
        if arguments.is_empty() {
            return String::new();
        }
        let written = arguments.iter().map(|argument| {
            let value = self.value(&argument.value, &argument.ty);
            format!("{}: {value}", argument.name)
        });
        format!("({})", written.collect::<Vec<_>>().join(", "))
    }

    /// A value as a literal, or as a variable, which may have it as its default.
    fn value(&mut self, value: &Value, ty: &Type) -> String {
        if self.dice.percent(75) {
            return self.literal(value, ty);
        }
        match self.dice.below(4) {
            0 if !value.is_null() => {
                let default = constant(self.schema, value, ty);
                self.name_of_variable(&ty.to_string(), Some(&default))
            }
            // Without a value, it is as if nothing had been given.
            1 if value.is_null() => self.name_of_variable(&ty.to_string(), None),
            _ => self.variable(&ty.to_string(), value, None),
        }
    }

    fn literal(&mut self, value: &Value, ty: &Type) -> String {
        match value {
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| {
                    let ty = type_of_field(self.schema, ty, name);
                    format!("{name}: {}", self.value(value, ty))
                });
                format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, ty.item_type()));
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                constant(self.schema, value, ty)
            }
        }
    }

    fn variable(&mut self, ty: &str, value: &Value, default: Option<&str>) -> String {
        let name = self.name_of_variable(ty, default);
        self.variables.insert(name[1..].to_owned(), value.clone());
        name
    }

    fn name_of_variable(&mut self, ty: &str, default: Option<&str>) -> String {
        let name = self.name("v");
        let default = default.map(|default| format!(" = {default}")).unwrap_or_default();
        write!(self.declared, "${name}: {ty}{default} ").unwrap();
        format!("${name}")
    }

    fn name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}{}", self.count)
    }
}

/// A literal without variables.
fn constant(schema: &Valid<Schema>, value: &Value, ty: &Type) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| {
                format!("{name}: {}", constant(schema, value, type_of_field(schema, ty, name)))
            });
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| constant(schema, item, ty.item_type()));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Value::String(word) if schema.types[ty.inner_named_type()].is_enum() => word.clone(),
        Value::String(text) => quoted(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn type_of_field<'s>(schema: &'s Valid<Schema>, ty: &Type, name: &str) -> &'s Type {
    let ExtendedType::InputObject(object) = &schema.types[ty.inner_named_type()] else {
        panic!("{ty} is no input object")
    };
    &object.fields[name].ty
}
