"""What routes are sorted by, as numbers."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import column

__all__ = ["NO_ID", "path_key", "route_key", "sorted_routes"]

#: Key of a route without ADD-PATH id.
NO_ID = np.uint64(0)


def path_key(ids: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """Give ADD-PATH ids as keys that sort with null, `NO_ID`, first, as routes do."""
    array = ids.combine_chunks()
    if array.null_count == len(array):
        return np.zeros(len(array), np.uint64)
    present = array.is_valid().to_numpy(zero_copy_only=False).astype(np.uint64)
    result: npt.NDArray[np.uint64] = present << np.uint64(32) | array.fill_null(0).to_numpy()
    return result


def route_key(prefix_id: npt.NDArray[Any], peer_id: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Give prefix and peer ids as keys that sort as routes do."""
    result: npt.NDArray[np.uint64] = prefix_id.astype(np.uint64) << np.uint64(16) | peer_id.astype(
        np.uint64
    )
    return result


def sorted_routes(routes: pa.Table) -> pa.Table:
    """Sort runs of sorted routes, which the stable sort merges; of equal routes the order stays."""
    key = route_key(column(routes, "prefix_id"), column(routes, "peer_id"))
    path = path_key(routes.column("add_path_id"))
    order = np.lexsort((path, key)) if path.any() else np.argsort(key, kind="stable")
    return routes.take(pa.array(order)).combine_chunks()
