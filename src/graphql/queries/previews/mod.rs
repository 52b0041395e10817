//! What something would come to if it were asked for, by the functions that do it.

mod orders;
mod subscriptions;

use async_graphql::MergedObject;

use crate::{
    error::{Error, Outcome},
    graphql::{error::Result, types::UserError},
};

/// What can be asked before something is done.
#[derive(Default, MergedObject)]
pub(super) struct PreviewsQuery(
    orders::OrderPreviewsQuery,
    subscriptions::SubscriptionPreviewsQuery,
);

/// What was worked out, or why it would be refused.
fn told<T>(outcome: Outcome<T>) -> Result<(Option<T>, Vec<UserError>)> {
    match outcome {
        Ok(preview) => Ok((Some(preview), Vec::new())),
        Err(Error::Refused(refusals)) => {
            let errors = refusals.into_iter().map(UserError::from_refusal);
            Ok((None, errors.collect::<Result<_>>()?))
        }
        Err(Error::Failed(cause)) => Err(cause.into()),
    }
}
