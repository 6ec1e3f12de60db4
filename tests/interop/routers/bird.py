"""BIRD 2."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from .daemon import LOCAL4, LOCAL6, Daemon, until_written
from .feed import NARROW, NEIGHBOURS, ROUTER_AS, Attributes, Route, Sent, routes
from .lab import INSIDE
from .speaker import Neighbour
from .spelling import extended_community

__all__ = ["Bird"]

_CONFIG = f"""
log "{INSIDE}/bird.log" all;
router id 10.0.0.1;
mrtdump "{INSIDE}/updates.mrt";
mrtdump protocols {{ states, messages }};
protocol device {{ }}
protocol static local4 {{ ipv4; route {LOCAL4} blackhole; }}
protocol static local6 {{ ipv6; route {LOCAL6} blackhole; }}
"""

_HEAD = re.compile(r"(\S+)?\s+(?:unicast|blackhole|unreachable) \[(\S+) [^]]*\]")
#: Matches _HEAD, so that the last route is given too.
_END = "- unicast [- ]"
#: BIRD cuts lines of 500 characters: paths with dots behind, communities without.
_LONG = 400
_PEERS = {n.name: n.ip for n in NEIGHBOURS}


class Bird(Daemon):
    """Dumps on `birdc mrt dump`; `mrtdump protocols` logs messages as they come."""

    package: ClassVar = "bird2"
    programs: ClassVar = ("bird", "birdc")
    hidden: ClassVar = frozenset({"path_id"})
    # The router's own routes have no attributes: one block, which the receipt counts once.
    quirks: ClassVar = {"missing_as_path": 1}
    local_peer: ClassVar = ("::", 0)
    # The connection is gone by then, and with it the address.
    hung_up: ClassVar = ("0.0.0.0", NARROW.asn)

    def files(self) -> dict[str, str]:
        return {"bird.conf": _CONFIG + "".join(map(_protocol, self.neighbours))}

    def commands(self) -> list[list[str]]:
        return [["bird", "-f", "-c", f"{INSIDE}/bird.conf", "-s", f"{INSIDE}/bird.ctl"]]

    def _ask(self, *words: str) -> str:
        return self.lab.run(["birdc", "-s", f"{INSIDE}/bird.ctl", *words])

    def show(self) -> list[Route]:
        return list(_routes(self._ask("show", "route", "all")))

    def views(self) -> dict[str, list[bytes]]:
        return {"bird": [self._ask("show", "route", "all").encode()]}

    def dump(self) -> Path:
        path = self.folder / "rib.mrt"
        self._ask(f'mrt dump table "master*" to "{self.inside(path)}"')
        until_written(path)  # BIRD does so in slices, between other work
        return path

    @classmethod
    def held(cls, sent: Sent) -> Route:
        a = sent.attributes
        return sent.route(a._replace(local_pref=100 if a.local_pref is None else a.local_pref))

    @classmethod
    def dumped(cls, route: Route) -> Route:
        # An IPv4 route with an IPv6 next hop (RFC 8950) is dumped without any.
        if ":" in route.prefix or ":" not in str(route.attributes.next_hop):
            return route
        return route.but(next_hop=None, next_hop_link_local=None)


def _protocol(n: Neighbour) -> str:
    channels = " ".join(f"ipv{f} {{ import all; export none; {_options(n)} }};" for f in n.families)
    return (
        f"protocol bgp {n.name} {{ local as {ROUTER_AS}; neighbor {n.ip} as {n.asn}; "
        f"passive; {channels} }}\n"
    )


def _options(n: Neighbour) -> str:
    add_path = "add paths rx; " if n.add_path else ""
    return add_path + ("extended next hop; " if n.extended_next_hop else "")


def _routes(text: str) -> Iterator[Route]:
    prefix, peer = "", None
    found: dict[str, str] = {}
    for line in [*text.splitlines(), _END]:
        if head := _HEAD.match(line):
            if prefix:
                yield Route(prefix, peer, None, _attributes(prefix, peer, found))
            prefix, found = head[1] or prefix, {}
            peer = _PEERS.get(head[2])
        elif line.startswith("\t") and ":" in line:
            name, _, value = line.strip().partition(":")
            found[name.removeprefix("BGP.")] = value.strip()


def _attributes(prefix: str, peer: str | None, found: dict[str, str]) -> Attributes:
    if peer is None:
        return Attributes(path="", origin=None)
    found = _whole(prefix, peer, found)
    hops = found["next_hop"].split()
    aggregator = found.get("aggregator", "").split()
    return Attributes(
        path=found["as_path"],
        origin=found["origin"].upper(),
        next_hop=hops[0],
        next_hop_link_local=hops[1] if hops[1:] else None,
        med=_number(found.get("med")),
        local_pref=_number(found.get("local_pref")),
        communities=tuple(h << 16 | v for h, v in _tuples(found["community"])),
        large_communities=tuple(_tuples(found.get("large_community"))),
        extended_communities=tuple(
            extended_community(*one.split(", "))
            for one in re.findall(r"\((.*?)\)", found.get("ext_community", ""))
        ),
        atomic_aggregate="atomic_aggr" in found,
        aggregator=(int(aggregator[1].removeprefix("AS")), aggregator[0]) if aggregator else None,
        originator_id=found.get("originator_id"),
        cluster_list=tuple(found.get("cluster_list", "").split()),
        otc=_number(found.get("otc")),
        unknown=tuple(
            (int(name.removesuffix(" [t]"), 16), bytes.fromhex(value))
            for name, value in found.items()
            if name.endswith(" [t]")
        ),
    )


def _whole(prefix: str, peer: str, found: dict[str, str]) -> dict[str, str]:
    """Complete what BIRD shows the beginning of only by what we sent that begins so."""
    text = re.sub(r"{(.*?)}", lambda s: "{" + ",".join(s[1].split()) + "}", found["as_path"])
    community = found.get("community", "")
    sent = [r.attributes for r in routes(NEIGHBOURS) if (r.prefix, r.peer.ip) == (prefix, peer)]
    if text.endswith("..."):
        (text,) = {a.path for a in sent if a.path.startswith(text[:-3])}
    if len(community) > _LONG:
        spelled = {" ".join(f"({c >> 16},{c & 0xFFFF})" for c in a.communities) for a in sent}
        (community,) = {c for c in spelled if c.startswith(community)}
    return found | {"as_path": text, "community": community}


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _tuples(text: str | None) -> list[tuple[int, ...]]:
    """Read ``(1,2) (3, 4)``."""
    return [tuple(map(int, one.split(","))) for one in re.findall(r"\((.*?)\)", text or "")]
