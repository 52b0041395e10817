//! Log lines: what they look like and how many there are.

use std::io::{IsTerminal, stderr};

use anyhow::Context;
use tracing_subscriber::{fmt, prelude::*};

use crate::config::{LogFormat, LoggingSettings};

/// Starts writing log lines to standard error. Done once, before anything else that may tell something.
pub fn start(settings: &LoggingSettings) -> anyhow::Result<()> {
    let registry = tracing_subscriber::registry().with(settings.log_level.filter());
    match settings.log_format {
        LogFormat::Text => registry
            .with(fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal()))
            .try_init(),
        LogFormat::Json => registry
            .with(fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(stderr))
            .try_init(),
    }
    .context("logging was started before")?;
    log_panics();
    Ok(())
}

/// A panic is told like everything else: in one line of the chosen format.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(panic.place = place, "a task panicked: {message}");
    }));
}
