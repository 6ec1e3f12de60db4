"""Proposals for route leaks (RFC 7908): an edge network passes on what it may only use itself.

The leaker hears the customer routes of `source`, one of its providers or peers, and tells them to `target`, one
of its providers. `target` takes them for customer routes, prefers them and tells everybody. Only routes
of the source's customer cone are leaked, and the target must be outside that cone: then every network on the
leaked path keeps its own, better route, and no path can loop.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from internet.events import Event
from internet.incidents import Stage
from internet.routing import CUSTOMER, Announcement, Routes, Seed

if TYPE_CHECKING:
    from internet.addresses import Prefix

MOST_PREFIXES, FEWEST_PREFIXES = 48, 24
MOST_PROPOSALS = 24


def leaks(stage: Stage, routes: Routes, from_peer: bool) -> Iterator[Event]:
    """Propose leaks of provider routes to a provider (type 1), or of peer routes to a provider (type 4)."""
    return islice(_leaks(stage, routes, from_peer), MOST_PROPOSALS)


def _leaks(stage: Stage, routes: Routes, from_peer: bool) -> Iterator[Event]:
    """Propose at most one leak per leaker."""
    topology = stage.topology
    for leaker in stage.attackers:
        sources = topology.peers[leaker] if from_peer else topology.providers[leaker]
        pairs = [(s, t) for s in sources for t in topology.providers[leaker] if s != t]
        for source, target in pairs:
            if topology.customers[leaker] or topology.networks[source].tier == 1:
                continue
            event = _leak(stage, routes, leaker, source, target, from_peer=from_peer)
            if event is not None:
                yield event
                break


def _leak(
    stage: Stage, routes: Routes, leaker: int, source: int, target: int, *, from_peer: bool
) -> Event | None:
    topology = stage.topology
    source_cone, target_cone = topology.cone(source), topology.cone(target)
    if target in source_cone or source in target_cone:
        return None
    announced: dict[Prefix, Announcement] = {}
    leaked = sorted(
        p for a in source_cone - target_cone - {leaker, source} for p in stage.by_origin.get(a, ())
    )
    for prefix in leaked:
        announcement = stage.table.announced[prefix]
        if len(announcement) > 1:
            continue
        path = routes.path(source, announcement)
        if path is None or leaker in path or routes.kind(source, announcement) != CUSTOMER:
            continue
        announced[prefix] = (*announcement, Seed(leaker, tail=path, exports=(target,)))
    if len(announced) < FEWEST_PREFIXES:
        return None
    kept = list(announced)[:MOST_PREFIXES]
    what = "a peer's" if from_peer else "one provider's"
    note = f"AS{leaker} passes {what} routes (AS{source}) on to its provider AS{target}"
    event = Event("leak", "route leak", {p: announced[p] for p in kept}, (source,), (leaker,), note)
    event.link = (target, leaker, source)
    event.details |= {
        "leaker_as": leaker,
        "from_as": source,
        "to_as": target,
        "leak_type": 4 if from_peer else 1,
    }
    return event
