"""Links between neighbouring ASes on paths: every link once, and where it is used."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.table.hops import expand_hops
from rib.table.keys import distinct, pack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["PathEdges", "path_edges"]


class PathEdges(NamedTuple):
    """Links of AS paths, in the order of paths and, in each, from the VP to the origin.

    ``path`` is the row of `Rib.as_paths`, ``edge`` a position in ``keys``, ``to_end`` the number of
    hops after the link's right AS (0: the right AS is the origin). ``keys`` are the distinct links,
    packed (left AS, right AS) with the left one nearer to the VP, ascending.
    """

    path: npt.NDArray[np.int64]
    edge: npt.NDArray[np.int64]
    to_end: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint64]

    @property
    def left(self) -> npt.NDArray[np.uint32]:
        """Left AS of each distinct link."""
        return (self.keys >> np.uint64(32)).astype(np.uint32)

    @property
    def right(self) -> npt.NDArray[np.uint32]:
        """Right AS of each distinct link."""
        return (self.keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def path_edges(table: "Rib", *, passing: tuple[int, ...] = (), reserved: bool = False) -> PathEdges:
    """Collect the links of all paths that are fit for topology.

    Parameters
    ----------
    table : Rib
        Paths; unprepended ones are used.
    passing : tuple of int
        ASes that pass routes on without being a party (route servers); their neighbours count as
        linked to each other.
    reserved : bool
        Whether paths with a reserved AS number take part.

    Notes
    -----
    Paths with an AS_SET or a loop take no part. O(hops · log links).
    """
    features = table.path_features
    unfit = np.zeros(features.num_rows, bool)
    for name in ("has_set", "has_loop", *(() if reserved else ("has_reserved",))):
        unfit |= features.column(name).combine_chunks().to_numpy(zero_copy_only=False)
    path_ids = np.flatnonzero(~unfit)
    which, hop, to_end = expand_hops(table, path_ids)
    if passing:
        keep = ~np.isin(hop, np.array(passing, np.uint32)) | (to_end == 0)
        which, hop, to_end = which[keep], hop[keep], to_end[keep]
    linked = which[1:] == which[:-1]
    keys = pack(hop[:-1][linked], hop[1:][linked])
    known = distinct(keys)
    return PathEdges(
        path_ids[which[:-1][linked]],
        np.searchsorted(known, keys).astype(np.int64),
        to_end[1:][linked],
        known,
    )
