//! What was found, as people read it.

use std::fmt;

use super::counts::Counts;

/// How many findings of one check are shown.
const SHOWN: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    LostWrite,
    AbortedRead,
    Divergence,
    Duplicate,
    Nonmonotonic,
    Skip,
    PerOrder,
    RealTime,
    Convergence,
    Foreign,
    Numbers,
    ChargedTwice,
    Uncharged,
    Sums,
}

impl Check {
    pub const fn name(self) -> &'static str {
        match self {
            Self::LostWrite => "lost-write",
            Self::AbortedRead => "aborted-read",
            Self::Divergence => "divergence",
            Self::Duplicate => "duplicate",
            Self::Nonmonotonic => "nonmonotonic",
            Self::Skip => "skip",
            Self::PerOrder => "per-order",
            Self::RealTime => "real-time",
            Self::Convergence => "convergence",
            Self::Foreign => "foreign",
            Self::Numbers => "numbers",
            Self::ChargedTwice => "charged-twice",
            Self::Uncharged => "uncharged",
            Self::Sums => "sums",
        }
    }

    /// The law that the check holds a history to.
    pub const fn law(self) -> &'static str {
        match self {
            Self::LostWrite => "what was acknowledged is in the log",
            Self::AbortedRead => "what was refused, or never asked for, is not",
            Self::Divergence => "one position means the same to everybody",
            Self::Duplicate => "nothing is told twice, and nothing done twice",
            Self::Nonmonotonic => "positions only rise",
            Self::Skip => "nothing is left out in silence",
            Self::PerOrder => "versions 1, 2, 3, …, legal moves, one end",
            Self::RealTime => "what was done before has the lower position",
            Self::Convergence => "everybody is at the head 15 s after the heal",
            Self::Foreign => "nobody is told what is not for them",
            Self::Numbers => "numbers of documents have no gaps",
            Self::ChargedTwice => "nothing is charged twice",
            Self::Uncharged => "what has begun is charged",
            Self::Sums => "an issued document adds up",
        }
    }
}

/// One violation, and the line of the history that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub line: u64,
    pub text: String,
}

impl Finding {
    pub fn at(line: u64, text: impl Into<String>) -> Self {
        Self { line, text: text.into() }
    }
}

/// What a history is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    /// The promise was broken.
    Violated,
    /// Nothing bad was seen, but the run did not do what it set out to do.
    Refused,
}

#[derive(Debug)]
pub struct Report {
    /// Why the run does not count.
    pub unproven: Vec<String>,
    pub counts: Counts,
    pub findings: Vec<(Check, Vec<Finding>)>,
}

impl Report {
    pub fn verdict(&self) -> Verdict {
        if self.violated().next().is_some() {
            Verdict::Violated
        } else if self.unproven.is_empty() {
            Verdict::Clean
        } else {
            Verdict::Refused
        }
    }

    /// The checks that found something.
    pub fn violated(&self) -> impl Iterator<Item = Check> {
        self.findings.iter().filter(|(_, findings)| !findings.is_empty()).map(|(check, _)| *check)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.counts)?;
        for (check, findings) in &self.findings {
            let verdict = match findings.len() {
                0 => "ok".to_owned(),
                1 => "1 VIOLATION".to_owned(),
                many => format!("{many} VIOLATIONS"),
            };
            writeln!(f, "  {:<13} {:<46} {verdict}", check.name(), check.law())?;
            for Finding { line, text } in findings.iter().take(SHOWN) {
                writeln!(f, "      line {line}: {text}")?;
            }
        }
        for reason in &self.unproven {
            writeln!(f, "  unproven: {reason}")?;
        }
        match self.verdict() {
            Verdict::Clean => write!(f, "clean"),
            Verdict::Violated => write!(f, "VIOLATED"),
            Verdict::Refused => {
                write!(f, "REFUSED: the run does not prove what it set out to prove")
            }
        }
    }
}
