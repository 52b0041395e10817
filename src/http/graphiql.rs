//! The GraphiQL page: built beforehand, compressed, part of the program. It loads nothing from elsewhere.

use std::{
    collections::HashMap,
    io::{self, Read},
    sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError},
};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
            CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
        },
    },
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use brotli_decompressor::Decompressor;
use flate2::{Compression, read::GzEncoder};
use rust_embed::{EmbeddedFile, RustEmbed};
use tokio::task::spawn_blocking;

use super::{gateway::Gateway, respond::not_found};

/// Every file is here as `<name>.br`.
#[derive(RustEmbed)]
#[folder = "graphiql/dist/"]
struct Files;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    font-src 'self' data:; img-src 'self' data:; connect-src 'self' ws: wss:; \
    worker-src 'self' blob:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// What a file can be sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Coding {
    Brotli,
    Gzip,
    Plain,
}

impl Coding {
    /// How a client names it, and how it is told apart in a tag.
    const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Plain => "identity",
        }
    }
}

/// Files that were wanted otherwise than they are stored: made once each. There are as many as there are files.
#[derive(Default)]
struct Made(Mutex<HashMap<(String, Coding), Arc<Once>>>);

/// None: it could not be made.
type Once = OnceLock<Option<Bytes>>;

static MADE: LazyLock<Made> = LazyLock::new(Made::default);

impl Made {
    /// A file in another coding than it is stored in; none if it could not be made. `name` is that of a file there is.
    fn get(&self, name: &str, coding: Coding, stored: &[u8]) -> Option<Bytes> {
        let key = (name.to_owned(), coding);
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = made.entry(key).or_default().clone();
        drop(made);
        file.get_or_init(|| make(coding, stored).map(Bytes::from).ok()).clone()
    }
}

fn make(coding: Coding, stored: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    match coding {
        Coding::Brotli => plain.extend_from_slice(stored),
        Coding::Plain => {
            Decompressor::new(stored, 4096).read_to_end(&mut plain)?;
        }
        Coding::Gzip => {
            let file = Decompressor::new(stored, 4096);
            GzEncoder::new(file, Compression::default()).read_to_end(&mut plain)?;
        }
    }
    Ok(plain)
}

/// The page itself.
pub(super) async fn page(headers: HeaderMap) -> Response {
    serve("index.html", &headers).await
}

/// What the page loads.
pub(super) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    serve(&name, &headers).await
}

/// What the page is filled in with.
pub(super) async fn prefill<E>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    match &gateway.config.graphiql {
        Some(page) => ([(CACHE_CONTROL, "no-store")], Json(page)).into_response(),
        None => not_found().await,
    }
}

async fn serve(name: &str, headers: &HeaderMap) -> Response {
    match Files::get(&format!("{name}.br")) {
        Some(file) => answer(name, file, headers).await,
        None => (StatusCode::NOT_FOUND, "not found").into_response(),
    }
}

async fn answer(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let coding = coding(headers);
    let hash = BASE64_URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash());
    let tag = format!("\"{hash}-{}\"", coding.name());
    // A file whose name holds a hash of its content never changes.
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut answer = if has(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match content(name, file, coding).await {
            Some(content) => content.into_response(),
            None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if coding != Coding::Plain {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    answer
}

async fn content(name: &str, file: EmbeddedFile, coding: Coding) -> Option<Body> {
    if coding == Coding::Brotli {
        return Some(Body::from(file.data));
    }
    let name = name.to_owned();
    // The first time it takes long.
    let made = spawn_blocking(move || MADE.get(&name, coding, &file.data));
    made.await.ok().flatten().map(Body::from)
}

/// Whether the client says that it has the file with this tag. Proxies that compress turn tags into weak ones.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    tags.flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|theirs| theirs == "*" || theirs.strip_prefix("W/").unwrap_or(theirs) == tag)
}

/// The smallest of what the client takes.
fn coding(headers: &HeaderMap) -> Coding {
    let takes = |wanted: &str| {
        headers.get_all(ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok()).any(|value| {
            value.split(',').any(|coding| {
                let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
                let refused = ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains(&quality.trim());
                name.trim().eq_ignore_ascii_case(wanted) && !refused
            })
        })
    };
    [Coding::Brotli, Coding::Gzip].into_iter().find(|it| takes(it.name())).unwrap_or(Coding::Plain)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use flate2::read::GzDecoder;

    use super::*;

    fn accepting(encoding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(encoding))])
    }

    async fn body(answer: Response) -> Bytes {
        to_bytes(answer.into_body(), usize::MAX).await.unwrap()
    }

    #[tokio::test]
    async fn the_page_comes_as_the_client_takes_it() {
        let compressed = page(accepting("gzip, br;q=0.9")).await;
        assert_eq!(compressed.headers()[CONTENT_ENCODING], "br");
        assert_eq!(compressed.headers()[CONTENT_SECURITY_POLICY], POLICY);
        for plain in [page(HeaderMap::new()).await, page(accepting("br;q=0, deflate")).await] {
            assert!(!plain.headers().contains_key(CONTENT_ENCODING));
            assert!(body(plain).await.starts_with(b"<!doctype html>"));
        }
        let gzip = page(accepting("gzip, br;q=0")).await;
        assert_eq!(gzip.headers()[CONTENT_ENCODING], "gzip");
        let mut text = String::new();
        GzDecoder::new(&*body(gzip).await).read_to_string(&mut text).unwrap();
        assert!(text.starts_with("<!doctype html>"));
    }

    #[tokio::test]
    async fn a_file_is_compressed_once_for_all_who_ask() {
        let first = body(page(accepting("gzip")).await).await;
        let second = body(page(accepting("gzip")).await).await;
        assert_eq!(first.as_ptr(), second.as_ptr(), "the same bytes, not a copy of them");
        let made = MADE.0.lock().unwrap().len();
        for _ in 0..3 {
            page(accepting("gzip")).await;
            file(Path("nothing".to_owned()), accepting("gzip")).await;
        }
        assert!(MADE.0.lock().unwrap().len() <= made.max(2 * Files::iter().count()));
        assert!(!MADE.0.lock().unwrap().keys().any(|(name, _)| name == "nothing"));
    }

    #[tokio::test]
    async fn a_page_that_the_browser_has_is_not_sent_again() {
        for encoding in ["br", "gzip", "identity"] {
            let tag = page(accepting(encoding)).await.headers()[ETAG].clone();
            let tag = tag.to_str().unwrap();
            for theirs in [tag.to_owned(), format!("\"x\", W/{tag}"), "*".to_owned()] {
                let mut headers = accepting(encoding);
                headers.insert(IF_NONE_MATCH, HeaderValue::from_str(&theirs).unwrap());
                let answer = page(headers).await;
                assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{theirs}");
                assert!(body(answer).await.is_empty());
            }
            let mut headers = accepting(encoding);
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"x\""));
            assert_eq!(page(headers).await.status(), StatusCode::OK);
        }
    }

    #[tokio::test]
    async fn other_files_do_not_exist() {
        for name in ["index.htm", "../Cargo.toml", "assets/", ""] {
            let answer = file(Path(name.to_owned()), HeaderMap::new()).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
