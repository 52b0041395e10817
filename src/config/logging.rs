//! What is told while the program runs.

use std::{fmt, str::FromStr};

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::{LevelFilter, Targets};

/// What is written to standard error while the program runs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Logging")]
pub struct LoggingSettings {
    /// How the log is written: lines for people, or one JSON object per line for machines. It goes to standard error.
    #[arg(long, env = "ORDERGATE_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// How much is logged: `off`, `error`, `warn`, `info`, `debug`, `trace`, or a level per module such as
    /// `info,ordergate::events=debug`. Libraries log no more than `info`, because their details hold what clients send.
    #[arg(long, env = "ORDERGATE_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    pub log_level: LogLevels,
}

/// What a log line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// What is told of each module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLevels {
    all: LevelFilter,
    /// By module, as written.
    modules: Vec<(String, LevelFilter)>,
}

/// The program's own modules: they know what a secret is.
const OURS: [&str; 3] = ["ordergate", "entity", "migration"];
/// What others tell at most. Below this they tell of the bytes that they are given, and so of credentials.
const MOST_OF_OTHERS: LevelFilter = LevelFilter::INFO;

impl LogLevels {
    /// All at one level.
    pub const fn all(level: LevelFilter) -> Self {
        Self { all: level, modules: Vec::new() }
    }

    /// What is let through.
    pub fn filter(&self) -> Targets {
        let ours = OURS.map(|module| (module, self.all));
        let named = self.modules.iter().map(|(module, level)| {
            let most = if is_ours(module) { LevelFilter::TRACE } else { MOST_OF_OTHERS };
            (module.as_str(), (*level).min(most))
        });
        Targets::new()
            .with_default(self.all.min(MOST_OF_OTHERS))
            .with_targets(ours)
            .with_targets(named)
    }
}

fn is_ours(module: &str) -> bool {
    let root = module.split("::").next().unwrap_or_default();
    OURS.contains(&root)
}

impl FromStr for LogLevels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut levels = Self::all(LevelFilter::OFF);
        let mut has_one = false;
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            has_one = true;
            match word.split_once('=') {
                None => levels.all = level(word)?,
                Some((module, word)) if is_path(module.trim()) => {
                    levels.modules.push((module.trim().to_owned(), level(word.trim())?));
                }
                Some((module, _)) => return Err(format!("\"{module}\" is no module")),
            }
        }
        if has_one { Ok(levels) } else { Err("name a level, such as info".to_owned()) }
    }
}

fn level(text: &str) -> Result<LevelFilter, String> {
    const NAMES: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let known = NAMES.iter().any(|name| name.eq_ignore_ascii_case(text));
    let level = text.parse().ok().filter(|_| known);
    level.ok_or_else(|| {
        format!("\"{text}\" is no log level; there are off, error, warn, info, debug and trace")
    })
}

fn is_path(text: &str) -> bool {
    !text.is_empty()
        && text.split("::").all(|name| {
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        })
}

impl fmt::Display for LogLevels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.all)?;
        self.modules.iter().try_for_each(|(module, level)| write!(f, ",{module}={level}"))
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    fn read(text: &str) -> LogLevels {
        text.parse().unwrap()
    }

    #[test]
    fn levels_are_read_for_all_and_for_modules() {
        for (text, shown) in [
            ("info", "info"),
            (" WARN ", "warn"),
            ("off", "off"),
            ("info,ordergate::events=debug", "info,ordergate::events=debug"),
            ("ordergate=trace , error", "error,ordergate=trace"),
        ] {
            assert_eq!(read(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_level_is_refused() {
        for text in [
            "",
            ",",
            "loud",
            "3",
            "ordergate",
            "info,loud",
            "ordergate=loud",
            "=info",
            "a b=info",
            "[x]=info",
        ] {
            assert!(text.parse::<LogLevels>().is_err(), "{text}");
        }
    }

    #[test]
    fn libraries_tell_no_more_than_info_whatever_is_asked_for() {
        for text in
            ["trace", "debug", "warn,hyper=trace,tungstenite::protocol=debug", "off,h2=trace"]
        {
            let filter = read(text).filter();
            for library in
                ["hyper::proto", "h2::codec", "sqlx::query", "tungstenite::protocol", "x"]
            {
                for level in [Level::DEBUG, Level::TRACE] {
                    assert!(!filter.would_enable(library, &level), "{text}: {library} at {level}");
                }
            }
        }
        assert!(read("trace").filter().would_enable("ordergate::http", &Level::TRACE));
        assert!(read("warn,sqlx=info").filter().would_enable("sqlx::query", &Level::INFO));
        let narrow = read("warn,ordergate::http=debug").filter();
        assert!(narrow.would_enable("ordergate::http::server", &Level::DEBUG));
        assert!(!narrow.would_enable("ordergate::jobs", &Level::INFO));
    }
}
