//! Looks at every setting before anything is done with any of them.

use super::{
    args::{Command, KeyCommand, MigrateCommand, TenantCommand},
    failure::Failure,
};
use crate::config::{DatabaseSettings, DatabaseUrl, NodeSettings, SignInSettings};

impl Command {
    /// Ok if the settings can be right, each and together.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match self {
            Self::Serve(args) => {
                sign_in(&args.sign_in)?;
                nodes(&args.nodes, &args.database)
            }
            Self::Demo(args) => {
                sign_in(&args.sign_in)?;
                args.database_url.as_ref().map_or(Ok(()), url)
            }
            Self::Migrate {
                command: MigrateCommand::Up(settings) | MigrateCommand::Status(settings),
            }
            | Self::Restored(settings) => database(settings),
            Self::Tenant { command: TenantCommand::Create(args) } => database(&args.database),
            Self::Key { command: KeyCommand::Create(args) } => database(&args.database),
            Self::Key { command: KeyCommand::List(args) } => database(&args.database),
            Self::Key { command: KeyCommand::Revoke(args) } => database(&args.database),
            Self::Backup(args) => database(&args.database),
            Self::Schema => Ok(()),
        }
    }
}

fn url(url: &DatabaseUrl) -> Result<(), Failure> {
    url.kind().map(drop).map_err(Failure::usage)
}

fn database(settings: &DatabaseSettings) -> Result<(), Failure> {
    url(&settings.database_url)
}

fn sign_in(settings: &SignInSettings) -> Result<(), Failure> {
    settings.auth_config().and_then(|config| config.check()).map_err(Failure::usage)
}

fn nodes(settings: &NodeSettings, database: &DatabaseSettings) -> Result<(), Failure> {
    let kind = database.database_url.kind().map_err(Failure::usage)?;
    settings.wakeups(kind).map_err(Failure::usage)?;
    settings.replica(kind).map_err(Failure::usage)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{
        body::Body,
        http::{Request, StatusCode, header::CONTENT_TYPE},
    };
    use clap::FromArgMatches;
    use tokio_util::{sync::CancellationToken, task::TaskTracker};
    use tower::Service;
    use uuid::Uuid;

    use super::*;
    use crate::{
        app::App,
        auth::{AuthConfig, Authenticator},
        cli::args::Cli,
        clock::Clock,
        config::HttpSettings,
        graphql,
        http::{self, GraphiqlPage},
        store::{Settings, Store},
    };

    /// What somebody may write, by mistake or to see what happens. The numbers come in order.
    const NUMBERS: [&str; 15] = [
        "-1",
        "0",
        "1",
        "20",
        "100",
        "1000",
        "20000",
        "36500",
        "86400",
        "1000000",
        "1048576",
        "31536000",
        "67108864",
        "4294967295",
        "18446744073709551615",
    ];
    const GARBAGE: [&str; 12] = [
        "",
        " ",
        "*",
        "x",
        "1.5",
        "1e3",
        "99999999999999999999",
        "on,off",
        "a=b",
        "http://",
        "::",
        "\u{fffd}",
    ];

    /// Reads a command line and looks at its settings, as the program does.
    fn read(command: &str, flags: &[(String, &str)]) -> Result<Command, i32> {
        let words = ["ordergate".to_owned(), command.to_owned()]
            .into_iter()
            .chain(flags.iter().map(|(flag, value)| format!("--{flag}={value}")));
        let matches = Cli::definition().try_get_matches_from(words);
        let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches));
        let command = cli.map_err(|error| error.exit_code())?.command;
        command.check().map(|()| command).map_err(|_| 2)
    }

    fn flags(command: &str) -> Vec<String> {
        let definition = Cli::definition();
        let arguments = definition.find_subcommand(command).unwrap().get_arguments();
        let valued = arguments.filter(|it| it.get_action().takes_values());
        valued.filter_map(|it| it.get_long().map(str::to_owned)).collect()
    }

    #[test]
    fn whatever_a_setting_says_is_taken_or_refused_with_the_code_for_wrong_settings() {
        for command in ["serve", "demo"] {
            let flags = flags(command);
            assert!(flags.len() > 30);
            for flag in flags {
                for value in NUMBERS.iter().chain(&GARBAGE) {
                    if let Err(code) = read(command, &[(flag.clone(), value)]) {
                        assert_eq!(code, 2, "{command} --{flag}={value}");
                    }
                }
            }
        }
    }

    fn http_settings(command: &Command) -> &HttpSettings {
        match command {
            Command::Serve(args) => &args.http,
            Command::Demo(args) => &args.http,
            Command::Migrate { .. }
            | Command::Backup(_)
            | Command::Restored(_)
            | Command::Schema
            | Command::Tenant { .. }
            | Command::Key { .. } => {
                panic!("it serves nothing")
            }
        }
    }

    /// No number that is taken is one that arithmetic, a timer or a semaphore breaks on.
    #[tokio::test(flavor = "multi_thread")]
    async fn the_server_works_with_every_number_as_small_and_as_large_as_it_may_be() {
        let folder = std::env::temp_dir().join(format!("ordergate-check-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let url = format!("sqlite://{}", folder.join("ordergate.db").display());
        let store = Store::open(&url, &Settings::default(), &tasks, &stop).await.unwrap();
        store.migrate().await.unwrap();
        let config = AuthConfig::default();
        let authenticator =
            Authenticator::start(store.clone(), Clock::System, config, &tasks, &stop).unwrap();
        let app = Arc::new(App::new(store, Clock::System, &tasks, &stop));
        let schema = graphql::build(app.clone());

        let smallest: Vec<_> = NUMBERS.into();
        let largest: Vec<_> = NUMBERS.into_iter().rev().collect();
        for candidates in [smallest, largest] {
            let chosen: Vec<_> = flags("serve")
                .into_iter()
                .filter_map(|flag| {
                    let takes = |value: &&&str| read("serve", &[(flag.clone(), value)]).is_ok();
                    let value = candidates.iter().find(takes)?;
                    Some((flag, *value))
                })
                .collect();
            assert!(chosen.len() > 30, "{chosen:?}");
            let command = read("serve", &chosen).unwrap();
            let config = http_settings(&command).http_config(GraphiqlPage::default());
            let mut router = http::router(
                schema.clone(),
                authenticator.clone(),
                app.clone(),
                config,
                stop.clone(),
                tasks.clone(),
            );
            let request = Request::post("/graphql")
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(r#"{"query":"{__typename}"}"#))
                .unwrap();
            let status = router.call(request).await.unwrap().status();
            // With a limit of a few bytes nothing can be asked, and that is said.
            let refused = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::BAD_REQUEST];
            assert!(status == StatusCode::OK || refused.contains(&status), "{status}: {chosen:?}");
        }
        stop.cancel();
        tasks.close();
        std::fs::remove_dir_all(folder).unwrap();
    }
}
