//! Ordered keys as a static tree of cache lines: which of the sorted keys is the last not above one.
//!
//! A node has eight keys, one cache line, and nine children, laid out level by level. Comparing a
//! value with all eight and counting takes no branch, so that several values go down the tree side
//! by side, each waiting for its own memory.

/// Keys of a node: 64 octets.
const KEYS: u32 = 8;
/// Values that go down side by side.
pub const BATCH: usize = 16;

#[repr(align(64))]
#[derive(Clone, Copy)]
struct Node([i64; KEYS as usize]);

#[derive(Clone, Copy)]
struct Level {
    first: u32,
    /// Number of the last node of the level, counted in the level.
    last: u32,
}

/// The tree.
#[derive(Default)]
pub struct SearchTree {
    nodes: Vec<Node>,
    /// From the root down to the leaves, which hold all keys.
    levels: Vec<Level>,
    n_keys: u32,
}

/// Signed in the same order: processors compare signed words.
#[allow(clippy::cast_possible_wrap)]
const fn signed(key: u64) -> i64 {
    (key ^ 1 << 63) as i64
}

impl SearchTree {
    /// Build from ascending keys, fewer than 2^32.
    pub fn new(keys: &[u64]) -> Self {
        let mut firsts: Vec<u64> = keys
            .chunks(KEYS as usize)
            .filter_map(|c| c.first().copied())
            .collect();
        let mut levels = vec![keys.chunks(KEYS as usize).map(node).collect::<Vec<Node>>()];
        while firsts.len() > 1 {
            let children = firsts.chunks(KEYS as usize + 1);
            levels.push(
                children
                    .clone()
                    .map(|c| node(c.get(1..).unwrap_or(&[])))
                    .collect(),
            );
            firsts = children.filter_map(|c| c.first().copied()).collect();
        }
        let mut tree = Self::default();
        for level in levels.iter().rev() {
            #[allow(clippy::cast_possible_truncation)] // fewer nodes than keys
            tree.levels.push(Level {
                first: tree.nodes.len() as u32,
                last: level.len().saturating_sub(1) as u32,
            });
            tree.nodes.extend(level);
        }
        #[allow(clippy::cast_possible_truncation)]
        {
            tree.n_keys = keys.len() as u32;
        }
        tree
    }

    /// Numbers of the last keys not above the values; `u32::MAX` where all are.
    // Inlined into a caller that is compiled for wide registers.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn last_not_above<const N: usize>(&self, values: &[u64; N]) -> [u32; N] {
        let values = values.map(signed);
        let mut at = [0_u32; N];
        let Some((leaves, inner)) = self.levels.split_last() else {
            return [u32::MAX; N];
        };
        for level in inner {
            for (at, value) in at.iter_mut().zip(&values) {
                *at = *at * (KEYS + 1) + self.count(*level, *at, *value);
            }
        }
        for (at, value) in at.iter_mut().zip(&values) {
            let leaf = (*at).min(leaves.last);
            let n = (leaf * KEYS + self.count(*leaves, leaf, *value)).min(self.n_keys);
            *at = n.wrapping_sub(1);
        }
        at
    }

    /// How many keys of a node are not above a value.
    ///
    /// The highest value counts the padding of a node too: the node is then the last of its level,
    /// and stays it.
    #[allow(
        clippy::inline_always,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    #[inline(always)]
    fn count(&self, level: Level, at: u32, value: i64) -> u32 {
        let at = (level.first + at.min(level.last)) as usize;
        let node = self
            .nodes
            .get(at)
            .copied()
            .unwrap_or(Node([i64::MAX; KEYS as usize]));
        node.0
            .iter()
            .map(|key| i64::from(*key <= value))
            .sum::<i64>() as u32
    }

    /// Bytes of memory.
    pub const fn nbytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
    }
}

/// A node of up to eight keys; what is left counts as above every value but the highest.
fn node(keys: &[u64]) -> Node {
    let mut node = Node([i64::MAX; KEYS as usize]);
    for (slot, key) in node.0.iter_mut().zip(keys) {
        *slot = signed(*key);
    }
    node
}
