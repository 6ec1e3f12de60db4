//! Any bytes as a dump and as updates: an error, or a receipt whose sums agree.
#![no_main]

use std::sync::Arc;

use _core::input::{Input, Source};
use _core::rib::builder::TableBuilder;
use _core::rib::file::Target;
use _core::rib::load::{Loaded, OnError, Options, Safi, load};
use _core::updates::builder::UpdatesBuilder;
use libfuzzer_sys::fuzz_target;

/// Uncompressed bytes to read at most: a few of input can be gigabytes.
const LIMIT: u64 = 16 << 20;

fn read<T: Target>(bytes: &[u8], on_error: OnError, safi: Safi) -> Option<Loaded> {
    let input = Input {
        name: "fuzzed".into(),
        collector: None,
        source: Source::Bytes(Arc::new(bytes.to_vec())),
        max_bytes: Some(LIMIT),
    };
    load::<T>(&[input], Options::new(on_error, safi), &mut |_, _| true).ok()
}

/// Read bytes both ways; the sums of what is kept agree with the rows of this table.
fn check<T: Target>(bytes: &[u8], safi: Safi, rows: &str) {
    let Some(loaded) = read::<T>(bytes, OnError::Collect, safi) else {
        return;
    };
    let file = &loaded.files[0];
    let records: u64 = file.records.values().map(|t| t.bytes).sum();
    let skipped: u64 = file.skipped.iter().map(|s| s.length).sum();
    assert_eq!(records + skipped, file.bytes_uncompressed);
    assert_eq!(file.routes_read, file.routes_kept + file.routes_lost);
    assert_eq!(file.changes_read, file.changes_kept + file.changes_lost);
    let mut tables = loaded.tables.named.iter();
    let (_, table) = tables.find(|(name, _)| *name == rows).unwrap();
    let kept = file.routes_kept + file.changes_kept;
    assert_eq!(kept, table.num_rows() as u64);
    let is_whole = read::<T>(bytes, OnError::Raise, safi).is_some();
    assert_eq!(is_whole, loaded.issues.is_empty());
}

fuzz_target!(|bytes: &[u8]| {
    for safi in [Safi::Unicast, Safi::Multicast] {
        check::<TableBuilder>(bytes, safi, "routes");
        check::<UpdatesBuilder>(bytes, safi, "changes");
    }
});
