//! Where webhooks may go.

use clap::Args;

use super::Switch;
use crate::outbound::{Reach, client::Client};

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Webhooks")]
pub struct WebhookSettings {
    /// Also post webhooks to `localhost`, on any port and without TLS. For development only: whoever may set webhooks up
    /// can then reach what listens on this machine.
    #[arg(
        long,
        env = "ORDERGATE_WEBHOOKS_TO_LOCALHOST",
        value_name = "on|off",
        default_value = "off",
        hide_possible_values = true
    )]
    pub webhooks_to_localhost: Switch,
}

impl WebhookSettings {
    /// What posts webhooks.
    pub fn client(&self) -> Client {
        let to_localhost = self.webhooks_to_localhost.is_on();
        Client::new(if to_localhost { Reach::Loopback } else { Reach::Public })
    }
}
