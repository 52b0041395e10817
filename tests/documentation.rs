//! What docs/clients.md lists is what there is.

use std::{collections::BTreeSet, fs, path::Path};

const PAGE: &str = "docs/clients.md";
const END: &str = "<!-- end -->";
/// Set to write the tables that come from the schema anew.
const WRITE: &str = "ORDERGATE_WRITE_DOCS";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What stands between a table's mark and its end.
fn table(page: &str, name: &str) -> String {
    let mark = format!("<!-- table: {name} -->\n");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("{PAGE} has no {mark}"));
    rest.split_once(END).unwrap().0.to_owned()
}

/// The first column, without its quotes, of a table's rows.
fn listed(name: &str) -> BTreeSet<String> {
    let table = table(&read(PAGE), name);
    let rows = table.lines().skip(2);
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

/// The words in quotes that are nothing but capitals and underscores, in code that is not a test.
fn codes(path: &str) -> BTreeSet<String> {
    let source = read(path);
    let code = source.split("#[cfg(test)]").next().unwrap();
    let words = code.split('"').skip(1).step_by(2);
    words
        .filter(|word| {
            word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_code_of_an_error_is_listed() {
    let mut found = codes("src/http/errors.rs");
    found.extend(codes("src/graphql/error.rs"));
    assert!(found.contains("UNAVAILABLE") && found.contains("RATE_LIMITED"), "{found:?}");
    assert_eq!(found, listed("errors"));
}

#[test]
fn every_code_that_closes_a_websocket_is_listed() {
    let source = read("src/http/websocket/protocol.rs");
    let constants = source.lines().filter_map(|line| line.trim().split_once(": u16 = "));
    let found: BTreeSet<_> =
        constants.map(|(_, code)| code.trim_end_matches(';').to_owned()).collect();
    assert!(found.contains("4403"), "{found:?}");
    assert_eq!(found, listed("close"));
}

#[test]
fn every_scalar_is_listed() {
    let schema = read("schema.graphql");
    let scalars = schema.lines().filter_map(|line| line.strip_prefix("scalar "));
    let found: BTreeSet<_> =
        scalars.map(|rest| rest.split(' ').next().unwrap().to_owned()).collect();
    assert!(found.contains("MinorUnits"), "{found:?}");
    assert_eq!(found, listed("scalars"));
}

/// The table is the schema's, word for word.
#[test]
fn every_code_of_a_refusal_is_listed() {
    let schema = read("schema.graphql");
    let (_, body) = schema.split_once("enum UserErrorCode {\n").unwrap();
    let body = body.split_once("\n}").unwrap().0;
    let mut rows = "| `code` | What it means |\n| --- | --- |\n".to_owned();
    let mut description = Vec::new();
    let mut in_block = false;
    for line in body.lines().map(str::trim) {
        if line == "\"\"\"" {
            in_block = !in_block;
        } else if in_block || line.starts_with('"') {
            description.push(line.trim_matches('"'));
        } else {
            rows.extend(["| `", line, "` | ", &description.join(" "), " |\n"]);
            description.clear();
        }
    }
    keep(PAGE, "userErrors", &rows);
}

/// Holds a table against what it should be, or writes it.
fn keep(path: &str, name: &str, rows: &str) {
    let page = read(path);
    let table = table(&page, name);
    if table == rows {
        return;
    }
    assert!(
        std::env::var_os(WRITE).is_some(),
        "{path} lists something else; write it anew: {WRITE}=1 cargo test --test main documentation"
    );
    let mark = format!("<!-- table: {name} -->\n");
    let page = page.replace(&format!("{mark}{table}{END}"), &format!("{mark}{rows}{END}"));
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(path), page).unwrap();
}
