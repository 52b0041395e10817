mod cut;
mod resume;
mod rights;
mod screens;
mod server_sent_events;
