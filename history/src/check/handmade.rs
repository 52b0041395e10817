//! Small histories written by hand.

use crate::history::History;

/// Reads a history; indentation and empty lines do not count.
pub(super) fn history(text: &str) -> History {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    History::read(lines.join("\n").as_bytes()).unwrap()
}
