//! A run over all subscriptions that are due.

use entity::{billing_run, billing_run::Amounts};

use super::{Money, made_of};
use crate::{
    access,
    graphql::read::{
        shape::Shown,
        table::{cell, object},
    },
};

object! {
    /// A run over all subscriptions that are due: it charges what is due, carries out what was scheduled, and issues the
    /// drafts that have closed. For those who work for the seller.
    BillingRun of billing_run(BillingRunId), seen as access::visible::<billing_run::Entity>;

    /// The id of the run.
    id;
    /// What is due by then is billed.
    as_of;
    /// Whether it only counts what it would do.
    dry_run;
    /// Whether all of it is done.
    status;
    /// Who began it: `user:` and the subject of a JWT, `key:` and the prefix of an API key, or `system` where it began by
    /// date.
    started_by;
    /// How many subscriptions were due when it began.
    subscriptions_due;
    /// How many of them have been billed by it; of a dry run, how many would be.
    subscriptions_billed;
    /// How many of them were put on billing hold by it; of a dry run, how many would be.
    subscriptions_held;
    /// How many lines it has written on invoices; of a dry run, how many it would.
    lines_written;
    /// How many drafts it has issued. A dry run issues none.
    documents_issued;
    /// What the lines come to without tax, a sum for each currency, in alphabetical order.
    net_amounts = made_of::<Vec<Money>, Money>(vec![cell!(billing_run.net_amounts).into()], |given| {
        let Amounts(amounts) = given.json(0)?.unwrap_or_default();
        Ok(Shown::objects(amounts.iter().map(|(currency, amount)| Money::new(*amount, currency))))
    });
    /// When all of it was done. Null: not yet.
    finished_at;
    /// Counts up with each change.
    version;
    /// When it began.
    created_at;
    /// When it was last changed.
    updated_at;
}
