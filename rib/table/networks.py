"""Networks as two 64-bit words: what vectorised comparisons of prefixes work on."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = [
    "network_array",
    "network_octets",
    "network_words",
    "prefix_columns",
    "prefix_order",
]


def prefix_columns(table: pa.Table) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Give family, network and length of a table's prefixes, as the back ends take them."""
    columns = (table.column(name) for name in ("family", "network", "length"))
    # Combining copies even what is in one piece.
    family, network, length = (
        c.chunk(0) if c.num_chunks == 1 else c.combine_chunks() for c in columns
    )
    return family, network, length


def network_octets(network: pa.Array) -> npt.NDArray[np.uint8]:
    """Give a ``binary[16]`` array without nulls as an (n, 16) array of octets, without a copy."""
    if isinstance(network, pa.ChunkedArray):
        network = network.combine_chunks()
    octets = np.frombuffer(network.buffers()[1], dtype=np.uint8) if len(network) else np.empty(0)
    start = network.offset * 16
    result: npt.NDArray[np.uint8] = (
        octets[start : start + 16 * len(network)].astype(np.uint8, copy=False).reshape(-1, 16)
    )
    return result


def network_words(network: pa.Array) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Give the high and the low 64 bits of networks, in host order."""
    words = network_octets(network).view(">u8").astype(np.uint64)
    return words[:, 0], words[:, 1]


def network_array(octets: npt.NDArray[np.uint8]) -> pa.Array:
    """Give an (n, 16) array of octets as ``binary[16]``, the inverse of `network_octets`."""
    data = np.ascontiguousarray(octets, dtype=np.uint8)
    return pa.Array.from_buffers(pa.binary(16), len(data), [None, pa.py_buffer(data)])


def prefix_order(
    family: npt.NDArray[Any],
    network: pa.Array,
    length: npt.NDArray[Any],
    *then: npt.NDArray[Any],
) -> npt.NDArray[np.intp]:
    """Order of rows by family, network, length, and then by further keys.

    Notes
    -----
    O(n log n), stable.
    """
    high, low = network_words(network)
    return np.lexsort((*reversed(then), length, low, high, family))
