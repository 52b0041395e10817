//! Which addresses requests may go to. What lies within a network of ours, or leads there by way of a translation, is none
//! of a caller's business.

use std::{net::IpAddr, sync::LazyLock};

use ipnet::{IpNet, Ipv4Net};

use super::Reach;

/// What of IPv4 is not public.
const NOT_PUBLIC_V4: &[&str] = &[
    "0.0.0.0/8",        // this network
    "10.0.0.0/8",       // private
    "100.64.0.0/10",    // shared by the customers of a carrier, and metadata of a cloud
    "127.0.0.0/8",      // loopback
    "168.63.129.16/32", // what a cloud's machines ask for their settings
    "169.254.0.0/16",   // link-local, and metadata of clouds
    "172.16.0.0/12",    // private
    "192.0.0.0/24",     // for protocols, and metadata of a cloud
    "192.0.2.0/24",     // documentation
    "192.88.99.0/24",   // relays of 6to4
    "192.168.0.0/16",   // private
    "198.18.0.0/15",    // measurements
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, and broadcast
];

/// The only part of IPv6 that is public. Loopback, mapped and translated IPv4 addresses (`::ffff:0:0/96`,
/// `64:ff9b::/96`), what is discarded, unique to a site, link-local or multicast, lies beside it.
const PUBLIC_V6: &str = "2000::/3";

/// What of it is not public after all.
const NOT_PUBLIC_V6: &[&str] = &[
    "2001::/23",     // for protocols, among them Teredo, which leads to an IPv4 address
    "2001:db8::/32", // documentation
    "2002::/16",     // 6to4, which leads to an IPv4 address
    "3fff::/20",     // documentation
];

/// Whether requests may go to this address.
pub fn may_reach(reach: Reach, address: IpAddr) -> bool {
    is_public(address) || (reach == Reach::Loopback && address.to_canonical().is_loopback())
}

fn is_public(address: IpAddr) -> bool {
    static NOT_PUBLIC: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
        NOT_PUBLIC_V4.iter().chain(NOT_PUBLIC_V6).filter_map(|net| net.parse().ok()).collect()
    });
    static PUBLIC: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
        let all_v4 = IpNet::V4(Ipv4Net::default());
        PUBLIC_V6.parse().into_iter().chain([all_v4]).collect()
    });
    let lies_in = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
    lies_in(&PUBLIC) && !lies_in(&NOT_PUBLIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn every_range_can_be_read() {
        for range in NOT_PUBLIC_V4.iter().chain(NOT_PUBLIC_V6).chain([&PUBLIC_V6]) {
            let net: IpNet = range.parse().unwrap();
            assert_eq!(net, net.trunc(), "{range}");
        }
    }

    #[test]
    fn what_is_not_public_is_not_reached() {
        for (what, first, last) in [
            ("this network", "0.0.0.0", "0.255.255.255"),
            ("private", "10.0.0.0", "10.255.255.255"),
            ("carrier-grade NAT", "100.64.0.0", "100.127.255.255"),
            ("metadata of Alibaba", "100.100.100.200", "100.100.100.200"),
            ("loopback", "127.0.0.0", "127.255.255.255"),
            ("settings of Azure", "168.63.129.16", "168.63.129.16"),
            ("link-local", "169.254.0.0", "169.254.255.255"),
            ("metadata of AWS", "169.254.169.254", "169.254.170.2"),
            ("private", "172.16.0.0", "172.31.255.255"),
            ("protocols", "192.0.0.0", "192.0.0.255"),
            ("metadata of Oracle", "192.0.0.192", "192.0.0.192"),
            ("documentation", "192.0.2.0", "192.0.2.255"),
            ("6to4 relays", "192.88.99.0", "192.88.99.255"),
            ("private", "192.168.0.0", "192.168.255.255"),
            ("measurements", "198.18.0.0", "198.19.255.255"),
            ("documentation", "198.51.100.0", "198.51.100.255"),
            ("documentation", "203.0.113.0", "203.0.113.255"),
            ("multicast", "224.0.0.0", "239.255.255.255"),
            ("reserved", "240.0.0.0", "255.255.255.254"),
            ("broadcast", "255.255.255.255", "255.255.255.255"),
            ("unspecified and loopback", "::", "::1"),
            ("compatible IPv4", "::127.0.0.1", "::8.8.8.8"),
            ("mapped IPv4", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
            ("mapped public IPv4", "::ffff:8.8.8.8", "::ffff:8.8.8.8"),
            ("translated IPv4", "::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1"),
            ("NAT64", "64:ff9b::a9fe:a9fe", "64:ff9b::ffff:ffff"),
            ("local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
            ("discard", "100::", "100::ffff:ffff:ffff:ffff"),
            ("Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("benchmarking", "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
            ("ORCHID", "2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("documentation", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("6to4", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
            ("documentation", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("segment routing", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("unique local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("metadata of AWS", "fd00:ec2::254", "fd00:ec2::254"),
            ("link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("site-local", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            for text in [first, last] {
                assert!(!may_reach(Reach::Public, address(text)), "{what}: {text}");
            }
        }
    }

    #[test]
    fn what_is_public_is_reached() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:db7:ffff::1",
            "2003::1",
            "2606:4700:4700::1111",
            "3ffe:ffff::1",
        ] {
            assert!(may_reach(Reach::Public, address(text)), "{text}");
        }
    }

    #[test]
    fn loopback_is_reached_where_that_is_allowed_and_nothing_else() {
        for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "8.8.8.8"] {
            assert!(may_reach(Reach::Loopback, address(text)), "{text}");
        }
        for text in ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "fd00::1", "64:ff9b::7f00:1"] {
            assert!(!may_reach(Reach::Loopback, address(text)), "{text}");
        }
    }
}
