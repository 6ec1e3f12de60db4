"""Which ASes or links the routes of an own view pass, and which prefixes hang on one of them."""

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
    """Pairs of a prefix and an element (an AS or a link) that its winner passes, sorted by them.

    ``follows`` is the prefix whose route is left without the element: the prefix itself, the closest
    less-specific that has one, or -1 for none. ``links`` has the two ASes of each link, the lower first;
    elements are then rows of it, and AS numbers otherwise.
    """

    prefix: _Numbers
    element: npt.NDArray[np.uint32]
    follows: _Numbers
    links: _Keys


def hanging(view: "Rib", among: Candidates, *, by_link: bool) -> Hanging:
    """Find what hangs on every AS or link: the prefixes whose winner passes it.

    Prefixes that an AS originates do not hang on it: nobody else could carry them.

    Notes
    -----
    O(hops of all candidates), sorted in stretches.
    """
    decided = decide(among, deterministic_med=True)
    prefixes = np.flatnonzero(decided.n_candidates)
    winner = decided.winner[prefixes]
    links, steps = _links(view) if by_link else (np.zeros(0, np.uint64), _ases(view))
    routes = _Routes(view, among, steps, by_link=by_link)
    passed = routes.keys(winner)
    dead = np.concatenate([np.empty(0, np.uint64), *_dead(routes, among, decided.n_candidates)])
    if not by_link:
        origins = view.as_paths.column("origin_as").combine_chunks().fill_null(0).to_numpy()
        passed = passed[~is_in(passed, pack(prefixes, origins[among.as_path_id[winner]]))]
    prefix, element = unpack(passed)
    follows = prefix.copy()
    parent = view.index.parents()
    looking = np.flatnonzero(is_in(passed, dead))
    while len(looking):
        follows[looking] = parent[follows[looking]]
        looking = looking[follows[looking] >= 0]
        at = follows[looking]
        gone = (decided.n_candidates[at] == 0) | is_in(pack(at, element[looking]), dead)
        looking = looking[gone]
    return Hanging(prefix, element, follows, links)


def _ases(view: "Rib") -> _Keys:
    """Give (AS path, AS) for every AS on each path, without the repeats of a loop."""
    hops = view.path_features.column("hops").combine_chunks()
    offsets, values = hops.offsets.to_numpy(), hops.values.to_numpy()
    return distinct(pack(np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)), values))


def _links(view: "Rib") -> tuple[_Keys, _Keys]:
    """Give the links of all paths, and (AS path, link) for every link on each; paths with a set have none."""
    hops = view.path_features.column("hops").combine_chunks()
    offsets, values = hops.offsets.to_numpy(), hops.values.to_numpy()
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    near, far = values[:-1], values[1:]
    inside = (owner[1:] == owner[:-1]) & ~column(view.path_features, "has_set")[owner[1:]]
    packed = pack(np.minimum(near, far)[inside], np.maximum(near, far)[inside])
    links = distinct(packed)
    return links, distinct(pack(owner[1:][inside], np.searchsorted(links, packed)))


class _Routes:
    """Candidates as the elements that they pass: those of the path, each once.

    Of ASes that of the session too.
    """

    def __init__(self, view: "Rib", among: Candidates, steps: _Keys, *, by_link: bool) -> None:
        hops = view.path_features.column("hops").combine_chunks()
        offsets, values = hops.offsets.to_numpy(), hops.values.to_numpy()
        self._on_path = steps
        path, self._element = unpack(steps)
        self._first = np.searchsorted(path, np.arange(len(offsets)))
        leading = np.append(values, np.uint32(0))[offsets[:-1]]
        self._leading = np.where(offsets[:-1] < offsets[1:], leading, np.uint32(0))
        self._peer_as = column(view.peers, "peer_as")
        self._among = among
        self._by_link = by_link

    def keys(self, rows: npt.NDArray[Any]) -> _Keys:
        """Give (prefix, element) for all that each of some routes passes, ascending, with repeats."""
        path, prefix = self._among.as_path_id[rows], self._among.prefix_id[rows]
        begin = self._first[path]
        n = self._first[path + 1] - begin
        # Places of the hops of each route one after the other.
        ends = np.cumsum(n)
        place = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begin - (ends - n), n)
        keys = pack(np.repeat(prefix, n), self._element[place])
        if self._by_link:
            return np.sort(keys)
        # A route server does not put its AS on the path.
        peer_as = self._peer_as[self._among.peer_id[rows]]
        odd = np.flatnonzero(self._leading[path] != peer_as)
        odd = odd[~is_in(pack(path[odd], peer_as[odd]), self._on_path)]
        return np.sort(np.concatenate((keys, pack(prefix[odd], peer_as[odd]))))


def _dead(
    routes: _Routes, among: Candidates, n_candidates: npt.NDArray[np.uint32]
) -> Iterator[_Keys]:
    """Give the pairs of a prefix and an element that all of its candidates pass, ascending."""
    prefix_id = among.prefix_id
    start = 0
    while start < len(prefix_id):
        # Whole prefixes.
        last = prefix_id[min(start + _STRETCH, len(prefix_id)) - 1]
        stop = int(np.searchsorted(prefix_id, last, side="right"))
        keys = routes.keys(np.arange(start, stop))
        first = np.flatnonzero(np.concatenate((keys[:1] == keys[:1], keys[1:] != keys[:-1])))
        count = np.diff(np.append(first, len(keys)))
        keys = keys[first]
        yield keys[count == n_candidates[unpack(keys)[0]]]
        start = stop
