"""Two sets of interned tables as one: prefixes, AS paths and attribute sets of a `Rib` and of others."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.table.arrays import column

__all__ = ["append", "merge_attributes", "merge_paths", "merge_prefixes"]

Ids = npt.NDArray[np.uint32]


def _prefix_keys(prefixes: pa.Table) -> npt.NDArray[Any]:
    """Give prefixes as 18 octets, which compare as prefixes do."""
    n = prefixes.num_rows
    octets = np.empty((n, 18), dtype=np.uint8)
    octets[:, 0] = column(prefixes, "family")
    network = prefixes.column("network").combine_chunks()
    values = np.frombuffer(network.buffers()[1] or b"", dtype=np.uint8)
    start = network.offset * 16
    octets[:, 1:17] = values[start : start + n * 16].reshape(n, 16)
    octets[:, 17] = column(prefixes, "length")
    return octets.view("S18").reshape(n)


def merge_prefixes(own: pa.Table, other: pa.Table) -> tuple[pa.Table, Ids, Ids]:
    """Give the sorted, distinct prefixes of both, and the new id of each prefix of either.

    Notes
    -----
    O(own + other x log own): both are sorted already, so nothing is sorted again.
    """
    keys, others = _prefix_keys(own), _prefix_keys(other)
    at = np.searchsorted(keys, others)
    known = at < len(keys)
    known[known] = keys[at[known]] == others[known]
    # A prefix moves up by the number of new ones before it.
    new_at = at[~known]
    own_ids = np.arange(len(keys)) + np.searchsorted(new_at, np.arange(len(keys)), side="right")
    other_ids = at + np.cumsum(~known) - ~known
    merged = append(own, other.filter(pa.array(~known)))
    order = np.empty(merged.num_rows, dtype=np.int64)
    order[own_ids] = np.arange(len(keys))
    order[other_ids[~known]] = len(keys) + np.arange(len(new_at))
    return (
        merged.take(pa.array(order)).combine_chunks(),
        own_ids.astype(np.uint32),
        other_ids.astype(np.uint32),
    )


def _as_octets(array: pa.Array, values: npt.NDArray[Any]) -> pa.Array:
    """Give lists of numbers as binary values, without a copy of the numbers."""
    offsets = array.offsets.to_numpy().astype(np.int64) * values.itemsize
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(values))]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(array), buffers)


def _path_keys(as_paths: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Give hops and segments of every path, each as one binary value."""
    hops = as_paths.column("hops").combine_chunks()
    segments = as_paths.column("segments").combine_chunks()
    pairs = np.empty((len(segments.values), 2), dtype=np.uint8)
    for at, name in enumerate(("kind", "count")):
        pairs[:, at] = segments.values.field(name).to_numpy()
    return _as_octets(hops, hops.values.to_numpy()), _as_octets(segments, pairs.view(np.uint16))


def merge_paths(own: pa.Table, other: pa.Table) -> tuple[pa.Table, Ids]:
    """Give the distinct paths, own ones first and unmoved, and the new id of each other path.

    Notes
    -----
    O(own + other).
    """
    codes = [
        pa.chunked_array([mine, yours]).combine_chunks().dictionary_encode().indices.to_numpy()
        for mine, yours in zip(_path_keys(own), _path_keys(other), strict=True)
    ]
    keys = codes[0].astype(np.uint64) << np.uint64(32) | codes[1].astype(np.uint64)
    return _merged(own, other, keys)


def merge_attributes(own: pa.Table, other: pa.Table) -> tuple[pa.Table, Ids]:
    """Give the distinct attribute sets, own ones first and unmoved, and the new id of each other set.

    Sets that a load keeps apart because their octets differ, and no column, are one where they meet.

    Notes
    -----
    O(own + other), column by column.
    """
    both = append(own, other)
    keys = np.zeros(both.num_rows, dtype=np.int64)
    for column_ in both.columns:
        if column_.null_count < len(column_):
            keys = _combined(keys, _value_codes(column_.combine_chunks()))
    return _merged(own, other, keys)


def _merged(own: pa.Table, other: pa.Table, keys: npt.NDArray[Any]) -> tuple[pa.Table, Ids]:
    """Append the rows of ``other`` whose key is new, and give the id of each; own rows stay."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    n = own.num_rows
    of_other = first[inverse[n:]]  # where a row stands first: among own ones, or among the others
    is_new = of_other == np.arange(n, len(keys))
    new_id = np.where(np.arange(len(keys)) < n, np.arange(len(keys)), 0)
    new_id[n:][is_new] = n + np.arange(np.count_nonzero(is_new))
    return append(own, other.filter(pa.array(is_new))), new_id[of_other].astype(np.uint32)


def _combined(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give a small number to each distinct pair."""
    if not len(other) or not other.any():
        return one
    return pd.factorize(one * (int(other.max()) + 1) + other)[0].astype(np.int64)


def _value_codes(array: pa.Array) -> npt.NDArray[np.int64]:
    """Give a small number to each distinct value, lists and structs included; 0 for null."""
    if pa.types.is_dictionary(array.type):
        of_label = _value_codes(array.dictionary)
        known = array.indices.is_valid().to_numpy(zero_copy_only=False)
        label = array.indices.fill_null(0).to_numpy()
        return np.where(known, of_label[label], 0) if len(of_label) else np.zeros(len(array), int)
    if pa.types.is_struct(array.type):
        codes = np.zeros(len(array), dtype=np.int64)
        for field in array.flatten():
            codes = _combined(codes, _value_codes(field))
        return codes + 1
    if pa.types.is_fixed_size_list(array.type):
        items = _value_codes(array.flatten()).reshape(len(array), -1)
        codes = np.zeros(len(array), dtype=np.int64)
        for item in items.T:
            codes = _combined(codes, item)
        return codes + 1
    if pa.types.is_list(array.type):
        octets = _as_octets(array, _value_codes(array.values)).dictionary_encode().indices
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        return np.where(valid, octets.to_numpy() + 1, 0).astype(np.int64)
    indices = array.dictionary_encode().indices.cast(pa.int64())
    return np.asarray(indices.fill_null(-1).to_numpy()) + 1


def append(own: pa.Table, other: pa.Table) -> pa.Table:
    """Give the rows of both in one chunk, their dictionaries made one."""
    both = pa.concat_tables([own, other.select(own.column_names)])
    return both.unify_dictionaries().combine_chunks()
