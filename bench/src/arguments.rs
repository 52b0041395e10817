//! The command line's words.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench                                Everything: about forty minutes
  cargo run --release -p bench -- --quick                     Everything, small: whether it works
  cargo run --release -p bench -- --only orders-page,fan-out
  cargo run --release -p bench -- --only reads --before /tmp/earlier/ordergate
  cargo run --release -p bench -- --only writes --postgres-url postgres://me@127.0.0.1/bench

The server is built in release, and every process is started here, on free ports, with its data in a temporary folder.
PostgreSQL gets a cluster of its own for the time of the run; as root, it runs as the user postgres. With
--postgres-url, the databases are created on that server instead, and dropped at the end.";

/// Measures Ordergate beside hand-written servers that do the same and nothing else, on this machine, in turn.
#[derive(Debug, Parser)]
#[command(name = "bench", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) run: RunArguments,

    #[command(subcommand)]
    pub(crate) baseline: Option<Baseline>,
}

#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    /// Only these rows, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ROWS")]
    pub(crate) only: Vec<Group>,

    /// Few orders, few watchers, short times. Finds out whether everything works; the figures mean little.
    #[arg(long)]
    pub(crate) quick: bool,

    /// Only these databases, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "DATABASES")]
    pub(crate) databases: Vec<Database>,

    /// A PostgreSQL server on which databases may be created, instead of a cluster of its own.
    #[arg(long, value_name = "URL")]
    pub(crate) postgres_url: Option<String>,

    /// Where the table is written.
    #[arg(long, value_name = "FILE", default_value = "bench/RESULTS.md")]
    pub(crate) output: PathBuf,

    /// The `ordergate` to measure, instead of the one that is built here.
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,

    /// An earlier `ordergate` of the same API, to measure in turn with it, each on a database of its own: reads, and the
    /// rows `payload` and `event`.
    #[arg(long, value_name = "FILE")]
    pub(crate) before: Option<PathBuf>,
}

/// Rows of the table that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// 20 orders with customer, lines, offers and products.
    OrdersPage,
    /// One order with everything under it.
    OrderById,
    /// 20 customers, subscriptions, invoices and licenses, each with what is below them.
    OtherPages,
    /// A small query: who is asking.
    Viewer,
    /// Ten thousand different documents, each sent once.
    Documents,
    /// What only reads: orders-page, order-by-id, other-pages, viewer and documents.
    Reads,
    /// A mutation that answers with an order and what is below it.
    Payload,
    /// An event of a nested feed, worked out for many selections.
    Event,
    /// What strangers and greedy callers can cost.
    Hostile,
    /// Creating, submitting and approving orders.
    Writes,
    /// A billing run, and what others notice of it.
    BillingRun,
    /// Events posted to many webhook endpoints.
    Webhooks,
    /// Many watchers of one feed.
    FanOut,
    /// A feed whose selection nests, beside a lean one.
    Nested,
    /// As many feeds as there are watchers.
    ManyFeeds,
    /// What watchers cost while nothing happens.
    Idle,
    /// Pages of every kind, at ten thousand and at a million orders.
    Pages,
}

impl Group {
    fn only_reads(self) -> bool {
        match self {
            Self::OrdersPage
            | Self::OrderById
            | Self::OtherPages
            | Self::Viewer
            | Self::Documents
            | Self::Reads => true,
            Self::Payload
            | Self::Event
            | Self::Hostile
            | Self::Writes
            | Self::BillingRun
            | Self::Webhooks
            | Self::FanOut
            | Self::Nested
            | Self::ManyFeeds
            | Self::Idle
            | Self::Pages => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl RunArguments {
    pub(crate) fn wants(&self, group: Group) -> bool {
        self.only.is_empty()
            || self.only.contains(&group)
            || group.only_reads() && self.only.contains(&Group::Reads)
    }

    pub(crate) fn databases(&self) -> &[Database] {
        if self.databases.is_empty() {
            &[Database::Sqlite, Database::Postgres]
        } else {
            &self.databases
        }
    }
}

/// The servers to compare with; the program starts them itself.
#[derive(Debug, Subcommand)]
pub(crate) enum Baseline {
    /// One SQL statement that builds the answer.
    #[command(hide = true)]
    Limit {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        database_url: String,
        #[arg(long)]
        tenant: String,
        #[arg(long)]
        connections: u32,
    },
    /// Sends every text that is posted to all websockets.
    #[command(hide = true)]
    Broadcaster {
        #[arg(long)]
        listen: SocketAddr,
    },
}
