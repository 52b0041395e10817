//! Hand-written servers that do one thing each, as directly as it can be done.

pub(crate) mod broadcaster;
pub(crate) mod limit;
pub(crate) mod renewals;
pub(crate) mod writes;

use crate::arguments::Baseline;

pub(crate) async fn serve(baseline: Baseline) -> anyhow::Result<()> {
    match baseline {
        Baseline::Limit { listen, database_url, tenant, connections } => {
            limit::serve(listen, &database_url, tenant.parse()?, connections).await
        }
        Baseline::Broadcaster { listen } => broadcaster::serve(listen).await,
    }
}
