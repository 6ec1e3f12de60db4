"""What came of one dump of a BGPStream: its part of the receipt, and its RIB elems as MRT."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rib.sources.elems import RibSpool

__all__ = ["Dump", "dump_name"]

#: Problems beyond this many per dump are only counted.
_MAX_ISSUES = 1000


def dump_name(project: str, collector: str, router: str, dump_time: int | None) -> str:
    """Name a dump in messages: ``bgpstream:ris/rrc06@2014-05-30T22:00:00Z``."""
    where = "/".join(part for part in (project, collector, router) if part) or "stream"
    if dump_time is None:
        return f"bgpstream:{where}"
    return f"bgpstream:{where}@{datetime.fromtimestamp(dump_time, UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Dump:
    """A RIB dump, or all updates of a collector.

    ``n_updates`` counts elems of updates, ``n_messages`` the records that hold announcements or
    withdrawals.
    """

    number: int
    name: str
    collector: str
    path: Path
    records: Counter[str] = field(default_factory=Counter)
    routes_lost: int = 0
    n_updates: int = 0
    n_messages: int = 0
    changes_lost: int = 0
    spool: RibSpool | None = None
    #: Position of the last RIB record seen; "end" once the dump is whole.
    position: str = ""
    last_message: int = -1
    _issues: list[dict[str, Any]] = field(default_factory=list)
    _n_issues: int = 0

    def add_issue(self, kind: str, detail: str, record: int | None) -> None:
        """Keep a problem, or count it."""
        self._n_issues += 1
        if self._n_issues <= _MAX_ISSUES:
            self._issues.append(self._issue(kind, detail, record))

    def _issue(self, kind: str, detail: str, record: int | None) -> dict[str, Any]:
        return {
            "file": self.name,
            "offset": None,
            "record": record,
            "kind": kind,
            "detail": detail,
        }

    def issues(self) -> Iterator[dict[str, Any]]:
        """Give the problems as rows of the receipt."""
        yield from self._issues
        if self._n_issues > _MAX_ISSUES:
            detail = f"{self._n_issues - _MAX_ISSUES} more issues of this dump"
            yield self._issue("more_issues", detail, None)

    def of_routes(self, read: dict[str, Any] | None) -> dict[str, Any]:
        """Give the receipt of a RIB; how its routes were handed to the core is no business of it."""
        counts = read or {"routes_read": 0, "routes_kept": 0, "routes_lost": 0, "n_issues": 0}
        return {
            **self._file(counts["n_issues"]),
            "routes_read": counts["routes_read"] + self.routes_lost,
            "routes_kept": counts["routes_kept"],
            "routes_lost": counts["routes_lost"] + self.routes_lost,
        }

    def of_changes(self, kept: int) -> dict[str, Any]:
        """Give the receipt of updates, of which so many are in the table."""
        return {
            **self._file(0),
            "changes_read": self.n_updates,
            "changes_kept": kept,
            "changes_lost": self.changes_lost,
            "messages": {"UPDATE": self.n_messages} if self.n_messages else {},
        }

    def _file(self, n_issues: int) -> dict[str, Any]:
        return {
            "name": self.name,
            "collector": self.collector,
            "compression": "bgpstream",
            "bytes_in": 0,
            "bytes_uncompressed": 0,
            "records": dict(sorted(self.records.items())),
            "record_bytes": {},
            "routes_read": 0,
            "routes_kept": 0,
            "routes_lost": 0,
            "skipped": [],
            "n_issues": n_issues + self._n_issues,
        }
