"""The MRT files: one collector dump per snapshot, and the own view of AS213394.

Both return the bytes and the list of routes in them; the truth is counted from that list.
"""

from typing import NamedTuple

from internet import cast
from internet import mrt_writer as mrt
from internet.addresses import Prefix, parse
from internet.attributes import (
    UNKNOWN_ATTRIBUTE,
    Habits,
    collector_extras,
    origin_code,
    path_segments,
    transit_extras,
)
from internet.dice import Dice
from internet.prefixes import Table
from internet.routing import CUSTOMER, NONE, OWN, Announcement, Routes
from internet.snapshots import Snapshot

DEFAULT4, DEFAULT6 = parse("0.0.0.0/0"), parse("::/0")
_DEFAULTS = {(37468, DEFAULT4), (197216, DEFAULT6)}  # (VP AS, default route it sends)
_INTERNAL_VP = 28329  # sends a few of its internal more-specifics


class Route(NamedTuple):
    """One route as written: `path` is what the path segments say, without a trailing AS_SET."""

    prefix: Prefix
    session: int
    path: tuple[int, ...]
    as_set: tuple[int, ...] = ()
    local_pref: int | None = None
    origin_code: int = 0


class Dump(NamedTuple):
    """A file's content and what is in it."""

    content: bytes
    routes: list[Route]
    n_records: int


Entry = tuple[Route, bytes]


class Collector:
    """Writes what the collector holds; entries that did not change since the last snapshot are reused."""

    def __init__(self, routes: Routes, habits: Habits, table: Table, ages: "Ages") -> None:
        self._routes, self._habits, self._ages = routes, habits, ages
        self._internal = _internal_prefixes(table)
        self._partial = _Partial()
        self._blocks: dict[tuple[object, ...], bytes] = {}
        self._known: dict[Prefix, tuple[Announcement, list[Entry]]] = {}

    def dump(self, snapshot: Snapshot) -> Dump:
        """Return the dump of one moment."""
        peers = [mrt.Peer(v.asn, v.ip, v.bgp_id) for v in cast.VANTAGE_POINTS]
        writer = _Writer(peers, cast.COLLECTOR_ID, "sample", snapshot.time)
        local = {prefix for _, prefix in _DEFAULTS} | self._internal
        pinned = {prefix for _, prefix in snapshot.pins}
        for prefix in sorted(local.union(snapshot.announced)):
            announcement = None if prefix in local else snapshot.announced[prefix]
            known = self._known.get(prefix)
            if known is not None and known[0] == announcement and prefix not in pinned:
                entries = known[1]
            else:
                entries = self._entries(prefix, announcement, snapshot)
                if announcement is not None and prefix not in pinned:
                    self._known[prefix] = (announcement, entries)
            writer.add(prefix, entries)
        return writer.dump()

    def _entries(
        self, prefix: Prefix, announcement: Announcement | None, snapshot: Snapshot
    ) -> list[Entry]:
        habits = self._habits
        special = (
            prefix in habits.as_sets or prefix in habits.confederations or prefix in habits.unknown
        )
        since = self._ages.of(announcement, snapshot)
        entries = []
        for session, vp in enumerate(cast.VANTAGE_POINTS):
            if prefix.family not in vp.families:
                continue
            path, kind = self._heard(vp.asn, prefix, announcement, snapshot)
            if path is None or (vp.partial and not self._partial.sends(vp.asn, prefix, kind)):
                continue
            key = (session, prefix.family, path, kind, prefix if special else None)
            if key not in self._blocks:
                extras = collector_extras(habits, vp.asn, kind, path)
                self._blocks[key] = _block(habits, prefix, path, vp.ip, extras)
            route = Route(prefix, session, path, habits.as_sets.get(prefix, ()))
            entry = mrt.rib_entry(session, self._blocks[key], originated=since + 7 * session)
            entries.append((route, entry))
        return entries

    def _heard(
        self, asn: int, prefix: Prefix, announcement: Announcement | None, snapshot: Snapshot
    ) -> tuple[tuple[int, ...] | None, int]:
        """Return the path of this AS to the prefix, and from whom it was learned."""
        if announcement is None:
            inside = asn == _INTERNAL_VP and prefix in self._internal
            return ((asn,), OWN) if inside or (asn, prefix) in _DEFAULTS else (None, NONE)
        pinned = snapshot.pins.get((asn, prefix))
        return self._routes.heard(asn, announcement) if pinned is None else (pinned, CUSTOMER)


def own_dump(
    snapshot: Snapshot, routes: Routes, habits: Habits, ages: "Ages", seed: int = cast.SEED
) -> Dump:
    """Return what AS213394 hears from its four transits at this time."""
    dice = Dice(seed, "own view")
    peers = [mrt.Peer(v.asn, v.ip, v.bgp_id) for v in cast.OWN_SESSIONS]
    writer = _Writer(peers, "185.42.0.0", "AS213394", snapshot.time)
    announced: dict[Prefix, Announcement | None] = {DEFAULT4: None, **snapshot.announced}
    blocks: dict[tuple[object, ...], bytes] = {}
    for prefix in sorted(announced):
        announcement = announced[prefix]
        deaf = _deaf(dice)
        entries: list[Entry] = []
        for session, transit in enumerate(cast.OWN_SESSIONS):
            if prefix.family not in transit.families:
                continue
            path, kind = _heard(transit.asn, announcement, routes)
            if path is None or cast.OWN in path or transit.asn in deaf:
                continue
            members = habits.as_sets.get(prefix, ())
            key = (session, path, members, prefix in habits.unknown)
            extras = transit_extras(habits, transit.asn, kind, path)
            if key not in blocks:
                blocks[key] = _block(habits, prefix, path, transit.ip, extras)
            preference = _local_pref(extras)
            code = origin_code(habits, path)
            route = Route(prefix, session, path, members, preference, code)
            since = ages.of(announcement, snapshot) + 7 * session
            entries.append((route, mrt.rib_entry(session, blocks[key], originated=since)))
        writer.add(prefix, entries)
    return writer.dump()


def _heard(
    transit: int, announcement: Announcement | None, routes: Routes
) -> tuple[tuple[int, ...] | None, int]:
    """Return a transit's path; None stands for the default route, which one transit sends."""
    if announcement is None:
        return ((transit,), OWN) if transit == 3257 else (None, NONE)
    return routes.heard(transit, announcement)


class Ages:
    """When each announcement was first heard: long ago, or between two snapshots."""

    def __init__(self, snapshots: list[Snapshot], seed: int = cast.SEED) -> None:
        dice = Dice(seed, "ages")
        self._since: dict[Announcement, int] = {}
        previous = snapshots[0].time - 60 * 86400
        for snapshot in snapshots:
            for announcement in snapshot.announced.values():
                if announcement not in self._since:
                    self._since[announcement] = previous + dice.below(
                        snapshot.time - previous - 3600
                    )
            previous = snapshot.time

    def of(self, announcement: Announcement | None, snapshot: Snapshot) -> int:
        """Return the originated time to write, before the session's own delay."""
        return snapshot.time - 90 * 86400 if announcement is None else self._since[announcement]


class _Partial:
    """What a partial feed sends: routes from customers, and a fixed handful of the others."""

    def sends(self, asn: int, prefix: Prefix, kind: int) -> bool:
        """Return whether the partial feed of this AS includes the route."""
        number = prefix.network >> (8 if prefix.family == 4 else 80)
        return kind in (OWN, CUSTOMER) or number * 2654435761 % 1000 < 14 + asn % 3


class _Writer:
    """Collects the entries of one prefix, then writes its record."""

    def __init__(self, peers: list[mrt.Peer], collector_id: str, view: str, time: int) -> None:
        self._time = time
        head = mrt.peer_index_table(peers, collector_id=collector_id, view=view, timestamp=time)
        self._records, self._routes = [head], list[Route]()

    def add(self, prefix: Prefix, entries: list[Entry]) -> None:
        """Write the record of one prefix, unless nobody has a route."""
        if entries:
            number = len(self._records) - 1
            coded = [entry for _, entry in entries]
            self._records.append(
                mrt.rib(str(prefix), coded, sequence_number=number, timestamp=self._time)
            )
            self._routes += [route for route, _ in entries]

    def dump(self) -> Dump:
        """Return the whole file."""
        return Dump(b"".join(self._records), self._routes, len(self._records))


def _block(
    habits: Habits, prefix: Prefix, path: tuple[int, ...], peer_ip: str, extras: bytes
) -> bytes:
    head = mrt.origin(origin_code(habits, path)) + mrt.as_path(*path_segments(habits, prefix, path))
    if prefix.family == 4:
        # A session over IPv6 that carries IPv4 has some IPv4 router as next hop.
        hop = mrt.next_hop("80.249.209.82" if ":" in peer_ip else peer_ip)
    else:
        hop = _next_hop6(peer_ip)
    return head + hop + extras + (UNKNOWN_ATTRIBUTE if prefix in habits.unknown else b"")


def _next_hop6(peer_ip: str) -> bytes:
    """Return an abbreviated MP_REACH; sessions over IPv4 add a link-local address, as some routers do."""
    if ":" in peer_ip:
        return mrt.mp_reach_abbreviated(peer_ip)
    last = peer_ip.rsplit(".", 1)[1]
    return mrt.mp_reach_abbreviated(f"2001:7f8:1::{last}", f"fe80::{last}")


def _internal_prefixes(table: Table) -> set[Prefix]:
    """Return a few more-specifics beyond /24 and /48 that one vantage point lets out."""
    own = sorted(
        h.block for h in table.holdings if h.asn == _INTERNAL_VP and h.block in table.announced
    )
    four = [block.part(28, 3 + i) for i, block in enumerate(b for b in own if b.family == 4)]
    return {*four[:6], *(block.part(64, 1) for block in own if block.family == 6)}


def _deaf(dice: Dice) -> set[int]:
    """Return the transits that do not carry the next prefix; now and then all but one or two."""
    if not dice.chance(0.012):
        return set()
    return set(dice.sample(cast.UPSTREAMS, dice.weighted((1, 2, 3), (0.6, 0.25, 0.15))))


def _local_pref(extras: bytes) -> int | None:
    """Return the LOCAL_PREF among these attributes; it can only come first, or right after a MED."""
    at = 7 if extras[1:2] == b"\x04" else 0
    return (
        int.from_bytes(extras[at + 3 : at + 7], "big")
        if extras[at + 1 : at + 2] == b"\x05"
        else None
    )
