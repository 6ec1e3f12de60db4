"""Hops of many AS paths, flattened: what every per-path computation works on."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["expand_hops", "expand_ranges"]


def expand_ranges(
    start: npt.NDArray[Any], stop: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Expand ranges to (number of the range, position), in order."""
    count = (stop - start).astype(np.int64)
    which = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    return which, start[which].astype(np.int64) + within


def expand_hops(
    table: "Rib", as_path_ids: npt.NDArray[np.integer]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Give (number of the path, hop, hops that follow) for unprepended paths, in order.

    The last hop of a path has 0 hops that follow.
    """
    hops = table.path_features.column("hops").combine_chunks()
    offsets, values = hops.offsets.to_numpy(), hops.values.to_numpy()
    start, stop = offsets[as_path_ids], offsets[np.asarray(as_path_ids) + 1]
    which, position = expand_ranges(start, stop)
    result: npt.NDArray[np.uint32] = values[position]
    return which, result, stop[which].astype(np.int64) - 1 - position
