"""Upstreams of routes as votes have them: the AS left of the origin, or the VP AS next to it."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from rib.table.arrays import RouteArrays, column
from rib.table.keys import distinct, pack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["upstream_keys"]


def upstream_keys(
    table: "Rib", routes: RouteArrays, group: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint64]:
    """Give the distinct (group, upstream) of the routes that vote, packed and ascending.

    A VP inside the origin AS has no vote. Upstreams hidden in an AS_SET are left out. Where the path
    is nothing but the origin behind the VP's own AS, the upstream is the VP AS.
    """
    origin, has_origin = _nullable(table, "origin_as", routes)
    upstream, known = _nullable(table, "upstream_as", routes)
    hops = table.path_features.column("hops").combine_chunks()
    offsets, values = hops.offsets.to_numpy()[:-1], hops.values.to_numpy()
    n_hops = column(table.path_features, "n_hops")[routes.as_path_id]
    votes = (n_hops > 0) & ~(has_origin & (origin == routes.vp_as))
    first = np.zeros(len(n_hops), dtype=np.uint32)
    if len(values):
        first = values[np.minimum(offsets[routes.as_path_id], len(values) - 1)]
    next_to_it = has_origin & ((n_hops == 1) | ((n_hops == 2) & (first == routes.vp_as)))
    upstream = np.where(next_to_it, routes.vp_as, upstream)
    keep = votes & (known | next_to_it)
    result: npt.NDArray[np.uint64] = distinct(pack(group[keep], upstream[keep]))
    return result


def _nullable(
    table: "Rib", name: str, routes: RouteArrays
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    """Give an ASN of each route's path, 0 where there is none, and whether there is one."""
    given = table.as_paths.column(name).combine_chunks()
    value = pc.fill_null(given, 0).to_numpy(zero_copy_only=False)
    known = given.is_valid().to_numpy(zero_copy_only=False)
    return value[routes.as_path_id], known[routes.as_path_id]
