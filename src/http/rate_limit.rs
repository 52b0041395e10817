//! Token buckets: so many at once, and so many a second after that.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How many callers are remembered. Beyond that, those who have asked for nothing lately are forgotten.
const MOST_BUCKETS: usize = 10_000;

/// One bucket, full at first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    tokens: f64,
    at: Instant,
}

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    per_second: f64,
    burst: f64,
}

impl Rate {
    /// None where the rate is 0: no limit.
    pub(super) fn per_second(rate: u32, burst: u32) -> Option<Self> {
        (rate > 0).then(|| Self { per_second: rate.into(), burst: burst.max(1).into() })
    }

    pub(super) fn per_minute(rate: u32) -> Option<Self> {
        (rate > 0).then(|| Self { per_second: f64::from(rate) / 60.0, burst: rate.into() })
    }

    pub(super) fn full(self, now: Instant) -> Bucket {
        Bucket { tokens: self.burst, at: now }
    }
}

impl Bucket {
    fn fill(&mut self, rate: Rate, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * rate.per_second).min(rate.burst);
        self.at = now;
    }

    /// How long until one can be taken; zero: now.
    pub(super) fn wait(&mut self, rate: Rate, now: Instant) -> Duration {
        self.wait_for(1.0, rate, now)
    }

    fn wait_for(&mut self, tokens: f64, rate: Rate, now: Instant) -> Duration {
        self.fill(rate, now);
        // What is more than the bucket holds is given when it is full, and owed.
        let missing = tokens.min(rate.burst) - self.tokens;
        Duration::from_secs_f64((missing / rate.per_second).max(0.0))
    }

    pub(super) fn take(&mut self, rate: Rate, now: Instant) {
        self.fill(rate, now);
        self.tokens = (self.tokens - 1.0).max(0.0);
    }
}

/// Whom an address is counted for: an IPv6 client has a whole network of addresses.
pub(super) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address @ IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// One bucket for each caller.
pub(super) struct RateLimit<K> {
    rate: Option<Rate>,
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K: Eq + Hash> RateLimit<K> {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Takes so many for this caller, or gives the time to wait.
    pub(super) fn take(&self, caller: K, tokens: u32, now: Instant) -> Result<(), Duration> {
        let tokens = f64::from(tokens);
        self.with(caller, now, |bucket, rate| {
            let wait = bucket.wait_for(tokens, rate, now);
            if wait > Duration::ZERO {
                return Err(wait);
            }
            bucket.tokens -= tokens;
            Ok(())
        })
        .unwrap_or(Ok(()))
    }

    /// Takes one for this caller, if there is one.
    pub(super) fn charge(&self, caller: K, now: Instant) {
        self.with(caller, now, |bucket, rate| bucket.take(rate, now));
    }

    /// Whether this caller has one left; takes nothing.
    pub(super) fn check(&self, caller: K, now: Instant) -> Result<(), Duration> {
        self.with(caller, now, |bucket, rate| match bucket.wait(rate, now) {
            Duration::ZERO => Ok(()),
            wait => Err(wait),
        })
        .unwrap_or(Ok(()))
    }

    /// Does something with the caller's bucket; none: there is no limit.
    fn with<T>(
        &self,
        caller: K,
        now: Instant,
        act: impl FnOnce(&mut Bucket, Rate) -> T,
    ) -> Option<T> {
        let rate = self.rate?;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&caller) {
            // A full bucket remembers nothing.
            buckets.retain(|_, bucket| {
                bucket.fill(rate, now);
                bucket.tokens < rate.burst
            });
            if buckets.len() >= MOST_BUCKETS {
                buckets.clear();
            }
        }
        Some(act(buckets.entry(caller).or_insert_with(|| rate.full(now)), rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_so_many_a_second() {
        let limit = RateLimit::new(Rate::per_second(2, 3));
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(limit.take("ada", 1, now), Ok(()));
        }
        assert_eq!(limit.take("ada", 1, now), Err(Duration::from_millis(500)));
        assert_eq!(limit.take("bob", 1, now), Ok(()));
        let later = now + Duration::from_millis(500);
        assert_eq!(limit.take("ada", 1, later), Ok(()));
        assert!(limit.take("ada", 1, later).is_err());
    }

    #[test]
    fn several_are_taken_together_or_not_at_all() {
        let limit = RateLimit::new(Rate::per_second(2, 3));
        let now = Instant::now();
        assert_eq!(limit.take("ada", 2, now), Ok(()));
        assert_eq!(limit.take("ada", 2, now), Err(Duration::from_millis(500)));
        assert_eq!(limit.take("ada", 1, now), Ok(()));
        // More than the bucket ever holds: when it is full, and the rest is owed.
        assert_eq!(limit.take("bob", 5, now), Ok(()));
        assert_eq!(limit.take("bob", 1, now), Err(Duration::from_millis(1_500)));
    }

    #[test]
    fn an_ipv6_address_is_one_of_a_network_that_one_client_has() {
        let of = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }

    #[test]
    fn looking_takes_nothing() {
        let limit = RateLimit::new(Rate::per_minute(1));
        let now = Instant::now();
        assert_eq!(limit.check("ada", now), Ok(()));
        assert_eq!(limit.check("ada", now), Ok(()));
        limit.charge("ada", now);
        assert!(limit.check("ada", now).is_err());
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let limit = RateLimit::new(Rate::per_second(0, 0));
        for _ in 0..1_000 {
            assert_eq!(limit.take("ada", 1, Instant::now()), Ok(()));
        }
    }

    #[test]
    fn memory_stays_bounded_whoever_calls() {
        let limit = RateLimit::new(Rate::per_second(1, 2));
        for caller in 0..3 * MOST_BUCKETS {
            limit.take(caller, 1, Instant::now()).unwrap();
        }
        assert!(limit.buckets.lock().unwrap().len() <= MOST_BUCKETS);
    }
}
