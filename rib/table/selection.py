"""A smaller `Rib`: some routes, and only what they refer to."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import column

if TYPE_CHECKING:
    from rib._backend import core

__all__ = ["compact", "route_mask"]


def as_list(name: str, given: Iterable[Any]) -> list[Any]:
    """Give an argument that must hold several values as a list."""
    if isinstance(given, str | bytes | int) or not isinstance(given, Iterable):
        raise TypeError(f"{name}={given!r}: expected a list, found one {type(given).__name__}")
    return list(given)


def route_mask(
    tables: dict[str, pa.Table],
    index: "core.PrefixIndex | None",
    *,
    family: int | None,
    peers: Iterable[int | str] | None,
    origin_as: Iterable[int] | None,
    prefixes: Iterable[str] | None,
) -> npt.NDArray[np.bool_]:
    """Mark the routes that pass every condition given."""
    routes = tables["routes"]
    mask = np.ones(routes.num_rows, dtype=bool)
    prefix_id = column(routes, "prefix_id")
    if family is not None:
        if family not in (4, 6):
            raise ValueError(f"family={family!r}: expected 4 or 6")
        mask &= (column(tables["prefixes"], "family") == family)[prefix_id]
    if peers is not None:
        mask &= _peers(tables["peers"], as_list("peers", peers))[column(routes, "peer_id")]
    if origin_as is not None:
        wanted = pa.array(as_list("origin_as", origin_as), pa.uint32())
        origins = tables["as_paths"].column("origin_as").combine_chunks()
        # is_in calls null a member of nothing, which is what an AS_SET origin is here.
        known = pa.compute.is_in(origins, value_set=wanted).to_numpy(zero_copy_only=False)
        mask &= known[column(routes, "as_path_id")]
    if prefixes is not None and index is not None:
        inside = np.zeros(tables["prefixes"].num_rows, dtype=bool)
        for prefix in as_list("prefixes", prefixes):
            start, stop = index.more_specifics(str(prefix))
            exact = index.get(str(prefix))
            inside[start:stop] = True
            if exact >= 0:
                inside[exact] = True
        mask &= inside[prefix_id]
    return mask


def _peers(peers: pa.Table, wanted: list[int | str]) -> npt.NDArray[np.bool_]:
    chosen = np.zeros(peers.num_rows, dtype=bool)
    peer_as = column(peers, "peer_as")
    peer_ip = np.array(peers.column("peer_ip").to_pylist(), dtype=object)
    for peer in wanted:
        chosen |= (peer_ip == peer) if isinstance(peer, str) else (peer_as == peer)
    return chosen


def compact(tables: dict[str, pa.Table], mask: npt.NDArray[np.bool_]) -> dict[str, pa.Table]:
    """Keep the marked routes and the rows they refer to, renumbered in the same order.

    Peers keep all their rows: a vantage point that has no route to what was selected is a fact.
    """
    routes = tables["routes"].filter(pa.array(mask)).combine_chunks()
    result = dict(tables)
    for name, key in (
        ("prefixes", "prefix_id"),
        ("as_paths", "as_path_id"),
        ("attributes", "attributes_id"),
    ):
        ids = column(routes, key)
        used = np.zeros(tables[name].num_rows, dtype=bool)
        used[ids] = True
        result[name] = tables[name].filter(pa.array(used)).combine_chunks()
        new_id = np.cumsum(used, dtype=np.int64) - 1
        renumbered = pa.array(new_id[ids].astype(np.uint32))
        at = routes.schema.get_field_index(key)
        routes = routes.set_column(at, routes.schema.field(at), renumbered)
    result["routes"] = routes
    return result
