"""Best paths by the rules of Gao and Rexford, for all announcements at once.

A network prefers routes from customers over those from peers over those from providers, then shorter
paths, then the neighbour it listed first. It tells customers everything, and everybody what it learned from
customers. So routes climb provider links, cross at most one peer link, and descend.

The three movements are three passes over the networks, by tier. State is a matrix, networks x announcements,
and each link is one vector operation over all announcements: a few thousand announcements take seconds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from internet.topology import Topology

NO_ROUTE = 200  # longer than any path here, and small enough that adding one link stays below 256
OWN, CUSTOMER, PEER, PROVIDER, NONE = range(5)


class Seed(NamedTuple):
    """Where an announcement enters: the network, and what it claims lies behind it (a forged or leaked path)."""

    asn: int
    tail: tuple[int, ...] = ()
    exports: tuple[int, ...] | None = None  # neighbours told, None = by the usual rules
    prepends: tuple[tuple[int, int], ...] = ()  # (neighbour, extra copies of the own number)


Announcement = tuple[Seed, ...]  # several seeds: anycast, MOAS, or a hijack


class Routes:
    """The outcome: every network's best path for every announcement."""

    def __init__(
        self,
        asns: list[int],
        announcements: list[Announcement],
        next_hops: NDArray[np.int16],
        kinds: NDArray[np.uint8],
    ) -> None:
        self._index = {asn: i for i, asn in enumerate(asns)}
        self._asns = asns
        self._next_hops = next_hops
        self._kinds = kinds
        self.column = {announcement: i for i, announcement in enumerate(announcements)}
        self._heard: dict[tuple[int, int], tuple[tuple[int, ...] | None, int]] = {}

    def kind(self, asn: int, announcement: Announcement) -> int:
        """Return from whom the network learned its best route: OWN, CUSTOMER, PEER, PROVIDER or NONE."""
        return self.heard(asn, announcement)[1]

    def path(self, asn: int, announcement: Announcement) -> tuple[int, ...] | None:
        """Return the AS path as the network would announce it, itself first, or None without a route."""
        return self.heard(asn, announcement)[0]

    def heard(self, asn: int, announcement: Announcement) -> tuple[tuple[int, ...] | None, int]:
        """Return the path and from whom it was learned, see `kind`."""
        column = self.column[announcement]
        found = self._heard.get((asn, column))
        if found is None:
            kind = int(self._kinds[self._index[asn], column])
            found = self._heard[asn, column] = (self._walk(asn, announcement, column), kind)
        return found

    def _walk(self, asn: int, announcement: Announcement, column: int) -> tuple[int, ...] | None:
        at = self._index[asn]
        if self._kinds[at, column] == NONE:
            return None
        hops = [asn]
        while self._kinds[at, column] != OWN:
            at = int(self._next_hops[at, column])
            hops.append(self._asns[at])
        seed = next(s for s in announcement if s.asn == hops[-1])
        copies = dict(seed.prepends).get(hops[-2], 0) if len(hops) > 1 else 0
        return (*hops, *(seed.asn,) * copies, *seed.tail)


def propagate(
    topology: Topology, announcements: Sequence[Announcement], observers: Sequence[int]
) -> Routes:
    """Return the best paths of every network that has customers, and of the observers."""
    pending = list(dict.fromkeys(announcements))
    asns = sorted(topology.networks)
    index = {asn: i for i, asn in enumerate(asns)}
    shape = (len(asns), len(pending))
    lengths = np.full(shape, NO_ROUTE, np.uint8)
    kinds = np.full(shape, NONE, np.uint8)
    next_hops = np.full(shape, -1, np.int16)
    for column, announcement in enumerate(pending):
        for seed in announcement:
            lengths[index[seed.asn], column] = len(seed.tail)
            kinds[index[seed.asn], column] = OWN
    penalties = _penalties(topology, pending)

    def learn(
        at: int, source: int, offered: NDArray[np.uint8], kind: int, open_to: NDArray[np.bool_]
    ) -> None:
        """Let `at` take `source`'s routes where they are shorter than what it has of the same kind."""
        cost = offered + np.uint8(1)
        for columns, extra in penalties.get((source, at), ()):
            cost[columns] = np.minimum(cost[columns].astype(np.int64) + extra, NO_ROUTE)
        row = index[at]
        better = open_to & (cost < lengths[row]) & (cost < NO_ROUTE)
        lengths[row][better] = cost[better]
        kinds[row][better] = kind
        next_hops[row][better] = index[source]

    by_tier = {t: topology.tier(t) for t in (1, 2, 3, 4)}
    for tier in (4, 3, 2, 1):
        for asn in by_tier[tier]:
            open_to = kinds[index[asn]] != OWN
            for customer in topology.customers[asn]:
                learn(asn, customer, lengths[index[customer]], CUSTOMER, open_to)
    receivers = [a for a in asns if topology.customers[a] or a in observers]
    from_customers = lengths.copy()
    for asn in receivers:
        open_to = kinds[index[asn]] > CUSTOMER
        for other in topology.peers[asn]:
            learn(asn, other, from_customers[index[other]], PEER, open_to)
    for asn in sorted(receivers, key=lambda a: topology.networks[a].tier):
        open_to = kinds[index[asn]] > PEER
        for provider in topology.providers[asn]:
            learn(asn, provider, lengths[index[provider]], PROVIDER, open_to)
    return Routes(asns, pending, next_hops, kinds)


def _penalties(
    topology: Topology, announcements: list[Announcement]
) -> dict[tuple[int, int], list[tuple[NDArray[np.int64], int]]]:
    """Return, per link, the announcements whose seed prepends on it, or does not use it at all."""
    found: dict[tuple[int, int], dict[int, list[int]]] = {}
    for column, announcement in enumerate(announcements):
        for seed in announcement:
            extras = dict(seed.prepends)
            if seed.exports is not None:
                asn = seed.asn
                neighbours = (
                    *topology.providers[asn],
                    *topology.peers[asn],
                    *topology.customers[asn],
                )
                extras |= {n: NO_ROUTE for n in neighbours if n not in seed.exports}
            for neighbour, extra in extras.items():
                found.setdefault((seed.asn, neighbour), {}).setdefault(extra, []).append(column)
    return {
        link: [(np.array(columns, np.int64), extra) for extra, columns in by_extra.items()]
        for link, by_extra in found.items()
    }
