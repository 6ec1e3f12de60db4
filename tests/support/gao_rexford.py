"""Random topologies on which every AS exports by the rules of Gao and Rexford, and the paths seen."""

from collections import defaultdict
from typing import NamedTuple


class Internet(NamedTuple):
    """Providers of each AS, and peerings; the ASes without a provider are all peers of each other."""

    providers: dict[int, set[int]]
    peers: dict[int, set[int]]

    @property
    def links(self):
        """Each link as (left, right): -1 where left is the provider, 0 for peers with left < right."""
        down = {(p, c): -1 for c, above in self.providers.items() for p in above}
        return down | {(a, b): 0 for a, with_ in self.peers.items() for b in with_ if a < b}


def make_internet(random, n, n_top=5):
    """Grow an Internet: everyone but the top takes providers among those before it."""
    asns = list(range(1, n + 1))
    providers = {asn: set() for asn in asns}
    peers = defaultdict(set)
    for asn in asns[:n_top]:
        peers[asn] = set(asns[:n_top]) - {asn}
    for asn in asns[n_top:]:
        # Few ASes carry transit: most providers are near the top.
        pool = asns[: max(n_top, (asn - 1) // 4)]
        providers[asn] = set(random.sample(pool, min(len(pool), random.randint(1, 3))))
    for _ in range(n // 2):
        a, b = random.sample(asns[n_top:], 2)
        if b not in providers[a] and a not in providers[b]:
            peers[a].add(b)
            peers[b].add(a)
    return Internet(providers, dict(peers))


def best_paths(internet, origin):
    """Give the best path of every AS to one origin: customer, peer, provider; short; low ASN."""
    customers = defaultdict(set)
    for customer, above in internet.providers.items():
        for provider in above:
            customers[provider].add(customer)
    up = {origin: (origin,)}
    _spread(up, lambda asn: internet.providers[asn])
    over = dict(up)
    for asn in internet.providers:
        offers = [(asn, *up[b]) for b in internet.peers.get(asn, ()) if b in up and asn not in up]
        if offers:
            over[asn] = min(offers, key=lambda path: (len(path), path))
    _spread(over, lambda asn: customers[asn])
    return over


def _spread(routes, to):
    """Pass routes on, those of the shortest paths first, to whoever has none."""
    by_length = defaultdict(list)
    for path in routes.values():
        by_length[len(path)].append(path)
    length = min(by_length)
    while length <= max(by_length):
        for path in sorted(by_length[length]):
            for asn in sorted(to(path[0])):
                if asn not in routes:
                    routes[asn] = (asn, *path)
                    by_length[length + 1].append(routes[asn])
        length += 1


def seen_paths(internet, vps):
    """Give the paths that VPs have to all origins."""
    found = []
    for origin in internet.providers:
        routes = best_paths(internet, origin)
        found += [routes[vp] for vp in vps if vp in routes]
    return found
