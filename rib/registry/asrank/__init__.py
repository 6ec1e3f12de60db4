"""Relationships from the paths themselves, in the steps of Luckie et al. (IMC 2013)."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rib.registry.asrank.clique import find_clique
from rib.registry.asrank.lesser import Ladder, fold_peers, larger_customers, provider_less
from rib.registry.asrank.paths import Paths, clean_paths, poisoned
from rib.registry.asrank.steps import (
    Kinds,
    customers_of_clique,
    customers_of_partial,
    peer_clique,
    peer_rest,
    top_down,
)
from rib.registry.asrank.topology import PEERS, UP, Topology, build
from rib.registry.relationships import Relationships, as_table
from rib.table.keys import distinct
from rib.table.moments import table_date

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["INFERRED", "infer", "infer_kinds"]

#: `Relationships.source` of what was inferred.
INFERRED = "inferred"
_NONE = np.empty(0, np.uint32)


def infer(table: "Rib", ixps: npt.NDArray[np.uint32] = _NONE) -> Relationships:
    """Infer what the links on a table's paths are (`rib.infer_relationships`)."""
    ixps = distinct(ixps)
    paths = clean_paths(table, ixps)
    clique, topology, kind = infer_kinds(paths)
    high, low = topology.ends
    provider = np.where(kind == UP, low, high)
    other = np.where(kind == UP, high, low)
    left, right = topology.asns[provider], topology.asns[other]
    is_peering = kind == PEERS
    swap = is_peering & (left > right)
    left, right = np.where(swap, right, left), np.where(swap, left, right)
    return Relationships(
        as_table(left, right, np.where(is_peering, 0, -1)),
        INFERRED,
        tuple(clique.tolist()),
        tuple(ixps.tolist()),
        date=table_date(table),
    )


def infer_kinds(paths: Paths) -> tuple[npt.NDArray[np.uint32], Topology, Kinds]:
    """Run the steps in their order; gives the clique, the links, and what each is."""
    clique = find_clique(paths)
    topology = build(paths.only(~poisoned(paths, clique)), clique)
    kind = np.zeros(len(topology.keys), np.uint8)
    peer_clique(topology, kind)
    top_down(topology, kind)
    customers_of_partial(topology, kind)
    ladder = Ladder(topology, kind)
    larger_customers(ladder)
    provider_less(ladder)
    customers_of_clique(topology, kind)
    fold_peers(Ladder(topology, kind))
    peer_rest(kind)
    return clique, topology, kind
