"""`rib.concat`: the tables of several collectors, or of several dumps, as one."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.schema import LOADED, PEERS
from rib.table.arrays import column
from rib.table.merging import append, merge_attributes, merge_paths, merge_prefixes
from rib.table.receipt import LoadReceipt
from rib.table.repeated import repeated_peers, repetitions
from rib.table.rib import Rib
from rib.table.route_keys import sorted_routes
from rib.table.selection import as_list

__all__ = ["concat", "merge_peers"]

_INFERRED = PEERS.field("peer_as_inferred")
#: More are not numbered by 16 bits.
_MAX_PEERS = 65535
#: What tells a peer from others of a load.
_IDENTITY = ("collector", "peer_as", "peer_ip", "bgp_id", "record_type")
_LOCATION = ("latitude", "longitude")

Ids = npt.NDArray[Any]


def concat(tables: Iterable[Rib]) -> Rib:
    """Give the routes of several tables as one `Rib`: what `rib.read_mrt` gives of all their files.

    Parameters
    ----------
    tables : iterable of Rib
        Tables of collectors, or of dumps of one collector, in the order that ids and rows follow.

    Returns
    -------
    Rib
        Peers of different collectors stay apart, and `peers` links them by AS. Peers, prefixes, AS
        paths and attribute sets that several tables have are one row, those of earlier tables first;
        routes are sorted as always, those of earlier tables before their repetitions. The receipt has
        the files, issues and quirks of all.

    Raises
    ------
    TypeError
        Something else than a list of tables.
    ValueError
        No table, or more than 65,535 peers.

    Notes
    -----
    A route that several tables have stays as often as they have it: quirks ``duplicate_route`` and
    ``peer_in_several_files`` of the receipt count such routes and their peers, as for a load. Attribute sets that differ in no
    column are one, where a load of the files keeps apart those whose octets differ.

    O(rows of all tables), and a sort of their routes. Two tables of 4.9M routes take 1.5 to 3 s.

    Examples
    --------
    >>> import rib
    >>> files = ["data/sample-mrt/collector.20250121.1200.mrt.bz2", "data/sample-mrt/own.20250121.1200.mrt.gz"]
    >>> table = rib.concat([rib.read_mrt(file) for file in files])
    >>> table.n_routes == rib.read_mrt(files).n_routes
    True
    """
    given = as_list("tables", tables)
    for number, table in enumerate(given):
        if not isinstance(table, Rib):
            raise TypeError(
                f"tables[{number}]=<{type(table).__name__}>: expected Rib, as read_mrt returns"
            )
    if not given:
        raise ValueError("tables=[]: expected at least one table")
    joined = _joined(given)
    return Rib(joined, _receipt(given, joined))


def _joined(tables: list[Rib]) -> dict[str, pa.Table]:
    """Give the tables of all, ids renumbered."""
    peers, peer_ids = merge_peers([t._listed_peers for t in tables])  # noqa: SLF001 - not their counts
    prefixes, prefix_ids = _prefixes([t.prefixes for t in tables])
    as_paths, path_ids = _folded(merge_paths, [t.as_paths for t in tables])
    attributes, set_ids = _folded(merge_attributes, [t.attributes for t in tables])
    parts = []
    for number, table in enumerate(tables):
        routes = table.routes
        for name, ids in (
            ("prefix_id", prefix_ids),
            ("peer_id", peer_ids),
            ("as_path_id", path_ids),
            ("attributes_id", set_ids),
        ):
            at = routes.schema.get_field_index(name)
            field = routes.schema.field(at)
            renumbered = pa.array(ids[number][column(routes, name)]).cast(field.type)
            routes = routes.set_column(at, field, renumbered)
        parts.append(routes)
    routes = (
        parts[0] if len(parts) == 1 else sorted_routes(pa.concat_tables(parts).combine_chunks())
    )
    return {
        "routes": routes,
        "prefixes": prefixes,
        "as_paths": as_paths,
        "attributes": attributes,
        "peers": peers,
    }


def _folded(merge: Any, tables: list[pa.Table]) -> tuple[pa.Table, list[Ids]]:
    """Merge tables one after the other; rows stay where they are, so ids of earlier ones hold."""
    result, ids = tables[0], [np.arange(tables[0].num_rows)]
    for table in tables[1:]:
        result, of_table = merge(result, table)
        ids.append(of_table)
    return result, ids


def _prefixes(tables: list[pa.Table]) -> tuple[pa.Table, list[Ids]]:
    """Merge sorted prefixes; each merge moves the ids of those before it."""
    result, ids = tables[0], [np.arange(tables[0].num_rows)]
    for table in tables[1:]:
        result, moved, of_table = merge_prefixes(result, table)
        ids = [*(moved[before] for before in ids), of_table]
    return result, ids


# -- peers ---------------------------------------------------------------------------------------


def merge_peers(tables: list[pa.Table]) -> tuple[pa.Table, list[Ids]]:
    """Give the distinct peers of several tables, and the new id of each peer of each table.

    They are in order of first appearance, and the last word on a place counts.
    """
    everyone = reduce(append, (_with_inferred(peers) for peers in tables))
    rows = zip(*(everyone.column(name).to_pylist() for name in _IDENTITY), strict=True)
    number: dict[tuple[Any, ...], int] = {}
    ids = np.array([number.setdefault(row, len(number)) for row in rows], dtype=np.int64)
    if len(number) > _MAX_PEERS:
        raise ValueError(
            f"tables: {len(number)} peers together, expected at most {_MAX_PEERS}: concatenate fewer"
        )
    located = np.zeros(len(ids), dtype=bool)
    for name in _LOCATION:
        located |= everyone.column(name).combine_chunks().is_valid().to_numpy(zero_copy_only=False)
    first = np.unique(ids, return_index=True)[1]
    place = first.copy()
    place[ids[located]] = np.flatnonzero(located)
    result = everyone.take(pa.array(first))
    for name in _LOCATION:
        at = result.schema.get_field_index(name)
        told = everyone.column(name).combine_chunks().take(pa.array(place))
        result = result.set_column(at, result.schema.field(at), told)
    ends = np.cumsum([len(peers) for peers in tables])
    return result, np.split(ids, ends[:-1])


def _with_inferred(peers: pa.Table) -> pa.Table:
    names = list(LOADED["peers"].names)
    if _INFERRED.name in peers.column_names:
        return peers.select([*names, _INFERRED.name])
    told = pa.array(np.zeros(len(peers), dtype=bool))
    return peers.select(names).append_column(_INFERRED, told)


# -- receipt -------------------------------------------------------------------------------------


def _receipt(given: list[Rib], joined: dict[str, pa.Table]) -> LoadReceipt:
    """Join the receipts; what is counted over all inputs is counted again."""
    receipt = reduce(LoadReceipt.joined, (table.receipt for table in given))
    files = [{"collector": f.collector, "routes_kept": f.routes_kept} for f in receipt.files]
    overall = {
        "duplicate_route": int(np.count_nonzero(repetitions(joined["routes"]))),
        "peer_in_several_files": repeated_peers(joined, files),
        "peer_as_inferred": int(np.count_nonzero(column(joined["peers"], _INFERRED.name))),
    }
    quirks = {name: n for name, n in receipt.quirks.items() if name not in overall}
    quirks |= {name: n for name, n in overall.items() if n}
    return LoadReceipt(receipt.files, receipt.issues, quirks, receipt.passed_over)
