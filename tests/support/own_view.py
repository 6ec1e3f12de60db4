"""Own views made by hand, and RFC 4271 §9.1.2.2 written down route by route."""

import ipaddress
from itertools import permutations
from typing import Any, NamedTuple

from internet import mrt_writer as mrt

import rib

__all__ = ["OWN_AS", "SESSIONS", "Offer", "Ranked", "naive", "ranked", "view"]

SESSIONS = (
    mrt.Peer(64501, "192.0.2.1", "10.0.0.4"),
    mrt.Peer(64502, "192.0.2.2", "10.0.0.3"),
    mrt.Peer(64501, "2001:db8::3", "10.0.0.2"),
    mrt.Peer(64503, "192.0.2.10", "10.0.0.1"),
)
#: The AS of the own view, with which a session is internal where the policy says so.
OWN_AS = 64503


class Offer(NamedTuple):
    """One route that a session of `SESSIONS` sends. A path holds ASNs and sets of them."""

    session: int
    path: tuple[Any, ...] = (64501, 64999)
    origin: int = 0
    med: int | None = None
    local_pref: int | None = None
    since: int = 0
    next_hop: str = "192.0.2.1"
    originator: str | None = None
    communities: tuple[tuple[int, int], ...] = ()
    large: tuple[tuple[int, int, int], ...] = ()
    path_id: int | None = None

    def attributes(self, family):
        """Give the path attributes, as octets."""
        parts = [mrt.origin(self.origin), mrt.as_path(*map(_segment, self.path))]
        if self.med is not None:
            parts.append(mrt.med(self.med))
        if self.local_pref is not None:
            parts.append(mrt.local_pref(self.local_pref))
        if self.communities:
            parts.append(mrt.communities(self.communities))
        if self.originator:
            parts.append(mrt.originator_id(self.originator))
        if self.large:
            parts.append(mrt.large_communities(self.large))
        hop = self.next_hop
        parts.append(mrt.next_hop(hop) if family == 4 else mrt.mp_reach_abbreviated("2001:db8::1"))
        return b"".join(parts)


def _segment(hop):
    if isinstance(hop, frozenset | set):
        return mrt.as_set(*sorted(hop))
    return mrt.confed_sequence(*hop) if isinstance(hop, list) else mrt.sequence(hop)


def view(offers, sessions=SESSIONS):
    """Read a dump of {prefix: [Offer, …]}."""
    records = [mrt.peer_index_table(sessions)]
    for prefix, of_prefix in offers.items():
        entries = [
            mrt.rib_entry(
                o.session,
                o.attributes(6 if ":" in prefix else 4),
                originated=o.since,
                path_id=o.path_id,
            )
            for o in of_prefix
        ]
        add_path = any(o.path_id is not None for o in of_prefix)
        records.append(mrt.rib(prefix, entries, add_path=add_path))
    return rib.read_mrt(b"".join(records))


class Ranked(NamedTuple):
    """A route as numbers, lower is better; `neighbour` says with whom MED is compared."""

    local_pref: int
    as_path_length: int
    origin: int
    neighbour: int
    med: int
    ebgp: int
    igp_cost: int
    age: int
    router_id: int
    peer_address: int
    row: int


_STEPS = [s for s in Ranked._fields if s not in ("neighbour", "row")]


def ranked(row, offer, policy=None):
    """Give the numbers of an offer, of a view in which LOCAL_PREF means something."""
    policy = policy or rib.Policy()
    peer = SESSIONS[offer.session]
    path = [hop for hop in offer.path if not isinstance(hop, list)]
    missing = 0 if policy.missing_med == "best" else 2**32 - 1
    address = ipaddress.ip_address(peer.ip)
    internal = peer.asn == policy.own_as
    preference = policy.default_local_pref if offer.local_pref is None else offer.local_pref
    return Ranked(
        local_pref=-preference,
        as_path_length=len(path),
        origin=offer.origin,
        neighbour=path[0] if path and isinstance(path[0], int) else 0,
        med=missing if offer.med is None else offer.med,
        ebgp=int(internal),
        igp_cost=policy.igp_cost.get(offer.next_hop, 0),
        age=offer.since if policy.prefer == "oldest" and not internal else 0,
        router_id=int(ipaddress.ip_address(offer.originator or peer.bgp_id)),
        peer_address=address.version << 128 | int(address),
        row=row,
    )


def naive(routes, *, always_compare_med=False, deterministic_med=True):
    """Give winner, runner-up (rows, None for none) and step, straight from the definition."""
    if not routes:
        return None, None, None
    if len(routes) == 1:
        return routes[0].row, None, "only"
    if not deterministic_med:
        outcomes = {_scan(order, always_compare_med) for order in permutations(routes)}
        if len(outcomes) > 1:
            return None, None, "ambiguous"
    winner = _rfc(routes, always_compare_med)
    if not deterministic_med:
        assert {winner} == outcomes
    second = _rfc([r for r in routes if r is not winner], always_compare_med)
    return winner.row, second.row, _compare(winner, second, always_compare_med)[1]


def _rfc(routes, always):
    """Remove routes step by step, as RFC 4271 §9.1.2.2 does."""
    left = list(routes)
    for step in _STEPS:
        if step == "med":
            left = [
                m
                for m in left
                if not any(n.med < m.med for n in left if always or n.neighbour == m.neighbour)
            ]
        else:
            least = min(getattr(r, step) for r in left)
            left = [r for r in left if getattr(r, step) == least]
    return min(left, key=lambda r: r.row)


def _compare(one, other, always):
    """Give the better of two, and the first step at which they differ."""
    for step in _STEPS:
        if step == "med" and not always and one.neighbour != other.neighbour:
            continue
        mine, yours = getattr(one, step), getattr(other, step)
        if mine != yours:
            return (one if mine < yours else other), step
    return min(one, other, key=lambda r: r.row), "peer_address"


def _scan(order, always):
    """Compare in order of arrival: each route with the best so far."""
    best = order[0]
    for route in order[1:]:
        best = _compare(best, route, always)[0]
    return best
