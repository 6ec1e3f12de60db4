"""Which ASes the routes of an own view pass, and which prefixes hang on one of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.table.arrays import column
from rib.table.candidates import Candidates
from rib.table.decision import decide
from rib.table.keys import distinct, is_in, pack, unpack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Hanging", "hanging"]

_Keys = npt.NDArray[np.uint64]
_Numbers = npt.NDArray[np.int64]

#: Candidates looked at a time: some 50 MB of keys.
_STRETCH = 1 << 20


class Hanging(NamedTuple):
    """Pairs of a prefix and an AS that its winner passes, sorted by them.

    ``follows`` is the prefix whose route is left without the AS: the prefix itself, the closest
    less-specific that has one, or -1 for none.
    """

    prefix: _Numbers
    asn: npt.NDArray[np.uint32]
    follows: _Numbers


def hanging(view: "Rib", among: Candidates) -> Hanging:
    """Find what hangs on every AS: the prefixes whose winner passes it and does not originate with it.

    Notes
    -----
    O(hops of all candidates), sorted in stretches.
    """
    decided = decide(among, deterministic_med=True)
    prefixes = np.flatnonzero(decided.n_candidates)
    winner = decided.winner[prefixes]
    routes = _Routes(view, among)
    passed = routes.keys(winner)
    dead = np.concatenate([np.empty(0, np.uint64), *_dead(routes, among, decided.n_candidates)])
    origins = view.as_paths.column("origin_as").combine_chunks().fill_null(0).to_numpy()
    passed = passed[~is_in(passed, pack(prefixes, origins[among.as_path_id[winner]]))]
    prefix, asn = unpack(passed)
    follows = prefix.copy()
    parent = view.index.parents()
    looking = np.flatnonzero(is_in(passed, dead))
    while len(looking):
        follows[looking] = parent[follows[looking]]
        looking = looking[follows[looking] >= 0]
        at = follows[looking]
        gone = (decided.n_candidates[at] == 0) | is_in(pack(at, asn[looking]), dead)
        looking = looking[gone]
    return Hanging(prefix, asn, follows)


class _Routes:
    """Candidates as the ASes that they pass: those of the path, and of the session, each once."""

    def __init__(self, view: "Rib", among: Candidates) -> None:
        hops = view.path_features.column("hops").combine_chunks()
        offsets, values = hops.offsets.to_numpy(), hops.values.to_numpy()
        n_paths = len(offsets) - 1
        owner = np.repeat(np.arange(n_paths), np.diff(offsets))
        # By path, without the repeats of a loop.
        self._on_path = distinct(pack(owner, values))
        path, self._asn = unpack(self._on_path)
        self._first = np.searchsorted(path, np.arange(n_paths + 1))
        leading = np.append(values, np.uint32(0))[offsets[:-1]]
        self._leading = np.where(offsets[:-1] < offsets[1:], leading, np.uint32(0))
        self._peer_as = column(view.peers, "peer_as")
        self._among = among

    def keys(self, rows: npt.NDArray[Any]) -> _Keys:
        """Give (prefix, AS) for every AS that each of some routes passes, ascending, with repeats."""
        path, prefix = self._among.as_path_id[rows], self._among.prefix_id[rows]
        begin = self._first[path]
        n = self._first[path + 1] - begin
        # Places of the hops of each route one after the other.
        ends = np.cumsum(n)
        place = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begin - (ends - n), n)
        keys = pack(np.repeat(prefix, n), self._asn[place])
        # A route server does not put its AS on the path.
        peer_as = self._peer_as[self._among.peer_id[rows]]
        odd = np.flatnonzero(self._leading[path] != peer_as)
        odd = odd[~is_in(pack(path[odd], peer_as[odd]), self._on_path)]
        return np.sort(np.concatenate((keys, pack(prefix[odd], peer_as[odd]))))


def _dead(
    routes: _Routes, among: Candidates, n_candidates: npt.NDArray[np.uint32]
) -> Iterator[_Keys]:
    """Give the pairs of a prefix and an AS that all of its candidates pass, ascending."""
    prefix_id = among.prefix_id
    start = 0
    while start < len(prefix_id):
        # Whole prefixes.
        last = prefix_id[min(start + _STRETCH, len(prefix_id)) - 1]
        stop = int(np.searchsorted(prefix_id, last, side="right"))
        keys = routes.keys(np.arange(start, stop))
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        count = np.diff(np.append(first, len(keys)))
        keys = keys[first]
        yield keys[count == n_candidates[unpack(keys)[0]]]
        start = stop
