//! The command line: what can be asked of the program, one file per command.

mod args;
mod backup;
mod check;
mod demo;
mod failure;
mod ids;
mod key;
mod lifetime;
mod listen;
mod migrate;
mod print_config;
mod schema;
mod serve;
mod storage;
mod tenant;
mod unopened;

use std::process::ExitCode;

use clap::FromArgMatches;

use self::{
    args::{Cli, Command, KeyCommand, MigrateCommand},
    failure::Failure,
};
use crate::logging;

/// Does what the command line asks for.
pub fn run() -> ExitCode {
    let mut definition = Cli::definition();
    let matches = definition.clone().get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.format(&mut definition).exit(),
    };
    let done = cli.command.check().and_then(|()| {
        if cli.print_config {
            return print_config::print(&definition, &matches);
        }
        logging::start(&cli.command.logging())?;
        obey(cli.command)
    });
    match done {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// Stack of each worker thread, in bytes: four times what is usual.
const STACK: usize = 8 * 1024 * 1024;

fn obey(command: Command) -> Result<ExitCode, Failure> {
    if matches!(command, Command::Schema) {
        return schema::print();
    }
    // What is deep below a request, such as billing an order's lines, has room; only what is used of it costs memory.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().thread_stack_size(STACK).build()?.block_on(async {
        match command {
            Command::Demo(args) => demo::demo(*args).await,
            Command::Serve(args) => serve::serve(*args).await,
            Command::Migrate { command: MigrateCommand::Up(database) } => {
                migrate::up(&database).await
            }
            Command::Migrate { command: MigrateCommand::Status(database) } => {
                migrate::status(&database).await
            }
            Command::Backup(args) => backup::backup(args).await,
            Command::Restored(database) => backup::restored(&database).await,
            Command::Schema => schema::print(),
            Command::Tenant { command: args::TenantCommand::Create(args) } => {
                tenant::create(args).await
            }
            Command::Key { command: KeyCommand::Create(args) } => key::create(args).await,
            Command::Key { command: KeyCommand::List(args) } => key::list(args).await,
            Command::Key { command: KeyCommand::Revoke(args) } => key::revoke(args).await,
        }
    })
}
