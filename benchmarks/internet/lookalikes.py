"""Proposals for benign look-alikes: what a careless detector would take for a hijack."""

from collections.abc import Iterator

from internet import cast
from internet.addresses import Prefix
from internet.events import Event, Roa, RouteObject
from internet.incidents import TRIES, Stage
from internet.routing import Seed


def siblings(stage: Stage, snapshots: tuple[str, ...]) -> Iterator[Event]:
    """Propose two networks of one organisation that announce the same prefix."""
    for network in stage.edge:
        for other in stage.topology.siblings(network.asn):
            for prefix in _own_prefixes(stage, network.asn)[:2]:
                both = (*stage.table.announced[prefix], Seed(other))
                note = f"AS{network.asn} and AS{other} belong to {network.org_name}"
                event = Event(
                    "moas",
                    "siblings",
                    {prefix: both},
                    (network.asn,),
                    (other,),
                    note,
                    False,
                    snapshots,
                )
                event.roas = _signed(stage, prefix, network.asn, other)
                yield event


def customer_and_provider(stage: Stage, snapshots: tuple[str, ...]) -> Iterator[Event]:
    """Propose a provider that announces its customer's prefix along with the customer."""
    for _ in range(TRIES):
        prefix = stage.victim(4, stage.dice.chance(0.5), (21, 24))
        customer = stage.origin(prefix)
        providers = stage.topology.providers[customer]
        if len(providers) < 2:
            continue
        provider = stage.dice.pick(providers)
        both = (Seed(customer), Seed(provider))
        note = f"AS{provider} sells transit to AS{customer} and announces its prefix as well"
        event = Event(
            "moas",
            "customer and provider",
            {prefix: both},
            (customer,),
            (provider,),
            note,
            False,
            snapshots,
        )
        event.roas = _signed(stage, prefix, customer, provider)
        yield event


def anycasts(stage: Stage, family: int) -> Iterator[Event]:
    """Propose a prefix that several unrelated networks announce, all of them registered."""
    for _ in range(TRIES):
        prefix = stage.victim(family, True, (24, 24) if family == 4 else (48, 48))
        first = stage.origin(prefix)
        others: list[int] = []
        while len(others) < 4:
            asn = stage.dice.pick(stage.attackers)
            if asn not in (first, *others):
                others.append(asn)
        seeds = (Seed(first), *(Seed(asn) for asn in others))
        note = "anycast: every origin has a route object and a ROA"
        event = Event(
            "moas", "anycast", {prefix: seeds}, (first,), tuple(others), note, False, cast.SNAPSHOTS
        )
        event.roas = [Roa(asn, prefix, prefix.length) for asn in (first, *others)]
        event.route_objects = [
            RouteObject(prefix, asn, "2022-03-09T10:11:12Z") for asn in (first, *others)
        ]
        yield event


def transfers(stage: Stage) -> Iterator[Event]:
    """Propose a prefix that changes hands: new origin, with its own route object and ROA."""
    for _ in range(TRIES):
        prefix = stage.victim(4, True, (20, 24))
        old = stage.origin(prefix)
        if len(_own_prefixes(stage, old)) < 2 or prefix not in {
            h.block for h in stage.table.holdings
        }:
            continue
        if any(
            p.length > prefix.length and p.covering(prefix.length) == prefix
            for p in _own_prefixes(stage, old)
        ):
            continue
        new = stage.attacker(old)
        note = (
            f"transferred from AS{old} to AS{new}, registered two days before the new announcement"
        )
        event = Event(
            "moas", "registered transfer", {prefix: (Seed(new),)}, (old,), (new,), note, False
        )
        event.roas = [Roa(new, prefix, prefix.length)]
        event.route_objects = [RouteObject(prefix, new, "2025-01-19T08:30:00Z", cast.LAST)]
        yield event


def _own_prefixes(stage: Stage, asn: int) -> list[Prefix]:
    return [
        p
        for p in stage.by_origin.get(asn, [])
        if p.family == 4 and stage.table.announced[p][0].exports is None
    ]


def _signed(stage: Stage, prefix: Prefix, holder: int, other: int) -> list[Roa]:
    """Return ROAs for both origins where the holder signs: whoever lets another announce signs for it too."""
    if not stage.topology.networks[holder].signs_roas:
        return []
    return [Roa(asn, prefix, prefix.length) for asn in (holder, other)]
