"""mrtparse, in pure Python: a tree of dictionaries per record."""

import ipaddress
import signal
from collections.abc import Iterable, Iterator
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any

from rib.sources.verify.route import (
    AbsentError,
    Oracle,
    Route,
    address,
    communities,
    path_text,
    prefix,
)

__all__ = ["Mrtparse", "import_reader"]

_BRACKETS = {1: ("{", ",", "}"), 2: ("", " ", ""), 3: ("(", " ", ")"), 4: ("[", ",", "]")}


class Mrtparse(Oracle):
    """The package mrtparse, where it is installed."""

    name = "mrtparse"

    def __init__(self) -> None:
        self._n_records = 0

    def version(self) -> str:
        """Give the version of the package."""
        try:
            return metadata.version("mrtparse")
        except metadata.PackageNotFoundError:
            raise AbsentError("the package mrtparse is not installed") from None

    def routes(self, path: Path) -> Iterator[Route]:
        """Read the records one by one."""
        self._n_records = 0
        reader = import_reader()(str(path))
        # Its own `close` raises StopIteration.
        with closing(reader.f):
            yield from self._routes(reader)

    def _routes(self, reader: Iterable[Any]) -> Iterator[Route]:
        peers: list[dict[str, Any]] = []
        for record in reader:
            self._n_records += 1
            if record.err:
                raise RuntimeError(f"record {self._n_records - 1}: {record.err_msg}")
            data = record.data
            if "peer_entries" in data:
                peers = data["peer_entries"]
            elif "rib_entries" in data and "prefix" in data:
                where = prefix(f"{data['prefix']}/{data['length']}")
                for entry in data["rib_entries"]:
                    # A route of a peer that is not listed is nobody's.
                    if entry["peer_index"] < len(peers):
                        yield _route(where, peers[entry["peer_index"]], entry)
            elif "bgp_message" in data:
                yield from _changes(data)
            elif "view_number" in data:
                where = prefix(f"{data['prefix']}/{data['length']}")
                yield _route(where, {**data, "peer_ip": _v1_peer(data)}, data)

    def n_records(self) -> int | None:
        """Count the records of the last file."""
        return self._n_records


def import_reader() -> Any:
    """Import ``mrtparse.Reader``, and undo what else the import does.

    It lets the system end the process on SIGPIPE: from then on any write to a connection that the
    other side closed would be the silent end of a notebook or a job.
    """
    before = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None
    try:
        from mrtparse import Reader
    finally:
        if before is not None:
            signal.signal(signal.SIGPIPE, before)
    return Reader


def _v1_peer(data: dict[str, Any]) -> str:
    """Give the peer of a TABLE_DUMP record.

    Of the sixteen octets in a record of an IPv6 route mrtparse takes four for an IPv4 address where
    the rest are zero; in the record it is an IPv6 address.
    """
    peer: str = data["peer_ip"]
    if ":" in data["prefix"] and ":" not in peer:
        return str(ipaddress.IPv6Address(ipaddress.IPv4Address(peer).packed + bytes(12)))
    return peer


def _changes(data: dict[str, Any]) -> Iterator[Route]:
    """Give what a BGP4MP record withdraws and announces."""
    message = data["bgp_message"]
    values: dict[int, Any] = {}
    for attribute in message.get("path_attributes", ()):
        values.setdefault(next(iter(attribute["type"])), attribute["value"])
    time, peer = next(iter(data["timestamp"])), (address(data["peer_ip"]), int(data["peer_as"]))
    withdrawn = values.get(15, {}).get("withdrawn_routes", ())
    for nlri in (*message.get("withdrawn_routes", ()), *withdrawn):
        yield Route.withdrawn(_prefix(nlri), *peer, nlri.get("path_id"), time)
    # The next hop of MP_REACH_NLRI is that of its own prefixes alone.
    for announced, apart in (
        (message.get("nlri", ()), 14),
        (values.get(14, {}).get("nlri", ()), 3),
    ):
        own = [a for a in message.get("path_attributes", ()) if next(iter(a["type"])) != apart]
        for nlri in announced:
            entry = {"path_attributes": own, "path_id": nlri.get("path_id")}
            yield _route(_prefix(nlri), data, entry)._replace(time=time)


def _prefix(nlri: dict[str, Any]) -> str:
    return prefix(f"{nlri['prefix']}/{nlri['length']}")


def _route(where: str, peer: dict[str, Any], entry: dict[str, Any]) -> Route:
    values: dict[int, Any] = {}
    for attribute in entry["path_attributes"]:
        values.setdefault(next(iter(attribute["type"])), attribute["value"])
    hops = [values[3]] if 3 in values else []
    if 14 in values and "next_hop" in values[14]:
        hops = values[14]["next_hop"] or hops
    return Route(
        where,
        address(peer["peer_ip"]),
        int(peer["peer_as"]),
        entry.get("path_id"),
        path_text(_path(values.get(2, ()))),
        next(iter(values[1].values())) if 1 in values else None,
        address(hops[0]) if hops else None,
        values.get(4),
        values.get(5),
        communities(values.get(8, ())),
    )


def _path(segments: list[dict[str, Any]]) -> str:
    parts = []
    for segment in segments:
        open_, between, close = _BRACKETS[next(iter(segment["type"]))]
        if segment["value"]:
            parts.append(open_ + between.join(segment["value"]) + close)
    return " ".join(parts)
