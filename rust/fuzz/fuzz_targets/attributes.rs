//! Any bytes as the attribute block of a route: refused, or decoded into a row of both tables.
#![no_main]

use _core::rib::decoder::{RecordType, check};
use _core::rib::distinct::Distinct;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|block: &[u8]| {
    for kind in [RecordType::TableDump, RecordType::TableDumpV2] {
        if check(kind, block).is_ok() {
            let mut distinct = Distinct::default();
            // The same block twice is the same row twice.
            distinct
                .push([(kind, block), (kind, block)].into_iter())
                .unwrap();
            assert_eq!(distinct.ids.len(), 2);
            assert_eq!(distinct.ids[0], distinct.ids[1]);
            assert_eq!(distinct.paths.finish().unwrap().num_rows(), 1);
            assert_eq!(distinct.attributes.finish().unwrap().num_rows(), 1);
        }
    }
});
