//! Rows, and what is selected below them, by one statement, before anybody asks for it.

use std::{collections::HashMap, marker::PhantomData};

use sea_orm::{ColumnTrait, DatabaseBackend, EntityTrait, Select};
use serde::de::DeserializeOwned;

use super::{Loaders, Rows, Wanted};
use crate::{
    graphql::{connection::refused, error::Result},
    services::page::{List, Page, PageRequest},
    store::bundle::{Answer, Bundle, Part, of_page},
    viewer::Viewer,
};

/// Rows that are read with something below them.
pub enum Above<'a, E: EntityTrait> {
    Page(&'a List<E>, &'a PageRequest),
    One(Box<Select<E>>),
}

/// What is going to be asked for.
pub struct Together<'a> {
    loaders: &'a Loaders,
    bundle: Bundle,
}

/// Something that was added, to be kept under keys of this kind.
#[derive(Clone, Copy)]
#[must_use]
pub struct Added<K> {
    part: Option<Part>,
    keys: PhantomData<K>,
}

/// What was found below the rows.
pub struct Below<'a> {
    loaders: &'a Loaders,
    answer: Answer,
}

impl<'a> Together<'a> {
    pub(super) fn new(loaders: &'a Loaders) -> Self {
        Self { loaders, bundle: Bundle::new(loaders.reader.connection.get_database_backend()) }
    }

    /// Adds what the keys in a column of the rows lead to, if it is wanted.
    pub fn add<K: Rows>(&mut self, wanted: bool, column: impl ColumnTrait) -> Added<K> {
        self.add_rows(wanted, |viewer, backend| {
            K::select(viewer, Wanted::Found(backend, Box::new(of_page(column))))
        })
    }

    /// Adds what the rows lead to in another way, if it is wanted.
    pub fn add_rows<K: Rows>(
        &mut self,
        wanted: bool,
        rows: impl FnOnce(&Viewer, DatabaseBackend) -> Select<K::Entity>,
    ) -> Added<K> {
        let part = wanted.then(|| {
            let rows = rows(self.loaders.viewer(), self.bundle.backend());
            self.bundle.add(rows)
        });
        Added { part, keys: PhantomData }
    }

    /// Reads the rows, and all that was added.
    pub async fn read<E>(self, above: Above<'_, E>) -> Result<(Page<E::Model>, Below<'a>)>
    where
        E: EntityTrait<Model: DeserializeOwned>,
    {
        let connection = &self.loaders.reader.connection;
        let (page, answer) = match above {
            Above::Page(list, request) => {
                list.page_with(connection, request, self.bundle).await?.map_err(refused)?
            }
            Above::One(row) => {
                let (rows, answer) = self.bundle.read(connection, *row).await?;
                (Page { rows, has_previous: false, has_next: false }, answer)
            }
        };
        Ok((page, Below { loaders: self.loaders, answer }))
    }
}

impl Below<'_> {
    /// Keeps what was found by some keys for whoever asks, and tells it.
    pub fn keep<K: Rows>(
        &self,
        added: Added<K>,
        keys: impl Iterator<Item = K>,
    ) -> Result<HashMap<K, K::Found>> {
        let Some(part) = added.part else { return Ok(HashMap::new()) };
        let found = K::gather(self.answer.rows(part)?);
        self.loaders.keep(keys, &found);
        Ok(found)
    }
}
