//! Whom a proxy forwards, where the proxy is one that is believed.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header::FORWARDED};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client that a request comes from: who has connected, or, where that is a proxy that is believed, whom it and the
/// proxies before it say that they forward. What a client itself wrote into the headers stands before that and is not
/// looked at.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    if !is_proxy(peer, proxies) {
        return peer;
    }
    let forwarded = [
        client_of(&hops(headers, &X_FORWARDED_FOR, address), proxies),
        client_of(&hops(headers, &FORWARDED, forwarded_for), proxies),
    ];
    match forwarded {
        [Some(one), None] | [None, Some(one)] => one,
        [Some(one), Some(other)] if one == other => one,
        // A proxy writes one of the two, and lets the other pass as a client may have written it.
        [Some(_), Some(_)] | [None, None] => peer,
    }
}

pub(super) fn is_proxy(address: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|network| network.contains(&address))
}

/// The hops in the headers of this name, the first one first; none for a hop without an address.
fn hops(
    headers: &HeaderMap,
    name: &HeaderName,
    read: fn(&str) -> Option<IpAddr>,
) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(name).iter();
    values.flat_map(|value| value.to_str().unwrap_or_default().split(',')).map(read).collect()
}

/// The last hop that is no proxy of ours; none behind a hop without an address.
fn client_of(hops: &[Option<IpAddr>], proxies: &[IpNet]) -> Option<IpAddr> {
    let mut nearest = None;
    for hop in hops.iter().rev() {
        let Some(address) = *hop else { return nearest };
        nearest = Some(address);
        if !is_proxy(address, proxies) {
            break;
        }
    }
    nearest
}

/// `for=192.0.2.1;proto=https`, `for="[2001:db8::1]:4711"`
fn forwarded_for(hop: &str) -> Option<IpAddr> {
    let mut pairs = hop.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(node.trim().trim_matches('"'))
}

/// An address, perhaps with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|it| it.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    /// Who a request comes from that a peer sends with these headers.
    fn from(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let proxies = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        client(peer.parse().unwrap(), &map, &proxies).to_string()
    }

    #[test]
    fn only_proxies_that_are_believed_are_asked() {
        let headers = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1")];
        assert_eq!(from("203.0.113.9", &headers), "203.0.113.9");
        assert_eq!(from(PROXY, &headers), "192.0.2.1");
        assert_eq!(from(PROXY, &[]), PROXY);
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_is_the_client() {
        for (value, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            // A client may write what it likes in front.
            ("198.51.100.66, 192.0.2.1", "192.0.2.1"),
            ("198.51.100.66, 192.0.2.1, 10.2.3.4, 10.0.0.2", "192.0.2.1"),
            ("10.2.3.4, 10.0.0.2", "10.2.3.4"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("unknown", PROXY),
            ("", PROXY),
            ("192.0.2.1, unknown, 10.0.0.2", "10.0.0.2"),
            ("192.0.2.1, nonsense", PROXY),
        ] {
            assert_eq!(from(PROXY, &[("x-forwarded-for", value)]), expected, "{value}");
        }
        let twice = [("x-forwarded-for", "198.51.100.66"), ("x-forwarded-for", "192.0.2.1")];
        assert_eq!(from(PROXY, &twice), "192.0.2.1");
    }

    #[test]
    fn the_standard_s_header_says_the_same() {
        for (value, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            ("proto=https;For=192.0.2.1;by=10.0.0.2", "192.0.2.1"),
            ("for=198.51.100.66, for=192.0.2.1, for=10.0.0.2", "192.0.2.1"),
            ("for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("for=\"192.0.2.1:80\"", "192.0.2.1"),
            ("for=_hidden", PROXY),
            ("proto=https", PROXY),
        ] {
            assert_eq!(from(PROXY, &[("forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn what_a_proxy_let_pass_does_not_count_against_what_it_wrote() {
        let headers = [("forwarded", "for=198.51.100.66"), ("x-forwarded-for", "192.0.2.1")];
        assert_eq!(from(PROXY, &headers), PROXY);
    }
}
