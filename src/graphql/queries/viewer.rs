//! Who is asking.

use async_graphql::{Context, Object};

use crate::graphql::{context::viewer, error::Result, roles::SignedIn, types::Viewer};

#[derive(Default)]
pub(super) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// The caller, as its credential says.
    #[graphql(guard = "SignedIn")]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        Ok(Viewer(viewer(ctx)?.clone()))
    }
}
