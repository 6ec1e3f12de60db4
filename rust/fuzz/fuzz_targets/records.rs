//! Any bytes as a dump: an error, or a receipt whose sums agree.
#![no_main]

use std::sync::Arc;

use _core::input::{Input, Source};
use _core::rib::load::{Loaded, OnError, Options, Safi, load};
use libfuzzer_sys::fuzz_target;

fn read(bytes: &[u8], on_error: OnError, safi: Safi) -> Option<Loaded> {
    let input = Input {
        name: "fuzzed".into(),
        collector: None,
        source: Source::Bytes(Arc::new(bytes.to_vec())),
    };
    load(&[input], Options { on_error, safi }, &mut |_, _| true).ok()
}

fuzz_target!(|bytes: &[u8]| {
    for safi in [Safi::Unicast, Safi::Multicast] {
        let Some(loaded) = read(bytes, OnError::Collect, safi) else {
            continue;
        };
        let file = &loaded.files[0];
        let records: u64 = file.records.values().map(|t| t.bytes).sum();
        let skipped: u64 = file.skipped.iter().map(|s| s.length).sum();
        assert_eq!(records + skipped, file.bytes_uncompressed);
        assert_eq!(file.routes_read, file.routes_kept + file.routes_lost);
        let mut tables = loaded.tables.named.iter();
        let (_, routes) = tables.find(|(name, _)| *name == "routes").unwrap();
        assert_eq!(file.routes_kept, routes.num_rows() as u64);
        let is_whole = read(bytes, OnError::Raise, safi).is_some();
        assert_eq!(is_whole, loaded.issues.is_empty());
    }
});
