//! What is used of subscriptions, as somebody who measures it reports it.

pub mod report;
