//! The routes as columns of ids, and their order.

/// Routes as parallel columns, in order of arrival until [`TableBuilder::finish`] sorts them.
#[derive(Default)]
#[allow(missing_docs)] // the fields are the columns of `routes`
pub struct Routes {
    pub prefix_id: Vec<u32>,
    pub peer_id: Vec<u16>,
    /// Attribute block; [`Routes::resolve`] turns it into the two ids below.
    pub block: Vec<u32>,
    pub as_path_id: Vec<u32>,
    pub attributes_id: Vec<u32>,
    /// Empty until the first ADD-PATH id is met.
    pub add_path_id: Vec<Option<u32>>,
    pub originated_time: Vec<u32>,
    pub record_time: Vec<u32>,
}

impl Routes {
    /// Replace blocks by the path and attribute set each was decoded to.
    pub fn resolve(&mut self, ids: &[(u32, u32)]) {
        let block = std::mem::take(&mut self.block);
        let of = |b: &u32| ids.get(*b as usize).copied().unwrap_or_default();
        self.as_path_id = block.iter().map(|b| of(b).0).collect();
        self.attributes_id = block.iter().map(|b| of(b).1).collect();
    }
}

impl Routes {
    /// Append the routes of the next input, whose prefixes and blocks are counted from these numbers
    /// on, and whose peers have these ids.
    pub fn append(&mut self, next: Self, first_prefix: u32, first_block: u32, peer_ids: &[u16]) {
        let (n, n_next) = (self.prefix_id.len(), next.prefix_id.len());
        if !self.add_path_id.is_empty() || !next.add_path_id.is_empty() {
            self.add_path_id.resize(n, None);
            self.add_path_id.extend(next.add_path_id);
            self.add_path_id.resize(n + n_next, None);
        }
        let peer = |id: u16| peer_ids.get(usize::from(id)).copied().unwrap_or_default();
        self.prefix_id
            .extend(next.prefix_id.into_iter().map(|id| id + first_prefix));
        self.peer_id.extend(next.peer_id.into_iter().map(peer));
        self.block
            .extend(next.block.into_iter().map(|block| block + first_block));
        self.originated_time.extend(next.originated_time);
        self.record_time.extend(next.record_time);
    }

    /// From `first` on keep only these, which are in order.
    pub fn keep(&mut self, first: usize, kept: &[usize]) {
        keep(&mut self.prefix_id, first, kept);
        keep(&mut self.peer_id, first, kept);
        keep(&mut self.block, first, kept);
        keep(&mut self.originated_time, first, kept);
        keep(&mut self.record_time, first, kept);
        if !self.add_path_id.is_empty() {
            keep(&mut self.add_path_id, first, kept);
        }
    }
}

fn keep<T: Copy>(column: &mut Vec<T>, first: usize, kept: &[usize]) {
    let values: Vec<T> = kept
        .iter()
        .filter_map(|i| column.get(*i).copied())
        .collect();
    column.truncate(first);
    column.extend(values);
}

impl Routes {
    fn key(&self, i: usize) -> (u32, u16, Option<u32>) {
        let at = |v: &[u32]| v.get(i).copied().unwrap_or_default();
        (
            at(&self.prefix_id),
            self.peer_id.get(i).copied().unwrap_or_default(),
            self.add_path_id.get(i).copied().flatten(),
        )
    }

    /// Sort by key, keeping the order of arrival among equals; returns the number of repeats.
    pub fn sort(&mut self) -> u64 {
        let n = self.prefix_id.len();
        let mut repeats = 0;
        let mut sorted = true;
        let mut previous = None;
        for i in 0..n {
            let key = Some(self.key(i));
            sorted &= previous <= key;
            repeats += u64::from(previous == key);
            previous = key;
        }
        if sorted {
            return repeats;
        }
        let order = self.sorted_order();
        permute(&mut self.prefix_id, &order);
        permute(&mut self.peer_id, &order);
        permute(&mut self.block, &order);
        permute(&mut self.add_path_id, &order);
        permute(&mut self.originated_time, &order);
        permute(&mut self.record_time, &order);
        (1..n).filter(|i| self.key(i - 1) == self.key(*i)).count() as u64
    }
}

impl Routes {
    /// Positions in sorted order: a counting sort by prefix, then a small sort inside each prefix.
    fn sorted_order(&self) -> Vec<u32> {
        let n_prefixes = self.prefix_id.iter().max().map_or(0, |id| *id as usize + 1);
        let mut next = vec![0_u32; n_prefixes + 1];
        for id in &self.prefix_id {
            if let Some(count) = next.get_mut(*id as usize + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut next {
            total += *start;
            *start = total;
        }
        let mut order = vec![0_u32; self.prefix_id.len()];
        for (i, id) in (0_u32..).zip(&self.prefix_id) {
            if let Some(slot) = next.get_mut(*id as usize) {
                if let Some(place) = order.get_mut(*slot as usize) {
                    *place = i;
                }
                *slot += 1;
            }
        }
        let mut start = 0;
        for end in next {
            if let Some(group) = order.get_mut(start as usize..end as usize) {
                group.sort_by_key(|i| self.key(*i as usize));
            }
            start = end;
        }
        order
    }
}

fn permute<T: Copy + Default>(column: &mut Vec<T>, order: &[u32]) {
    if !column.is_empty() {
        *column = order
            .iter()
            .map(|i| column.get(*i as usize).copied().unwrap_or_default())
            .collect();
    }
}
