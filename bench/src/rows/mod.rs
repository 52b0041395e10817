//! One file for each kind of measurement.

pub(crate) mod billing_run;
pub(crate) mod documents;
pub(crate) mod event;
pub(crate) mod fan_out;
pub(crate) mod hostile;
pub(crate) mod payload;
pub(crate) mod reads;
pub(crate) mod same_statements;
pub(crate) mod webhooks;
pub(crate) mod writes;
