//! Longest-prefix match over sorted, distinct prefixes of both families.

mod index;
mod sorted;
mod v4;
mod v6;

pub use index::Index;
