//! What a resolver finds around it.

use std::sync::Arc;

use async_graphql::Context;
use domain::viewer::Viewer;

use super::error::{ApiError, Code, Result};
use crate::app::App;

/// The running service.
pub fn app<'ctx>(ctx: &Context<'ctx>) -> &'ctx Arc<App> {
    ctx.data_unchecked::<Arc<App>>()
}

/// Who is asking. Nobody: UNAUTHENTICATED.
pub fn viewer<'ctx>(ctx: &Context<'ctx>) -> Result<&'ctx Arc<Viewer>> {
    ctx.data_opt::<Arc<Viewer>>()
        .ok_or_else(|| ApiError::new(Code::Unauthenticated, "Sign in to use this field."))
}
