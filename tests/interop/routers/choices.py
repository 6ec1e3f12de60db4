"""Thousands of prefixes with several routes each, and what BIRD and FRR choose among them."""

import json
import random
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar, NamedTuple

from internet import mrt_writer as mrt

from .bird import Bird
from .daemon import until
from .feed import ROUTER_AS, Attributes, Sent, update
from .frr import Frr
from .lab import INSIDE, Lab
from .speaker import Neighbour, Speaker

__all__ = ["ChoosingBird", "ChoosingFrr", "Setting", "choices", "chosen", "dump_of"]

#: Two sessions with each of two ASes, so that MED is compared; three internal ones, which may have
#: the BGP identifier of one router (ORIGINATOR_ID), so that addresses are.
_SESSIONS = (
    Neighbour("left", 64601, "192.0.2.21", "10.0.0.26"),
    Neighbour("right", 64602, "192.0.2.22", "10.0.0.25"),
    Neighbour("left2", 64601, "192.0.2.103", "10.0.0.24"),
    Neighbour("right2", 64602, "2001:db8::24", "10.0.0.23"),
    Neighbour("inside", ROUTER_AS, "192.0.2.120", "10.0.0.28"),
    Neighbour("inside2", ROUTER_AS, "192.0.2.25", "10.0.0.22"),
    Neighbour("inside3", ROUTER_AS, "2001:db8::9", "10.0.0.21"),
)
_N_PREFIXES = {4: 3800, 6: 1400}


class Setting(NamedTuple):
    """What a router is configured with: lines of BIRD's protocols, lines of FRR's `router bgp`."""

    bird: str = ""
    frr: tuple[str, ...] = ()


def choices(*, with_med: bool) -> dict[Neighbour, list[Sent]]:
    """Give the routes of each session: at least three to every prefix, alike in many ways."""
    dice = random.Random(4271)
    offers: dict[Neighbour, list[Sent]] = {n: [] for n in _SESSIONS}
    for family, n in _N_PREFIXES.items():
        for i in range(n):
            net = f"10.{i >> 8}.{i & 255}.0/24" if family == 4 else f"3fff:0:{i:x}::/48"
            for session in dice.sample(_SESSIONS, dice.randint(3, len(_SESSIONS))):
                attributes = _attributes(dice, session, family, with_med=with_med)
                offers[session].append(Sent(session, net, None, attributes))
    return offers


def _attributes(
    dice: random.Random, session: Neighbour, family: int, *, with_med: bool
) -> Attributes:
    internal = session.asn == ROUTER_AS
    first = dice.choice((64601, 64602)) if internal else session.asn
    hops = [str(first)] * dice.choice((1, 1, 1, 2)) + ["64700"]
    hops += dice.choice(([], [], [], ["64710"], ["{64720,64721}"]))
    host = session.bgp_id.rpartition(".")[2]
    med = dice.choice((None, 0, 10, 20)) if with_med else None
    return Attributes(
        path=" ".join(hops),
        origin=dice.choice(("IGP", "IGP", "IGP", "EGP", "INCOMPLETE")),
        next_hop=f"192.0.2.{host}" if family == 4 else f"2001:db8::{host}",
        med=med,
        local_pref=dice.choice((100, 100, 100, 90, 110)) if internal else None,
        originator_id="10.0.0.99" if internal and dice.random() < 0.5 else None,
    )


def dump_of(offers: dict[Neighbour, list[Sent]]) -> bytes:
    """Give the same routes as a dump; those of earlier sessions are older."""
    peers = [mrt.Peer(n.asn, n.ip, n.bgp_id) for n in offers]
    by_prefix: dict[str, list[bytes]] = {}
    for number, routes in enumerate(offers.values()):
        for sent in routes:
            attributes = _path_attributes(update(sent))
            entry = mrt.rib_entry(number, attributes, originated=1000 + number)
            by_prefix.setdefault(sent.prefix, []).append(entry)
    records = [mrt.rib(prefix, entries) for prefix, entries in by_prefix.items()]
    return mrt.peer_index_table(peers) + b"".join(records)


def _path_attributes(message: bytes) -> bytes:
    """Cut the path attributes out of an UPDATE without withdrawn routes."""
    length = int.from_bytes(message[21:23], "big")
    return message[23 : 23 + length]


class ChoosingBird(Bird):
    """BIRD with one setting, asked for the routes it prefers."""

    neighbours: ClassVar = _SESSIONS
    setting = Setting()

    def files(self) -> dict[str, str]:
        lines = [f'log "{INSIDE}/bird.log" all;', "router id 10.0.0.1;", "protocol device { }"]
        for n in self.neighbours:
            # The next hops of internal sessions are on the link too.
            more = "direct; " if n.asn == ROUTER_AS else ""
            lines.append(
                f"protocol bgp {n.name} {{ local as {ROUTER_AS}; neighbor {n.ip} as {n.asn}; passive; "
                f"{more}{self.setting.bird} ipv4 {{ import all; export none; }}; "
                "ipv6 { import all; export none; }; }"
            )
        return {"bird.conf": "\n".join(lines) + "\n"}

    def n_routes(self) -> int:
        """Count the routes received."""
        found = re.findall(
            r"^(\d+) of \d+ routes", self._ask("show", "route", "count"), re.MULTILINE
        )
        return sum(map(int, found))

    def selected(self) -> dict[str, str]:
        """Give the session of the best route of every prefix."""
        lines = re.findall(
            r"^(\S+/\d+)\s+\w+ \[(\S+) ", self._ask("show", "route", "primary"), re.MULTILINE
        )
        addresses = {n.name: n.ip for n in self.neighbours}
        return {prefix: addresses[name] for prefix, name in lines}


class ChoosingFrr(Frr):
    """FRR with one setting, asked for the routes it prefers."""

    neighbours: ClassVar = _SESSIONS
    setting = Setting()

    def files(self) -> dict[str, str]:
        found = super().files()
        head, mark, rest = found["bgpd.conf"].partition(" bgp router-id")
        lines = "".join(f" {line}\n" for line in self.setting.frr)
        text = head + lines + mark + rest
        own = [line for line in text.splitlines() if not line.startswith(("  network", "dump"))]
        return found | {"bgpd.conf": "\n".join(own) + "\n"}

    def n_routes(self) -> int:
        """Count the routes received."""
        shown = json.loads(self._ask("show bgp summary json"))
        return sum(
            peer["pfxRcd"] for family in shown.values() for peer in family.get("peers", {}).values()
        )

    def selected(self) -> dict[str, str]:
        """Give the session of the best route of every prefix."""
        return dict(self._selected())

    def _selected(self) -> Iterator[tuple[str, str]]:
        for family in (4, 6):
            shown = json.loads(self._ask(f"show bgp ipv{family} unicast json"))
            for prefix, paths in shown["routes"].items():
                for path in paths:
                    if path.get("bestpath"):
                        yield prefix, path["peerId"]


def chosen(
    kind: type[ChoosingBird] | type[ChoosingFrr],
    setting: Setting,
    offers: dict[Neighbour, list[Sent]],
    folder: Path,
) -> dict[str, str]:
    """Run a daemon, tell it the routes session by session, and give what it chose by prefix."""
    with ExitStack() as hang_up, Lab(folder, [n.ip for n in _SESSIONS]) as lab:
        daemon = kind(lab)
        daemon.setting = setting
        try:
            daemon.start()
            deadline = time.monotonic() + 20
            speakers = {n: hang_up.enter_context(Speaker(lab, n, deadline)) for n in _SESSIONS}
            total = 0
            for neighbour, routes in offers.items():
                speakers[neighbour].send([update(sent) for sent in routes])
                total += len(routes)
                _until_counted(daemon, total)
                # The work queue of bgpd is behind its counts; what is selected first stays.
                _until_at_rest(daemon)
            return daemon.selected()
        except Exception as error:
            error.add_note(f"{daemon.package} said:\n{daemon.logs()}")
            raise


def _until_counted(daemon: ChoosingBird | ChoosingFrr, total: int) -> None:
    until(f"{total} routes", lambda: daemon.n_routes() == total, 30)


def _until_at_rest(daemon: ChoosingBird | ChoosingFrr) -> None:
    seen: list[dict[str, str]] = [{}]

    def is_at_rest() -> bool:
        seen.append(daemon.selected())
        return seen[-1] == seen[-2]

    until("the same choice twice", is_at_rest, 30)
