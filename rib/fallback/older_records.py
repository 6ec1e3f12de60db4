"""RIB records from before TABLE_DUMP_V2 to routes, and the account that all RIB records share."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from rib.fallback.columns import Load
from rib.fallback.families import family_name
from rib.fallback.framing import Record
from rib.fallback.messages import MalformedError, read_entry
from rib.fallback.prefixes import (
    ADDRESS_BITS,
    address_text,
    host_bits_cleared,
    prefix_key,
    prefix_text,
)
from rib.fallback.streams import Damage
from rib.fallback.table_dump import route_starts

__all__ = ["OlderRecords"]

_CUT_ROUTE = "the record ends inside its route"


class OlderRecords:
    """Reads TABLE_DUMP and BGP4MP_ENTRY records of one input, and counts routes.

    Parameters
    ----------
    load : Load
        Where routes go.
    collector : str or None
        Name given by the caller.
    safi : int
        1 reads unicast routes, 2 multicast ones.
    report : callable
        Called as ``report(damage)`` for each loss, while its record is being read.
    """

    def __init__(
        self, load: Load, collector: str | None, safi: int, report: Callable[[Damage], None]
    ) -> None:
        self._load = load
        self._safi = safi
        #: Records of address families that are not read, by name.
        self.other_families = Counter[str]()
        self._given_collector = collector
        self._report = report
        self.routes_read = self.routes_kept = self.routes_lost = 0
        #: Octets of the record just read that what it holds does not reach.
        self.trailing = 0

    @property
    def quirks(self) -> Counter[str]:
        """Where deviations are counted."""
        return self._load.quirks

    @property
    def kept(self) -> int:
        """Number of rows this input gave."""
        return self.routes_kept

    def end(self) -> None:
        """Say that the input has ended."""

    def account(self) -> dict[str, Any]:
        """Give what the receipt says of rows, messages and families."""
        return {
            "routes_read": self.routes_read,
            "routes_kept": self.routes_kept,
            "routes_lost": self.routes_lost,
            "other_families": dict(sorted(self.other_families.items())),
        }

    def _malformed(self, detail: str) -> None:
        self._report(Damage("malformed_record", detail))

    def _lose_route(self, key: bytes, damage: Damage) -> None:
        self.routes_lost += 1
        self._report(damage._replace(detail=f"route to {prefix_text(key)}{damage.detail}"))

    def _wants(self, afi: int, safi: int) -> bool:
        """Whether records of this address family are read; otherwise they are counted."""
        wants = afi in (1, 2) and safi == self._safi
        if not wants:
            self.other_families[family_name(afi, safi)] += 1
        return wants

    def _table_dump(self, record: Record, family: int) -> None:
        """Read a record, which holds one route, or many."""
        octets, end = ADDRESS_BITS[family] // 8, len(record.body)
        starts = route_starts(record.body, octets)
        self.quirks["table_dump_short"] += record.is_longer
        self.quirks["table_dump_packed"] += len(starts) > 1
        for at in starts:
            self.routes_read += 1
            end = self._table_dump_route(record, family, at)
        self.trailing = len(record.body) - end

    def _table_dump_route(self, record: Record, family: int, at: int) -> int:
        """Read the route at a position; give where it ends."""
        body, load, octets = record.body, self._load, ADDRESS_BITS[family] // 8
        ip = at + octets + 6  # after prefix, length, status and originated time
        start = ip + octets + 4
        end = start + int.from_bytes(body[start - 2 : start], "big")
        length = body[at + octets] if len(body) > at + octets else 0
        if length > octets * 8 or max(start, end) > len(body):
            too_long = f"prefix length {length}, expected at most {octets * 8}"
            self.routes_lost += 1
            self._malformed(too_long if length > octets * 8 else _CUT_ROUTE)
            return len(body)
        received = body[at : at + octets]
        network = host_bits_cleared(received, length)
        peer = load.peers.intern(
            self._given_collector or "",
            int.from_bytes(body[start - 4 : start - 2], "big"),
            address_text(body[ip : ip + octets]),
            None,
            "TABLE_DUMP",
        )
        originated = int.from_bytes(body[ip - 4 : ip], "big")
        key = prefix_key(family, network, length)
        self._route(key, peer, body[start:end], (originated, record.timestamp), network != received)
        return end

    def _bgp4mp_entry(self, record: Record) -> None:
        """Read a RIB entry from before TABLE_DUMP_V2."""
        try:
            entry = read_entry(record.body)
        except MalformedError as found:
            self.routes_read += 1
            self.routes_lost += 1
            self._malformed(str(found))
            return
        if not self._wants(1 if entry.route.key[0] == 4 else 2, entry.safi):
            return
        self.routes_read += 1
        self.trailing = entry.trailing
        peer = self._load.peers.intern(
            self._given_collector or "", entry.peer_as, entry.peer_ip, None, "BGP4MP"
        )
        times = (entry.originated, record.timestamp)
        self._route(entry.route.key, peer, entry.block, times, entry.route.had_host_bits)

    def _route(
        self, key: bytes, peer: int, block: bytes, times: tuple[int, int], had_host_bits: bool
    ) -> None:
        """Add a route whose ASes have two octets; ``times`` are originated and record time."""
        load = self._load
        ids = load.blocks.of_table_dump().get(block) or load.blocks.add(block, 0)
        if isinstance(ids, Damage):
            self._lose_route(key, ids)
            return
        self.routes_kept += 1
        load.quirks["nlri_host_bits"] += had_host_bits
        routes = load.routes
        routes.prefix.append(routes.prefix_ids.setdefault(key, len(routes.prefix_ids)))
        routes.peer.append(peer)
        routes.as_path.append(ids[0])
        routes.attributes.append(ids[1])
        routes.originated.append(times[0])
        routes.recorded.append(times[1])
