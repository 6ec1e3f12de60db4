//! The kernel on small tables with known answers.

use super::*;

/// Paths as (ASes with the origin last, whether they may enter a graph).
struct Table {
    offsets: Vec<i32>,
    hops: Vec<u32>,
    n_hops: Vec<u16>,
    prepend_max: Vec<u16>,
    origin: Vec<Option<u32>>,
    upstream: Vec<Option<u32>>,
    in_graph: Vec<bool>,
}

impl Table {
    fn new(list: &[&[u32]]) -> Self {
        let mut offsets = vec![0];
        for path in list {
            offsets.push(offsets.last().unwrap() + i32::try_from(path.len()).unwrap());
        }
        Self {
            offsets,
            hops: list.concat(),
            n_hops: list
                .iter()
                .map(|p| u16::try_from(p.len()).unwrap())
                .collect(),
            prepend_max: vec![0; list.len()],
            origin: list.iter().map(|p| p.last().copied()).collect(),
            upstream: list
                .iter()
                .map(|p| p.iter().rev().nth(1).copied())
                .collect(),
            in_graph: vec![true; list.len()],
        }
    }

    fn paths(&self) -> Paths<'_> {
        Paths {
            offsets: &self.offsets,
            hops: &self.hops,
            n_hops: &self.n_hops,
            length: &self.n_hops,
            prepend_max: &self.prepend_max,
            origin: self.origin.clone(),
            upstream: self.upstream.clone(),
            in_graph: self.in_graph.clone(),
        }
    }

    /// One group of one prefix: routes as (VP AS, path).
    fn one(&self, routes: &[(u32, u32)]) -> Metrics {
        let vp_as: Vec<_> = routes.iter().map(|r| r.0).collect();
        let as_path: Vec<_> = routes.iter().map(|r| r.1).collect();
        let zeros = vec![0; routes.len()];
        let routes = Routes {
            prefix: &zeros,
            vp_as: &vp_as,
            as_path: &as_path,
        };
        let found =
            path_diversity(&zeros, 1, &routes, &self.paths(), Options::default(), 2).unwrap();
        assert_eq!(1, found.rows.len());
        found.metrics[0].clone()
    }
}

#[test]
fn two_disjoint_transits_are_two() {
    let table = Table::new(&[&[1, 10, 9], &[2, 20, 9]]);
    let m = table.one(&[(1, 0), (2, 1)]);
    assert_eq!(
        (2, 2, 2, 2),
        (m.n_vps, m.n_paths, m.n_next_hops, m.n_upstreams)
    );
    assert_eq!(Some((2, 2)), m.disjoint);
    assert_eq!(Some((0.0, 0.0)), m.jaccard);
    assert_eq!((Some(vec![]), Some(vec![])), (m.chokepoints, m.dominators));
}

#[test]
fn one_upstream_is_a_chokepoint() {
    let table = Table::new(&[&[1, 10, 30, 9], &[2, 20, 30, 9]]);
    let m = table.one(&[(1, 0), (2, 1)]);
    assert_eq!(Some((1, 1)), m.disjoint);
    assert_eq!(
        (Some(vec![30]), Some(vec![30])),
        (m.chokepoints, m.dominators)
    );
    assert_eq!(Some((1.0 / 3.0, 1.0 / 3.0)), m.jaccard);
}

#[test]
fn two_sessions_share_one_vote() {
    let table = Table::new(&[&[1, 10, 9], &[1, 20, 9], &[2, 20, 9]]);
    let m = table.one(&[(1, 0), (1, 1), (2, 2)]);
    let spread = m.spreads[1].unwrap();
    assert!((spread.entropy - 0.811_278).abs() < 1e-6, "{spread:?}");
    assert_eq!(2, m.n_vps);
}

#[test]
fn a_vantage_point_in_the_origin_has_no_vote() {
    let table = Table::new(&[&[9], &[]]);
    assert_eq!(Metrics::default(), table.one(&[(9, 0), (9, 1)]));
    let m = table.one(&[(1, 0)]);
    assert_eq!((1, 1, 1), (m.n_vps, m.n_next_hops, m.n_upstreams));
    assert_eq!(Some((1, 1)), m.disjoint);
    assert_eq!(None, m.chokepoints);
}

#[test]
fn paths_outside_the_graph_are_counted() {
    let mut table = Table::new(&[&[1, 10, 9], &[2, 20, 9]]);
    table.in_graph[1] = false;
    let m = table.one(&[(1, 0), (2, 1)]);
    assert_eq!(
        (1, Some((1, 1)), Some(vec![])),
        (m.n_paths_left_out, m.disjoint, m.dominators)
    );
}

#[test]
fn groups_of_several_prefixes_add_up_votes() {
    let table = Table::new(&[&[1, 10, 9], &[1, 20, 9], &[2, 20, 9]]);
    let (group, prefix) = ([0, 0, 0, 2, 0], [5, 5, 6, 6, 7]);
    let routes = Routes {
        prefix: &prefix,
        vp_as: &[1, 2, 1, 2, 1],
        as_path: &[0, 2, 1, 2, 0],
    };
    let found = path_diversity(&group, 3, &routes, &table.paths(), Options::default(), 1).unwrap();
    let rows: Vec<_> = found
        .rows
        .iter()
        .map(|r| (r.group, r.n_routes, r.n_prefixes))
        .collect();
    assert_eq!(vec![(0, 4, 3), (2, 1, 1)], rows);
    // AS 1 prefers path 0 for two of its three prefixes: no AS in common with AS 2's.
    assert_eq!(Some((0.0, 0.0)), found.metrics[0].jaccard);
    assert!((found.metrics[0].spreads[1].unwrap().entropy - 1.0).abs() < 1e-12);
}

#[test]
fn weights_multiply_votes_and_leave_the_rest() {
    let table = Table::new(&[&[1, 10, 9], &[1, 20, 9], &[2, 20, 30, 9]]);
    let routes = Routes {
        prefix: &[0, 0, 1, 1],
        vp_as: &[1, 2, 1, 2],
        as_path: &[0, 2, 1, 2],
    };
    let of = |weights: Option<&[u64]>| {
        let options = Options {
            weights,
            resamples: None,
        };
        let found = path_diversity(&[0; 4], 1, &routes, &table.paths(), options, 1).unwrap();
        found.metrics[0].clone()
    };
    let (plain, weighed) = (of(None), of(Some(&[3, 1])));
    let simpson = |m: &Metrics| m.spreads[0].unwrap().inverse_simpson;
    assert!((16.0 / 10.0 - simpson(&plain)).abs() < 1e-12);
    assert!((64.0 / 34.0 - simpson(&weighed)).abs() < 1e-12);
    assert_eq!(plain.jaccard, weighed.jaccard);
    let none = of(Some(&[0, 0]));
    assert_eq!([None; 3], none.spreads);
    assert_eq!(None, none.lengths.unwrap().median);
    assert_eq!(plain, of(Some(&[5, 5])));
    let options = Options {
        weights: Some(&[1 << 62, 1 << 62]),
        resamples: None,
    };
    assert!(path_diversity(&[0; 4], 1, &routes, &table.paths(), options, 1).is_err());
}

#[test]
fn equal_groups_share_their_metrics() {
    let table = Table::new(&[&[1, 10, 9]]);
    let routes = Routes {
        prefix: &[0, 1],
        vp_as: &[1, 1],
        as_path: &[0, 0],
    };
    let found = path_diversity(&[0, 1], 2, &routes, &table.paths(), Options::default(), 1).unwrap();
    assert_eq!(2, found.rows.len());
}

#[test]
fn wrong_input_is_an_error() {
    let table = Table::new(&[&[1, 9]]);
    let of = |group: &[u32], as_path: &[u32]| {
        let routes = Routes {
            prefix: &[0],
            vp_as: &[1],
            as_path,
        };
        path_diversity(group, 1, &routes, &table.paths(), Options::default(), 1)
    };
    assert!(of(&[0], &[0]).is_ok());
    assert!(of(&[1], &[0]).is_err());
    assert!(of(&[0], &[1]).is_err());
    assert!(of(&[], &[0]).is_err());
    assert!(of(&[0], &[]).is_err());
    assert_eq!(Diversity::default(), {
        let none = Routes {
            prefix: &[],
            vp_as: &[],
            as_path: &[],
        };
        path_diversity(&[], 0, &none, &table.paths(), Options::default(), 2).unwrap()
    });
}

#[test]
fn edges_count_prefixes_peers_and_paths_once() {
    let mut table = Table::new(&[&[1, 10, 9], &[2, 10, 9], &[1, 10, 9], &[3, 9]]);
    table.in_graph[3] = false;
    let prefix = [0, 0, 1, 1];
    let routes = Routes {
        prefix: &prefix,
        vp_as: &[1, 2, 1, 3],
        as_path: &[0, 1, 2, 3],
    };
    let found = edges(&routes, &table.paths()).unwrap();
    assert_eq!((vec![1, 2, 10], vec![10, 10, 9]), (found.from, found.to));
    assert_eq!(vec![2, 1, 2], found.n_prefixes);
    assert_eq!(vec![1, 1, 2], found.n_peers);
    assert_eq!(vec![1, 1, 2], found.n_paths);
}
