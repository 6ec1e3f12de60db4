//! Disjoint paths as maximum flow with unit capacities (Dinic 1970; Menger 1927).

use super::union::Union;

const NONE: u32 = u32::MAX;

/// Residual network in forward-star form, reused from group to group. Arc `a ^ 1` is the reverse of
/// arc `a`; capacities are 0 or 1.
#[derive(Debug, Default)]
pub struct Flow {
    first: Vec<u32>,
    next: Vec<u32>,
    to: Vec<u32>,
    open: Vec<bool>,
    level: Vec<u32>,
    current: Vec<u32>,
    queue: Vec<u32>,
    walk: Vec<u32>,
}

impl Flow {
    /// Most paths from source to sink that share no AS but the origin, up to `bound`.
    ///
    /// Each AS is split in two nodes, `2v` where paths enter and `2v + 1` where they leave, with one
    /// arc between them.
    pub fn vertex_disjoint(&mut self, graph: &Union, bound: u32) -> u32 {
        self.clear(2 * graph.n_nodes);
        for node in 0..graph.source() {
            self.arc(2 * node, 2 * node + 1);
        }
        for &(from, to) in &graph.edges {
            self.arc(2 * from + 1, 2 * to);
        }
        self.run(2 * graph.source() + 1, 2 * graph.sink(), bound)
    }

    /// Most paths from source to sink that share no link, up to `bound`.
    pub fn edge_disjoint(&mut self, graph: &Union, bound: u32) -> u32 {
        self.clear(graph.n_nodes);
        for &(from, to) in &graph.edges {
            self.arc(from, to);
        }
        self.run(graph.source(), graph.sink(), bound)
    }

    fn clear(&mut self, n_nodes: usize) {
        self.first.clear();
        self.first.resize(n_nodes, NONE);
        self.next.clear();
        self.to.clear();
        self.open.clear();
    }

    #[allow(clippy::cast_possible_truncation)] // groups have fewer than 2^31 edges
    fn arc(&mut self, from: u32, to: u32) {
        for (from, to, open) in [(from, to, true), (to, from, false)] {
            self.next.push(self.first[from as usize]);
            self.first[from as usize] = self.to.len() as u32;
            self.to.push(to);
            self.open.push(open);
        }
    }

    fn run(&mut self, source: u32, sink: u32, bound: u32) -> u32 {
        let mut flow = 0;
        while flow < bound && self.layer(source, sink) {
            self.current.clone_from(&self.first);
            while flow < bound && self.augment(source, sink) {
                flow += 1;
            }
        }
        flow
    }

    /// Number the nodes by their distance from the source; false when the sink is out of reach.
    fn layer(&mut self, source: u32, sink: u32) -> bool {
        self.level.clear();
        self.level.resize(self.first.len(), NONE);
        self.level[source as usize] = 0;
        self.queue.clear();
        self.queue.push(source);
        let mut head = 0;
        while let Some(&node) = self.queue.get(head) {
            head += 1;
            let mut arc = self.first[node as usize];
            while arc != NONE {
                let to = self.to[arc as usize];
                if self.open[arc as usize] && self.level[to as usize] == NONE {
                    self.level[to as usize] = self.level[node as usize] + 1;
                    if to == sink {
                        return true;
                    }
                    self.queue.push(to);
                }
                arc = self.next[arc as usize];
            }
        }
        false
    }

    /// Find one more path along rising levels and turn its arcs round.
    fn augment(&mut self, source: u32, sink: u32) -> bool {
        self.walk.clear();
        let mut node = source;
        while node != sink {
            let arc = self.current[node as usize];
            if arc == NONE {
                // Dead end: step back and never try the arc that led here again.
                let Some(back) = self.walk.pop() else {
                    return false;
                };
                node = self.to[(back ^ 1) as usize];
                self.current[node as usize] = self.next[back as usize];
                continue;
            }
            let to = self.to[arc as usize];
            let rises = self.level[to as usize] == self.level[node as usize].wrapping_add(1);
            if self.open[arc as usize] && rises {
                self.walk.push(arc);
                node = to;
            } else {
                self.current[node as usize] = self.next[arc as usize];
            }
        }
        for &arc in &self.walk {
            self.open[arc as usize] = false;
            self.open[(arc ^ 1) as usize] = true;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(n: usize, origin: u32, paths: &[&[u32]]) -> (u32, u32) {
        let mut graph = Union::default();
        graph.clear(n);
        graph.add_origin(origin);
        for path in paths {
            graph.add_path(path.iter().copied());
        }
        graph.close();
        let mut flow = Flow::default();
        let bound = graph.flow_bound();
        (
            flow.vertex_disjoint(&graph, bound),
            flow.edge_disjoint(&graph, bound),
        )
    }

    #[test]
    fn two_disjoint_transits_are_two() {
        assert_eq!((2, 2), counts(5, 4, &[&[0, 2, 4], &[1, 3, 4]]));
    }

    #[test]
    fn a_shared_as_is_one_vertex_path_but_two_edge_paths() {
        // 0-2-3-6 and 1-2-4-6: all through 2, over different links.
        assert_eq!((1, 2), counts(7, 6, &[&[0, 2, 3, 6], &[1, 2, 4, 6]]));
    }

    #[test]
    fn links_to_several_origins_are_several() {
        // 4-2 and 3-4-1, origins 2 and 1: all through 4, over different links.
        let mut graph = Union::default();
        graph.clear(5);
        graph.add_origin(1);
        graph.add_origin(2);
        graph.add_path([4, 2].into_iter());
        graph.add_path([3, 4, 1].into_iter());
        graph.close();
        let (mut flow, bound) = (Flow::default(), graph.flow_bound());
        assert_eq!(1, flow.vertex_disjoint(&graph, bound));
        assert_eq!(2, flow.edge_disjoint(&graph, bound));
    }

    #[test]
    fn flow_is_rerouted_where_a_greedy_choice_blocks() {
        // 0-2-3-6, 1-2-4-6, 0-5-3-6: the union also has 0-5-3 with 1-2-4.
        assert_eq!(
            (2, 2),
            counts(7, 6, &[&[0, 2, 3, 6], &[1, 2, 4, 6], &[0, 5, 3, 6]])
        );
    }
}
