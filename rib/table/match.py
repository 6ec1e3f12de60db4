"""What a lookup answers: a prefix, who originates it and how many peers have it."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from rib.table.arrays import column

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Match", "find_match", "origins_of_prefixes"]


class Match(NamedTuple):
    """Answer of a lookup.

    Attributes
    ----------
    prefix : str
        The longest matching prefix.
    prefix_id : int
        Its row in `Rib.prefixes`.
    origin_as : tuple of int
        Distinct origin ASes of its routes, ascending; empty where every path ends in an AS_SET.
    n_peers : int
        Peers that send a route to it.
    """

    prefix: str
    prefix_id: int
    origin_as: tuple[int, ...]
    n_peers: int


def find_match(table: "Rib", prefix_id: int) -> Match | None:
    """Give what is known about one prefix; None for -1, the id of no prefix."""
    if prefix_id < 0:
        return None
    ids = column(table.routes, "prefix_id")
    # A key of another type would have the whole column converted.
    key = ids.dtype.type(prefix_id)
    start, stop = (int(np.searchsorted(ids, key, side)) for side in ("left", "right"))
    rows = table.routes.slice(start, stop - start)
    origins = table.as_paths.column("origin_as").take(rows.column("as_path_id"))
    return Match(
        prefix=str(table.prefixes.column("text")[prefix_id].as_py()),
        prefix_id=prefix_id,
        origin_as=tuple(sorted(set(origins.to_pylist()) - {None})),
        n_peers=len(np.unique(column(rows, "peer_id"))),
    )


def origins_of_prefixes(table: "Rib") -> pa.Table:
    """First origin AS, number of origins and of peers of every prefix: what a lookup shows."""
    prefix_id = column(table.routes, "prefix_id").astype(np.uint64)
    origin = table.as_paths.column("origin_as").combine_chunks()
    known = origin.is_valid().to_numpy(zero_copy_only=False)
    of_path = origin.fill_null(0).to_numpy()
    path_id = column(table.routes, "as_path_id")
    keep = known[path_id]
    pairs = np.unique(prefix_id[keep] << np.uint64(32) | of_path[path_id][keep])
    owner = (pairs >> np.uint64(32)).astype(np.intp)
    n_origins = np.bincount(owner, minlength=table.n_prefixes).astype(np.uint32)
    lowest = np.zeros(table.n_prefixes, dtype=np.uint32)
    # Pairs ascend, so writing them backwards leaves the lowest origin of each prefix.
    lowest[owner[::-1]] = pairs[::-1].astype(np.uint32)
    peers = np.unique(prefix_id << np.uint64(32) | column(table.routes, "peer_id"))
    n_peers = np.bincount(
        (peers >> np.uint64(32)).astype(np.intp), minlength=table.n_prefixes
    ).astype(np.uint32)
    return pa.table(
        {
            "origin_as": pa.array(lowest, mask=n_origins == 0),
            "n_origins": pa.array(n_origins),
            "n_peers": pa.array(n_peers),
        }
    )
