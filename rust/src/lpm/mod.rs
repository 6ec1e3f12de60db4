//! Longest-prefix match over prefixes of both families.
//!
//! [`Index`] keeps the prefixes sorted, flattens each family to disjoint [`intervals`], and lays
//! these out for lookups: [`v4`] in counted blocks of /24s, [`v6`] in a [`search_tree`]. Columns of
//! addresses go through [`bulk`], and from text through [`texts`].

mod bulk;
mod index;
mod intervals;
mod search_tree;
mod sorted;
mod texts;
mod v4;
mod v6;
pub(crate) mod wide;

pub use index::Index;
pub use texts::{Malformed, parse_column};
