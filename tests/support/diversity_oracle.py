"""Spreads of votes and their intervals by plain loops and exact fractions, from docs/methods.md alone."""

import ipaddress
import math
from collections import defaultdict
from fractions import Fraction

import numpy as np

__all__ = [
    "SPREADS",
    "addresses",
    "draws",
    "ends",
    "intervals",
    "medians",
    "spread",
    "spreads",
    "votes_of",
]

SPREADS = ("entropy", "effective", "inverse_simpson", "evenness")


def addresses(prefixes):
    """Give the IPv4 addresses that each prefix is the longest match for; 1 for an IPv6 prefix."""
    networks = [ipaddress.ip_network(p) for p in prefixes]
    found = {}
    for network in networks:
        if network.version == 6:
            found[str(network)] = 1
            continue
        inside = [n for n in networks if n.version == 4 and n != network and n.subnet_of(network)]
        covered = set()
        for other in inside:
            covered.update(range(int(other[0]), int(other[-1]) + 1))
        found[str(network)] = network.num_addresses - len(covered)
    return found


def votes_of(routes, weights=None):
    """Give (VP AS, values by key, length, hops, votes) of (prefix, VP AS, path) routes to one origin."""
    ballots = defaultdict(list)
    for prefix, vp, path in routes:
        plain = [a for i, a in enumerate(path) if i == 0 or path[i - 1] != a]
        tail = tuple(plain[1:] if plain[:1] == [vp] else plain)
        if tail and tail[-1] != vp:
            upstream = tail[-2] if len(tail) > 1 else vp
            keys = {"next_hop": tail[0], "upstream": upstream, "path": tail}
            ballots[vp, prefix].append((vp, keys, len(path), len(plain)))
    votes = []
    for (_, prefix), ballot in ballots.items():
        weight = 1 if weights is None else weights[prefix]
        votes += [(*route, Fraction(weight) / len(ballot)) for route in ballot]
    return votes


def spread(counts):
    """Give entropy, effective number, inverse Simpson and evenness of votes by value; None without."""
    counts = [c for c in counts if c]
    if not counts:
        return None
    shares = [Fraction(c) / sum(counts) for c in counts]
    entropy = -math.fsum(float(p) * math.log2(p) for p in shares) + 0.0
    evenness = entropy / math.log2(len(shares)) if len(shares) > 1 else 0.0
    return entropy, 2**entropy, 1 / float(sum(p * p for p in shares)), evenness


def spreads(votes, key):
    """Spread of votes over the values of a key."""
    counts = defaultdict(Fraction)
    for _, keys, _, _, share in votes:
        counts[keys[key]] += share
    return spread(counts.values())


def medians(votes):
    """Median length with prepends, and without, over votes; None where they weigh nothing."""

    def median(pairs):
        total = sum(w for _, w in pairs)
        if not total:
            return None
        values = sorted({v for v, w in pairs if w})
        low = next(v for v in values if 2 * sum(w for x, w in pairs if x <= v) >= total)
        high = next(v for v in values if 2 * sum(w for x, w in pairs if x <= v) > total)
        return (low + high) / 2

    return median([(v[2], v[4]) for v in votes]), median([(v[3], v[4]) for v in votes])


def draws(vps):
    """How often each VP AS is drawn in each of 1000 resamples."""
    generator = np.random.Generator(np.random.PCG64(20130523))
    vps = sorted(vps)
    drawn = generator.multinomial(len(vps), [1 / len(vps)] * len(vps), size=1000).tolist()
    return [dict(zip(vps, row, strict=True)) for row in drawn]


def ends(values, ci):
    """Order statistics k from either end, k = ⌊n·(1 - ci)/2⌋; None stands for no value."""
    values = sorted(v for v in values if v is not None)
    if not values:
        return None
    k = math.floor(len(values) * (1 - Fraction(str(ci))) / 2)
    return values[k], values[-1 - k]


def intervals(votes, key, drawn, ci):
    """Give {measure: (low, high)} of the spread over a key, resample by resample."""
    found = []
    for times in drawn:
        again = [(*v[:4], v[4] * times[v[0]]) for v in votes]
        found.append(spreads(again, key))
    return {
        name: ends([None if s is None else s[i] for s in found], ci)
        for i, name in enumerate(SPREADS)
    }
