"""Habits of the program that wrote a dump, seen in its first records.

Columns keep what a route says, not how it was said; this walk looks at the latter: order and flags
of attributes, the form of MP_REACH_NLRI, dummy peers, the view name. It judges nothing and stops
quietly where a record is damaged, since the load receipt has the damage already.
"""

import ipaddress
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from rib.fallback.attributes import AS_PATH, RawAttribute, split
from rib.fallback.framing import (
    BGP4MP,
    PEER_INDEX_TABLE,
    TABLE_DUMP,
    TABLE_DUMP_V2,
    Record,
    record_name,
)
from rib.fallback.messages import MalformedError, read_entry
from rib.sources.raw import raw_records

__all__ = ["N_RECORDS", "ListedPeer", "Traits", "read_traits"]

#: Records looked at: habits show early.
N_RECORDS = 1000

_BGP4MP_ENTRY = 2
_NEXT_HOP, _MP_REACH_NLRI = 3, 14
_EXTENDED_LENGTH = 0x10
#: Subtypes of TABLE_DUMP_V2 with unicast routes: is IPv6, has ADD-PATH ids.
_UNICAST = {2: (False, False), 4: (True, False), 8: (False, True), 10: (True, True)}


class ListedPeer(NamedTuple):
    """A peer as a PEER_INDEX_TABLE lists it; ``kind`` has bit 0 for IPv6, bit 1 for a 4-octet AS."""

    kind: int
    bgp_id: str
    ip: str
    asn: int

    @property
    def is_dummy(self) -> bool:
        """Whether this stands for the router itself: AS 0 at the unspecified address."""
        return self.asn == 0 and ipaddress.ip_address(self.ip).is_unspecified


@dataclass
class Traits:
    """Counts over the first records of a dump; those of attributes are per RIB entry.

    ``as_path_long_form`` counts AS_PATHs with a two-octet length that need none, ``as_path_short_form``
    those with one octet. ``past_peers`` counts routes that name the peer one past the list, ``family_switches`` the
    changes between IPv4 and IPv6 records under one peer table. ``repeated_prefixes`` counts records with the prefix of the record before and the same subtype.
    ``state_changes_swapped`` is what the load counted: the whole file tells it, no single record.
    ``mp_reach_odd`` are neither abbreviated nor full; ``mp_reach_first`` stand before lower types,
    ``mp_reach_late`` behind higher ones and ``mp_reach_amid`` in their place before higher ones.
    """

    records: Counter[str] = field(default_factory=Counter)
    collector_id: str | None = None
    view_name: bytes | None = None
    peers: list[ListedPeer] = field(default_factory=list)
    first_time: int | None = None
    entries: int = 0
    entries_v6: int = 0
    with_attributes: int = 0
    types: Counter[int] = field(default_factory=Counter)
    as_path_long_form: int = 0
    as_path_short_form: int = 0
    past_peers: int = 0
    family_switches: int = 0
    mp_reach_abbreviated: int = 0
    mp_reach_full: int = 0
    mp_reach_odd: int = 0
    mp_reach_first: int = 0
    mp_reach_late: int = 0
    mp_reach_amid: int = 0
    v6_without_next_hop: int = 0
    repeated_prefixes: int = 0
    state_changes_swapped: int = 0

    @property
    def n_records(self) -> int:
        """Number of records looked at."""
        return self.records.total()

    @property
    def is_table_dump(self) -> bool:
        """Whether the routes are in TABLE_DUMP records, version 1."""
        return any(name.startswith("TABLE_DUMP/") for name in self.records)

    @property
    def has_add_path(self) -> bool:
        """Whether a record is of an ADD-PATH subtype."""
        return any(name.endswith("_ADDPATH") for name in self.records)


def read_traits(path: str | os.PathLike[str], n: int = N_RECORDS) -> Traits:
    """Walk the first ``n`` records of a file."""
    traits = Traits()
    last: tuple[int, bytes] | None = None
    for record in islice(raw_records(path), n):
        traits.records[record_name(record.kind, record.subtype)] += 1
        if traits.first_time is None:
            traits.first_time = record.timestamp
        if record.kind == TABLE_DUMP_V2 and record.subtype == PEER_INDEX_TABLE:
            _peer_index_table(record.body, traits)
            last = None
        elif record.kind == TABLE_DUMP_V2 and record.subtype in _UNICAST:
            end = 5 + (record.body[4] + 7) // 8 if len(record.body) > 4 else 0
            prefix = (record.subtype, record.body[4:end])
            traits.repeated_prefixes += prefix == last
            traits.family_switches += (
                last is not None and _UNICAST[last[0]][0] != _UNICAST[record.subtype][0]
            )
            last = prefix
            _rib(record, end, traits)
        elif record.kind == TABLE_DUMP and record.subtype in (1, 2):
            _table_dump(record, traits)
        elif record.kind == BGP4MP and record.subtype == _BGP4MP_ENTRY:
            _bgp4mp_entry(record.body, traits)
    return traits


def _peer_index_table(body: bytes, traits: Traits) -> None:
    size = int.from_bytes(body[4:6], "big")
    if len(body) < 8 + size or traits.view_name is not None:
        return
    traits.collector_id = str(ipaddress.IPv4Address(body[:4]))
    traits.view_name = body[6 : 6 + size]
    at = 8 + size
    for _ in range(int.from_bytes(body[6 + size : at], "big")):
        kind = body[at] if at < len(body) else 0
        ip = at + 5
        asn = ip + (16 if kind & 1 else 4)
        end = asn + (4 if kind & 2 else 2)
        if end > len(body):
            return
        traits.peers.append(
            ListedPeer(
                kind,
                str(ipaddress.IPv4Address(body[at + 1 : ip])),
                str(ipaddress.ip_address(body[ip:asn])),
                int.from_bytes(body[asn:end], "big"),
            )
        )
        at = end


def _rib(record: Record, at: int, traits: Traits) -> None:
    body = record.body
    is_v6, has_path_id = _UNICAST[record.subtype]
    count = int.from_bytes(body[at : at + 2], "big")
    at += 2
    for _ in range(count):
        index = int.from_bytes(body[at : at + 2], "big")
        traits.past_peers += bool(traits.peers) and index == len(traits.peers)
        start = at + (12 if has_path_id else 8)
        end = start + int.from_bytes(body[start - 2 : start], "big")
        if max(start, end) > len(body):
            return
        _entry(body[start:end], traits, is_v6=is_v6)
        at = end


def _table_dump(record: Record, traits: Traits) -> None:
    octets = 4 if record.subtype == 1 else 16
    start = 4 + octets + 6 + octets + 4
    end = start + int.from_bytes(record.body[start - 2 : start], "big")
    if max(start, end) <= len(record.body):
        _entry(record.body[start:end], traits, is_v6=octets == 16)


def _bgp4mp_entry(body: bytes, traits: Traits) -> None:
    """Count the attributes of an old entry; its next hop stands outside of them."""
    with suppress(MalformedError):
        entry = read_entry(body)
        # The reader writes the next hop as an abbreviated MP_REACH_NLRI before them.
        hop = 4 + int.from_bytes(entry.block[2:4], "big")
        _entry(entry.block[hop:], traits, is_v6=False)


def _entry(block: bytes, traits: Traits, *, is_v6: bool) -> None:
    attributes = split(block)
    if attributes is None:
        return
    types = [a.type for a in attributes]
    traits.entries += 1
    traits.entries_v6 += is_v6
    traits.with_attributes += bool(types)
    traits.types.update(set(types))
    traits.v6_without_next_hop += (
        is_v6 and bool(types) and _MP_REACH_NLRI not in types and _NEXT_HOP not in types
    )
    for place, attribute in enumerate(attributes):
        if attribute.type == AS_PATH:
            long = bool(attribute.flags & _EXTENDED_LENGTH)
            traits.as_path_short_form += not long
            traits.as_path_long_form += long and len(attribute.value) < 256
        elif attribute.type == _MP_REACH_NLRI:
            _mp_reach(attribute, traits)
            traits.mp_reach_first += any(t < _MP_REACH_NLRI for t in types[place:])
            traits.mp_reach_late += any(t > _MP_REACH_NLRI for t in types[:place])
            traits.mp_reach_amid += types == sorted(types) and types[-1] > _MP_REACH_NLRI


def _mp_reach(attribute: RawAttribute, traits: Traits) -> None:
    """Tell the forms apart: length(1) next hop, or AFI(2) SAFI(1) length(1) next hop reserved(1)."""
    value = attribute.value
    if value and len(value) == 1 + value[0]:
        traits.mp_reach_abbreviated += 1
    elif len(value) > 4 and value[0] == 0 and value[1] in (1, 2) and 5 + value[3] <= len(value):
        traits.mp_reach_full += 1
    else:
        traits.mp_reach_odd += 1
