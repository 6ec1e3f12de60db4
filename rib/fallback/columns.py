"""What a load gathers: interned peers, prefixes, AS paths and attribute sets, and its routes."""

import math
from array import array
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.exceptions import MrtError
from rib.fallback import as_path
from rib.fallback.attributes import (
    AGGREGATOR,
    AS4_AGGREGATOR,
    AS4_PATH,
    AS_PATH,
    AS_TRANS,
    AttributeSet,
    RawAttribute,
    split,
)
from rib.fallback.prefixes import address_text, key_columns, prefix_text
from rib.fallback.streams import Damage
from rib.schema import AS_PATHS, ATTRIBUTES, LABELS, LOADED, PREFIXES, ROUTES

__all__ = ["AttributeBlocks", "BlockIds", "Load", "Peers", "lists"]

_MAX_PEERS = 65535
_UNSPECIFIED = (address_text(bytes(4)), address_text(bytes(16)))


def lists(offsets: "array[int]", values: "array[int] | pa.Array", kind: pa.DataType) -> pa.Array:
    """Build a list array of a type from int32 offsets and flat values."""
    items = values if isinstance(values, pa.Array) else _numbers(values)
    return pa.ListArray.from_arrays(_numbers(offsets), items, type=kind)


def _numbers(values: "array[int]") -> pa.Array:
    return pa.array(np.array(values, dtype=values.typecode))


class Peers:
    """Peers in order of first appearance."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, int, str, str | None, str], int] = {}
        self._keys: list[tuple[str, int, str, str | None, str]] = []
        self._locations: dict[int, tuple[float, float]] = {}
        self._local: set[int] = set()

    def intern(
        self, collector: str, peer_as: int, peer_ip: str, bgp_id: str | None, record_type: str
    ) -> int:
        """Give the id of a peer.

        Raises
        ------
        MrtError
            At the first peer after the 65,535th: ids have 16 bits.
        """
        key = (collector, peer_as, peer_ip, bgp_id, record_type)
        number = self._ids.setdefault(key, len(self._ids))
        if number >= _MAX_PEERS:
            raise MrtError(
                f"expected at most {_MAX_PEERS} peers in one table, found more: "
                "load fewer collectors at once"
            )
        if number == len(self._keys):
            self._keys.append(key)
            if not peer_as and bgp_id == _UNSPECIFIED[0] and peer_ip in _UNSPECIFIED:
                self._local.add(number)
        return number

    def __len__(self) -> int:
        return len(self._ids)

    def like(self, number: int, peer_as: int, peer_ip: str) -> int:
        """Give the id of the peer that differs from one by AS and address."""
        collector, _, _, bgp_id, record_type = self._keys[number]
        return self.intern(collector, peer_as, peer_ip, bgp_id, record_type)

    def remove(self, gone: set[int]) -> npt.NDArray[np.uint16]:
        """Leave some out; give the new id of each of the others, by its old one."""
        old = [number for number in range(len(self)) if number not in gone]
        ids = np.zeros(len(self), dtype=np.uint16)
        ids[old] = np.arange(len(old), dtype=np.uint16)
        self._keys = [self._keys[n] for n in old]
        self._ids = {key: n for n, key in enumerate(self._keys)}
        self._locations = {int(ids[n]): at for n, at in self._locations.items() if n not in gone}
        self._local = {int(ids[n]) for n in self._local - gone}
        return ids

    def is_local(self, number: int) -> bool:
        """Whether a peer is the one that routers list for their own routes."""
        return number in self._local

    def bgp_id(self, number: int) -> str | None:
        """Give the BGP identifier of a peer."""
        return self._keys[number][3]

    def locate(self, number: int, latitude: float, longitude: float) -> None:
        """Say where a peer is, in degrees; NaN is private."""
        self._locations[number] = (latitude, longitude)

    def table(self) -> pa.Table:
        """Give the peers as a table."""
        nowhere = (math.nan, math.nan)
        rows = (
            (*key, *(None if math.isnan(d) else d for d in self._locations.get(number, nowhere)))
            for key, number in self._ids.items()
        )
        return _table(
            zip(*rows, strict=True) if self._ids else [()] * len(LOADED["peers"]),
            LOADED["peers"],
        )


class BlockIds(NamedTuple):
    """Ids of what one attribute block holds."""

    as_path: int
    attributes: int


class AttributeBlocks:
    """AS paths and attribute sets, each in order of first appearance.

    A block of attributes is decoded once per distinct octets of an input; its quirks count as often.
    """

    def __init__(self, quirks: Counter[str]) -> None:
        self._quirks = quirks
        self._blocks: tuple[dict[bytes, BlockIds | Damage], ...] = ({}, {})
        self._path_ids: dict[bytes, int] = {}
        self._paths = _PathColumns()
        self._set_ids: dict[bytes, int] = {}
        self._sets: list[AttributeSet] = []

    def begin_input(self) -> None:
        """Count the quirks of the next input as if it were alone."""
        for known in self._blocks:
            known.clear()

    def of_table_dump(self) -> dict[bytes, BlockIds | Damage]:
        """Give the blocks known from TABLE_DUMP records."""
        return self._blocks[0]

    def of_table_dump_v2(self) -> dict[bytes, BlockIds | Damage]:
        """Give the blocks known from TABLE_DUMP_V2 records."""
        return self._blocks[1]

    def add(self, block: bytes, kind: int) -> BlockIds | Damage:
        """Decode a block that is not known yet; ``kind`` 0 is TABLE_DUMP, 1 TABLE_DUMP_V2."""
        known = self._blocks[kind]
        known[block] = found = self._decode(block, kind)
        return found

    def _decode(self, block: bytes, kind: int) -> BlockIds | Damage:
        attributes = split(block)
        if attributes is None:
            return Damage("malformed_attributes", ": attribute lengths do not close")
        first: dict[int, RawAttribute] = {}
        for attribute in attributes:
            first.setdefault(attribute.type, attribute)
        value = first[AS_PATH].value if AS_PATH in first else None
        as4 = first[AS4_PATH].value if AS4_PATH in first else None
        path, quirks = as_path.read(
            value, as4, 4 if kind else 2, use_as4=not kind and _may_use_as4(first)
        )
        if path is None:
            return Damage("malformed_as_path", ": AS_PATH segments do not close")
        rest = [a for a in attributes if a.type not in (AS_PATH, AS4_PATH)]
        set_id = self._intern_set(rest, kind)
        self._quirks.update(quirks)
        self._quirks.update(self._sets[set_id].quirks)
        if len(first) < len(attributes):
            self._quirks["duplicate_attribute"] += len(attributes) - len(first)
        return BlockIds(self._intern_path(path), set_id)

    def _intern_path(self, path: list[as_path.Segment]) -> int:
        key = as_path.encode(path)
        number = self._path_ids.get(key)
        if number is None:
            number = self._path_ids[key] = len(self._path_ids)
            self._paths.append(path)
        return number

    def _intern_set(self, rest: list[RawAttribute], kind: int) -> int:
        key = bytes((kind,)) + b"".join(a.raw for a in rest)
        number = self._set_ids.get(key)
        if number is None:
            number = self._set_ids[key] = len(self._sets)
            self._sets.append(AttributeSet(rest))
        return number

    def as_paths_table(self) -> pa.Table:
        """Give the AS paths as a table."""
        return self._paths.table()

    def attributes_table(self) -> pa.Table:
        """Give the attribute sets as a table."""
        sets = self._sets
        hops: dict[str, int] = {}
        hop_ids = [
            None if s.next_hop is None else hops.setdefault(s.next_hop, len(hops)) for s in sets
        ]
        given = {
            "origin": _labels("origin", [s.origin for s in sets]),
            "next_hop": pa.DictionaryArray.from_arrays(
                pa.array(hop_ids, pa.int32()), pa.array(hops, pa.utf8())
            ),
            "aggregator_as": [s.aggregator and s.aggregator[0] for s in sets],
            "aggregator_ip": [s.aggregator and s.aggregator[1] for s in sets],
        }
        columns = (
            given[name] if name in given else [getattr(s, name) for s in sets]
            for name in ATTRIBUTES.names
        )
        return _table(columns, ATTRIBUTES)


def _may_use_as4(first: dict[int, RawAttribute]) -> bool:
    """Whether AS4_PATH counts: not where AGGREGATOR shows that it is stale (RFC 6793 4.2.3)."""
    old, new = first.get(AGGREGATOR), first.get(AS4_AGGREGATOR)
    if old is None or new is None or len(old.value) not in (6, 8):
        return True
    return int.from_bytes(old.value[:-4], "big") == AS_TRANS


def _labels(name: str, indices: list[int | None]) -> pa.Array:
    labels = pa.array(LABELS[name], pa.utf8())
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int8()), labels)


def _table(columns: Any, schema: pa.Schema) -> pa.Table:
    arrays = [
        c if isinstance(c, pa.Array) else pa.array(c, f.type)
        for c, f in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


class _PathColumns:
    """Columns of ``as_paths`` while they grow."""

    def __init__(self) -> None:
        self._hops = array("I")
        self._hop_offsets = array("i", [0])
        self._kinds = array("B")
        self._counts = array("B")
        self._segment_offsets = array("i", [0])
        self._origins: list[as_path.Origin] = []
        self._lengths = array("H")

    def append(self, path: list[as_path.Segment]) -> None:
        for kind, asns in path:
            self._hops.extend(asns)
            self._kinds.append(kind)
            self._counts.append(len(asns))
        self._hop_offsets.append(len(self._hops))
        self._segment_offsets.append(len(self._kinds))
        self._origins.append(as_path.origin(path))
        self._lengths.append(as_path.length(path))

    def table(self) -> pa.Table:
        segments = AS_PATHS.field("segments").type
        parts = pa.StructArray.from_arrays(
            [_numbers(self._kinds), _numbers(self._counts)], fields=list(segments.value_type)
        )
        columns = [
            lists(self._hop_offsets, self._hops, AS_PATHS.field("hops").type),
            lists(self._segment_offsets, parts, segments),
            [o.asn for o in self._origins],
            _labels("origin_kind", [o.kind for o in self._origins]),
            [o.upstream for o in self._origins],
            _numbers(self._lengths),
        ]
        return _table(columns, AS_PATHS)


class Routes:
    """Routes in the order of the input, and their prefixes."""

    def __init__(self) -> None:
        self.prefix_ids: dict[bytes, int] = {}
        self.prefix = array("I")
        self.peer = array("H")
        self.as_path = array("I")
        self.attributes = array("I")
        self.originated = array("I")
        self.recorded = array("I")
        #: Position and value of the ADD-PATH ids; the other routes have none.
        self.add_path_at = array("Q")
        self.add_path = array("I")

    def __len__(self) -> int:
        return len(self.prefix)

    def tables(self, quirks: Counter[str]) -> tuple[pa.Table, pa.Table]:
        """Give the sorted routes and prefixes, and count duplicate routes among the quirks."""
        keys = sorted(self.prefix_ids)
        rank = np.empty(len(keys), dtype=np.uint32)
        rank[[self.prefix_ids[key] for key in keys]] = np.arange(len(keys), dtype=np.uint32)
        prefix = rank[np.array(self.prefix, dtype=np.uint32)]
        peer = np.array(self.peer, dtype=np.uint16)
        add_path, has_add_path = self._add_path_ids()
        by_peer = prefix.astype(np.uint64) << np.uint64(16) | peer
        order = np.lexsort((add_path, has_add_path, by_peer))
        by_peer, add_path, has = by_peer[order], add_path[order], has_add_path[order]
        same = (
            (by_peer[1:] == by_peer[:-1]) & (add_path[1:] == add_path[:-1]) & (has[1:] == has[:-1])
        )
        if same.any():
            quirks["duplicate_route"] += int(same.sum())
        columns = [
            pa.array(prefix[order]),
            pa.array(peer[order]),
            *(_sorted(c, order) for c in (self.as_path, self.attributes)),
            pa.array(add_path, mask=~has),
            *(_sorted(c, order) for c in (self.originated, self.recorded)),
        ]
        family, network, length = key_columns(keys)
        prefixes = _table(
            [family, network, length, pa.array(map(prefix_text, keys), pa.utf8())], PREFIXES
        )
        return _table(columns, ROUTES), prefixes

    def _add_path_ids(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
        values = np.zeros(len(self), dtype=np.uint32)
        present = np.zeros(len(self), dtype=bool)
        at = np.array(self.add_path_at, dtype=np.intp)
        values[at], present[at] = np.array(self.add_path, dtype=np.uint32), True
        return values, present


def _sorted(values: "array[int]", order: npt.NDArray[np.intp]) -> pa.Array:
    return pa.array(np.array(values, dtype=np.uint32)[order])


class Load:
    """What all inputs of a load go into.

    Quirks of attributes count once per distinct attribute block, ``trailing_bytes_in_record``
    per record, ``nlri_host_bits`` and ``duplicate_route`` per route kept.
    """

    def __init__(self) -> None:
        self.quirks = Counter[str]()
        self.peers = Peers()
        self.blocks = AttributeBlocks(self.quirks)
        self.routes = Routes()

    def __len__(self) -> int:
        return len(self.routes)

    def tables(self) -> dict[str, pa.Table]:
        """Give the tables of the load, which is over."""
        routes, prefixes = self.routes.tables(self.quirks)
        return {
            "prefixes": prefixes,
            "as_paths": self.blocks.as_paths_table(),
            "attributes": self.blocks.attributes_table(),
            "peers": self.peers.table(),
            "routes": routes,
        }

    def counted_quirks(self) -> dict[str, int]:
        """Give the quirks that were met, by name."""
        return {name: count for name, count in sorted(self.quirks.items()) if count}
