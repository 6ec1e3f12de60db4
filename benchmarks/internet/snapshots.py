"""What is announced at each of the four times: the normal table, a little churn, the migration, the events."""

from dataclasses import dataclass

from internet import cast
from internet.addresses import Prefix, parse
from internet.dice import Dice
from internet.events import Event
from internet.prefixes import Table
from internet.routing import Announcement, Seed
from internet.topology import Topology

_WITHDRAWN, _NEW, _REROUTED = 55, 55, 30  # per step from one snapshot to the next


@dataclass
class Snapshot:
    """One moment: every announced prefix, and how long each announcement has been there."""

    name: str
    time: int
    announced: dict[Prefix, Announcement]
    pins: dict[tuple[int, Prefix], tuple[int, ...]]


def build_snapshots(
    topology: Topology, table: Table, events: list[Event], seed: int = cast.SEED
) -> list[Snapshot]:
    """Return the four snapshots, in order."""
    dice = Dice(seed, "churn")
    current = dict(table.announced)
    fixed = {p for event in events for p in event.announced} | {
        parse(cast.OWN_PREFIX4),
        parse(cast.OWN_PREFIX6),
    }
    fixed |= {
        p.covering(n) for p in list(fixed) for n in range(8, p.length)
    }  # nor what covers an event
    hidden = _hold_back(current, fixed, dice)
    found: list[Snapshot] = []
    for name in cast.SNAPSHOTS:
        if found:
            _churn(topology, current, hidden, fixed, dice)
        announced = dict(current)
        pins: dict[tuple[int, Prefix], tuple[int, ...]] = {}
        for event in events:
            if name in event.snapshots:
                announced.update(event.announced)
                pins.update(event.pins)
        announced.update(_migration(name))
        found.append(Snapshot(name, cast.TIMES[name], announced, pins))
    return found


def _migration(name: str) -> dict[Prefix, Announcement]:
    """Return how the prefixes of AS213394 are announced at this time."""
    four, six = parse(cast.OWN_PREFIX4), parse(cast.OWN_PREFIX6)
    if name in cast.SNAPSHOTS[:2]:
        return {four: (Seed(cast.OLD_ORIGIN),)}
    if name == cast.SNAPSHOTS[2]:
        through_one = (Seed(cast.OWN, exports=(cast.OLD_ORIGIN,)),)
        return {four: through_one, six: through_one}
    through_four = (
        Seed(cast.OWN, prepends=((cast.OLD_ORIGIN, cast.PREPENDS_TOWARDS_OLD_ORIGIN),)),
    )
    return {four: through_four, six: through_four}


def _hold_back(
    current: dict[Prefix, Announcement], fixed: set[Prefix], dice: Dice
) -> dict[Prefix, Announcement]:
    """Take out the prefixes that will appear later."""
    names = dice.sample(
        [p for p in sorted(current) if p not in fixed], _NEW * (len(cast.SNAPSHOTS) - 1)
    )
    return {prefix: current.pop(prefix) for prefix in names}


def _churn(
    topology: Topology,
    current: dict[Prefix, Announcement],
    hidden: dict[Prefix, Announcement],
    fixed: set[Prefix],
    dice: Dice,
) -> None:
    """Withdraw some prefixes, announce some of the held-back ones, and let some origins lose a provider."""
    for prefix in dice.sample([p for p in sorted(current) if p not in fixed], _WITHDRAWN):
        del current[prefix]
    for prefix in list(hidden)[:_NEW]:
        current[prefix] = hidden.pop(prefix)
    by_origin: dict[int, list[Prefix]] = {}
    for prefix in sorted(current):
        by_origin.setdefault(current[prefix][0].asn, []).append(prefix)
    movable = [
        a
        for a, prefixes in by_origin.items()
        if len(topology.providers[a]) > 1 and not fixed & set(prefixes)
    ]
    for asn in dice.sample([a for a in movable if topology.networks[a].tier == 4], _REROUTED):
        lost = dice.pick(topology.providers[asn])
        kept = tuple(n for n in (*topology.providers[asn], *topology.peers[asn]) if n != lost)
        for prefix in by_origin[asn]:
            if current[prefix][0].exports is None:
                current[prefix] = (current[prefix][0]._replace(exports=kept),)
