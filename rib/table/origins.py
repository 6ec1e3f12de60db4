"""Who originates what, as seen by whom: the distinct (prefix, origin AS, VP AS) of a table."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import column
from rib.table.keys import distinct

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["OriginVotes", "origin_votes"]


class OriginVotes(NamedTuple):
    """Distinct (prefix, origin AS, VP AS), sorted by them; a null origin sorts last.

    ``pair_start`` has the first row of each (prefix, origin AS) pair and, at the end, the number of
    rows, so that pair ``i`` is rows ``pair_start[i]:pair_start[i + 1]``. ``origin_as`` is 0 where
    ``has_origin`` is false.
    """

    prefix_id: npt.NDArray[np.int64]
    origin_as: npt.NDArray[np.uint32]
    has_origin: npt.NDArray[np.bool_]
    vp_as: npt.NDArray[np.uint32]
    pair_start: npt.NDArray[np.int64]

    @property
    def pairs(self) -> "OriginPairs":
        """One row per (prefix, origin AS)."""
        first = self.pair_start[:-1]
        return OriginPairs(
            self.prefix_id[first],
            self.origin_as[first],
            self.has_origin[first],
            np.diff(self.pair_start),
        )


class OriginPairs(NamedTuple):
    """Distinct (prefix, origin AS), sorted by prefix, with the number of VP ASes that see each."""

    prefix_id: npt.NDArray[np.int64]
    origin_as: npt.NDArray[np.uint32]
    has_origin: npt.NDArray[np.bool_]
    n_vps: npt.NDArray[np.int64]


def origin_votes(table: "Rib", *, default_routes: bool = True) -> OriginVotes:
    """Collect the distinct (prefix, origin AS, VP AS) of a table.

    Notes
    -----
    Routes of a peer without an AS number (a router's own entries) have no vantage point and are
    left out, default routes on request. One sort of 64-bit keys: O(routes log routes).
    """
    origin_code, origins = path_origin_codes(table)
    routes, peer_as = table.routes, column(table.peers, "peer_as")
    vps, vp_code = np.unique(peer_as, return_inverse=True)
    prefix_id, peer_id = column(routes, "prefix_id"), column(routes, "peer_id")
    # Shifts, since dividing as many 64-bit numbers again costs as much as sorting them.
    of_vp, of_origin = (np.uint64(int(n).bit_length()) for n in (len(vps), len(origins)))
    key = prefix_id.astype(np.uint64) << of_origin
    key |= origin_code[column(routes, "as_path_id")]
    key <<= of_vp
    key |= vp_code.astype(np.uint64)[peer_id]
    keep = peer_as[peer_id] != 0
    if not default_routes:
        keep &= column(table.prefixes, "length")[prefix_id] != 0
    key = distinct(key if keep.all() else key[keep])
    pair, vp = key >> of_vp, key & ((np.uint64(1) << of_vp) - np.uint64(1))
    prefix, code = pair >> of_origin, pair & ((np.uint64(1) << of_origin) - np.uint64(1))
    has_origin = code < len(origins)
    origin = np.append(origins, np.uint32(0))[code.astype(np.intp)]
    new = np.flatnonzero(pair[1:] != pair[:-1]) + 1 if len(pair) else np.empty(0, np.intp)
    start = np.concatenate([[0], new, [len(pair)]]) if len(pair) else np.array([0])
    return OriginVotes(
        prefix.astype(np.int64),
        origin,
        has_origin,
        vps[vp.astype(np.intp)] if len(vps) else np.empty(0, np.uint32),
        start.astype(np.int64),
    )


def path_origin_codes(table: "Rib") -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
    """Give the origin of each AS path as its place among the distinct origins; null is the last."""
    given = table.as_paths.column("origin_as").combine_chunks()
    known = given.is_valid().to_numpy(zero_copy_only=False)
    value = given.fill_null(pa.scalar(0, pa.uint32())).to_numpy(zero_copy_only=False)
    origins = distinct(value[known])
    code: npt.NDArray[Any] = np.where(known, np.searchsorted(origins, value), len(origins))
    return code.astype(np.uint64), origins.astype(np.uint32)
