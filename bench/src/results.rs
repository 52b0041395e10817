//! The table, for people and for the repository.

use std::{fmt::Write as _, fs, path::Path};

use crate::{
    machine::Machine,
    sample::{Sample, milliseconds},
};

/// What stands where there is no baseline, nothing to reach, or no program of before.
pub(crate) const NOTHING: &str = "–";

/// What one measurement says.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) ordergate: String,
    pub(crate) baseline: String,
    /// What was found, and whether that is what was to be reached. None where it could not be measured, or nothing is to
    /// be reached.
    pub(crate) found: Option<(String, bool)>,
    pub(crate) to_reach: String,
    /// The same with the program of before, where there is one.
    pub(crate) before: Option<Before>,
}

/// What a measurement said of the program of before.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    pub(crate) text: String,
    /// What it says of the present program, divided by that.
    pub(crate) ratio: String,
}

/// A ratio that should be at least as large as another.
pub(crate) fn at_least(ratio: f64, least: f64) -> Option<(String, bool)> {
    ratio.is_finite().then(|| (format!("{ratio:.2}"), ratio >= least))
}

/// A ratio that should be at most as large as another.
pub(crate) fn at_most(ratio: f64, most: f64) -> Option<(String, bool)> {
    ratio.is_finite().then(|| (format!("{ratio:.2}"), ratio <= most))
}

pub(crate) fn rate(per_second: f64, latency: &Sample) -> String {
    format!(
        "{per_second:.0}/s; median {}, p99 {}",
        milliseconds(latency.median()),
        milliseconds(latency.p99())
    )
}

/// The rows as a table in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut head = "| What | Ordergate | Baseline | Ratio | To reach | |".to_owned();
    let mut rule = "| --- | --- | --- | ---: | --- | --- |".to_owned();
    let with_before = rows.iter().any(|row| row.before.is_some());
    if with_before {
        head += " Before | Now / before |";
        rule += " --- | ---: |";
    }
    let lines = rows.iter().map(|row| line(row, with_before));
    [head, rule].into_iter().chain(lines).map(|line| line + "\n").collect()
}

/// Adds rows, and shows them as soon as they are there: a whole run takes its time.
pub(crate) fn add(rows: &mut Vec<Row>, measured: Vec<Row>) {
    for row in &measured {
        eprintln!("{}", line(row, row.before.is_some()));
    }
    rows.extend(measured);
}

fn line(row: &Row, with_before: bool) -> String {
    let (ratio, reached) = match &row.found {
        Some((ratio, true)) => (ratio.as_str(), "yes"),
        Some((ratio, false)) => (ratio.as_str(), "**no**"),
        None if row.to_reach == NOTHING => (NOTHING, NOTHING),
        None => ("n/a", "n/a"),
    };
    let Row { what, ordergate, baseline, to_reach, .. } = row;
    let line = format!("| {what} | {ordergate} | {baseline} | {ratio} | {to_reach} | {reached} |");
    match &row.before {
        Some(Before { text, ratio }) => format!("{line} {text} | {ratio} |"),
        None if with_before => format!("{line} {NOTHING} | {NOTHING} |"),
        None => line,
    }
}

const GENERATED: &str = "<!-- Written by the program up to here. What follows is kept. -->";

/// Replaces what the last run wrote; what people wrote below it stays.
pub(crate) fn write(
    file: &Path,
    machine: &Machine,
    rows: &[Row],
    pages: Option<&str>,
) -> anyhow::Result<()> {
    let kept = fs::read_to_string(file).unwrap_or_default();
    let kept = kept.split_once(GENERATED).map_or("", |(_, kept)| kept).trim_start();
    let mut text = format!(
        "# Benchmark results\n\nWritten by `cargo run --release -p bench`, which runs the server and each baseline in turn on \
         one machine. Ratios hold within a row only.\n\n{machine}\n{}\n",
        table(rows)
    );
    if let Some(pages) = pages {
        write!(text, "## Pages, at ten thousand and at a million orders\n\n{pages}\n")?;
    }
    write!(text, "{GENERATED}\n\n{kept}")?;
    fs::write(file, text)?;
    Ok(())
}
