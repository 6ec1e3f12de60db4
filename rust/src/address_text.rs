//! Addresses from text, for columns of millions: what the standard library accepts, several times
//! as fast. What is refused here is tried there, so that there is one rule for odd spellings.

use std::net::IpAddr;

/// An address of either family (no zone, no leading zeros), or nothing.
#[inline]
pub fn parse(text: &str) -> Option<IpAddr> {
    let octets = text.as_bytes();
    if let Some(address) = ipv4(octets) {
        return Some(IpAddr::V4(address.into()));
    }
    match ipv6(octets) {
        Some(address) => Some(IpAddr::V6(address.into())),
        None => text.parse().ok(),
    }
}

/// Four decimal octets without leading zeros.
#[inline]
pub fn ipv4(text: &[u8]) -> Option<u32> {
    let mut address = 0;
    let mut octet = 0;
    let mut n_digits = 0;
    let mut n_dots = 0;
    for byte in text {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit <= 9 {
            // A second digit after a zero is a leading zero.
            if n_digits > 0 && octet == 0 {
                return None;
            }
            octet = octet * 10 + digit;
            n_digits += 1;
            if octet > 255 {
                return None;
            }
        } else if *byte == b'.' && n_digits > 0 && n_dots < 3 {
            address = address << 8 | octet;
            octet = 0;
            n_digits = 0;
            n_dots += 1;
        } else {
            return None;
        }
    }
    (n_dots == 3 && n_digits > 0).then_some(address << 8 | octet)
}

/// Eight groups of hexadecimal digits, one run of zero groups as `::`; no dotted quad at the end.
#[inline]
pub fn ipv6(text: &[u8]) -> Option<u128> {
    let mut groups = [0_u16; 8];
    let mut n = 0;
    let mut gap = None; // groups before the `::`
    let mut rest = text;
    if let [b':', b':', behind @ ..] = rest {
        gap = Some(0);
        rest = behind;
    }
    while !(rest.is_empty() && gap == Some(n)) {
        let (value, n_digits) = group(rest)?;
        *groups.get_mut(n)? = value;
        n += 1;
        rest = match rest.get(n_digits..)? {
            [] => break,
            [b':', b':', behind @ ..] if gap.replace(n).is_none() => behind,
            [b':', behind @ ..] => behind, // where a second `::` finds no group
            _ => return None,
        };
    }
    if let Some(gap) = gap {
        // `::` stands for one group at least.
        let n_zeros = 8_usize.checked_sub(n).filter(|zeros| *zeros > 0)?;
        groups.copy_within(gap..n, gap + n_zeros);
        groups.get_mut(gap..gap + n_zeros)?.fill(0);
    } else if n != 8 {
        return None;
    }
    Some(
        groups
            .iter()
            .fold(0, |bits, group| bits << 16 | u128::from(*group)),
    )
}

/// The number of up to four hexadecimal digits, and how many there are: one at least.
#[inline]
fn group(text: &[u8]) -> Option<(u16, usize)> {
    let mut value = 0;
    let mut n_digits = 0;
    for byte in text.iter().take(4) {
        let digit = DIGITS.get(usize::from(*byte)).copied().unwrap_or(NO_DIGIT);
        if digit == NO_DIGIT {
            break;
        }
        value = value << 4 | u16::from(digit);
        n_digits += 1;
    }
    (n_digits > 0).then_some((value, n_digits))
}

const NO_DIGIT: u8 = 16;
/// Values of hexadecimal digits by their octet.
const DIGITS: [u8; 256] = digits();

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)] // at compile time
const fn digits() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 16 {
        let text = b"0123456789abcdef"[digit];
        values[text as usize] = digit as u8;
        values[text.to_ascii_uppercase() as usize] = digit as u8;
        digit += 1;
    }
    values
}
