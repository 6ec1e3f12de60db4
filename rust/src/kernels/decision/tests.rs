//! The process by hand, step by step.

use super::*;

fn routes(ranks: &[Rank]) -> Vec<Candidate> {
    ranks.iter().zip(0..).map(|(r, row)| r.pack(row)).collect()
}

fn rank(neighbour: u32, med: u32, router_id: u32) -> Rank {
    Rank {
        neighbour,
        med,
        router_id,
        ..Rank::default()
    }
}

/// The first beats the third by MED; the third the second, and the second the first, by router id.
fn cycle() -> Vec<Candidate> {
    routes(&[rank(1, 10, 3), rank(2, 0, 2), rank(1, 20, 1)])
}

#[test]
fn no_candidate_wins_nothing() {
    assert_eq!(None, decide(&mut [], true));
}

#[test]
fn one_candidate_has_no_runner_up() {
    let found = decide(&mut routes(&[rank(1, 0, 0)]), false).unwrap();
    assert_eq!((Some(0), None), (found.winner, found.runner_up));
    assert_eq!(Step::Only, found.step);
}

#[test]
fn cycle_is_ambiguous_in_pairs_and_decided_in_groups() {
    let mut routes = cycle();
    let found = decide(&mut routes, false).unwrap();
    assert_eq!((None, Step::Ambiguous), (found.winner, found.step));
    for _ in 0..3 {
        routes.rotate_left(1);
        let found = decide(&mut routes.clone(), true).unwrap();
        assert_eq!((Some(1), Some(0)), (found.winner, found.runner_up));
        assert_eq!(Step::RouterId, found.step);
    }
}

#[test]
fn runner_up_may_be_a_route_that_med_removed() {
    let found = decide(&mut routes(&[rank(1, 10, 3), rank(1, 20, 1)]), true).unwrap();
    assert_eq!((Some(0), Some(1)), (found.winner, found.runner_up));
    assert_eq!(Step::Med, found.step);
}

#[test]
fn equal_routes_of_one_session_go_by_row() {
    let found = decide(&mut routes(&[rank(1, 0, 0); 2]), false).unwrap();
    assert_eq!((Some(0), Some(1)), (found.winner, found.runner_up));
    assert_eq!(Step::PeerAddress, found.step);
}

#[test]
fn every_step_is_told_by_its_bits() {
    let worse = [
        (
            Step::AsPathLength,
            Rank {
                length: 1,
                ..Rank::default()
            },
        ),
        (
            Step::Origin,
            Rank {
                origin: 1,
                ..Rank::default()
            },
        ),
        (
            Step::Med,
            Rank {
                med: 1,
                ..Rank::default()
            },
        ),
        (
            Step::Ebgp,
            Rank {
                internal: 1,
                ..Rank::default()
            },
        ),
        (
            Step::IgpCost,
            Rank {
                igp_cost: u32::MAX,
                ..Rank::default()
            },
        ),
        (
            Step::Age,
            Rank {
                age: u32::MAX,
                ..Rank::default()
            },
        ),
        (
            Step::RouterId,
            Rank {
                router_id: u32::MAX,
                ..Rank::default()
            },
        ),
        (
            Step::PeerAddress,
            Rank {
                peer: u16::MAX,
                ..Rank::default()
            },
        ),
    ];
    for (step, rank) in worse {
        let found = decide(&mut routes(&[rank, Rank::default()]), true).unwrap();
        assert_eq!((Some(1), step), (found.winner, found.step));
    }
    let higher = Rank {
        local_pref: 1,
        length: 9,
        ..Rank::default()
    };
    let found = decide(&mut routes(&[Rank::default(), higher]), true).unwrap();
    assert_eq!((Some(1), Step::LocalPref), (found.winner, found.step));
}
