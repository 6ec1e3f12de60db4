//! Dominators of the sink: the ASes on every walk from source to sink.
//!
//! Only the sink's own dominators are asked for, so no dominator tree is needed. Take any walk from
//! source to sink; a dominator must be on it. Sweep along it: from the nodes passed so far, search
//! outwards without entering the walk again, and note the furthest position on the walk that is
//! touched. A node is a dominator exactly when nothing before it touches the walk beyond it. Every
//! edge is looked at once.

use super::union::Union;

const NONE: u32 = u32::MAX;

/// Scratch space, reused from group to group.
#[derive(Debug, Default)]
pub struct Dominators {
    start: Vec<usize>,
    parent: Vec<u32>,
    position: Vec<u32>,
    visited: Vec<bool>,
    walk: Vec<u32>,
    stack: Vec<u32>,
}

impl Dominators {
    /// Nodes other than source and sink that are on every walk, in the order of the walk.
    pub fn of_sink(&mut self, graph: &Union, found: &mut Vec<u32>) {
        found.clear();
        self.index(graph);
        if !self.find_walk(graph) {
            return;
        }
        self.visited.clear();
        self.visited.resize(graph.n_nodes, false);
        let last = self.walk.len() - 1;
        let mut furthest = 0;
        for i in 0..last {
            if i > 0 && furthest == i {
                found.push(self.walk[i]);
            }
            furthest = furthest.max(self.explore(graph, self.walk[i]));
            if furthest == last {
                return;
            }
        }
    }

    /// Where the edges of each node start; edges are sorted by their first node.
    fn index(&mut self, graph: &Union) {
        self.start.clear();
        self.start.resize(graph.n_nodes + 1, 0);
        for &(from, _) in &graph.edges {
            self.start[from as usize + 1] += 1;
        }
        for i in 1..self.start.len() {
            self.start[i] += self.start[i - 1];
        }
    }

    fn edges_of<'g>(&self, graph: &'g Union, node: u32) -> &'g [(u32, u32)] {
        &graph.edges[self.start[node as usize]..self.start[node as usize + 1]]
    }

    /// Breadth first, one walk from source to sink, and each of its nodes' position.
    fn find_walk(&mut self, graph: &Union) -> bool {
        let (source, sink) = (graph.source(), graph.sink());
        self.parent.clear();
        self.parent.resize(graph.n_nodes, NONE);
        self.stack.clear();
        self.stack.push(source);
        let mut head = 0;
        while let Some(&node) = self.stack.get(head) {
            head += 1;
            for &(_, to) in self.edges_of(graph, node) {
                if to != source && self.parent[to as usize] == NONE {
                    self.parent[to as usize] = node;
                    self.stack.push(to);
                }
            }
        }
        if self.parent[sink as usize] == NONE {
            return false;
        }
        self.walk.clear();
        let mut node = sink;
        while node != NONE {
            self.walk.push(node);
            node = self.parent[node as usize];
        }
        self.walk.reverse();
        self.position.clear();
        self.position.resize(graph.n_nodes, NONE);
        for (i, &node) in (0_u32..).zip(&self.walk) {
            self.position[node as usize] = i;
        }
        true
    }

    /// Search from a node of the walk without entering the walk; the furthest position touched.
    fn explore(&mut self, graph: &Union, from: u32) -> usize {
        let mut furthest = 0;
        self.stack.clear();
        self.stack.push(from);
        while let Some(node) = self.stack.pop() {
            for &(_, to) in self.edges_of(graph, node) {
                let position = self.position[to as usize];
                if position != NONE {
                    furthest = furthest.max(position as usize);
                } else if !self.visited[to as usize] {
                    self.visited[to as usize] = true;
                    self.stack.push(to);
                }
            }
        }
        furthest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(n: usize, origin: u32, paths: &[&[u32]]) -> Vec<u32> {
        let mut graph = Union::default();
        graph.clear(n);
        graph.add_origin(origin);
        for path in paths {
            graph.add_path(path.iter().copied());
        }
        graph.close();
        let mut found = vec![];
        Dominators::default().of_sink(&graph, &mut found);
        found.sort_unstable();
        found
    }

    #[test]
    fn one_path_is_all_dominators() {
        assert_eq!(vec![0, 1], of(3, 2, &[&[0, 1, 2]]));
    }

    #[test]
    fn a_shared_transit_dominates() {
        assert_eq!(vec![2], of(4, 3, &[&[0, 2, 3], &[1, 2, 3]]));
    }

    #[test]
    fn the_union_has_walks_nobody_announced() {
        // 2 is on both paths, but 1 also leads to 3 directly by the third.
        assert_eq!(
            vec![3],
            of(5, 4, &[&[0, 2, 3, 4], &[1, 3, 4], &[1, 2, 3, 4]])
        );
        assert!(of(4, 3, &[&[0, 2, 3], &[1, 3]]).is_empty());
    }
}
