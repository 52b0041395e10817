//! Shows every setting as it takes effect, and where it comes from.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use clap::{Arg, ArgMatches, Command, parser::ValueSource};

use super::failure::Failure;
use crate::{
    config::{DatabaseUrl, MASK, MailUrl, WakeupSetting},
    http::AllowedOrigins,
};

/// Prints one `NAME=value  # source` line per setting of the command that was given: the lines of an environment file.
pub(super) fn print(definition: &Command, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let (mut command, mut matches) = (definition, matches);
    while let Some((name, inner)) = matches.subcommand() {
        let Some(subcommand) = command.find_subcommand(name) else { break };
        (command, matches) = (subcommand, inner);
    }
    let mut out = stdout().lock();
    // The settings that every command has are kept by the command that was given.
    for argument in definition.get_arguments().chain(command.get_arguments()) {
        let Some(name) = argument.get_env().and_then(|name| name.to_str()) else { continue };
        let (value, source) = shown(argument, matches);
        writeln!(out, "{name}={value}  # {source}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn shown(argument: &Arg, matches: &ArgMatches) -> (String, &'static str) {
    let id = argument.get_id().as_str();
    let source = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => "command line",
        Some(ValueSource::EnvVariable) => "environment",
        Some(ValueSource::DefaultValue) => "default",
        // ValueSource may grow.
        Some(_) | None => "not set",
    };
    let values: Vec<_> = matches
        .get_raw(id)
        .into_iter()
        .flatten()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    let value = values.join(",");
    if value.is_empty() {
        return (value, source);
    }
    // Whatever hides its environment value is a secret, but for those that can mask themselves.
    match id {
        "database_url" | "read_database_url" => (DatabaseUrl::from(value).to_string(), source),
        // As it takes effect: what was written may be spelled otherwise.
        "cors_origins" => {
            (value.parse().map_or(value, |it: AllowedOrigins| it.to_string()), source)
        }
        "mail" => (MailUrl::from(value).to_string(), source),
        "wakeups" => (WakeupSetting::from(value).to_string(), source),
        _ if argument.is_hide_env_values_set() => (MASK.to_owned(), source),
        _ => (value, source),
    }
}
