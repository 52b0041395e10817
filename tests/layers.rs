//! Who may lean on whom. The map in ARCHITECTURE.md, tested.

use std::{fs, path::Path};

/// A folder or file of `src`, and what must not be said in it.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "async ",
            "sea_orm",
            "Utc::now",
            "crate::services",
            "crate::store",
            "crate::events",
            "crate::graphql",
        ],
    ),
    ("events", &["crate::services", "crate::graphql", "crate::http", "async_graphql"]),
    ("store", &["crate::services", "crate::graphql", "crate::http", "async_graphql"]),
    ("services", &["crate::graphql", "crate::http", "async_graphql", "axum"]),
    ("jobs", &["crate::graphql", "crate::http", "async_graphql", "axum"]),
    ("access.rs", &["crate::services", "crate::graphql", "crate::http"]),
    ("document", &["crate::http", "crate::store", "axum", "sea_orm"]),
    ("graphql", &["crate::http", "axum", "Statement::from"]),
    ("graphql/types", &["sea_orm", "store::"]),
    ("graphql/queries", &["sea_orm"]),
    ("graphql/mutations", &["sea_orm"]),
    ("graphql/subscriptions", &["sea_orm"]),
    ("auth", &["crate::graphql", "crate::http"]),
];

#[test]
fn no_layer_leans_on_one_above_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for (layer, words) in FORBIDDEN {
        for file in files(&source.join(layer)) {
            let text = fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in words.iter().filter(|word| code.contains(**word)) {
                    found.push(format!("{}:{}: {word}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A table is a table: no entity shows itself to the API.
#[test]
fn entities_know_nothing_of_graphql() {
    let entities = Path::new(env!("CARGO_MANIFEST_DIR")).join("entity/src");
    for file in files(&entities) {
        let text = fs::read_to_string(&file).unwrap().to_lowercase();
        assert!(!text.contains("graphql"), "{}", file.display());
    }
}

fn files(path: &Path) -> Vec<std::path::PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|entry| files(&entry)).collect()
}
