"""Peers whose routes several inputs repeat: two dumps of one collector in one table."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa

from rib.table.arrays import column

__all__ = ["repeated_peers", "repetitions"]


def repeated_peers(tables: dict[str, pa.Table], files: list[dict[str, Any]]) -> int:
    """Count the peers with repeated routes at collectors that several inputs are of.

    A route is repeated where (prefix, peer, ADD-PATH id) occurs again. Within one file that is a
    quirk of the router (``duplicate_route``); peers of collectors with one input do not count.

    Notes
    -----
    O(routes) where several inputs share a collector, O(inputs) elsewhere.
    """
    collectors = Counter(file["collector"] for file in files if file["routes_kept"])
    several = pa.array([name for name, n in collectors.items() if n > 1], pa.utf8())
    if not len(several):
        return 0
    same = repetitions(tables["routes"])
    peers = np.unique(column(tables["routes"], "peer_id")[1:][same])
    of_these = pa.compute.is_in(tables["peers"].column("collector"), value_set=several)
    return int(np.count_nonzero(np.asarray(of_these)[peers]))


def repetitions(routes: pa.Table) -> np.ndarray:
    """Mark the routes but the first that have the (prefix, peer, ADD-PATH id) of the one before.

    O(routes).
    """
    same = np.ones(max(len(routes) - 1, 0), dtype=bool)
    for name in ("prefix_id", "peer_id"):
        ids = column(routes, name)
        same &= ids[1:] == ids[:-1]
    # Absent is an id of its own beside 0.
    path_ids = routes.column("add_path_id").combine_chunks().cast(pa.int64()).fill_null(-1)
    same &= path_ids.to_numpy()[1:] == path_ids.to_numpy()[:-1]
    return same
