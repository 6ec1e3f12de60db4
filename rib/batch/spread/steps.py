"""The three steps of a job: pure functions of their arguments and of pieces, which give pieces."""

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.analysis.diversity import path_diversity
from rib.analysis.hegemony import as_hegemony
from rib.analysis.upstreams import upstream_preference
from rib.batch.spread.covers import origins_around, wide_prefixes
from rib.batch.spread.pieces import pack, unpack
from rib.batch.spread.shares import Tables, gather, join, share_of_origins, share_of_prefixes
from rib.exceptions import RibError
from rib.schema import LOADED
from rib.sources.mrt import read_mrt
from rib.table.arrays import column
from rib.table.hops import expand_ranges
from rib.table.peers import neighbour_bounds
from rib.table.receipt import LoadReceipt
from rib.table.rib import Rib

__all__ = ["STEPS", "run_step"]

_PARTS = ("routes", "prefixes", "as_paths")
Arguments = dict[str, Any]
Pieces = Sequence[Any]


def run_step(name: str, arguments: Arguments, pieces: Pieces) -> list[pa.Buffer]:
    """Run a step by its name, as a process that got it by wire does."""
    return STEPS[name](arguments, pieces)


class _Part(Rib):
    """Routes of a share with the peers of the whole: what a full feed is, no part can tell."""

    def __init__(self, tables: Tables, peers: pa.Table) -> None:
        one = pa.nulls(1)
        attributes = pa.table(
            [
                one.cast(field.type) if field.nullable else pa.array([False])
                for field in LOADED["attributes"]
            ],
            schema=LOADED["attributes"],
        )
        super().__init__({**tables, "attributes": attributes, "peers": peers}, LoadReceipt())


# -- read a dump ---------------------------------------------------------------------------------


def read(arguments: Arguments, pieces: Pieces) -> list[pa.Buffer]:
    """Read a dump and cut it: what it is, its peers and wide prefixes; then a piece for each share.

    A dump that cannot be read has no routes, and its account says why.
    """
    del pieces
    dump, n_shares = arguments["dump"], arguments["n_shares"]
    try:
        table = read_mrt(dump)
    except (OSError, RibError) as error:
        return [_account({"error": f"{type(error).__name__}: {error}"})] + [pa.py_buffer(b"")] * (
            n_shares
        )
    receipt = table.receipt
    account = {
        "n_routes": table.n_routes,
        "n_prefixes": table.n_prefixes,
        "n_peers": table.n_peers,
        "bytes_in": receipt.bytes_in,
        "routes_lost": receipt.routes_lost,
        "n_issues": receipt.issues.num_rows,
        "ok": receipt.ok,
    }
    tables = {name: getattr(table, name) for name in _PARTS}
    peers = table._listed_peers  # noqa: SLF001 - counts of one dump are not asked for
    first = pack(_json(account), peers, wide_prefixes(tables))
    share = share_of_prefixes(tables["prefixes"], n_shares)[
        column(tables["routes"], "prefix_id")
    ].astype(np.uint16)
    # Sorting 16 bits is linear, and keeps the order within a share.
    order = np.argsort(share, kind="stable")
    bounds = np.searchsorted(share[order], np.arange(n_shares + 1))
    return [first, *(_piece(tables, order[start:stop]) for start, stop in pairwise(bounds))]


def _account(given: dict[str, Any]) -> pa.Buffer:
    none = {name: LOADED[name].empty_table() for name in _PARTS}
    return pack(_json(given), LOADED["peers"].empty_table(), wide_prefixes(none))


def _json(given: dict[str, Any]) -> pa.Table:
    return pa.table({"json": pa.array([json.dumps(given)])})


def _piece(tables: Tables, rows: npt.NDArray[Any]) -> pa.Buffer:
    if not len(rows):
        return pa.py_buffer(b"")
    part = gather(tables, rows)
    return pack(*(part[name] for name in _PARTS))


# -- a share of the prefixes ---------------------------------------------------------------------


def prefixes(arguments: Arguments, pieces: Pieces) -> list[pa.Buffer]:
    """Join the routes of a share of the prefixes and measure what hangs on prefixes.

    Pieces: all peers; wide prefixes of all dumps; new ids of the peers of each dump; then what each
    dump has of the share. Gives the diversity by prefix, with columns to sort by; counts of the
    peers; then a piece for each share of the origins.
    """
    peers, wide, numbers = unpack(pieces[0])
    of_dump = column(numbers, "dump")
    new_id = column(numbers, "peer_id")
    parts = []
    for dump, piece in enumerate(pieces[1:]):
        part = _unpacked(piece)
        if part is not None:
            ids = new_id[of_dump == dump][column(part["routes"], "peer_id")]
            at = part["routes"].schema.get_field_index("peer_id")
            part["routes"] = part["routes"].set_column(at, "peer_id", pa.array(ids))
            parts.append(part)
    tables = join(parts)
    table = _Part(tables, peers)
    diversity = pa.table({})
    if "prefix" in arguments["by"]:
        diversity = _with_keys(path_diversity(table, by="prefix"), tables["prefixes"])
    result = [pack(diversity), pack(_counts(table, peers))]
    return result + _by_origin(tables, wide, arguments["n_shares_of_origins"])


def _unpacked(piece: Any) -> Tables | None:
    tables = unpack(piece)
    return dict(zip(_PARTS, tables, strict=True)) if tables else None


def _with_keys(frame: pd.DataFrame, prefixes: pa.Table) -> pa.Table:
    """Add network and length, by which the rows of all shares are sorted."""
    found = _as_table(frame)
    rows = pa.compute.index_in(found.column("prefix"), prefixes.column("text").combine_chunks())
    for name in ("network", "length"):
        found = found.append_column(f"_{name}", prefixes.column(name).take(rows))
    return found


def _as_table(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def _counts(table: Rib, peers: pa.Table) -> pa.Table:
    low, high = neighbour_bounds(peers, table.routes, table.as_paths)
    counted = table.peers.select(["n_prefixes4", "n_prefixes6"])
    return counted.append_column("low", pa.array(low)).append_column("high", pa.array(high))


def _by_origin(tables: Tables, wide: pa.Table, n_shares: int) -> list[pa.Buffer]:
    """Cut a piece for each share of the origins.

    It has all routes to the prefixes of these origins and to all more-specifics of them: in IPv4 a
    prefix weighs the addresses that no more-specific has.
    """
    if not n_shares:
        return []
    wanted = origins_around(tables, wide, n_shares)
    prefix_id = column(tables["routes"], "prefix_id")
    first = np.searchsorted(prefix_id, np.arange(len(wanted) + 1))
    result = []
    for of_share in wanted.T:
        rows = np.flatnonzero(of_share)
        _, routes = expand_ranges(first[rows], first[rows + 1])
        result.append(_piece(tables, routes))
    return result


# -- a share of the origins ----------------------------------------------------------------------


def origins(arguments: Arguments, pieces: Pieces) -> list[pa.Buffer]:
    """Join the routes of a share of the origins and measure what hangs on origins.

    Pieces: all peers with their counts; then what each share of the prefixes has of this one. Gives
    diversity, upstream preference and hegemony.
    """
    (peers,) = unpack(pieces[0])
    parts = [part for piece in pieces[1:] if (part := _unpacked(piece)) is not None]
    tables = join(parts)
    known = tables["as_paths"].column("origin_as")
    asns = known.fill_null(0).to_numpy()
    ours = known.is_valid().to_numpy() & (
        share_of_origins(asns, arguments["n_shares"]) == arguments["share"]
    )
    rows = np.flatnonzero(ours[column(tables["routes"], "as_path_id")])
    own = _with_peers(join([gather(tables, rows)]), peers)
    scope = np.unique(asns[ours]).tolist()
    return [
        pack(_as_table(path_diversity(own, by="origin_as"))),
        pack(_as_table(upstream_preference(own))),
        pack(_as_table(as_hegemony(_with_peers(tables, peers), scope=scope))),
    ]


def _with_peers(tables: Tables, peers: pa.Table) -> Rib:
    table = _Part(tables, peers)
    vars(table)["peers"] = peers  # as they were counted over all shares
    return table


STEPS: dict[str, Callable[[Arguments, Pieces], list[pa.Buffer]]] = {
    "read": read,
    "prefixes": prefixes,
    "origins": origins,
}
