//! The document guard: refuses what would cost too much to look at, before anything else looks at it.
//!
//! The library's own limits walk a fragment once per use, which is exponential in a document of nested fragments.
//! Here each fragment is walked once and its sums are reused.

use std::collections::HashMap;

use async_graphql::{
    ErrorExtensionValues, Name, Pos, Positioned, ServerError,
    parser::{
        parse_query,
        types::{
            DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType,
            Selection, SelectionSet,
        },
    },
};

use super::request::{OperationKind, RequestFacts};

/// The most that one document may ask for. Every number counts what is there after fragments are expanded.
#[derive(Clone, Debug)]
pub struct DocumentLimits {
    pub bytes: usize,
    pub operations: usize,
    pub fragments: usize,
    pub nodes: usize,
    pub depth: usize,
    /// How deep the selections of `__schema` and `__type` may go; the tools' own introspection needs 15.
    pub introspection_depth: usize,
    pub aliases: usize,
    pub directives: usize,
    pub root_fields: usize,
    pub mutation_root_fields: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024,
            operations: 10,
            fragments: 20,
            nodes: 1_000,
            depth: 15,
            introspection_depth: 20,
            aliases: 15,
            directives: 10,
            root_fields: 10,
            mutation_root_fields: 5,
        }
    }
}

/// How deep brackets may be nested. The parser is recursive, so this is what keeps it on its stack.
const BRACKETS: usize = 60;

/// How deep the walk itself may go, through fields and fragments, before it gives up.
const LEVELS: usize = 100;

/// How often one introspection path may go through a list of a type's members: each time multiplies the answer.
const INTROSPECTION_LISTS: usize = 2;

/// A document within the limits.
#[derive(Debug)]
pub struct CheckedDocument {
    pub document: ExecutableDocument,
    pub facts: RequestFacts,
    /// Variables that the operation cannot do without.
    pub required_variables: Vec<RequiredVariable>,
}

/// A variable that is not nullable and has no default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredVariable {
    pub name: Name,
    /// As the document spells it: `[ID!]!`.
    pub type_name: String,
}

/// Why a document is not executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardError {
    Syntax { message: String, locations: Vec<Pos> },
    Limit { what: &'static str, found: usize, limit: usize },
    FragmentCycle { name: String, location: Pos },
    Subscription { message: &'static str, location: Pos },
    Operation { message: String },
}

impl GuardError {
    /// The `extensions.code` of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "GRAPHQL_PARSE_FAILED",
            Self::Limit { .. } => "LIMIT_EXCEEDED",
            Self::FragmentCycle { .. } | Self::Subscription { .. } => "GRAPHQL_VALIDATION_FAILED",
            Self::Operation { .. } => "OPERATION_RESOLUTION_FAILURE",
        }
    }
}

impl From<GuardError> for ServerError {
    fn from(error: GuardError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code());
        let (message, locations) = match error {
            GuardError::Syntax { message, locations } => (message, locations),
            GuardError::Limit { what, found, limit } => {
                extensions.set("limit", limit);
                extensions.set("found", found);
                (format!("The document has {found} {what}; the limit is {limit}."), Vec::new())
            }
            GuardError::FragmentCycle { name, location } => {
                (format!("The fragment \"{name}\" contains itself."), vec![location])
            }
            GuardError::Subscription { message, location } => (message.to_owned(), vec![location]),
            GuardError::Operation { message } => (message, Vec::new()),
        };
        let mut server_error = Self::new(message, None);
        server_error.locations = locations;
        server_error.extensions = Some(extensions);
        server_error
    }
}

/// Parses a document, holds it against the limits and picks the operation to execute.
pub fn check(
    text: &str,
    limits: &DocumentLimits,
    operation_name: Option<&str>,
) -> Result<CheckedDocument, GuardError> {
    within("bytes", text.len(), limits.bytes)?;
    within("nested brackets", deepest_bracket(text), BRACKETS)?;
    let document = parse_query(text).map_err(|error| syntax_error(&error))?;
    within("operations", document.operations.iter().len(), limits.operations)?;
    within("fragments", document.fragments.len(), limits.fragments)?;

    let mut walk = Walk { document: &document, fragments: HashMap::new() };
    for (_, operation) in document.operations.iter() {
        walk.operation(operation)?.check(limits)?;
    }
    for name in document.fragments.keys() {
        // Validation looks at unused fragments too.
        walk.fragment(name, 0)?.check(limits)?;
    }

    let operation = select(&document.operations, operation_name)?;
    let facts = facts(&document, operation, operation_name);
    check_root_fields(operation, &facts, limits)?;
    let required_variables = required_variables(&operation.node);
    Ok(CheckedDocument { document, facts, required_variables })
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<(), GuardError> {
    if found > limit { Err(GuardError::Limit { what, found, limit }) } else { Ok(()) }
}

fn syntax_error(error: &async_graphql::parser::Error) -> GuardError {
    let locations = error.positions().collect();
    // The parser draws the place in ASCII below a line that says where; its last line says what it wants.
    let text = error.to_string();
    let reason = text.lines().last().unwrap_or_default().trim_start_matches([' ', '=']).to_owned();
    GuardError::Syntax { message: format!("Syntax error: {reason}"), locations }
}

/// How deep brackets are nested outside of strings and comments.
fn deepest_bracket(text: &str) -> usize {
    let mut rest = text.as_bytes();
    let (mut depth, mut deepest) = (0_usize, 0);
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => rest = after(rest, b"\n"),
            b'"' => {
                rest = match rest {
                    [b'"', b'"', block @ ..] => after_block_string(block),
                    _ => after_string(rest),
                };
            }
            _ => {}
        }
    }
    deepest
}

fn after<'a>(text: &'a [u8], end: &[u8]) -> &'a [u8] {
    let at = text.windows(end.len()).position(|part| part == end);
    at.map_or(&[], |at| &text[at + end.len()..])
}

fn after_block_string(mut text: &[u8]) -> &[u8] {
    loop {
        let behind = after(text, b"\"\"\"");
        let closing = text.len() - behind.len();
        let escaped = closing >= 4 && text[closing - 4] == b'\\';
        if behind.is_empty() || !escaped {
            return behind;
        }
        text = behind;
    }
}

/// A string ends at its quote, or at the end of the line, where the parser will stop.
fn after_string(mut text: &[u8]) -> &[u8] {
    loop {
        match text {
            [b'"' | b'\n', rest @ ..] => return rest,
            [b'\\', _, rest @ ..] | [_, rest @ ..] => text = rest,
            [] => return text,
        }
    }
}

/// What a selection costs after its fragments are expanded. Sums saturate: a small document can mean more than fits.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    nodes: usize,
    depth: usize,
    introspection_depth: usize,
    introspection_lists: usize,
    /// The same two for selections that may stand below `__schema` or `__type`, not known yet.
    open_depth: usize,
    open_lists: usize,
    aliases: usize,
    directives: usize,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.depth = self.depth.max(other.depth);
        self.introspection_depth = self.introspection_depth.max(other.introspection_depth);
        self.introspection_lists = self.introspection_lists.max(other.introspection_lists);
        self.open_depth = self.open_depth.max(other.open_depth);
        self.open_lists = self.open_lists.max(other.open_lists);
    }

    /// The cost of a field, given that of what is selected below it.
    fn above(mut self, field: &Field) -> Self {
        self.nodes = self.nodes.saturating_add(1);
        self.aliases = self.aliases.saturating_add(usize::from(field.alias.is_some()));
        self.directives = self.directives.saturating_add(field.directives.len());
        let name = field.name.node.as_str();
        self.open_depth += 1;
        if matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes") {
            self.open_lists += 1;
        }
        if matches!(name, "__schema" | "__type") {
            self.introspection_depth = self.introspection_depth.max(self.open_depth);
            self.introspection_lists = self.introspection_lists.max(self.open_lists);
            self.depth = 1;
        } else {
            self.depth += 1;
        }
        self
    }

    fn check(self, limits: &DocumentLimits) -> Result<(), GuardError> {
        within("fields and fragments after expansion", self.nodes, limits.nodes)?;
        within("levels of nested fields", self.depth, limits.depth)?;
        within("aliases", self.aliases, limits.aliases)?;
        within("directives", self.directives, limits.directives)?;
        within("levels of introspection", self.introspection_depth, limits.introspection_depth)?;
        within("nested lists of introspection", self.introspection_lists, INTROSPECTION_LISTS)?;
        Ok(())
    }
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    fragments: HashMap<&'a Name, Visit>,
}

enum Visit {
    InProgress,
    Done(Cost),
}

impl<'a> Walk<'a> {
    fn operation(
        &mut self,
        operation: &'a Positioned<OperationDefinition>,
    ) -> Result<Cost, GuardError> {
        let mut cost = self.selections(&operation.node.selection_set, 1)?;
        let definitions = &operation.node.variable_definitions;
        cost.directives += operation.node.directives.len()
            + definitions.iter().map(|it| it.node.directives.len()).sum::<usize>();
        Ok(cost)
    }

    fn selections(
        &mut self,
        set: &'a Positioned<SelectionSet>,
        level: usize,
    ) -> Result<Cost, GuardError> {
        within("levels of nesting", level, LEVELS)?;
        let mut sum = Cost::default();
        for selection in &set.node.items {
            sum.add(match &selection.node {
                Selection::Field(field) => {
                    self.selections(&field.node.selection_set, level + 1)?.above(&field.node)
                }
                Selection::InlineFragment(inline) => {
                    let mut cost = self.selections(&inline.node.selection_set, level + 1)?;
                    cost.nodes = cost.nodes.saturating_add(1);
                    cost.directives = cost.directives.saturating_add(inline.node.directives.len());
                    cost
                }
                Selection::FragmentSpread(spread) => {
                    let mut cost = self.fragment(&spread.node.fragment_name.node, level)?;
                    cost.nodes = cost.nodes.saturating_add(1);
                    cost.directives = cost.directives.saturating_add(spread.node.directives.len());
                    cost
                }
            });
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &Name, level: usize) -> Result<Cost, GuardError> {
        let Some((name, definition)) = self.document.fragments.get_key_value(name) else {
            // Validation names the missing fragment.
            return Ok(Cost::default());
        };
        match self.fragments.get(name) {
            Some(Visit::Done(cost)) => return Ok(*cost),
            Some(Visit::InProgress) => {
                let name = name.to_string();
                return Err(GuardError::FragmentCycle { name, location: definition.pos });
            }
            None => {}
        }
        self.fragments.insert(name, Visit::InProgress);
        let mut cost = self.selections(&definition.node.selection_set, level + 1)?;
        cost.directives = cost.directives.saturating_add(definition.node.directives.len());
        self.fragments.insert(name, Visit::Done(cost));
        Ok(cost)
    }
}

/// The operation that a request means.
pub fn select<'a>(
    operations: &'a DocumentOperations,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, GuardError> {
    let found = match (operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(named), Some(name)) => named.get(name),
        (DocumentOperations::Multiple(named), None) if named.len() == 1 => named.values().next(),
        (DocumentOperations::Multiple(_), None) => {
            let message = "The document has several operations; name one in operationName.";
            return Err(GuardError::Operation { message: message.to_owned() });
        }
    };
    found.ok_or_else(|| GuardError::Operation {
        message: format!("The document has no operation named \"{}\".", name.unwrap_or_default()),
    })
}

fn facts(
    document: &ExecutableDocument,
    operation: &Positioned<OperationDefinition>,
    operation_name: Option<&str>,
) -> RequestFacts {
    let mut root_fields = Vec::new();
    collect_root_fields(document, &operation.node.selection_set.node, &mut root_fields);
    let only_name = match &document.operations {
        DocumentOperations::Single(_) => None,
        DocumentOperations::Multiple(named) => named.keys().next().map(Name::as_str),
    };
    RequestFacts {
        kind: kind(operation.node.ty),
        root_fields,
        operation_name: operation_name.or(only_name).map(str::to_owned),
        cost: 1,
    }
}

fn required_variables(operation: &OperationDefinition) -> Vec<RequiredVariable> {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    definitions
        .filter(|variable| variable.default_value().is_none())
        .map(|variable| RequiredVariable {
            name: variable.name.node.clone(),
            type_name: variable.var_type.node.to_string(),
        })
        .collect()
}

fn kind(operation: OperationType) -> OperationKind {
    match operation {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => OperationKind::Subscription,
    }
}

/// Ends, because cycles are refused before; and soon, because the expanded document is within the limit of nodes.
fn collect_root_fields(document: &ExecutableDocument, set: &SelectionSet, into: &mut Vec<String>) {
    for selection in &set.items {
        let below = match &selection.node {
            Selection::Field(field) => {
                into.push(field.node.name.node.to_string());
                continue;
            }
            Selection::InlineFragment(inline) => &inline.node.selection_set.node,
            Selection::FragmentSpread(spread) => {
                match document.fragments.get(&spread.node.fragment_name.node) {
                    Some(fragment) => &fragment.node.selection_set.node,
                    None => continue,
                }
            }
        };
        collect_root_fields(document, below, into);
    }
}

fn check_root_fields(
    operation: &Positioned<OperationDefinition>,
    facts: &RequestFacts,
    limits: &DocumentLimits,
) -> Result<(), GuardError> {
    let found = facts.root_fields.len();
    match facts.kind {
        OperationKind::Query => within("root fields", found, limits.root_fields),
        OperationKind::Mutation => {
            within("root fields in a mutation", found, limits.mutation_root_fields)
        }
        OperationKind::Subscription => {
            let direct = matches!(
                operation.node.selection_set.node.items.as_slice(),
                [Positioned { node: Selection::Field(_), .. }]
            );
            // The executor follows only fields that are written directly in the operation.
            let message = match (found, direct) {
                (1, true) => return Ok(()),
                (1, false) => "A subscription's root field must not stand in a fragment.",
                _ => "A subscription must have exactly one root field.",
            };
            Err(GuardError::Subscription { message, location: operation.pos })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn checked(text: &str) -> Result<RequestFacts, GuardError> {
        check(text, &DocumentLimits::default(), None).map(|checked| checked.facts)
    }

    fn limit(text: &str) -> Option<&'static str> {
        match checked(text) {
            Err(GuardError::Limit { what, .. }) => Some(what),
            Err(error) => panic!("{error:?}"),
            Ok(_) => None,
        }
    }

    /// Each fragment uses the next one twice: 2^18 fields in a document of half a kilobyte.
    #[test]
    fn nested_fragments_are_counted_without_being_expanded() {
        let mut text = "{ ...f0 }".to_owned();
        for level in 0..18 {
            let next = level + 1;
            write!(text, "fragment f{level} on Query {{ ...f{next} ...f{next} }}").unwrap();
        }
        text.push_str("fragment f18 on Query { __typename }");
        assert_eq!(limit(&text), Some("fields and fragments after expansion"));
    }

    #[test]
    fn fragments_that_are_not_used_are_held_against_the_limits() {
        let deep = "fragment unused on Query { a { b { c { d { e { f { g { h { i { j { k { l { m { n { o { p } } } } } } } } } } } } } } } }";
        assert_eq!(limit(&format!("{{ __typename }} {deep}")), Some("levels of nested fields"));
    }

    #[test]
    fn a_fragment_that_contains_itself_is_refused() {
        let text = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
        assert!(matches!(checked(text), Err(GuardError::FragmentCycle { .. })));
    }

    #[test]
    fn every_count_has_its_limit() {
        let aliases = (0..16).fold(String::new(), |text, n| format!("{text} a{n}: x"));
        assert_eq!(limit(&format!("{{ a {{ {aliases} }} }}")), Some("aliases"));
        let directives = "@skip(if: false) ".repeat(11);
        assert_eq!(limit(&format!("{{ a {directives} }}")), Some("directives"));
        assert_eq!(limit(&format!("{{ {} }}", "a ".repeat(11))), Some("root fields"));
        assert_eq!(
            limit(&format!("mutation {{ {} }}", "a ".repeat(6))),
            Some("root fields in a mutation")
        );
        assert_eq!(limit(&format!("{{ a(x: \"{}\") }}", "y".repeat(16 * 1024))), Some("bytes"));
        let fragments =
            (0..21).fold(String::new(), |text, n| format!("{text} fragment f{n} on Q {{ a }}"));
        assert_eq!(limit(&format!("{{ a }} {fragments}")), Some("fragments"));
        let operations =
            (0..11).fold(String::new(), |text, n| format!("{text} query q{n} {{ a }}"));
        assert_eq!(limit(&operations), Some("operations"));
    }

    #[test]
    fn brackets_nested_too_deep_for_the_parser_are_refused_before_it() {
        assert_eq!(limit(&format!("{{ a(x: {}", "[".repeat(10_000))), Some("nested brackets"));
        assert_eq!(limit(&"{a".repeat(5_000)), Some("nested brackets"));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let brackets = "[".repeat(100);
        for text in [
            format!("{{ a(x: \"{brackets}\") }}"),
            format!("{{ a(x: \"\\\"{brackets}\") }}"),
            format!("{{ a(x: \"\"\"{brackets} \\\"\"\" {brackets}\"\"\") }}"),
            format!("{{ a }} # {brackets}"),
        ] {
            assert!(checked(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_syntax_error_says_where() {
        let Err(GuardError::Syntax { message, locations }) = checked("{ a(") else {
            panic!("this is no document")
        };
        assert_eq!(locations.first().map(|at| (at.line, at.column)), Some((1, 5)));
        assert!(message.starts_with("Syntax error: expected"), "{message}");
    }

    #[test]
    fn the_operation_is_selected_by_name() {
        let text = "query a { x } mutation b { ...f } fragment f on Mutation { y ... { z } }";
        let checked = check(text, &DocumentLimits::default(), Some("b")).unwrap();
        assert_eq!(
            checked.facts,
            RequestFacts {
                kind: OperationKind::Mutation,
                root_fields: vec!["y".to_owned(), "z".to_owned()],
                operation_name: Some("b".to_owned()),
                cost: 1,
            }
        );
        for name in [None, Some("c")] {
            let error = check(text, &DocumentLimits::default(), name).unwrap_err();
            assert_eq!(error.code(), "OPERATION_RESOLUTION_FAILURE");
        }
    }

    #[test]
    fn variables_without_a_default_are_required_unless_they_may_be_null() {
        let text = "query ($a: [ID!]!, $b: ID, $c: Int! = 1) { x(a: $a, b: $b, c: $c) }";
        let checked = check(text, &DocumentLimits::default(), None).unwrap();
        let expected = RequiredVariable { name: Name::new("a"), type_name: "[ID!]!".to_owned() };
        assert_eq!(checked.required_variables, [expected]);
    }

    #[test]
    fn a_subscription_has_one_root_field_written_directly() {
        assert!(checked("subscription { a { b } }").is_ok());
        for text in ["subscription { a b }", "subscription { ... { a } }"] {
            assert!(matches!(checked(text), Err(GuardError::Subscription { .. })), "{text}");
        }
    }

    /// The query that GraphiQL, codegen and schemathesis send: nine levels of `ofType`.
    #[test]
    fn the_introspection_of_the_tools_passes() {
        let of_type = "ofType { kind name ".repeat(9);
        let text = format!(
            "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} \
             mutationType {{ name kind }} subscriptionType {{ name kind }} types {{ ...FullType }} \
             directives {{ name description isRepeatable locations args(includeDeprecated: true) \
             {{ ...InputValue }} }} }} }} \
             fragment FullType on __Type {{ kind name description specifiedByURL isOneOf \
             fields(includeDeprecated: true) {{ name description args(includeDeprecated: true) \
             {{ ...InputValue }} type {{ ...TypeRef }} isDeprecated deprecationReason }} \
             inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }} \
             enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} \
             possibleTypes {{ ...TypeRef }} }} \
             fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} \
             defaultValue isDeprecated deprecationReason }} \
             fragment TypeRef on __Type {{ kind name {of_type} {} }}",
            "}".repeat(9)
        );
        assert_eq!(checked(&text).unwrap().root_fields, ["__schema"]);
    }

    #[test]
    fn circular_introspection_is_refused() {
        let text =
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
        assert_eq!(limit(text), Some("nested lists of introspection"));
    }
}
