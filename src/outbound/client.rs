//! Posting to an address that a caller chose, with a client that keeps nothing and follows nothing.
//!
//! A name is looked up for each connection, and the connection goes to one of the addresses that were looked at: a name that
//! leads elsewhere the next time is looked at the next time. Nothing is followed, no proxy is asked, and no connection is
//! kept.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::Context;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    header::CONTENT_TYPE,
    redirect::Policy,
};
use tokio::time::timeout;
use url::Url;

use super::{Reach, addresses::may_reach, target};

const LONGEST_CONNECTING: Duration = Duration::from_secs(5);
/// From the first byte to the last one of the answer.
const LONGEST: Duration = Duration::from_secs(15);
/// How much of an answer is read; the rest is nobody's.
const MOST_BYTES_READ: usize = 4 * 1024;
/// How much of it is told.
const MOST_BYTES_TOLD: usize = 256;

/// Looks names up.
pub type LookUp = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// How it begins, what cannot be read replaced; up to 256 bytes.
    pub beginning: String,
    /// What was read of it.
    pub body: Bytes,
    /// Whether that is all of it.
    pub is_whole: bool,
}

/// Posts. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    /// Set up when something is posted for the first time, because that reads the system's certificates.
    http: Arc<OnceLock<reqwest::Client>>,
    names: Names,
    longest: Duration,
}

impl Client {
    /// A client that reaches this far, and asks the system for addresses.
    pub fn new(reach: Reach) -> Self {
        Self::looking_up(reach, Arc::new(|name| Box::pin(ask_system(name))))
    }

    /// A client that asks somebody else.
    pub fn looking_up(reach: Reach, look_up: LookUp) -> Self {
        Self { http: Arc::default(), names: Names { reach, look_up }, longest: LONGEST }
    }

    /// The same for one that waits no longer than this for an answer.
    #[must_use]
    pub fn within(self, longest: Duration) -> Self {
        Self { http: Arc::default(), longest, ..self }
    }

    fn http(&self) -> anyhow::Result<&reqwest::Client> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        // Somebody else may have chosen one before; any will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .dns_resolver(Arc::new(self.names.clone()))
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(LONGEST_CONNECTING)
            .timeout(self.longest)
            .user_agent(concat!("Ordergate/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("cannot set up the client for webhooks")?;
        Ok(self.http.get_or_init(|| http))
    }

    /// Reads a URL and looks at where it leads; or says what would be right, for a person.
    pub async fn look_at(&self, text: &str) -> Result<Url, String> {
        let url = target::read(self.names.reach, text)?;
        let name = url.host_str().unwrap_or_default().to_owned();
        let found = timeout(LONGEST_CONNECTING, self.names.find(name)).await;
        let found = found.unwrap_or(Err(Unreachable::NotFound));
        found.map(|_| url).map_err(|error| error.to_string())
    }

    /// Posts JSON to a URL, and reads how the answer begins; or says why there was none, for a person, in up to 256 bytes.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
        body: Bytes,
    ) -> Result<Answer, String> {
        self.ask(url, headers, body, MOST_BYTES_READ).await
    }

    /// The same for one that reads so many bytes of the answer.
    pub async fn ask(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
        body: Bytes,
        most_bytes: usize,
    ) -> Result<Answer, String> {
        // Looked at before, perhaps when this program was allowed to reach further.
        let url = target::read(self.names.reach, url)?;
        self.send(url, headers, body, most_bytes).await
    }

    async fn send(
        &self,
        url: Url,
        headers: &[(&'static str, &str)],
        body: Bytes,
        most_bytes: usize,
    ) -> Result<Answer, String> {
        let http = self.http().map_err(|error| {
            tracing::error!("{error:#}");
            "The message could not be sent.".to_owned()
        })?;
        let request = http.post(url).header(CONTENT_TYPE, "application/json");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let sent = request.body(body).send().await;
        let mut response = sent.map_err(|error| self.said(&error))?;
        let status = response.status().as_u16();
        let (mut read, mut is_whole) = (Vec::new(), false);
        // What breaks off after the status was an answer.
        while read.len() <= most_bytes {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    // One byte more than wanted tells that there is more.
                    read.extend_from_slice(&chunk[..chunk.len().min(most_bytes + 1 - read.len())]);
                }
                Ok(None) => {
                    is_whole = true;
                    break;
                }
                Err(_) => break,
            }
        }
        read.truncate(most_bytes);
        let beginning = beginning(&String::from_utf8_lossy(&read));
        Ok(Answer { status, beginning, body: read.into(), is_whole })
    }

    /// What went wrong, by its first cause, without the URL.
    fn said(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return format!("There was no answer within {} s.", self.longest.as_secs());
        }
        let mut cause: &dyn Error = error;
        while let Some(earlier) = cause.source() {
            cause = earlier;
        }
        beginning(&cause.to_string())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("reach", &self.names.reach).finish_non_exhaustive()
    }
}

/// Gives the addresses of a name, if all of them may be reached.
#[derive(Clone)]
struct Names {
    reach: Reach,
    look_up: LookUp,
}

impl Names {
    async fn find(&self, name: String) -> Result<Vec<IpAddr>, Unreachable> {
        let found = (self.look_up)(name).await.map_err(|_| Unreachable::NotFound)?;
        if found.is_empty() {
            return Err(Unreachable::NotFound);
        }
        if found.iter().all(|address| may_reach(self.reach, *address)) {
            Ok(found)
        } else {
            Err(Unreachable::NotPublic)
        }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.find(name.as_str().to_owned()).await?;
            // The port is that of the URL.
            let found = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(found) as Addrs)
        })
    }
}

/// Why a name leads nowhere. Says nothing of the addresses: they may be within a network of ours.
#[derive(Debug)]
enum Unreachable {
    NotFound,
    NotPublic,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "The host is not known.",
            Self::NotPublic => "The host is not on the public internet.",
        })
    }
}

impl Error for Unreachable {}

async fn ask_system(name: String) -> io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((name, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

/// The first 256 bytes of a text of somebody else's, without what a database cannot hold.
pub fn beginning(text: &str) -> String {
    let text = text.replace('\0', "\u{fffd}");
    let end = (0..=MOST_BYTES_TOLD.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or(0)].to_owned()
}

#[cfg(test)]
mod tests {
    use std::{
        net::Ipv4Addr,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use tokio::net::TcpListener;

    use super::*;

    const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// A name that leads to these addresses, one after the other.
    fn leading_to(answers: Vec<Vec<IpAddr>>) -> LookUp {
        let asked = AtomicUsize::new(0);
        Arc::new(move |_| {
            let at = asked.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
            let answer = answers[at].clone();
            Box::pin(async move { Ok(answer) })
        })
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_the_next_time_is_not_followed() {
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let names = leading_to(vec![vec![PUBLIC], vec![HERE]]);
        let client = Client::looking_up(Reach::Public, names);
        client.look_at("https://shop.example/").await.unwrap();
        for scheme in ["https", "http"] {
            let url = format!("{scheme}://shop.example:{port}/").parse().unwrap();
            let posted = client.send(url, &[], Bytes::from_static(b"{}"), MOST_BYTES_READ).await;
            assert_eq!(posted, Err("The host is not on the public internet.".to_owned()));
        }
        let came = timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(came.is_err(), "somebody came");
    }

    #[tokio::test]
    async fn one_address_that_is_not_public_is_one_too_many() {
        for found in [vec![PUBLIC, HERE], vec![HERE, PUBLIC], Vec::new()] {
            let client = Client::looking_up(Reach::Public, leading_to(vec![found.clone()]));
            assert!(client.look_at("https://shop.example/").await.is_err(), "{found:?}");
        }
    }

    #[test]
    fn a_beginning_ends_between_characters() {
        assert_eq!(beginning("short"), "short");
        let text = format!("{}\u{20ac}\u{20ac}", "a".repeat(254));
        assert_eq!(beginning(&text), "a".repeat(254));
        assert_eq!(beginning("a\0b"), "a\u{fffd}b");
    }
}
