"""Sets of packed 64-bit keys as sorted arrays: the set algebra of every table-scale computation.

`numpy.unique` hashes since 2.3, which on millions of distinct 64-bit keys takes some ten times as
long as sorting them; hence `distinct`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["count_distinct", "distinct", "find", "is_in", "pack", "unpack"]

Keys = npt.NDArray[np.uint64]

_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


def pack(high: npt.NDArray[Any], low: npt.NDArray[Any]) -> Keys:
    """Pack two arrays of 32-bit numbers into keys that sort by ``high``, then ``low``."""
    result: Keys = np.asarray(high).astype(np.uint64) << _SHIFT | np.asarray(low).astype(np.uint64)
    return result


def unpack(keys: Keys) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Give the two halves of keys, the high one as an index, the low one as an AS number."""
    return (keys >> _SHIFT).astype(np.int64), (keys & _LOW).astype(np.uint32)


def distinct(keys: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give the distinct values, ascending. O(n log n)."""
    keys = np.sort(keys)
    if not len(keys):
        return keys
    new = np.empty(len(keys), bool)
    new[0] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]


def count_distinct(
    row: npt.NDArray[Any], value: npt.NDArray[Any], n: int, n_values: int
) -> npt.NDArray[np.int64]:
    """Count the distinct values of each row: rows are below ``n``, values below ``n_values``."""
    key = row.astype(np.int64, copy=False) * n_values + value
    if n * n_values <= 8 * len(key) + (1 << 20):  # a table of marks is no larger than the keys
        marks = np.zeros((n, n_values), dtype=bool)
        marks.ravel()[key] = True
        return np.bincount(np.nonzero(marks)[0], minlength=n)
    return np.bincount(distinct(key) // n_values, minlength=n)


def find(keys: npt.NDArray[Any], among: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Give the position of each key among sorted distinct ones, -1 where it is not there."""
    if not len(among):
        return np.full(len(keys), -1, np.int64)
    at = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    return np.where(among[at] == keys, at, -1).astype(np.int64)


def is_in(keys: npt.NDArray[Any], among: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Say which keys are among sorted distinct ones."""
    result: npt.NDArray[np.bool_] = find(keys, among) >= 0
    return result
