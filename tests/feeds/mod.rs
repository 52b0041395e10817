mod cut;
mod groups;
mod queue;
mod resume;
mod rights;
mod screens;
mod server_sent_events;
