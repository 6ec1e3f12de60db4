"""Views as a file of MRT records each, with their part of the receipt."""

import socket
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from rib.exceptions import ViewError

__all__ = ["Names", "ViewSpool"]

#: Problems beyond this many per view are only counted.
_MAX_ISSUES = 1000
_HEADER = struct.Struct("!IHHI")
_TABLE_DUMP_V2, _PEER_INDEX_TABLE = 13, 1
_LOCAL = "0.0.0.0"  # noqa: S104 - the BGP identifier of a router's own routes


class Names:
    """Peers of all views: their AS as the user names it, and a number that tells them apart.

    Views tell peers apart by name and mostly know no BGP identifier, so records have that number in its
    place; `restored` puts things right.
    """

    def __init__(self, given: Mapping[str, int]) -> None:
        self._given = given
        self._used: set[str] = set()
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._known: set[str] = set()

    def entry(self, peer: tuple[bytes, int | None, bytes, bytes | None]) -> bytes:
        """Write a peer for the PEER_INDEX_TABLE."""
        name, asn, ip, _ = peer
        is_v6 = len(ip) == 16
        text = socket.inet_ntop(socket.AF_INET6 if is_v6 else socket.AF_INET, ip)
        named = [each for each in (name.decode("utf-8", "backslashreplace"), text) if each]
        self._known.update(named)
        for each in named:
            if each in self._given:
                self._used.add(each)
                asn = self._given[each]
                break
        number = 0
        if asn or name or any(ip):
            number = self._numbers.setdefault(peer, len(self._numbers) + 1)
        return struct.pack("!BI", 2 | is_v6, number) + ip + struct.pack("!I", asn or 0)

    def restored(self, peers: pa.Table) -> pa.Table:
        """Give the peers with the BGP identifiers that views know, null for others."""
        known = {
            socket.inet_ntoa(struct.pack("!I", number)): bgp_id and socket.inet_ntoa(bgp_id)
            for (*_, bgp_id), number in self._numbers.items()
        }
        at = peers.schema.get_field_index("bgp_id")
        ids = [known.get(each) for each in peers.column("bgp_id").to_pylist()]
        return peers.set_column(at, peers.schema.field(at), pa.array(ids, pa.utf8()))

    def check(self) -> None:
        """Refuse a name that is no peer's."""
        unknown = sorted(set(self._given) - self._used)
        if unknown:
            raise ValueError(
                f"peers: expected names or addresses of the views' peers, found {unknown[0]!r}; "
                f"the peers are {', '.join(sorted(self._known)[:20]) or 'none'}"
            )


@dataclass
class ViewSpool:
    """One view: its routes as a file of TABLE_DUMP_V2 records, and what became of its bytes."""

    name: str
    collector: str
    path: Path
    names: Names
    raises: bool
    format: str = ""
    compression: str = "plain"
    bytes_in: int = 0
    n_bytes: int = 0
    n_lines: int = 0
    n_lost: int = 0
    has_routes: bool = False
    records: Counter[str] = field(default_factory=Counter)
    record_bytes: Counter[str] = field(default_factory=Counter)
    skipped: list[list[Any]] = field(default_factory=list)
    other: dict[str, list[int]] = field(default_factory=dict)
    _issues: list[dict[str, Any]] = field(default_factory=list)
    _n_issues: int = 0

    def add(self, size: int, records: bytes, account: Mapping[str, Any]) -> None:
        """Add what a part of so many bytes holds."""
        if records:
            self.has_routes = True
            entries = b"".join(map(self.names.entry, account["peers"]))
            table = struct.pack("!IHH", 0, 0, len(account["peers"])) + entries
            head = _HEADER.pack(0, _TABLE_DUMP_V2, _PEER_INDEX_TABLE, len(table))
            with self.path.open("ab") as file:
                file.writelines((head, table, records))
        for kind, n in account["records"].items():
            self.records[f"{self.format}/{kind}"] += n
            self.record_bytes[f"{self.format}/{kind}"] += account["record_bytes"][kind]
        for offset, length, reason in account["skipped"]:
            self.skip(self.n_bytes + offset, length, reason)
        for line, offset, kind, detail in account["issues"]:
            if line < 0:  # of a format in which lines say nothing
                self.issue(kind, detail)
                continue
            number = self.n_lines + line + 1
            self.issue(kind, f"line {number}: {detail}", self.n_bytes + offset, number)
        self._n_issues += account["n_issues"] - len(account["issues"])
        for family, (n, line) in account["other"].items():
            self.other.setdefault(family, [0, self.n_lines + line + 1])[0] += n
        self.n_lost += account["n_lost"]
        self.n_lines += account["n_lines"]
        self.n_bytes += size

    def skip(self, offset: int, length: int, reason: str) -> None:
        """Note bytes that are not read."""
        last: list[Any] = self.skipped[-1] if self.skipped else [0, 0, None]
        if last[0] + last[1] == offset and last[2] == reason:
            last[1] += length
        elif length:
            self.skipped.append([offset, length, reason])

    def issue(
        self, kind: str, detail: str, offset: int | None = None, line: int | None = None
    ) -> None:
        """Keep a problem, or count it; raise it where the caller wants that."""
        if self.raises:
            raise ViewError(f"{self.name}: {detail}", self.name, line)
        self._n_issues += 1
        if len(self._issues) < _MAX_ISSUES:
            row = {"file": self.name, "offset": offset, "record": line}
            self._issues.append({**row, "kind": kind, "detail": detail})

    def finish(self) -> None:
        """Note what only the whole view shows."""
        for family, (n, line) in sorted(self.other.items(), key=lambda each: (each[1][1], each[0])):
            detail = f"line {line}: {n} routes of {family}, which are not read"
            self.issue("other_family", detail, None, line)
        if not self.has_routes and self.format:
            self.issue("no_routes", "expected routes, found none that are read")

    def issues(self) -> list[dict[str, Any]]:
        """Give the problems as rows of the receipt."""
        left = self._n_issues - len(self._issues)
        if not left:
            return self._issues
        row = {"file": self.name, "offset": None, "record": None}
        more = {**row, "kind": "more_issues", "detail": f"{left} more issues of this view"}
        return [*self._issues, more]

    def receipt(self, read: Mapping[str, Any] | None) -> dict[str, Any]:
        """Give the receipt; how the routes were handed to the core is no business of it."""
        counts = read or {"routes_read": 0, "routes_kept": 0, "routes_lost": 0, "n_issues": 0}
        return {
            "name": self.name,
            "collector": self.collector,
            "compression": self.compression,
            "bytes_in": self.bytes_in,
            "bytes_uncompressed": self.n_bytes,
            "records": dict(sorted(self.records.items())),
            "record_bytes": dict(sorted(self.record_bytes.items())),
            "routes_read": counts["routes_read"] + self.n_lost,
            "routes_kept": counts["routes_kept"],
            "routes_lost": counts["routes_lost"] + self.n_lost,
            "skipped": self.skipped,
            "other_families": {family: n for family, (n, _) in sorted(self.other.items())},
            "n_issues": counts["n_issues"] + self._n_issues,
        }
