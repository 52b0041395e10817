//! Everything that can be set: each by a flag and by an environment variable, of which the flag wins.

mod database;
mod http;
mod limits;
mod logging;
mod mail;
mod nodes;
mod sign_in;
mod webhooks;

use clap::ValueEnum;

pub use self::{
    database::{DatabaseKind, DatabaseSettings, DatabaseUrl, PoolSettings},
    http::HttpSettings,
    limits::{LimitSettings, TimeoutSettings},
    logging::{LogFormat, LogLevels, LoggingSettings},
    mail::{MailSettings, MailUrl},
    nodes::{NodeSettings, WakeupSetting},
    sign_in::SignInSettings,
    webhooks::WebhookSettings,
};

/// What stands where a secret was.
pub const MASK: &str = "***";

/// A setting that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

impl Switch {
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}
