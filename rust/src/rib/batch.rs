//! Routes on their way into the table, a batch at a time.
//!
//! Looking up one attribute block waits for memory. The blocks of a batch are looked up together,
//! after its routes have been added with a stand-in for the number of their block.

use super::decoder::{RecordType, Rejected};
use super::intern::{Key, Keyed};

/// Routes per batch: enough to overlap their cache misses, few enough to stay in the nearest cache.
pub const BATCH: usize = 128;

/// Set on the stand-in for a number: the rest is a position in [`Batch::lookups`].
const PENDING: u32 = 1 << 31;
/// Numbers of blocks that cannot be a route; `u32::MAX` is the interner's own.
const REJECTED: [(u32, Rejected); 2] = [
    (u32::MAX - 1, Rejected::Lengths),
    (u32::MAX - 2, Rejected::AsPath),
];

/// The batch, and what it remembers of those before.
#[derive(Default)]
pub struct Batch<'b> {
    /// First route of the batch in the table.
    pub first_route: usize,
    /// Blocks to be looked up.
    pub lookups: Vec<Lookup<'b>>,
    /// Number of each.
    numbers: Vec<u32>,
    latest: Vec<Latest<'b>>,
}

/// One block to be looked up.
pub struct Lookup<'b> {
    /// What stands for it.
    pub key: Key,
    /// Where it stood.
    pub kind: RecordType,
    /// Its bytes.
    pub block: &'b [u8],
    peer_id: u16,
}

/// Latest block of a peer. Neighbouring prefixes of one origin share theirs: about half of all
/// entries of real tables repeat it, and are settled by comparing with it.
#[derive(Clone, Default)]
struct Latest<'b> {
    block: Option<&'b [u8]>,
    number: u32,
}

impl<'b> Batch<'b> {
    /// Number of a block, or what stands for it until [`Batch::number_all`].
    #[inline]
    pub fn number(&mut self, keyed: Keyed, kind: RecordType, peer_id: u16, block: &'b [u8]) -> u32 {
        let peer = usize::from(peer_id);
        if self.latest.len() <= peer {
            self.latest.resize(peer + 1, Latest::default());
        }
        let Some(latest) = self.latest.get_mut(peer) else {
            return 0;
        };
        if latest.block == Some(block) {
            return latest.number;
        }
        #[allow(clippy::cast_possible_truncation)] // a batch ends with its record, long before
        let number = PENDING | self.lookups.len() as u32;
        self.lookups.push(Lookup {
            key: keyed.key(kind as u8, block),
            kind,
            block,
            peer_id,
        });
        *latest = Latest {
            block: Some(block),
            number,
        };
        number
    }

    /// Put numbers in the place of what stands for them; whether all of these are routes.
    pub fn number_all(
        &mut self,
        number: impl FnMut(&Lookup<'b>) -> u32,
        routes: &mut [u32],
    ) -> bool {
        self.numbers.clear();
        self.numbers.extend(self.lookups.iter().map(number));
        for ((position, lookup), number) in (PENDING..).zip(&self.lookups).zip(&self.numbers) {
            let latest = self.latest.get_mut(usize::from(lookup.peer_id));
            if let Some(latest) = latest.filter(|l| l.number == position) {
                latest.number = *number;
            }
        }
        self.lookups.clear();
        let mut all = true;
        for route in routes {
            if *route & PENDING != 0 && rejected(*route).is_none() {
                let position = (*route & !PENDING) as usize;
                *route = self.numbers.get(position).copied().unwrap_or_default();
            }
            all &= *route & PENDING == 0;
        }
        all
    }
}

/// The number that says why a block is rejected.
pub fn rejection(why: Rejected) -> u32 {
    let of = REJECTED.iter().find(|(_, reason)| *reason == why);
    of.map_or(u32::MAX - 1, |(number, _)| *number)
}

/// Why the block of this number is rejected, if it is.
pub fn rejected(number: u32) -> Option<Rejected> {
    let of = REJECTED.iter().find(|(rejected, _)| *rejected == number);
    of.map(|(_, reason)| *reason)
}
