"""The origin ASes and the number of peers of every prefix."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.exceptions import MrtError

__all__ = ["origins_by_prefix"]

_U32 = npt.NDArray[np.uint32]


def origins_by_prefix(
    prefix_id: _U32,
    peer_id: npt.NDArray[np.uint16],
    as_path_id: _U32,
    origin_of_path: pa.Array,
    n_prefixes: int,
) -> list[_U32]:
    """Gather what the routes, sorted by prefix and peer, say of their prefixes.

    Returns
    -------
    list of numpy.ndarray
        Where the origins of each prefix begin (one more at the end), the distinct origin ASes,
        ascending within each prefix, and the numbers of peers.

    Raises
    ------
    MrtError
        An id is out of range, or the prefix ids do not ascend.
    """
    n_paths = len(origin_of_path)
    ascending = bool((prefix_id[1:] >= prefix_id[:-1]).all())
    in_range = not len(prefix_id) or (prefix_id[-1] < n_prefixes and as_path_id.max() < n_paths)
    if not (ascending and in_range):
        raise MrtError("routes have ids out of range")
    known = origin_of_path.is_valid().to_numpy(zero_copy_only=False)[as_path_id]
    of_path = origin_of_path.fill_null(0).to_numpy().astype(np.uint64)
    keys = prefix_id[known].astype(np.uint64) << np.uint64(32) | of_path[as_path_id[known]]
    keys = np.unique(keys)
    owner = (keys >> np.uint64(32)).astype(np.uint32)
    first = np.searchsorted(owner, np.arange(n_prefixes + 1)).astype(np.uint32)
    new = np.ones(len(prefix_id), dtype=bool)
    new[1:] = (prefix_id[1:] != prefix_id[:-1]) | (peer_id[1:] != peer_id[:-1])
    n_peers = np.bincount(prefix_id[new], minlength=n_prefixes).astype(np.uint32)
    return [first, (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32), n_peers]
