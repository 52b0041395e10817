//! Mutations of what is used.

pub mod report;

use async_graphql::MergedObject;

/// What can be done with what is used.
#[derive(Default, MergedObject)]
pub struct UsageMutations(report::ReportUsageMutation);
