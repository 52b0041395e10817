//! What the program has done since it started, in numbers. They name no tenant and no caller, and every label has a
//! closed set of values, so nobody who calls can make more of them.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use prometheus_client::{
    encoding::prometheus_text,
    metrics::{counter::Counter, family::Family, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

use crate::{error::Refusal, store::Store};

type Labels<const N: usize> = [(&'static str, &'static str); N];
type Counts<const N: usize> = Family<Labels<N>, Counter>;
type Durations<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// From half a millisecond to half a minute.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Counters and histograms. What can be read elsewhere when it is asked for is not kept here.
pub struct Metrics {
    registry: Registry,
    requests: Counts<3>,
    durations: Durations<2>,
    /// The sum of those, in microseconds: a family of histograms does not tell its own quickly.
    answering: AtomicU64,
    sign_ins: Counts<1>,
    refusals: Family<[(&'static str, String); 1], Counter>,
    connections_refused: Counts<1>,
    jobs: Counts<2>,
    job_durations: Durations<1>,
    payloads: Counter,
    webhook_attempts: Counts<1>,
    mail_attempts: Counts<1>,
}

/// What came of somebody's attempt to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    Ok,
    Wrong,
    Expired,
    Revoked,
    /// A right credential, for another tenant than the request names.
    OtherTenant,
    /// It could not be found out.
    Failed,
}

/// What came of one round of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobRun {
    Done,
    Failed,
}

impl Metrics {
    /// `backend` names the kind of database.
    pub fn new(store: &Store) -> Self {
        let mut registry = Registry::with_prefix("ordergate");
        let build = Info::new([
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("database", format!("{:?}", store.backend()).to_lowercase()),
        ]);
        registry.register("build", "Which release this is, and on what kind of database", build);
        let seconds: fn() -> Histogram = || Histogram::new(SECONDS);
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(seconds),
            answering: AtomicU64::default(),
            sign_ins: Family::default(),
            refusals: Family::default(),
            connections_refused: Family::default(),
            jobs: Family::default(),
            job_durations: Family::new_with_constructor(seconds),
            payloads: Counter::default(),
            webhook_attempts: Family::default(),
            mail_attempts: Family::default(),
            registry,
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "requests",
            "GraphQL operations, by what carried them, their type, and OK or the code of their first error",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "How long queries and mutations took, and feeds to open",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("sign_ins", "Credentials that were looked at", self.sign_ins.clone());
        registry.register(
            "refusals",
            "Reasons for which mutations changed nothing, by their codes",
            self.refusals.clone(),
        );
        registry.register(
            "connections_refused",
            "Connections that were turned away because there were too many",
            self.connections_refused.clone(),
        );
        registry.register(
            "job_runs",
            "Rounds of jobs that did something, or failed",
            self.jobs.clone(),
        );
        registry.register_with_unit(
            "job_duration",
            "How long such a round took",
            Unit::Seconds,
            self.job_durations.clone(),
        );
        registry.register(
            "webhook_payloads",
            "Payloads that were made for webhooks, each for all endpoints that are told the same",
            self.payloads.clone(),
        );
        registry.register(
            "webhook_attempts",
            "Attempts to post an event to a webhook endpoint",
            self.webhook_attempts.clone(),
        );
        registry.register("mail_attempts", "Attempts to send a mail", self.mail_attempts.clone());
        self
    }

    /// One GraphQL operation was answered. `code` is that of its first error.
    pub fn answered(
        &self,
        transport: &'static str,
        operation: &'static str,
        code: Option<&str>,
        took: Duration,
    ) {
        let outcome = code.map_or("OK", known_code);
        let labels = [("transport", transport), ("operation", operation), ("outcome", outcome)];
        self.requests.get_or_create(&labels).inc();
        let labels = [("transport", transport), ("operation", operation)];
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.answering.fetch_add(micros, Ordering::Relaxed);
    }

    /// How long callers have waited for answers so far, all of them together.
    pub fn time_answering(&self) -> Duration {
        Duration::from_micros(self.answering.load(Ordering::Relaxed))
    }

    pub fn signed_in(&self, outcome: SignIn) {
        let outcome = match outcome {
            SignIn::Ok => "ok",
            SignIn::Wrong => "wrong",
            SignIn::Expired => "expired",
            SignIn::Revoked => "revoked",
            SignIn::OtherTenant => "other_tenant",
            SignIn::Failed => "failed",
        };
        self.sign_ins.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A mutation changed nothing, for these reasons.
    pub fn refused(&self, refusals: &[Refusal]) {
        for refusal in refusals {
            let code = screaming(&format!("{:?}", refusal.code));
            self.refusals.get_or_create(&[("code", code)]).inc();
        }
    }

    /// A connection was turned away: `address` or `node` has too many.
    pub fn connection_refused(&self, limit: &'static str) {
        self.connections_refused.get_or_create(&[("limit", limit)]).inc();
    }

    /// A job did something, or tried to.
    pub fn job_ran(&self, job: &'static str, run: JobRun, took: Duration) {
        let outcome = match run {
            JobRun::Done => "done",
            JobRun::Failed => "failed",
        };
        self.jobs.get_or_create(&[("job", job), ("outcome", outcome)]).inc();
        self.job_durations.get_or_create(&[("job", job)]).observe(took.as_secs_f64());
    }

    /// A payload was made of an event.
    pub fn payload_made(&self) {
        self.payloads.inc();
    }

    /// An event was posted to a webhook endpoint, or was not taken.
    pub fn webhook_tried(&self, delivered: bool) {
        let outcome = if delivered { "delivered" } else { "failed" };
        self.webhook_attempts.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// A mail was sent, put off, failed or dropped.
    pub fn mail_tried(&self, outcome: &'static str) {
        self.mail_attempts.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// All of it, and what was read just now, in the text format that Prometheus reads.
    pub fn text(&self, now: &Registry) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        prometheus_text::encode(&mut text, now)?;
        Ok(text)
    }
}

/// A code that this program gives, as a label; what is none has one name for all.
fn known_code(code: &str) -> &'static str {
    const CODES: [&str; 16] = [
        "BAD_REQUEST",
        "BAD_USER_INPUT",
        "FORBIDDEN",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "INTERNAL_SERVER_ERROR",
        "LIMIT_EXCEEDED",
        "NOT_FOUND",
        "OPERATION_RESOLUTION_FAILURE",
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "RATE_LIMITED",
        "REQUEST_TIMEOUT",
        "RESOURCE_EXHAUSTED",
        "RESUME_GAP",
        "UNAUTHENTICATED",
        "UNAVAILABLE",
    ];
    CODES.into_iter().find(|known| *known == code).unwrap_or("OTHER")
}

/// `OwnOrder` as the API spells it: `OWN_ORDER`.
fn screaming(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_nobody_gives_are_one_label() {
        assert_eq!(known_code("RESUME_GAP"), "RESUME_GAP");
        assert_eq!(known_code("x\"} evil 1\n"), "OTHER");
        assert_eq!(screaming("OwnOrder"), "OWN_ORDER");
    }
}
