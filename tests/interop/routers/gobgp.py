"""GoBGP."""

import base64
import json
from pathlib import Path
from typing import Any, ClassVar

from .daemon import LOCAL4, LOCAL6, Daemon, until, until_written
from .feed import MIXED, NEIGHBOURS, ROUTER_AS, Attributes, Route, n_routes6, routes
from .lab import INSIDE, ROUTER4, ROUTER6
from .speaker import Neighbour
from .spelling import extended_community

__all__ = ["GoBgp"]

#: GoBGP dumps its table every minute, and refuses to do so more often.
_INTERVAL = 60

_CONFIG = f"""
[global.config]
  as = {ROUTER_AS}
  router-id = "10.0.0.1"
  local-address-list = ["{ROUTER4}", "{ROUTER6}"]
[[mrt-dump]]
  [mrt-dump.config]
    dump-type = "updates"
    file-name = "{INSIDE}/updates.mrt"
[[mrt-dump]]
  [mrt-dump.config]
    dump-type = "table"
    file-name = "{INSIDE}/rib.mrt"
    dump-interval = {_INTERVAL}
"""

_KINDS = {2: "rt", 3: "ro"}
_ORIGINS = ("IGP", "EGP", "INCOMPLETE")


class GoBgp(Daemon):
    """Dumps its table every minute; `dump-type = "updates"` logs messages."""

    package: ClassVar = "gobgpd"
    programs: ClassVar = ("gobgpd", "gobgp")
    hidden: ClassVar = frozenset({"path_id", "next_hop_link_local"})
    quirks: ClassVar = {
        "mp_reach_full": n_routes6(NEIGHBOURS) + len(routes((MIXED,))) + 1,
        # Its own routes have the number of peers for a peer index, one more than there is (gobgp#2692).
        "local_peer_index": 2,
        "missing_as_path": 2,
    }
    local_peer: ClassVar = ("0.0.0.0", 0)
    # Its log is of UPDATEs alone.
    hung_up: ClassVar = None

    def files(self) -> dict[str, str]:
        return {"gobgpd.toml": _CONFIG + "".join(map(_neighbour, self.neighbours))}

    def commands(self) -> list[list[str]]:
        return [["gobgpd", "-f", f"{INSIDE}/gobgpd.toml"]]

    def start(self) -> None:
        super().start()

        def listens() -> bool:
            try:
                self._ask("global")
            except RuntimeError:
                return False
            return True

        until("gobgpd", listens, 10)
        for family, prefix in ((4, LOCAL4), (6, LOCAL6)):
            self._ask("global", "rib", "add", prefix, "-a", f"ipv{family}")

    def _ask(self, *words: str) -> str:
        return self.lab.run(["gobgp", *words])

    def show(self) -> list[Route]:
        found = []
        for family in (4, 6):
            shown = json.loads(self._ask("global", "rib", "-a", f"ipv{family}", "-j"))
            for prefix, paths in shown.items():
                found += [_route(prefix, path) for path in paths]
        return found

    def dump(self) -> Path:
        # It appends every minute: a dump of before all routes were there is cut off.
        log = self.folder / "rib.mrt"
        before = log.stat().st_size if log.exists() else 0
        until_written(log, beyond=before, seconds=_INTERVAL + 20)
        path = self.folder / "last.mrt"
        path.write_bytes(log.read_bytes()[before:])
        return path


def _neighbour(n: Neighbour) -> str:
    text = f"""
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{n.ip}"
    peer-as = {n.asn}
  [neighbors.transport.config]
    passive-mode = true
"""
    for family in n.families:
        text += f"""
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv{family}-unicast"
    [neighbors.afi-safis.add-paths.config]
      receive = {str(n.add_path).lower()}
"""
    return text


def _route(prefix: str, path: dict[str, Any]) -> Route:
    by_type = {attribute["type"]: attribute for attribute in path["attrs"]}

    def value(code: int, key: str) -> Any:
        return by_type.get(code, {}).get(key)

    local = "neighbor-ip" not in path
    aggregator = by_type.get(7)
    return Route(
        prefix,
        None if local else path["neighbor-ip"],
        None,
        Attributes(
            path=" ".join(map(_segment, value(2, "as_paths") or ())),
            origin=_ORIGINS[value(1, "value")],
            next_hop=value(14, "nexthop") or value(3, "nexthop"),
            med=value(4, "metric"),
            local_pref=value(5, "value"),
            communities=tuple(value(8, "communities") or ()),
            large_communities=tuple(
                (c["ASN"], c["LocalData1"], c["LocalData2"]) for c in value(32, "value") or ()
            ),
            extended_communities=tuple(map(_extended, value(16, "value") or ())),
            atomic_aggregate=6 in by_type,
            aggregator=(aggregator["as"], aggregator["address"]) if aggregator else None,
            originator_id=value(9, "value"),
            cluster_list=tuple(value(10, "value") or ()),
            otc=int.from_bytes(base64.b64decode(value(35, "value"))) if 35 in by_type else None,
            unknown=tuple(
                (code, base64.b64decode(by_type[code]["value"]))
                for code in (250,)
                if code in by_type
            ),
        ),
    )


def _segment(segment: dict[str, Any]) -> str:
    asns = map(str, segment["asns"])
    return "{" + ",".join(asns) + "}" if segment["segment_type"] == 1 else " ".join(asns)


def _extended(community: dict[str, Any]) -> int:
    administrator, _, value = community["value"].rpartition(":")
    if administrator.count(".") == 1:  # a 4-octet AS as RFC 5396 "asdot"
        high, low = map(int, administrator.split("."))
        administrator = str(high << 16 | low)
    return extended_community(_KINDS[community["subtype"]], administrator, value)
