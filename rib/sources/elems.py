"""BGPStream elems as MRT records, so that one core builds every table.

What an elem has (prefix, next hop, AS path, communities, peer) is written as RFC 6396 RIB records; what
it has not (ORIGIN, MED, LOCAL_PREF, large communities, ADD-PATH ids, originated times) is absent or 0.
"""

import re
import socket
import struct
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

__all__ = [
    "BATCH",
    "KNOWN",
    "ElemError",
    "RibSpool",
    "address",
    "as_number",
    "moment",
    "nlri",
    "path_attributes",
]

_AS_SET, _AS_SEQUENCE, _AS_CONFED_SEQUENCE, _AS_CONFED_SET = 1, 2, 3, 4
_BRACKETS = {"{": _AS_SET, "(": _AS_CONFED_SEQUENCE, "[": _AS_CONFED_SET}
_SEGMENT = re.compile(r"(\d+(?: \d+)*)|([{(\[])([\d ,]*)[})\]]")
_ENTRY = struct.Struct("!HIH")
_HEADER = struct.Struct("!IHHI")
_TABLE_DUMP_V2, _PEER_INDEX_TABLE = 13, 1
_RIB_UNICAST = {4: 2, 6: 4}
_MAX_U16 = 0xFFFF
_MAX_ENTRIES = 0xFFFF
#: Bytes of records that wait to be written, those of a RIB for their peer table.
BATCH = 1 << 22
#: Distinct paths, communities and attribute sets that are remembered as text and as bytes.
KNOWN = 1 << 16


class ElemError(ValueError):
    """A field of an elem is not what pybgpstream documents."""


def _segment(kind: int, asns: list[int]) -> bytes:
    """Give an AS_PATH segment, cut where its count would not fit an octet."""
    return b"".join(
        struct.pack(f"!BB{len(part)}I", kind, len(part), *part)
        for part in (asns[at : at + 255] for at in range(0, len(asns), 255))
    )


@lru_cache(KNOWN)
def as_path(text: str) -> bytes:
    """Give the value of AS_PATH of a path like ``1 2 {3,4}``, ``(64512 64513) 1`` or ``[64512,64513]``."""
    value, at = b"", 0
    try:
        if text.isascii() and text.replace(" ", "").isdigit():
            return _segment(_AS_SEQUENCE, [int(asn) for asn in text.split(" ")])
        while at < len(text):
            found = _SEGMENT.match(text, at)
            if found is None:
                raise ElemError(f"AS path {text!r}: expected ASNs, sets and confederations")
            plain, bracket, inside = found.groups()
            kind = _BRACKETS[bracket] if bracket else _AS_SEQUENCE
            value += _segment(
                kind, [int(asn) for asn in re.split(r"[ ,]+", plain or inside) if asn]
            )
            at = found.end() + 1
            if text[found.end() : at] not in ("", " "):
                raise ElemError(f"AS path {text!r}: expected a space after {found.group()!r}")
    except (struct.error, ValueError) as error:
        if isinstance(error, ElemError):
            raise
        raise ElemError(f"AS path {text!r}: expected ASNs of up to 4294967295") from None
    return value


@lru_cache(KNOWN)
def address(name: str, text: str) -> bytes:
    """Give the octets of an address; ``name`` says in an error which field it is of."""
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, TypeError, ValueError):
        raise ElemError(f"{name} {text!r}: expected an address") from None


def as_number(asn: int) -> bytes:
    """Give the octets of a peer's AS."""
    try:
        return struct.pack("!I", asn)
    except struct.error:
        raise ElemError(f"peer AS {asn!r}: expected 0 to 4294967295") from None


@lru_cache(16)
def moment(time: float) -> tuple[int, int]:
    """Give seconds and microseconds, which a double tells apart beyond any time that MRT can hold."""
    try:
        seconds, rest = divmod(round(time * 1_000_000), 1_000_000)
    except (TypeError, ValueError, OverflowError):
        seconds, rest = -1, 0
    if not 0 <= seconds <= 0xFFFFFFFF:
        raise ElemError(f"time {time!r}: expected seconds since 1970")
    return seconds, rest


def _attribute(flags: int, code: int, value: bytes) -> bytes:
    if len(value) > _MAX_U16:
        raise ElemError(f"{len(value)} bytes of attribute {code}: expected at most {_MAX_U16}")
    if len(value) > 0xFF:
        return struct.pack("!BBH", flags | 0x10, code, len(value)) + value
    return bytes((flags, code, len(value))) + value


@lru_cache(KNOWN)
def _community(text: str) -> int:
    high, colon, low = text.partition(":")
    digits = colon and high.isascii() and low.isascii() and high.isdigit() and low.isdigit()
    if not digits or int(high) > _MAX_U16 or int(low) > _MAX_U16:
        raise ElemError(f"community {text!r}: expected two 16-bit numbers like '64500:1'")
    return int(high) << 16 | int(low)


def path_attributes(family: int, path: str, next_hop: str, communities: Collection[str]) -> bytes:
    """Give the path attributes of a RIB entry; MP_REACH_NLRI as RFC 6396 §4.3.4 abbreviates it.

    Communities are a set to BGPStream, so they are written in ascending order.
    """
    block = _attribute(0x40, 2, as_path(path))
    hop = address("next hop", next_hop) if next_hop else b""
    if len(hop) == 4 and family == 4:
        block += _attribute(0x40, 3, hop)
    elif hop:
        block += _attribute(0x80, 14, bytes((len(hop),)) + hop)
    if communities:
        numbers = sorted(map(_community, communities))
        block += _attribute(0xC0, 8, struct.pack(f"!{len(numbers)}I", *numbers))
    if len(block) > _MAX_U16:
        raise ElemError(f"{len(block)} bytes of attributes: expected at most {_MAX_U16}")
    return block


def nlri(text: str) -> tuple[int, bytes]:
    """Give the family and the NLRI of a prefix."""
    if not isinstance(text, str):
        raise ElemError(f"prefix {text!r}: expected an address and a length")
    network, slash, bits = text.partition("/")
    packed = address("prefix", network)
    if not slash or not bits.isascii() or not bits.isdigit() or int(bits) > len(packed) * 8:
        raise ElemError(f"prefix {text!r}: expected an address and a length")
    length = int(bits)
    return (4 if len(packed) == 4 else 6), bytes((length,)) + packed[: (length + 7) // 8]


class RibSpool:
    """The RIB elems of one dump as a file of TABLE_DUMP_V2 records.

    Elems become entries of the record of their prefix; records wait in memory for the peer table
    that they refer to, a few megabytes at a time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._peers: dict[tuple[int, str], int] = {}
        self._peer_entries: list[bytes] = []
        self._records: list[bytes] = []
        self._waiting = 0
        self._known: dict[tuple[int, str, str, frozenset[str]], bytes] = {}
        self._prefix: tuple[str, int] = ("", 0)
        self._nlri = (0, b"")
        self._entries: list[bytes] = []

    def add(
        self, time: int, peer: tuple[int, str], prefix: str, route: tuple[str, str, frozenset[str]]
    ) -> None:
        """Add the route of an elem: (AS path, next hop, communities).

        Raises
        ------
        ElemError
            A field is malformed; nothing was added.
        """
        if (prefix, time) != self._prefix or len(self._entries) == _MAX_ENTRIES:
            known = nlri(prefix)
            self._end_record()
            self._nlri, self._prefix = known, (prefix, time)
        key = (self._nlri[0], *route)
        block = self._known.get(key)
        if block is None:
            block = path_attributes(*key)
            if len(self._known) == KNOWN:
                self._known.clear()
            self._known[key] = block
        index = self._peers.get(peer)
        if index is None:
            index = self._new_peer(peer)
        self._entries.append(_ENTRY.pack(index, 0, len(block)) + block)

    def _new_peer(self, peer: tuple[int, str]) -> int:
        asn, ip = peer
        packed = address("peer address", ip)
        number = as_number(asn)
        bits = 2 | (len(packed) == 16)
        self._peer_entries.append(bytes((bits, 0, 0, 0, 0)) + packed + number)
        self._peers[peer] = index = len(self._peers)
        return index

    def _end_record(self) -> None:
        if not self._entries:
            return
        family, nlri = self._nlri
        body = b"".join((bytes(4), nlri, struct.pack("!H", len(self._entries)), *self._entries))
        head = _HEADER.pack(self._prefix[1], _TABLE_DUMP_V2, _RIB_UNICAST[family], len(body))
        self._records += (head, body)
        self._waiting += len(head) + len(body)
        self._entries = []
        if self._waiting >= BATCH:
            self._write()

    def _write(self) -> None:
        table = struct.pack("!IHH", 0, 0, len(self._peer_entries)) + b"".join(self._peer_entries)
        head = _HEADER.pack(self._prefix[1], _TABLE_DUMP_V2, _PEER_INDEX_TABLE, len(table))
        with self.path.open("ab") as file:
            file.writelines((head, table, *self._records))
        self._records, self._waiting = [], 0

    def close(self) -> None:
        """Write what waits."""
        self._end_record()
        self._write()
