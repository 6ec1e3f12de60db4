"""OpenBGPD, portable."""

import json
import re
import time
from pathlib import Path
from typing import Any, ClassVar

from .daemon import LOCAL4, LOCAL6, Daemon, until
from .feed import NEIGHBOURS, ROUTER_AS, Attributes, Route, Sent
from .lab import INSIDE
from .speaker import AS_TRANS, Neighbour
from .spelling import extended_community, large_community, standard_community

__all__ = ["OpenBgpd"]

#: Its user's home, compiled in: it locks itself in there, and has its socket there.
_HOME = "/run/openbgpd"

_CONFIG = f"""
AS {ROUTER_AS}
router-id 10.0.0.1
socket "{_HOME}/bgpd.sock.0"
fib-update no
network {LOCAL4}
network {LOCAL6}
dump table-v2 "{INSIDE}/table-v2.%s.mrt" 1
dump table-mp "{INSIDE}/table-mp.%s.mrt" 1
dump table "{INSIDE}/table.%s.mrt" 1
dump all in "{INSIDE}/updates.mrt"
allow from any
"""


class OpenBgpd(Daemon):
    """Dumps every so many seconds into a new file; `dump all in` logs messages."""

    package: ClassVar = "openbgpd"
    programs: ClassVar = ("bgpd", "bgpctl")
    neighbours: ClassVar = tuple(n for n in NEIGHBOURS if not n.extended_next_hop)
    hidden: ClassVar = frozenset({"next_hop_link_local"})
    local_peer: ClassVar = ("0.0.0.0", ROUTER_AS)

    def files(self) -> dict[str, str]:
        return {"bgpd.conf": _CONFIG + "".join(map(_neighbour, self.neighbours))}

    def start(self) -> None:
        self.lab.run(["mkdir", _HOME])
        super().start()

    def commands(self) -> list[list[str]]:
        return [["bgpd", "-d", "-f", f"{INSIDE}/bgpd.conf"]]

    def show(self) -> list[Route]:
        shown = json.loads(self.lab.run(["bgpctl", "-j", "show", "rib", "detail"]))
        return [_route(entry) for entry in shown["rib"]]

    def views(self) -> dict[str, list[bytes]]:
        return {"openbgpd-json": [self.lab.run(["bgpctl", "-j", "show", "rib", "detail"]).encode()]}

    def dump(self) -> Path:
        return self._dump("table-v2")

    def other_dumps(self) -> dict[str, Path]:
        return {form: self._dump(form) for form in ("table", "table-mp")}

    def _dump(self, form: str) -> Path:
        """Give the first dump of a form that was begun from now on and is whole."""
        now = int(time.time())

        def whole() -> list[int]:
            begun = (int(p.name.split(".")[1]) for p in self.folder.glob(f"{form}.*.mrt"))
            return sorted(t for t in begun if t > now)[:-1]

        until(f"OpenBGPD's {form}", whole, 10)
        return self.folder / f"{form}.{whole()[0]}.mrt"

    @classmethod
    def held(cls, sent: Sent) -> Route:
        a = sent.attributes
        path = a.path
        if not sent.peer.four_octets and a.aggregator and a.aggregator[0] < 0x10000:
            # An AGGREGATOR without AS_TRANS makes it ignore AS4_PATH, also without AS4_AGGREGATOR.
            path = re.sub(r"\d{6,}", str(AS_TRANS), path)
        # MED is held as a number, 0 where there was none.
        return sent.route(
            a._replace(
                path=path, med=a.med or 0, local_pref=100 if a.local_pref is None else a.local_pref
            )
        )

    @classmethod
    def dumped(cls, route: Route) -> Route:
        return route.but(med=route.attributes.med or None, next_hop_link_local=None)


def _neighbour(n: Neighbour) -> str:
    lines = [f"remote-as {n.asn}", "passive"]
    lines += [f"announce IPv{f} {'unicast' if f in n.families else 'none'}" for f in (4, 6)]
    lines += ["announce add-path recv yes"] if n.add_path else []
    return f"neighbor {n.ip} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def _route(entry: dict[str, Any]) -> Route:
    more = {attribute["type"]: attribute for attribute in entry.get("attributes", ())}
    peer = entry["neighbor"]["remote_addr"]
    aggregator = more.get("Aggregator")
    return Route(
        entry["prefix"],
        None if entry["neighbor"].get("description") == "LOCAL" else peer,
        entry.get("path_id"),
        Attributes(
            path=re.sub(
                r"{ (.*?) }", lambda s: "{" + s[1].replace(" ", ",") + "}", entry["aspath"]
            ),
            origin=entry["origin"].upper(),
            next_hop=entry["exit_nexthop"],
            med=entry["metric"],
            local_pref=entry["localpref"],
            communities=tuple(map(standard_community, entry.get("communities", ()))),
            large_communities=tuple(map(large_community, entry.get("large_communities", ()))),
            extended_communities=tuple(
                extended_community(*re.split("[ :]", one))
                for one in entry.get("extended_communities", ())
            ),
            atomic_aggregate="Atomic Aggregate" in more,
            aggregator=(aggregator["AS"], aggregator["router_id"]) if aggregator else None,
            originator_id=more.get("Originator Id", {}).get("originator"),
            cluster_list=tuple(more.get("Cluster Id List", {}).get("cluster_list", ())),
            otc=more.get("OTC", {}).get("as"),
            unknown=tuple(
                (int(name.removeprefix("Unknown Attribute #")), bytes.fromhex(one["data"]))
                for name, one in more.items()
                if name.startswith("Unknown")
            ),
        ),
    )
