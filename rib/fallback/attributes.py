"""Path attributes without the AS path: one block of octets to one row of ``attributes``.

    attribute = flags(1) type(1) length(1, or 2 where flags has 0x10) value(length)

An attribute that is malformed by itself costs nothing: it goes to ``unknown`` as it is, and its own
column stays null.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

from rib.fallback.prefixes import address_text

__all__ = ["AS4_PATH", "AS_PATH", "AttributeSet", "RawAttribute", "split", "split_whole"]

AS_PATH, AGGREGATOR, AS4_PATH, AS4_AGGREGATOR = 2, 7, 17, 18
AS_TRANS = 23456

_EXTENDED_LENGTH = 0x10
_U32, _U64 = struct.Struct("!I"), struct.Struct("!Q")


class RawAttribute(NamedTuple):
    """One attribute as received; ``raw`` is all of it, header included."""

    flags: int
    type: int
    value: bytes
    raw: bytes


def split(block: bytes) -> list[RawAttribute] | None:
    """Cut a block into its attributes; None where a length runs past the block."""
    attributes, closes = split_whole(block)
    return attributes if closes else None


def split_whole(block: bytes) -> tuple[list[RawAttribute], bool]:
    """Give the attributes that are whole, up to a length that runs past the block, if one does."""
    attributes, at, size = list[RawAttribute](), 0, len(block)
    while at < size:
        if at + 3 > size:
            return attributes, False
        flags, code = block[at], block[at + 1]
        if flags & _EXTENDED_LENGTH:
            if at + 4 > size:
                return attributes, False
            start = at + 4
            end = start + (block[at + 2] << 8 | block[at + 3])
        else:
            start = at + 3
            end = start + block[at + 2]
        if end > size:
            return attributes, False
        attributes.append(RawAttribute(flags, code, block[start:end], block[at:end]))
        at = end
    return attributes, True


class AttributeSet:
    """A row of ``attributes``, and the quirks met.

    The attributes of a type after its first one do not count (RFC 7606 section 3 g).
    """

    __slots__ = (
        "aggregator",
        "aigp",
        "as4_aggregator",
        "atomic_aggregate",
        "cluster_list",
        "communities",
        "extended_communities",
        "ipv6_extended_communities",
        "large_communities",
        "local_pref",
        "med",
        "mp_next_hop",
        "next_hop",
        "next_hop_link_local",
        "origin",
        "originator_id",
        "otc",
        "quirks",
        "unknown",
    )

    def __init__(self, attributes: list[RawAttribute]) -> None:
        self.origin: int | None = None
        self.next_hop: str | None = None
        self.mp_next_hop: str | None = None
        self.next_hop_link_local: str | None = None
        self.med: int | None = None
        self.local_pref: int | None = None
        self.communities: tuple[int, ...] | None = None
        self.large_communities: list[tuple[int, ...]] | None = None
        self.extended_communities: tuple[int, ...] | None = None
        self.ipv6_extended_communities: list[bytes] | None = None
        self.atomic_aggregate = False
        self.aggregator: tuple[int, str] | None = None
        self.as4_aggregator: tuple[int, str] | None = None
        self.originator_id: str | None = None
        self.cluster_list: tuple[int, ...] | None = None
        self.otc: int | None = None
        self.aigp: int | None = None
        self.unknown: list[dict[str, int | bytes]] | None = None
        self.quirks: list[str] = []
        seen = set[int]()
        for flags, code, value, _ in attributes:
            if code in seen:
                continue
            seen.add(code)
            decoder = _DECODERS.get(code)
            if decoder is not None and decoder(self, value):
                continue
            if decoder is not None:
                self.quirks.append("malformed_attribute")
            if self.unknown is None:
                self.unknown = []
            self.unknown.append({"flags": flags, "type": code, "value": value})
        self._settle()

    def _settle(self) -> None:
        """Choose between attributes that say the same: MP_REACH_NLRI's next hop goes first."""
        if self.mp_next_hop is not None:
            self.next_hop = self.mp_next_hop
        if self.as4_aggregator and self.aggregator and self.aggregator[0] == AS_TRANS:
            self.aggregator = self.as4_aggregator


def _origin(row: AttributeSet, value: bytes) -> bool:
    if len(value) != 1 or value[0] > 2:
        return False
    row.origin = value[0]
    return True


def _next_hop(row: AttributeSet, value: bytes) -> bool:
    if len(value) != 4:
        return False
    row.next_hop = address_text(value)
    return True


def _atomic_aggregate(row: AttributeSet, value: bytes) -> bool:
    row.atomic_aggregate = not value
    return not value


def _aggregator(row: AttributeSet, value: bytes) -> bool:
    if len(value) not in (6, 8):
        return False
    row.aggregator = (int.from_bytes(value[:-4], "big"), address_text(value[-4:]))
    return True


def _as4_aggregator(row: AttributeSet, value: bytes) -> bool:
    if len(value) != 8:
        return False
    row.as4_aggregator = (int.from_bytes(value[:4], "big"), address_text(value[4:]))
    return True


def _originator_id(row: AttributeSet, value: bytes) -> bool:
    if len(value) != 4:
        return False
    row.originator_id = address_text(value)
    return True


def _mp_reach(row: AttributeSet, value: bytes) -> bool:
    """Read the next hop of MP_REACH_NLRI, abbreviated (RFC 6396 section 4.3.4) or in full.

    abbreviated = length(1) next hop;  full = AFI(2) SAFI(1) length(1) next hop reserved(1) NLRI;
    GoBGP's = AFI(2) SAFI(1) length(1) next hop.
    The NLRI of the full form is not looked at: the prefix is in the record.
    """
    size = len(value)
    if size and size == 1 + value[0]:
        return _mp_next_hop(row, value[1:])
    full = size >= 4 and value[0] == 0 and value[1] in (1, 2) and 4 + value[3] <= size
    if full and _mp_next_hop(row, value[4 : 4 + value[3]]):
        row.quirks.append("mp_reach_full" if 4 + value[3] < size else "mp_reach_afi_safi")
        return True
    return False


def _mp_next_hop(row: AttributeSet, hop: bytes) -> bool:
    size = len(hop)
    if size in (12, 24, 48):  # a route distinguisher of 8 octets before each address
        step = 24 if size == 48 else size
        hop = b"".join(hop[at + 8 : at + step] for at in range(0, size, step))
    if len(hop) not in (0, 4, 16, 32):
        return False
    if hop:
        row.mp_next_hop = address_text(hop[:16])
    if len(hop) == 32:
        row.next_hop_link_local = address_text(hop[16:])
    return True


def _large_communities(row: AttributeSet, value: bytes) -> bool:
    if len(value) % 12:
        return False
    row.large_communities = list(struct.iter_unpack("!3I", value))
    return True


def _ipv6_extended_communities(row: AttributeSet, value: bytes) -> bool:
    if len(value) % 20:
        return False
    row.ipv6_extended_communities = [value[at : at + 20] for at in range(0, len(value), 20)]
    return True


def _aigp(row: AttributeSet, value: bytes) -> bool:
    """Read the first TLV of type AIGP, type(1)=1 length(2)=11 metric(8), behind any others."""
    at = 0
    while at + 3 <= len(value):
        size = value[at + 1] << 8 | value[at + 2]
        if size < 3 or at + size > len(value):
            return False
        if value[at] == 1:
            if size == 11:
                row.aigp = _U64.unpack_from(value, at + 3)[0]
            return size == 11
        at += size
    return False


def _number(name: str) -> Callable[[AttributeSet, bytes], bool]:
    def decode(row: AttributeSet, value: bytes) -> bool:
        if len(value) != 4:
            return False
        setattr(row, name, _U32.unpack(value)[0])
        return True

    return decode


def _numbers(name: str, octets: int) -> Callable[[AttributeSet, bytes], bool]:
    code = {4: "I", 8: "Q"}[octets]

    def decode(row: AttributeSet, value: bytes) -> bool:
        count, rest = divmod(len(value), octets)
        if rest:
            return False
        setattr(row, name, struct.unpack(f"!{count}{code}", value))
        return True

    return decode


_DECODERS: dict[int, Callable[[AttributeSet, bytes], bool]] = {
    1: _origin,
    3: _next_hop,
    4: _number("med"),
    5: _number("local_pref"),
    6: _atomic_aggregate,
    AGGREGATOR: _aggregator,
    8: _numbers("communities", 4),
    9: _originator_id,
    10: _numbers("cluster_list", 4),
    14: _mp_reach,
    16: _numbers("extended_communities", 8),
    AS4_AGGREGATOR: _as4_aggregator,
    25: _ipv6_extended_communities,
    26: _aigp,
    32: _large_communities,
    35: _number("otc"),
}
