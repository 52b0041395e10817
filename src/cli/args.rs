//! The command line's words.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, builder::BoolishValueParser};
use entity::{CustomerId, PartnerId, Role, TenantId, TenantKind};
use tracing_subscriber::filter::LevelFilter;

use super::ids;
use crate::config::{
    DatabaseSettings, DatabaseUrl, HttpSettings, LogFormat, LogLevels, LoggingSettings,
    MailSettings, NodeSettings, PoolSettings, SignInSettings, WebhookSettings,
};

const EXAMPLES: &str = "\
Examples:
  ordergate demo                                  A seeded shop to try, gone when you stop it
  ordergate tenant create --name 'Acme Cloud'     Your own shop, with a first key
  ordergate serve                                 The API at http://127.0.0.1:8080/graphql
  ordergate serve --print-config                  What every setting is, without starting

Every setting is a flag and an environment variable; a flag wins. `ordergate help serve` lists them.

Exit codes: 0 done, 1 something failed, 2 a flag or setting is wrong, 3 migrations are pending.";

const SERVE_EXAMPLES: &str = "\
Examples:
  ordergate serve --listen 0.0.0.0:8080 --cors-origins https://shop.example
  ordergate serve --database-url postgres://ordergate:SECRET@db/ordergate --migrate
  ordergate serve --jwt-jwks-url https://id.example/keys --jwt-issuer https://id.example --jwt-audience ordergate
  ORDERGATE_LISTEN=0.0.0.0:80 ORDERGATE_LOG_FORMAT=json ordergate serve

A token (JWT) that is believed says, by these claims: iss and aud what the flags say; iat and exp when it was issued and
until when it is good; sub who it is; tid the tenant, such as tenant_0190f3…; role one of the roles; and partner or
customer, such as partner_0190f4…, where the role speaks for one. Why one was refused is in the log.

SIGTERM and SIGINT stop it: requests are finished, feeds are closed with their cursor, background work ends.
A second signal ends it at once.";

const DEMO_EXAMPLES: &str = "\
Examples:
  ordergate demo --listen 127.0.0.1:9000
  ordergate demo --quiet --keys-file keys.json     For tests: nothing happens by itself
  ordergate demo --orders 5000                     A bigger past
  ordergate demo --jwt-secret SECRET --jwt-issuer ISSUER --jwt-audience AUDIENCE
                                                   To try your own tokens; the first screen shows the tenant's id
  ordergate demo --database-url sqlite://shop.db   Keep it, and look at it again with `ordergate serve`";

const KEY_EXAMPLES: &str = "\
Roles:
  admin, seller, provisioner, auditor   see the whole tenant
  approver                              sees it too, or with --partner that partner and those below it
  partner                               needs --partner
  customer                              needs --customer

Examples:
  ordergate key create --tenant tenant_0190f3… --role seller --name 'Web shop'
  ordergate key create --tenant tenant_0190f3… --role partner --partner partner_0190f4… --expires-in-days 90";

/// The ordering backend that sellers of subscriptions put behind their shops and partner portals.
#[derive(Debug, Parser)]
#[command(
    name = "ordergate",
    version,
    after_help = EXAMPLES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,

    /// Print every setting as it takes effect, secrets as ***, and exit.
    #[arg(long, global = true)]
    pub(super) print_config: bool,
}

impl Cli {
    /// The command line as it is read.
    pub(super) fn definition() -> clap::Command {
        // The first screen of the demo should stay in sight.
        Self::command().mut_subcommand("demo", |demo| {
            demo.mut_arg("log_level", |argument| argument.default_value("warn"))
        })
    }
}

impl Command {
    /// What is told while the command runs; a short command tells only what went wrong.
    pub(super) fn logging(&self) -> LoggingSettings {
        match self {
            Self::Demo(args) => args.logging.clone(),
            Self::Serve(args) => args.logging.clone(),
            Self::Migrate { .. }
            | Self::Backup(_)
            | Self::Restored(_)
            | Self::Schema
            | Self::Tenant { .. }
            | Self::Key { .. } => LoggingSettings {
                log_format: LogFormat::Text,
                log_level: LogLevels::all(LevelFilter::WARN),
            },
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serve a made-up shop with live activity: the quickest way to look around.
    ///
    /// Everything is kept in a temporary file that is removed at the end, unless --database-url names another place.
    /// The first screen shows an API key for each role and where to go.
    Demo(Box<DemoArgs>),
    /// Serve the API.
    ///
    /// On SQLite, pending migrations are applied first. On PostgreSQL the program refuses to start while migrations
    /// are pending, unless --migrate is given: with several nodes, when to migrate is your decision.
    Serve(Box<ServeArgs>),
    /// Apply the database's migrations, or list them.
    Migrate {
        #[command(subcommand)]
        command: MigrateCommand,
    },
    /// Copy an SQLite database while it is in use, and make sure that the copy is sound.
    ///
    /// To restore it, stop the server, move the database's file and what lies beside it (-wal, -shm) away, put the copy
    /// in its place, and start the server. Feeds that resume are then told to read afresh, because what happened after
    /// the copy was made is not in it.
    Backup(BackupArgs),
    /// Say that a database was restored, so that feeds that resume are told to read afresh.
    ///
    /// For copies that `ordergate backup` did not make: of PostgreSQL, or of a disk. Without this, whoever has seen more
    /// than the copy holds would go on from there as if nothing were missing. Run it before the server is started.
    Restored(DatabaseSettings),
    /// Print the GraphQL schema.
    Schema,
    /// Create tenants: sellers, each with a world of its own.
    Tenant {
        #[command(subcommand)]
        command: TenantCommand,
    },
    /// Create, list and revoke API keys.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
}

#[derive(Args, Debug)]
#[command(after_help = SERVE_EXAMPLES)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) database: DatabaseSettings,

    /// Apply pending migrations before serving. SQLite databases are migrated without it.
    #[arg(
        long,
        env = "ORDERGATE_MIGRATE",
        help_heading = "Database",
        value_parser = BoolishValueParser::new()
    )]
    pub(super) migrate: bool,

    /// Forget events that are older than so many days. A feed that resumes from one that is forgotten is told to read
    /// afresh. Without this, events are kept for ever.
    #[arg(
        long,
        env = "ORDERGATE_EVENT_RETENTION_DAYS",
        help_heading = "Database",
        value_name = "DAYS",
        value_parser = clap::value_parser!(u32).range(1..=36_500)
    )]
    pub(super) event_retention_days: Option<u32>,

    #[command(flatten)]
    pub(super) nodes: NodeSettings,

    #[command(flatten)]
    pub(super) http: HttpSettings,

    #[command(flatten)]
    pub(super) webhooks: WebhookSettings,

    #[command(flatten)]
    pub(super) mail: MailSettings,

    #[command(flatten)]
    pub(super) sign_in: SignInSettings,

    #[command(flatten)]
    pub(super) logging: LoggingSettings,
}

#[derive(Args, Debug)]
#[command(after_help = DEMO_EXAMPLES)]
pub(super) struct DemoArgs {
    /// Make no new activity: only what you do yourself happens.
    #[arg(
        long,
        env = "ORDERGATE_DEMO_QUIET",
        help_heading = "Demo",
        value_parser = BoolishValueParser::new()
    )]
    pub(super) quiet: bool,

    /// Write the keys to this file as a JSON object from role to key, readable by you only.
    #[arg(long, env = "ORDERGATE_DEMO_KEYS_FILE", help_heading = "Demo", value_name = "PATH")]
    pub(super) keys_file: Option<PathBuf>,

    /// How many purchases the shop has seen in the past weeks; changes of what was bought come on top.
    #[arg(
        long,
        env = "ORDERGATE_DEMO_ORDERS",
        help_heading = "Demo",
        value_name = "NUMBER",
        default_value_t = 400,
        value_parser = clap::value_parser!(u32).range(20..=20_000)
    )]
    pub(super) orders: u32,

    /// What the shop is made up from: the same seed gives the same shop.
    #[arg(
        long,
        env = "ORDERGATE_DEMO_SEED",
        help_heading = "Demo",
        value_name = "NUMBER",
        default_value_t = 1
    )]
    pub(super) seed: u64,

    /// Keep the shop here, as a new tenant. Without this it is in a temporary file that is removed at the end.
    #[arg(
        long,
        // Not the name that `serve` uses: a made-up shop should not get into a real database by accident.
        env = "ORDERGATE_DEMO_DATABASE_URL",
        hide_env_values = true,
        help_heading = "Demo",
        value_name = "URL"
    )]
    pub(super) database_url: Option<DatabaseUrl>,

    #[command(flatten)]
    pub(super) pool: PoolSettings,

    #[command(flatten)]
    pub(super) http: HttpSettings,

    #[command(flatten)]
    pub(super) sign_in: SignInSettings,

    #[command(flatten)]
    pub(super) logging: LoggingSettings,
}

#[derive(Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Apply all pending migrations: all of them or, should one fail, none.
    Up(DatabaseSettings),
    /// List all migrations. The exit code is 3 when some are pending.
    Status(DatabaseSettings),
}

#[derive(Args, Debug)]
pub(super) struct BackupArgs {
    /// Where the copy is to be. Missing folders are not made.
    pub(super) file: PathBuf,

    /// Replace the file if there is one, once the copy is complete.
    #[arg(long)]
    pub(super) overwrite: bool,

    #[command(flatten)]
    pub(super) database: DatabaseSettings,
}

#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Create a tenant and print its id and a first ADMIN key, which is shown this once.
    Create(CreateTenantArgs),
}

#[derive(Args, Debug)]
pub(super) struct CreateTenantArgs {
    /// What people call the seller.
    #[arg(long)]
    pub(super) name: String,

    /// Whether orders are real: `sandbox` or `production`.
    #[arg(long, default_value = "production", value_parser = ids::word::<TenantKind>)]
    pub(super) kind: TenantKind,

    /// The currency where none is named, as its ISO 4217 code.
    #[arg(long, default_value = "EUR")]
    pub(super) currency: String,

    /// Orders wait for the seller's approval.
    #[arg(long)]
    pub(super) approval_required: bool,

    /// Cancel orders whose approval was not answered for so many days. Without this they wait for ever.
    #[arg(long, value_name = "DAYS")]
    pub(super) approval_lapse_days: Option<i32>,

    /// How long customers have to pay an invoice.
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(super) payment_terms_days: i32,

    /// Where the seller's days begin, as the IANA time zone database calls it, such as `Europe/Copenhagen`.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(super) time_zone: String,

    #[command(flatten)]
    pub(super) database: DatabaseSettings,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Create a key and print it. It is shown this once.
    #[command(after_help = KEY_EXAMPLES)]
    Create(CreateKeyArgs),
    /// List a tenant's keys, without their secrets.
    List(ListKeysArgs),
    /// Revoke a key. It stops working within a second, and feeds that use it end within ten.
    Revoke(RevokeKeyArgs),
}

#[derive(Args, Debug)]
pub(super) struct CreateKeyArgs {
    /// The tenant's id.
    #[arg(long, value_name = "ID", value_parser = ids::id::<TenantId>)]
    pub(super) tenant: TenantId,

    /// What the key's holder may do.
    #[arg(long, value_parser = ids::word::<Role>)]
    pub(super) role: Role,

    /// The partner that the holder speaks for.
    #[arg(long, value_name = "ID", value_parser = ids::id::<PartnerId>, conflicts_with = "customer")]
    pub(super) partner: Option<PartnerId>,

    /// The customer that the holder speaks for.
    #[arg(long, value_name = "ID", value_parser = ids::id::<CustomerId>)]
    pub(super) customer: Option<CustomerId>,

    /// What the key is called, so that it can be found again.
    #[arg(long, default_value = "Made on the command line")]
    pub(super) name: String,

    /// When the key stops working by itself. Without this, never.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(super) expires_in_days: Option<u32>,

    #[command(flatten)]
    pub(super) database: DatabaseSettings,
}

#[derive(Args, Debug)]
pub(super) struct ListKeysArgs {
    /// The tenant's id.
    #[arg(long, value_name = "ID", value_parser = ids::id::<TenantId>)]
    pub(super) tenant: TenantId,

    #[command(flatten)]
    pub(super) database: DatabaseSettings,
}

#[derive(Args, Debug)]
pub(super) struct RevokeKeyArgs {
    /// The part of the key between `og_` and the second `_`; `ordergate key list` shows it.
    pub(super) prefix: String,

    #[command(flatten)]
    pub(super) database: DatabaseSettings,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::definition().debug_assert();
    }

    /// A setting without a variable could not be set in a container.
    #[test]
    fn every_setting_of_the_server_has_an_environment_variable() {
        let command = Cli::definition();
        for name in ["serve", "demo"] {
            let subcommand = command.find_subcommand(name).unwrap();
            for argument in subcommand.get_arguments() {
                let flag = argument.get_long().unwrap();
                let variable = argument.get_env().and_then(|name| name.to_str());
                let expected = flag.replace('-', "_").to_uppercase();
                assert!(
                    variable.is_some_and(|it| it.ends_with(&expected)),
                    "--{flag}: {variable:?}"
                );
            }
        }
    }

    /// docs/settings.md is what `ordergate help serve` says.
    #[test]
    fn every_setting_is_documented() {
        let serve = Cli::definition().find_subcommand("serve").unwrap().clone();
        let mut page = String::from(
            "# Settings\n\n\
             Every setting of `ordergate serve` is a flag and an environment variable; a flag wins. `--print-config` shows \
             what\ntakes effect, and where from. `0` switches a rate limit off. `ordergate help serve` says the same as this \
             page.\n",
        );
        let mut heading = "";
        for argument in serve.get_arguments().filter(|it| it.get_env().is_some()) {
            let its_heading = argument.get_help_heading().unwrap();
            if its_heading != heading {
                heading = its_heading;
                let columns =
                    "| Flag | Environment | Default | Meaning |\n| --- | --- | --- | --- |";
                page.extend(["\n## ", heading, "\n\n", columns, "\n"]);
            }
            page.push_str(&row(argument));
        }
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
        if std::env::var_os("ORDERGATE_WRITE_DOCS").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page,
            "docs/settings.md says something else; write it anew: \
             ORDERGATE_WRITE_DOCS=1 cargo test --lib every_setting_is_documented"
        );
    }

    fn row(argument: &clap::Arg) -> String {
        let flag = argument.get_long().unwrap();
        let variable = argument.get_env().unwrap().to_string_lossy();
        let default: Vec<_> =
            argument.get_default_values().iter().map(|it| it.to_string_lossy()).collect();
        let default = match default.join(",") {
            none if none.is_empty() => "–".to_owned(),
            some => format!("`{some}`"),
        };
        let help = argument.get_long_help().or(argument.get_help()).unwrap().to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        format!("| `--{flag}` | `{variable}` | {default} | {help} |\n")
    }
}
