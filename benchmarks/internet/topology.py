"""Who connects to whom: a synthetic AS graph in four tiers.

Tier 1 is a clique of peers; tier 2 buys from tier 1; tier 3 from tiers 1 and 2; tier 4, the edge, from anyone
above. Providers always sit in a higher tier, so customer-provider links cannot form a cycle, and routing
can be computed tier by tier.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from internet import cast
from internet.dice import Dice
from internet.names import company

N_TIER2, N_TIER3, N_EDGE = 64, 380, 3050
REGISTRIES = ("ripencc", "arin", "apnic", "lacnic", "afrinic")
_REGISTRY_WEIGHTS = (0.46, 0.20, 0.18, 0.12, 0.04)
_COUNTRIES = {
    "ripencc": ("DE", "FR", "GB", "NL", "IT", "ES", "PL", "SE", "RO", "UA", "CH", "CZ", "TR"),
    "arin": ("US", "US", "US", "CA"),
    "apnic": ("JP", "IN", "AU", "ID", "SG", "HK", "BD", "KR"),
    "lacnic": ("BR", "BR", "BR", "AR", "CL", "CO", "MX"),
    "afrinic": ("ZA", "NG", "KE", "EG", "AO"),
}
# Ranges handed to the registries: (low, high, weight). The numbers are drawn without regard to who holds them.
_ASN_RANGES = {
    "ripencc": ((1900, 3350, 1), (8200, 9210, 2), (12288, 13311, 2), (20480, 21503, 2), (28672, 31743, 3),
                (33792, 35839, 3), (38912, 39935, 2), (40960, 52223, 8), (56320, 58367, 3), (196608, 216000, 14)),
    "arin": ((3357, 4600, 2), (6100, 8190, 2), (10240, 12287, 3), (13312, 15359, 2), (16384, 20479, 3),
             (53248, 55295, 2), (393216, 401000, 6)),
    "apnic": ((9216, 10239, 2), (17408, 18431, 2), (23552, 24575, 2), (37888, 38911, 2), (45056, 46079, 2),
              (131072, 153500, 10)),
    "lacnic": ((27648, 28671, 3), (52224, 53247, 2), (262144, 273500, 8)),
    "afrinic": ((36864, 37887, 3), (327680, 329500, 3)),
}  # fmt: skip


class Network(NamedTuple):
    """One AS and the organisation that runs it."""

    asn: int
    tier: int
    registry: str
    country: str
    as_name: str
    org_id: str
    org_name: str
    signs_roas: bool
    has_ipv6: bool


@dataclass
class Topology:
    """The networks and their links; lists keep the order in which a network prefers its neighbours."""

    networks: dict[int, Network] = field(default_factory=dict)
    providers: dict[int, list[int]] = field(default_factory=dict)
    customers: dict[int, list[int]] = field(default_factory=dict)
    peers: dict[int, list[int]] = field(default_factory=dict)
    by_org: dict[str, list[int]] = field(default_factory=dict)

    def add(self, network: Network) -> None:
        """Add a network without links."""
        self.networks[network.asn] = network
        self.by_org.setdefault(network.org_id, []).append(network.asn)
        for links in (self.providers, self.customers, self.peers):
            links[network.asn] = []

    def linked(self, a: int, b: int) -> bool:
        """Return whether two networks have any link."""
        return b in self.providers[a] or b in self.customers[a] or b in self.peers[a]

    def buy(self, customer: int, provider: int) -> None:
        """Make `provider` sell transit to `customer`, unless the two are linked already."""
        if customer != provider and not self.linked(customer, provider):
            self.providers[customer].append(provider)
            self.customers[provider].append(customer)

    def peer(self, a: int, b: int) -> None:
        """Make two networks peers, unless they are linked already."""
        if a != b and not self.linked(a, b):
            self.peers[a].append(b)
            self.peers[b].append(a)

    def cone(self, asn: int) -> set[int]:
        """Return the customer cone of a network, itself included."""
        cone, todo = {asn}, [asn]
        while todo:
            fresh = [c for c in self.customers[todo.pop()] if c not in cone]
            cone.update(fresh)
            todo += fresh
        return cone

    def tier(self, number: int) -> list[int]:
        """Return the networks of one tier, in the order they were added."""
        return [asn for asn, network in self.networks.items() if network.tier == number]

    def siblings(self, asn: int) -> list[int]:
        """Return the other networks of the same organisation."""
        return [other for other in self.by_org[self.networks[asn].org_id] if other != asn]


def build_topology(seed: int = cast.SEED) -> Topology:
    """Return the synthetic Internet of this seed."""
    topology = Topology()
    dice = Dice(seed, "networks")
    for asn, (name, registry, country) in cast.TIER1.items():
        topology.add(_named(asn, 1, name, registry, country))
    for part in cast.PARTS:
        topology.add(_named(part.asn, part.tier, part.name, part.registry, part.country))
    for tier, size in ((2, N_TIER2), (3, N_TIER3), (4, N_EDGE)):
        while len(topology.tier(tier)) < size:
            for _ in range(size - len(topology.tier(tier))):
                _add_random(topology, tier, dice)
    _link(topology, Dice(seed, "links"))
    return topology


def _named(asn: int, tier: int, name: str, registry: str, country: str) -> Network:
    org_name = "Clever Cloud SAS" if asn == cast.OWN else name
    # The story: AS213394 signs ROAs later, and its historical provider never did for this block.
    signs = asn not in (cast.OWN, cast.OLD_ORIGIN)
    return Network(asn, tier, registry, country, name, f"ORG-{asn}-SYN", org_name, signs, True)


def _add_random(topology: Topology, tier: int, dice: Dice) -> None:
    registry = dice.weighted(REGISTRIES, _REGISTRY_WEIGHTS)
    ranges = _ASN_RANGES[registry]
    low, high, _ = dice.weighted(ranges, [r[2] for r in ranges])
    asn = dice.between(low, high)
    if asn in topology.networks or asn == 23456:
        return
    country = dice.pick(_COUNTRIES[registry])
    org_name, as_name = company(dice, tier)
    org_id, signs, ipv6 = f"ORG-{asn}-SYN", dice.chance(0.52), tier < 4 or dice.chance(0.46)
    previous = topology.networks[next(reversed(topology.networks))]
    if tier == 4 and previous.tier == 4 and previous.asn not in _CAST and dice.chance(0.04):
        # A second network of the same organisation: a sibling.
        registry, country, org_id, org_name = (
            previous.registry,
            previous.country,
            previous.org_id,
            previous.org_name,
        )
        as_name, signs = f"{previous.as_name}-2", previous.signs_roas
    topology.add(Network(asn, tier, registry, country, as_name, org_id, org_name, signs, ipv6))


_CAST = frozenset({p.asn for p in cast.PARTS} | set(cast.TIER1))
_CLOSED = frozenset(p.asn for p in cast.PARTS if p.closed)


def _link(topology: Topology, dice: Dice) -> None:
    tier1 = topology.tier(1)
    for i, a in enumerate(tier1):
        for b in tier1[i + 1 :]:
            topology.peer(a, b)
    for part in cast.PARTS:
        for provider in part.providers:
            topology.buy(part.asn, provider)
        for other in part.peers:
            topology.peer(part.asn, other)
    tier2, tier3, edge = ([a for a in topology.tier(t) if a not in _CLOSED] for t in (2, 3, 4))
    open_tier3 = [a for a in tier3 if a not in _CAST]
    for asn in tier2:
        if asn not in _CAST:
            _buy_some(topology, dice, asn, markets=[tier1], weights=[1.0], n=dice.between(2, 4))
        _peer_some(
            topology, dice, asn, [a for a in tier2 if not {a, asn} <= _CAST], dice.between(2, 5)
        )
    for asn in open_tier3:
        _buy_some(
            topology,
            dice,
            asn,
            markets=[tier2, tier1],
            weights=[0.78, 0.22],
            n=dice.weighted((1, 2, 3), (0.2, 0.5, 0.3)),
        )
        _peer_some(topology, dice, asn, open_tier3, dice.between(0, 2))
        if dice.chance(0.25):
            _peer_some(topology, dice, asn, [a for a in tier2 if a not in _CAST], 1)
    # Two transits of the story sell to a few others as well, so that they look like transits.
    sellers = [*tier3[:90], 29075, 43424, *tier3[90:]]
    for asn in edge:
        n = dice.weighted((1, 2, 3, 4), (0.36, 0.42, 0.16, 0.06))
        _buy_some(
            topology, dice, asn, markets=[sellers, tier2, tier1], weights=[0.64, 0.28, 0.08], n=n
        )
        if dice.chance(0.10):
            _peer_some(topology, dice, asn, [*open_tier3, *edge], dice.between(1, 3))


def _buy_some(
    topology: Topology,
    dice: Dice,
    customer: int,
    *,
    markets: list[list[int]],
    weights: list[float],
    n: int,
) -> None:
    for _ in range(n):
        topology.buy(customer, _near(topology, dice, customer, dice.weighted(markets, weights)))


def _peer_some(topology: Topology, dice: Dice, asn: int, others: list[int], n: int) -> None:
    for _ in range(n):
        topology.peer(asn, _near(topology, dice, asn, others))


def _near(topology: Topology, dice: Dice, asn: int, others: list[int]) -> int:
    """Return one of the others, most often of the same region and towards the front (the larger ones)."""
    registry = topology.networks[asn].registry
    for _ in range(4):
        # The smaller of two draws: networks at the front attract more links, as large ones do.
        choice = others[min(dice.below(len(others)), dice.below(len(others)))]
        if topology.networks[choice].registry == registry:
            break
    return choice
