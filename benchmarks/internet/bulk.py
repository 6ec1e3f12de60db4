"""Draws and byte copies for millions of rows at once.

`draw` is a counter-based generator: a number depends on its stream, its row and the seed alone, so
that a table comes out byte for byte equal whatever the chunk size or the version of NumPy.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Bytes", "Ints", "below", "copy_pieces", "draw", "render", "starts_of", "weighted"]

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_STEP = np.uint64(0x9E3779B97F4A7C15)


def _mix(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scramble 64 bits: the finaliser of SplitMix64."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def draw(stream: str, seed: int, *rows: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """Give 64 random bits for each row, named by any number of parallel integer columns."""
    name = int.from_bytes(stream.encode()[-8:].rjust(8, b"\0"), "big")
    start = np.uint64((name * 31 + seed * 1_000_003) % (1 << 64))
    state = np.full(np.broadcast_shapes(*(r.shape for r in rows)), start, dtype=np.uint64)
    for row in rows:
        state = _mix((state ^ row.astype(np.uint64)) + _STEP)
    return state


def below(bits: npt.NDArray[np.uint64], limit: int | Ints) -> Ints:
    """Turn random bits into integers in [0, limit)."""
    fraction = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return (fraction * limit).astype(np.int64)


def weighted(bits: npt.NDArray[np.uint64], weights: list[float]) -> Ints:
    """Turn random bits into positions in `weights`, in proportion to them."""
    edges = np.cumsum(np.array(weights) / sum(weights))[:-1]
    fraction = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return np.searchsorted(edges, fraction, side="right").astype(np.int64)


def starts_of(lengths: Ints) -> Ints:
    """Offsets of consecutive pieces, and the end of the last."""
    return np.concatenate([[0], np.cumsum(lengths)])


def copy_pieces(out: Bytes, to: Ints, heap: Bytes, start: Ints, lengths: Ints) -> None:
    """Copy ``heap[start : start + length]`` to ``out[to : to + length]`` for every piece."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    at = np.arange(total) + np.repeat(start - (ends - lengths), lengths)
    octets = heap[at]
    at += np.repeat(to - start, lengths)
    out[at] = octets


def render(columns: list[tuple[Ints, int]]) -> Bytes:
    """Give rows of big-endian integers, each column (values, octets), as a matrix of octets."""
    parts = [
        values[:, None] >> np.arange(8 * (n - 1), -1, -8, dtype=np.int64) & 0xFF
        for values, n in columns
    ]
    return np.concatenate(parts, axis=1).astype(np.uint8)
