//! The decision process of RFC 4271 §9.1.2.2 over the candidate routes of every prefix.
//!
//! [`decide`] is a function of a prefix's candidates and the rules for MED alone, so that it can be
//! asked again of a subset: what wins when some routes are gone. [`decide_routes`] asks it of columns.

mod routes;
#[cfg(test)]
mod tests;

pub use routes::decide_routes;

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
