//! What is told while the program runs.

use clap::{Args, ValueEnum};

/// What is written to standard error while the program runs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Logging")]
pub struct LoggingSettings {
    /// Lines for people, or one JSON object per line for machines. Logs go to standard error.
    #[arg(long, env = "ORDERGATE_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// How much is told: `error`, `warn`, `info`, `debug`, `trace`, or a level per module such as
    /// `info,ordergate::events=debug`.
    #[arg(long, env = "ORDERGATE_LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    pub log_level: String,
}

/// What a log line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}
