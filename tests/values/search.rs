//! Texts are found however they are typed.

use ordergate::services::customers::create::{CreateCustomer, create_customer};
use serde_json::json;

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given},
};

on_both_databases!(a_name_is_found_in_any_case_any_form_and_without_its_accents);

const NAMES: &[&str] = &[
    "\u{130}stanbul Lojistik",
    "Cafe\u{301} Noir",
    "Bl\u{e5} Bjerg",
    "Stra\u{df}e 7",
    "M\u{fc}ller GmbH",
    "Mueller S\u{f8}hne",
    "M\u{fc}hle",
    "\u{39f}\u{3b4}\u{3cc}\u{3c2}",
    "\u{ff21}\u{ff23}\u{ff2d}\u{ff25}",
    "+++",
];

async fn a_name_is_found_in_any_case_any_form_and_without_its_accents(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    for (number, name) in NAMES.iter().enumerate() {
        let command = CreateCustomer {
            name: (*name).to_owned(),
            ..given::new_customer(&format!("N-{number}"), None)
        };
        app.perform(&world.admin, command, create_customer).await.unwrap();
    }
    let api = Api::of(&app);
    let document = "query ($text: String) {
        customers(first: 50, filter: { text: $text }) { totalCount nodes { customerNumber } } }";
    for (text, found) in [
        ("istanbul", &[0][..]),
        ("\u{130}STANBUL", &[0]),
        ("lojistik istanb", &[0]),
        ("caf\u{e9} noir", &[1]),
        ("CAFE\u{301}", &[1]),
        ("cafe", &[1]),
        ("bla\u{30a}", &[2]),
        ("BL\u{c5}", &[2]),
        ("bla", &[2]),
        ("blaa bj", &[2]),
        ("STRASSE", &[3]),
        ("stra\u{df}e", &[3]),
        ("STRA\u{1e9e}E", &[3]),
        ("muller", &[4]),
        ("mueller", &[4, 5]),
        ("m\u{fc}ller", &[4, 5]),
        ("mu\u{308}ller gmbh", &[4]),
        ("sohne", &[5]),
        ("soehne m\u{fc}ll", &[5]),
        ("mu", &[4, 5, 6]),
        ("mx", &[]),
        ("\u{39f}\u{394}\u{39f}\u{3a3}", &[7]),
        ("\u{3bf}\u{3b4}\u{3cc}\u{3c3}", &[7]),
        ("acme", &[8]),
        ("a\u{200b}c\u{ad}me", &[8]),
        ("+", &[9]),
        ("\u{ff0b}\u{ff0b}", &[9]),
    ] {
        let answer = api.read(&world.admin, document, json!({ "text": text })).await;
        let nodes = answer["customers"]["nodes"].as_array().unwrap();
        let mut numbers: Vec<_> =
            nodes.iter().map(|customer| customer["customerNumber"].as_str().unwrap()).collect();
        numbers.sort_unstable();
        let expected: Vec<_> = found.iter().map(|number| format!("N-{number}")).collect();
        assert_eq!(numbers, expected, "{text}");
        assert_eq!(answer["customers"]["totalCount"], found.len(), "{text}");
    }
    // A text in which there is nothing is none.
    for text in ["", " ", "\0", "\u{200b}"] {
        let answer = api.read(&world.admin, document, json!({ "text": text })).await;
        assert_eq!(answer["customers"]["totalCount"], NAMES.len() + 1, "{text:?}");
    }
}
