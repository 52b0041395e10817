//! Lookups that are made together, by one statement, before anybody asks.

use std::collections::HashMap;

use sea_orm::Select;

use super::{Loaders, Rows, distinct};
use crate::{
    graphql::error::Result,
    store::bundle::{Answer, Bundle, Part},
};

/// What is going to be asked for.
pub struct Together<'a> {
    loaders: &'a Loaders,
    bundle: Bundle,
}

/// Something that was added.
#[must_use]
pub struct Added<K> {
    part: Option<Part>,
    /// What is looked up by; empty where that is not known beforehand.
    keys: Vec<K>,
}

/// What was found.
pub struct Found<'a> {
    loaders: &'a Loaders,
    answer: Option<Answer>,
}

impl<'a> Together<'a> {
    pub(super) fn new(loaders: &'a Loaders) -> Self {
        let bundle = Bundle::new(loaders.reader.connection.get_database_backend());
        Self { loaders, bundle }
    }

    /// Adds what is looked up by some keys, if it is wanted.
    pub fn keys<K: Rows>(&mut self, wanted: bool, keys: impl Iterator<Item = K>) -> Added<K> {
        let keys = distinct(keys.filter(|_| wanted));
        if keys.is_empty() {
            return Added { part: None, keys };
        }
        let part = self.bundle.add(K::select(&self.loaders.reader.viewer, &keys));
        Added { part: Some(part), keys }
    }

    /// Adds rows of which the keys are not known yet, if they are wanted.
    pub fn rows<K: Rows>(&mut self, wanted: bool, rows: Select<K::Entity>) -> Added<K> {
        let part = wanted.then(|| self.bundle.add(rows));
        Added { part, keys: Vec::new() }
    }

    pub async fn read(self) -> Result<Found<'a>> {
        let answer = self.bundle.read(&self.loaders.reader.connection).await?;
        Ok(Found { loaders: self.loaders, answer })
    }
}

impl Found<'_> {
    /// Keeps what was found for whoever asks, and tells it.
    pub fn keep<K: Rows>(&self, added: Added<K>) -> Result<HashMap<K, K::Found>> {
        let (Some(answer), Some(part)) = (&self.answer, added.part) else {
            return Ok(HashMap::new());
        };
        let found = K::gather(answer.rows(part)?);
        self.loaders.keep(added.keys, &found);
        Ok(found)
    }
}
