//! Lists page by page, as Relay has them.

use std::borrow::Cow;

use async_graphql::{Context, Lookahead, Object, ObjectType, TypeName, connection::PageInfo};
use sea_orm::{EntityTrait, Select};
use serde::de::DeserializeOwned;

use super::{
    budget::take_objects,
    context::readers,
    error::{ApiError, Result},
    in_place::InPlace,
    loaders::{Loaders, loaders, together::Above},
    scalars::int,
};
use crate::services::page::{InvalidPage, List, Page, PageRequest};

/// An object that comes in lists.
pub trait Listed: ObjectType + From<<Self::Entity as EntityTrait>::Model> {
    type Entity: EntityTrait<Model: Sync + DeserializeOwned>;

    /// Whether something of what is selected below its rows is read together with them.
    const READS_BELOW: bool = false;

    /// Reads rows, and perhaps what is selected below them.
    fn read(
        loaders: &Loaders,
        rows: Above<'_, Self::Entity>,
        _: &Selected<'_>,
    ) -> impl Future<Output = Result<Page<<Self::Entity as EntityTrait>::Model>>> + Send {
        async move { Ok(loaders.together().read(rows).await?.0) }
    }
}

/// What is selected of the rows of a page.
pub struct Selected<'a>(Vec<Lookahead<'a>>);

impl<'a> Selected<'a> {
    /// What is selected of the object that the field leads to.
    fn of_one(ctx: &'a Context<'_>) -> Self {
        Self(vec![ctx.look_ahead()])
    }

    fn of_page(ctx: &'a Context<'_>) -> Self {
        let page = ctx.look_ahead();
        Self(vec![page.field("nodes"), page.field("edges").field("node")])
    }

    /// Whether a field is.
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|rows| rows.field(field).exists())
    }

    /// What is selected below a field.
    #[must_use]
    pub fn below(&self, field: &str) -> Self {
        Self(self.0.iter().map(|rows| rows.field(field)).collect())
    }
}

/// Reads a page of a list.
pub async fn connect<N: Listed>(
    ctx: &Context<'_>,
    list: List<N::Entity>,
    request: PageRequest,
) -> Result<Connection<N>> {
    let rows = Above::Page(&list, &request);
    let page = N::read(loaders(ctx)?, rows, &Selected::of_page(ctx)).await?;
    take_objects(ctx, page.rows.len())?;
    Ok(Connection { list: Box::new(list), page })
}

/// Reads the one object of a select, which the field leads to.
pub async fn one<N: Listed>(ctx: &Context<'_>, row: Select<N::Entity>) -> Result<Option<N>> {
    let row = N::read(loaders(ctx)?, Above::One(Box::new(row)), &Selected::of_one(ctx)).await?;
    Ok(row.rows.into_iter().next().map(N::from))
}

/// The error for a page that cannot be read.
pub fn refused(invalid: InvalidPage) -> ApiError {
    ApiError::bad_user_input(match invalid {
        InvalidPage::BothEnds => "Give first or last, not both.".to_owned(),
        InvalidPage::Size => "A page has 1 to 100 items.".to_owned(),
        InvalidPage::Cursor(argument) => {
            format!("\"{argument}\" must be a cursor of this list in this order.")
        }
    })
}

/// A page of a list.
pub struct Connection<N: Listed> {
    /// Boxed, because each field of an object has room for the largest: a page of offers, in every field of a product.
    list: Box<List<N::Entity>>,
    page: Page<<N::Entity as EntityTrait>::Model>,
}

/// A page of a list, and where in the list it lies.
#[Object(name_type)]
impl<N: Listed> Connection<N> {
    /// The items of the page, each with its cursor.
    async fn edges(&self) -> Vec<Edge<N>> {
        self.page
            .rows
            .iter()
            .map(|row| Edge { cursor: self.list.sort().cursor_of(row), node: N::from(row.clone()) })
            .collect()
    }

    /// The items of the page.
    async fn nodes(&self) -> Vec<InPlace<N>> {
        self.page.rows.iter().cloned().map(|row| InPlace(N::from(row))).collect()
    }

    /// Where the page lies, and whether there are others.
    async fn page_info(&self) -> PageInfo {
        let cursor_of = |row| self.list.sort().cursor_of(row);
        PageInfo {
            has_previous_page: self.page.has_previous,
            has_next_page: self.page.has_next,
            start_cursor: self.page.rows.first().map(cursor_of),
            end_cursor: self.page.rows.last().map(cursor_of),
        }
    }

    /// How many items the whole list has. Counted when asked for, which takes longer the longer the list is.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let count = self.list.count(readers(ctx)).await?;
        int(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl<N: Listed> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

/// An item of a page.
pub struct Edge<N> {
    cursor: String,
    node: N,
}

/// An item of a page, and its place in the list.
#[Object(name_type)]
impl<N: Listed> Edge<N> {
    /// The place of the item, to be given as `after` or `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The item.
    async fn node(&self) -> InPlace<&N> {
        InPlace(&self.node)
    }
}

impl<N: Listed> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// The lists that belong to an object: fields to be flattened into it, each of which reads one page.
///
/// `parent` is what the object is known by, `viewer` is who is asking.
macro_rules! connections {
    ($name:ident($parent_type:ty) {
        $($(#[$doc:meta])* $field:ident: $node:ty = |$viewer:ident, $parent:ident| $list:expr;)+
    }) => {
        pub(crate) struct $name(pub(crate) $parent_type);

        #[async_graphql::Object]
        impl $name {
            $(
                $(#[$doc])*
                async fn $field(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given.")]
                    first: Option<i32>,
                    #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
                    #[graphql(desc = "How many items to read from the end, 1 to 100.")]
                    last: Option<i32>,
                    #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
                ) -> crate::graphql::error::Result<crate::graphql::connection::Connection<$node>> {
                    let ($viewer, $parent) = (crate::graphql::context::viewer(ctx)?, self.0);
                    let request = crate::services::page::PageRequest { first, after, last, before };
                    Box::pin(crate::graphql::connection::connect(ctx, $list, request)).await
                }
            )+
        }
    };
}

pub(crate) use connections;
