"""Proposals for incidents: hijacks, forged origins, squats, bogons and reserved origins.

Each function proposes many variants of one kind; `planting` routes all of them and keeps the first that enough
vantage points see. All incidents exist in the last snapshot only.
"""

from collections.abc import Iterator

from internet.addresses import Prefix, parse
from internet.dice import Dice
from internet.events import Event, Roa
from internet.prefixes import Table
from internet.routing import Announcement, Seed
from internet.topology import Topology

TRIES = 30


class Stage:
    """The normal Internet and who may still play a part in an event: everybody plays at most one."""

    def __init__(
        self, topology: Topology, table: Table, dice: Dice, cast_ases: frozenset[int]
    ) -> None:
        self.topology, self.table, self.dice = topology, table, dice
        self.edge = [
            n for n in topology.networks.values() if n.tier == 4 and n.asn not in cast_ases
        ]
        lonely = [n for n in self.edge if not topology.siblings(n.asn)]
        self.attackers = [n.asn for n in lonely if len(topology.providers[n.asn]) > 1]
        signs = {n.asn: n.signs_roas for n in self.edge}
        self.victims: dict[tuple[int, bool], list[Prefix]] = {}
        self.by_origin: dict[int, list[Prefix]] = {}
        for prefix, announcement in table.announced.items():
            asn = announcement[0].asn
            self.by_origin.setdefault(asn, []).append(prefix)
            if asn in signs and announcement[0].exports is None and table.holder[prefix] == asn:
                self.victims.setdefault((prefix.family, signs[asn]), []).append(prefix)

    def origin(self, prefix: Prefix) -> int:
        """Return who normally announces the prefix."""
        return self.table.announced[prefix][0].asn

    def attacker(self, victim: int) -> int:
        """Return a network that has nothing to do with the victim: another region, no common link."""
        networks = self.topology.networks
        while True:
            asn = self.dice.pick(self.attackers)
            neighbours = {*self.topology.providers[asn], *self.topology.peers[asn]}
            far = networks[asn].registry != networks[victim].registry and victim not in neighbours
            if far and not neighbours & {
                *self.topology.providers[victim],
                *self.topology.peers[victim],
            }:
                return asn

    def victim(self, family: int, signed: bool, lengths: tuple[int, int]) -> Prefix:
        """Return a prefix of an edge network, with or without a ROA, of a length in this range."""
        while True:
            prefix = self.dice.pick(self.victims[family, signed])
            if lengths[0] <= prefix.length <= lengths[1]:
                return prefix


def exact_hijacks(stage: Stage, family: int, signed: bool) -> Iterator[Event]:
    """Propose unrelated networks that announce exactly the victim's prefix."""
    for _ in range(TRIES):
        prefix = stage.victim(family, signed, (20, 24) if family == 4 else (32, 48))
        victim = stage.origin(prefix)
        attacker = stage.attacker(victim)
        both = (*stage.table.announced[prefix], Seed(attacker))
        note = f"AS{attacker} announces the prefix of AS{victim}; the victim has {'a' if signed else 'no'} ROA"
        yield Event("moas", "exact hijack", {prefix: both}, (victim,), (attacker,), note)


def local_hijacks(stage: Stage, vantage_point: int) -> Iterator[Event]:
    """Propose an exact hijack that only one vantage point hears, from its own customer."""
    for attacker in stage.topology.customers[vantage_point]:
        if attacker not in stage.attackers:
            continue
        prefix = stage.victim(4, True, (20, 24))
        victim = stage.origin(prefix)
        pins: dict[tuple[int, Prefix], tuple[int, ...]] = {
            (vantage_point, prefix): (vantage_point, attacker)
        }
        note = f"AS{attacker} announces the prefix of AS{victim} to AS{vantage_point} alone, which keeps it to itself"
        usual = {prefix: stage.table.announced[prefix]}
        yield Event(
            "moas",
            "exact hijack, one vantage point",
            usual,
            (victim,),
            (attacker,),
            note,
            pins=pins,
        )


def sub_prefix_hijacks(stage: Stage, family: int, signed: bool) -> Iterator[Event]:
    """Propose networks that announce a part of the victim's prefix that the victim does not announce."""
    for _ in range(TRIES):
        cover = stage.victim(family, signed, (19, 22) if family == 4 else (29, 32))
        length = 24 if family == 4 else 48
        specific = cover.part(length, stage.dice.below(min(1 << (length - cover.length), 4096)))
        if specific in stage.table.announced:
            continue
        victim = stage.origin(cover)
        attacker = stage.attacker(victim)
        note = f"AS{attacker} announces a part of {cover} of AS{victim}, which has {'a' if signed else 'no'} ROA"
        event = Event(
            "submoas",
            "sub-prefix hijack",
            {specific: (Seed(attacker),)},
            (victim,),
            (attacker,),
            note,
        )
        event.details["covering_prefix"] = str(cover)
        yield event


def forged_origins(stage: Stage) -> Iterator[Event]:
    """Propose networks that put the victim's number behind their own: the origin looks right, the link is new."""
    for _ in range(2 * TRIES):
        prefix = stage.victim(4, True, (20, 24))
        victim = stage.origin(prefix)
        attacker = stage.attacker(victim)
        both = (*stage.table.announced[prefix], Seed(attacker, tail=(victim,)))
        note = f"AS{attacker} claims to be a neighbour of AS{victim}; no such link exists"
        event = Event(
            "forged_origin", "forged origin, exact", {prefix: both}, (victim,), (attacker,), note
        )
        event.link = (attacker, victim)
        yield event


def forged_sub_prefixes(stage: Stage) -> Iterator[Event]:
    """Propose forged origins on a more-specific that a loose maxLength makes valid."""
    for _ in range(TRIES):
        cover = stage.victim(4, True, (19, 21))
        specific = cover.part(24, (1 << (24 - cover.length)) - 1)
        victim = stage.origin(cover)
        attacker = stage.attacker(victim)
        if specific in stage.table.announced:
            continue
        seeds = (Seed(attacker, tail=(victim,)),)
        note = f"AS{attacker} claims to be a neighbour of AS{victim}, on a part of {cover} that its ROA lets pass"
        event = Event(
            "forged_origin",
            "forged origin, sub-prefix",
            {specific: seeds},
            (victim,),
            (attacker,),
            note,
        )
        event.link = (attacker, victim)
        event.roas.append(Roa(victim, cover, 24))
        event.details["covering_prefix"] = str(cover)
        yield event


def squats(stage: Stage, family: int, as0: bool) -> Iterator[Event]:
    """Propose networks that announce somebody's dormant block."""
    for block, holder in stage.table.dormant:
        if block.family == family:
            attacker = stage.attacker(holder)
            note = f"AS{attacker} announces a block held by the organisation of AS{holder}, which announces nothing of it"
            event = Event(
                "squat",
                "squatted dormant block",
                {block: (Seed(attacker),)},
                (holder,),
                (attacker,),
                note,
            )
            event.details["as0_roa"] = as0
            if as0:
                event.roas.append(Roa(0, block, block.length))
            yield event


def bogons(stage: Stage, text: str, why: str) -> Iterator[Event]:
    """Propose networks that announce special-purpose space."""
    for _ in range(TRIES):
        attacker = stage.dice.pick(stage.attackers)
        note = f"AS{attacker} announces {why}"
        yield Event(
            "bogon", "bogon prefix", {parse(text): (Seed(attacker),)}, (), (attacker,), note
        )


def unallocated(stage: Stage) -> Iterator[Event]:
    """Propose networks that announce space no registry has given out."""
    for block in stage.table.unallocated[:TRIES]:
        attacker = stage.dice.pick(stage.attackers)
        note = f"AS{attacker} announces a block that the delegation file lists as available"
        yield Event(
            "bogon", "unallocated prefix", {block: (Seed(attacker),)}, (), (attacker,), note
        )


def reserved_origins(stage: Stage, asn: int) -> Iterator[Event]:
    """Propose networks that let a private number out as the origin of their own prefix."""
    for _ in range(TRIES):
        prefix = stage.victim(4, False, (22, 24))
        leaker = stage.origin(prefix)
        note = f"AS{leaker} announces its own prefix with AS{asn}, a private number, as origin"
        seeds: dict[Prefix, Announcement] = {prefix: (Seed(leaker, tail=(asn,)),)}
        yield Event("reserved_asn", "private AS as origin", seeds, (leaker,), (asn,), note)
