//! Prefixes of both families, left-aligned in 128 bits so that masking and sorting are one code path.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::address_text;
use crate::error::Error;

/// Address family, ordered IPv4 before IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// IPv4.
    V4 = 4,
    /// IPv6.
    V6 = 6,
}

impl Family {
    /// Bits of an address: 32 or 128.
    pub const fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// Address family number of the IANA registry.
    pub const fn afi(self) -> u16 {
        match self {
            Self::V4 => 1,
            Self::V6 => 2,
        }
    }

    /// From the number 4 or 6.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            4 => Some(Self::V4),
            6 => Some(Self::V6),
            _ => None,
        }
    }
}

/// A canonical prefix. The derived order is the order of the prefix table: family, network, length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    /// Family.
    pub family: Family,
    /// Network bits from the top; an IPv4 network is in the highest 32 bits.
    pub network: u128,
    /// Prefix length in bits.
    pub length: u8,
}

/// Mask of the highest `length` bits.
#[inline]
pub const fn mask(length: u8) -> u128 {
    match length {
        0 => 0,
        1..128 => u128::MAX << (128 - length),
        _ => u128::MAX,
    }
}

/// Address bits from the top of 128.
pub fn address_bits(address: IpAddr) -> (Family, u128) {
    match address {
        IpAddr::V4(a) => (Family::V4, u128::from(a.to_bits()) << 96),
        IpAddr::V6(a) => (Family::V6, a.to_bits()),
    }
}

impl Prefix {
    /// 0.0.0.0/0.
    pub const DEFAULT_V4: Self = Self {
        family: Family::V4,
        network: 0,
        length: 0,
    };

    /// Mask `network` to `length`; the flag says whether host bits were set.
    pub const fn masked(family: Family, network: u128, length: u8) -> (Self, bool) {
        let clean = network & mask(length);
        (
            Self {
                family,
                network: clean,
                length,
            },
            clean != network,
        )
    }

    /// Whether `other` lies in this prefix or is it.
    #[inline]
    pub fn covers(&self, other: &Self) -> bool {
        self.family == other.family
            && self.length <= other.length
            && other.network & mask(self.length) == self.network
    }

    /// First address.
    pub fn address(&self) -> IpAddr {
        match self.family {
            #[allow(clippy::cast_possible_truncation)] // the highest 32 bits fit
            Family::V4 => IpAddr::V4(Ipv4Addr::from_bits((self.network >> 96) as u32)),
            Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(self.network)),
        }
    }

    /// Last address, left-aligned.
    pub const fn last(&self) -> u128 {
        let host = !mask(self.length);
        match self.family {
            Family::V4 => (self.network | host) & mask(32),
            Family::V6 => self.network | host,
        }
    }

    /// A prefix whose host bits may be set, or an address as its /32 or /128; host bits are cleared.
    ///
    /// # Errors
    /// The text is neither.
    pub fn with_host_bits(text: &str) -> Result<Self, Error> {
        if text.contains('/') {
            return Self::parse(text).map(|(prefix, _)| prefix);
        }
        Self::or_address(text)
    }

    /// A prefix, and whether it had host bits set.
    fn parse(text: &str) -> Result<(Self, bool), Error> {
        let malformed = || {
            Error::prefix(format!(
                "{text:?} is not a prefix: expected an address and a length, like 192.0.2.0/24 or 2001:db8::/32"
            ))
        };
        let (address, length) = text.split_once('/').ok_or_else(malformed)?;
        let (family, network) = address_bits(address_text::parse(address).ok_or_else(malformed)?);
        let length = decimal(length.as_bytes()).ok_or_else(malformed)?;
        let length = u8::try_from(length)
            .ok()
            .filter(|n| *n <= family.bits())
            .ok_or_else(|| {
                Error::prefix(format!(
                    "{text:?} is not a prefix: expected an address and a length of at most {}",
                    family.bits()
                ))
            })?;
        Ok(Self::masked(family, network, length))
    }

    /// A prefix, or an address as its /32 or /128.
    ///
    /// # Errors
    /// As [`Prefix::from_str`].
    pub fn or_address(text: &str) -> Result<Self, Error> {
        if text.contains('/') {
            return text.parse();
        }
        let (family, network) = address_bits(parse_address(text)?);
        Ok(Self {
            family,
            network,
            length: family.bits(),
        })
    }
}

/// Parse an IPv4 or IPv6 address (no zone, no leading zeros).
///
/// # Errors
/// A prefix error naming the text.
pub fn parse_address(text: &str) -> Result<IpAddr, Error> {
    address_text::parse(text).ok_or_else(|| {
        Error::prefix(format!(
            "{text:?} is not an address: expected an address, IPv4 like 192.0.2.1 or IPv6 like 2001:db8::1"
        ))
    })
}

/// Up to three digits without leading zeros.
fn decimal(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 3 || digits.len() > 1 && digits.starts_with(b"0") {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u16::from(digit - b'0'))
    })
}

impl FromStr for Prefix {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (prefix, host_bits) = Self::parse(text)?;
        if host_bits {
            return Err(Error::prefix(format!(
                "{text:?} has host bits set: expected {prefix}"
            )));
        }
        Ok(prefix)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address(), self.length)
    }
}
