//! Fields of views: numbers, addresses, AS paths and communities, as several routers spell them.

use std::net::{IpAddr, Ipv4Addr};

use crate::address_text;
use crate::prefix::{Family, Prefix, address_bits};

const AS_SET: u8 = 1;
const AS_SEQUENCE: u8 = 2;
const AS_CONFED_SEQUENCE: u8 = 3;
const AS_CONFED_SET: u8 = 4;

/// Names of communities (IANA), in small letters; some have several.
const NAMES: [(&[u8], u32); 18] = [
    (b"internet", 0),
    (b"graceful-shutdown", 0xffff_0000),
    (b"gshut", 0xffff_0000),
    (b"accept-own", 0xffff_0001),
    (b"route-filter-translated-v4", 0xffff_0002),
    (b"route-filter-v4", 0xffff_0003),
    (b"route-filter-translated-v6", 0xffff_0004),
    (b"route-filter-v6", 0xffff_0005),
    (b"llgr-stale", 0xffff_0006),
    (b"no-llgr", 0xffff_0007),
    (b"accept-own-nexthop", 0xffff_0008),
    (b"blackhole", 0xffff_029a),
    (b"no-export", 0xffff_ff01),
    (b"no-advertise", 0xffff_ff02),
    (b"local-as", 0xffff_ff03),
    (b"no-export-subconfed", 0xffff_ff03),
    (b"no-peer", 0xffff_ff04),
    (b"nopeer", 0xffff_ff04),
];

/// A decimal number of 32 bits.
#[inline]
pub fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u32, |value, octet| {
        let digit = octet.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

/// A number of 32 bits after `0x`.
fn hexadecimal(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"0x")?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// An AS number, plain or as two numbers of 16 bits with a dot (RFC 5396).
#[inline]
pub fn as_number(text: &[u8]) -> Option<u32> {
    match text.iter().position(|c| *c == b'.') {
        None => number(text),
        Some(dot) => {
            let high = u16::try_from(number(text.get(..dot)?)?).ok()?;
            let low = u16::try_from(number(text.get(dot + 1..)?)?).ok()?;
            Some(u32::from(high) << 16 | u32::from(low))
        }
    }
}

/// An address, without zone.
#[inline]
pub fn address(text: &[u8]) -> Option<IpAddr> {
    if let Some(address) = address_text::ipv4(text) {
        return Some(IpAddr::V4(address.into()));
    }
    if let Some(address) = address_text::ipv6(text) {
        return Some(IpAddr::V6(address.into()));
    }
    address_text::parse(std::str::from_utf8(text).ok()?)
}

/// An IPv4 address.
pub fn address4(text: &[u8]) -> Option<Ipv4Addr> {
    match address(text)? {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

/// A prefix without host bits.
#[inline]
pub fn prefix(text: &[u8]) -> Option<Prefix> {
    let slash = text.iter().position(|c| *c == b'/')?;
    let (family, network) = address_bits(address(text.get(..slash)?)?);
    let length = u8::try_from(number(text.get(slash + 1..)?)?).ok()?;
    if length > family.bits() {
        return None;
    }
    let (prefix, has_host_bits) = Prefix::masked(family, network, length);
    (!has_host_bits).then_some(prefix)
}

/// The address that stands for none.
pub const fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
    }
}

/// The value of AS_PATH of a path like `1 2 {3,4}`, `(64512 64513) 1`, `[64512,64513]` or
/// `1,2,{3 4}`; `({3 4})` is how BIRD writes an AS_CONFED_SET.
pub fn as_path(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut segment = Segment::new(AS_SEQUENCE, b"", out);
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        match first {
            b' ' | b',' => rest = behind,
            b'(' | b'{' | b'[' => {
                let found = BRACKETS.iter().find(|(open, ..)| rest.starts_with(open));
                let (open, close, kind) = found.filter(|_| segment.close.is_empty())?;
                segment = Segment::new(*kind, close, out);
                rest = rest.strip_prefix(*open)?;
            }
            b')' | b'}' | b']' => {
                if segment.close.is_empty() || segment.n == 0 {
                    return None;
                }
                rest = rest.strip_prefix(segment.close)?;
                segment = Segment::new(AS_SEQUENCE, b"", out);
            }
            _ => {
                let ends = |c: &u8| !(c.is_ascii_digit() || *c == b'.');
                let end = rest.iter().position(ends).unwrap_or(rest.len());
                segment.add(as_number(rest.get(..end)?)?, out);
                rest = rest.get(end..)?;
            }
        }
    }
    segment.close.is_empty().then_some(())
}

/// How segments that are no AS_SEQUENCE open and close.
const BRACKETS: [(&[u8], &[u8], u8); 4] = [
    (b"({", b"})", AS_CONFED_SET),
    (b"(", b")", AS_CONFED_SEQUENCE),
    (b"[", b"]", AS_CONFED_SET),
    (b"{", b"}", AS_SET),
];

/// The segment that ASes are added to; it is written with its first.
struct Segment {
    kind: u8,
    /// What closes it; empty for an AS_SEQUENCE.
    close: &'static [u8],
    at: usize,
    n: u8,
}

impl Segment {
    const fn new(kind: u8, close: &'static [u8], out: &[u8]) -> Self {
        let at = out.len();
        Self {
            kind,
            close,
            at,
            n: 0,
        }
    }

    #[inline]
    fn add(&mut self, asn: u32, out: &mut Vec<u8>) {
        if self.n == u8::MAX {
            *self = Self::new(self.kind, self.close, out);
        }
        if self.n == 0 {
            out.extend([self.kind, 0]);
        }
        out.extend(asn.to_be_bytes());
        self.n += 1;
        if let Some(count) = out.get_mut(self.at + 1) {
            *count = self.n;
        }
    }
}

/// A community by name, or as two numbers of 16 bits with a colon.
#[inline]
pub fn community(text: &[u8]) -> Option<u32> {
    let Some(colon) = text.iter().position(|c| *c == b':') else {
        let found = NAMES
            .iter()
            .find(|(name, _)| text.eq_ignore_ascii_case(name));
        return found.map(|(_, value)| *value);
    };
    pair(text.get(..colon)?, text.get(colon + 1..)?)
}

/// A community of two numbers.
#[inline]
pub fn pair(high: &[u8], low: &[u8]) -> Option<u32> {
    let high = u16::try_from(number(high)?).ok()?;
    let low = u16::try_from(number(low)?).ok()?;
    Some(u32::from(high) << 16 | u32::from(low))
}

/// A large community of three numbers.
pub fn large<'t>(mut parts: impl Iterator<Item = &'t [u8]>) -> Option<[u32; 3]> {
    let found = [
        number(parts.next()?)?,
        number(parts.next()?)?,
        number(parts.next()?)?,
    ];
    parts.next().is_none().then_some(found)
}

/// An extended community (RFC 4360, RFC 5668): `rt`, `ro` or `soo`, `generic`, or `unknown 0x4300`
/// with the two numbers, of which the first is an AS or an address.
pub fn extended(kind: &[u8], key: &[u8], value: &[u8]) -> Option<u64> {
    if kind == b"generic" {
        let (high, low) = (hexadecimal(key)?, hexadecimal(value)?);
        return Some(u64::from(high) << 32 | u64::from(low));
    }
    let (form, subtype) = match kind {
        b"rt" => (None, 2),
        b"ro" | b"soo" => (None, 3),
        _ => {
            let code = u16::try_from(hexadecimal(kind.strip_prefix(b"unknown ")?)?).ok()?;
            let [form, subtype] = code.to_be_bytes();
            (Some(form), subtype)
        }
    };
    let (key, natural) = if let Some(address) = address4(key) {
        (address.to_bits(), 1)
    } else {
        let key = number(key)?;
        (key, if key > 0xffff { 2 } else { 0 })
    };
    let form = form.unwrap_or(natural);
    let value = number(value)?;
    let rest = match form & 0x3f {
        1 | 2 => u64::from(key) << 16 | u64::from(u16::try_from(value).ok()?),
        _ => u64::from(u16::try_from(key).ok()?) << 32 | u64::from(value),
    };
    Some(u64::from(form) << 56 | u64::from(subtype) << 48 | rest)
}

/// ORIGIN by name.
pub fn origin(text: &[u8]) -> Option<u8> {
    let names: [&[u8]; 3] = [b"igp", b"egp", b"incomplete"];
    let found = names.iter().position(|n| text.eq_ignore_ascii_case(n))?;
    u8::try_from(found).ok()
}

/// The pieces of a list.
pub fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    text.split(move |c| *c == separator)
        .map(<[u8]>::trim_ascii)
        .filter(|piece| !piece.is_empty())
}
