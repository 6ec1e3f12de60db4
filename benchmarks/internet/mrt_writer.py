"""MRT records as bytes (RFC 6396, 6397, 8050): small functions that the caller composes.

    header = timestamp(4) type(2) subtype(2) length(4)

Nothing is validated, so tests can write damaged files on purpose: every announced length and count can be
overridden. The path attributes of `internet.attribute_writer` are re-exported here, so that

    from internet import mrt_writer as mrt
    mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")])
    mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, mrt.origin() + mrt.as_path(mrt.sequence(64500)))])

is all a test needs.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from internet.attribute_writer import (
    AS_CONFED_SEQUENCE,
    AS_CONFED_SET,
    AS_SEQUENCE,
    AS_SET,
    ORIGIN_EGP,
    ORIGIN_IGP,
    ORIGIN_INCOMPLETE,
    Segment,
    address,
    aggregator,
    aigp,
    as4_aggregator,
    as4_path,
    as_path,
    as_set,
    atomic_aggregate,
    attribute,
    cluster_list,
    communities,
    confed_sequence,
    confed_set,
    extended_communities,
    ipv6_extended_communities,
    large_communities,
    local_pref,
    med,
    mp_reach,
    mp_reach_abbreviated,
    mp_unreach,
    next_hop,
    nlri,
    only_to_customer,
    origin,
    originator_id,
    route_target,
    segments,
    sequence,
)

__all__ = [
    "AS_CONFED_SEQUENCE", "AS_CONFED_SET", "AS_SEQUENCE", "AS_SET", "BGP", "BGP4MP", "BGP4MP_ET", "IPV4",
    "IPV6", "LEGACY_KEEPALIVE", "LEGACY_STATE_CHANGE", "LEGACY_SYNC", "LEGACY_UPDATE", "MULTICAST",
    "ORIGIN_EGP", "ORIGIN_IGP", "ORIGIN_INCOMPLETE", "TABLE_DUMP", "TABLE_DUMP_V2", "UNICAST", "GeoPeer",
    "Peer", "Segment", "Session", "address", "aggregator", "aigp", "as4_aggregator", "as4_path", "as_path",
    "as_set", "atomic_aggregate", "attribute", "bgp4mp_entry", "bgp_message", "bgp_update", "cluster_list",
    "communities", "confed_sequence", "confed_set", "extended_communities", "geo_peer_table",
    "ipv6_extended_communities", "large_communities", "legacy", "local_pref", "med", "message", "mp_reach",
    "mp_reach_abbreviated", "mp_unreach", "next_hop", "nlri",
    "only_to_customer", "origin", "originator_id", "peer_index_table", "record", "rib", "rib_entry",
    "rib_generic", "route_target", "segments", "sequence", "state_change", "table_dump",
]  # fmt: skip

BGP, TABLE_DUMP, TABLE_DUMP_V2, BGP4MP, BGP4MP_ET = 5, 12, 13, 16, 17
IPV4, IPV6 = 1, 2
UNICAST, MULTICAST = 1, 2

PEER_INDEX_TABLE, RIB_GENERIC, GEO_PEER_TABLE, RIB_GENERIC_ADDPATH = 1, 6, 7, 12
_RIB_SUBTYPES = {  # (AFI, SAFI, ADD-PATH): subtype
    (IPV4, UNICAST, False): 2,
    (IPV4, MULTICAST, False): 3,
    (IPV6, UNICAST, False): 4,
    (IPV6, MULTICAST, False): 5,
    (IPV4, UNICAST, True): 8,
    (IPV4, MULTICAST, True): 9,
    (IPV6, UNICAST, True): 10,
    (IPV6, MULTICAST, True): 11,
}

BGP4MP_STATE_CHANGE, BGP4MP_ENTRY, BGP4MP_STATE_CHANGE_AS4 = 0, 2, 5
LEGACY_UPDATE, LEGACY_STATE_CHANGE, LEGACY_SYNC, LEGACY_KEEPALIVE = 1, 3, 4, 7
_MESSAGE_SUBTYPES = {  # (4-octet ASNs, local, ADD-PATH): subtype
    (False, False, False): 1,
    (True, False, False): 4,
    (False, True, False): 6,
    (True, True, False): 7,
    (False, False, True): 8,
    (True, False, True): 9,
    (False, True, True): 10,
    (True, True, True): 11,
}

OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4


class Peer(NamedTuple):
    """One entry of a PEER_INDEX_TABLE; its address family and ASN width decide the peer type bits."""

    asn: int
    ip: str
    bgp_id: str = "0.0.0.0"
    asn_bytes: int = 4


class GeoPeer(NamedTuple):
    """One entry of a GEO_PEER_TABLE, in degrees; NaN is private (RFC 6397)."""

    bgp_id: str
    latitude: float
    longitude: float


class Session(NamedTuple):
    """The two ends of a BGP4MP record, as the collector saw them."""

    peer_as: int
    local_as: int
    peer_ip: str
    local_ip: str
    asn_bytes: int = 4
    interface: int = 0


def record(
    kind: int,
    subtype: int,
    body: bytes,
    *,
    timestamp: int = 0,
    microseconds: int | None = None,
    length: int | None = None,
) -> bytes:
    """Return an MRT record; the microseconds of an `_ET` type count in its length (RFC 6396 section 3)."""
    extra = b"" if microseconds is None else struct.pack("!I", microseconds)
    size = len(extra) + len(body) if length is None else length
    return struct.pack("!IHHI", timestamp, kind, subtype, size) + extra + body


def peer_index_table(
    peers: Sequence[Peer],
    *,
    collector_id: str = "0.0.0.0",
    view: str = "",
    timestamp: int = 0,
    count: int | None = None,
) -> bytes:
    """Return a PEER_INDEX_TABLE: collector(4) name length(2) name count(2), then type(1) id(4) address ASN."""
    name = view.encode()
    parts = [address(collector_id), struct.pack("!H", len(name)), name]
    parts.append(struct.pack("!H", len(peers) if count is None else count))
    for peer in peers:
        ip = address(peer.ip)
        bits = (1 if len(ip) == 16 else 0) | (2 if peer.asn_bytes == 4 else 0)
        parts += [bytes([bits]), address(peer.bgp_id), ip]
        parts.append(struct.pack("!I" if peer.asn_bytes == 4 else "!H", peer.asn))
    return record(TABLE_DUMP_V2, PEER_INDEX_TABLE, b"".join(parts), timestamp=timestamp)


def geo_peer_table(
    peers: Sequence[GeoPeer], *, count: int | None = None, timestamp: int = 0
) -> bytes:
    """Return a GEO_PEER_TABLE: collector(4) latitude(4) longitude(4) count(2), then type(1) id(4) location.

    Its entries stand in the order of the PEER_INDEX_TABLE and have neither address nor ASN.
    """
    head = address("0.0.0.0") + struct.pack("!2f", 0, 0)
    head += struct.pack("!H", len(peers) if count is None else count)
    entries = (
        b"\0" + address(p.bgp_id) + struct.pack("!2f", p.latitude, p.longitude) for p in peers
    )
    return record(TABLE_DUMP_V2, GEO_PEER_TABLE, head + b"".join(entries), timestamp=timestamp)


def rib_entry(
    peer_index: int,
    attributes: bytes,
    *,
    originated: int = 0,
    path_id: int | None = None,
    attribute_length: int | None = None,
) -> bytes:
    """Return one RIB entry: peer(2) originated(4) [path id(4), RFC 8050] attribute length(2) attributes."""
    size = len(attributes) if attribute_length is None else attribute_length
    identifier = b"" if path_id is None else struct.pack("!I", path_id)
    return (
        struct.pack("!HI", peer_index, originated)
        + identifier
        + struct.pack("!H", size)
        + attributes
    )


def rib(
    prefix: str,
    entries: Sequence[bytes],
    *,
    sequence_number: int = 0,
    timestamp: int = 0,
    safi: int = UNICAST,
    add_path: bool = False,
    subtype: int | None = None,
    count: int | None = None,
    prefix_length: int | None = None,
    names_family: bool = False,
) -> bytes:
    """Return a RIB_IPV4/IPV6 record: sequence(4) prefix count(2) entries; the prefix decides the family.

    With `add_path` the entries must carry a path id, see `rib_entry`. With `names_family` AFI(2) and
    SAFI(1) stand before the prefix, as GoBGP wrote it.
    """
    afi = IPV6 if ":" in prefix else IPV4
    code = _RIB_SUBTYPES[afi, safi, add_path] if subtype is None else subtype
    family = struct.pack("!HB", afi, safi) if names_family else b""
    head = struct.pack("!I", sequence_number) + family + nlri(prefix, length=prefix_length)
    n_entries = struct.pack("!H", len(entries) if count is None else count)
    return record(TABLE_DUMP_V2, code, head + n_entries + b"".join(entries), timestamp=timestamp)


def rib_generic(
    afi: int,
    safi: int,
    routes: bytes,
    entries: Sequence[bytes],
    *,
    sequence_number: int = 0,
    timestamp: int = 0,
    add_path: bool = False,
) -> bytes:
    """Return a RIB_GENERIC record: sequence(4) AFI(2) SAFI(1) one NLRI, count(2) entries."""
    head = (
        struct.pack("!IHB", sequence_number, afi, safi) + routes + struct.pack("!H", len(entries))
    )
    code = RIB_GENERIC_ADDPATH if add_path else RIB_GENERIC
    return record(TABLE_DUMP_V2, code, head + b"".join(entries), timestamp=timestamp)


def table_dump(
    prefix: str,
    peer_ip: str,
    peer_as: int,
    attributes: bytes,
    *,
    view: int = 0,
    sequence_number: int = 0,
    status: int = 1,
    originated: int = 0,
    timestamp: int = 0,
    attribute_length: int | None = None,
) -> bytes:
    """Return a TABLE_DUMP (version 1) record: one route; ASNs are 2 octets, also inside its AS_PATH."""
    text, _, bits = prefix.partition("/")
    network = address(text)
    size = len(attributes) if attribute_length is None else attribute_length
    head = struct.pack("!HH", view, sequence_number & 0xFFFF) + network + bytes([int(bits), status])
    tail = struct.pack("!I", originated) + address(peer_ip) + struct.pack("!HH", peer_as, size)
    subtype = IPV6 if len(network) == 16 else IPV4
    return record(TABLE_DUMP, subtype, head + tail + attributes, timestamp=timestamp)


def table_dump_packed(records: Sequence[bytes], *, is_short: bool = False) -> bytes:
    """Return the routes of TABLE_DUMP records in one, as the first RIS dumps have them.

    ``is_short``: its length leaves out view and sequence number, as theirs do.
    """
    timestamp, _, subtype, _ = struct.unpack_from("!IHHI", records[0])
    body = records[0][12:] + b"".join(one[16:] for one in records[1:])
    length = len(body) - 4 * is_short
    return record(TABLE_DUMP, subtype, body, timestamp=timestamp, length=length)


def bgp_message(
    kind: int, body: bytes = b"", *, length: int | None = None, marker: bytes = b"\xff" * 16
) -> bytes:
    """Return a BGP message: marker(16) length(2) type(1) body."""
    size = 19 + len(body) if length is None else length
    return marker + struct.pack("!HB", size, kind) + body


def bgp_update(
    *,
    withdrawn: bytes = b"",
    attributes: bytes = b"",
    announced: bytes = b"",
    withdrawn_length: int | None = None,
    attribute_length: int | None = None,
) -> bytes:
    """Return an UPDATE message; `withdrawn` and `announced` are NLRI joined by the caller."""
    n_withdrawn = len(withdrawn) if withdrawn_length is None else withdrawn_length
    n_attributes = len(attributes) if attribute_length is None else attribute_length
    body = (
        struct.pack("!H", n_withdrawn)
        + withdrawn
        + struct.pack("!H", n_attributes)
        + attributes
        + announced
    )
    return bgp_message(UPDATE, body)


def message(
    session: Session,
    payload: bytes,
    *,
    timestamp: int = 0,
    local: bool = False,
    add_path: bool = False,
    microseconds: int | None = None,
) -> bytes:
    """Return a BGP4MP MESSAGE record; the session and the flags choose among its eight subtypes."""
    subtype = _MESSAGE_SUBTYPES[session.asn_bytes == 4, local, add_path]
    return _bgp4mp(subtype, session, payload, timestamp, microseconds)


def state_change(
    session: Session, old: int, new: int, *, timestamp: int = 0, microseconds: int | None = None
) -> bytes:
    """Return a BGP4MP STATE_CHANGE record: session, old state(2), new state(2)."""
    subtype = BGP4MP_STATE_CHANGE_AS4 if session.asn_bytes == 4 else BGP4MP_STATE_CHANGE
    return _bgp4mp(subtype, session, struct.pack("!HH", old, new), timestamp, microseconds)


def bgp4mp_entry(
    session: Session,
    prefix: str,
    next_hop_ip: str,
    attributes: bytes,
    *,
    originated: int = 0,
    timestamp: int = 0,
    safi: int = UNICAST,
) -> bytes:
    """Return a BGP4MP_ENTRY record, an old RIB entry, the near end first as OpenBGPD writes it."""
    hop = address(next_hop_ip)
    afi = IPV6 if ":" in prefix else IPV4
    head = struct.pack("!HHIHBB", 0, 1, originated, afi, safi, len(hop)) + hop + nlri(prefix)
    payload = head + struct.pack("!H", len(attributes)) + attributes
    swapped = session._replace(
        peer_as=session.local_as,
        local_as=session.peer_as,
        peer_ip=session.local_ip,
        local_ip=session.peer_ip,
        asn_bytes=2,
    )
    return _bgp4mp(BGP4MP_ENTRY, swapped, payload, timestamp, None)


def legacy(session: Session, subtype: int, payload: bytes, *, timestamp: int = 0) -> bytes:
    """Return a record of MRT type 5 (RFC 6396 appendix B): ASes of 2 octets, IPv4, no message header.

    A state change (subtype 3) names the peer alone.
    """
    ends = struct.pack("!H", session.peer_as) + address(session.peer_ip)
    if subtype != LEGACY_STATE_CHANGE:
        ends += struct.pack("!H", session.local_as) + address(session.local_ip)
    return record(BGP, subtype, ends + payload, timestamp=timestamp)


def _bgp4mp(
    subtype: int, session: Session, payload: bytes, timestamp: int, microseconds: int | None
) -> bytes:
    peer_ip = address(session.peer_ip)
    afi = IPV6 if len(peer_ip) == 16 else IPV4
    ases = struct.pack(
        "!II" if session.asn_bytes == 4 else "!HH", session.peer_as, session.local_as
    )
    ends = ases + struct.pack("!HH", session.interface, afi) + peer_ip + address(session.local_ip)
    kind = BGP4MP if microseconds is None else BGP4MP_ET
    return record(kind, subtype, ends + payload, timestamp=timestamp, microseconds=microseconds)
