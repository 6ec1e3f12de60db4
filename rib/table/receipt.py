"""The load receipt: what came in, what was kept, what was lost, and that the sums agree."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from rib.schema import ISSUES

__all__ = ["FileReceipt", "LoadReceipt", "SkippedRange"]


@dataclass(frozen=True)
class SkippedRange:
    """Uncompressed bytes of one file that are in no record that was read."""

    file: str
    offset: int
    length: int
    reason: str


@dataclass(frozen=True)
class FileReceipt:
    """What one input file gave.

    ``records`` maps ``"TABLE_DUMP_V2/RIB_IPV4_UNICAST"`` (of a text view ``"bird/best"``, see docs/views.md) to
    its number of records and ``record_bytes`` to their bytes, headers included; ``routes_read`` counts the RIB entries those
    records declare or hold beyond that, ``routes_kept`` those in the table, ``routes_lost`` those that
    were damaged or not declared.
    ``changes_read``, ``changes_kept`` and ``changes_lost`` are the same for the announcements,
    withdrawals and changes of state of updates, of which ``messages`` counts the BGP messages by type.
    ``other_families`` counts the records of address families that were not asked for or whose
    routes are not prefixes: ``{"IPv4 multicast": 3}``. They are no loss and leave ``ok`` as it is.
    """

    name: str
    collector: str
    compression: str
    bytes_in: int
    bytes_uncompressed: int
    records: dict[str, int]
    record_bytes: dict[str, int]
    routes_read: int
    routes_kept: int
    routes_lost: int
    skipped: tuple[SkippedRange, ...] = ()
    other_families: dict[str, int] = field(default_factory=dict)
    n_issues: int = 0
    changes_read: int = 0
    changes_kept: int = 0
    changes_lost: int = 0
    messages: dict[str, int] = field(default_factory=dict)

    @property
    def reconciled(self) -> bool:
        """Whether every uncompressed byte is in a record or a skipped range, every route and change kept or lost."""
        accounted = sum(self.record_bytes.values()) + sum(s.length for s in self.skipped)
        return (
            accounted == self.bytes_uncompressed
            and self.routes_read == self.routes_kept + self.routes_lost
            and self.changes_read == self.changes_kept + self.changes_lost
        )


@dataclass(frozen=True)
class LoadReceipt:
    """Account of a load.

    Attributes
    ----------
    files : tuple of FileReceipt
        One per input, in the order read.
    issues : pyarrow.Table
        Columns ``file``, ``offset`` (uncompressed bytes), ``record``, ``kind``, ``detail``: one row
        per problem, in file order.
    quirks : dict of str to int
        Deviations from the RFCs that were understood and lost nothing, with how often.
    passed_over : tuple of str
        What lies in a directory that was named as input and was not read: files whose names are not
        those of dumps, and subdirectories, which end in a separator.
    """

    files: tuple[FileReceipt, ...] = ()
    issues: pa.Table = field(default_factory=ISSUES.empty_table)
    quirks: dict[str, int] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> "LoadReceipt":
        """Build from the form of `to_dict`, which is also what a back end returns."""
        files = tuple(
            FileReceipt(
                **{
                    **{k: v for k, v in f.items() if k != "reconciled"},
                    "skipped": tuple(SkippedRange(f["name"], *s) for s in f["skipped"]),
                }
            )
            for f in given["files"]
        )
        issues = pa.Table.from_pylist(given["issues"], schema=ISSUES)
        passed_over = tuple(given.get("passed_over", ()))
        return cls(files, issues, dict(given["quirks"]), passed_over)

    @property
    def ok(self) -> bool:
        """Whether nothing was lost and the sums of every file reconcile."""
        return self.issues.num_rows == 0 and all(
            f.reconciled and not f.skipped and not f.routes_lost and not f.changes_lost
            for f in self.files
        )

    @property
    def bytes_in(self) -> int:
        """Bytes read as stored (compressed)."""
        return sum(f.bytes_in for f in self.files)

    @property
    def bytes_uncompressed(self) -> int:
        """Bytes after decompression."""
        return sum(f.bytes_uncompressed for f in self.files)

    @property
    def routes_kept(self) -> int:
        """Routes that are in the table."""
        return sum(f.routes_kept for f in self.files)

    @property
    def routes_lost(self) -> int:
        """Routes that damaged records declare, or hold undeclared, and that are not in the table."""
        return sum(f.routes_lost for f in self.files)

    @property
    def changes_kept(self) -> int:
        """Announcements, withdrawals and changes of state that were read from updates."""
        return sum(f.changes_kept for f in self.files)

    @property
    def changes_lost(self) -> int:
        """Announcements and withdrawals that damaged messages hold and that were not read."""
        return sum(f.changes_lost for f in self.files)

    @property
    def messages(self) -> dict[str, int]:
        """Number of BGP messages by type, over all files, sorted by name."""
        total: dict[str, int] = {}
        for f in self.files:
            for name, count in f.messages.items():
                total[name] = total.get(name, 0) + count
        return dict(sorted(total.items()))

    @property
    def skipped(self) -> tuple[SkippedRange, ...]:
        """Byte ranges of all files that could not be read."""
        return tuple(s for f in self.files for s in f.skipped)

    @property
    def other_families(self) -> dict[str, int]:
        """Number of records of address families that were not read, over all files, sorted by name."""
        total: dict[str, int] = {}
        for f in self.files:
            for name, count in f.other_families.items():
                total[name] = total.get(name, 0) + count
        return dict(sorted(total.items()))

    @property
    def records(self) -> dict[str, int]:
        """Number of records by MRT type and subtype, over all files, sorted by name."""
        total: dict[str, int] = {}
        for f in self.files:
            for name, count in f.records.items():
                total[name] = total.get(name, 0) + count
        return dict(sorted(total.items()))

    def joined(self, other: "LoadReceipt") -> "LoadReceipt":
        """Give the account of both loads."""
        quirks = dict(self.quirks)
        for name, count in other.quirks.items():
            quirks[name] = quirks.get(name, 0) + count
        return LoadReceipt(
            self.files + other.files,
            pa.concat_tables([self.issues, other.issues]).combine_chunks(),
            quirks,
            self.passed_over + other.passed_over,
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the receipt as plain dicts and lists, for JSON."""
        return {
            "ok": self.ok,
            "files": [
                {
                    **{k: v for k, v in vars(f).items() if k != "skipped"},
                    "skipped": [[s.offset, s.length, s.reason] for s in f.skipped],
                    "reconciled": f.reconciled,
                }
                for f in self.files
            ],
            "issues": self.issues.to_pylist(),
            "quirks": dict(sorted(self.quirks.items())),
            "passed_over": list(self.passed_over),
        }

    def __repr__(self) -> str:
        state = "ok" if self.ok else f"{self.issues.num_rows} issues"
        of_updates = ""
        if any(f.changes_read for f in self.files):
            of_updates = f", {self.changes_kept:,} changes kept, {self.changes_lost:,} lost"
        return (
            f"<LoadReceipt {state}: {len(self.files)} files, {self.bytes_in:,} bytes in, "
            f"{self.routes_kept:,} routes kept, {self.routes_lost:,} lost{of_updates}>"
        )
