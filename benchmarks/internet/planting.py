"""Chooses what is planted: of many proposals, the first that the vantage points can see well enough.

Nobody plays in two events, so every planted thing can be judged on its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from internet import cast, incidents, leaks, lookalikes
from internet.dice import Dice
from internet.events import Event
from internet.incidents import Stage
from internet.prefixes import Table
from internet.routing import Announcement, Routes, propagate
from internet.topology import Topology

if TYPE_CHECKING:
    from internet.addresses import Prefix

_FULL_VPS = tuple(sorted({v.asn for v in cast.VANTAGE_POINTS if not v.partial}))
_CAST_ASES = frozenset({p.asn for p in cast.PARTS} | set(cast.TIER1))


@dataclass
class Slot:
    """One event to fill: its proposals, and how many vantage-point ASes must see either side."""

    name: str
    proposals: Iterator[Event]
    least_newcomer: int = 3
    least_incumbent: int = 0


def plant(topology: Topology, table: Table, normal: Routes, seed: int = cast.SEED) -> list[Event]:
    """Return the chosen events."""
    stage = Stage(topology, table, Dice(seed, "events"), _CAST_ASES)
    slots = [*_incident_slots(stage, normal), *_lookalike_slots(stage)]
    proposals = [(slot, list(slot.proposals)) for slot in slots]
    routes = propagate(
        topology, _announcements(e for _, events in proposals for e in events), _FULL_VPS
    )
    chosen: list[Event] = []
    busy: set[int] = set()
    used: set[Prefix] = set()
    for slot, events in proposals:
        free = (e for e in events if not busy & _players(e) and not used & e.announced.keys())
        event = next((e for e in free if _visible(e, slot, routes)), None)
        if event is None:
            raise RuntimeError(f"no proposal is visible enough: {slot.name}")
        busy |= _players(event)
        used |= event.announced.keys()
        chosen.append(event)
    return chosen


def _incident_slots(stage: Stage, normal: Routes) -> list[Slot]:
    bogon = incidents.bogons
    return [
        Slot("exact hijack, ROA", incidents.exact_hijacks(stage, 4, True), 3, 3),
        Slot("exact hijack, no ROA", incidents.exact_hijacks(stage, 4, False), 3, 3),
        Slot("exact hijack, IPv6", incidents.exact_hijacks(stage, 6, True), 3, 3),
        Slot("exact hijack, one VP", incidents.local_hijacks(stage, 6939), 1, 3),
        Slot("sub-prefix hijack, ROA", incidents.sub_prefix_hijacks(stage, 4, True)),
        Slot("sub-prefix hijack, no ROA", incidents.sub_prefix_hijacks(stage, 4, False)),
        Slot("sub-prefix hijack, IPv6", incidents.sub_prefix_hijacks(stage, 6, True)),
        Slot("forged origin", incidents.forged_origins(stage), 3, 2),
        Slot("forged origin, sub-prefix", incidents.forged_sub_prefixes(stage)),
        Slot("leak, type 1", leaks.leaks(stage, normal, from_peer=False)),
        Slot("leak, type 4", leaks.leaks(stage, normal, from_peer=True)),
        Slot("squat, AS0", incidents.squats(stage, 4, as0=True)),
        Slot("squat, IPv6", incidents.squats(stage, 6, as0=False)),
        Slot("bogon 1", bogon(stage, "100.70.0.0/16", "shared address space (RFC 6598)")),
        Slot("bogon 2", bogon(stage, "192.0.2.0/24", "a documentation prefix (RFC 5737)")),
        Slot(
            "bogon 3",
            bogon(stage, "2001:db8:4000::/36", "a part of the documentation prefix (RFC 3849)"),
        ),
        Slot("unallocated", incidents.unallocated(stage)),
        Slot("reserved AS, 16 bits", incidents.reserved_origins(stage, 64513)),
        Slot("reserved AS, 32 bits", incidents.reserved_origins(stage, 4200000123)),
    ]


def _lookalike_slots(stage: Stage) -> list[Slot]:
    always, last = cast.SNAPSHOTS, (cast.LAST,)
    slots = [Slot(f"siblings {i}", lookalikes.siblings(stage, always), 1, 1) for i in range(5)]
    slots += [Slot(f"new siblings {i}", lookalikes.siblings(stage, last), 1, 1) for i in range(2)]
    slots += [
        Slot(f"anycast {i}", lookalikes.anycasts(stage, family), 3, 1)
        for i, family in enumerate((4, 4, 6))
    ]
    slots += [
        Slot(f"provider {i}", lookalikes.customer_and_provider(stage, always), 1, 1)
        for i in range(4)
    ]
    slots += [
        Slot(f"new provider {i}", lookalikes.customer_and_provider(stage, last), 1, 1)
        for i in range(2)
    ]
    return slots + [Slot(f"transfer {i}", lookalikes.transfers(stage), 3) for i in range(3)]


def _announcements(events: Iterable[Event]) -> list[Announcement]:
    return [a for event in events for a in event.announced.values()]


def _players(event: Event) -> set[int]:
    """Return the ASes that no other event may use; the providers of a leak may take part twice."""
    return (
        {*event.newcomers}
        if event.kind == "leak"
        else {*event.newcomers, *event.incumbents} - _CAST_ASES
    )


def _visible(event: Event, slot: Slot, routes: Routes) -> bool:
    newcomer: set[int] = set()
    incumbent: set[int] = set()
    for prefix, announcement in event.announced.items():
        for asn in _FULL_VPS:
            path = event.pins.get((asn, prefix)) or routes.path(asn, announcement)
            if path is not None:
                (newcomer if event.marks(path) else incumbent).add(asn)
    origins = {
        p[-1] for a in event.announced.values() for v in _FULL_VPS if (p := routes.path(v, a))
    }
    if event.label == "anycast" and len(origins) < 3:
        return False
    return len(newcomer) >= slot.least_newcomer and len(incumbent) >= slot.least_incumbent
