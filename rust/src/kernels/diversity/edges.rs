//! Links between neighbouring ASes, with how many prefixes, vantage points and paths use each.

use std::collections::{HashMap, HashSet};

use rustc_hash::FxBuildHasher;

use super::input::{InputError, Paths, Routes};

/// Distinct links, ascending by (from, to), as parallel columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// AS on the vantage point's side.
    pub from: Vec<u32>,
    /// AS on the origin's side.
    pub to: Vec<u32>,
    /// Prefixes with a route over the link.
    pub n_prefixes: Vec<u32>,
    /// VP ASes with a route over the link.
    pub n_peers: Vec<u32>,
    /// Distinct unprepended paths over the link.
    pub n_paths: Vec<u32>,
}

/// Links of the paths that may enter a graph and have a route, counted over the routes.
///
/// Routes of one prefix must stand together.
///
/// # Errors
/// Where columns differ in length or ids are out of bounds.
pub fn edges(routes: &Routes<'_>, paths: &Paths<'_>) -> Result<Edges, InputError> {
    paths.check()?;
    routes.check(paths.count())?;
    let links = Links::new(routes, paths);
    let n = links.pairs.len();
    let mut found = Edges {
        from: links.pairs.iter().map(|p| p.0).collect(),
        to: links.pairs.iter().map(|p| p.1).collect(),
        n_prefixes: vec![0; n],
        n_peers: vec![0; n],
        n_paths: links.count_paths(paths),
    };
    // A prefix counts once for each link: remember the last prefix seen there.
    let mut last = vec![None; n];
    for (&prefix, &path) in routes.prefix.iter().zip(routes.as_path) {
        for &link in links.of(path as usize) {
            if last[link as usize] != Some(prefix) {
                last[link as usize] = Some(prefix);
                found.n_prefixes[link as usize] += 1;
            }
        }
    }
    // The same for VP ASes, over the distinct pairs of VP AS and path in order of the VP AS.
    let pairs = routes.vp_as.iter().zip(routes.as_path);
    let mut seen: HashSet<(u32, u32), FxBuildHasher> = HashSet::default();
    seen.extend(pairs.map(|(vp, path)| (*vp, *path)));
    let mut pairs: Vec<(u32, u32)> = seen.into_iter().collect();
    pairs.sort_unstable();
    last.fill(None);
    for (vp, path) in pairs {
        for &link in links.of(path as usize) {
            if last[link as usize] != Some(vp) {
                last[link as usize] = Some(vp);
                found.n_peers[link as usize] += 1;
            }
        }
    }
    Ok(found)
}

/// The links of each path, by number.
struct Links {
    pairs: Vec<(u32, u32)>,
    offsets: Vec<usize>,
    of_paths: Vec<u32>,
}

impl Links {
    /// Number the links of the paths that have a route and may enter a graph.
    fn new(routes: &Routes<'_>, paths: &Paths<'_>) -> Self {
        let mut used = vec![false; paths.count()];
        for &path in routes.as_path {
            used[path as usize] = true;
        }
        let mut number: HashMap<(u32, u32), u32, FxBuildHasher> = HashMap::default();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        let (mut offsets, mut links) = (vec![0], Vec::new());
        for (row, (used, in_graph)) in used.iter().zip(&paths.in_graph).enumerate() {
            if *used && *in_graph {
                for link in paths.hops(row).windows(2) {
                    let link = (link[0], link[1]);
                    links.push(*number.entry(link).or_insert_with(|| {
                        pairs.push(link);
                        #[allow(clippy::cast_possible_truncation)] // fewer than 2^32 links
                        let new = pairs.len() as u32 - 1;
                        new
                    }));
                }
            }
            offsets.push(links.len());
        }
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_unstable_by_key(|i| pairs[*i]);
        let mut rank = vec![0_u32; pairs.len()];
        for (new, old) in (0_u32..).zip(&order) {
            rank[*old] = new;
        }
        for link in &mut links {
            *link = rank[*link as usize];
        }
        pairs.sort_unstable();
        Self {
            pairs,
            offsets,
            of_paths: links,
        }
    }

    fn of(&self, path: usize) -> &[u32] {
        &self.of_paths[self.offsets[path]..self.offsets[path + 1]]
    }

    /// Paths that differ only in prepends are one path.
    fn count_paths(&self, paths: &Paths<'_>) -> Vec<u32> {
        let mut n_paths = vec![0; self.pairs.len()];
        let mut seen: HashSet<&[u32], FxBuildHasher> = HashSet::default();
        for row in 0..paths.count() {
            let links = self.of(row);
            if !links.is_empty() && seen.insert(paths.hops(row)) {
                for &link in links {
                    n_paths[link as usize] += 1;
                }
            }
        }
        n_paths
    }
}
