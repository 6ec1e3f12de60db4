"""BGP path attributes and NLRI as bytes (RFC 4271 and its extensions).

Every function returns the bytes of one attribute and the caller joins them: a malformed message is as
easy to write as a correct one, because flags, lengths and ASN widths can all be overridden.

    attribute = flags(1) type(1) length(1, or 2 with the extended-length flag) value
"""

import ipaddress
import struct
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

OPTIONAL, TRANSITIVE, PARTIAL, EXTENDED_LENGTH = 0x80, 0x40, 0x20, 0x10

ORIGIN, AS_PATH, NEXT_HOP, MULTI_EXIT_DISC, LOCAL_PREF = 1, 2, 3, 4, 5
ATOMIC_AGGREGATE, AGGREGATOR, COMMUNITIES, ORIGINATOR_ID, CLUSTER_LIST = 6, 7, 8, 9, 10
MP_REACH_NLRI, MP_UNREACH_NLRI, EXTENDED_COMMUNITIES = 14, 15, 16
AS4_PATH, AS4_AGGREGATOR, IPV6_EXTENDED_COMMUNITIES, AIGP = 17, 18, 25, 26
LARGE_COMMUNITIES, ONLY_TO_CUSTOMER = 32, 35

ORIGIN_IGP, ORIGIN_EGP, ORIGIN_INCOMPLETE = 0, 1, 2
AS_SET, AS_SEQUENCE, AS_CONFED_SEQUENCE, AS_CONFED_SET = 1, 2, 3, 4

_WELL_KNOWN = frozenset({ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF, ATOMIC_AGGREGATE})
_NON_TRANSITIVE = frozenset(
    {MULTI_EXIT_DISC, ORIGINATOR_ID, CLUSTER_LIST, MP_REACH_NLRI, MP_UNREACH_NLRI, AIGP}
)


class Segment(NamedTuple):
    """One AS_PATH segment; `announced` overrides the number of ASes it claims to have."""

    kind: int
    asns: tuple[int, ...]
    announced: int | None = None


def sequence(*asns: int) -> Segment:
    """Return an AS_SEQUENCE segment."""
    return Segment(AS_SEQUENCE, asns)


def as_set(*asns: int) -> Segment:
    """Return an AS_SET segment."""
    return Segment(AS_SET, asns)


def confed_sequence(*asns: int) -> Segment:
    """Return an AS_CONFED_SEQUENCE segment (RFC 5065)."""
    return Segment(AS_CONFED_SEQUENCE, asns)


def confed_set(*asns: int) -> Segment:
    """Return an AS_CONFED_SET segment (RFC 5065)."""
    return Segment(AS_CONFED_SET, asns)


@cache
def address(text: str) -> bytes:
    """Return an IPv4 or IPv6 address in network order."""
    return ipaddress.ip_address(text).packed


def nlri(prefix: str, *, path_id: int | None = None, length: int | None = None) -> bytes:
    """Return a prefix as NLRI: [path id(4)] length(1) and the fewest octets that hold it.

    Host bits are written as given (bits beyond the length inside the last octet stay set), so a test can
    produce the trailing bits that real speakers emit. `length` overrides the length octet only.
    """
    text, _, bits = prefix.partition("/")
    n_bits = int(bits)
    head = b"" if path_id is None else struct.pack("!I", path_id)
    octets = address(text)[: (n_bits + 7) // 8]
    return head + bytes([n_bits if length is None else length]) + octets


def default_flags(code: int) -> int:
    """Return the flags the attribute's own RFC asks for."""
    if code in _WELL_KNOWN:
        return TRANSITIVE
    return OPTIONAL if code in _NON_TRANSITIVE else OPTIONAL | TRANSITIVE


def attribute(
    code: int,
    value: bytes,
    *,
    flags: int | None = None,
    extended: bool | None = None,
    length: int | None = None,
) -> bytes:
    """Return one path attribute.

    The extended-length flag is set when the value needs it, or when `extended` asks for it. `length`
    overrides the announced length, whatever the value's real size is.
    """
    bits = default_flags(code) if flags is None else flags
    size = len(value) if length is None else length
    wide = size > 0xFF or bool(bits & EXTENDED_LENGTH) if extended is None else extended
    bits = bits | EXTENDED_LENGTH if wide else bits & ~EXTENDED_LENGTH
    return struct.pack("!BBH" if wide else "!BBB", bits, code, size) + value


def origin(code: int = ORIGIN_IGP) -> bytes:
    """Return ORIGIN."""
    return attribute(ORIGIN, bytes([code]))


def segments(path: Iterable[Segment], asn_bytes: int = 4) -> bytes:
    """Return the value of an AS_PATH: kind(1) count(1) ASNs, per segment."""
    code = "I" if asn_bytes == 4 else "H"
    return b"".join(
        struct.pack(
            f"!BB{len(s.asns)}{code}",
            s.kind,
            len(s.asns) if s.announced is None else s.announced,
            *s.asns,
        )
        for s in path
    )


def as_path(*path: Segment, asn_bytes: int = 4) -> bytes:
    """Return AS_PATH; TABLE_DUMP_V2 always uses 4 octets per ASN, TABLE_DUMP always 2."""
    return attribute(AS_PATH, segments(path, asn_bytes))


def as4_path(*path: Segment) -> bytes:
    """Return AS4_PATH (RFC 6793)."""
    return attribute(AS4_PATH, segments(path))


def next_hop(text: str) -> bytes:
    """Return NEXT_HOP."""
    return attribute(NEXT_HOP, address(text))


def med(value: int) -> bytes:
    """Return MULTI_EXIT_DISC."""
    return attribute(MULTI_EXIT_DISC, struct.pack("!I", value))


def local_pref(value: int) -> bytes:
    """Return LOCAL_PREF."""
    return attribute(LOCAL_PREF, struct.pack("!I", value))


def atomic_aggregate() -> bytes:
    """Return ATOMIC_AGGREGATE, which has no value."""
    return attribute(ATOMIC_AGGREGATE, b"")


def aggregator(asn: int, router: str, *, asn_bytes: int = 4) -> bytes:
    """Return AGGREGATOR: 8 octets, or 6 with a 2-octet ASN."""
    return attribute(
        AGGREGATOR, struct.pack("!I" if asn_bytes == 4 else "!H", asn) + address(router)
    )


def as4_aggregator(asn: int, router: str) -> bytes:
    """Return AS4_AGGREGATOR (RFC 6793)."""
    return attribute(AS4_AGGREGATOR, struct.pack("!I", asn) + address(router))


def communities(values: Sequence[tuple[int, int]]) -> bytes:
    """Return COMMUNITIES (RFC 1997) of (AS, value) pairs."""
    return attribute(COMMUNITIES, b"".join(struct.pack("!HH", *value) for value in values))


def extended_communities(values: Sequence[bytes]) -> bytes:
    """Return EXTENDED_COMMUNITIES (RFC 4360) of 8-octet values."""
    return attribute(EXTENDED_COMMUNITIES, b"".join(values))


def route_target(asn: int, value: int) -> bytes:
    """Return one 2-octet-AS route target (RFC 4360), to put into `extended_communities`."""
    return struct.pack("!BBHI", 0x00, 0x02, asn, value)


def ipv6_extended_communities(values: Sequence[bytes]) -> bytes:
    """Return IPV6_EXTENDED_COMMUNITIES (RFC 5701) of 20-octet values."""
    return attribute(IPV6_EXTENDED_COMMUNITIES, b"".join(values))


def large_communities(values: Sequence[tuple[int, int, int]]) -> bytes:
    """Return LARGE_COMMUNITIES (RFC 8092) of (global, local 1, local 2) triples."""
    return attribute(LARGE_COMMUNITIES, b"".join(struct.pack("!III", *value) for value in values))


def originator_id(router: str) -> bytes:
    """Return ORIGINATOR_ID (RFC 4456)."""
    return attribute(ORIGINATOR_ID, address(router))


def cluster_list(routers: Sequence[str]) -> bytes:
    """Return CLUSTER_LIST (RFC 4456)."""
    return attribute(CLUSTER_LIST, b"".join(map(address, routers)))


def mp_reach_abbreviated(*next_hops: str, length: int | None = None) -> bytes:
    """Return MP_REACH_NLRI as a TABLE_DUMP_V2 RIB holds it: length(1) next hop (RFC 6396 section 4.3.4)."""
    hops = b"".join(map(address, next_hops))
    return attribute(MP_REACH_NLRI, bytes([len(hops) if length is None else length]) + hops)


def mp_reach(afi: int, safi: int, next_hops: Sequence[str], routes: bytes = b"") -> bytes:
    """Return MP_REACH_NLRI in full (RFC 4760): AFI(2) SAFI(1) length(1) next hop reserved(1) NLRI."""
    hops = b"".join(map(address, next_hops))
    return attribute(
        MP_REACH_NLRI, struct.pack("!HBB", afi, safi, len(hops)) + hops + b"\0" + routes
    )


def mp_unreach(afi: int, safi: int, routes: bytes = b"") -> bytes:
    """Return MP_UNREACH_NLRI (RFC 4760)."""
    return attribute(MP_UNREACH_NLRI, struct.pack("!HB", afi, safi) + routes)


def aigp(metric: int) -> bytes:
    """Return AIGP (RFC 7311) with its one defined TLV: type(1) length(2) metric(8)."""
    return attribute(AIGP, struct.pack("!BHQ", 1, 11, metric))


def only_to_customer(asn: int) -> bytes:
    """Return ONLY_TO_CUSTOMER, OTC (RFC 9234)."""
    return attribute(ONLY_TO_CUSTOMER, struct.pack("!I", asn))
