//! The network of an address: /24 of IPv4, /48 of IPv6 (TRUST.md section 3).

use crate::scheduler::Network;
use std::net::IpAddr;

/// The network that `address` is part of.
pub(super) fn network_of(address: IpAddr) -> Network {
    let mut out = [0; 8];
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            out[..4].copy_from_slice(&[4, a, b, c]);
        }
        IpAddr::V6(address) => {
            let octets = address.octets();
            out[0] = 6;
            out[1..7].copy_from_slice(&octets[..6]);
        }
    }
    Network(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        network_of(text.parse().unwrap())
    }

    #[test]
    fn addresses_of_one_slash_24_or_slash_48_are_one_network() {
        assert_eq!(network("127.0.2.1"), network("127.0.2.200"));
        assert_ne!(network("127.0.2.1"), network("127.0.3.1"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:ffff::9"));
        assert_ne!(network("2001:db8:1::1"), network("2001:db8:2::1"));
    }

    #[test]
    fn an_ipv4_address_mapped_into_ipv6_is_the_same_network() {
        assert_eq!(network("::ffff:10.1.2.3"), network("10.1.2.77"));
    }
}
