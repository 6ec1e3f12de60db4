"""Bodies of TABLE_DUMP_V2 records (RFC 6396 section 4, RFC 8050) to routes.

    GEO_PEER_TABLE    collector id(4) latitude(4) longitude(4) count(2)
                      count * [type(1) BGP id(4) latitude(4) longitude(4)], RFC 6397
    PEER_INDEX_TABLE  collector id(4) view length(2) view count(2)
                      count * [type(1) BGP id(4) IP(4|16) AS(2|4)]
    RIB_*             sequence(4) prefix length(1) prefix(0..16) count(2)
                      count * [peer index(2) originated(4) [path id(4)] length(2) attributes]

A damaged record keeps the entries before its damage; every entry it declares is kept or lost.
"""

import struct
from collections.abc import Callable

from rib.fallback.columns import Load
from rib.fallback.entries import ADD_PATH_ENTRY, ENTRY, closes, names_family, whole_entries
from rib.fallback.framing import (
    BGP,
    BGP4MP,
    BGP4MP_ET,
    GEO_PEER_TABLE,
    PEER_INDEX_TABLE,
    TABLE_DUMP,
    TABLE_DUMP_V2,
    Record,
)
from rib.fallback.older_records import OlderRecords
from rib.fallback.prefixes import (
    ADDRESS_BITS,
    address_text,
    host_bits_cleared,
    prefix_key,
    prefix_text,
)
from rib.fallback.streams import Damage

__all__ = ["RibRecords"]

_U16, _GEO_PEER = struct.Struct("!H"), struct.Struct("!x4s2f")
_CUT_HEAD = "the record ends before its entries"

#: AFI and SAFI of the subtypes of TABLE_DUMP_V2 that say so by number; from 8 on entries have an
#: ADD-PATH id.
_RIB = {
    subtype: (1 if subtype in (2, 3, 8, 9) else 2, 1 + subtype % 2)
    for subtype in (2, 3, 4, 5, 8, 9, 10, 11)
}
_RIB_GENERIC, _RIB_GENERIC_ADDPATH = 6, 12


class RibRecords(OlderRecords):
    """Reads the RIB records of one input.

    Parameters
    ----------
    load : Load
        Where routes go.
    collector : str or None
        Name given by the caller; None takes the view name of each PEER_INDEX_TABLE.
    safi : int
        1 reads unicast routes, 2 multicast ones.
    report : callable
        Called as ``report(damage)`` for each loss, while its record is being read.
    """

    row_bytes = 26

    def __init__(
        self, load: Load, collector: str | None, safi: int, report: Callable[[Damage], None]
    ) -> None:
        super().__init__(load, collector, safi, report)
        self.collector = collector or ""
        self._peer_ids: list[int] | None = None
        #: Of the record just read, if it is of TABLE_DUMP_V2: the entries it declares and their form.
        self._declared: tuple[int, struct.Struct] | None = None

    def nothing(
        self, names: set[tuple[int, int]], found: str, *, is_whole: bool
    ) -> tuple[Damage | None, bool]:
        """Say what is wrong with an input without routes, and whether it is of another kind.

        Nothing but peers, in a file that is whole, is a RIB without routes.
        """
        if {kind for kind, _ in names} & {BGP, BGP4MP, BGP4MP_ET}:
            return Damage("no_routes", f"expected a RIB dump, found BGP updates ({found})"), True
        of_peers = {(TABLE_DUMP_V2, PEER_INDEX_TABLE), (TABLE_DUMP_V2, GEO_PEER_TABLE)}
        if is_whole and self._peer_ids and names <= of_peers:
            self.quirks["empty_rib"] += 1
            return None, False
        return Damage("no_routes", f"expected RIB records with routes, found only {found}"), False

    def read(self, record: Record) -> None:
        """Read a record of any kind; those that are not of a RIB are left alone."""
        self.trailing, self._declared = 0, None
        if record.kind == TABLE_DUMP_V2:
            if record.subtype in _RIB:
                afi, safi = _RIB[record.subtype]
                if self._wants(afi, safi):
                    start, add_path = 4, record.subtype >= 8
                    if names_family(record.body, afi, safi, ADD_PATH_ENTRY if add_path else ENTRY):
                        start = 7
                        self._load.quirks["record_afi_safi"] += 1
                    self._rib(record, start, afi, add_path=add_path)
            elif record.subtype == PEER_INDEX_TABLE:
                self._peer_index_table(record.body)
            elif record.subtype == GEO_PEER_TABLE:
                self._geo_peer_table(record.body)
            elif record.subtype in (_RIB_GENERIC, _RIB_GENERIC_ADDPATH):
                self._rib_generic(record)
        elif record.kind == TABLE_DUMP and record.subtype in (1, 2):
            self._table_dump(record, 4 if record.subtype == 1 else 6)
        elif record.kind == BGP4MP and record.subtype == 2:
            self._bgp4mp_entry(record)

    def pass_over(self, octets: bytes) -> None:
        """Say what the octets of the record just read are that what it holds does not reach.

        Zeros are padding; anything else may be routes that a record does not declare.
        """
        if self._declared is None or not any(octets):
            self.quirks["trailing_bytes_in_record"] += 1
            return
        count, entry = self._declared
        more = whole_entries(octets, entry)
        self.routes_read += more
        self.routes_lost += more
        what = f"hold {more} more" if more else "are no routes"
        detail = f"{count} routes declared, the {len(octets)} octets after them {what}"
        self._report(Damage("entry_count", detail))

    # -- TABLE_DUMP_V2 ---------------------------------------------------------------------------

    def _peer_index_table(self, body: bytes) -> None:
        """Replace the peers that the records after this one refer to."""
        size = len(body)
        at = 8 + int.from_bytes(body[4:6], "big")
        if at > size:
            self._peer_ids = None
            self._malformed("the PEER_INDEX_TABLE ends in its head")
            return
        self._peer_ids = ids = []
        collector = self._given_collector
        if collector is None:
            collector = self.collector = body[6 : at - 2].decode("utf-8", "replace")
        count = int.from_bytes(body[at - 2 : at], "big")
        for i in range(count):
            bits = body[at] if at < size else 0
            ip = at + 5
            asn = ip + (16 if bits & 1 else 4)
            end = asn + (4 if bits & 2 else 2)
            if end > size:
                self._malformed(f"the PEER_INDEX_TABLE declares {count} peers and ends after {i}")
                return
            ids.append(
                self._load.peers.intern(
                    collector,
                    int.from_bytes(body[asn:end], "big"),
                    address_text(body[ip:asn]),
                    address_text(body[at + 1 : ip]),
                    "TABLE_DUMP_V2",
                )
            )
            at = end
        self.trailing = size - at

    def _geo_peer_table(self, body: bytes) -> None:
        """Put the peers of the latest PEER_INDEX_TABLE on the map; they stand in its order."""
        if len(body) < 14:
            self._malformed("the GEO_PEER_TABLE ends in its head")
            return
        (count,) = _U16.unpack_from(body, 12)
        end, step = 14 + count * _GEO_PEER.size, _GEO_PEER.size
        if end > len(body):
            read = (len(body) - 14) // step
            self._malformed(f"the GEO_PEER_TABLE declares {count} peers and ends after {read}")
            return
        found = list(_GEO_PEER.iter_unpack(body[14:end]))
        peers = self._load.peers
        if self._peer_ids is None:
            detail = "a GEO_PEER_TABLE before any PEER_INDEX_TABLE"
            self._report(Damage("missing_peer_table", detail))
        elif [peers.bgp_id(i) for i in self._peer_ids] != [address_text(bgp) for bgp, *_ in found]:
            self._malformed("the GEO_PEER_TABLE lists other peers than the PEER_INDEX_TABLE")
        else:
            for peer, (_, latitude, longitude) in zip(self._peer_ids, found, strict=True):
                peers.locate(peer, latitude, longitude)
            self.quirks["trailing_bytes_in_record"] += end < len(body)

    def _rib_generic(self, record: Record) -> None:
        """Read a record that names its address family (RFC 6396 section 4.3.3).

        With ADD-PATH, RFC 8050 section 4.2 puts the path id into the NLRI; the routers that write
        such records put one into every entry instead. The form that closes is taken, the one of the
        RFC if both do.
        """
        body = record.body
        if len(body) < 7:
            self._malformed(_CUT_HEAD)
            return
        afi, safi = int.from_bytes(body[4:6], "big"), body[6]
        if not self._wants(afi, safi):
            return
        if record.subtype == _RIB_GENERIC:
            self._rib(record, 7, afi)
        elif not closes(body, 11, afi, ENTRY) and closes(body, 7, afi, ADD_PATH_ENTRY):
            self._load.quirks["generic_path_id_in_entry"] += 1
            self._rib(record, 7, afi, add_path=True)
        elif len(body) < 11:
            self._malformed(_CUT_HEAD)
        else:
            self._rib(record, 11, afi, path_id=int.from_bytes(body[7:11], "big"))

    def _rib(
        self,
        record: Record,
        start: int,
        afi: int,
        *,
        add_path: bool = False,
        path_id: int | None = None,
    ) -> None:
        """Read the prefix and the entries of a record; ``path_id`` is that of all entries."""
        body, family = record.body, 4 if afi == 1 else 6
        size = len(body)
        length = body[start] if size > start else 0
        if length > ADDRESS_BITS[family]:
            self._malformed(f"prefix length {length}, expected at most {ADDRESS_BITS[family]}")
            return
        at = start + 1 + (length + 7) // 8 + 2
        if at > size:
            self._malformed(_CUT_HEAD)
            return
        received = body[start + 1 : at - 2]
        network = received
        if length % 8 and received[-1] & 0xFF >> length % 8:
            network = host_bits_cleared(received, length)
        key = prefix_key(family, network, length)
        (count,) = _U16.unpack_from(body, at - 2)
        self.routes_read += count
        if self._peer_ids is None:
            self.routes_lost += count
            detail = f"{count} routes to {prefix_text(key)} before any PEER_INDEX_TABLE"
            self._report(Damage("missing_peer_table", detail))
            return
        kept_before = self.routes_kept
        self._entries(record, key, at, count, add_path=add_path, path_id=path_id)
        if network is not received:
            self._load.quirks["nlri_host_bits"] += self.routes_kept - kept_before

    def _entries(
        self,
        record: Record,
        key: bytes,
        at: int,
        count: int,
        *,
        add_path: bool,
        path_id: int | None,
    ) -> None:
        """Read the entries of a RIB record."""
        body, size = record.body, len(record.body)
        peer_ids, blocks = self._peer_ids or [], self._load.blocks
        known, routes = blocks.of_table_dump_v2(), self._load.routes
        prefix_id = routes.prefix_ids.get(key, len(routes.prefix_ids))
        entry = ADD_PATH_ENTRY if add_path else ENTRY
        unpack, head = entry.unpack_from, entry.size
        kept, done, n_peers = 0, 0, len(peer_ids)
        while done < count:
            start = at + head
            if start > size:
                break
            peer, originated, *own_id, length = unpack(body, at)
            if start + length > size:
                break
            at = start + length
            done += 1
            peer_id = peer_ids[peer] if peer < n_peers else self._local_peer(peer)
            if peer_id is None:
                detail = f" from peer {peer} of {n_peers}"
                self._lose_route(key, Damage("peer_index_out_of_range", detail))
                continue
            block = body[start:at]
            ids = known.get(block) or blocks.add(block, 1)
            if isinstance(ids, Damage):
                self._lose_route(key, ids)
                continue
            kept += 1
            if own_id or path_id is not None:
                routes.add_path_at.append(len(routes.prefix))
                routes.add_path.append(own_id[0] if path_id is None else path_id)
            routes.prefix.append(prefix_id)
            routes.peer.append(peer_id)
            routes.as_path.append(ids[0])
            routes.attributes.append(ids[1])
            routes.originated.append(originated)
            routes.recorded.append(record.timestamp)
        else:
            self.trailing, self._declared = size - at, (count, entry)
        if kept:
            routes.prefix_ids[key] = prefix_id
            self.routes_kept += kept
        if done < count:
            self.routes_lost += count - done
            self._malformed(f"{count} routes declared, the record ends after {done}")

    def _local_peer(self, index: int) -> int | None:
        """Give the peer that stands for the router itself, for the first index that is not listed.

        GoBGP 3 numbered its own routes so, although it lists that peer (gobgp#2692).
        """
        peer_ids = self._peer_ids or []
        if index != len(peer_ids):
            return None
        local = next((i for i in peer_ids if self._load.peers.is_local(i)), None)
        self.quirks["local_peer_index"] += local is not None
        return local
