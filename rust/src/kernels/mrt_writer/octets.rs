//! Many short byte strings, end to end.

/// Items of octets, numbered from 0.
#[derive(Default)]
pub(super) struct Octets {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Octets {
    /// Append an item.
    pub(super) fn push(&mut self, item: &[u8]) {
        self.bytes.extend_from_slice(item);
        self.ends.push(self.bytes.len());
    }

    /// Number of items.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// An item; `None` where there is none of that number.
    #[inline]
    pub(super) fn get(&self, item: usize) -> Option<&[u8]> {
        let start = match item.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before)?,
        };
        self.bytes.get(start..*self.ends.get(item)?)
    }
}

/// Append the header of a path attribute: flags, type and length (RFC 4271 §4.3). The length takes
/// two octets where it must, or where the flags ask for it.
pub(super) fn attribute_header(
    flags: u8,
    code: u8,
    length: usize,
    out: &mut Vec<u8>,
) -> Option<()> {
    const EXTENDED_LENGTH: u8 = 0x10;
    match u8::try_from(length) {
        Ok(length) if flags & EXTENDED_LENGTH == 0 => out.extend([flags, code, length]),
        _ => {
            out.extend([flags | EXTENDED_LENGTH, code]);
            out.extend(u16::try_from(length).ok()?.to_be_bytes());
        }
    }
    Some(())
}
