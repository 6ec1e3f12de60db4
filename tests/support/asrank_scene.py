"""Paths for the inference of relationships as lists, and what was inferred as a dict."""

import numpy as np

from rib.registry.asrank import infer_kinds
from rib.registry.asrank.paths import Paths
from rib.registry.asrank.topology import PEERS, UP


def make_paths(lists):
    """Give `Paths` of lists of hops."""
    hops = np.array([hop for path in lists for hop in path], np.uint32)
    offsets = np.concatenate([[0], np.cumsum([len(path) for path in lists])])
    return Paths(hops, offsets.astype(np.int64))


def lists_of(paths):
    """Give `Paths` as lists of hops."""
    return [part.tolist() for part in np.split(paths.hops, paths.offsets[1:-1])]


def links_of(topology, kind):
    """Give {(left, right): -1 or 0} as serial-1 has them, without the links that are open."""
    found = {}
    for key, what in zip(topology.keys.tolist(), kind.tolist(), strict=True):
        high, low = (int(topology.asns[rank]) for rank in (key >> 32, key & 0xFFFFFFFF))
        if what == PEERS:
            found[min(high, low), max(high, low)] = 0
        elif what:
            found[(low, high) if what == UP else (high, low)] = -1
    return found


def inferred(lists):
    """Give the clique and the links that lists of hops show."""
    clique, topology, kind = infer_kinds(make_paths(lists))
    return clique.tolist(), links_of(topology, kind)
