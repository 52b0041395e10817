//! What docs/clients.md and docs/behaviours.md list is what there is.

use std::{collections::BTreeSet, fs, path::Path};

use apollo_compiler::ExecutableDocument;
use ordergate::graphql::document_schema;

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
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("there is no {mark}"));
    rest.split_once(END).unwrap().0.to_owned()
}

/// The first column, without its quotes, of a table's rows.
fn listed(name: &str) -> BTreeSet<String> {
    let table = table(&read(PAGE), name);
    let rows = table.lines().skip(2);
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

/// Words in capitals that are no codes.
const OTHERS: [&str; 7] = [
    "CARGO_PKG_VERSION",
    "EPOCH_CHANGED",
    "HISTORY_GONE",
    "ORDER_LINE_ANSWERED",
    "ORDER_LINE_BEGUN",
    "PAST_HEAD",
    "POST",
];

/// The words in quotes that are nothing but capitals and underscores, in code that is not a test.
fn words_in_capitals(path: &Path) -> BTreeSet<String> {
    if path.is_dir() {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        return entries.flat_map(|entry| words_in_capitals(&entry)).collect();
    }
    if path.file_name().is_some_and(|name| name == "tests.rs") {
        return BTreeSet::new();
    }
    let source = fs::read_to_string(path).unwrap();
    let code = source.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let words = lines.flat_map(|line| line.split('"').skip(1));
    let is_one = |word: &&str| {
        word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    words.filter(is_one).map(str::to_owned).collect()
}

#[test]
fn every_code_of_an_error_is_listed() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = ["document", "graphql", "http"].map(|name| source.join(name));
    let mut found: BTreeSet<_> =
        folders.iter().flat_map(|folder| words_in_capitals(folder)).collect();
    found.retain(|word| !OTHERS.contains(&word.as_str()));
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

#[test]
fn what_the_page_for_vendors_asks_is_in_the_schema() {
    let page = read("docs/provisioning.md");
    let documents: Vec<_> = page.split("```graphql\n").skip(1).collect();
    assert!(!documents.is_empty());
    for document in documents {
        let document = document.split("```").next().unwrap();
        let read = ExecutableDocument::parse_and_validate(document_schema(), document, PAGE);
        assert!(read.is_ok(), "{document}\n{}", read.unwrap_err().errors);
    }
}

/// With what the ids begin of what docs/behaviours.md promises.
const GROUPS: [&str; 4] = ["APG-", "APX-", "IFS-", "SLC-"];

const BEHAVIOURS: &str = "docs/behaviours.md";

/// The ids of behaviours that are named in these files and folders.
fn named_in(paths: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts = paths.iter().flat_map(|path| texts_in(&root.join(path)));
    texts.flat_map(|text| ids_in(&text)).collect()
}

fn texts_in(path: &Path) -> Vec<String> {
    if path.is_dir() {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        return entries.flat_map(|entry| texts_in(&entry)).collect();
    }
    let is_text = path.extension().is_some_and(|kind| kind == "rs" || kind == "md");
    if is_text && !path.ends_with(BEHAVIOURS) {
        vec![fs::read_to_string(path).unwrap()]
    } else {
        Vec::new()
    }
}

fn ids_in(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let is_id = |word: &&str| {
        GROUPS.iter().any(|group| {
            word.strip_prefix(group).is_some_and(|number| {
                !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
            })
        })
    };
    words.filter(is_id).map(str::to_owned).collect()
}

#[test]
fn every_behaviour_that_is_named_is_promised_and_the_other_way_round() {
    let table = table(&read(BEHAVIOURS), "behaviours");
    let promised: Vec<_> = table.lines().skip(2).flat_map(ids_in).collect();
    assert!(promised.is_sorted_by(|one, next| one < next), "{promised:?}");
    let promised: BTreeSet<_> = promised.into_iter().collect();
    let code = ["src", "domain", "entity", "migration", "spelling", "tests", "history", "bench"];
    assert_eq!(named_in(&code), promised);
    let prose = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"];
    let strange: Vec<_> = named_in(&prose).difference(&promised).cloned().collect();
    assert!(strange.is_empty(), "{BEHAVIOURS} does not know {strange:?}");
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = table(&read(BEHAVIOURS), "behaviours");
    for row in table.lines().skip(2) {
        let tests = row.split('|').nth(3).unwrap();
        for test in tests.split(',').map(|test| test.trim().trim_matches('`')) {
            let (module, name) = test.rsplit_once("::").unwrap_or_else(|| panic!("{row}"));
            let file = match module.strip_suffix("::tests") {
                Some(module) => match module.strip_prefix("domain::") {
                    Some(rules) => format!("domain/src/{}.rs", rules.replace("::", "/")),
                    None => format!("src/{}.rs", module.replace("::", "/")),
                },
                None => match module.strip_prefix("domain::") {
                    Some(rules) => format!("domain/tests/{}.rs", rules.replace("::", "/")),
                    None => format!("tests/{}.rs", module.replace("::", "/")),
                },
            };
            let source = fs::read_to_string(root.join(&file));
            let source = source.unwrap_or_else(|error| panic!("{test}: {file}: {error}"));
            assert!(source.contains(&format!("fn {name}(")), "{file} has no test {name}");
        }
    }
}
