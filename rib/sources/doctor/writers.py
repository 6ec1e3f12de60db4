"""Who wrote a dump: clues from its first records, each for or against a program, added up.

A heuristic. What each program does was read from its source (bgpd/bgp_dump.c and bgp_attr.c of
Quagga and FRR, proto/mrt/mrt.c of BIRD, pkg/server/mrt.go of GoBGP, usr.sbin/bgpd/mrt.c of OpenBSD)
and checked on dumps of those programs; RIS is known by its dumps alone. A clue weighs 1 where it
hints, 2 or 3 where few others do the same, 4 or more where nobody else does; what a program never
does weighs -5.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from rib.sources.doctor.traits import Traits

__all__ = ["WRITERS", "Guess", "guess_project", "guess_writer"]

#: Programs that are told apart.
WRITERS = ("BIRD", "FRR", "GoBGP", "OpenBGPD", "Quagga", "RIS", "rib")

_LOCAL_PREF, _EXTENDED_COMMUNITIES, _MP_REACH_NLRI = 5, 16, 14
#: FRR 2.0, the first release after the fork from Quagga.
_FIRST_FRR = 1491004800


class Clue(NamedTuple):
    """One observation and what it says of one program."""

    writer: str
    weight: int
    text: str


@dataclass(frozen=True)
class Guess:
    """The likely writer.

    Attributes
    ----------
    writer : str or None
        One of `WRITERS`; None where nothing speaks for any.
    confidence : {"high", "medium", "low", "none"}
        By the weight of the clues and their distance from the next best program.
    evidence : tuple of str
        Clues for the writer, the strongest first.
    scores : dict of str to int
        Sum of the weights per program, best first.
    """

    writer: str | None
    confidence: str
    evidence: tuple[str, ...]
    scores: dict[str, int]


def _for(weight: int, text: str, *writers: str) -> Iterator[Clue]:
    return (Clue(writer, weight, text) for writer in writers)


def _peer_table(t: Traits) -> Iterator[Clue]:
    if t.view_name is None:
        return
    if t.view_name.endswith(b"\0"):
        yield from _for(4, "the view name ends in a NUL octet", "OpenBGPD")
    elif t.view_name:
        name = t.view_name.decode("utf-8", "replace")
        if re.fullmatch(r"master[46]?", name):
            yield from _for(3, f"the view is called {name}, BIRD's default table", "BIRD")
        if name.startswith("VRF "):
            yield from _for(4, f"the view is called {name}, FRR's name of a BGP instance", "FRR")
        yield from _for(-2, "the view has a name", "Quagga")
        yield from _for(-5, "the view has a name", "GoBGP", "RIS")
    if t.collector_id == "0.0.0.0":  # noqa: S104 - an id, not a socket
        yield from _for(3, "the collector's BGP id is 0.0.0.0", "rib")
        yield from _for(-2, "the collector's BGP id is 0.0.0.0", "BIRD", "FRR", "OpenBGPD")
    else:
        yield from _for(-5, "the collector has a BGP id", "rib")
    yield from _dummy_peers(t)


def _dummy_peers(t: Traits) -> Iterator[Clue]:
    if not t.peers:
        return
    first = t.peers[0]
    if first.is_dummy and first.bgp_id == "0.0.0.0":  # noqa: S104
        text = f"the first peer is a dummy, AS 0 at {first.ip}"
        if first.ip == "::":
            yield from _for(4, text, "BIRD")
        else:
            yield from _for(2, text, "BIRD", "FRR", "GoBGP")
            yield from _for(1, text, "Quagga")
        yield from _for(-5, text, "OpenBGPD", "RIS")
    else:
        yield from _for(-5, "no dummy peer comes first", "BIRD", "FRR", "GoBGP")
    own = [p for p in t.peers if p.asn and ipaddress.ip_address(p.ip).is_unspecified]
    if own and own[0].bgp_id == t.collector_id:
        text = f"a peer is the router itself: its own BGP id and AS {own[0].asn} at {own[0].ip}"
        yield from _for(4, text, "OpenBGPD")
    named = [p for p in t.peers if not p.is_dummy]
    if len(named) > 1 and all(p.asn == 0 for p in named):
        yield from _for(4, "every peer has AS 0", "GoBGP")
    if t.past_peers:
        text = "routes of the router itself name the peer one past the list"
        yield from _for(4, text, "GoBGP")
    if any(not p.kind & 2 for p in named):
        text = "peers without four-octet ASes are listed with two octets"
        yield from _for(2, text, "OpenBGPD")
        yield from _for(-5, text, "BIRD", "FRR", "GoBGP", "Quagga", "rib")


def _attribute_form(t: Traits) -> Iterator[Clue]:
    n = t.with_attributes
    if not n or t.is_table_dump:
        return
    if t.as_path_long_form and not t.as_path_short_form:
        text = "AS_PATH always has a two-octet length, needed or not"
        yield from _for(4, text, "Quagga", "FRR")
        yield from _for(-5, text, "BIRD", "GoBGP", "OpenBGPD", "RIS", "rib")
    elif t.as_path_short_form:
        yield from _for(-5, "AS_PATH has a one-octet length", "Quagga", "FRR")
    if t.types[_LOCAL_PREF] == n:
        yield from _for(1, "every route has a LOCAL_PREF", "OpenBGPD", "BIRD")
    else:
        yield from _for(-5, "routes are without LOCAL_PREF", "OpenBGPD")
    if t.types[_EXTENDED_COMMUNITIES]:
        yield from _for(-5, "routes have extended communities", "Quagga", "FRR")
    if t.entries > n:
        text = "routes of the router itself have no attributes at all"
        yield from _for(2, text, "BIRD")
        yield from _for(-5, text, "FRR", "GoBGP", "OpenBGPD", "Quagga")


def _mp_reach(t: Traits) -> Iterator[Clue]:
    abbreviated, full = t.mp_reach_abbreviated, t.mp_reach_full
    if full and not t.is_table_dump:
        yield from _for(2, "MP_REACH_NLRI is written in full", "Quagga", "FRR", "GoBGP", "RIS")
        yield from _for(-5, "MP_REACH_NLRI is written in full", "BIRD", "OpenBGPD", "rib")
    if abbreviated:
        text = "MP_REACH_NLRI is abbreviated as RFC 6396 says"
        yield from _for(1, text, "BIRD", "OpenBGPD", "rib")
        yield from _for(-5, text, "Quagga", "FRR")
    if t.mp_reach_odd:
        yield from _for(4, "MP_REACH_NLRI is neither abbreviated nor full", "GoBGP")
    if t.mp_reach_first and t.mp_reach_first < t.types[_MP_REACH_NLRI]:
        text = "attributes keep the order in which each peer sent them"
        yield from _for(4, text, "RIS")
        yield from _for(-5, text, "BIRD", "FRR", "GoBGP", "OpenBGPD", "Quagga", "rib")
    elif t.mp_reach_late:
        text = "MP_REACH_NLRI comes last, behind higher types"
        yield from _for(2, text, "FRR")
        yield from _for(1, text, "BIRD", "GoBGP", "OpenBGPD", "Quagga")
        yield from _for(-5, text, "rib")
    elif t.mp_reach_amid:
        text = "attributes ascend by type, MP_REACH_NLRI among them"
        yield from _for(3, text, "GoBGP")
        yield from _for(1, text, "rib")
        yield from _for(-5, text, "BIRD", "FRR", "OpenBGPD", "Quagga")
    if t.v6_without_next_hop:
        text = "IPv6 routes have no next hop"
        yield from _for(2, text, "BIRD")
        yield from _for(-5, text, "FRR", "OpenBGPD", "Quagga", "GoBGP")


def _records(t: Traits) -> Iterator[Clue]:
    if t.has_add_path:
        yield from _for(1, "ADD-PATH subtypes are used", "BIRD", "GoBGP", "FRR")
        yield from _for(-5, "ADD-PATH subtypes are used", "Quagga")
    if t.records["TABLE_DUMP_V2/RIB_GENERIC"]:
        text = "what is not unicast is in RIB_GENERIC records"
        yield from _for(2, text, "OpenBGPD")
        yield from _for(-5, text, "BIRD", "FRR", "Quagga", "rib")
    if t.family_switches > 1:
        text = "IPv4 and IPv6 prefixes come mixed"
        yield from _for(3, text, "GoBGP")
        yield from _for(-5, text, "FRR", "Quagga", "BIRD", "OpenBGPD", "rib")
    if t.repeated_prefixes:
        text = "prefixes with many routes are cut into several records"
        yield from _for(2, text, "Quagga", "FRR")
        yield from _for(-5, text, "OpenBGPD")
    if t.is_table_dump:
        yield from _for(-5, "routes are in TABLE_DUMP records", "BIRD", "FRR", "GoBGP", "rib")
        n = t.with_attributes
        if n and t.types[_LOCAL_PREF] == n:
            text = "TABLE_DUMP records, every route with a LOCAL_PREF"
            yield from _for(4, text, "OpenBGPD")
        else:
            yield from _for(2, "routes are in TABLE_DUMP records", "Quagga")
            yield from _for(-5, "routes are without LOCAL_PREF", "OpenBGPD")
    yield from _bgp4mp_entries(t)
    if t.state_changes_swapped:
        text = "changes of state have router and peer in each other's place"
        yield from _for(4, text, "OpenBGPD")
    if t.first_time is not None and t.with_attributes:
        if 0 < t.first_time < _FIRST_FRR:
            yield from _for(1, "the dump is older than FRR (April 2017)", "Quagga")
            yield from _for(-5, "the dump is older than FRR (April 2017)", "FRR")
        elif t.first_time >= _FIRST_FRR:
            yield from _for(1, "the dump is from FRR's time (April 2017 and later)", "FRR")


def _bgp4mp_entries(t: Traits) -> Iterator[Clue]:
    """Know ``dump table-mp`` of bgpd, which alone still writes such records, every one with LOCAL_PREF."""
    if not t.records["BGP4MP/BGP4MP_ENTRY"]:
        return
    text = "routes are in BGP4MP_ENTRY records"
    yield from _for(-5, text, "BIRD", "FRR", "GoBGP", "Quagga", "RIS", "rib")
    if t.with_attributes and t.types[_LOCAL_PREF] == t.with_attributes:
        yield from _for(4, f"{text}, as `dump table-mp` of bgpd writes them", "OpenBGPD")


_CHECKS: tuple[Callable[[Traits], Iterator[Clue]], ...] = (
    _peer_table,
    _attribute_form,
    _mp_reach,
    _records,
)


def guess_writer(traits: Traits) -> Guess:
    """Add up the clues; ties go by name."""
    clues = [clue for check in _CHECKS for clue in check(traits)]
    total: Counter[str] = Counter(dict.fromkeys(WRITERS, 0))
    for clue in clues:
        total[clue.writer] += clue.weight
    ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    (best, score), (_, next_score) = ranked[:2]
    scores = dict(ranked)
    if score <= 0:
        return Guess(None, "none", (), scores)
    confidence = "low"
    if score >= 6 and score - next_score >= 3:
        confidence = "high"
    elif score >= 3 and score - next_score >= 2:
        confidence = "medium"
    mine = sorted((c for c in clues if c.writer == best and c.weight > 0), key=lambda c: -c.weight)
    return Guess(best, confidence, tuple(c.text for c in mine), scores)


#: Projects by what their files are called and by the networks their collectors' BGP ids are of.
_PROJECTS = {
    "RIS": (re.compile(r"(^|[./_-])(rrc\d\d|bview\.\d{8}|latest-bview)"), "193.0.0.0/21"),
    "RouteViews": (re.compile(r"(^|[/])rib\.\d{8}\.\d{4}|route-?views"), "128.223.0.0/16"),
}


def guess_project(path: str, traits: Traits) -> tuple[str, str] | None:
    """Name the project that ran the collector and say why; None where nothing tells.

    RIS is the RIPE NCC's, RouteViews the University of Oregon's (128.223.0.0/16).
    """
    name = PurePath(path).as_posix().lower()
    id_ = None if traits.collector_id is None else ipaddress.ip_address(traits.collector_id)
    for project, (_, network) in _PROJECTS.items():
        if id_ is not None and id_ in ipaddress.ip_network(network):
            return project, f"the collector's BGP id {id_} is in {network}"
    for project, (called, _) in _PROJECTS.items():
        if called.search(name):
            return project, f"the file is called as {project} calls its own"
    return None
