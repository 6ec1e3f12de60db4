"""What the peers tell the router: a few hundred routes with every attribute we can think of."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from internet import mrt_writer as mrt

from .speaker import AS_TRANS, Neighbour

__all__ = [
    "NARROW",
    "NEIGHBOURS",
    "ROUTER_AS",
    "Attributes",
    "Route",
    "Sent",
    "n_routes6",
    "routes",
    "update",
    "withdrawal",
    "withdrawn",
]

ROUTER_AS = 64500

PLAIN = Neighbour("plain", 64496, "192.0.2.11", "10.0.0.11")
WIDE = Neighbour("wide", 4200000001, "2001:db8::12", "10.0.0.12")
NARROW = Neighbour("narrow", 64498, "192.0.2.13", "10.0.0.13", families=(4,), four_octets=False)
INSIDE = Neighbour("inside", ROUTER_AS, "192.0.2.14", "10.0.0.14")
SEVERAL = Neighbour("several", 64497, "2001:db8::15", "10.0.0.15", add_path=True)
MIXED = Neighbour(
    "mixed", 64499, "2001:db8::16", "10.0.0.16", families=(4,), extended_next_hop=True
)
NEIGHBOURS = (PLAIN, WIDE, NARROW, INSIDE, SEVERAL, MIXED)

N_PREFIXES = 72


class Attributes(NamedTuple):
    """Attributes of a route in the words of rib's columns; the path as text, AS_SETs in braces."""

    path: str
    origin: str | None = "IGP"
    next_hop: str | None = None
    next_hop_link_local: str | None = None
    med: int | None = None
    local_pref: int | None = None
    communities: tuple[int, ...] = ()
    large_communities: tuple[tuple[int, ...], ...] = ()
    extended_communities: tuple[int, ...] = ()
    atomic_aggregate: bool = False
    aggregator: tuple[int, str] | None = None
    originator_id: str | None = None
    cluster_list: tuple[str, ...] = ()
    otc: int | None = None
    unknown: tuple[tuple[int, bytes], ...] = ()


class Route(NamedTuple):
    """One route of one peer; `peer` is the peer's address, None for a route of the router itself."""

    prefix: str
    peer: str | None
    path_id: int | None
    attributes: Attributes

    def but(self, **attributes: Any) -> "Route":
        """Give the route with other values of some attributes."""
        return self._replace(attributes=self.attributes._replace(**attributes))

    def canonical(self, hidden: frozenset[str] = frozenset()) -> "Route":
        """Sort what is a set by its RFC, and blank what one of the sides does not tell."""
        a = self.attributes
        a = a._replace(
            communities=tuple(sorted(a.communities)),
            large_communities=tuple(sorted(a.large_communities)),
            extended_communities=tuple(sorted(a.extended_communities)),
        )
        a = a._replace(**dict.fromkeys(hidden & set(Attributes._fields)))
        return self._replace(attributes=a, path_id=None if "path_id" in hidden else self.path_id)


class Sent(NamedTuple):
    """One route of a peer."""

    peer: Neighbour
    prefix: str
    path_id: int | None
    attributes: Attributes

    def route(self, attributes: Attributes) -> Route:
        """Give the route that a daemon makes of it, with these attributes."""
        return Route(self.prefix, self.peer.ip, self.path_id, attributes)


@cache
def routes(neighbours: tuple[Neighbour, ...]) -> tuple[Sent, ...]:
    """Give every route that every one of these peers sends."""
    return tuple(sent for peer in neighbours for sent in _routes(peer))


def n_routes6(neighbours: tuple[Neighbour, ...]) -> int:
    """Count their IPv6 routes."""
    return sum(":" in sent.prefix for sent in routes(neighbours))


def withdrawn(neighbours: tuple[Neighbour, ...]) -> tuple[Sent, ...]:
    """Give the routes that are taken back after the dump: every seventh."""
    return routes(neighbours)[::7]


def _routes(peer: Neighbour) -> Iterator[Sent]:
    path_ids = (1, 7, 0xFFFFFFFF) if peer.add_path else (None,)
    for family in peer.families:
        for i in range(N_PREFIXES):
            if (i + NEIGHBOURS.index(peer)) % 3 == 0:
                continue
            for path_id in path_ids[: 1 + i % 4]:
                variant = i if path_id is None else i + path_id % 11
                yield Sent(peer, prefix(family, i), path_id, _attributes(peer, family, variant))


def prefix(family: int, i: int) -> str:
    """Give a prefix; lengths go from 0 to the longest, on and off octet boundaries."""
    if i == 0:
        return "0.0.0.0/0" if family == 4 else "::/0"
    if family == 4:
        return (f"10.{i}.0.0/16", f"100.64.{i * 2}.0/23", f"203.0.113.{i}/32")[i % 3]
    return (f"3fff:{i:x}::/32", f"3fff:100:{i:x}0::/44", f"3fff:200::{i:x}/128")[i % 3]


def _attributes(peer: Neighbour, family: int, i: int) -> Attributes:
    own = peer.asn != ROUTER_AS
    hops = [f"{64600 + i % 5}", f"{4200000100 + i % 3}", f"{64700 + i}"]
    if own:
        hops = [str(peer.asn)] * (1 + 3 * (i % 5 == 0)) + hops
    if i % 12 == 1:
        hops += [str(4200001000 + n) for n in range(60)]
    if i == 8:
        hops += [str(65000 + n % 100) for n in range(280)]
    if i % 7 == 2:
        hops.append(f"{{64801,4200000{200 + i}}}")
    return Attributes(
        path=" ".join(hops) if own or i % 9 else "",
        origin=("IGP", "EGP", "INCOMPLETE")[i % 3],
        next_hop=_next_hop(peer, family),
        next_hop_link_local=_link_local(peer, family),
        med=(None, 0, 10 * i)[i % 3],
        local_pref=None if own else (100, 0, 200 + i)[i % 3],
        communities=_communities(i),
        large_communities=tuple((4200000000 + i, n, i) for n in range(i % 3)),
        extended_communities=_extended(i),
        atomic_aggregate=i % 7 == 2,
        aggregator=_aggregator(i),
        originator_id=None if own or i % 2 else "10.9.9.9",
        cluster_list=() if own or i % 2 else ("10.8.8.8", "10.7.7.7"),
        otc=64496 if i % 8 == 3 else None,
        unknown=((250, bytes([i, 1, 2])),) if i % 6 == 4 else (),
    )


def _next_hop(peer: Neighbour, family: int) -> str:
    last = peer.bgp_id.rpartition(".")[2]
    wide = family == 6 or peer.extended_next_hop
    return f"2001:db8::{last}" if wide else f"192.0.2.{last}"


def _link_local(peer: Neighbour, family: int) -> str | None:
    if (peer is WIDE and family == 6) or peer is MIXED:
        return f"fe80::{peer.bgp_id.rpartition('.')[2]}"
    return None


def _communities(i: int) -> tuple[int, ...]:
    many = 80 if i == 5 else i % 4
    return tuple(64496 << 16 | i * 100 + n for n in range(many))


def _extended(i: int) -> tuple[int, ...]:
    target, site = 0x0002_FBF0_0000_0000 | i, 0x0003_FBF0_0000_0000 | i
    four_octet, address = 0x0202_FA56_EA01_0000 | i, 0x0102_C000_0201_0000 | i
    return ((), (target,), (site, target), (four_octet,), (address, target))[i % 5]


def _aggregator(i: int) -> tuple[int, str] | None:
    if i % 7 == 2:
        return (64801 if i % 2 else 4200000300 + i, "10.6.6.6")
    return None


_ORIGINS = {"IGP": mrt.ORIGIN_IGP, "EGP": mrt.ORIGIN_EGP, "INCOMPLETE": mrt.ORIGIN_INCOMPLETE}


def update(sent: Sent) -> bytes:
    """Give the UPDATE message of a route."""
    a, peer = sent.attributes, sent.peer
    afi = mrt.IPV6 if ":" in sent.prefix else mrt.IPV4
    wide = ":" in str(a.next_hop)
    nlri = mrt.nlri(sent.prefix, path_id=sent.path_id)
    parts = [mrt.origin(_ORIGINS[str(a.origin)]), _path(a.path, four_octets=peer.four_octets)]
    if not wide:
        parts.append(mrt.next_hop(str(a.next_hop)))
    if a.med is not None:
        parts.append(mrt.med(a.med))
    if a.local_pref is not None:
        parts.append(mrt.local_pref(a.local_pref))
    if a.atomic_aggregate:
        parts.append(mrt.atomic_aggregate())
    if a.aggregator:
        parts.append(_aggregator_attributes(*a.aggregator, four_octets=peer.four_octets))
    if a.communities:
        parts.append(mrt.communities([(c >> 16, c & 0xFFFF) for c in a.communities]))
    if a.originator_id:
        parts.append(mrt.originator_id(a.originator_id))
    if a.cluster_list:
        parts.append(mrt.cluster_list(a.cluster_list))
    if wide:
        hops = [h for h in (a.next_hop, a.next_hop_link_local) if h]
        parts.append(mrt.mp_reach(afi, mrt.UNICAST, hops, nlri))
    if a.extended_communities:
        values = [c.to_bytes(8, "big") for c in a.extended_communities]
        parts.append(mrt.extended_communities(values))
    if a.large_communities:
        parts.append(mrt.large_communities([(g, x, y) for g, x, y in a.large_communities]))
    if a.otc is not None:
        parts.append(mrt.only_to_customer(a.otc))
    parts += [mrt.attribute(code, value, flags=0xE0) for code, value in a.unknown]
    return mrt.bgp_update(attributes=b"".join(parts), announced=b"" if wide else nlri)


def withdrawal(sent: Sent) -> bytes:
    """Give the UPDATE message that takes a route back."""
    nlri = mrt.nlri(sent.prefix, path_id=sent.path_id)
    if ":" in sent.prefix:
        return mrt.bgp_update(attributes=mrt.mp_unreach(mrt.IPV6, mrt.UNICAST, nlri))
    return mrt.bgp_update(withdrawn=nlri)


def _path(text: str, *, four_octets: bool) -> bytes:
    """Give AS_PATH; for a two-octet session with AS_TRANS in it, and AS4_PATH (RFC 6793 §4.2.2)."""
    segments: list[mrt.Segment] = []
    for word in text.split():
        if word.startswith("{"):
            segments.append(mrt.as_set(*map(int, word[1:-1].split(","))))
        elif segments and segments[-1].kind == mrt.AS_SEQUENCE and len(segments[-1].asns) < 255:
            segments[-1] = mrt.sequence(*segments[-1].asns, int(word))
        else:
            segments.append(mrt.sequence(int(word)))
    if four_octets:
        return mrt.as_path(*segments)
    short = [
        s._replace(asns=tuple(AS_TRANS if a > 0xFFFF else a for a in s.asns)) for s in segments
    ]
    return mrt.as_path(*short, asn_bytes=2) + mrt.as4_path(*segments)


def _aggregator_attributes(asn: int, router: str, *, four_octets: bool) -> bytes:
    if four_octets:
        return mrt.aggregator(asn, router)
    if asn < 0x10000:
        return mrt.aggregator(asn, router, asn_bytes=2)
    return mrt.aggregator(AS_TRANS, router, asn_bytes=2) + mrt.as4_aggregator(asn, router)
