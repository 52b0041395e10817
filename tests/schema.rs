//! The schema is written down, explained, and free of numbers that do not fit.

use std::{fs, path::Path};

use ordergate::graphql;
use serde_json::Value;

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        introspection::{Introspected, list, name_of, text},
    },
};

on_both_databases!(
    everything_in_the_schema_is_described,
    no_amount_of_money_and_no_position_is_an_int,
    what_never_changes_is_in_no_input_of_a_change,
);

#[test]
fn the_written_schema_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let written = fs::read_to_string(path).unwrap();
    assert!(
        written == graphql::sdl(),
        "schema.graphql is not what the program serves; write it with\n\n    \
         cargo run -- schema > schema.graphql\n"
    );
}

async fn everything_in_the_schema_is_described(database: Database) {
    let app = TestApp::start(database).await;
    let schema = Introspected::read(&Api::of(&app)).await;
    let mut silent = Vec::new();
    for object in schema.types() {
        note_silence(&mut silent, "", object);
        let name = text(object, "name");
        for members in ["fields", "inputFields", "enumValues"] {
            for member in list(object, members) {
                note_silence(&mut silent, name, member);
                let member_name = format!("{name}.{}", text(member, "name"));
                for argument in list(member, "args") {
                    note_silence(&mut silent, &member_name, argument);
                }
            }
        }
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}

fn note_silence(silent: &mut Vec<String>, owner: &str, described: &Value) {
    // GraphQL's own.
    let is_known = owner.is_empty() && text(described, "name") == "ID";
    if !is_known && text(described, "description").trim().is_empty() {
        silent.push(format!("{owner}.{}", text(described, "name")));
    }
}

/// GraphQL's `Int` has 32 bits and its `Float` loses cents.
async fn no_amount_of_money_and_no_position_is_an_int(database: Database) {
    const LARGE: [&str; 9] =
        ["amount", "price", "minorunits", "position", "sequence", "net", "gross", "total", "fee"];
    let app = TestApp::start(database).await;
    let schema = Introspected::read(&Api::of(&app)).await;
    let mut narrow = Vec::new();
    for object in schema.types() {
        for member in list(object, "fields").iter().chain(list(object, "inputFields")) {
            let name = text(member, "name");
            let is_large =
                name != "totalCount" && LARGE.iter().any(|word| name.to_lowercase().contains(word));
            let type_name = name_of(&member["type"]);
            if type_name == "Float" || (type_name == "Int" && is_large) {
                narrow.push(format!("{}.{name}: {type_name}", text(object, "name")));
            }
        }
    }
    assert!(narrow.is_empty(), "{narrow:#?}");
}

/// APG-22, SLC-02.
async fn what_never_changes_is_in_no_input_of_a_change(database: Database) {
    let app = TestApp::start(database).await;
    let schema = Introspected::read(&Api::of(&app)).await;
    for (noun, field) in [("Agreement", "currency"), ("Customer", "customerNumber")] {
        let has = |verb: &str| {
            let input = format!("{verb}{noun}Input");
            let mut types = schema.types();
            let input = types.find(|object| text(object, "name") == input).unwrap();
            list(input, "inputFields").iter().any(|member| text(member, "name") == field)
        };
        assert!(has("Create") && !has("Update"), "{noun}.{field}");
    }
}
