//! Prefixes of one family flattened to disjoint intervals of addresses.

/// Intervals that cover all addresses, each with the label of its longest prefix.
///
/// A label is an id plus one; 0 says that no prefix holds these addresses.
#[derive(Debug, Default)]
pub struct Intervals<A> {
    /// First address of each interval, ascending from address 0.
    pub starts: Vec<A>,
    /// Label of each interval.
    pub labels: Vec<u32>,
}

/// The address after one, if there is one.
pub trait Address: Copy + Ord + Default {
    /// The next address.
    fn next(self) -> Option<Self>;
}

impl Address for u32 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Address for u128 {
    fn next(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl<A: Address> Intervals<A> {
    /// Flatten (first address, last address, label) of prefixes sorted by network and length.
    pub fn new(prefixes: impl ExactSizeIterator<Item = (A, A, u32)>) -> Self {
        let room = prefixes.len() + prefixes.len() / 2 + 1;
        let mut flat = Self {
            starts: Vec::with_capacity(room),
            labels: Vec::with_capacity(room),
        };
        flat.begin(A::default(), 0);
        let mut open: Vec<(A, u32)> = Vec::new();
        for (first, last, label) in prefixes {
            flat.close(&mut open, Some(first));
            flat.begin(first, label);
            open.push((last, label));
        }
        flat.close(&mut open, None);
        flat
    }

    /// From `start` on the label is `label`.
    fn begin(&mut self, start: A, label: u32) {
        if self.starts.last() == Some(&start) {
            if let Some(last) = self.labels.last_mut() {
                *last = label;
            }
        } else {
            self.starts.push(start);
            self.labels.push(label);
        }
    }

    /// End every open prefix whose last address lies before `next`; behind it its cover goes on.
    fn close(&mut self, open: &mut Vec<(A, u32)>, next: Option<A>) {
        while let Some((last, _)) = open.last().copied() {
            if next.is_some_and(|n| n <= last) {
                return;
            }
            open.pop();
            if let Some(after) = last.next() {
                // A cover that ends at the same address is closed in the next turn, at this start.
                self.begin(after, open.last().map_or(0, |(_, label)| *label));
            }
        }
    }
}
