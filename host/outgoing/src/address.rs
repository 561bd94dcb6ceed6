//! Which addresses are of the public network, and what the others are.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, as far as it matters to who must not reach the server's own network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Of the public network.
    Public,
    /// The machine itself.
    Loopback,
    /// Of a private network (RFC 1918), or unique local (RFC 4193).
    Private,
    /// Of a provider's network between its customers and the public one (RFC 6598).
    Shared,
    /// Of this link. Clouds have their metadata there, with credentials.
    LinkLocal,
    /// Where a cloud's machines ask who they are.
    Metadata,
    /// Of a group.
    Multicast,
    /// No machine's, or one for documents, tests and protocols.
    Reserved,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Public => "public",
            Kind::Loopback => "this machine's own",
            Kind::Private => "of a private network",
            Kind::Shared => "of a provider's network",
            Kind::LinkLocal => "of this link",
            Kind::Metadata => "a cloud's own",
            Kind::Multicast => "of a group",
            Kind::Reserved => "reserved",
        })
    }
}

impl Kind {
    /// What this address is. One of IPv6 that stands for one of IPv4 is what that is.
    ///
    /// ```
    /// use doverb_outgoing::Kind;
    ///
    /// assert_eq!(Kind::of("93.184.215.14".parse()?), Kind::Public);
    /// assert_eq!(Kind::of("::ffff:127.0.0.1".parse()?), Kind::Loopback);
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn of(address: IpAddr) -> Kind {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }
}

fn of_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        // Azure's, the only one of the public network.
        [168, 63, 129, 16] | [192, 0, 0, 192] => Kind::Metadata,
        [127, ..] => Kind::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Kind::Private,
        [100, 64..=127, ..] => Kind::Shared,
        [169, 254, ..] => Kind::LinkLocal,
        [224..=239, ..] => Kind::Multicast,
        [0 | 240..=255, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Kind::Reserved,
        _ => Kind::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> Kind {
    if let Some(address) = address.to_ipv4_mapped() {
        return of_v4(address);
    }
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Loopback,
        // NAT64 and 6to4: gateways make one of IPv4 of it.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => inner(high, low),
        [0xfe80..=0xfebf, ..] => Kind::LinkLocal,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Kind::Private,
        [0xff00..=0xffff, ..] => Kind::Multicast,
        // Teredo and other protocols, and documents.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Kind::Reserved,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::Kind;

    #[test]
    fn what_is_not_of_the_public_network_is_known_in_every_form() {
        for (kind, addresses) in [
            (
                Kind::Public,
                "1.1.1.1 93.184.215.14 172.32.0.1 100.128.0.1 2606:4700::1111 2002:808:808::1 64:ff9b::808:808",
            ),
            (Kind::Loopback, "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::"),
            (
                Kind::Private,
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fd00:ec2::254 fec0::1 ::ffff:10.1.2.3 2002:a00:1::1",
            ),
            (Kind::Shared, "100.64.0.1 100.100.100.200 ::ffff:100.64.0.1"),
            (
                Kind::LinkLocal,
                "169.254.169.254 fe80::1 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::",
            ),
            (Kind::Metadata, "168.63.129.16 192.0.0.192 ::ffff:168.63.129.16"),
            (Kind::Multicast, "224.0.0.1 239.255.255.250 ff02::1"),
            (
                Kind::Reserved,
                "0.0.0.0 0.1.2.3 255.255.255.255 240.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 :: ::127.0.0.1 \
                2001::1 2001:db8::1 64:ff9b:1::7f00:1 100::1 3fff::1 ::ffff:0:127.0.0.1 5f00::1",
            ),
        ] {
            for address in addresses.split_whitespace() {
                assert_eq!(Kind::of(address.parse().unwrap()), kind, "{address}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_form_of_an_address_is_what_the_address_is(bits: u32, other: u16) {
            let kind = Kind::of(Ipv4Addr::from_bits(bits).into());
            let [high, low] = [(bits >> 16) as u16, bits as u16];
            for form in [
                [0, 0, 0, 0, 0, 0xffff, high, low],
                [0x64, 0xff9b, 0, 0, 0, 0, high, low],
                [0x2002, high, low, other, 0, 0, 0, other],
            ] {
                let form: Ipv6Addr = form.into();
                prop_assert_eq!(Kind::of(form.into()), kind, "{}", form);
            }
        }

        #[test]
        fn only_global_unicast_is_public(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            let is_form = address.to_ipv4_mapped().is_some() || address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
            if Kind::of(address.into()) == Kind::Public && !is_form {
                prop_assert_eq!(address.segments()[0] >> 13, 1);
            }
        }
    }
}
