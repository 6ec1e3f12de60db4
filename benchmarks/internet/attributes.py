"""Which path attributes a route carries: habits of origins and of vantage points, drawn once.

Most routes carry little; a few carry each of the things a loader must keep: communities of three families, MED,
LOCAL_PREF, aggregators, OTC, AS_SETs, confederation segments and an attribute nobody knows.
"""

from dataclasses import dataclass, field

from internet import cast
from internet import mrt_writer as mrt
from internet.addresses import Prefix
from internet.dice import Dice
from internet.prefixes import Table
from internet.routing import CUSTOMER, OWN, PEER
from internet.topology import Topology

UNKNOWN_ATTRIBUTE = mrt.attribute(
    99, b"\x53\x59\x4e\x00", flags=0xE0
)  # optional, transitive, partial
CONFED_VP, CONFED_MEMBERS = 6939, (64601, 64602)
_LEARNED = {
    OWN: 900,
    CUSTOMER: 1000,
    PEER: 2000,
}  # informational communities of the vantage points, else 3000


@dataclass
class Habits:
    """What distinguishes the routes of some origins and prefixes."""

    origin_codes: dict[int, int] = field(default_factory=dict)
    tags: dict[int, bytes] = field(default_factory=dict)  # origin AS: attributes it attaches
    as_sets: dict[Prefix, tuple[int, ...]] = field(default_factory=dict)
    confederations: set[Prefix] = field(default_factory=set)
    unknown: set[Prefix] = field(default_factory=set)
    with_med: set[int] = field(
        default_factory=set
    )  # origin ASes towards which AS9002 and AS37468 set a MED


def build_habits(
    topology: Topology, table: Table, fixed: set[Prefix], seed: int = cast.SEED
) -> Habits:
    """Return the habits of this seed; prefixes in `fixed` get no odd paths."""
    dice = Dice(seed, "habits")
    habits = Habits()
    for network in topology.networks.values():
        asn = network.asn
        if dice.chance(0.10):
            habits.origin_codes[asn] = mrt.ORIGIN_INCOMPLETE if dice.chance(0.9) else mrt.ORIGIN_EGP
        if asn == cast.OWN:
            continue
        tags = b""
        if dice.chance(0.012):
            tags += mrt.atomic_aggregate() if dice.chance(0.5) else b""
            tags += mrt.aggregator(asn, f"10.{dice.below(256)}.{dice.below(256)}.1")
        if asn < 65536 and dice.chance(0.06):
            tags += mrt.communities(
                sorted({(asn, 100 * dice.between(1, 9)) for _ in range(dice.between(1, 3))})
            )
        if dice.chance(0.01):
            tags += mrt.extended_communities([mrt.route_target(asn & 0xFFFF, dice.between(1, 500))])
        if asn > 65535 and dice.chance(0.05):
            tags += mrt.large_communities([(asn, 1, dice.between(1, 60))])
        if tags:
            habits.tags[asn] = tags
        if dice.chance(0.05):
            habits.with_med.add(asn)
    plain = [
        p
        for p, a in table.announced.items()
        if p not in fixed and topology.networks[a[0].asn].tier == 3
    ]
    odd = dice.sample(
        [p for p in plain if len(topology.customers[table.announced[p][0].asn]) > 2], 14
    )
    for i, prefix in enumerate(odd[:6]):  # four true sets, and two with one member
        members = dice.sample(topology.customers[table.announced[prefix][0].asn], 1 if i > 3 else 2)
        habits.as_sets[prefix] = tuple(sorted(members))
    habits.confederations.update(odd[6:11])
    habits.unknown.update(odd[11:])
    return habits


def path_segments(habits: Habits, prefix: Prefix, path: tuple[int, ...]) -> list[mrt.Segment]:
    """Return the segments of a path as one vantage point, its first AS, sends it."""
    members = habits.as_sets.get(prefix, ())
    tail = [mrt.as_set(*members)] if members else []
    if prefix in habits.confederations and path[0] == CONFED_VP and len(path) > 1:
        return [
            mrt.sequence(path[0]),
            mrt.confed_sequence(*CONFED_MEMBERS),
            mrt.sequence(*path[1:]),
            *tail,
        ]
    return [mrt.sequence(*path), *tail]


def collector_extras(habits: Habits, vp: int, kind: int, path: tuple[int, ...]) -> bytes:
    """Return what comes after the next hop on a collector session, in order of attribute code."""
    origin_as, extras = path[-1], b""
    if vp == 29075 and path == (29075, cast.OWN):  # as the looking glass of the story shows it
        shown = mrt.communities([(0, 0), (29075, 18000), (65535, 65281)])
        return mrt.med(161) + mrt.local_pref(40) + shown
    if vp in (9002, 37468) and origin_as in habits.with_med:
        extras += mrt.med(0 if origin_as % 3 == 0 else 10 * (origin_as % 9))
    if vp == 28329 and kind != OWN:
        extras += mrt.local_pref({CUSTOMER: 200, PEER: 150}.get(kind, 100))
    tags = habits.tags.get(origin_as, b"")
    if not tags and vp in (1299, 9002, 6939):
        tags = mrt.communities([(vp, _LEARNED.get(kind, 3000))])
    extras += tags
    if vp == 197216 and len(path) > 1 and origin_as % 16 == 0:
        extras += mrt.only_to_customer(path[1])
    return extras


def transit_extras(habits: Habits, transit: int, kind: int, path: tuple[int, ...]) -> bytes:
    """Return what comes after the next hop on one of AS213394's own transit sessions."""
    origin_as = path[-1]
    tags = habits.tags.get(origin_as, b"")
    learned = _LEARNED.get(kind, 3000)
    if transit == 29075:
        metric = mrt.med(161 if kind == CUSTOMER else 300 if kind == PEER else 450)
        preference = (
            mrt.local_pref(40) if origin_as % 97 == 5 else b""
        )  # a backup for a few destinations
        return (
            metric
            + preference
            + (tags or mrt.communities([(29075, 18000 if kind == CUSTOMER else 18001)]))
        )
    if transit == 3257:
        return (mrt.med(0) if origin_as % 5 == 0 else b"") + (
            tags or mrt.communities([(3257, learned)])
        )
    if transit == 3356:
        preference = (
            mrt.local_pref(200) if origin_as % 61 == 7 else b""
        )  # preferred for a few destinations
        return preference + (tags or mrt.communities([(3356, 3), (3356, learned)]))
    return tags


def origin_code(habits: Habits, path: tuple[int, ...]) -> int:
    """Return the ORIGIN of routes with this path."""
    return habits.origin_codes.get(path[-1], mrt.ORIGIN_IGP)
