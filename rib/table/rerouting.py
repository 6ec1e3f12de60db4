"""Where the prefixes of an own view go when some of its routes are gone."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import column
from rib.table.candidates import Candidates
from rib.table.decision import Decisions, decide
from rib.table.exit_space import exit_addresses
from rib.table.flows import Traffic
from rib.table.forwarding import taken_by
from rib.table.votes import sums

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["OUTCOMES", "Rerouting"]

#: What becomes of a prefix, best first.
OUTCOMES = ("unaffected", "rerouted_exact", "rerouted_cover", "default_only", "lost")
_UNAFFECTED, _EXACT, _COVER, _DEFAULT, _LOST = range(5)

_Numbers = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


class _Fate(NamedTuple):
    """What becomes of each prefix: outcome, candidate that wins (-1: none), candidates left."""

    outcome: _Numbers
    winner: _Numbers
    n_candidates: _Numbers


class Rerouting:
    """Every prefix with a candidate as it stands, to be compared with what some failure makes of it.

    Exits are peers, or the ASes of peers.
    """

    def __init__(
        self, view: "Rib", among: Candidates, traffic: Traffic | None, *, by_peer: bool
    ) -> None:
        self._among = among
        before = decide(among, deterministic_med=True)
        self._prefix = np.flatnonzero(before.n_candidates)
        self._winner = before.winner[self._prefix]
        self._is_6 = (column(view.prefixes, "family") == 6)[self._prefix]
        self._addresses = exit_addresses(view)[self._prefix]
        self._bytes = None
        if traffic is not None:
            taken = taken_by(view, before.n_candidates == 0)
            self._bytes = sums(taken, traffic.by_prefix, view.n_prefixes)[self._prefix]
        self._is_default = column(view.prefixes, "length") == 0
        self._parent = view.index.parents()
        self._length = among.columns["length"].astype(np.int64)
        peer_as = column(view.peers, "peer_as")
        asns, of_peer = np.unique(peer_as, return_inverse=True)
        self._exits = view.peers.column("peer_ip").combine_chunks() if by_peer else pa.array(asns)
        self._exit_of_peer = np.arange(len(peer_as)) if by_peer else of_peer

    def after(self, alive: npt.NDArray[np.bool_]) -> tuple[pa.Table, pa.Table]:
        """Sum up what becomes of the prefixes by family and outcome, and by pair of exits."""
        fate = self._fate(alive)
        held = fate.outcome != _LOST
        change = np.zeros(len(held), np.int64)
        change[held] = self._length[fate.winner[held]] - self._length[self._winner[held]]
        return self._outcomes(fate, change), self._moves(fate, change)

    def _fate(self, alive: npt.NDArray[np.bool_]) -> _Fate:
        decided = decide(self._among, alive, deterministic_med=True)
        follows = self._follows(decided)
        winner = np.where(follows < 0, -1, decided.winner[follows])
        outcome = np.where(winner == self._winner, _UNAFFECTED, _EXACT)
        elsewhere = follows != self._prefix
        outcome[elsewhere] = np.where(self._is_default[follows[elsewhere]], _DEFAULT, _COVER)
        outcome[follows < 0] = _LOST
        left = np.where(follows < 0, 0, decided.n_candidates[follows])
        return _Fate(outcome, winner, left)

    def _follows(self, decided: Decisions) -> _Numbers:
        """Give the prefix whose route each prefix takes: itself, or the closest cover that has one."""
        gone = decided.n_candidates == 0
        follows = self._prefix.copy()
        looking = np.flatnonzero(gone[follows])
        while len(looking):
            follows[looking] = self._parent[follows[looking]]
            at = follows[looking]
            looking = looking[(at >= 0) & gone[at]]
        return follows

    def _outcomes(self, fate: _Fate, change: _Numbers) -> pa.Table:
        """One row per family that is there and outcome, zeros included."""
        n = len(OUTCOMES)
        cell = self._is_6 * n + fate.outcome
        weights = (self._addresses, fate.n_candidates, change, fate.n_candidates == 1)
        n_prefixes, addresses, left, changed, one_left = (
            s.reshape(2, n) for s in _sums(cell, weights, 2 * n)
        )
        numbers = n_prefixes.copy()
        numbers[:, _LOST] = 0
        families = np.flatnonzero(n_prefixes.sum(axis=1))
        found = pa.table(
            {
                "outcome": list(OUTCOMES) * len(families),
                "family": np.repeat(4 + 2 * families, n).astype(np.uint8),
                "n_prefixes": n_prefixes[families].ravel().astype(np.uint32),
                "addresses": addresses[families].ravel(),
                "prefix_share": _quotient(
                    n_prefixes, n_prefixes.sum(axis=1, keepdims=True), families
                ),
                "address_share": _quotient(
                    addresses, addresses.sum(axis=1, keepdims=True), families
                ),
                "candidates_left": _quotient(left, n_prefixes, families),
                "length_change": _quotient(changed, numbers, families),
                "one_left": one_left[families].ravel().astype(np.uint32),
            }
        )
        if self._bytes is None:
            return found
        sent = sums(cell, self._bytes, 2 * n).reshape(2, n)
        found = found.append_column("bytes", pa.array(sent[families].ravel()))
        share = _quotient(sent, sent.sum(axis=1, keepdims=True), families)
        return found.append_column("byte_share", share)

    def _moves(self, fate: _Fate, change: _Numbers) -> pa.Table:
        """One row per family and pair of exits between which something moved."""
        n = len(self._exits)
        moved = np.flatnonzero((fate.outcome != _UNAFFECTED) & (fate.outcome != _LOST))
        exit_of = self._exit_of_peer[self._among.peer_id]
        before, after = exit_of[self._winner[moved]], exit_of[fate.winner[moved]]
        # Pairs that occur, not all there may be: peers of a route server are many.
        cells, cell = np.unique((self._is_6[moved] * n + before) * n + after, return_inverse=True)
        weights = (self._addresses[moved], change[moved])
        n_prefixes, addresses, changed = _sums(cell, weights, len(cells))
        found = pa.table(
            {
                "family": np.where(cells < n * n, 4, 6).astype(np.uint8),
                "from": self._exits.take(pa.array(cells // n % n)),
                "to": self._exits.take(pa.array(cells % n)),
                "n_prefixes": n_prefixes.astype(np.uint32),
                "addresses": addresses,
                "length_change": changed / n_prefixes,
            }
        )
        if self._bytes is None:
            return found
        return found.append_column("bytes", pa.array(sums(cell, self._bytes[moved], len(cells))))


def _sums(cell: _Numbers, weights: tuple[npt.NDArray[Any], ...], n: int) -> list[_Floats]:
    """Count the prefixes of each cell, and add up what they weigh."""
    each = [None, *weights]
    return [np.bincount(cell, weights=w, minlength=n).astype(np.float64) for w in each]


def _quotient(above: _Floats, below: _Floats, rows: npt.NDArray[np.intp]) -> pa.Array:
    """Divide some rows, null where that is by zero."""
    below = np.broadcast_to(below, above.shape)[rows].ravel()
    none = below == 0
    return pa.array(above[rows].ravel() / np.where(none, 1, below), mask=none)
