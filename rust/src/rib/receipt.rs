//! The load receipt as the parser fills it; `rib.table.receipt` gives it to the user.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// One problem.
#[derive(Debug, Clone)]
pub struct Issue {
    /// Input name.
    pub file: String,
    /// Uncompressed offset.
    pub offset: Option<u64>,
    /// Record number, from 0.
    pub record: Option<u64>,
    /// Kind, in `snake_case`.
    pub kind: &'static str,
    /// Expected, found, cost.
    pub detail: String,
}

/// Uncompressed bytes that are in no record.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
    /// Why.
    pub reason: &'static str,
}

/// What one file gave.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // the fields are those of `rib.table.receipt.FileReceipt`
pub struct FileReceipt {
    pub name: String,
    pub collector: String,
    pub compression: &'static str,
    pub bytes_in: u64,
    pub bytes_uncompressed: u64,
    pub records: BTreeMap<Cow<'static, str>, Tally>,
    pub routes_read: u64,
    pub routes_kept: u64,
    pub routes_lost: u64,
    pub changes_read: u64,
    pub changes_kept: u64,
    pub changes_lost: u64,
    /// BGP messages by the name of their type.
    pub messages: BTreeMap<Cow<'static, str>, u64>,
    /// Records of address families that are not read, by name.
    pub other_families: BTreeMap<Cow<'static, str>, u64>,
    pub skipped: Vec<Skipped>,
    pub n_issues: u64,
}

/// Number of records of one kind and their bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Records.
    pub count: u64,
    /// Bytes, headers included.
    pub bytes: u64,
}
