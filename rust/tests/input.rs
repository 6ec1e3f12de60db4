//! Every compression: what comes out, whole, cut, damaged and limited.

use std::io::Write;
use std::sync::Arc;
use std::thread;

use _core::input::{Block, Compression, Damage, Source, stream_blocks};
use bzip2::Status;
use proptest::prelude::*;

/// What an input gives: its compression, its bytes, how it ended.
fn read(bytes: &[u8], limit: Option<u64>) -> (Compression, Vec<u8>, Option<Damage>) {
    let source = Source::Bytes(Arc::new(bytes.to_vec()));
    let mut opened = Compression::Plain;
    let mut content = Vec::new();
    thread::scope(|scope| {
        let (blocks, give_back) = stream_blocks(scope, &source, limit, Arc::default()).unwrap();
        for block in &blocks {
            match block {
                Block::Opened(compression) => opened = compression,
                Block::Bytes(buffer, n) => {
                    content.extend(&buffer[..n]);
                    let _ = give_back.send(buffer);
                }
                Block::End(damage) => return (opened, content, damage),
            }
        }
        unreachable!("the decompressor always says how it ended")
    })
}

fn bzip2_at(level: u32, content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(level));
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn pack(compression: Compression, content: &[u8]) -> Vec<u8> {
    match compression {
        Compression::Plain => content.to_vec(),
        Compression::Gzip => {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Bzip2 => bzip2_at(1, content),
        Compression::Xz => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Lz4 => {
            let frame = lz4_flex::frame::FrameInfo::new().content_checksum(true);
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(frame, Vec::new());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
    }
}

const PACKED: [Compression; 5] = [
    Compression::Gzip,
    Compression::Bzip2,
    Compression::Xz,
    Compression::Zstd,
    Compression::Lz4,
];

/// Content that compresses to a few bytes without long runs.
fn periodic(n: usize) -> Vec<u8> {
    (0..97).cycle().take(n).collect()
}

/// Content that does not compress.
fn noise(n: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    (0..n).map(|_| next()).collect()
}

/// One library decoder after the other, byte by byte, so that the output of a block is that of
/// the call whose byte ended it, and a block with a wrong checksum gives none.
fn sequential(mut bytes: &[u8]) -> (Vec<u8>, Option<Damage>) {
    let cut = Damage::Truncated("the bzip2 data ends early".into());
    let corrupt = Damage::Corrupt("damaged bzip2 data".into());
    let mut content = Vec::new();
    let mut buffer = vec![0; 64 << 20];
    loop {
        let mut decoder = bzip2::Decompress::new(false);
        loop {
            let Some((byte, rest)) = bytes.split_first() else {
                return (content, Some(cut));
            };
            bytes = rest;
            let before = decoder.total_out();
            let Ok(status) = decoder.decompress(&[*byte], &mut buffer) else {
                return (content, Some(corrupt));
            };
            let n = usize::try_from(decoder.total_out() - before).unwrap();
            content.extend(&buffer[..n]);
            if status == Status::StreamEnd {
                break;
            }
        }
        let padding = bytes.iter().take_while(|b| **b == 0).count();
        bytes = &bytes[padding..];
        match bytes {
            [] => return (content, None),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => {}
            _ => {
                let text = format!(
                    "{} bytes after the end of the bzip2 data, expected the end or another member",
                    bytes.len()
                );
                return (content, Some(Damage::TrailingGarbage(text)));
            }
        }
    }
}

fn assert_as_sequential(bytes: &[u8]) {
    let (_, content, damage) = read(bytes, None);
    let (expected, expected_damage) = sequential(bytes);
    assert_eq!(expected_damage, damage);
    assert!(expected == content, "{} {}", expected.len(), content.len());
}

#[test]
fn every_compression_is_told_and_read() {
    let content = noise(700_000);
    assert_eq!(
        read(&content, None),
        (Compression::Plain, content.clone(), None)
    );
    for compression in PACKED {
        let packed = pack(compression, &content);
        assert_eq!(read(&packed, None), (compression, content.clone(), None));
    }
}

#[test]
fn members_and_padding_are_one_input() {
    let (one, other) = (noise(300_000), periodic(500_000));
    for compression in PACKED {
        let mut packed = pack(compression, &one);
        packed.extend([0; 12]);
        packed.extend(pack(compression, b""));
        packed.extend(pack(compression, &other));
        packed.extend([0; 1000]);
        let content = [one.clone(), other.clone()].concat();
        assert_eq!(read(&packed, None), (compression, content, None));
    }
}

#[test]
fn a_header_that_a_read_cuts_is_still_a_header() {
    const CHUNK: usize = 1 << 18;
    let last = pack(Compression::Gzip, b"the last member");
    for n in 1..6 {
        let mut packed = pack(Compression::Gzip, b"");
        packed.resize(CHUNK - n, 0);
        packed.extend(&last);
        let content = b"the last member".to_vec();
        assert_eq!(read(&packed, None), (Compression::Gzip, content, None));
    }
}

#[test]
fn skippable_frames_are_passed_over() {
    let skippable = [&[0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    let content = noise(1000);
    for compression in [Compression::Zstd, Compression::Lz4] {
        let packed = pack(compression, &content);
        let frames = [&packed[..], &skippable, &packed, &skippable].concat();
        let twice = content.repeat(2);
        assert_eq!(read(&frames, None), (compression, twice.clone(), None));
        let (_, out, damage) = read(&frames[..frames.len() - 1], None);
        assert_eq!(out, twice);
        assert!(matches!(damage, Some(Damage::Truncated(_))));
    }
    let first = [skippable, pack(Compression::Zstd, &content)].concat();
    assert_eq!(read(&first, None), (Compression::Zstd, content, None));
}

#[test]
fn what_follows_the_last_member_is_reported() {
    let content = periodic(1000);
    for compression in PACKED {
        let packed = [pack(compression, &content), b"\0garbage".to_vec()].concat();
        let (_, out, damage) = read(&packed, None);
        assert_eq!(out, content);
        let Some(Damage::TrailingGarbage(text)) = damage else {
            panic!("{damage:?}")
        };
        assert!(text.starts_with("7 bytes after"), "{text}");
    }
}

#[test]
fn any_cut_keeps_what_came_before_it() {
    let content = [noise(3000), periodic(3000)].concat();
    for compression in PACKED {
        let packed = pack(compression, &content);
        for cut in 6..packed.len() {
            let (found, out, damage) = read(&packed[..cut], None);
            assert_eq!(compression, found);
            assert!(content.starts_with(&out));
            assert!(
                matches!(damage, Some(Damage::Truncated(_))),
                "{compression:?} {cut} {damage:?}"
            );
        }
    }
}

#[test]
fn damage_keeps_what_came_before_it() {
    let content = noise(2_000_000);
    for compression in PACKED {
        let mut packed = pack(compression, &content);
        let middle = packed.len() / 2;
        packed[middle..middle + 64].fill(0xff);
        let (_, out, damage) = read(&packed, None);
        assert!(
            matches!(damage, Some(Damage::Corrupt(_))),
            "{compression:?} {damage:?}"
        );
        assert!(out.len() > 800_000, "{compression:?} {}", out.len());
        assert!(content.starts_with(&out[..800_000]));
    }
}

#[test]
fn a_limit_gives_as_many_bytes_and_says_so() {
    let content = periodic(9_000_000);
    let all = content.len() as u64;
    for compression in PACKED.into_iter().chain([Compression::Plain]) {
        let packed = pack(compression, &content);
        for limit in [1, 100_000, 4 << 20, all - 1] {
            let (_, out, damage) = read(&packed, Some(limit));
            assert_eq!(damage, Some(Damage::Limit(limit)));
            assert_eq!(out.len() as u64, limit);
            assert!(content.starts_with(&out));
        }
        assert_eq!(read(&packed, Some(all)).2, None);
    }
}

#[test]
fn blocks_longer_than_a_buffer_are_read() {
    // Runs fold 51 to 1 before the blocks are cut, so that one block unpacks to 46 MB.
    let content = [vec![0; 60 << 20], noise(1000), vec![7; 50 << 20]].concat();
    let (_, out, damage) = read(&bzip2_at(9, &content), None);
    assert_eq!(damage, None);
    assert!(out == content);
}

#[test]
fn bzip2_of_any_level_and_other_tools_is_read() {
    let content = [noise(1_200_000), periodic(2_000_000)].concat();
    for level in [1, 5, 9] {
        assert_as_sequential(&bzip2_at(level, &content));
    }
    // pbzip2 makes a stream of every block.
    let streams: Vec<u8> = content
        .chunks(90_000)
        .flat_map(|c| bzip2_at(9, c))
        .collect();
    assert_as_sequential(&streams);
}

/// Content whose bytes are such that the map of used bytes, in the header of the block, contains
/// the magic numbers.
fn with_magic_in_map(n: usize) -> Vec<u8> {
    let words = [
        0x3141_u16, 0x5926, 0x5359, 0x0100, 0x1772, 0x4538, 0x5090, 0x8000,
    ];
    let used: Vec<u8> = (0..=127_u8)
        .filter(|b| words[usize::from(b >> 4)] << (b & 15) & 0x8000 != 0)
        .collect();
    // Never two equal bytes in a row: the length of a run would be a byte of its own.
    let order = (0..n).map(|i| i * 7 + i / 1000);
    order.map(|i| used[i % used.len()]).collect()
}

/// How many magic numbers there are at any bit.
fn magic_numbers(bytes: &[u8]) -> usize {
    let mut word = 0_u64;
    let bits = bytes
        .iter()
        .flat_map(|b| (0..8).rev().map(move |i| b >> i & 1));
    bits.filter(|bit| {
        word = (word << 1 | u64::from(*bit)) & 0xffff_ffff_ffff;
        word == 0x3141_5926_5359 || word == 0x1772_4538_5090
    })
    .count()
}

#[test]
fn magic_numbers_inside_blocks_do_not_end_them() {
    let content = with_magic_in_map(450_000);
    let packed = bzip2_at(1, &content);
    // Five blocks and the end, and two in the map of each block.
    assert_eq!(magic_numbers(&packed), 6 + 2 * 5);
    assert_eq!(read(&packed, None), (Compression::Bzip2, content, None));
    for cut in [packed.len() / 3, packed.len() / 2, packed.len() - 1] {
        assert_as_sequential(&packed[..cut]);
    }
    for flip in [20, 300, packed.len() / 2, packed.len() - 3] {
        let mut damaged = packed.clone();
        damaged[flip] ^= 0x10;
        assert_as_sequential(&damaged);
    }
}

#[test]
fn any_cut_of_bzip2_ends_as_sequential_reading_does() {
    let content = periodic(230_000);
    let packed = [
        bzip2_at(1, &content),
        bzip2_at(1, b""),
        bzip2_at(2, &content[..900]),
    ]
    .concat();
    for cut in 4..packed.len() {
        assert_as_sequential(&packed[..cut]);
    }
}

#[test]
fn any_flipped_bit_of_bzip2_ends_as_sequential_reading_does() {
    let packed = [
        bzip2_at(1, &periodic(110_000)),
        bzip2_at(1, b"the second stream"),
    ]
    .concat();
    // A step without a common factor with 8 meets every bit of a byte in turn.
    for bit in (32..packed.len() * 8).step_by(7) {
        let mut damaged = packed.clone();
        damaged[bit / 8] ^= 0x80 >> (bit % 8);
        assert_as_sequential(&damaged);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn bzip2_in_parallel_is_bzip2_in_sequence(
        streams in prop::collection::vec((1..=9_u32, 0..400_000_usize, any::<bool>()), 1..4),
        padding in 0..3_usize,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 0..3),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut packed = Vec::new();
        for (level, n, is_noise) in streams {
            packed.extend(bzip2_at(level, &if is_noise { noise(n) } else { periodic(n) }));
            packed.extend(vec![0; padding]);
        }
        for (at, change) in flips {
            let at = 4 + at.index(packed.len() - 4);
            packed[at] ^= change;
        }
        if let Some(cut) = cut {
            packed.truncate(4 + cut.index(packed.len() - 4));
        }
        assert_as_sequential(&packed);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_threads() {
    let packed = bzip2_at(1, &noise(5_000_000));
    let source = Source::Bytes(Arc::new(packed));
    thread::scope(|scope| {
        let (blocks, _) = stream_blocks(scope, &source, None, Arc::default()).unwrap();
        assert!(matches!(
            blocks.recv(),
            Ok(Block::Opened(Compression::Bzip2))
        ));
        drop(blocks);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_of_the_system_is_no_damage_of_the_data() {
    let source = Source::Path("/proc/self/mem".into());
    thread::scope(|scope| {
        let (blocks, _) = stream_blocks(scope, &source, None, Arc::default()).unwrap();
        let Ok(Block::End(Some(Damage::Io(code, _)))) = blocks.recv() else {
            panic!("expected an error of the system")
        };
        assert!(code.is_some());
    });
}
