//! Who may lean on whom. The map in ARCHITECTURE.md, tested.

mod paths;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use self::paths::{Named, named};

/// Each part of the crate, and all others that it names. A path belongs to the longest part that it begins with: what
/// `graphql::read` has is not also of `graphql`.
const ARROWS: &[(&str, &str)] = &[
    ("access", "error"),
    ("app", "clock events mail metrics outbound store"),
    ("auth", "clock memory store wakeups"),
    (
        "cli",
        "app auth clock config demo error graphql http jobs logging mail outbound services store",
    ),
    ("clock", ""),
    ("config", "auth document http mail outbound store wakeups"),
    ("demo", "app error services"),
    ("document", "graphql::read graphql::types services"),
    ("error", ""),
    ("events", "access planted store wakeups"),
    (
        "graphql",
        "app clock document error events graphql::extensions graphql::mutations graphql::queries \
         graphql::read graphql::subscriptions graphql::types seldom services store",
    ),
    ("graphql::extensions", "app document events graphql"),
    ("graphql::mutations", "error events graphql graphql::read graphql::types services"),
    (
        "graphql::queries",
        "access error events graphql graphql::extensions graphql::mutations graphql::read \
         graphql::types planted services",
    ),
    ("graphql::read", "document graphql memory services store wakeups"),
    (
        "graphql::subscriptions",
        "access app events graphql graphql::queries graphql::types services",
    ),
    ("graphql::types", "access error events graphql graphql::read services"),
    (
        "http",
        "app auth document error events graphql graphql::read graphql::types jobs metrics planted \
         seldom services store",
    ),
    (
        "jobs",
        "access app auth error events graphql mail metrics outbound planted seldom services store",
    ),
    ("logging", "config"),
    ("mail", ""),
    ("memory", ""),
    ("metrics", "error store"),
    ("outbound", ""),
    ("planted", ""),
    ("seldom", ""),
    ("services", "access app auth clock error events mail planted store wakeups"),
    ("store", "planted seldom wakeups"),
    ("wakeups", "planted"),
];

/// The crates, whose modules must form no circles.
const CRATES: &[&str] = &[
    "src",
    "bench/src",
    "domain/src",
    "entity/src",
    "history/src",
    "migration/src",
    "spelling/src",
];

/// The arrows that close a circle within a folder of `src`, each with the reason why it may.
const BACKWARD: &[(&str, &str, &str)] = &[
    ("graphql", "document", "a plan is made of the canonical operation, and kept with it"),
    ("graphql::error", "graphql::budget", "a budget that is used up is an error of its own"),
    ("http::credential", "http::gateway", "the gateway has the limits of what is tried"),
    ("http::gateway", "http::live", "the gateway has the groups"),
    ("http::health", "http::gateway", "the gateway remembers how the database was"),
    ("http::websocket::follower", "http::websocket::operation", "both write to the same outlet"),
    ("services::orders::submit", "services::orders::create", "both look at the agreement"),
];

/// A folder or file, and which words of other crates and of the language must not be said in it.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("domain/src", &["async ", "sea_orm", "::now("]),
    ("src/events", &["async_graphql"]),
    ("src/store", &["async_graphql"]),
    ("src/services", &["async_graphql", "axum"]),
    ("src/jobs", &["async_graphql", "axum"]),
    ("src/document", &["axum", "sea_orm"]),
    ("src/graphql", &["axum", "Statement::from"]),
    ("src/graphql/types", &["sea_orm"]),
    ("src/graphql/queries", &["sea_orm"]),
    ("src/graphql/mutations", &["sea_orm"]),
    ("src/graphql/subscriptions", &["sea_orm"]),
];

/// A file, as the module that it is, and the paths that it names.
struct Module {
    name: Vec<String>,
    file: PathBuf,
    names: Vec<Named>,
}

#[test]
fn every_arrow_is_on_the_map() {
    let allowed: BTreeSet<(&str, &str)> = ARROWS
        .iter()
        .flat_map(|(from, all)| all.split_whitespace().map(|to| (*from, to)))
        .collect();
    let mut unused = allowed.clone();
    let mut wrong = Vec::new();
    for module in modules("src") {
        let Some(from) = part(&module.name) else {
            wrong.push(format!("{}: has no row", module.file.display()));
            continue;
        };
        for Named { path, line } in &module.names {
            let place = format!("{}:{line}", module.file.display());
            match part(path) {
                None => wrong.push(format!("{place}: {} is in no part", path.join("::"))),
                Some(to) if to == from => {}
                Some(to) if allowed.contains(&(from, to)) => drop(unused.remove(&(from, to))),
                Some(to) => wrong.push(format!("{place}: {from} → {to}")),
            }
        }
    }
    let unused =
        unused.iter().map(|(from, to)| format!("{from} → {to}: nothing needs it any more"));
    wrong.extend(unused);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Within each folder, no part leads back to itself by way of others.
#[test]
fn no_arrows_form_a_circle() {
    let backward: BTreeSet<_> = BACKWARD.iter().map(|(from, to, _)| (*from, *to)).collect();
    let mut unused = backward.clone();
    let mut wrong = Vec::new();
    for mut arrows in CRATES.iter().flat_map(|source| arrows_of_each_folder(source)) {
        unused.retain(|(from, to)| !closes_circle(&arrows, from, to));
        for (from, ways) in &mut arrows {
            ways.retain(|to, _| !backward.contains(&(from, to)));
        }
        for (from, ways) in &arrows {
            for (to, place) in ways.iter().filter(|(to, _)| closes_circle(&arrows, from, to)) {
                wrong.push(format!("{place}: {from} → {to} is part of a circle"));
            }
        }
    }
    let unused =
        unused.iter().map(|(from, to)| format!("{from} → {to}: closes no circle any more"));
    wrong.extend(unused);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_layer_says_the_words_of_another() {
    let mut found = Vec::new();
    for (layer, words) in FORBIDDEN {
        for file in files(&root().join(layer)) {
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
    for file in files(&root().join("entity/src")) {
        let text = fs::read_to_string(&file).unwrap().to_lowercase();
        assert!(!text.contains("graphql"), "{}", file.display());
    }
}

/// Where it may matter who exactly asks: where callers are known, where it is written down who did something, and where
/// the caller is told who it is. `graphql/read/write.rs` gives the subject to the fields that the tables call personal;
/// `services/lists/waiting.rs`, to the filters that `graphql/types` calls personal.
const KNOW_WHO_ASKS: &[&str] = &[
    "auth/",
    "events/log.rs",
    "graphql/read/write.rs",
    "graphql/types/viewer.rs",
    "http/",
    // Letters have a subject too.
    "mail/",
    "services/lists/waiting.rs",
    "services/mail/",
    "services/orders/approve.rs",
    "services/orders/links/",
];

/// How source spells what tells one caller from another with the same rights.
const WHO_ASKS: &[&str] = &[
    ".subject",
    "{ subject",
    "viewer.kind",
    "viewer(ctx)?.kind",
    "viewer.expires_at",
    "viewer(ctx)?.expires_at",
];

/// Those who watch with the same rights share what is executed, so nothing that is read may depend on which of them it is,
/// but for the fields that are `personal` in the tables of `graphql/types`. Changes have a unit of work, and may know.
#[test]
fn only_personal_fields_depend_on_who_exactly_asks() {
    let source = root().join("src");
    let mut found = Vec::new();
    for file in files(&source) {
        let name = file.strip_prefix(&source).unwrap().to_str().unwrap();
        if KNOW_WHO_ASKS.iter().any(|known| name.starts_with(known)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let code = code.replace("unit.viewer.subject", "");
            if WHO_ASKS.iter().any(|word| has_word(&code, word)) {
                found.push(format!("{name}:{}: {}", number + 1, code.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Whether a text has a word that does not go on.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let next = text[at + word.len()..].chars().next();
        !next.is_some_and(|next| next.is_alphanumeric() || next == '_' || next == '(')
    })
}

/// From which part to which, and the first line that says so.
type Arrows = BTreeMap<String, BTreeMap<String, String>>;

fn arrows_of_each_folder(source: &str) -> Vec<Arrows> {
    let mut folders: BTreeMap<Vec<String>, Arrows> = BTreeMap::new();
    for module in modules(source) {
        for Named { path, line } in &module.names {
            let same = module.name.iter().zip(path).take_while(|(own, other)| own == other);
            let depth = same.count();
            if depth < module.name.len().min(path.len()) {
                let arrows = folders.entry(module.name[..depth].to_vec()).or_default();
                let ways = arrows.entry(module.name[..=depth].join("::")).or_default();
                let place = || format!("{}:{line}", module.file.display());
                ways.entry(path[..=depth].join("::")).or_insert_with(place);
            }
        }
    }
    folders.into_values().collect()
}

/// Whether an arrow is there, and other arrows lead back from its end.
fn closes_circle(arrows: &Arrows, from: &str, to: &str) -> bool {
    arrows.get(from).is_some_and(|ways| ways.contains_key(to)) && reached(arrows, to).contains(from)
}

/// All parts that a part leads to, by whatever way.
fn reached<'a>(arrows: &'a Arrows, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<_> = arrows.get(from).into_iter().collect();
    while let Some(ways) = next.pop() {
        let new = ways.keys().filter(|to| reached.insert(to.as_str()));
        next.extend(new.filter_map(|to| arrows.get(to)));
    }
    reached
}

/// The longest part of the map that a path begins with.
fn part(path: &[String]) -> Option<&'static str> {
    let within = |part: &&str| {
        part.split("::").enumerate().all(|(at, step)| path.get(at).is_some_and(|own| own == step))
    };
    ARROWS.iter().map(|(part, _)| *part).filter(within).max_by_key(|part| part.len())
}

/// All modules of a crate but its roots, which put it together, and those that are tests.
fn modules(source: &str) -> Vec<Module> {
    let source = root().join(source);
    let module = |file: PathBuf| {
        let path = file.strip_prefix(&source).unwrap().with_extension("");
        let steps = path.iter().map(|step| step.to_str().unwrap().to_owned());
        let name: Vec<_> = steps.filter(|step| step != "mod").collect();
        let names = named(&name, &fs::read_to_string(&file).unwrap());
        Module { name, file, names }
    };
    let left_out = ["lib.rs", "main.rs", "tests.rs"];
    let is_code = |file: &PathBuf| {
        file.extension().is_some_and(|it| it == "rs")
            && !left_out.iter().any(|name| file.ends_with(name))
    };
    files(&source).into_iter().filter(is_code).map(module).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|entry| files(&entry)).collect()
}
