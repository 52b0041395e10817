//! What one document may ask for, counted before it is validated.

use std::collections::HashMap;

use apollo_compiler::{
    Name,
    ast::{self, Definition, Selection},
};

use super::error::DocumentError;

/// The most that one document may ask for. Every number counts what is there after fragments are expanded.
#[derive(Clone, Debug)]
pub struct DocumentLimits {
    pub bytes: usize,
    /// What the text is made of, blanks and commas included.
    pub tokens: usize,
    /// How deep brackets may be nested. The parser is recursive, so this keeps it on its stack.
    pub recursion: usize,
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
    /// What one operation may cost, in points: about one for each object that it is expected to read.
    pub cost: u32,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024,
            tokens: 8_000,
            recursion: 60,
            operations: 10,
            fragments: 20,
            nodes: 1_000,
            depth: 15,
            introspection_depth: 20,
            aliases: 15,
            directives: 10,
            root_fields: 10,
            mutation_root_fields: 5,
            cost: 5_000,
        }
    }
}

/// The most aliases that a document may be allowed. Each may be two values of a row, a page and its count, and SQLite makes a
/// row of 1,000 values at most; the rest is for what is selected without an alias.
pub const MOST_ALIASES: u32 = 200;

/// How deep the walk itself may go, through fields and fragments, before it gives up.
const LEVELS: usize = 100;

impl DocumentLimits {
    /// Holds what the text means, with fragments expanded, against the limits.
    ///
    /// The specification's rules would walk a fragment once per use, which is exponential in a document of nested
    /// fragments. Here each fragment is walked once and its sums are reused.
    pub(super) fn check(&self, document: &ast::Document) -> Result<(), DocumentError> {
        let fragments: HashMap<&Name, &ast::FragmentDefinition> = document
            .definitions
            .iter()
            .filter_map(Definition::as_fragment_definition)
            .map(|fragment| (&fragment.name, &**fragment))
            .collect();
        let operations =
            || document.definitions.iter().filter_map(Definition::as_operation_definition);
        within("operations", operations().count(), self.operations)?;
        within("fragments", document.definitions.len() - operations().count(), self.fragments)?;
        let mut walk = Walk { fragments: &fragments, sums: HashMap::new() };
        for operation in operations() {
            walk.operation(operation)?.check(self)?;
        }
        for name in fragments.keys() {
            // Validation looks at unused fragments too.
            walk.fragment(name, 0)?.check(self)?;
        }
        Ok(())
    }

    pub(super) fn check_root_fields(
        &self,
        kind: ast::OperationType,
        found: usize,
    ) -> Result<(), DocumentError> {
        match kind {
            ast::OperationType::Query | ast::OperationType::Subscription => {
                within("root fields", found, self.root_fields)
            }
            ast::OperationType::Mutation => {
                within("root fields in a mutation", found, self.mutation_root_fields)
            }
        }
    }

    /// Gives the cost back if it is within the limit.
    pub(super) fn check_cost(&self, points: u64) -> Result<u32, DocumentError> {
        u32::try_from(points).ok().filter(|points| *points <= self.cost).ok_or(
            DocumentError::Limit { what: "points of cost", found: points, limit: self.cost.into() },
        )
    }
}

pub(super) fn within(what: &'static str, found: usize, limit: usize) -> Result<(), DocumentError> {
    if found > limit {
        Err(DocumentError::Limit { what, found: found as u64, limit: limit as u64 })
    } else {
        Ok(())
    }
}

/// What a selection comes to after its fragments are expanded. Sums saturate: a small document can mean more than fits.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    nodes: usize,
    depth: usize,
    introspection_depth: usize,
    /// The same for selections that may stand below `__schema` or `__type`, not known yet.
    open_depth: usize,
    aliases: usize,
    directives: usize,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.depth = self.depth.max(other.depth);
        self.introspection_depth = self.introspection_depth.max(other.introspection_depth);
        self.open_depth = self.open_depth.max(other.open_depth);
    }

    /// The sums of a field, given those of what is selected below it.
    fn above(mut self, field: &ast::Field) -> Self {
        self.nodes = self.nodes.saturating_add(1);
        self.aliases = self.aliases.saturating_add(usize::from(field.alias.is_some()));
        self.directives = self.directives.saturating_add(field.directives.len());
        self.open_depth += 1;
        if matches!(field.name.as_str(), "__schema" | "__type") {
            self.introspection_depth = self.introspection_depth.max(self.open_depth);
            self.depth = 1;
        } else {
            self.depth += 1;
        }
        self
    }

    fn check(self, limits: &DocumentLimits) -> Result<(), DocumentError> {
        within("fields and fragments after expansion", self.nodes, limits.nodes)?;
        within("levels of nested fields", self.depth, limits.depth)?;
        within("aliases", self.aliases, limits.aliases)?;
        within("directives", self.directives, limits.directives)?;
        within("levels of introspection", self.introspection_depth, limits.introspection_depth)
    }
}

struct Walk<'a> {
    fragments: &'a HashMap<&'a Name, &'a ast::FragmentDefinition>,
    /// By fragment; none while it is being walked.
    sums: HashMap<&'a Name, Option<Sums>>,
}

impl<'a> Walk<'a> {
    fn operation(
        &mut self,
        operation: &'a ast::OperationDefinition,
    ) -> Result<Sums, DocumentError> {
        let mut sums = self.selections(&operation.selection_set, 1)?;
        let on_variables = operation.variables.iter().map(|it| it.directives.len()).sum::<usize>();
        sums.directives = sums.directives.saturating_add(operation.directives.len() + on_variables);
        Ok(sums)
    }

    fn selections(&mut self, set: &'a [Selection], level: usize) -> Result<Sums, DocumentError> {
        within("levels of nesting", level, LEVELS)?;
        let mut sum = Sums::default();
        for selection in set {
            sum.add(match selection {
                Selection::Field(field) => {
                    self.selections(&field.selection_set, level + 1)?.above(field)
                }
                Selection::InlineFragment(inline) => {
                    let mut sums = self.selections(&inline.selection_set, level + 1)?;
                    sums.nodes = sums.nodes.saturating_add(1);
                    sums.directives = sums.directives.saturating_add(inline.directives.len());
                    sums
                }
                Selection::FragmentSpread(spread) => {
                    let mut sums = self.fragment(&spread.fragment_name, level)?;
                    sums.nodes = sums.nodes.saturating_add(1);
                    sums.directives = sums.directives.saturating_add(spread.directives.len());
                    sums
                }
            });
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &Name, level: usize) -> Result<Sums, DocumentError> {
        let Some((name, definition)) = self.fragments.get_key_value(name) else {
            // Validation names the missing fragment.
            return Ok(Sums::default());
        };
        match self.sums.get(name) {
            Some(Some(sums)) => return Ok(*sums),
            // Validation names the fragment that contains itself.
            Some(None) => return Ok(Sums::default()),
            None => {}
        }
        self.sums.insert(name, None);
        let mut sums = self.selections(&definition.selection_set, level + 1)?;
        sums.directives = sums.directives.saturating_add(definition.directives.len());
        self.sums.insert(name, Some(sums));
        Ok(sums)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn limit(text: &str) -> Option<&'static str> {
        let document = ast::Document::parser().parse_ast(text, "test").unwrap();
        match DocumentLimits::default().check(&document) {
            Err(DocumentError::Limit { what, .. }) => Some(what),
            Err(error) => panic!("{error:?}"),
            Ok(()) => None,
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
    fn every_count_has_its_limit() {
        let aliases = (0..16).fold(String::new(), |text, n| format!("{text} a{n}: x"));
        assert_eq!(limit(&format!("{{ a {{ {aliases} }} }}")), Some("aliases"));
        let directives = "@skip(if: false) ".repeat(11);
        assert_eq!(limit(&format!("{{ a {directives} }}")), Some("directives"));
        let fragments =
            (0..21).fold(String::new(), |text, n| format!("{text} fragment f{n} on Q {{ a }}"));
        assert_eq!(limit(&format!("{{ a }} {fragments}")), Some("fragments"));
        let operations =
            (0..11).fold(String::new(), |text, n| format!("{text} query q{n} {{ a }}"));
        assert_eq!(limit(&operations), Some("operations"));
    }
}
