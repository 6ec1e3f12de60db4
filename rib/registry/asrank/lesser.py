"""The steps in which each link decided bears on the next: links that the way down left open.

They look at few links one after another, and never close a circle of providers.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from rib.registry.asrank.steps import Kinds
from rib.registry.asrank.topology import DOWN, PEERS, UNKNOWN, UP, Topology

__all__ = ["Ladder", "fold_peers", "larger_customers", "provider_less"]

#: Paths that must show the triplet before a provider may be smaller than its customer.
_PATHS_LARGER = 3
#: Transit degree from which an AS without a provider is taken for a network that needs none.
_TRANSIT_DEGREE = 10


class Ladder:
    """Who stands above whom so far, as numbers and lists that single steps can afford to read."""

    def __init__(self, topology: Topology, kind: Kinds) -> None:
        t = topology.triplets
        self.topology, self.kind = topology, kind
        self.degree: list[int] = topology.transit_degree.tolist()
        self.providers: defaultdict[int, list[int]] = defaultdict(list)
        self.has_customers = bytearray(len(self.degree))
        high, low = topology.ends
        for above, below in (
            (high[kind == DOWN], low[kind == DOWN]),
            (low[kind == UP], high[kind == UP]),
        ):
            for provider, customer in zip(above.tolist(), below.tolist(), strict=True):
                self._add(provider, customer)
        n_directed = 2 * len(topology.keys) + 1
        self._after = np.searchsorted(t.into, np.arange(n_directed))
        self._by_out = np.argsort(t.out, kind="stable")
        self._before = np.searchsorted(t.out[self._by_out], np.arange(n_directed))

    def _add(self, provider: int, customer: int) -> None:
        self.providers[customer].append(provider)
        self.has_customers[provider] = 1

    def is_open(self, link: int) -> bool:
        """Say whether nothing is known of a link."""
        return bool(self.kind[link >> 1] == UNKNOWN)

    def put_above(self, link: int, provider: int, customer: int) -> bool:
        """Make the provider of an open link, unless that closes a circle or is above the clique."""
        if not self.is_open(link) or not self._may(provider, customer):
            return False
        self.kind[link >> 1] = DOWN if provider < customer else UP
        self._add(provider, customer)
        return True

    def _may(self, provider: int, customer: int) -> bool:
        if customer < self.topology.n_clique:
            return False
        if not self.has_customers[customer]:
            return True
        seen, todo = {provider}, [provider]
        while todo:
            above = [p for p in self.providers.get(todo.pop(), ()) if p not in seen]
            seen.update(above)
            todo += above
            if customer in seen:
                return False
        return True

    def after(self, link: int) -> range:
        """Give the triplets that begin with a directed link."""
        return range(self._after[link], self._after[link + 1])

    def before(self, link: int) -> Iterator[int]:
        """Give the triplets that end with a directed link."""
        return iter(self._by_out[self._before[link] : self._before[link + 1]].tolist())

    def put_customers_behind(self, link: int, *, equal: bool) -> Iterator[int]:
        """Go down behind a provider: on ``x y z`` with x above y, z is below y if it is smaller.

        Gives the open triplets whose last AS is larger. ``equal`` says whether those of the same size
        are below too.
        """
        t, degree = self.topology.triplets, self.degree
        for i in self.after(link):
            y, z, out = int(t.middle[i]), int(t.right[i]), int(t.out[i])
            if self.is_open(out):
                if degree[z] < degree[y] or (equal and degree[z] == degree[y]):
                    self.put_above(out, y, z)
                else:
                    yield i


def larger_customers(ladder: Ladder) -> None:
    """Find customers larger than their provider: on ``x y z`` with x above y, where paths end in z.

    The triplets that most paths show come first; those of fewer than three paths do not count.
    """
    t, kind = ladder.topology.triplets, ladder.kind
    degree = ladder.topology.transit_degree
    above = kind[t.into >> 1] == np.where(t.into & 1, UP, DOWN)
    maybe = above & (kind[t.out >> 1] == UNKNOWN) & (t.ends > 0) & (t.both >= _PATHS_LARGER)
    rows = np.flatnonzero(maybe & (degree[t.middle] <= degree[t.right]))
    queue = list(zip((-t.both[rows]).tolist(), rows.tolist(), strict=True))
    heapq.heapify(queue)
    while queue:
        _, i = heapq.heappop(queue)
        out = int(t.out[i])
        if ladder.put_above(out, int(t.middle[i]), int(t.right[i])):
            for more in ladder.put_customers_behind(out, equal=True):
                if t.both[more] >= _PATHS_LARGER:
                    heapq.heappush(queue, (-int(t.both[more]), int(more)))


def provider_less(ladder: Ladder) -> None:
    """Find the customers of large networks without a provider.

    The largest neighbour of such an AS x, of those x has paths with on both sides, is its peer; whoever
    stands on the other side of x from it is a customer.
    """
    t, top = ladder.topology.triplets, ladder.topology.n_clique
    around: defaultdict[int, list[int]] = defaultdict(list)
    large = np.flatnonzero(ladder.topology.transit_degree >= _TRANSIT_DEGREE)
    large = large[large >= top]
    large = large[[not ladder.providers.get(x) for x in large.tolist()]] if len(large) else large
    for i in np.flatnonzero(np.isin(t.middle, large)).tolist():
        around[int(t.middle[i])].append(i)
    for x in large.tolist():
        if not ladder.providers.get(x):
            _peers_and_customers(ladder, x, around[x])


def _peers_and_customers(ladder: Ladder, x: int, rows: list[int]) -> None:
    t = ladder.topology.triplets
    across: defaultdict[int, dict[int, int]] = defaultdict(dict)
    link_from: dict[int, int] = {}
    for i in rows:
        a, b, into, out = int(t.left[i]), int(t.right[i]), int(t.into[i]), int(t.out[i])
        across[a][b] = out
        across[b][a] = into ^ 1
        link_from[a], link_from[b] = into ^ 1, out
    for y in sorted(across):
        if ladder.kind[link_from[y] >> 1] not in (UNKNOWN, PEERS):
            continue
        ladder.kind[link_from[y] >> 1] = PEERS
        for z, link in sorted(across[y].items()):
            if ladder.put_above(link, x, z):
                for _ in ladder.put_customers_behind(link, equal=False):
                    pass


def fold_peers(ladder: Ladder) -> None:
    """Fold rows of links that are open or peerings: on ``y x z`` at most one can be a peering.

    Visits ASes x from the top. A neighbour z that x hands over, and that never stands on the VP's
    side, becomes a customer of x, if it is no larger; neighbours y that get routes of a provider of x
    tell nothing.
    """
    t, kind = ladder.topology.triplets, ladder.kind
    into, out = kind[t.into >> 1], kind[t.out >> 1]
    rows = np.flatnonzero((out == UNKNOWN) & ((into == UNKNOWN) | (into == PEERS)))
    rows = rows[np.argsort(t.middle[rows], kind="stable")]
    bounds = np.flatnonzero(np.diff(t.middle[rows], prepend=-1, append=-1))
    for start, stop in itertools.pairwise(bounds.tolist()):
        _fold(ladder, rows[start:stop].tolist())


def _fold(ladder: Ladder, rows: list[int]) -> None:
    t, kind = ladder.topology.triplets, ladder.kind
    x = int(t.middle[rows[0]])
    above = set(ladder.providers.get(x, ()))
    tells: dict[int, bool] = {}
    handed: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for i in rows:
        y, into, out = int(t.left[i]), int(t.into[i]), int(t.out[i])
        if y not in tells:
            free = kind[into >> 1] in (UNKNOWN, PEERS)
            tells[y] = free and not _has_providers_routes(ladder, into, above)
        if tells[y] and ladder.is_open(out):
            handed[y][int(t.right[i])] = out
    right = {z for behind in handed.values() for z in behind}
    seen: defaultdict[int, int] = defaultdict(int)
    links: dict[int, int] = {}
    for y, behind in handed.items():
        if y not in right:
            for z, link in behind.items():
                if z not in handed:
                    seen[z] += 1
                    links[z] = link
    for z in sorted(seen, key=lambda z: (-seen[z], z)):
        if ladder.degree[x] >= ladder.degree[z] and ladder.put_above(links[z], x, z):
            for _ in ladder.put_customers_behind(links[z], equal=True):
                pass


def _has_providers_routes(ladder: Ladder, into: int, above: set[int]) -> bool:
    """Say whether on some path the middle of a link stands between its left AS and a provider."""
    t = ladder.topology.triplets
    return bool(above) and (
        any(int(t.right[i]) in above for i in ladder.after(into))
        or any(int(t.left[i]) in above for i in ladder.before(into ^ 1))
    )
