//! What a document means, tried on the schema itself.

use std::fmt::Write;

use async_graphql::parser::types::Selection;
use serde_json::{Map, Value, json};

use super::*;
use crate::graphql::document_schema;

fn documents() -> Documents {
    Documents::new(document_schema(), DocumentLimits::default())
}

fn variables(values: Value) -> Map<String, Value> {
    let Value::Object(values) = values else { panic!("{values} are no variables") };
    values
}

fn read_with(text: &str, values: Value) -> Result<Readable, DocumentError> {
    documents().read(text, None, variables(values)).map_err(|mut errors| errors.remove(0))
}

fn read(text: &str) -> Result<Readable, DocumentError> {
    read_with(text, json!({}))
}

fn code(text: &str) -> &'static str {
    read(text).map_or_else(|error| error.code(), |_| "none")
}

/// The tree that is executed, in the short form `field(argument) { … }`.
fn tree(text: &str, values: Value) -> String {
    let readable = read_with(text, values).unwrap_or_else(|error| panic!("{error:?}: {text}"));
    written(&readable.operation.operation().selection_set.node)
}

fn written(set: &async_graphql::parser::types::SelectionSet) -> String {
    let selections = set.items.iter().map(|selection| match &selection.node {
        Selection::Field(field) => {
            let field = &field.node;
            assert!(field.directives.is_empty());
            let mut text = field.alias.as_ref().map_or(String::new(), |it| format!("{}:", it.node));
            text.push_str(&field.name.node);
            for (name, value) in &field.arguments {
                write!(text, "({name}:{value})").unwrap();
            }
            if !field.selection_set.node.items.is_empty() {
                text.push_str(&written(&field.selection_set.node));
            }
            text
        }
        Selection::InlineFragment(inline) => {
            let on = inline.node.type_condition.as_ref().expect("a type").node.on.node.to_string();
            format!("on {on}{}", written(&inline.node.selection_set.node))
        }
        Selection::FragmentSpread(_) => panic!("fragments are dissolved"),
    });
    format!("{{{}}}", selections.collect::<Vec<_>>().join(" "))
}

#[test]
fn what_is_written_twice_is_one_field_with_all_that_is_selected_below_it() {
    let text = "mutation ($i: CreateOrderInput!) { ...A ...B }
        fragment A on Mutation { createOrder(input: $i) { order { id } } }
        fragment B on Mutation { createOrder(input: $i) { order { number id } userErrors { code } } }";
    let input = json!({ "i": { "lines": [] } });
    let expected = "{createOrder(input:$i){order{id number} userErrors{code}}}";
    assert_eq!(tree(text, input), expected);
}

#[test]
fn conditions_are_decided_by_their_variables() {
    let text = "query ($yes: Boolean!, $no: Boolean = false) { viewer {
        role @include(if: $yes) subject @skip(if: $yes) ... @include(if: $no) { tenant { id } }
    } }";
    assert_eq!(tree(text, json!({ "yes": true })), "{viewer{role}}");
    assert_eq!(tree(text, json!({ "yes": false })), "{viewer{subject}}");
    let all = json!({ "yes": false, "no": true });
    assert_eq!(tree(text, all), "{viewer{subject tenant{id}}}");
    let documents = documents();
    let key = |values| documents.read(text, None, variables(values)).unwrap().operation.key;
    assert_ne!(key(json!({ "yes": true })), key(json!({ "yes": false })));
}

#[test]
fn types_are_told_apart_only_where_they_vary() {
    let plain = "query ($id: ID!) { node(id: $id) { ... on Node { id } ... { __typename } } }";
    let id = || json!({ "id": "order_1" });
    assert_eq!(tree(plain, id()), "{node(id:$id){id __typename}}");
    let varying = "query ($id: ID!) { node(id: $id) { ... on Order { number ...N } ...N } }
        fragment N on Node { __typename id ... on Order { number status } }";
    let tree = tree(varying, id());
    assert!(tree.contains("on Order{number __typename id status}"), "{tree}");
    assert!(tree.contains("on Customer{__typename id}"), "{tree}");
}

#[test]
fn strings_are_what_the_specification_says() {
    let filter =
        |literal: &str| format!("{{ orders(filter: {{ text: {literal} }}) {{ nodes {{ id }} }} }}");
    for (literal, means) in [
        (r#""\ud83d\ude00""#, "😀"),
        (r#""\u{1F600}""#, "😀"),
        (r#""""say \"""hi\""" twice""""#, r#"say \"\"\"hi\"\"\" twice"#),
    ] {
        let tree = tree(&filter(literal), json!({}));
        assert!(tree.contains(means), "{tree}");
    }
    assert_eq!(code(&filter(r#""\ud83d""#)), "GRAPHQL_PARSE_FAILED");
}

#[test]
fn what_the_specification_calls_invalid_is_refused() {
    for text in [
        // One name for two things.
        "{ orders(first: 1) { nodes { totals { net { minorUnits } } ... on Order { totals { net: gross { minorUnits } } } } } }",
        "{ ...A ...B } fragment A on Query { orders(first: 1) { nodes { id } } } fragment B on Query { orders(first: 2) { nodes { id } } }",
        // A text where a word is wanted, and a fraction where a whole number is.
        "{ orders(filter: { statusIn: [\"DRAFT\"] }) { nodes { id } } }",
        "{ orders(first: 5.0) { nodes { id } } }",
        // A feed must know its field before its variables.
        "subscription { orderCounts @include(if: false) { totalCount } }",
        "subscription ($s: Boolean!) { orderCounts @skip(if: $s) { totalCount } }",
        "subscription { orderCounts { totalCount } events { position } }",
        "{ nothing }",
        "{ viewer }",
        "{ ...F } fragment F on Query { ...F }",
        "query ($unused: Int) { viewer { role } }",
    ] {
        assert_eq!(code(text), "GRAPHQL_VALIDATION_FAILED", "{text}");
    }
}

#[test]
fn the_root_field_of_a_feed_may_stand_in_a_fragment_or_be_written_twice() {
    let root = document_schema().schema_definition.subscription.as_ref().unwrap().name.clone();
    for text in [
        format!("subscription {{ ... on {root} {{ orderCounts {{ totalCount }} }} }}"),
        format!("subscription {{ ...F }} fragment F on {root} {{ orderCounts {{ totalCount }} }}"),
        "subscription { orderCounts { totalCount } orderCounts { totalCount } }".to_owned(),
    ] {
        assert_eq!(tree(&text, json!({})), "{orderCounts{totalCount}}");
    }
}

#[test]
fn variables_are_coerced_to_their_types() {
    let page = "query ($f: Int, $s: [OrderStatus!]! = [DRAFT]) { orders(first: $f, filter: { statusIn: $s }) { nodes { id } } }";
    for (values, expected) in [
        (json!({ "f": 5.0 }), Some(json!({ "f": 5, "s": ["DRAFT"] }))),
        (json!({ "s": "SUBMITTED" }), Some(json!({ "s": ["SUBMITTED"] }))),
        (json!({ "f": 5.5 }), None),
        (json!({ "f": "5" }), None),
        (json!({ "f": 5_000_000_000_i64 }), None),
        (json!({ "s": null }), None),
        (json!({ "s": ["NONSENSE"] }), None),
    ] {
        let read = read_with(page, values.clone());
        match expected {
            Some(expected) => {
                let found = serde_json::to_value(&read.unwrap().variables).unwrap();
                assert_eq!(found, expected, "{values}");
            }
            None => assert_eq!(read.unwrap_err().code(), "BAD_USER_INPUT", "{values}"),
        }
    }
    let required = "query ($id: ID!) { node(id: $id) { id } }";
    assert_eq!(read(required).unwrap_err().code(), "BAD_USER_INPUT");
}

#[test]
fn the_operation_is_selected_by_name() {
    let text = "query One { viewer { role } } mutation Two { ...F } fragment F on Mutation { deleteOrder(input: { id: \"x\" }) { userErrors { code } } }";
    let documents = documents();
    let read = |name| documents.read(text, name, Map::new());
    let two = read(Some("Two")).unwrap();
    assert_eq!(*two.facts.root_fields, ["deleteOrder"]);
    assert_eq!(two.facts.operation_name.as_deref(), Some("Two"));
    assert_ne!(two.operation.key, read(Some("One")).unwrap().operation.key);
    for name in [None, Some("Three")] {
        assert_eq!(read(name).unwrap_err()[0].code(), "OPERATION_RESOLUTION_FAILURE");
    }
}

#[test]
fn a_good_document_is_read_once_and_a_bad_one_is_never_remembered() {
    let documents = documents();
    let read = |text: &str| documents.read(text, None, Map::new());
    let first = read("{ viewer { role } }").unwrap().operation;
    assert!(Arc::ptr_eq(&first, &read("{ viewer { role } }").unwrap().operation));
    for _ in 0..2 {
        assert!(read("{ viewer { rule } }").is_err());
    }
    // Short, but with many fields: one fragment stands in several places.
    let fields = "id number status currency reference poNumber startAt placedBy reason submittedAt \
                  approvedAt endedAt version createdAt updatedAt";
    let fields = format!("{fields} lines {{ id status order {{ {fields} }} }}");
    let text = |number: usize| {
        let aliased = (0..10)
            .fold(String::new(), |text, n| format!("{text} a{n}: order(id: $id) {{ ...F }}"));
        format!("query ($id: ID!) {{ {aliased} }} fragment F on Order {{ {fields} }} #{number}")
    };
    let id = || variables(json!({ "id": "order_1" }));
    let early = documents.read(&text(0), None, id()).unwrap().operation;
    for number in 1..2 * MOST_FIELDS / early.fields + 2 {
        documents.read(&text(number), None, id()).unwrap();
    }
    let again = documents.read(&text(0), None, id()).unwrap().operation;
    assert!(!Arc::ptr_eq(&early, &again));
}

#[test]
fn an_error_says_where() {
    let DocumentError::Syntax { locations, .. } = read("{ viewer(").unwrap_err() else {
        panic!("this is no document")
    };
    assert_eq!(locations.first().map(|at| at.line), Some(1));
    let DocumentError::Invalid { message, locations } =
        read("{ # æ\n  viewer { rule }\n}").unwrap_err()
    else {
        panic!("this is not of the schema")
    };
    assert!(message.contains("rule"), "{message}");
    assert_eq!(locations.first().map(|at| at.line), Some(2));
}

#[test]
fn a_price_is_that_of_the_variables_which_are_sent() {
    let documents = documents();
    let cost = |text: &str, values: Value| {
        documents.read(text, None, variables(values)).unwrap().facts.cost
    };
    let page = "query ($n: Int) { orders(first: $n) { nodes { id } } }";
    assert!(cost(page, json!({ "n": 1 })) < cost(page, json!({ "n": 100 })));
    let search = "query ($it: OrderFilter) { orders(first: 1, filter: $it) { nodes { id } } }";
    let (all, found) = (json!({ "it": {} }), json!({ "it": { "text": "a" } }));
    assert!(cost(search, all.clone()) < cost(search, found.clone()));
    assert!(cost(search, found) > cost(search, all));
    let one = "query ($id: ID!) { order(id: $id) { id } }";
    assert_eq!(cost(one, json!({ "id": "a" })), cost(one, json!({ "id": "b" })));
}

/// What a document is expected to cost, even if that is more than it may.
fn cost(text: &str, values: Value) -> u64 {
    read_with(text, values).map_or_else(
        |error| {
            let DocumentError::Limit { found, .. } = error else { panic!("{error:?}: {text}") };
            found
        },
        |readable| readable.facts.cost.into(),
    )
}

#[test]
fn lists_multiply_what_is_below_them() {
    let page = "query ($n: Int) { orders(first: $n) { nodes { id lines { id } } } }";
    let (few, many) = (cost(page, json!({ "n": 1 })), cost(page, json!({ "n": 100 })));
    assert!(many > 50 * few.max(1), "{few} {many}");
    assert!(many < 2_000, "{many}: a page with its lines is nothing special");
    let counts =
        "{ orders(first: 100) { nodes { lines { offer { orders(first: 1) { totalCount } } } } } }";
    assert!(cost(counts, json!({})) > 20_000);
    let there_and_back = |times| {
        let selected =
            (0..times).fold("id".to_owned(), |below, _| format!("lines {{ order {{ {below} }} }}"));
        cost(&format!("{{ order(number: \"O\") {{ {selected} }} }}"), json!({}))
    };
    assert!(there_and_back(2) < 5_000 && there_and_back(3) > 50_000);
    let sums = "{ order(number: \"O\") { lines { order { lines { order { totals { net { minorUnits } } } } } } } }";
    assert!(cost(sums, json!({})) > 20_000);
    let search = "{ orders(first: 1, filter: { text: \"a\" }) { nodes { id } } }";
    assert!((100..150).contains(&cost(search, json!({}))));
    let counted = "{ orders(first: 1, filter: { text: \"a\" }) { totalCount } }";
    let cost = cost(counted, json!({}));
    assert!(cost < 5_000 && 2 * cost > 5_000, "one can be asked at once: {cost}");
}

/// What GraphiQL, codegen, Apollo's tools and schemathesis send.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { description queryType { name kind }
  mutationType { name kind } subscriptionType { name kind } types { ...FullType }
  directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
  fragment FullType on __Type { kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
  type { ...TypeRef } isDeprecated deprecationReason }
  inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef } }
  fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
  fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[test]
fn the_introspection_of_the_tools_passes() {
    let readable = read(INTROSPECTION).unwrap();

    assert_eq!(*readable.facts.root_fields, ["__schema"]);
    // It is among what keeps a processor busy, and so is less of it.
    assert!(readable.facts.cost >= 1_500);
    let less = "{ __schema { types { name fields { name type { name ofType { name } } args { name type { name } } }
        enumValues { name } inputFields { name } } } }";
    assert!(read(less).unwrap().facts.cost >= 1_500);
}

#[test]
fn circular_introspection_costs_what_it_reads() {
    let circular = |name: &str| {
        format!(
            "{name}: __schema {{ types {{ fields {{ type {{ fields {{ type {{ name }} }} }} }} }} }}"
        )
    };
    let once = cost(&format!("{{ {} }}", circular("a")), json!({}));
    let three: String = "abc".chars().map(|name| circular(&name.to_string())).collect();
    assert!(once > 1_500, "{once}: a processor is busy with it");
    assert!(cost(&format!("{{ {three} }}"), json!({})) > 2 * once);
    // However often it is written, it is executed once.
    let repeated = format!("{{ __schema {{ types {{ {} }} }} }}", "ofType { name } ".repeat(320));
    assert_eq!(tree(&repeated, json!({})), "{__schema{types{ofType{name}}}}");
}

/// Whatever somebody without a credential may send.
fn hostile() -> Vec<(&'static str, String)> {
    let nested = |open: &str, close: &str, times: usize| open.repeat(times) + &close.repeat(times);
    let numbered = |times: usize, before: &str, after: &str| {
        (0..times).fold(String::new(), |text, number| format!("{text}{before}{number}{after}"))
    };
    let mut bomb = "{ ...f0 }".to_owned();
    for level in 0..18 {
        let next = level + 1;
        write!(bomb, "fragment f{level} on Query {{ ...f{next} ...f{next} }}").unwrap();
    }
    bomb += "fragment f18 on Query { __typename }";
    let deep = nested("[", "]", 1_600);
    vec![
        (
            "brackets after a comment that ends with a carriage return",
            format!("#\r{{a(b:{deep})}}"),
        ),
        ("brackets after four quotes", format!("{{a(x:[\"\"\"\"{deep}])}}")),
        ("brackets", format!("{{a(x:{})}}", nested("[", "]", 8_000))),
        ("open brackets", format!("{{a(x:{}", "[".repeat(16_000))),
        ("objects", format!("{{a(x:{})}}", nested("{a:", "}", 4_000))),
        ("selections", nested("{a", "}", 5_400)),
        ("types of lists", format!("query($a:{}Int{}){{a}}", "[".repeat(8_000), "]".repeat(8_000))),
        ("quotes and backslashes", format!("{{a(x:[{}])}}", "\"\\\\\"\"\"".repeat(2_700))),
        ("quotes", format!("{{a(x:{})}}", "\"".repeat(16_000))),
        ("operations", "{a}".repeat(5_000)),
        ("duplicate fields", format!("{{{}}}", "a ".repeat(8_191))),
        ("duplicate valid fields", format!("{{{}}}", "__typename ".repeat(900))),
        ("commas", format!("{{a{}}}", ",".repeat(16_000))),
        ("unknown fields", format!("{{{}}}", numbered(900, "f", " "))),
        ("fragments within fragments", bomb),
        ("variables", format!("query({}){{viewer{{role}}}}", numbered(1_000, "$v", ":Int "))),
        ("arguments", format!("{{viewer({}){{role}}}}", numbered(1_500, "a", ":1 "))),
        ("directives", format!("{{viewer {}{{role}}}}", "@a ".repeat(2_000))),
    ]
}

#[test]
fn a_hostile_document_breaks_nothing() {
    // The stack of a worker of the runtime.
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(|| {
        let documents = documents();
        for (what, text) in hostile() {
            match documents.read(&text, None, Map::new()) {
                Ok(readable) => assert_eq!(readable.facts.cost, 1, "{what}"),
                Err(errors) => assert!(errors.len() <= 5, "{what}"),
            }
        }
    });
    thread.unwrap().join().unwrap();
}
