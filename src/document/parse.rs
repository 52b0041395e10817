//! From a text to a document that is valid for the schema.

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::{self, OperationType},
    diagnostic::Diagnostic,
    executable::{Directive, Operation, Selection, SelectionSet, Value},
    parser::Parser,
    validation::{DiagnosticData, DiagnosticList, Valid},
};
use async_graphql::{Pos, Variables};

use super::{
    error::DocumentError,
    facts::OperationKind,
    limits::{DocumentLimits, within},
};

/// How many errors of one document are shown. Drawing up hundreds takes longer than finding them.
const MOST_ERRORS: usize = 5;

/// A valid document, and the operation of it that is meant.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) document: Valid<ExecutableDocument>,
    operation: Node<Operation>,
    /// The variables that `@skip` and `@include` depend on, in the order of their definitions.
    conditions: Vec<Name>,
}

impl Parsed {
    /// Reads a text within the limits.
    pub(super) fn read(
        schema: &Valid<Schema>,
        limits: &DocumentLimits,
        text: &str,
        operation_name: Option<&str>,
    ) -> Result<Self, Vec<DocumentError>> {
        let one = |error| vec![error];
        within("bytes", text.len(), limits.bytes).map_err(one)?;
        let ast = parse(limits, text)?;
        limits.check(&ast).map_err(one)?;
        // What names nothing in the schema is left out of this tree, and would only cause errors that say less.
        let document = ast.to_executable(schema).map_err(|found| invalid(&found.errors))?;
        let document = match document.validate(schema) {
            Ok(document) => document,
            // The rule counts what is written; what counts is what is left of it once it is canonical.
            Err(found) if found.errors.iter().all(|it| is_about_root_fields_of_feeds(&it)) => {
                Valid::assume_valid(found.partial)
            }
            Err(found) => return Err(invalid(&found.errors)),
        };
        let operation = select(&document, operation_name).map_err(one)?;
        let conditions = conditions(&document, &operation);
        Ok(Self { document, operation, conditions })
    }

    pub(super) fn operation(&self) -> &Operation {
        &self.operation
    }

    /// What the variables say that fields depend on, a byte each.
    pub(super) fn conditions(&self, variables: &Variables) -> Vec<u8> {
        self.conditions.iter().map(|name| u8::from(is_true(variables, name))).collect()
    }
}

/// Whether a variable of type `Boolean!` is true.
pub(super) fn is_true(variables: &Variables, name: &Name) -> bool {
    matches!(variables.get(name.as_str()), Some(async_graphql::Value::Boolean(true)))
}

fn parse(limits: &DocumentLimits, text: &str) -> Result<ast::Document, Vec<DocumentError>> {
    let mut parser = Parser::new().recursion_limit(limits.recursion).token_limit(limits.tokens);
    let parsed = parser.parse_ast(text, "document.graphql");
    // Beyond its limits the parser stops, and what it has to say of the rest is of no use.
    within("nested brackets", parser.recursion_reached(), limits.recursion)
        .and_then(|()| within("tokens", parser.tokens_reached(), limits.tokens))
        .map_err(|error| vec![error])?;
    parsed.map_err(|found| {
        errors(&found.errors, |message, locations| DocumentError::Syntax {
            message: format!("Syntax error: {message}"),
            locations,
        })
    })
}

fn is_about_root_fields_of_feeds(found: &Diagnostic<'_, DiagnosticData>) -> bool {
    found.error.unstable_error_name() == Some("SubscriptionUsesMultipleFields")
}

fn invalid(found: &DiagnosticList) -> Vec<DocumentError> {
    errors(found, |message, locations| DocumentError::Invalid { message, locations })
}

fn errors(
    found: &DiagnosticList,
    error: impl Fn(String, Vec<Pos>) -> DocumentError,
) -> Vec<DocumentError> {
    let first = found.iter().take(MOST_ERRORS);
    first
        .map(|diagnostic| {
            let at = diagnostic.line_column_range().map(|range| range.start);
            let locations = at.map(|at| Pos { line: at.line, column: at.column });
            error(diagnostic.error.to_string(), locations.into_iter().collect())
        })
        .collect()
}

fn select(
    document: &ExecutableDocument,
    name: Option<&str>,
) -> Result<Node<Operation>, DocumentError> {
    let operations = &document.operations;
    let found = match name {
        Some(name) => operations.named.get(name),
        None if operations.iter().count() > 1 => {
            let message = "The document has several operations; name one in operationName.";
            return Err(DocumentError::Operation { message: message.to_owned() });
        }
        None => operations.iter().next(),
    };
    found.cloned().ok_or_else(|| DocumentError::Operation {
        message: match name {
            Some(name) => format!("The document has no operation named \"{name}\"."),
            None => "The document has no operation.".to_owned(),
        },
    })
}

/// The variables of the operation that decide whether something of it is left out.
fn conditions(document: &ExecutableDocument, operation: &Operation) -> Vec<Name> {
    let decides = |directive: &Node<Directive>, name: &Name| {
        condition(directive).is_some_and(|value| value.as_variable() == Some(name))
    };
    // Fragments that the operation does not use count as well: that makes two memories of one operation at worst.
    let mut directives = Vec::new();
    let mut sets: Vec<&SelectionSet> = vec![&operation.selection_set];
    sets.extend(document.fragments.values().map(|fragment| &fragment.selection_set));
    while let Some(set) = sets.pop() {
        for selection in &set.selections {
            directives.extend(selection.directives().iter());
            match selection {
                Selection::Field(field) => sets.push(&field.selection_set),
                Selection::InlineFragment(inline) => sets.push(&inline.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    let names = operation.variables.iter().map(|variable| &variable.name);
    names.filter(|name| directives.iter().any(|it| decides(it, name))).cloned().collect()
}

/// What `@skip` or `@include` depends on; none for other directives.
pub(super) fn condition(directive: &Directive) -> Option<&Value> {
    matches!(directive.name.as_str(), "skip" | "include")
        .then(|| directive.specified_argument_by_name("if"))
        .flatten()
        .map(|value| &**value)
}

pub(super) fn is_skip(directive: &Directive) -> bool {
    directive.name == "skip"
}

/// The kind of operation in the words of the transports.
pub(super) fn kind(operation: OperationType) -> OperationKind {
    match operation {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => OperationKind::Subscription,
    }
}
