//! The origins whose pages may call from a browser.

use std::{fmt, str::FromStr};

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};
use url::{Origin, Url};

/// Every origin, or those that are listed; none by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    Any,
    /// As browsers spell them: no capitals, no default port, no slash at the end.
    Listed(Vec<String>),
}

impl AllowedOrigins {
    /// Whether pages of this origin, as a browser spells it, may call.
    pub(super) fn allow(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(list) => list.iter().any(|allowed| allowed == origin),
        }
    }

    /// Tells browsers which pages may call, and what they may send and read.
    pub(super) fn layer(&self) -> CorsLayer {
        const RESPONSE_HEADERS: [HeaderName; 2] =
            [header::RETRY_AFTER, HeaderName::from_static("x-request-id")];
        let origins = match self {
            Self::Any => AllowOrigin::from(Any),
            Self::Listed(list) => {
                AllowOrigin::list(list.iter().filter_map(|it| HeaderValue::from_str(it).ok()))
            }
        };
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            // Whatever tracing and monitoring add. Nothing here is trusted for its origin: there are no cookies.
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(RESPONSE_HEADERS)
            .max_age(std::time::Duration::from_mins(10))
    }

    /// All that are allowed by one of several.
    pub fn any_of(several: impl IntoIterator<Item = Self>) -> Self {
        several.into_iter().fold(Self::default(), |all, more| match (all, more) {
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            (Self::Listed(all), Self::Listed(more)) => Self::Listed([all, more].concat()),
        })
    }
}

impl Default for AllowedOrigins {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl FromStr for AllowedOrigins {
    type Err = String;

    /// Reads `*`, or origins separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let several = words.map(|word| match word {
            "*" => Ok(Self::Any),
            _ => origin(word).map(|origin| Self::Listed(vec![origin])),
        });
        Ok(Self::any_of(several.collect::<Result<Vec<_>, _>>()?))
    }
}

/// An origin as browsers spell it, or what is wrong with it.
fn origin(text: &str) -> Result<String, String> {
    let wrong = |what| {
        format!(
            "\"{text}\" {what}; an origin looks like https://shop.example or http://localhost:3000"
        )
    };
    if !text.contains("://") {
        return Err(wrong("names no scheme"));
    }
    let url = Url::parse(text).map_err(|_| wrong("is no origin"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("is neither http nor https"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has more than a scheme, a host and a port"));
    }
    if !url.username().is_empty() || url.password().is_some() || text.contains('*') {
        return Err(wrong("is no origin"));
    }
    match url.origin() {
        origin @ Origin::Tuple(..) => Ok(origin.ascii_serialization()),
        Origin::Opaque(_) => Err(wrong("is no origin")),
    }
}

impl fmt::Display for AllowedOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Listed(list) => f.write_str(&list.join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_spell_them() {
        for (text, expected) in [
            ("", ""),
            (" , ", ""),
            ("*", "*"),
            ("https://shop.example, *", "*"),
            ("https://shop.example", "https://shop.example"),
            ("https://shop.example/", "https://shop.example"),
            (
                "https://shop.example/, https://portal.example",
                "https://shop.example,https://portal.example",
            ),
            ("HTTPS://Shop.Example", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("http://shop.example:80/", "http://shop.example"),
            ("https://shop.example:8443", "https://shop.example:8443"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            let read = text.parse::<AllowedOrigins>().map(|it| it.to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_with_a_sentence() {
        for (text, because) in [
            ("shop.example", "names no scheme"),
            ("localhost:3000", "names no scheme"),
            ("null", "names no scheme"),
            ("https://", "is no origin"),
            ("https://shop.example:99999", "is no origin"),
            ("https://*.shop.example", "is no origin"),
            ("https://user@shop.example", "is no origin"),
            ("ftp://shop.example", "is neither http nor https"),
            ("https://shop.example/checkout", "has more than a scheme, a host and a port"),
            ("https://shop.example?x=1", "has more than a scheme, a host and a port"),
            ("https://shop.example, portal.example", "names no scheme"),
        ] {
            let refusal = text.parse::<AllowedOrigins>().unwrap_err();
            assert!(refusal.contains(because), "{text}: {refusal}");
        }
    }

    #[test]
    fn several_settings_add_up() {
        let read = |text: &str| text.parse::<AllowedOrigins>().unwrap();
        let both = AllowedOrigins::any_of([read("https://a.example"), read("https://b.example")]);
        assert!(both.allow("https://a.example") && both.allow("https://b.example"));
        assert!(!both.allow("https://c.example"));
        assert!(AllowedOrigins::any_of([both, AllowedOrigins::Any]).allow("https://c.example"));
        assert!(!AllowedOrigins::default().allow("https://a.example"));
    }
}
