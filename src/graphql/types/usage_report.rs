//! That something was used.

use entity::usage_report;

use super::{CustomerSubscription, Product, made};
use crate::{
    access,
    graphql::read::table::{cell, object, one},
};

object! {
    /// That something of a subscription was used, as it was reported. It never changes; another report corrects it.
    UsageReport of usage_report(UsageReportId), seen as access::visible::<usage_report::Entity>;

    /// The id of the report.
    id;
    /// The subscription of which it was used.
    subscription = one!(CustomerSubscription, usage_report.subscription_id);
    /// The product that was used.
    product = one!(Product, usage_report.product_id);
    /// How many units were used. Below zero: of the report that it corrects, so many were not.
    quantity;
    /// The first day on which they were used, in the seller's time zone.
    starts_on;
    /// The first day after that.
    ends_on;
    /// The reporter's reference; unique in the subscription.
    reference;
    /// The report that it corrects. Null: it corrects none.
    corrects = one!(UsageReport, usage_report.corrects_id);
    /// Whether it came when its billing period was over, and is charged by itself: when the day of the report is over.
    late = made::<bool>(vec![cell!(usage_report.late_on).into()], |given| {
        Ok(given.has(0)?.into())
    });
    /// When it was reported.
    created_at;
}
