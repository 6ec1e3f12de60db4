"""FRRouting: bgpd, and zebra, which tells it the interfaces that link-local next hops need."""

import json
from pathlib import Path
from typing import Any, ClassVar

from .daemon import LOCAL4, LOCAL6, Daemon, until, until_written
from .feed import NEIGHBOURS, ROUTER_AS, Attributes, Route, n_routes6
from .lab import INSIDE
from .spelling import extended_community, large_community, standard_community

__all__ = ["Frr"]

_BIN = "/usr/lib/frr"


class Frr(Daemon):
    """Dumps every so many seconds with `dump bgp routes-mrt`; `dump bgp all` logs messages."""

    package: ClassVar = "frr"
    programs: ClassVar = (f"{_BIN}/bgpd", f"{_BIN}/zebra", "vtysh")
    hidden: ClassVar = frozenset({"unknown"})
    # Whether a record has ids is decided by the first path in it.
    lost: ClassVar = frozenset({"path_id"})
    quirks: ClassVar = {"mp_reach_full": n_routes6(NEIGHBOURS) + 1}
    local_peer: ClassVar = ("0.0.0.0", 0)

    def files(self) -> dict[str, str]:
        lines = [
            f"dump bgp all {INSIDE}/updates.mrt",
            f"router bgp {ROUTER_AS}",
            " bgp router-id 10.0.0.1",
            " no bgp ebgp-requires-policy",
            " no bgp network import-check",
        ]
        for n in self.neighbours:
            lines += [f" neighbor {n.ip} remote-as {n.asn}", f" neighbor {n.ip} passive"]
            if n.extended_next_hop:
                lines.append(f" neighbor {n.ip} capability extended-nexthop")
        for family, local in ((4, LOCAL4), (6, LOCAL6)):
            lines += [f" address-family ipv{family} unicast", f"  network {local}"]
            for n in self.neighbours:
                use = "" if family in n.families else "no "
                lines.append(f"  {use}neighbor {n.ip} activate")
            lines.append(" exit-address-family")
        return {"bgpd.conf": "\n".join(lines) + "\n", "zebra.conf": ""}

    def commands(self) -> list[list[str]]:
        return [
            [
                f"{_BIN}/{name}",
                *("-f", f"{INSIDE}/{name}.conf"),
                *("-i", f"{INSIDE}/{name}.pid"),
                *("-z", f"{INSIDE}/zserv"),
                *("--vty_socket", INSIDE),
            ]
            for name in ("zebra", "bgpd")
        ]

    def start(self) -> None:
        # bgpd tries again only after seconds, and without zebra refuses link-local next hops.
        self.configure()
        zebra, bgpd = self.commands()
        self._launch(zebra)
        until("zebra", (self.folder / "zserv").exists, 10)
        self._launch(bgpd)
        until("bgpd", (self.folder / "bgpd.vty").exists, 10)

    def _ask(self, *commands: str) -> str:
        words = [word for command in commands for word in ("-c", command)]
        return self.lab.run(["vtysh", "--vty_socket", INSIDE, *words])

    def show(self) -> list[Route]:
        found = []
        for family in (4, 6):
            shown = json.loads(self._ask(f"show bgp ipv{family} unicast json detail"))
            for prefix, paths in shown["routes"].items():
                found += [_route(prefix, p) for p in paths if "aspath" in p]
        return found

    def views(self) -> dict[str, list[bytes]]:
        def shown(how: str) -> list[bytes]:
            return [self._ask(f"show bgp ipv{f} unicast{how}").encode() for f in (4, 6)]

        detail, short = shown(" json detail"), shown(" json")
        return {
            "frr-json": detail,
            "short frr-json": short,
            "frr": shown(""),
            "frr entries": [self._entries(f, text) for f, text in zip((4, 6), short, strict=True)],
        }

    def _entries(self, family: int, shown: bytes) -> bytes:
        """Give what is shown of each prefix, one after the other."""
        prefixes = json.loads(shown)["routes"]
        return self._ask(*(f"show bgp ipv{family} unicast {p}" for p in prefixes)).encode()

    def dump(self) -> Path:
        path = self.folder / "rib.mrt"
        self._ask("configure terminal", f"dump bgp routes-mrt {self.inside(path)}")
        until_written(path)
        return path

    @classmethod
    def dumped(cls, route: Route) -> Route:
        left = route.but(extended_communities=(), originator_id=None, cluster_list=(), unknown=())
        # An IPv4 route with an IPv6 next hop (RFC 8950) has the one that is no address.
        if ":" in route.prefix or ":" not in str(route.attributes.next_hop):
            return left
        return left.but(next_hop="0.0.0.0", next_hop_link_local=None)


def _route(prefix: str, path: dict[str, Any]) -> Route:
    peer = path["peer"]["peerId"]
    hops = {hop.get("scope", "global"): hop["ip"] for hop in path["nexthops"]}
    extended = path.get("extendedCommunity", {}).get("string", "").split()
    return Route(
        prefix,
        None if peer in ("0.0.0.0", "::") else peer,
        path.get("addpathRxId"),
        Attributes(
            path=path["aspath"]["string"] if path["aspath"]["length"] else "",
            origin=path["origin"].upper(),
            next_hop=hops["global"],
            next_hop_link_local=hops.get("link-local"),
            med=path.get("metric"),
            local_pref=path.get("locPrf"),
            communities=tuple(map(standard_community, path.get("community", {}).get("list", ()))),
            large_communities=tuple(
                map(large_community, path.get("largeCommunity", {}).get("list", ()))
            ),
            extended_communities=tuple(extended_community(*one.split(":")) for one in extended),
            atomic_aggregate=path.get("atomicAggregate", False),
            aggregator=(path["aggregatorAs"], path["aggregatorId"])
            if "aggregatorAs" in path
            else None,
            originator_id=path.get("originatorId"),
            cluster_list=tuple(path.get("clusterList", {}).get("list", ())),
            otc=path.get("otc"),
        ),
    )
