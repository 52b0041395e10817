//! The schema as it describes itself, and documents written from that.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use serde_json::{Value, json};

use super::api::Api;

const QUESTION: &str = "
    query Introspect {
      __schema {
        queryType { name } mutationType { name } subscriptionType { name }
        types {
          kind name description
          fields(includeDeprecated: true) {
            name description type { ...T } args { name description type { ...T } }
          }
          inputFields { name description type { ...T } }
          enumValues(includeDeprecated: true) { name description }
          possibleTypes { name }
        }
      }
    }
    fragment T on __Type {
      kind name ofType { kind name ofType { kind name ofType { kind name } } }
    }";

/// A kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Root {
    Query,
    Mutation,
    Feeds,
}

impl Root {
    pub(crate) const ALL: [Self; 3] = [Self::Query, Self::Mutation, Self::Feeds];
}

/// The types of the schema, by name.
pub(crate) struct Introspected {
    types: BTreeMap<String, Value>,
    roots: [String; 3],
}

impl Introspected {
    pub(crate) async fn read(api: &Api) -> Self {
        let mut answer = api.ask(None, QUESTION, json!({})).await;
        assert_eq!(answer.get("errors"), None);
        let schema = answer["data"]["__schema"].take();
        let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
        let roots =
            ["queryType", "mutationType", "subscriptionType"].map(|kind| name(&schema[kind]));
        let types = schema["types"].as_array().unwrap();
        Self { types: types.iter().map(|object| (name(object), object.clone())).collect(), roots }
    }

    /// All types but those that describe the schema.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Value> {
        self.types.values().filter(|object| !text(object, "name").starts_with("__"))
    }

    pub(crate) fn root_type(&self, root: Root) -> &str {
        &self.roots[root as usize]
    }

    /// The fields of a root.
    pub(crate) fn fields(&self, root: Root) -> &[Value] {
        list(&self.types[self.root_type(root)], "fields")
    }

    /// The paths, within the arguments of a field, of all that is an `ID`, as JSON pointers; lists are entered at their
    /// first item.
    pub(crate) fn id_paths(&self, field: &Value) -> Vec<String> {
        self.paths(field, "ID")
    }

    /// The same of all that is of a type.
    pub(crate) fn paths(&self, field: &Value, type_name: &str) -> Vec<String> {
        let mut paths = Vec::new();
        for argument in list(field, "args") {
            self.collect_paths(argument, type_name, "", &mut paths);
        }
        paths
    }

    fn collect_paths(&self, input: &Value, type_name: &str, parent: &str, paths: &mut Vec<String>) {
        let item = if is_list(&input["type"]) { "/0" } else { "" };
        let path = format!("{parent}/{}{item}", text(input, "name"));
        assert!(path.split('/').count() < 12, "{path} goes round in circles");
        let named = name_of(&input["type"]);
        if named == type_name {
            paths.push(path);
            return;
        }
        for nested in list(&self.types[named], "inputFields") {
            self.collect_paths(nested, type_name, &path, paths);
        }
    }

    /// An operation with one field that selects everything to a depth. Its variables are the field's arguments.
    pub(crate) fn document(&self, root: Root, field: &Value, selection: &str) -> String {
        let operation = match root {
            Root::Query => "query",
            Root::Mutation => "mutation",
            Root::Feeds => "subscription",
        };
        let (mut variables, mut arguments) = (String::new(), String::new());
        for argument in list(field, "args") {
            let name = text(argument, "name");
            write!(variables, "${name}: {} ", spelled(&argument["type"])).unwrap();
            write!(arguments, "{name}: ${name} ").unwrap();
        }
        let name = text(field, "name");
        if variables.is_empty() {
            return format!("{operation} Run {{ {name} {selection} }}");
        }
        format!("{operation} Run({variables}) {{ {name}({arguments}) {selection} }}")
    }

    /// Everything that can be selected of what a field gives, `depth` objects deep. `seen` gets each field as
    /// `Type.field`; those in `without` are left out.
    pub(crate) fn selection(
        &self,
        field: &Value,
        depth: usize,
        without: &[&str],
        seen: &mut BTreeSet<String>,
    ) -> String {
        self.select(name_of(&field["type"]), depth, without, seen)
    }

    fn select(
        &self,
        type_name: &str,
        depth: usize,
        without: &[&str],
        seen: &mut BTreeSet<String>,
    ) -> String {
        let object = &self.types[type_name];
        match text(object, "kind") {
            "OBJECT" => {
                let fields = self.members(object, "", depth, without, seen);
                format!("{{ __typename {fields} }}")
            }
            "INTERFACE" | "UNION" => {
                let mut kinds = String::new();
                for kind in list(object, "possibleTypes") {
                    let name = text(kind, "name");
                    // Fields of two kinds may have one name and two types.
                    let fields =
                        self.members(&self.types[name], &format!("{name}_"), depth, without, seen);
                    write!(kinds, "... on {name} {{ {fields} }} ").unwrap();
                }
                format!("{{ __typename {kinds} }}")
            }
            _ => String::new(),
        }
    }

    fn members(
        &self,
        object: &Value,
        alias: &str,
        depth: usize,
        without: &[&str],
        seen: &mut BTreeSet<String>,
    ) -> String {
        let owner = text(object, "name");
        // A page is as deep as what it lists.
        let page = owner.ends_with("Connection") || owner.ends_with("Edge");
        let mut selected = String::new();
        for field in list(object, "fields") {
            let name = text(field, "name");
            let coordinate = format!("{owner}.{name}");
            let target = name_of(&field["type"]);
            let is_leaf = self.is_leaf(target) || self.is_value(target);
            if without.contains(&coordinate.as_str()) || (!is_leaf && !page && depth == 0) {
                continue;
            }
            let below = match (page || self.is_value(target), name) {
                (true, "edges" | "node") => 0,
                (true, _) => depth,
                (false, _) => depth.saturating_sub(1),
            };
            seen.insert(coordinate);
            let pages =
                list(field, "args").iter().any(|argument| text(argument, "name") == "first");
            let arguments = if pages { "(first: 2)" } else { "" };
            let below = self.select(name_of(&field["type"]), below, without, seen);
            let alias = if alias.is_empty() { String::new() } else { format!("{alias}{name}: ") };
            write!(selected, "{alias}{name}{arguments} {below} ").unwrap();
        }
        selected
    }

    /// Whether objects of the type are parts of others, such as amounts of money.
    fn is_value(&self, type_name: &str) -> bool {
        let object = &self.types[type_name];
        let is_page = type_name.ends_with("Connection") || type_name.ends_with("Edge");
        text(object, "kind") == "OBJECT"
            && !is_page
            && list(object, "fields").iter().all(|field| text(field, "name") != "id")
    }

    fn is_leaf(&self, type_name: &str) -> bool {
        matches!(text(&self.types[type_name], "kind"), "SCALAR" | "ENUM")
    }
}

/// The name of a type without its lists and exclamation marks.
pub(crate) fn name_of(type_: &Value) -> &str {
    match type_["name"].as_str() {
        Some(name) => name,
        None => name_of(&type_["ofType"]),
    }
}

/// The text of a member of a description.
pub(crate) fn text<'a>(described: &'a Value, member: &str) -> &'a str {
    described[member].as_str().unwrap_or_default()
}

/// The list of a member of a description; empty where it has none.
pub(crate) fn list<'a>(described: &'a Value, member: &str) -> &'a [Value] {
    described[member].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn is_list(type_: &Value) -> bool {
    match text(type_, "kind") {
        "LIST" => true,
        "NON_NULL" => is_list(&type_["ofType"]),
        _ => false,
    }
}

fn spelled(type_: &Value) -> String {
    match text(type_, "kind") {
        "LIST" => format!("[{}]", spelled(&type_["ofType"])),
        "NON_NULL" => format!("{}!", spelled(&type_["ofType"])),
        _ => text(type_, "name").to_owned(),
    }
}
