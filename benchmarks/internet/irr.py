"""Routing registry objects in RPSL: route, route6, aut-num and as-set."""

from internet import cast
from internet.addresses import Prefix, parse
from internet.dice import Dice
from internet.events import Event, RouteObject
from internet.prefixes import Table
from internet.topology import Topology

_REGISTERED, _STALE = (
    0.76,
    0.06,
)  # shares of prefixes with a right object, and with one of an older origin


def route_objects(
    topology: Topology, table: Table, events: list[Event], seed: int = cast.SEED
) -> list[RouteObject]:
    """Return all objects that exist by the last file; `since` tells which one has them first."""
    dice = Dice(seed, "irr")
    edge = topology.tier(4)
    planted = {p for e in events for p in e.announced}
    found = [obj for e in events for obj in e.route_objects]
    for prefix in sorted(table.announced):
        origin = table.announced[prefix][0].asn
        if dice.chance(_REGISTERED) or prefix in table.by_customer:
            found.append(RouteObject(prefix, origin, _created(dice)))
        # An old object of somebody else: none where an event is judged.
        if dice.chance(_STALE) and prefix not in planted:
            found.append(
                RouteObject(
                    prefix,
                    dice.pick(edge),
                    f"{dice.between(2004, 2014)}-05-1{dice.below(10)}T09:00:00Z",
                )
            )
    four, six = parse(cast.OWN_PREFIX4), parse(cast.OWN_PREFIX6)
    found.append(RouteObject(four, cast.OLD_ORIGIN, "2020-02-13T10:24:31Z"))
    found.append(RouteObject(four, cast.OWN, "2025-01-15T09:12:44Z", cast.LAST))
    found.append(RouteObject(six, cast.OWN, "2025-01-15T09:14:02Z", cast.LAST))
    unique = {(o.prefix, o.asn): o for o in sorted(found, reverse=True)}
    return sorted(unique.values())


def irr_database(topology: Topology, table: Table, objects: list[RouteObject], name: str) -> bytes:
    """Return the database as it was at one snapshot."""
    lines = ["% SYNTHETIC routing registry, no real registration data", ""]
    for obj in objects:
        if obj.since <= name:
            lines += _route(topology, table, obj)
    for asn in (*cast.UPSTREAMS, 9002, 6939, 16276):
        lines += _aut_num(topology, asn)
    lines += _aut_num(topology, cast.OWN)
    lines += _as_set("AS-CLEVERCLOUD", "MNT-AS213394", [f"AS{cast.OWN}"])
    lines += _as_set("AS-SQUARK", "MNT-AS43424", [f"AS{cast.OLD_ORIGIN}", "AS-CLEVERCLOUD"])
    for asn in sorted(topology.tier(3))[:40]:
        members = [f"AS{a}" for a in sorted({asn, *topology.customers[asn]})]
        lines += _as_set(f"AS{asn}:AS-CUSTOMERS", f"MNT-AS{asn}", members)
    return ("\n".join(lines) + "\n").encode()


def _route(topology: Topology, table: Table, obj: RouteObject) -> list[str]:
    holder = topology.networks[table.holder.get(obj.prefix, obj.asn)]
    if holder.registry == "ripencc":
        source = "RIPE"
    else:
        source = "RIPE-NONAUTH" if (obj.prefix.network ^ obj.asn) % 7 == 0 else "RADB"
    return [
        f"{'route' if obj.prefix.family == 4 else 'route6'}:".ljust(16) + str(obj.prefix),
        f"origin:         AS{obj.asn}",
        f"mnt-by:         MNT-AS{obj.asn}",
        f"created:        {obj.created}",
        f"last-modified:  {obj.created}",
        f"source:         {source}",
        "",
    ]


def _aut_num(topology: Topology, asn: int) -> list[str]:
    network = topology.networks[asn]
    lines = [
        f"aut-num:        AS{asn}",
        f"as-name:        {network.as_name}",
        f"org:            {network.org_id}",
    ]
    announced = "AS-CLEVERCLOUD" if asn == cast.OWN else f"AS{asn}:AS-CUSTOMERS"
    for provider in topology.providers[asn]:
        lines += [
            f"import:         from AS{provider} accept ANY",
            f"export:         to AS{provider} announce {announced}",
        ]
    created = "2020-02-10T13:05:27Z" if asn == cast.OWN else "2008-04-01T08:00:00Z"
    lines += [
        f"mnt-by:         MNT-AS{asn}",
        f"created:        {created}",
        f"last-modified:  {created}",
    ]
    return [*lines, "source:         RIPE", ""]


def _as_set(name: str, maintainer: str, members: list[str]) -> list[str]:
    listed = [f"members:        {', '.join(members[i : i + 8])}" for i in range(0, len(members), 8)]
    stamps = ["created:        2015-06-01T08:00:00Z", "last-modified:  2024-11-01T08:00:00Z"]
    return [
        f"as-set:         {name}",
        *listed,
        f"mnt-by:         {maintainer}",
        *stamps,
        "source:         RIPE",
        "",
    ]


def _created(dice: Dice) -> str:
    # Few distinct days and one time of day: the files have to stay small.
    return f"{dice.between(2012, 2024)}-{dice.between(1, 12):02}-1{dice.below(4)}T08:00:00Z"


def registered(objects: list[RouteObject], name: str) -> set[tuple[Prefix, int]]:
    """Return the (prefix, origin) pairs registered at one snapshot."""
    return {(o.prefix, o.asn) for o in objects if o.since <= name}
