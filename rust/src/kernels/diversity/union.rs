//! Union graph of a group: every path from its vantage points to its origins.
//!
//! Nodes are positions in the group's sorted list of ASes; two more stand for the super-source and
//! the super-sink. An origin *is* the sink: it has no capacity limit, and a walk that has reached
//! one has arrived, so that a group with several origins (MOAS) needs no special case.

/// Edges of a union graph.
#[derive(Debug, Default)]
pub struct Union {
    /// Distinct links as (from, to), ascending. Links of one AS to several origins are several, and
    /// all lead to the sink.
    pub edges: Vec<(u32, u32)>,
    /// Links to origins as (from, origin).
    arrivals: Vec<(u32, u32)>,
    /// Number of nodes with the source and the sink, which are the last two.
    pub n_nodes: usize,
    is_origin: Vec<bool>,
}

impl Union {
    /// The super-source.
    #[allow(clippy::cast_possible_truncation)] // groups have fewer than 2^32 nodes
    pub const fn source(&self) -> u32 {
        self.n_nodes as u32 - 2
    }

    /// The super-sink: the origin.
    pub const fn sink(&self) -> u32 {
        self.source() + 1
    }

    /// Start anew over `n` ASes.
    pub fn clear(&mut self, n: usize) {
        self.edges.clear();
        self.arrivals.clear();
        self.n_nodes = n + 2;
        self.is_origin.clear();
        self.is_origin.resize(n, false);
    }

    /// Say that a node is an origin; before any path is added.
    pub fn add_origin(&mut self, node: u32) {
        self.is_origin[node as usize] = true;
    }

    /// Whether a node is an origin.
    pub fn is_origin(&self, node: u32) -> bool {
        self.is_origin[node as usize]
    }

    /// Add a path from a vantage point to an origin.
    ///
    /// At the first origin it has arrived; its links behind that one are links of the union still,
    /// which other paths may take.
    pub fn add_path(&mut self, nodes: impl Iterator<Item = u32>) {
        let mut from = Some(self.source());
        for node in nodes {
            let is_origin = self.is_origin(node);
            match from {
                Some(from) if is_origin => self.arrivals.push((from, node)),
                Some(from) => self.edges.push((from, node)),
                None => {} // out of an origin, which is the sink
            }
            from = (!is_origin).then_some(node);
        }
    }

    /// Whether no path was added.
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty() && self.arrivals.is_empty()
    }

    /// Drop repeated links; after all paths.
    pub fn close(&mut self) {
        let sink = self.sink();
        self.arrivals.sort_unstable();
        self.arrivals.dedup();
        self.edges.sort_unstable();
        self.edges.dedup();
        self.edges
            .extend(self.arrivals.iter().map(|(from, _)| (*from, sink)));
        self.edges.sort_unstable();
    }

    /// No flow exceeds the number of ASes next to the source, nor of those next to the sink.
    pub fn flow_bound(&self) -> u32 {
        let (source, sink) = (self.source(), self.sink());
        let (mut out, mut into) = (0, 0);
        for &(from, to) in &self.edges {
            out += u32::from(from == source);
            into += u32::from(to == sink);
        }
        out.min(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_arrives_at_the_first_origin_and_its_other_links_stay() {
        let mut g = Union::default();
        g.clear(3);
        g.add_origin(1);
        g.add_origin(2);
        g.add_path([0, 1, 2].into_iter());
        g.add_path([0, 2].into_iter());
        g.close();
        assert_eq!(vec![(0, g.sink()), (0, g.sink()), (g.source(), 0)], g.edges);
        assert_eq!(1, g.flow_bound());
        g.clear(3);
        g.add_origin(0);
        g.add_origin(2);
        g.add_path([0, 1, 2].into_iter());
        g.close();
        assert_eq!(vec![(1, g.sink()), (g.source(), g.sink())], g.edges);
    }
}
