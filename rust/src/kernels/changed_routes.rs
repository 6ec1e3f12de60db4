//! Routes of two tables side by side: which are new, gone, or have another AS path.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::UInt16Type;
use arrow_array::{Array, RecordBatch, UInt32Array, cast::AsArray, types::UInt32Type};
use arrow_schema::ArrowError;

use super::cells::{typed, words};
use crate::rib::columns::batch;

/// Routes of one table, whose ids mean the same in both.
struct Side<'a> {
    prefix: &'a [u32],
    peer: &'a [u16],
    path: &'a [u32],
    add_path_id: &'a UInt32Array,
}

/// One route of a prefix. Ordered by peer, ADD-PATH id (none first), row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    peer: u16,
    id: Option<u32>,
    row: u32,
    path: u32,
}

/// A route before and after; one of the two may be absent.
type Change = (Option<Entry>, Option<Entry>);

/// The table `old_row`, `new_row` of the routes that differ (see the stub of the back ends).
///
/// # Errors
/// Columns of other types, or prefixes that do not ascend.
pub fn changed_routes(old: &RecordBatch, new: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let (old, new) = (Side::new(old)?, Side::new(new)?);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    let (mut old_rows, mut new_rows) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    while let Some(prefix) = lower(old.prefix.get(i), new.prefix.get(j)) {
        let (olds, news) = (old.run(i, prefix), new.run(j, prefix));
        (i, j) = (olds.end, news.end);
        if old.same(&olds, &new, &news) {
            continue;
        }
        old.entries(olds, &mut before)?;
        new.entries(news, &mut after)?;
        changes_of_prefix(&before, &after, &mut found);
        for (old, new) in found.drain(..) {
            old_rows.push(old.map(|entry: Entry| entry.row));
            new_rows.push(new.map(|entry: Entry| entry.row));
        }
    }
    batch([
        ("old_row", Arc::new(UInt32Array::from(old_rows)), true),
        ("new_row", Arc::new(UInt32Array::from(new_rows)), true),
    ])
}

fn lower(one: Option<&u32>, other: Option<&u32>) -> Option<u32> {
    one.into_iter().chain(other).min().copied()
}

impl<'a> Side<'a> {
    fn new(routes: &'a RecordBatch) -> Result<Self, ArrowError> {
        let prefix = typed(routes, "prefix", words)?;
        if !prefix.is_sorted() {
            let message = "column prefix: expected ascending ids".into();
            return Err(ArrowError::InvalidArgumentError(message));
        }
        Ok(Self {
            prefix,
            peer: typed(routes, "peer", |a| {
                a.as_primitive_opt::<UInt16Type>()
                    .map(|a| a.values().as_ref())
            })?,
            path: typed(routes, "path", words)?,
            add_path_id: typed(routes, "add_path_id", |a| {
                a.as_primitive_opt::<UInt32Type>()
            })?,
        })
    }

    /// Rows from `start` on that have this prefix.
    fn run(&self, start: usize, prefix: u32) -> Range<usize> {
        let rest = self.prefix.get(start..).unwrap_or_default();
        start..start + rest.iter().take_while(|p| **p == prefix).count()
    }

    /// Whether two runs are the same, row by row: most are.
    fn same(&self, rows: &Range<usize>, other: &Self, theirs: &Range<usize>) -> bool {
        rows.len() == theirs.len()
            && self.peer.get(rows.clone()) == other.peer.get(theirs.clone())
            && self.path.get(rows.clone()) == other.path.get(theirs.clone())
            && rows
                .clone()
                .zip(theirs.clone())
                .all(|(mine, yours)| self.id(mine) == other.id(yours))
    }

    fn id(&self, row: usize) -> Option<u32> {
        self.add_path_id
            .is_valid(row)
            .then(|| self.add_path_id.value(row))
    }

    fn entries(&self, rows: Range<usize>, into: &mut Vec<Entry>) -> Result<(), ArrowError> {
        into.clear();
        for row in rows {
            let entry = self
                .peer
                .get(row)
                .zip(self.path.get(row))
                .zip(u32::try_from(row).ok());
            let Some(((peer, path), number)) = entry else {
                let message = format!("row {row}: more rows than 32 bits number");
                return Err(ArrowError::InvalidArgumentError(message));
            };
            into.push(Entry {
                peer: *peer,
                id: self.id(row),
                row: number,
                path: *path,
            });
        }
        // Sorted already, but where peers are numbered in another order.
        into.sort_unstable();
        Ok(())
    }
}

/// Append the changes of one prefix, in order of peer.
fn changes_of_prefix(mut old: &[Entry], mut new: &[Entry], found: &mut Vec<Change>) {
    while let Some(peer) = old.iter().take(1).chain(new.first()).map(|e| e.peer).min() {
        let of_peer = |entries: &[Entry]| entries.iter().take_while(|e| e.peer == peer).count();
        let (olds, old_rest) = old.split_at_checked(of_peer(old)).unwrap_or_default();
        let (news, new_rest) = new.split_at_checked(of_peer(new)).unwrap_or_default();
        (old, new) = (old_rest, new_rest);
        changes_of_peer(olds, news, found);
    }
}

/// Append the changes of one prefix and peer: routes are matched by ADD-PATH id, what is left by AS path,
/// what is still left one by one where only one of the two has an id.
fn changes_of_peer(old: &[Entry], new: &[Entry], found: &mut Vec<Change>) {
    let start = found.len();
    let (mut old, mut new) = matched(
        old,
        new,
        |entry| entry.id,
        |pair| {
            if pair.0.path != pair.1.path {
                found.push((Some(pair.0), Some(pair.1)));
            }
        },
    );
    if !old.is_empty() && !new.is_empty() {
        // Stable: of equal paths the one with the lower id comes first.
        old.sort_by_key(|entry| entry.path);
        new.sort_by_key(|entry| entry.path);
        (old, new) = matched(&old, &new, |entry| entry.path, |_| ());
        old.sort_unstable();
        new.sort_unstable();
        let mut pair = |pair: (Entry, Entry)| found.push((Some(pair.0), Some(pair.1)));
        (old, new) = matched_unlike(&old, &new, &mut pair);
        (new, old) = matched_unlike(&new, &old, &mut |(new, old)| pair((old, new)));
    }
    found.extend(old.into_iter().map(|entry| (Some(entry), None)));
    found.extend(new.into_iter().map(|entry| (None, Some(entry))));
    if let Some(own) = found.get_mut(start..) {
        own.sort_unstable_by_key(|(old, new)| {
            (
                new.or(*old).and_then(|entry| entry.id),
                new.is_some(),
                *old,
                *new,
            )
        });
    }
}

/// Match two runs sorted by a key, equal by equal in order; gives what is left of either.
fn matched<K: Ord>(
    old: &[Entry],
    new: &[Entry],
    key: impl Fn(&Entry) -> K,
    mut pair: impl FnMut((Entry, Entry)),
) -> (Vec<Entry>, Vec<Entry>) {
    let (mut only_old, mut only_new) = (Vec::new(), Vec::new());
    let (mut olds, mut news) = (old.iter().peekable(), new.iter().peekable());
    while let (Some(mine), Some(yours)) = (olds.peek(), news.peek()) {
        match key(mine).cmp(&key(yours)) {
            Ordering::Less => only_old.extend(olds.next()),
            Ordering::Greater => only_new.extend(news.next()),
            Ordering::Equal => {
                pair((**mine, **yours));
                olds.next();
                news.next();
            }
        }
    }
    only_old.extend(olds);
    only_new.extend(news);
    (only_old, only_new)
}

/// Match routes without id on one side, in order, with routes that have one on the other.
fn matched_unlike(
    without: &[Entry],
    with: &[Entry],
    pair: &mut impl FnMut((Entry, Entry)),
) -> (Vec<Entry>, Vec<Entry>) {
    let n = without.iter().filter(|e| e.id.is_none()).count();
    let m = with.iter().filter(|e| e.id.is_some()).count();
    let mut left = n.min(m);
    let mut rest = Vec::new();
    let mut having = with.iter().filter(|e| e.id.is_some());
    for entry in without {
        if left > 0 && entry.id.is_none() {
            left -= 1;
            if let Some(other) = having.next() {
                pair((*entry, *other));
            }
        } else {
            rest.push(*entry);
        }
    }
    let none = with.iter().filter(|e| e.id.is_none());
    (rest, none.chain(having).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(rows: &[(u32, u16, Option<u32>, u32)]) -> RecordBatch {
        let ids = UInt32Array::from(rows.iter().map(|r| r.2).collect::<Vec<_>>());
        let peers = rows.iter().map(|r| r.1);
        batch([
            (
                "prefix",
                Arc::new(UInt32Array::from_iter_values(rows.iter().map(|r| r.0))) as _,
                false,
            ),
            (
                "peer",
                Arc::new(arrow_array::UInt16Array::from_iter_values(peers)) as _,
                false,
            ),
            ("add_path_id", Arc::new(ids) as _, true),
            (
                "path",
                Arc::new(UInt32Array::from_iter_values(rows.iter().map(|r| r.3))) as _,
                false,
            ),
        ])
        .unwrap()
    }

    fn changes(
        old: &[(u32, u16, Option<u32>, u32)],
        new: &[(u32, u16, Option<u32>, u32)],
    ) -> Vec<(Option<u32>, Option<u32>)> {
        let found = changed_routes(&routes(old), &routes(new)).unwrap();
        let rows = |name| -> Vec<_> {
            let column: &UInt32Array = found.column_by_name(name).unwrap().as_primitive();
            column.iter().collect()
        };
        rows("old_row").into_iter().zip(rows("new_row")).collect()
    }

    #[test]
    fn routes_are_matched_by_prefix_and_peer() {
        let old = [(0, 0, None, 7), (0, 1, None, 8), (2, 0, None, 9)];
        let new = [(0, 1, None, 5), (0, 0, None, 7), (1, 0, None, 9)];
        let expected = [(Some(1), Some(0)), (None, Some(2)), (Some(2), None)];
        assert_eq!(expected.to_vec(), changes(&old, &new));
    }

    #[test]
    fn ids_that_moved_are_no_change() {
        let old = [(0, 0, Some(1), 7), (0, 0, Some(2), 8)];
        let new = [(0, 0, Some(2), 8), (0, 0, Some(3), 7)];
        assert!(changes(&old, &new).is_empty());
    }

    #[test]
    fn a_route_without_id_matches_one_that_has_one() {
        let old = [(0, 0, None, 7)];
        let new = [(0, 0, Some(3), 8), (0, 0, Some(4), 9)];
        let expected = [(Some(0), Some(0)), (None, Some(1))];
        assert_eq!(expected.to_vec(), changes(&old, &new));
        let back = [(Some(0), Some(0)), (Some(1), None)];
        assert_eq!(back.to_vec(), changes(&new, &old));
    }

    #[test]
    fn prefixes_out_of_order_are_refused() {
        let rows = routes(&[(1, 0, None, 1), (0, 0, None, 1)]);
        assert!(changed_routes(&rows, &rows).is_err());
    }
}
