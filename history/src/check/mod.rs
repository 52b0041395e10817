//! The fourteen checks, and the verdict on a run.
//!
//! Each check is a pure function from a history to its findings and costs O(n log n) in the lines of the history.

mod billing;
mod convergence;
mod counts;
mod deliveries;
mod orders;
mod proof;
mod report;
mod states;
mod writes;

#[cfg(test)]
mod handmade;

pub use self::{
    counts::Counts,
    report::{Check, Finding, Report, Verdict},
};
use crate::history::History;

/// Runs every check.
pub fn check(history: &History) -> Report {
    let counts = counts::count(history);
    let findings = vec![
        (Check::LostWrite, writes::lost_write(history)),
        (Check::AbortedRead, writes::aborted_read(history)),
        (
            Check::Divergence,
            [deliveries::divergence(history), states::wrong_counts(history)].concat(),
        ),
        (Check::Duplicate, deliveries::duplicate(history)),
        (Check::Nonmonotonic, deliveries::nonmonotonic(history)),
        (Check::Skip, [deliveries::skip(history), states::stale_pages(history)].concat()),
        (Check::PerOrder, orders::per_order(history)),
        (Check::RealTime, writes::real_time(history)),
        (
            Check::Convergence,
            [convergence::convergence(history), states::unfinished_pages(history)].concat(),
        ),
        (Check::Foreign, deliveries::foreign(history)),
        (Check::Numbers, billing::numbers(history)),
        (Check::ChargedTwice, billing::charged_twice(history)),
        (Check::Uncharged, billing::uncharged(history)),
        (Check::Sums, billing::sums(history)),
    ];
    Report { unproven: proof::missing(history, &counts), counts, findings }
}
