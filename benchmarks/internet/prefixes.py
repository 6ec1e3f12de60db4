"""Who holds which address blocks, and what they announce: about 16,000 IPv4 and 4,000 IPv6 prefixes.

A few networks hold much and many hold little. A holder announces its block, more-specifics of it, or both;
some more-specifics are announced by a customer instead, and some are engineered: told to one provider only,
or prepended towards one.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from internet import cast
from internet.addresses import AddressPool, Prefix, parse
from internet.dice import Dice
from internet.routing import Announcement, Seed
from internet.topology import Network, Topology

_V4_BLOCKS = {  # tier: (block length, weight)
    1: ((14, 2), (15, 3), (16, 6), (18, 3)),
    2: ((15, 1), (16, 6), (17, 2), (18, 3), (19, 3)),
    3: ((16, 4), (17, 3), (18, 4), (19, 8), (20, 8), (21, 6), (22, 8)),
    4: ((16, 2), (18, 2), (19, 3), (20, 6), (21, 6), (22, 17), (23, 8), (24, 22)),
}
_V4_COUNTS = {1: (36, 90), 2: (12, 46), 3: (4, 19)}  # prefixes per network, low and high
_V4_MORE_SPECIFICS = ((24, 80), (23, 6), (22, 7), (21, 4), (20, 3), (19, 1.5))
_V6_MORE_SPECIFICS = (
    (48, 56),
    (44, 10),
    (40, 10),
    (36, 7),
    (33, 3),
    (34, 3),
    (46, 4),
    (47, 3),
    (42, 2),
    (38, 2),
)
_FIXED = (  # the large and the well-known
    ("4.0.0.0/9", 3356), ("5.39.0.0/17", 16276), ("8.0.0.0/9", 3356), ("12.0.0.0/8", 7018), ("20.0.0.0/11", 701),
    ("25.64.0.0/12", 2914), ("25.192.0.0/13", 6453), ("38.0.0.0/8", 174), ("53.0.0.0/8", 3320), ("57.0.0.0/10", 5511),
    ("91.121.0.0/16", 16276), ("2a08:4000::/22", 1299),
)  # fmt: skip


class Holding(NamedTuple):
    """A block and the network whose organisation holds it."""

    block: Prefix
    asn: int


@dataclass
class Table:
    """Every prefix that is normally announced, and how."""

    holdings: list[Holding] = field(default_factory=list)
    announced: dict[Prefix, Announcement] = field(default_factory=dict)
    holder: dict[Prefix, int] = field(default_factory=dict)
    dormant: list[Holding] = field(default_factory=list)  # held and not announced
    unallocated: list[Prefix] = field(default_factory=list)  # in no registry's books as given out
    by_customer: list[Prefix] = field(
        default_factory=list
    )  # more-specifics that a customer of the holder announces


class _Style(NamedTuple):
    """The announcements one network uses: the usual one, and engineered ones."""

    usual: Announcement
    engineered: list[Announcement]


def build_table(topology: Topology, seed: int = cast.SEED) -> Table:
    """Return the normal table of the synthetic Internet."""
    table = Table()
    dice = Dice(seed, "prefixes")
    pool = AddressPool(Dice(seed, "addresses"))
    for network in topology.networks.values():
        if network.asn == cast.OWN:
            continue
        style = _style(topology, network, dice)
        _fill_ipv4(table, topology, network, style, pool=pool, dice=dice)
        if network.has_ipv6:
            _fill_ipv6(table, network, style, pool, dice)
    for text, asn in _FIXED:
        block = parse(text)
        table.holdings.append(Holding(block, asn))
        table.announced[block] = (Seed(asn),)
        table.holder[block] = asn
    for prefix in (parse(cast.OWN_PREFIX4), parse(cast.OWN_PREFIX6)):
        table.holdings.append(Holding(prefix, cast.OWN))
        table.holder[prefix] = cast.OWN
    _set_aside(table, topology, pool, Dice(seed, "set aside"))
    return table


def _set_aside(table: Table, topology: Topology, pool: AddressPool, dice: Dice) -> None:
    """Take blocks that nobody announces: held ones (dormant), and ones no registry has given out."""
    edge = [n for n in topology.networks.values() if n.tier == 4 and n.asn != cast.OWN]
    for _ in range(40):
        network = dice.pick(edge)
        block = (
            pool.ipv4(network.registry, 22) if dice.chance(0.7) else pool.ipv6(network.registry, 32)
        )
        table.dormant.append(Holding(block, network.asn))
    for _ in range(30):
        registry = dice.pick(("ripencc", "arin", "apnic", "lacnic", "afrinic"))
        table.unallocated.append(pool.ipv4(registry, dice.between(20, 22)))


def _style(topology: Topology, network: Network, dice: Dice) -> _Style:
    asn, providers = network.asn, topology.providers[network.asn]
    if len(providers) < 2:
        return _Style((Seed(asn),), [])
    prepends: tuple[tuple[int, int], ...] = ()
    if network.tier == 4 and asn != cast.OWN and dice.chance(0.13):
        prepends = ((dice.pick(providers), dice.between(1, 3)),)
    engineered: list[Announcement] = []
    if dice.chance(0.22):
        keep = dice.pick(providers)
        engineered.append(
            (Seed(asn, exports=(keep, *topology.peers[asn], *topology.customers[asn])),)
        )
    if dice.chance(0.12):
        engineered.append((Seed(asn, prepends=((dice.pick(providers), dice.between(1, 4)),)),))
    return _Style((Seed(asn, prepends=prepends),), engineered)


def _announce(table: Table, style: _Style, prefix: Prefix, asn: int, dice: Dice) -> bool:
    if prefix in table.announced:
        return False
    engineered = style.engineered and dice.chance(0.35)
    table.announced[prefix] = dice.pick(style.engineered) if engineered else style.usual
    table.holder[prefix] = asn
    return True


def _fill_ipv4(
    table: Table,
    topology: Topology,
    network: Network,
    style: _Style,
    *,
    pool: AddressPool,
    dice: Dice,
) -> None:
    asn = network.asn
    if network.tier == 4:
        wanted = dice.weighted(
            (1, 2, 3, 5, 9, 18, 60), (0.42, 0.26, 0.15, 0.10, 0.045, 0.022, 0.003)
        )
    else:
        wanted = dice.between(*_V4_COUNTS[network.tier])
    lengths, weights = zip(*_V4_BLOCKS[network.tier], strict=True)
    while wanted > 0:
        length = dice.weighted(lengths, weights)
        block = pool.ipv4(network.registry, length)
        table.holdings.append(Holding(block, asn))
        whole = length == 24 or dice.chance(0.84)
        if whole:
            wanted -= _announce(table, style, block, asn, dice)
        share = min(wanted, dice.between(0, 14) if length < 23 else 0)
        if not whole and not share:
            share = 1
        for _ in range(share):
            specific = _more_specific(block, _V4_MORE_SPECIFICS, dice)
            if (
                network.tier < 4
                and topology.customers[asn]
                and specific.length == 24
                and dice.chance(0.035)
            ):
                customer = dice.pick(topology.customers[asn])
                if customer not in (cast.OWN, cast.OLD_ORIGIN) and specific not in table.announced:
                    table.announced[specific] = (Seed(customer),)
                    table.holder[specific] = asn
                    table.by_customer.append(specific)
                continue
            wanted -= _announce(table, style, specific, asn, dice)


def _fill_ipv6(
    table: Table, network: Network, style: _Style, pool: AddressPool, dice: Dice
) -> None:
    asn = network.asn
    if network.tier == 4 and dice.chance(0.45):
        block = pool.ipv6(network.registry, 48)
        table.holdings.append(Holding(block, asn))
        _announce(table, style, block, asn, dice)
        return
    length = 29 if network.registry == "ripencc" and dice.chance(0.4) else 32
    block = pool.ipv6(network.registry, length)
    table.holdings.append(Holding(block, asn))
    if dice.chance(0.9):
        _announce(table, style, block, asn, dice)
    wanted = (
        dice.weighted((0, 1, 2, 5), (0.68, 0.17, 0.1, 0.05))
        if network.tier == 4
        else dice.between(0, 8)
    )
    if block not in table.announced:
        wanted += 1
    for _ in range(wanted):
        _announce(table, style, _more_specific(block, _V6_MORE_SPECIFICS, dice), asn, dice)


def _more_specific(block: Prefix, mix: tuple[tuple[int, float], ...], dice: Dice) -> Prefix:
    """Return a random part of the block; parts crowd at the front, as addressing plans do."""
    fitting = [(length, weight) for length, weight in mix if length > block.length]
    length = dice.weighted([f[0] for f in fitting], [f[1] for f in fitting])
    parts = min(1 << (length - block.length), 64)
    return block.part(length, min(dice.below(parts), dice.below(parts)))
