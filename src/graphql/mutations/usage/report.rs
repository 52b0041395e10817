//! `reportUsage`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{ProductId, SubscriptionId, UsageReportId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, USAGE_REPORTERS},
        scalars::Day,
        types::{UsageReport, UserError},
    },
    services::usage::report::{ReportUsage, report_usage},
};

/// Input of `reportUsage`.
#[derive(Debug, InputObject)]
pub struct ReportUsageInput {
    /// The subscription of which something was used.
    subscription_id: Id<SubscriptionId>,
    /// The product that was used. Left out: the only one that is charged by use.
    product_id: Option<Id<ProductId>>,
    /// How many units were used. Below zero: of the report that is corrected, so many were not.
    quantity: i32,
    /// The first day on which they were used, in the seller's time zone.
    starts_on: Day,
    /// The first day after that, not later than tomorrow. All days are of one billing period; where the price has changed within
    /// it, all are before or after that.
    ends_on: Day,
    /// The reporter's reference, up to 64 characters. Within a subscription, something with a reference is reported once.
    reference: String,
    /// The report that is corrected, by a quantity below zero. The days are within those of that report, of which never more is
    /// taken back than it has.
    corrects_id: Option<Id<UsageReportId>>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `reportUsage`.
#[derive(Debug, SimpleObject)]
pub struct ReportUsagePayload {
    /// The report, also where it was made before; null if the request was refused.
    usage_report: Option<UsageReport>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ReportUsageMutation;

#[Object]
impl ReportUsageMutation {
    /// Reports what was used of a subscription on past days, of what is charged by use. What is used within a billing period is
    /// added up, and charged when the period is over. What is reported later is charged when the day of the report is over: the
    /// difference that it makes. Sent again with the same reference, it changes nothing; with the same reference and other
    /// content, it is refused. A report is never changed or deleted: another one corrects it.
    #[graphql(guard = "May(USAGE_REPORTERS)")]
    async fn report_usage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: ReportUsageInput,
    ) -> Result<ReportUsagePayload> {
        let command = ReportUsage {
            subscription_id: input.subscription_id.0,
            product_id: input.product_id.map(|id| id.0),
            quantity: input.quantity,
            starts_on: input.starts_on.0,
            ends_on: input.ends_on.0,
            reference: input.reference,
            corrects_id: input.corrects_id.map(|id| id.0),
        };
        let (usage_report, user_errors) =
            apply(ctx, input.idempotency_key, command, report_usage).await?;
        Ok(ReportUsagePayload { usage_report, user_errors })
    }
}
