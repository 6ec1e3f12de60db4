//! The decision process of RFC 4271 §9.1.2.2 over the candidate routes of every prefix.
//!
//! [`decide`] is a function of a prefix's candidates and the rules for MED alone, so that it can be
//! asked again of a subset: what wins when some routes are gone.

use std::sync::Arc;

use arrow_array::types::{UInt8Type, UInt16Type};
use arrow_array::{
    Array, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, UInt8Array, UInt32Array,
    cast::AsArray,
};
use arrow_schema::ArrowError;

use super::cells::{typed, words};
use crate::rib::columns::batch;

/// How MED takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MedRules {
    /// Compare MED whatever the neighbouring AS.
    pub always_compare: bool,
    /// Compare the routes of each neighbouring AS first; if not, routes are compared in pairs in an
    /// order that nobody knows.
    pub deterministic: bool,
}

/// What made the winner win; the numbers are those of the column `step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Step {
    /// Higher LOCAL_PREF (§9.1.1).
    LocalPref,
    /// Shorter AS_PATH (a).
    AsPathLength,
    /// Lower ORIGIN (b).
    Origin,
    /// Lower MULTI_EXIT_DISC (c).
    Med,
    /// EBGP over IBGP (d).
    Ebgp,
    /// Lower interior cost (e).
    IgpCost,
    /// Older route (RFC 5004).
    Age,
    /// Lower BGP identifier (f).
    RouterId,
    /// Lower peer address (g), then the order of the table.
    PeerAddress,
    /// There is no other candidate.
    Only,
    /// The winner depends on the order in which pairs are compared.
    Ambiguous,
}

/// What is compared of a route, packed so that the lower number is the better route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Steps before MED: complement of LOCAL_PREF (32 bits), AS_PATH length (16), ORIGIN (8).
    before: u64,
    /// Neighbouring AS (32 bits), the same for all where MED is always compared; MULTI_EXIT_DISC (32).
    med: u64,
    /// Steps after MED: learned by IBGP (8 bits), interior cost (32), time of origin (32), BGP identifier
    /// (32), rank of the peer address (16).
    after: u128,
    /// Row of the route.
    row: u32,
}

/// What is compared of a route, by name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rank {
    /// LOCAL_PREF.
    pub local_pref: u32,
    /// AS_PATH length.
    pub length: u16,
    /// ORIGIN.
    pub origin: u8,
    /// Neighbouring AS.
    pub neighbour: u32,
    /// MULTI_EXIT_DISC.
    pub med: u32,
    /// 1 where learned by IBGP.
    pub internal: u8,
    /// Interior cost of the next hop.
    pub igp_cost: u32,
    /// Time since when the route is held.
    pub age: u32,
    /// BGP identifier.
    pub router_id: u32,
    /// Rank of the peer address.
    pub peer: u16,
}

impl Rank {
    /// The candidate of a row.
    pub fn pack(self, row: u32) -> Candidate {
        let before = u64::from(u32::MAX - self.local_pref) << 24
            | u64::from(self.length) << 8
            | u64::from(self.origin);
        let after = u128::from(self.internal) << 112
            | u128::from(self.igp_cost) << 80
            | u128::from(self.age) << 48
            | u128::from(self.router_id) << 16
            | u128::from(self.peer);
        Candidate {
            before,
            med: u64::from(self.neighbour) << 32 | u64::from(self.med),
            after,
            row,
        }
    }
}

/// Bits of each step in [`Candidate::before`] and [`Candidate::after`], first step first.
const BEFORE: [(Step, u32); 3] = [
    (Step::LocalPref, 24),
    (Step::AsPathLength, 8),
    (Step::Origin, 0),
];
const AFTER: [(Step, u32); 5] = [
    (Step::Ebgp, 112),
    (Step::IgpCost, 80),
    (Step::Age, 48),
    (Step::RouterId, 16),
    (Step::PeerAddress, 0),
];

/// The outcome for one prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Row of the best route; none where that is ambiguous.
    pub winner: Option<u32>,
    /// Row of the best of the others.
    pub runner_up: Option<u32>,
    /// The first step at which the winner is better than the runner-up.
    pub step: Step,
}

/// Decide among the candidates of a prefix, which are left in another order; none of none.
///
/// The RFC removes routes step by step. Of each neighbouring AS that leaves the lowest MED, so that the
/// best of each neighbour, by all steps in order, are compared by the steps after MED.
pub fn decide(candidates: &mut [Candidate], deterministic: bool) -> Option<Decision> {
    candidates.sort_unstable();
    let winner = best(candidates.iter())?;
    let Some(second) = best(candidates.iter().filter(|c| c.row != winner.row)) else {
        return Some(Decision {
            winner: Some(winner.row),
            runner_up: None,
            step: Step::Only,
        });
    };
    // In pairs, a route wins whatever the order if and only if it beats each of the others.
    let beats = |other: &Candidate| other.row == winner.row || winner.versus(other).1;
    if !deterministic && !candidates.iter().all(beats) {
        return Some(Decision {
            winner: None,
            runner_up: None,
            step: Step::Ambiguous,
        });
    }
    Some(Decision {
        winner: Some(winner.row),
        runner_up: Some(second.row),
        step: winner.versus(second).0,
    })
}

/// The best of sorted candidates.
fn best<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> Option<&'a Candidate> {
    let mut candidates = candidates.peekable();
    let before = candidates.peek()?.before;
    let mut neighbour = None;
    candidates
        .take_while(|c| c.before == before)
        .filter(|c| neighbour.replace(c.neighbour()) != Some(c.neighbour()))
        .min_by_key(|c| (c.after, c.row))
}

impl Candidate {
    const fn neighbour(&self) -> u64 {
        self.med >> 32
    }

    /// The first step at which two routes differ, and whether this one is the better there.
    fn versus(&self, other: &Self) -> (Step, bool) {
        if self.before != other.before {
            let differs = |shift: &(Step, u32)| self.before >> shift.1 != other.before >> shift.1;
            return (first(&BEFORE, differs), self.before < other.before);
        }
        if self.neighbour() == other.neighbour() && self.med != other.med {
            return (Step::Med, self.med < other.med);
        }
        if self.after != other.after {
            let differs = |shift: &(Step, u32)| self.after >> shift.1 != other.after >> shift.1;
            return (first(&AFTER, differs), self.after < other.after);
        }
        (Step::PeerAddress, self.row < other.row)
    }
}

/// The first step whose bits, with all before it, differ.
fn first(steps: &[(Step, u32)], differs: impl Fn(&(Step, u32)) -> bool) -> Step {
    steps
        .iter()
        .find(|step| differs(step))
        .map_or(Step::PeerAddress, |step| step.0)
}

/// Candidate routes as columns, those of one prefix side by side.
struct Routes<'a> {
    prefix: &'a [u32],
    alive: &'a BooleanArray,
    local_pref: &'a [u32],
    length: &'a [u16],
    origin: &'a [u8],
    neighbour: &'a [u32],
    med: &'a [u32],
    internal: &'a [u8],
    igp_cost: &'a [u32],
    age: &'a [u32],
    router_id: &'a [u32],
    peer: &'a [u16],
}

fn values<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Option<&[T::Native]> {
    (array.null_count() == 0).then(|| array.values().as_ref())
}

impl<'a> Routes<'a> {
    fn new(table: &'a RecordBatch) -> Result<Self, ArrowError> {
        let number = |name| typed(table, name, words);
        let short = |name| {
            typed(table, name, |a| {
                a.as_primitive_opt::<UInt16Type>().and_then(values)
            })
        };
        let octet = |name| {
            typed(table, name, |a| {
                a.as_primitive_opt::<UInt8Type>().and_then(values)
            })
        };
        let prefix = number("prefix")?;
        if !prefix.is_sorted() {
            let message = "column prefix: expected ascending ids".into();
            return Err(ArrowError::InvalidArgumentError(message));
        }
        Ok(Self {
            prefix,
            alive: typed(table, "alive", |a| a.as_boolean_opt())?,
            local_pref: number("local_pref")?,
            length: short("length")?,
            origin: octet("origin")?,
            neighbour: number("neighbour")?,
            med: number("med")?,
            internal: octet("internal")?,
            igp_cost: number("igp_cost")?,
            age: number("age")?,
            router_id: number("router_id")?,
            peer: short("peer")?,
        })
    }

    /// The candidate of a row; none where it is not alive.
    fn candidate(&self, row: usize, always_compare_med: bool) -> Option<Candidate> {
        (row < self.alive.len() && self.alive.value(row)).then_some(())?;
        let rank = Rank {
            local_pref: *self.local_pref.get(row)?,
            length: *self.length.get(row)?,
            origin: *self.origin.get(row)?,
            neighbour: if always_compare_med {
                0
            } else {
                *self.neighbour.get(row)?
            },
            med: *self.med.get(row)?,
            internal: *self.internal.get(row)?,
            igp_cost: *self.igp_cost.get(row)?,
            age: *self.age.get(row)?,
            router_id: *self.router_id.get(row)?,
            peer: *self.peer.get(row)?,
        };
        Some(rank.pack(u32::try_from(row).ok()?))
    }
}

/// Decide for each of `n_prefixes` prefixes (see the stub of the back ends).
///
/// # Errors
/// Columns that are missing or of other types, or prefixes that do not ascend or are out of range.
pub fn decide_routes(
    table: &RecordBatch,
    n_prefixes: usize,
    rules: MedRules,
) -> Result<RecordBatch, ArrowError> {
    let routes = Routes::new(table)?;
    let mut winner: Vec<Option<u32>> = vec![None; n_prefixes];
    let mut runner_up: Vec<Option<u32>> = vec![None; n_prefixes];
    let mut step: Vec<Option<u8>> = vec![None; n_prefixes];
    let mut n_candidates: Vec<u32> = vec![0; n_prefixes];
    let mut candidates = Vec::new();
    let mut first = 0;
    for group in routes.prefix.chunk_by(|a, b| a == b) {
        let rows = first..first + group.len();
        first = rows.end;
        candidates.clear();
        candidates.extend(rows.filter_map(|row| routes.candidate(row, rules.always_compare)));
        let prefix = group.first().map_or(usize::MAX, |p| *p as usize);
        let cells = (
            winner.get_mut(prefix),
            runner_up.get_mut(prefix),
            step.get_mut(prefix),
            n_candidates.get_mut(prefix),
        );
        let (Some(winner), Some(runner_up), Some(step), Some(count)) = cells else {
            let message = format!("column prefix: {prefix}: expected less than {n_prefixes}");
            return Err(ArrowError::InvalidArgumentError(message));
        };
        *count = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        if let Some(found) = decide(&mut candidates, rules.deterministic) {
            (*winner, *runner_up) = (found.winner, found.runner_up);
            *step = Some(found.step as u8);
        }
    }
    batch([
        ("winner", Arc::new(UInt32Array::from(winner)), true),
        ("runner_up", Arc::new(UInt32Array::from(runner_up)), true),
        ("step", Arc::new(UInt8Array::from(step)), true),
        (
            "n_candidates",
            Arc::new(UInt32Array::from(n_candidates)),
            false,
        ),
    ])
}

#[cfg(test)]
mod tests {
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
}
