//! Any bytes as NLRI and as text: refused, or a canonical prefix that its own text gives back.
#![no_main]

use _core::cursor::Cursor;
use _core::mrt::table_dump::{PathIds, rib_generic_record, rib_record};
use _core::prefix::{Family, Prefix};
use libfuzzer_sys::fuzz_target;

fn check(prefix: Prefix) {
    assert!(prefix.length <= prefix.family.bits());
    let (masked, host_bits) = Prefix::masked(prefix.family, prefix.network, prefix.length);
    assert_eq!((masked, host_bits), (prefix, false));
    assert!(prefix.network <= prefix.last());
    assert_eq!(prefix.to_string().parse().ok(), Some(prefix));
}

fuzz_target!(|bytes: &[u8]| {
    for family in [Family::V4, Family::V6] {
        for path_ids in [PathIds::None, PathIds::InEntries] {
            if let Ok(record) = rib_record(bytes, family, 1, path_ids) {
                check(record.prefix);
            }
        }
        for add_path in [false, true] {
            if let Ok(record) = rib_generic_record(Cursor::new(bytes), family, add_path) {
                check(record.prefix);
            }
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(prefix) = text.parse() {
            check(prefix);
        }
        if let Ok(prefix) = Prefix::or_address(text) {
            check(prefix);
        }
    }
});
