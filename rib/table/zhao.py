"""Classes of MOAS conflicts by what their paths share (Zhao et al., IMW 2001)."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import column
from rib.table.hops import expand_hops
from rib.table.keys import distinct, is_in, pack, unpack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["ZHAO_CLASSES", "zhao_classes"]

#: DistinctPaths: no AS in common; SplitView: an AS in the middle of paths to several origins;
#: OrigTranAS: an origin in the middle of a path to another one.
ZHAO_CLASSES = ("DistinctPaths", "SplitView", "OrigTranAS")


def zhao_classes(table: "Rib", prefix_ids: npt.NDArray[np.integer]) -> pa.Array:
    """Give the class of each prefix, which must have several origin ASes.

    Notes
    -----
    Paths whose origin is null (AS_SET) take no part. O(hops of the paths of these prefixes).
    """
    routes, peer_as = table.routes, column(table.peers, "peer_as")
    asked = np.zeros(table.n_prefixes, bool)
    asked[prefix_ids] = True
    place = np.full(table.n_prefixes, -1, np.int64)
    place[prefix_ids] = np.arange(len(prefix_ids))
    prefix = column(routes, "prefix_id")
    keep = asked[prefix] & (peer_as[column(routes, "peer_id")] != 0)
    at, path = unpack(distinct(pack(place[prefix[keep]], column(routes, "as_path_id")[keep])))
    origins = table.as_paths.column("origin_as").combine_chunks()
    single = origins.is_valid().to_numpy(zero_copy_only=False)[path]
    at, path = at[single], path[single]
    origin = origins.fill_null(pa.scalar(0, pa.uint32())).to_numpy(zero_copy_only=False)
    which, hop, from_end = expand_hops(table, path)
    middle = from_end > 0
    of, transit, ends = at[which[middle]], hop[middle], origin[path[which[middle]]]
    # Distinct (prefix, AS in the middle, origin of the path), sorted by them.
    order = np.lexsort((ends, transit, of))
    of, transit, ends = of[order], transit[order], ends[order]
    same = (of[1:] == of[:-1]) & (transit[1:] == transit[:-1])
    code = np.zeros(len(prefix_ids), np.int64)
    code[of[1:][same & (ends[1:] != ends[:-1])]] = 1
    is_origin = is_in(pack(of, transit), distinct(pack(at, origin[path])))
    code[of[is_origin & (transit != ends)]] = 2
    return pa.array(ZHAO_CLASSES).take(pa.array(code))
