//! The GraphiQL page: built beforehand, compressed, part of the program. It loads nothing from elsewhere.

use std::{io::Read, sync::Arc};

use axum::{
    Json,
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
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{gateway::Gateway, router::not_found};

/// Every file is here as `<name>.br`.
#[derive(RustEmbed)]
#[folder = "graphiql/dist/"]
struct Files;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    font-src 'self' data:; img-src 'self' data:; connect-src 'self' ws: wss:; \
    worker-src 'self' blob:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// The page itself.
pub(super) async fn page(headers: HeaderMap) -> Response {
    serve("index.html", &headers)
}

/// What the page loads.
pub(super) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    serve(&name, &headers)
}

/// What the page is filled in with.
pub(super) async fn prefill<E>(State(gateway): State<Arc<Gateway<E>>>) -> Response {
    match &gateway.config.graphiql {
        Some(page) => ([(CACHE_CONTROL, "no-store")], Json(page)).into_response(),
        None => not_found().await,
    }
}

fn serve(name: &str, headers: &HeaderMap) -> Response {
    match Files::get(&format!("{name}.br")) {
        Some(file) => answer(name, file, headers),
        None => (StatusCode::NOT_FOUND, "not found").into_response(),
    }
}

fn answer(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash()));
    // A file whose name holds a hash of its content never changes.
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut answer = if headers.get(IF_NONE_MATCH).is_some_and(|it| it == tag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if takes_brotli(headers) {
        ([(CONTENT_ENCODING, "br")], file.data).into_response()
    } else {
        let mut plain = Vec::new();
        match Decompressor::new(&*file.data, 4096).read_to_end(&mut plain) {
            Ok(_) => plain.into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    answer
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok()).any(|value| {
        value.split(',').any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim() == "br" && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    })
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

    use super::*;

    fn accepting(encoding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(encoding))])
    }

    #[tokio::test]
    async fn the_page_comes_compressed_or_plain() {
        let compressed = page(accepting("gzip, br;q=0.9")).await;
        assert_eq!(compressed.headers()[CONTENT_ENCODING], "br");
        assert_eq!(compressed.headers()[CONTENT_SECURITY_POLICY], POLICY);
        for plain in [page(HeaderMap::new()).await, page(accepting("gzip, br;q=0")).await] {
            assert!(!plain.headers().contains_key(CONTENT_ENCODING));
            let body = to_bytes(plain.into_body(), usize::MAX).await.unwrap();
            assert!(body.starts_with(b"<!doctype html>"));
        }
    }

    #[tokio::test]
    async fn a_page_that_the_browser_has_is_not_sent_again() {
        let tag = page(HeaderMap::new()).await.headers()[ETAG].clone();
        let answer = page(HeaderMap::from_iter([(IF_NONE_MATCH, tag)])).await;
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn other_files_do_not_exist() {
        for name in ["index.htm", "../Cargo.toml", "assets/", ""] {
            let answer = file(Path(name.to_owned()), HeaderMap::new()).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
