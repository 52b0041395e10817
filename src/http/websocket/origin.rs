//! Which pages may open a websocket: browsers let every page try.

use axum::http::{HeaderMap, header};
use url::Url;

use crate::http::AllowedOrigins;

/// Pages of this server and of the allowed origins may; so may whoever is no page at all.
pub(super) fn is_allowed(headers: &HeaderMap, allowed: &AllowedOrigins) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.allow(origin) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| is_same(origin, host))
}

/// Whether an origin is at a host. The scheme is not compared: a proxy may have ended TLS.
fn is_same(origin: &str, host: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    let Ok(here) = Url::parse(&format!("{}://{host}", origin.scheme())) else { return false };
    matches!(origin.scheme(), "http" | "https")
        && origin.host().is_some()
        && origin.host() == here.host()
        && origin.port_or_known_default() == here.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_pages_of_known_origins_may() {
        let allowed = "https://shop.example".parse().unwrap();
        for (origin, host, good) in [
            (None, "api.example", true),
            (Some("https://api.example"), "api.example", true),
            (Some("http://localhost:8080"), "localhost:8080", true),
            (Some("https://shop.example"), "api.example", true),
            (Some("https://shop.example:444"), "api.example", false),
            (Some("https://evil.example"), "api.example", false),
            (Some("https://api.example.evil.example"), "api.example", false),
            (Some("http://localhost:8081"), "localhost:8080", false),
            (Some("null"), "api.example", false),
            (Some(""), "api.example", false),
            (Some("file://"), "api.example", false),
        ] {
            let mut headers =
                HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_allowed(&headers, &allowed), good, "{origin:?} at {host}");
        }
    }
}
