"""A smaller `Rib`: some routes, and only what they refer to."""

import ipaddress
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib._backend import core
from rib.exceptions import PrefixError
from rib.table.arrays import column
from rib.table.networks import prefix_columns

__all__ = ["as_list", "as_number", "as_numbers", "compact", "index_of_peers", "route_mask"]


def as_list(name: str, given: Iterable[Any]) -> list[Any]:
    """Give an argument that must hold several values as a list."""
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        shown = " ".join(repr(given).split())[:80]
        raise TypeError(f"{name}={shown}: expected a list, found one {type(given).__name__}")
    return [value.as_py() if isinstance(value, pa.Scalar) else value for value in given]


def as_numbers(name: str, given: Iterable[Any]) -> npt.NDArray[np.uint32]:
    """Give an argument that must hold AS numbers as an array."""
    asns = as_list(name, given)
    for asn in asns:
        if isinstance(asn, bool) or not isinstance(asn, Integral):
            raise TypeError(f"{name} holds {asn!r}: expected AS numbers as integers")
        if not 0 <= int(asn) <= 0xFFFFFFFF:
            raise ValueError(f"{name} holds {asn}: expected 0 to 4294967295")
    return np.array(asns, dtype=np.uint32)


def as_number(name: str, given: object) -> int:
    """Give an argument that must be one AS number."""
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise TypeError(f"{name}={given!r}: expected an AS number as an integer")
    if not 0 <= int(given) <= 0xFFFFFFFF:
        raise ValueError(f"{name}={given!r}: expected 0 to 4294967295")
    return int(given)


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
        wanted = pa.array(as_numbers("origin_as", origin_as))
        origins = tables["as_paths"].column("origin_as").combine_chunks()
        # A null origin (AS_SET) is in no list of numbers.
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
        if isinstance(peer, str):
            try:
                address = ipaddress.ip_address(peer)
            except ValueError:
                raise PrefixError(
                    f"peers holds {peer!r}: expected AS numbers or peer addresses"
                ) from None
            chosen |= np.array([ipaddress.ip_address(ip) == address for ip in peer_ip], dtype=bool)
        else:
            chosen |= peer_as == as_numbers("peers", [peer])[0]
    return chosen


def index_of_peers(
    routes: pa.Table, prefixes: pa.Table, peers: pa.Table, wanted: list[int | str]
) -> "core.PrefixIndex":
    """Index the prefixes that some peers send, by their ids in the whole table."""
    sent = np.zeros(prefixes.num_rows, dtype=bool)
    chosen = _peers(peers, wanted)[column(routes, "peer_id")]
    sent[column(routes, "prefix_id")[chosen]] = True
    ids = pa.array(np.flatnonzero(sent).astype(np.uint32))
    return core.PrefixIndex(*prefix_columns(prefixes.take(ids)), ids)


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
