"""MRT framing (RFC 6396 section 2): records as (offset, timestamp, type, subtype, body).

A record is timestamp(4), type(2), subtype(2), length(4), body(length).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from rib.fallback.streams import Damage

__all__ = ["HEADER_SIZE", "Framing", "Header", "Record", "record_name"]

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
#: Types that RFC 6396 or its predecessors define; a file begins with one of `_TYPES`.
_DEFINED = frozenset((*range(8), *range(9, 14), 16, 17, 32, 33, 48, 49))
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
    def is_of_defined_type(self) -> bool:
        """Whether the type is one that RFC 6396 or its predecessors define."""
        return self.kind in _DEFINED

    def lost_framing(self) -> Damage:
        """Say that this cannot be the header of a record."""
        return Damage(
            "framing",
            f"expected a record header, found type {self.kind} subtype {self.subtype} "
            f"length {self.length}: the rest of the file is skipped",
        )


class Record(NamedTuple):
    """One MRT record; ``offset`` is that of its header in the uncompressed input."""

    offset: int
    timestamp: int
    kind: int
    subtype: int
    body: bytes


class Framing:
    """The records of uncompressed bytes, until they end or stop making sense.

    Attributes
    ----------
    offset : int
        Where the first byte is that is in no record.
    damage : Damage or None
        Once `records` is exhausted: ``not_mrt`` where not even the first header is plausible,
        ``framing`` where a later one is not.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._at = 0
        self.offset = 0
        self.damage: Damage | None = None

    def records(self) -> Iterator[Record]:
        """Give every whole record, once."""
        unpack = _HEADER.unpack_from
        buffer, at = self._buffer, self._at
        while True:
            if len(buffer) - at < HEADER_SIZE:
                self._at = at
                if not self._have(HEADER_SIZE):
                    return
                buffer, at = self._buffer, self._at
            timestamp, kind, subtype, length = unpack(buffer, at)
            if length > _MAX_RECORD or (kind not in _TYPES and self.offset == 0):
                self._at = at
                header = Header(timestamp, kind, subtype, length)
                self.damage = header.lost_framing() if self.offset else self.not_mrt()
                return
            end = at + HEADER_SIZE + length
            if end > len(buffer):
                self._at = at
                if not self._have(HEADER_SIZE + length):
                    return
                buffer, at = self._buffer, self._at
                end = at + HEADER_SIZE + length
            yield Record(self.offset, timestamp, kind, subtype, buffer[at + HEADER_SIZE : end])
            self.offset += end - at
            at = end

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
        have = len(self._buffer) - self._at
        parts = [self._buffer[self._at :]]
        while have < size and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            have += len(piece)
        self._buffer, self._at = b"".join(parts), 0
        return have >= size
