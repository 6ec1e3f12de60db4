"""The routes of a `Rib`, or the changes of `Updates`, in the common form."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rib.sources.verify.route import Route, address, path_text, prefix
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["own_changes", "own_routes"]

_STRETCH = 10_000
_KEY = ["prefix", "peer_ip", "peer_as", "add_path_id"]
_ATTRIBUTES = ["as_path", "origin", "next_hop", "med", "local_pref", "communities"]


def own_routes(table: Rib) -> Iterator[Route]:
    """Give every route of a table: an object each, for the start of a file.

    A peer's AS is what the file says: 0 where it was inferred. A router's own routes are left out where
    their peer index is none of the file's, since no other reader knows whose they are.
    """
    peers = table.peers.to_pylist()
    inferred = {(p["peer_ip"], p["peer_as"]) for p in peers if p["peer_as_inferred"]}
    hidden = "local_peer_index" in table.receipt.quirks
    nobody = {(p["peer_ip"], p["peer_as"]) for p in peers if p["is_local"] and hidden}
    for where, peer_ip, peer_as, path_id, *attributes in _rows(
        table.to_arrow(), [*_KEY, *_ATTRIBUTES]
    ):
        if (peer_ip, peer_as) in nobody:
            continue
        in_file = 0 if (peer_ip, peer_as) in inferred else peer_as
        yield _route((where, peer_ip, in_file, path_id), attributes)


def own_changes(updates: Updates) -> Iterator[Route]:
    """Give every announcement and withdrawal; changes of state are left out."""
    labelled = updates.to_arrow()
    labelled = labelled.filter(pc.not_equal(labelled.column("kind").cast(pa.utf8()), "state"))
    seconds = pc.floor(pc.divide(labelled.column("time").cast(pa.int64()), 1_000_000))
    labelled = labelled.append_column("seconds", seconds)
    for time, kind, where, peer_ip, peer_as, path_id, *attributes in _rows(
        labelled, ["seconds", "kind", *_KEY, *_ATTRIBUTES]
    ):
        key = where, peer_ip, peer_as, path_id
        if kind == "withdraw":
            yield Route.withdrawn(prefix(where), address(peer_ip), peer_as, path_id, int(time))
        else:
            yield _route(key, attributes)._replace(time=int(time))


def _rows(labelled: pa.Table, names: list[str]) -> Iterator[tuple[Any, ...]]:
    labelled = labelled.select(names)
    for start in range(0, labelled.num_rows, _STRETCH):
        columns = labelled.slice(start, _STRETCH).to_pydict()
        yield from zip(*(columns[name] for name in names), strict=True)


def _route(key: tuple[str, str, int, int | None], attributes: list[Any]) -> Route:
    where, peer_ip, peer_as, path_id = key
    as_path, origin, hop, med, local_pref, communities = attributes
    return Route(
        prefix(where),
        address(peer_ip),
        peer_as,
        path_id,
        path_text(as_path),
        origin,
        None if hop is None else address(hop),
        med,
        local_pref,
        tuple(communities or ()),
    )
