"""The steps that need no order within them: on arrays of all links and triplets at once.

Each marks links in ``kind`` (constants of `rib.registry.asrank.topology`).
"""

import numpy as np
import numpy.typing as npt

from rib.registry.asrank.topology import DOWN, PEERS, UNKNOWN, Topology
from rib.table.keys import distinct, pack, unpack

__all__ = ["customers_of_clique", "customers_of_partial", "peer_clique", "peer_rest", "top_down"]

Kinds = npt.NDArray[np.uint8]

#: Paths that must show a member of the clique behind a provider, where no other member sees it.
_PATHS_DOWN = 3
#: A VP that reaches fewer than one AS in so many gives its customers' and peers' routes only.
_PARTIAL = 50


def peer_clique(topology: Topology, kind: Kinds) -> None:
    """Make the members of the clique peers of each other."""
    high, low = topology.ends
    kind[(high < topology.n_clique) & (low < topology.n_clique)] = PEERS


def top_down(topology: Topology, kind: Kinds) -> None:
    """Find providers from the clique downwards.

    On ``z y x``, y hands over the routes of x to z. If z is a provider or a peer of y, x is a customer
    of y. So a known link z-y decides y-x: what is decided from the top down is what can be reached
    over triplets whose ranks go down, begun at two members of the clique.
    """
    t, n = topology.triplets, topology.n_clique
    falls = (t.middle < t.right) & (t.right >= n)
    begun = falls & (t.left < n) & (t.middle < n)
    # Read the other way, from a customer below: the routes of a member that its peer hands down.
    down = (t.left >= n) & (t.middle < n) & (t.right < n) & (t.both >= _PATHS_DOWN)
    found = distinct(np.concatenate([t.out[begun] >> 1, t.into[down] >> 1]))
    steps = np.flatnonzero(falls & (t.left < t.middle))
    into, out = t.into[steps] >> 1, t.out[steps] >> 1
    while len(found):
        kind[found] = DOWN
        follows = (kind[into] == DOWN) & (kind[out] == UNKNOWN)
        found = distinct(out[follows])


def customers_of_partial(topology: Topology, kind: Kinds) -> None:
    """Find stub customers behind the neighbours of VPs that give few routes.

    Such a VP x gives no routes of its providers, so on ``x y z`` y is its customer or peer, and the
    stub z a customer of y.
    """
    hops, offsets, n = topology.hops, topology.offsets, len(topology.asns)
    filled = offsets[:-1] < offsets[1:]
    begin, end = offsets[:-1][filled], offsets[1:][filled]
    vps, _ = unpack(distinct(pack(hops[begin], hops[end - 1])))
    few = np.bincount(vps, minlength=n) * _PARTIAL <= n
    at = begin[(end - begin == 3) & few[hops[begin]]]
    y, z = hops[at + 1], hops[at + 2]
    stub = (topology.transit_degree[z] == 0) & (z >= topology.n_clique)
    y, z = y[stub], z[stub]
    link = np.searchsorted(topology.keys, pack(np.minimum(y, z), np.maximum(y, z)))
    kind[link[kind[link] == UNKNOWN]] = DOWN


def customers_of_clique(topology: Topology, kind: Kinds) -> None:
    """Make the stubs next to the clique its customers: it does not peer with those."""
    high, low = topology.ends
    stub = (topology.transit_degree[low] == 0) & (low >= topology.n_clique)
    kind[(high < topology.n_clique) & stub & (kind == UNKNOWN)] = DOWN


def peer_rest(kind: Kinds) -> None:
    """Make all other links peerings."""
    kind[kind == UNKNOWN] = PEERS
