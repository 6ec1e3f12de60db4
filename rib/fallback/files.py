"""One input: its records, how it ends, and its part of the receipt."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from rib.exceptions import MrtError, TruncatedMrtError, UnsupportedMrtError
from rib.fallback.decompression import missing_package
from rib.fallback.framing import (
    HEADER_SIZE,
    Framing,
    Gap,
    Record,
    Shorter,
    record_name,
)
from rib.fallback.streams import ByteStream, Damage

__all__ = ["FileReader"]

#: Problems beyond this many per file are only counted.
_MAX_ISSUES = 1000
#: What the receipt says of rows of the kind that an input does not give.
_NOTHING: dict[str, Any] = {
    "routes_read": 0,
    "routes_kept": 0,
    "routes_lost": 0,
    "changes_read": 0,
    "changes_kept": 0,
    "changes_lost": 0,
    "messages": {},
}
_ERRORS: dict[str, type[MrtError]] = {
    "truncated": TruncatedMrtError,
    "not_mrt": UnsupportedMrtError,
    "no_routes": UnsupportedMrtError,
    "no_updates": UnsupportedMrtError,
    "unsupported_compression": UnsupportedMrtError,
    "unsupported_record": UnsupportedMrtError,
}


class Records(Protocol):
    """Reads the records of one input into a load."""

    collector: str
    #: Bytes of a row in the columns of `rib.schema`.
    row_bytes: int
    #: Octets of the record just read that what it holds does not reach.
    trailing: int

    @property
    def quirks(self) -> Counter[str]:
        """Where deviations are counted."""

    def read(self, record: Record) -> None:
        """Read a record of any kind; those of other kinds are left alone."""

    def pass_over(self, octets: bytes) -> None:
        """Take the octets of the record just read that what it holds does not reach."""

    @property
    def kept(self) -> int:
        """Number of rows this input gave."""

    def end(self) -> None:
        """Say that the input has ended."""

    def account(self) -> dict[str, Any]:
        """Give what the receipt says of rows, messages and families."""

    def nothing(
        self, names: set[tuple[int, int]], found: str, *, is_whole: bool
    ) -> tuple[Damage | None, bool]:
        """Say what is wrong with an input that gave nothing, and whether it is of another kind.

        ``names`` are types and subtypes of its records; ``is_whole`` says that nothing else is wrong.
        """


class FileReader:
    """Reads one input into a load.

    Parameters
    ----------
    records : callable
        Called with the function that problems are reported to; gives what reads the records.
    name : str
        Name for messages.
    raises : bool
        Whether the first problem is raised instead of listed.
    max_bytes : int or None
        Bytes of rows to give at most.

    Attributes
    ----------
    issues : list of dict
        Rows of the issues table.
    rejection : MrtError or None
        Set where the input is nothing of what is read: fatal alone, an issue beside others that are.
    """

    def __init__(
        self,
        records: Callable[[Callable[[Damage], None]], Records],
        name: str,
        *,
        raises: bool,
        max_bytes: int | None = None,
    ) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._raises = raises
        self._records = records(self._issue)
        self.issues: list[dict[str, Any]] = []
        self.rejection: MrtError | None = None
        self._rejected_as = ""
        self._n_issues = 0
        self._counts = Counter[tuple[int, int]]()
        self._bytes = Counter[tuple[int, int]]()
        self._skipped: list[tuple[int, int, str]] = []
        self._compression = ""
        self._stored_size = 0
        self._size = 0
        self._place = (0, 0)  # offset and number of the record being read
        self._last, self._last_name = (0, 0), (0, 0)  # the same of the record before, and its type

    # -- reading ---------------------------------------------------------------------------------

    def read(self, stream: ByteStream, size: int) -> None:
        """Read all records of a stream of so many stored bytes, and close the account."""
        self._compression = stream.compression
        self._stored_size = size
        if not stream.is_read:
            self._reject(Damage("unsupported_compression", missing_package(stream.compression)))
        framing = Framing(stream.pieces())
        for found in framing.records():
            if isinstance(found, Gap):
                self._gap(found)
            elif isinstance(found, Shorter):
                self._shorten(found.octets)
            elif self._is_full():
                self._stop()
                break
            else:
                self._one(found, framing)
        else:
            self._end(framing, stream)
        self._finish()
        self._records.end()

    def _is_full(self) -> bool:
        """Whether the rows take more than the limit: a small message may hold a great many."""
        if self._max_bytes is None:
            return False
        return self._records.kept * self._records.row_bytes > self._max_bytes

    def _stop(self) -> None:
        """Say that the record being read and those after it are not."""
        self._size, _ = self._place
        detail = (
            f"expected at most max_bytes={self._max_bytes} bytes of columns, "
            f"{self._records.row_bytes} a row, found more: nothing after them is read"
        )
        self._issue(Damage("limit", detail))

    def _one(self, record: Record, framing: Framing) -> None:
        name = (record.kind, record.subtype)
        size = HEADER_SIZE + len(record.body)
        self._counts[name] += 1
        self._bytes[name] += size
        try:
            self._records.read(record)
        except MrtError as error:
            if error.path is not None:
                raise
            raise MrtError(f"{self._name}: {error}", self._name) from None
        framing.trailing = self._records.trailing
        is_too_long = framing.is_too_long()
        if framing.trailing and not is_too_long:
            self._records.pass_over(record.body[-framing.trailing :])
        offset, number = self._last = self._place
        self._last_name = name
        self._place = (offset + size, number + 1)
        if is_too_long:
            self._shorten(framing.trailing)

    def _shorten(self, octets: int) -> None:
        """Note that the record before ends so many octets earlier than it says."""
        (offset, number), end = self._place, self._last[0]
        said = offset - end
        self._bytes[self._last_name] -= octets
        self._place = (offset - octets, number)
        detail = (
            f"the record is said to have {said} bytes, the next one begins after {said - octets}"
        )
        self._issue_at(Damage("record_length", detail), *self._last)

    def _gap(self, gap: Gap) -> None:
        """Report bytes that are in no record."""
        offset, number = self._place
        cost = (
            "the rest of the file is skipped"
            if gap.is_rest
            else f"{gap.length} bytes skipped to the next records"
        )
        self._issue(Damage("framing", f"{gap.found}: {cost}"))
        if gap.length:
            self._skipped.append((offset, gap.length, "framing"))
        self._place = (offset + gap.length, number)

    def _end(self, framing: Framing, stream: ByteStream) -> None:
        """Report how records and compressed data ended: one issue for one cut."""
        left = framing.left()
        self._size = framing.offset + left
        ended = stream.damage
        if ended is None and self._size == 0:
            self._reject(Damage("empty_file", "expected MRT records, found an empty file"))
        elif not framing.is_mrt or (
            ended is None and not framing.offset and 0 < left < HEADER_SIZE
        ):
            self._reject(framing.not_mrt())
            self._skipped.append((0, left, "not_mrt"))
        elif left or (ended and ended.kind == "truncated"):
            reason = self._cut_record(framing, left, ended).kind
            if left:
                self._skipped.append((framing.offset, left, reason))
        if ended and ended.kind != "truncated":
            if ended.kind == "corrupt_compression":
                rest = f"nothing after uncompressed byte {self._size} could be read"
                ended = Damage(ended.kind, f"{ended.detail}: {rest}")
            self._issue(ended)

    def _cut_record(self, framing: Framing, left: int, ended: Damage | None) -> Damage:
        """Report a record that the end cuts, or a compressed stream cut right after a record."""
        if ended and ended.kind in ("corrupt_compression", "limit"):
            return ended
        header = framing.cut_header()
        expected = (
            f"a record header of {HEADER_SIZE} bytes"
            if header is None
            else f"{header.size} bytes of record"
        )
        why = f"; {ended.detail}" if ended and ended.kind == "truncated" else ""
        found = f"found {left} bytes and the end{why}"
        damage = Damage("truncated", f"expected {expected} or the end, {found}")
        self._issue(damage)
        return damage

    # -- issues ----------------------------------------------------------------------------------

    def _issue(self, damage: Damage) -> None:
        """List a problem of the record being read, or raise it."""
        self._issue_at(damage, *self._place)

    def _issue_at(self, damage: Damage, offset: int | None, record: int | None) -> None:
        if self._raises:
            where = "" if record is None else f" (record {record} at byte {offset})"
            message = f"{self._name}: {damage.detail}{where}"
            raise _ERRORS.get(damage.kind, MrtError)(message, self._name, offset, record)
        self._n_issues += 1
        if self._n_issues <= _MAX_ISSUES:
            self._add_row(damage, offset, record)

    def _add_row(self, damage: Damage, offset: int | None, record: int | None) -> None:
        self.issues.append(
            {
                "file": self._name,
                "offset": offset,
                "record": record,
                "kind": damage.kind,
                "detail": damage.detail,
            }
        )

    def _reject(self, damage: Damage) -> None:
        """Note that the input is nothing of what is read; the first reason counts."""
        if self.rejection is None:
            self._rejected_as = damage.kind
            self.rejection = _ERRORS.get(damage.kind, MrtError)(
                f"{self._name}: {damage.detail}", self._name, 0, 0
            )

    def _finish(self) -> None:
        """Report what concerns the whole input."""
        counts = self._by_name(self._counts)
        more = self._n_issues - _MAX_ISSUES
        if more > 0:
            self._add_row(Damage("more_issues", f"{more} more issues of this file"), None, None)
        account = self._account()
        n_read = account["routes_read"] + account["changes_read"]
        nothing = not self._records.kept and (not self.issues or not n_read)
        if nothing and self.rejection is None:
            found = ", ".join(f"{count} {name}" for name, count in counts.items())
            damage, is_other = self._records.nothing(
                set(self._counts), found, is_whole=not self.issues
            )
            if damage is not None and is_other:
                self._reject(damage)
            elif damage is not None and not self.issues:  # what was lost may have been that
                self._issue_at(damage, None, None)
        if self.rejection is not None:
            self._n_issues += 1
            self._add_row(Damage(self._rejected_as, str(self.rejection)), 0, 0)

    # -- receipt ---------------------------------------------------------------------------------

    def _by_name(self, counts: Counter[tuple[int, int]]) -> dict[str, int]:
        return dict(sorted((record_name(*name), count) for name, count in counts.items()))

    def _account(self) -> dict[str, Any]:
        return _NOTHING | self._records.account()

    def receipt(self) -> dict[str, Any]:
        """Give the entry of ``files`` of the receipt."""
        return {
            "name": self._name,
            "collector": self._records.collector,
            "compression": self._compression,
            "bytes_in": self._stored_size,
            "bytes_uncompressed": self._size,
            "records": self._by_name(self._counts),
            "record_bytes": self._by_name(self._bytes),
            **self._account(),
            "skipped": self._skipped,
            "n_issues": self._n_issues,
        }
