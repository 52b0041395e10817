//! The transports: everything between a socket and the schema.

mod admission;
mod answer;
mod approval;
mod caller;
mod config;
mod connections;
mod credential;
mod documents;
mod endpoint;
mod errors;
mod execute;
mod feed;
mod feed_body;
mod forwarded;
mod gateway;
mod graphiql;
mod health;
mod lately;
mod live;
mod metrics;
mod multipart;
mod negotiate;
mod origins;
mod parameters;
mod payments;
mod permits;
mod question;
mod rate_limit;
mod request_log;
mod respond;
mod router;
mod server;
mod simulated_payments;
mod sse;
mod watchers;
mod websocket;

pub use self::{
    config::{GraphiqlPage, GraphiqlTab, HttpConfig, WebsocketConfig},
    origins::AllowedOrigins,
    router::router,
    server::serve,
    simulated_payments::SimulatedPayments,
};
