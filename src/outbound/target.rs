//! Which URLs requests may go to.

use url::{Host, Url};

use super::Reach;

const LONGEST: usize = 2_000;
const PORTS: &[u16] = &[443, 8443];

/// Reads a URL, or says what would be right.
pub fn read(reach: Reach, text: &str) -> Result<Url, &'static str> {
    if text.len() > LONGEST {
        return Err("Give a URL of up to 2000 characters.");
    }
    // The parser would pass over line breaks and blanks.
    if text.chars().any(|char| char.is_control() || char.is_whitespace()) {
        return Err("A URL has no blanks and no line breaks.");
    }
    let url = Url::parse(text).map_err(|_| "Give a URL such as https://shop.example/hooks.")?;
    let Some(Host::Domain(name)) = url.host() else {
        return Err("Give a host by its name, not by its address.");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("A URL must not hold a user or a password.");
    }
    if url.fragment().is_some() {
        return Err("A URL must not have a fragment.");
    }
    if reach == Reach::Loopback && name == "localhost" && matches!(url.scheme(), "http" | "https") {
        return Ok(url);
    }
    // One word is a name of the network that it is asked in.
    if !name.trim_end_matches('.').contains('.') {
        return Err("Give the host's whole name, such as shop.example.");
    }
    if url.scheme() != "https" {
        return Err("Give a URL that begins with https://.");
    }
    if !url.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
        return Err("Only the ports 443 and 8443 are served.");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_https_to_a_name_on_one_of_two_ports() {
        for right in [
            "https://shop.example",
            "https://shop.example/hooks?for=me",
            "https://shop.example:443/",
            "https://shop.example:8443/hooks",
            "https://b\u{fc}cher.example/",
            "HTTPS://SHOP.EXAMPLE/",
        ] {
            assert!(read(Reach::Public, right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "shop.example",
            "http://shop.example/",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "https://",
            "https:///hooks",
            "https://intranet./hooks",
            "https://shop.example:80/",
            "https://shop.example:22/",
            "https://ada@shop.example/",
            "https://ada:secret@shop.example/",
            "https://shop.example@169.254.169.254/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://8.8.8.8/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://shop.example/#@127.0.0.1",
            "https://shop.example/\r\nHost: other",
            "https://shop.example/a b",
            " https://shop.example/",
            "http://localhost:8080/",
            "https://localhost:8080/",
        ] {
            assert!(read(Reach::Public, wrong).is_err(), "{wrong}");
        }
        assert!(
            read(Reach::Public, &format!("https://shop.example/{}", "a".repeat(2_000))).is_err()
        );
    }

    #[test]
    fn this_machine_is_reached_on_any_port_where_that_is_allowed() {
        assert!(read(Reach::Loopback, "http://localhost:8080/hooks").is_ok());
        assert!(read(Reach::Loopback, "http://localhost.shop.example:8080/").is_err());
        assert!(read(Reach::Loopback, "http://127.0.0.1:8080/").is_err());
        assert!(read(Reach::Loopback, "http://shop.example/").is_err());
    }

    #[test]
    fn a_url_is_kept_as_it_is_asked_for() {
        let url = read(Reach::Public, "https://B\u{fc}cher.example:443/a/../b").unwrap();
        assert_eq!(url.as_str(), "https://xn--bcher-kva.example/b");
    }
}
