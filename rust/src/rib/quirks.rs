//! Deviations from the RFCs that are understood and lose nothing: counted, not reported one by one.

/// A kind of deviation; the names are those of the receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
#[allow(missing_docs)] // NAMES says it in the words of the receipt
pub enum Quirk {
    AddPathUnmarked,
    As4PathIgnored,
    As4PathMerged,
    AsPath2Octet,
    AsPath4Octet,
    DuplicateAttribute,
    DuplicateRoute,
    EmptyRib,
    EmptySegment,
    GenericPathIdInEntry,
    LocalPeerIndex,
    MalformedAttribute,
    MicrosecondsOutOfRange,
    MissingAsPath,
    MpReachAfiSafi,
    MpReachFull,
    NlriHostBits,
    RecordAfiSafi,
    StateChangeSwapped,
    TableDumpPacked,
    TableDumpShort,
    TrailingBytesInRecord,
}

/// Names of [`Quirk`], by discriminant.
pub const NAMES: [&str; 22] = [
    "add_path_unmarked",
    "as4_path_ignored",
    "as4_path_merged",
    "as_path_2_octet",
    "as_path_4_octet",
    "duplicate_attribute",
    "duplicate_route",
    "empty_rib",
    "empty_segment",
    "generic_path_id_in_entry",
    "local_peer_index",
    "malformed_attribute",
    "microseconds_out_of_range",
    "missing_as_path",
    "mp_reach_afi_safi",
    "mp_reach_full",
    "nlri_host_bits",
    "record_afi_safi",
    "state_change_swapped",
    "table_dump_packed",
    "table_dump_short",
    "trailing_bytes_in_record",
];

/// How often each was met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    counts: [u64; NAMES.len()],
}

impl Quirks {
    /// Count `n` more.
    #[inline]
    pub fn add(&mut self, quirk: Quirk, n: u64) {
        if let Some(count) = self.counts.get_mut(quirk as usize) {
            *count += n;
        }
    }

    /// Count all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (own, n) in self.counts.iter_mut().zip(other.counts) {
            *own += n;
        }
    }

    /// Whether none was met.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|n| *n == 0)
    }

    /// Names and counts of those that were met.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        NAMES.into_iter().zip(self.counts).filter(|(_, n)| *n > 0)
    }
}
