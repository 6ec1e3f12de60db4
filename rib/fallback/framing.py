"""MRT framing (RFC 6396 section 2): records as (offset, timestamp, type, subtype, body).

A record is timestamp(4), type(2), subtype(2), length(4), body(length).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from rib.fallback.chain import SUBTYPES, are_near, find, is_chain
from rib.fallback.streams import Damage
from rib.fallback.table_dump import HEAD, is_short

__all__ = ["HEADER_SIZE", "Framing", "Gap", "Header", "Record", "Shorter", "record_name"]

BGP, TABLE_DUMP, TABLE_DUMP_V2, BGP4MP, BGP4MP_ET = 5, 12, 13, 16, 17
PEER_INDEX_TABLE, GEO_PEER_TABLE = 1, 7

_HEADER = struct.Struct("!IHHI")
HEADER_SIZE = _HEADER.size
#: No real record comes near this; a longer one is damaged framing.
_MAX_RECORD = 64 << 20
_TYPES = {
    BGP: "BGP",
    11: "OSPFv2",
    TABLE_DUMP: "TABLE_DUMP",
    TABLE_DUMP_V2: "TABLE_DUMP_V2",
    BGP4MP: "BGP4MP",
    BGP4MP_ET: "BGP4MP_ET",
    32: "ISIS",
    33: "ISIS_ET",
    48: "OSPFv3",
    49: "OSPFv3_ET",
}
#: Longer records are not looked into for the next one.
_LOOK_BACK = 1 << 20
_BGP4MP_SUBTYPES = {
    0: "BGP4MP_STATE_CHANGE",
    1: "BGP4MP_MESSAGE",
    2: "BGP4MP_ENTRY",
    3: "BGP4MP_SNAPSHOT",
    4: "BGP4MP_MESSAGE_AS4",
    5: "BGP4MP_STATE_CHANGE_AS4",
    6: "BGP4MP_MESSAGE_LOCAL",
    7: "BGP4MP_MESSAGE_AS4_LOCAL",
    8: "BGP4MP_MESSAGE_ADDPATH",
    9: "BGP4MP_MESSAGE_AS4_ADDPATH",
    10: "BGP4MP_MESSAGE_LOCAL_ADDPATH",
    11: "BGP4MP_MESSAGE_AS4_LOCAL_ADDPATH",
}
_SUBTYPES: dict[int, dict[int, str]] = {
    BGP: {
        0: "BGP_NULL",
        1: "BGP_UPDATE",
        2: "BGP_PREF_UPDATE",
        3: "BGP_STATE_CHANGE",
        4: "BGP_SYNC",
        5: "BGP_OPEN",
        6: "BGP_NOTIFY",
        7: "BGP_KEEPALIVE",
    },
    TABLE_DUMP: {1: "AFI_IPv4", 2: "AFI_IPv6"},
    TABLE_DUMP_V2: {
        PEER_INDEX_TABLE: "PEER_INDEX_TABLE",
        2: "RIB_IPV4_UNICAST",
        3: "RIB_IPV4_MULTICAST",
        4: "RIB_IPV6_UNICAST",
        5: "RIB_IPV6_MULTICAST",
        6: "RIB_GENERIC",
        GEO_PEER_TABLE: "GEO_PEER_TABLE",
        8: "RIB_IPV4_UNICAST_ADDPATH",
        9: "RIB_IPV4_MULTICAST_ADDPATH",
        10: "RIB_IPV6_UNICAST_ADDPATH",
        11: "RIB_IPV6_MULTICAST_ADDPATH",
        12: "RIB_GENERIC_ADDPATH",
    },
    BGP4MP: _BGP4MP_SUBTYPES,
    BGP4MP_ET: _BGP4MP_SUBTYPES,
}


def record_name(kind: int, subtype: int) -> str:
    """Name a record as the receipt does: ``"TABLE_DUMP_V2/RIB_IPV4_UNICAST"``, ``"TYPE_77/3"``."""
    first = _TYPES.get(kind, f"TYPE_{kind}")
    return f"{first}/{_SUBTYPES.get(kind, {}).get(subtype, subtype)}"


class Header(NamedTuple):
    """The header of a record."""

    timestamp: int
    kind: int
    subtype: int
    length: int

    @property
    def is_known(self) -> bool:
        """Whether RFC 6396 and 8050, or its predecessors for BGP, define type and subtype."""
        return self.subtype in SUBTYPES.get(self.kind, ())

    @property
    def size(self) -> int:
        """Octets of the whole record."""
        return HEADER_SIZE + self.length

    def damaged(self) -> str:
        """Say that this cannot be the header of a record."""
        return (
            f"expected a record header, found type {self.kind} subtype {self.subtype} "
            f"length {self.length}"
        )


class Record(NamedTuple):
    """One MRT record; ``offset`` is that of its header in the uncompressed input.

    ``is_longer``: than its header says.
    """

    offset: int
    timestamp: int
    kind: int
    subtype: int
    body: bytes
    is_longer: bool = False


class Gap(NamedTuple):
    """Bytes that are in no record."""

    length: int
    found: str
    is_rest: bool


class Shorter(NamedTuple):
    """The record before ends so many octets earlier than it says."""

    octets: int


class Framing:
    """The records of uncompressed bytes, and what is between them.

    A header that cannot be one means that framing is lost. The record before it may say a wrong
    length, so the search for the next chain of records begins inside it; what lies between is
    skipped and reported. Where the pieces of input begin and end makes no difference to any of this.

    Attributes
    ----------
    offset : int
        Where the first byte is that is in no record or gap.
    trailing : int
        To be set by the reader of a record: its octets that what it holds does not reach.
    is_mrt : bool
        False once the first header was not one that can begin a file.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._at = 0
        #: Where the record before begins in the buffer.
        self._previous: int | None = None
        self._n_records = 0
        #: Of the record before.
        self._time: int | None = None
        #: Octets of the record being read that its header leaves out.
        self._extra = 0
        self.offset = 0
        self.trailing = 0
        self.is_mrt = True

    def records(self) -> Iterator[Record | Gap | Shorter]:
        """Give every whole record, once, and what is wrong between them.

        `trailing` is looked at when a record has been read: if a chain of records stands there, the
        record was too long. Where it is no chain, it is left for the caller to count.
        """
        while (header := self._header()) is not None:
            damage = self._judge(header)
            if damage is not None:
                yield from self._find(damage)
            elif not self.is_mrt or not self._have(header.size):
                return
            else:
                self._extra = self._extra_octets(header)
                yield self._record(header)
                self._n_records += 1
                self._time = header.timestamp
                self._advance(header.size + self._extra)

    def is_too_long(self) -> bool:
        """Whether the trailing octets of the record just given are a chain of records."""
        header = self._header()
        end = self._at + (header.size + self._extra if header else 0)
        tail = self._buffer[end - self.trailing : end]
        return self.trailing > 0 and bool(is_chain(tail, 0, at_end=True))

    def _record(self, header: Header) -> Record:
        body = self._buffer[self._at + HEADER_SIZE : self._at + header.size + self._extra]
        longer = self._extra > 0
        return Record(self.offset, header.timestamp, header.kind, header.subtype, body, longer)

    def _extra_octets(self, header: Header) -> int:
        """Count the octets of a TABLE_DUMP record that its header leaves out."""
        body = self._buffer[self._at + HEADER_SIZE : self._at + header.size]
        octets = {1: 4, 2: 16}.get(header.subtype)
        if header.kind != TABLE_DUMP or octets is None or not is_short(body, octets):
            return 0
        self._have(header.size + HEAD + HEADER_SIZE)
        is_longer = not self._is_followed(header, 0) and self._is_followed(header, HEAD)
        return HEAD if is_longer else 0

    def _is_followed(self, header: Header, extra: int) -> bool:
        """Whether the next record, or the end, stands so many octets behind a record."""
        at = self._at + header.size + extra
        if len(self._buffer) < at + HEADER_SIZE:
            return len(self._buffer) == at
        after = Header(*_HEADER.unpack_from(self._buffer, at))
        return after.is_known and are_near(after.timestamp, header.timestamp)

    def _advance(self, size: int) -> None:
        if self.is_too_long():
            size -= self.trailing
        self.trailing = 0
        self._previous = self._at
        self._at += size
        self.offset += size

    def _header(self) -> Header | None:
        if len(self._buffer) - self._at < HEADER_SIZE and not self._have(HEADER_SIZE):
            return None
        return Header(*_HEADER.unpack_from(self._buffer, self._at))

    def _judge(self, header: Header) -> str | None:
        """Say what is wrong with a header; None where it may be one."""
        if not self._n_records and (header.kind not in _TYPES or header.length > _MAX_RECORD):
            self.is_mrt = False
            return None
        if header.length > _MAX_RECORD:
            return header.damaged()
        if not self._have(header.size):
            if not header.is_known:
                return header.damaged()
            # A cut file, unless whole records stand where this one is said to go on.
            rest = self._buffer[self._at :]
            found, _ = find(rest, HEADER_SIZE, at_end=True)
            expected = f"expected {header.size} bytes of record, found {len(rest)} and the end"
            return expected if found else None
        if header.is_known:
            return None
        # What no RFC defines is a record only if one that is, or the end, follows; or if its time and
        # that of what follows are those of its neighbours, as where a new type of record is common.
        # Type 0 is none: zeros are no record.
        if self._have(header.size + HEADER_SIZE):
            after = Header(*_HEADER.unpack_from(self._buffer, self._at + header.size))
            near = self._is_near(header) and self._is_near(after) and after.length <= _MAX_RECORD
            return None if after.is_known or near else header.damaged()
        is_last = len(self._buffer) == self._at + header.size
        return None if is_last else header.damaged()

    def _is_near(self, header: Header) -> bool:
        return (
            bool(header.kind) and self._time is not None and are_near(header.timestamp, self._time)
        )

    def _find(self, damage: str) -> Iterator[Gap | Shorter]:
        """Go to the next chain of records."""
        back = self._at - self._previous if self._previous is not None else 0
        look_back = 0 < back <= _LOOK_BACK
        buffer = self._buffer[self._at - back if look_back else self._at :]
        base = -back if look_back else 0  # of the buffer, counted from the damaged header
        found, at = find(buffer, HEADER_SIZE if look_back else 1, at_end=False)
        while not found and (piece := next(self._pieces, None)) is not None:
            buffer, base = buffer[at:] + piece, base + at
            found, at = find(buffer, 0, at_end=False)
        if not found:
            found, again = find(buffer, at, at_end=True)
            at = again if found else len(buffer)
        self._buffer, self._at, self._previous = buffer, at, None
        skipped = base + at
        self.offset += skipped
        yield Shorter(-skipped) if skipped < 0 else Gap(skipped, damage, is_rest=not found)

    def cut_header(self) -> Header | None:
        """Give the header after the last whole record; None where it is cut itself."""
        if len(self._buffer) - self._at < HEADER_SIZE:
            return None
        return Header(*_HEADER.unpack_from(self._buffer, self._at))

    def left(self) -> int:
        """Count the bytes after the last whole record, reading on to the end."""
        return len(self._buffer) - self._at + sum(map(len, self._pieces))

    def not_mrt(self) -> Damage:
        """Say what is there instead of MRT records."""
        start = self._buffer[self._at :]
        is_page = start.lstrip(b" \t\n\r\x0c").startswith(b"<")
        found = "an HTML page" if is_page else f"bytes {start[:12].hex(' ')}"
        return Damage("not_mrt", f"expected MRT records, found {found} at byte 0")

    def _have(self, size: int) -> bool:
        """Read on until that many bytes are there after the current position."""
        if len(self._buffer) - self._at >= size:
            return True
        keep = self._at if self._previous is None else self._previous
        have = len(self._buffer) - self._at
        parts = [self._buffer[keep:]]
        while have < size and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            have += len(piece)
        self._buffer, self._at = b"".join(parts), self._at - keep
        self._previous = None if self._previous is None else 0
        return have >= size
