"""Routes as a TABLE_DUMP_V2 dump (RFC 6396 section 4.3, RFC 6397, RFC 8050): the inverse of `records`.

Each distinct path and attribute set is put on the wire once. Attributes ascend by type.
"""

import ipaddress
import math
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Literal

import pyarrow as pa

from rib.fallback.attributes import AS4_PATH, AS_PATH
from rib.fallback.families import SAFI
from rib.fallback.framing import GEO_PEER_TABLE, PEER_INDEX_TABLE, TABLE_DUMP_V2
from rib.schema import LABELS

__all__ = ["mrt_blocks"]

_BLOCK = 1 << 20
_MAX_RECORD = 1 << 24
_MAX_ENTRIES = 65535
#: Subtypes of unicast records; those of multicast follow each.
_SUBTYPES = {(4, False): 2, (6, False): 4, (4, True): 8, (6, True): 10}

_WELL_KNOWN, _OPTIONAL, _OPTIONAL_TRANSITIVE = 0x40, 0x80, 0xC0
_EXTENDED_LENGTH = 0x10
_NEXT_HOP, _AGGREGATOR, _MP_REACH_NLRI = 3, 7, 14


def mrt_blocks(
    tables: dict[str, pa.Table],
    view_name: str,
    *,
    safi: Literal["unicast", "multicast"] = "unicast",
) -> Iterator[bytes]:
    """Give routes as a TABLE_DUMP_V2 dump, some whole records at a time.

    Parameters
    ----------
    tables : dict of str to pyarrow.Table
        The five tables of a `Rib`.
    view_name : str
        That of the PEER_INDEX_TABLE.
    safi : {"unicast", "multicast"}
        Which subtypes are written.

    Returns
    -------
    iterator of bytes

    Raises
    ------
    ValueError
        At the call or at a later block: what has no form on the wire.
    """
    if safi not in SAFI:
        raise ValueError(f"safi={safi!r}: expected 'unicast' or 'multicast'")
    times = tables["routes"].column("record_time").to_pylist()
    head = _peer_tables(tables["peers"].to_pylist(), view_name, min(times, default=0))
    paths = _encoded(tables["as_paths"], "as_paths", _path)
    sets = _encoded(tables["attributes"], "attributes", _attributes)
    return _blocks(head, _records(tables, paths, sets, SAFI[safi]))


def _blocks(head: bytes, records: Iterable[bytes]) -> Iterator[bytes]:
    block, size = [head], len(head)
    for record in records:
        block.append(record)
        size += len(record)
        if size >= _BLOCK:
            yield b"".join(block)
            block, size = [], 0
    if block:
        yield b"".join(block)


def _encoded(table: pa.Table, name: str, encode: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """Encode each row; what has no form on the wire is named with its row."""
    encoded = []
    for number, row in enumerate(table.to_pylist()):
        try:
            encoded.append(encode(row))
        except (ValueError, struct.error) as error:
            raise ValueError(f"{name} row {number}: {error}") from None
    return encoded


def _record(time: int, subtype: int, body: bytes) -> bytes:
    return struct.pack("!IHHI", time, TABLE_DUMP_V2, subtype, len(body)) + body


def _peer_tables(peers: list[dict[str, Any]], view_name: str, time: int) -> bytes:
    """Write the peers, and where they are if that is known of any.

    The collector's BGP id is in no column and so 0.0.0.0; its location is private.
    """
    name = view_name.encode()
    if len(name) > 65535:
        raise ValueError(
            f"collector: expected a view name of at most 65535 octets, found {len(name)}"
        )
    if len(peers) > 65535:
        raise ValueError(
            f"peers: expected at most 65535, which a PEER_INDEX_TABLE can list, found {len(peers)}"
        )
    n_peers = struct.pack("!H", len(peers))
    index = [bytes(4), struct.pack("!H", len(name)), name, n_peers]
    private = math.nan  # RFC 6397 section 4
    places = [bytes(4), struct.pack("!2f", private, private), n_peers]
    is_placed = False
    for number, peer in enumerate(peers):
        try:
            address = ipaddress.ip_address(peer["peer_ip"]).packed
            bgp_id = _ipv4(peer["bgp_id"] or "0.0.0.0")  # noqa: S104 - an id, not a socket
        except ValueError:
            raise ValueError(f"peers row {number}: peer_ip or bgp_id is no address") from None
        # Bit 0: the address is IPv6; bit 1: the AS has four octets.
        kind = bytes([2 | (len(address) == 16)])
        index += [kind, bgp_id, address, struct.pack("!I", peer["peer_as"])]
        place = [private if d is None else d for d in (peer["latitude"], peer["longitude"])]
        is_placed |= not all(map(math.isnan, place))
        places += [kind, bgp_id, struct.pack("!2f", *place)]
    records = _record(time, PEER_INDEX_TABLE, b"".join(index))
    if is_placed:
        records += _record(time, GEO_PEER_TABLE, b"".join(places))
    return records


# -- distinct paths and attribute sets ------------------------------------------------------------


def _attribute(flags: int, code: int, value: bytes) -> bytes:
    if len(value) > 255 or flags & _EXTENDED_LENGTH:
        return struct.pack("!BBH", flags | _EXTENDED_LENGTH, code, len(value)) + value
    return bytes((flags, code, len(value))) + value


def _path(row: dict[str, Any]) -> bytes:
    hops, segments = row["hops"], row["segments"]
    if sum(s["count"] for s in segments) != len(hops):
        raise ValueError("hops and segments do not fit together")
    parts, at = [], 0
    for segment in segments:
        end = at + segment["count"]
        parts.append(bytes((segment["kind"], segment["count"])))
        parts.append(_words(hops[at:end]))
        at = end
    return _attribute(_WELL_KNOWN, AS_PATH, b"".join(parts))


def _words(values: list[int]) -> bytes:
    return struct.pack(f"!{len(values)}I", *values)


def _ipv4(text: str) -> bytes:
    return ipaddress.IPv4Address(text).packed


def _attributes(row: dict[str, Any]) -> dict[int, tuple[bytes, bytes]]:
    """Give what goes before and after AS_PATH, by the family of the prefix."""
    found = {raw["type"]: (raw["flags"], raw["value"]) for raw in row["unknown"] or ()}
    if len(found) < len(row["unknown"] or ()) or found.keys() & {AS_PATH, AS4_PATH}:
        raise ValueError("unknown holds a type twice, or one that a column of its own writes")
    for code, (flags, name, encode) in _COLUMNS.items():
        if row[name] is not None and row[name] is not False:
            _add(found, flags, code, encode(row[name]))
    if (row["aggregator_as"] is None) != (row["aggregator_ip"] is None):
        raise ValueError("one of aggregator_as and aggregator_ip is null")
    if row["aggregator_as"] is not None:
        value = _words([row["aggregator_as"]]) + _ipv4(row["aggregator_ip"])
        _add(found, _OPTIONAL_TRANSITIVE, _AGGREGATOR, value)
    halves = {}
    for family in (4, 6):
        of_family = dict(found)
        _add_next_hop(of_family, row, family)
        halves[family] = _halves(of_family)
    return halves


def _add(found: dict[int, tuple[int, bytes]], flags: int, code: int, value: bytes) -> None:
    if code in found:
        raise ValueError(
            f"unknown holds an attribute of type {code}, which a column of its own writes"
        )
    found[code] = (flags, value)


def _add_next_hop(found: dict[int, tuple[int, bytes]], row: dict[str, Any], family: int) -> None:
    """Write NEXT_HOP, or abbreviated MP_REACH_NLRI where NEXT_HOP cannot say it."""
    hop, local = row["next_hop"], row["next_hop_link_local"]
    if hop is None and local is None:
        return
    hops = b"" if hop is None else ipaddress.ip_address(hop).packed
    if local is not None:
        if len(hops) != 16:
            raise ValueError("next_hop_link_local stands without an IPv6 next_hop")
        hops += ipaddress.IPv6Address(local).packed
    # A malformed one of the two is in `unknown`; the next hop came from the other then.
    as_next_hop = _NEXT_HOP not in found if family == 4 else _MP_REACH_NLRI in found
    if len(hops) == 4 and as_next_hop:
        _add(found, _WELL_KNOWN, _NEXT_HOP, hops)
    else:
        _add(found, _OPTIONAL, _MP_REACH_NLRI, bytes([len(hops)]) + hops)


def _halves(found: dict[int, tuple[int, bytes]]) -> tuple[bytes, bytes]:
    wire = [
        (code, _attribute(flags, code, value)) for code, (flags, value) in sorted(found.items())
    ]
    return (
        b"".join(octets for code, octets in wire if code < AS_PATH),
        b"".join(octets for code, octets in wire if code > AS_PATH),
    )


def _large(values: list[list[int]]) -> bytes:
    return b"".join(map(_words, values))


#: Columns that are one attribute each, by its type.
_COLUMNS: dict[int, tuple[int, str, Callable[[Any], bytes]]] = {
    1: (_WELL_KNOWN, "origin", lambda v: bytes([LABELS["origin"].index(v)])),
    4: (_OPTIONAL, "med", lambda v: _words([v])),
    5: (_WELL_KNOWN, "local_pref", lambda v: _words([v])),
    6: (_WELL_KNOWN, "atomic_aggregate", lambda _: b""),
    8: (_OPTIONAL_TRANSITIVE, "communities", _words),
    9: (_OPTIONAL, "originator_id", _ipv4),
    10: (_OPTIONAL, "cluster_list", _words),
    16: (_OPTIONAL_TRANSITIVE, "extended_communities", lambda v: struct.pack(f"!{len(v)}Q", *v)),
    25: (_OPTIONAL_TRANSITIVE, "ipv6_extended_communities", b"".join),
    26: (_OPTIONAL, "aigp", lambda v: struct.pack("!BHQ", 1, 11, v)),
    32: (_OPTIONAL_TRANSITIVE, "large_communities", _large),
    35: (_OPTIONAL_TRANSITIVE, "otc", lambda v: _words([v])),
}


# -- records --------------------------------------------------------------------------------------


def _records(
    tables: dict[str, pa.Table],
    paths: list[bytes],
    sets: list[dict[int, tuple[bytes, bytes]]],
    safi: int,
) -> Iterator[bytes]:
    prefixes = tables["prefixes"].select(["family", "network", "length"]).to_pylist()
    columns = ("prefix_id", "peer_id", "as_path_id", "attributes_id", "add_path_id",
               "originated_time", "record_time")  # fmt: skip
    routes = zip(*(tables["routes"].column(c).to_pylist() for c in columns), strict=True)
    n_peers, sequence = tables["peers"].num_rows, 0
    for prefix_id, group in groupby(enumerate(routes), key=lambda r: r[1][0]):
        prefix, of_prefix = prefixes[prefix_id], list(group)
        family, length = prefix["family"], prefix["length"]
        network = bytes([length]) + prefix["network"][: (length + 7) // 8]
        for add_path in (False, True):
            chosen = (r for r in of_prefix if (r[1][4] is not None) == add_path)
            entries = (
                (_entry(number, route, n_peers, paths, sets, family), route[6])
                for number, route in chosen
            )
            for body, time, count in _bodies(entries, 4 + len(network) + 2 + 12):
                head = struct.pack("!I", sequence & 0xFFFFFFFF) + network
                record = head + struct.pack("!H", count) + body
                yield _record(time, _SUBTYPES[family, add_path] + safi - 1, record)
                sequence += 1


def _bodies(
    entries: Iterable[tuple[bytes, int]], head_size: int
) -> Iterator[tuple[bytes, int, int]]:
    """Cut the entries of a prefix into records: octets, latest time and number of entries."""
    parts: list[bytes] = []
    size, latest = head_size, 0
    for octets, time in entries:
        if len(parts) == _MAX_ENTRIES or size >= _MAX_RECORD:
            yield b"".join(parts), latest, len(parts)
            parts, size, latest = [], head_size, 0
        parts.append(octets)
        size += len(octets)
        latest = max(latest, time)
    if parts:
        yield b"".join(parts), latest, len(parts)


def _entry(
    number: int,
    route: tuple[int, ...],
    n_peers: int,
    paths: list[bytes],
    sets: list[dict[int, tuple[bytes, bytes]]],
    family: int,
) -> bytes:
    _, peer, path_id, set_id, add_path_id, originated, _ = route
    if peer >= n_peers or path_id >= len(paths) or set_id >= len(sets):
        raise ValueError(f"route {number} has an id out of range")
    before, after = sets[set_id][family]
    size = len(before) + len(paths[path_id]) + len(after)
    if size > 65535:
        raise ValueError(
            f"route {number}: its attributes take {size} octets, an RIB entry holds 65535"
        )
    parts = [struct.pack("!HI", peer, originated)]
    if add_path_id is not None:
        parts.append(struct.pack("!I", add_path_id))
    parts += [struct.pack("!H", size), before, paths[path_id], after]
    return b"".join(parts)
