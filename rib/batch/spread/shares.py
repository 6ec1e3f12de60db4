"""Which share a prefix or an origin AS is in, and the routes of a share as tables of their own.

Shares hang on addresses and AS numbers and on nothing else, so who computes them changes nothing.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.schema import LOADED, ROUTES
from rib.table.arrays import column
from rib.table.merging import append, merge_paths
from rib.table.networks import network_words, prefix_order
from rib.table.route_keys import sorted_routes

__all__ = ["WIDE", "Tables", "gather", "join", "share_of_origins", "share_of_prefixes"]

#: IPv4 prefixes that begin with the same 16 bits are in one share. Those shorter than that have
#: more-specifics in other shares.
WIDE = 16
#: IPv6 prefixes that begin with the same 32 bits are in one share.
_CELL6 = 32

#: ``routes``, ``prefixes`` and ``as_paths``.
Tables = dict[str, pa.Table]
Ints = npt.NDArray[Any]

#: All that the analyses ask of a route.
_SENT = ("prefix_id", "peer_id", "as_path_id")


def _spread(numbers: Ints, n: int) -> npt.NDArray[np.intp]:
    """Give each number one of ``n`` shares: Knuth's multiplicative hashing."""
    mixed = (numbers.astype(np.uint64) * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    return ((mixed >> np.uint64(8)) % np.uint64(n)).astype(np.intp)


def share_of_prefixes(prefixes: pa.Table, n: int) -> npt.NDArray[np.intp]:
    """Give the share, below ``n``, of each prefix."""
    high, _ = network_words(prefixes.column("network"))
    is_v6 = column(prefixes, "family") == 6
    cell = np.where(is_v6, high >> np.uint64(64 - _CELL6), high >> np.uint64(64 - WIDE))
    return _spread(cell, n)


def share_of_origins(asns: Ints, n: int) -> npt.NDArray[np.intp]:
    """Give the share, below ``n``, of each AS."""
    return _spread(asns, n)


def gather(tables: Tables, rows: Ints) -> Tables:
    """Give some routes, and the prefixes and paths they refer to, renumbered in the same order."""
    routes = {name: column(tables["routes"], name)[rows] for name in _SENT}
    result = {}
    for name, key in (("prefixes", "prefix_id"), ("as_paths", "as_path_id")):
        used, ids = np.unique(routes[key], return_inverse=True)
        result[name] = tables[name].take(pa.array(used)).combine_chunks()
        routes[key] = ids.astype(np.uint32)
    return {"routes": pa.table(routes), **result}


def join(parts: list[Tables]) -> Tables:
    """Give the routes of several parts as one, ids renumbered, sorted as the routes of a table are.

    Notes
    -----
    Paths are in order of first appearance. O(n log n) in the rows of all parts, however many parts
    there are.
    """
    prefixes, prefix_id = _distinct([part["prefixes"] for part in parts])
    paths = [part["as_paths"] for part in parts]
    none = LOADED["as_paths"].empty_table()
    as_paths, path_id = merge_paths(none, _stacked(paths, none))
    numbers = {
        "prefix_id": prefix_id[_from_all(parts, "prefixes", "prefix_id")],
        "peer_id": np.concatenate(
            [column(part["routes"], "peer_id") for part in parts] or [np.zeros(0)]
        ),
        "as_path_id": path_id[_from_all(parts, "as_paths", "as_path_id")],
    }
    n = len(numbers["peer_id"])
    columns = [
        pa.array(numbers[field.name]).cast(field.type)
        if field.name in numbers
        else _absent(field, n)
        for field in ROUTES
    ]
    routes = sorted_routes(pa.table(columns, schema=ROUTES))
    return {"routes": routes, "prefixes": prefixes, "as_paths": as_paths}


def _absent(field: pa.Field, n: int) -> pa.Array:
    """Fill a column that no analysis here asks for."""
    return pa.nulls(n, field.type) if field.nullable else pa.array(np.zeros(n)).cast(field.type)


def _stacked(tables: list[pa.Table], none: pa.Table) -> pa.Table:
    return append(none, pa.concat_tables([none, *(t.select(none.column_names) for t in tables)]))


def _from_all(parts: list[Tables], name: str, key: str) -> npt.NDArray[np.int64]:
    """Rows of the tables of this name, one behind the other, that the routes refer to."""
    ids, start = [np.zeros(0, dtype=np.int64)], 0
    for part in parts:
        ids.append(column(part["routes"], key).astype(np.int64) + start)
        start += part[name].num_rows
    return np.concatenate(ids)


def _distinct(tables: list[pa.Table]) -> tuple[pa.Table, Ints]:
    """Give the sorted, distinct prefixes, and the new id of each."""
    all_ = _stacked(tables, LOADED["prefixes"].empty_table())
    if not all_.num_rows:
        return all_, np.zeros(0, dtype=np.int64)
    network = all_.column("network").combine_chunks()
    family, length = column(all_, "family"), column(all_, "length")
    order = prefix_order(family, network, length)
    keys = np.stack([family.astype(np.uint64), *network_words(network), length.astype(np.uint64)])
    keys = keys[:, order]
    is_new = np.concatenate([[True], (keys[:, 1:] != keys[:, :-1]).any(axis=0)])
    ids = np.empty(len(order), dtype=np.int64)
    ids[order] = np.cumsum(is_new) - 1
    return all_.take(pa.array(order[is_new])).combine_chunks(), ids
