//! Random documents over all that can be asked, each answered by the server and by a plain reference.
//!
//! There is a document for each field that a query can lead to, which asks for it and for much else, and more where the
//! first finds no object that has the field. `ORDERGATE_TEST_DOCUMENTS` says how many to ask instead, a thousand of which
//! take half a minute on SQLite, and `ORDERGATE_TEST_FIRST_DOCUMENT` with which seed to begin.

mod answers;
mod dice;
mod examples;
mod fields;
mod generator;
mod reference;
mod tables;
mod world;
mod written;

use std::{cell::RefCell, collections::BTreeSet};

use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};
use ordergate::{
    document::{DocumentLimits, Documents},
    graphql::document_schema,
};
use serde_json::Value;

use self::{
    answers::Answer,
    dice::Dice,
    examples::Examples,
    fields::Aim,
    generator::Generator,
    reference::{Reference, access::Caller},
    world::World,
    written::Document,
};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(the_server_answers_as_whoever_reads_field_by_field);

/// How many documents are about a field that no object had in those before.
const TRIES: u64 = 400;

async fn the_server_answers_as_whoever_reads_field_by_field(database: Database) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let scene = Box::pin(Scene::set(database)).await;
    let fields = scene.fields.len() as u64;
    let first = number("ORDERGATE_TEST_FIRST_DOCUMENT").unwrap_or(0);
    let documents = number("ORDERGATE_TEST_DOCUMENTS").unwrap_or(fields);
    for seed in first..first + documents {
        scene.compare(seed).await;
    }
    if documents < fields {
        return;
    }
    for (index, field) in (0..).zip(&scene.fields) {
        let mut seeds = (1..=TRIES).map(|time| index + time * fields);
        while !scene.seen.borrow().contains(field) {
            let seed = seeds.next();
            let seed = seed.unwrap_or_else(|| panic!("no document found an object with {field}"));
            scene.compare(seed).await;
        }
    }
}

struct Scene {
    schema: &'static Valid<Schema>,
    front_end: Documents,
    world: World,
    callers: Vec<(Caller, String, Examples)>,
    /// All that can be asked for, as `Type.field`.
    fields: Vec<String>,
    /// What an object was found to have.
    seen: RefCell<BTreeSet<String>>,
}

impl Scene {
    async fn set(database: Database) -> Self {
        let schema = document_schema();
        let world = Box::pin(World::make(database)).await;
        let mut callers = Vec::new();
        for (key, secret) in &world.keys {
            let caller = Caller::of(key, &world.tables);
            let examples = Examples::of(&world, &caller, secret).await;
            callers.push((caller, secret.clone(), examples));
        }
        Self {
            schema,
            front_end: Documents::new(schema, DocumentLimits::default()),
            world,
            callers,
            fields: fields::all(schema).into_iter().collect(),
            seen: RefCell::default(),
        }
    }

    /// Asks the server and the reference the document of a seed.
    async fn compare(&self, seed: u64) {
        let mut dice = Dice::new(seed);
        let aim = usize::try_from(seed).unwrap() % self.fields.len();
        let aim = Aim::at(self.schema, &self.fields[aim]);
        let (caller, secret, examples) = dice.pick(&self.callers).unwrap();
        let (document, before) = self.document(&aim, examples, &mut dice);
        let Document { text, variables } = &document;
        let parsed = ExecutableDocument::parse_and_validate(self.schema, text, "random");
        let parsed = parsed.unwrap_or_else(|it| panic!("seed {seed}: {text}\n{}", it.errors));
        let reference = Reference::new(self.schema, &self.world.tables, caller, &self.seen);
        let (data, failed) = reference.execute(&parsed, variables);
        let (data, variables) = (data.json(), Value::Object(variables.clone()));
        let server = &self.world.server;
        server.post_text(secret, &before.text, &Value::Object(before.variables), "eventual").await;
        // 1. The document is new. If it differs from the one before in a column, more is read than it selects.
        // 2. It is planned for good, and bound to the caller.
        // 3. All that is remembered of it is used.
        // 4. The catalogue is read anew.
        for freshness in ["eventual", "eventual", "eventual", "latest"] {
            let answer = server.post_text(secret, text, &variables, freshness).await;
            let read: Answer = serde_json::from_str(&answer)
                .unwrap_or_else(|error| panic!("seed {seed}: {text}\n{answer}\n{error}"));
            let difference = read.difference(&data, &failed);
            let name = &caller.key.name;
            assert!(
                difference.is_none(),
                "{}\nseed {seed}, caller {name}, freshness {freshness}\n{text}\n{variables}\n\
                 server: {answer}\nreference: {data}\n{failed:?}",
                difference.unwrap_or_default(),
            );
        }
    }

    /// A document that the server takes, since one that asks for too much is thrown away, and one that is the same but for a
    /// field.
    fn document(&self, aim: &Aim, examples: &Examples, dice: &mut Dice) -> (Document, Document) {
        loop {
            let query = Generator { schema: self.schema, aim, examples, dice }.query();
            let seed = dice.seed();
            let write = |query| written::write(self.schema, &mut Dice::new(seed), query);
            let document = write(&query);
            let read = self.front_end.read(&document.text, None, document.variables.clone());
            let is_too_much = read
                .is_err_and(|errors| errors.iter().all(|error| error.code() == "LIMIT_EXCEEDED"));
            if !is_too_much {
                return (document, write(&query.but_for_one(dice)));
            }
        }
    }
}
