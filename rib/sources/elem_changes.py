"""BGPStream elems of updates as MRT records, so that the core that reads updates builds their table.

One record per elem, in the order in which they arrive over all collectors:

BGP4MP_ET  seconds(4) 17(2) subtype(2) length(4) microseconds(4) peer(4) 0(4) 0(2) AFI 1(2) 0(4) 0(4),
           then an UPDATE message of one prefix, or old state(2) new state(2)

An input of the core has one collector and a stream many, so the far end of a session is written as the
number of a peer, whose collector, AS and address go into the table once it is built. The near end, of
which BGPStream tells nothing and no column shows anything, is zeros.
"""

import struct
from array import array
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from rib._backend import core
from rib.schema import CHANGES, PEERS
from rib.sources.elems import (
    BATCH,
    KNOWN,
    ElemError,
    address,
    as_number,
    moment,
    nlri,
    path_attributes,
)
from rib.table.arrays import column

__all__ = ["Arrival", "ChangeSpool", "Loaded"]

_BGP4MP, _BGP4MP_ET = 16, 17
_SNAPSHOT, _MESSAGE_AS4, _STATE_CHANGE_AS4 = 3, 4, 5
_HEADER = struct.Struct("!IHHI")
#: All of a record before its states, or before its BGP message.
_SESSION = struct.Struct("!IHHIIIIHH8x")
_MESSAGE = struct.Struct("!IHHIIIIHH8x16sHB")
_LENGTHS = struct.Struct("!HH")
_MARKER, _UPDATE, _MAX_MESSAGE = b"\xff" * 16, 2, 0xFFFF
_IN_SESSION = _SESSION.size - _HEADER.size
_IN_MESSAGE = _MESSAGE.size - _SESSION.size
_UNICAST, _MP_REACH, _MP_UNREACH = 1, b"\x90\x0e", b"\x90\x0f"
_AFI = {4: 1, 6: 2}
#: Its first record is one that says nothing: the file is MRT before there is an elem, and does not
#: begin with a time whose octets are those of a compression format.
_HEAD = _HEADER.pack(0, _BGP4MP, _SNAPSHOT, 3) + bytes(3)

#: RFC 4271 §8.2.2, Quagga's two after them; libbgpstream writes one it does not know as no text.
_UNKNOWN_STATE = 0
_STATES = {
    name: number
    for number, name in enumerate(
        ("", "IDLE", "CONNECT", "ACTIVE", "OPENSENT", "OPENCONFIRM", "ESTABLISHED", "CLEARING",
         "DELETED")
    )
}  # fmt: skip
_STATES["UNKNOWN"] = _UNKNOWN_STATE

_known_nlri = lru_cache(KNOWN)(nlri)


class Arrival(NamedTuple):
    """Where in the stream an elem is: its record, and the dump and collector which that is of."""

    dump: int
    collector: str
    record: int
    time: float


class Loaded(NamedTuple):
    """What became of the elems: tables, and what the core says of them, by dump and record of the stream."""

    tables: dict[str, pa.Table]
    kept: list[int]
    quirks: dict[str, int]
    #: (dump, record, kind, detail) each.
    issues: list[tuple[int, int, str, str]]


def _state(name: str, text: str | None) -> int:
    number = _STATES.get(str(text or "").upper())
    if number is None:
        raise ElemError(f"{name} {text!r}: expected a state of RFC 4271 such as 'IDLE'")
    return number


@lru_cache(KNOWN)
def _withdrawal(prefix: str) -> bytes:
    """Give the body of an UPDATE that withdraws a prefix."""
    family, octets = nlri(prefix)
    if family == 4:
        return struct.pack("!H", len(octets)) + octets + bytes(2)
    value = struct.pack("!HB", _AFI[family], _UNICAST) + octets
    return _LENGTHS.pack(0, 4 + len(value)) + _MP_UNREACH + struct.pack("!H", len(value)) + value


class _Route(NamedTuple):
    """What goes before the prefix in the UPDATEs that announce a route.

    ``reach`` is the head of MP_REACH_NLRI, empty where the prefix is announced after the attributes.
    """

    attributes: bytes
    reach: bytes

    def update(self, octets: bytes) -> bytes:
        """Give the body of an UPDATE."""
        attributes, reach = self
        if not reach:
            return _LENGTHS.pack(0, len(attributes)) + attributes + octets
        size = len(reach) + len(octets)
        lengths = _LENGTHS.pack(0, len(attributes) + 4 + size)
        return b"".join((lengths, attributes, _MP_REACH, size.to_bytes(2, "big"), reach, octets))


def _route(family: int, path: str, next_hop: str, communities: frozenset[str]) -> _Route:
    """Choose how a route is announced: NEXT_HOP holds IPv4 alone, IPv6 prefixes need MP_REACH_NLRI."""
    hop = address("next hop", next_hop) if next_hop else b""
    if family == 4 and len(hop) != 16:
        return _Route(path_attributes(family, path, next_hop, communities), b"")
    reach = struct.pack("!HBB", _AFI[family], _UNICAST, len(hop)) + hop + b"\0"
    return _Route(path_attributes(family, path, "", communities), reach)


class ChangeSpool:
    """The elems of updates of a stream as a file of BGP4MP_ET records.

    Beside the file it keeps eight octets per elem, and its peers.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting = [_HEAD]
        self._size = 0
        #: By elem, as the records of the file: dump, and record of the stream.
        self._dumps, self._records = array("I"), array("I")
        self._peers: list[tuple[str, int, bytes]] = []
        self._numbers: dict[tuple[str, int, str | bytes], int] = {}
        self._routes: dict[tuple[int, str, str, frozenset[str]], _Route] = {}
        #: Collectors whose times have microseconds.
        self._exact: set[str] = set()

    # The three raise ElemError where a field is malformed; nothing was added then.

    def announce(
        self,
        at: Arrival,
        peer: tuple[int, str],
        prefix: str,
        route: tuple[str, str, frozenset[str]],
    ) -> None:
        """Add an announcement: (AS path, next hop, communities)."""
        family, octets = _known_nlri(prefix)
        key = (family, *route)
        known = self._routes.get(key)
        if known is None:
            known = _route(*key)
            if len(self._routes) >= KNOWN:
                self._routes.clear()
            self._routes[key] = known
        self._update(at, peer, known.update(octets))

    def withdraw(self, at: Arrival, peer: tuple[int, str], prefix: str) -> None:
        """Add a withdrawal."""
        self._update(at, peer, _withdrawal(prefix))

    def change_state(
        self, at: Arrival, peer: tuple[int, str], old: str | None, new: str | None
    ) -> None:
        """Add a change of state; one that BGPStream does not know is null in the table."""
        states = _LENGTHS.pack(_state("old state", old), _state("new state", new))
        number, (seconds, rest) = self._peer(at, peer), self._time_of(at)
        head = _SESSION.pack(
            seconds, _BGP4MP_ET, _STATE_CHANGE_AS4, _IN_SESSION + len(states), rest, number, 0, 0, 1
        )
        self._add(at, head + states)

    def _update(self, at: Arrival, peer: tuple[int, str], body: bytes) -> None:
        size = _IN_MESSAGE + len(body)
        if size > _MAX_MESSAGE:
            raise ElemError(f"{size} bytes of an UPDATE: expected at most {_MAX_MESSAGE}")
        number, (seconds, rest) = self._peer(at, peer), self._time_of(at)
        head = _MESSAGE.pack(
            seconds, _BGP4MP_ET, _MESSAGE_AS4, _IN_SESSION + size, rest, number, 0, 0, 1,
            _MARKER, size, _UPDATE,
        )  # fmt: skip
        self._add(at, head + body)

    def _time_of(self, at: Arrival) -> tuple[int, int]:
        found = moment(at.time)
        if found[1]:
            self._exact.add(at.collector)
        return found

    def _peer(self, at: Arrival, peer: tuple[int, str]) -> int:
        number = self._numbers.get((at.collector, *peer))
        return self._new_peer(at.collector, *peer) if number is None else number

    def _new_peer(self, collector: str, asn: int, ip: str) -> int:
        """Give a peer a number; spellings of one address are one."""
        packed = address("peer address", ip)
        as_number(asn)
        number = self._numbers.setdefault((collector, asn, packed), len(self._peers))
        if number == len(self._peers):
            self._peers.append((collector, asn, packed))
        self._numbers[collector, asn, ip] = number
        return number

    def _add(self, at: Arrival, record: bytes) -> None:
        self._waiting.append(record)
        self._size += len(record)
        self._dumps.append(at.dump)
        self._records.append(min(at.record, 0xFFFFFFFF))
        if self._size >= BATCH:
            self._write()

    def _write(self) -> None:
        with self.path.open("ab") as file:
            file.writelines(self._waiting)
        self._waiting, self._size = [], 0

    # -- the tables ------------------------------------------------------------------------------

    def load(self, n_dumps: int) -> Loaded:
        """Build the tables of everything added; the spool is not used after that."""
        self._write()
        tables, found = core.read_updates([("stream", "", str(self.path))], "collect", None)
        record = column(tables["changes"], "message").astype(np.int64) - 1  # without the first one
        dumps = np.asarray(self._dumps, dtype=np.uint32)
        records = np.asarray(self._records, dtype=np.uint32)
        kept = np.bincount(dumps[record], minlength=n_dumps)
        tables["changes"] = _replaced(
            tables["changes"],
            message=pa.array(records[record]),
            old_state=_known_states(tables["changes"], "old_state"),
            new_state=_known_states(tables["changes"], "new_state"),
        )
        tables["peers"] = self._named(tables["peers"])
        issues = [
            (
                int(dumps[row["record"] - 1]),
                int(records[row["record"] - 1]),
                row["kind"],
                row["detail"],
            )
            for row in found["issues"]
        ]
        return Loaded(tables, kept.tolist(), dict(found["quirks"]), issues)

    def _named(self, peers: pa.Table) -> pa.Table:
        """Put peers in the place of their numbers."""
        chosen = [self._peers[number] for number in peers.column("peer_as").to_pylist()]
        families = [4 if len(packed) == 4 else 6 for _, _, packed in chosen]
        # The core writes addresses alike wherever they stand.
        texts = core.format_prefixes(
            pa.array(families, pa.uint8()),
            pa.array([packed.ljust(16, b"\0") for _, _, packed in chosen], pa.binary(16)),
            pa.array([len(packed) * 8 for _, _, packed in chosen], pa.uint8()),
        )
        kinds = ["BGP4MP_ET" if name in self._exact else "BGP4MP" for name, _, _ in chosen]
        return _replaced(
            peers,
            collector=pa.array([name for name, _, _ in chosen], PEERS.field("collector").type),
            peer_as=pa.array([asn for _, asn, _ in chosen], PEERS.field("peer_as").type),
            peer_ip=pa.array([text.rpartition("/")[0] for text in texts.to_pylist()], pa.utf8()),
            record_type=pa.array(kinds, pa.utf8()),
        )


def _known_states(changes: pa.Table, name: str) -> pa.Array:
    """Give a column of states with null for one that BGPStream does not know."""
    states = changes.column(name).combine_chunks()
    unknown = pa.scalar(_UNKNOWN_STATE, CHANGES.field(name).type)
    return pa.compute.if_else(
        pa.compute.equal(states, unknown), pa.scalar(None, states.type), states
    )


def _replaced(table: pa.Table, **columns: Any) -> pa.Table:
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), values)
    return table
