"""Measure `rib.hijack_suspects` against known incidents: `python benchmarks/suspects_evaluation.py [DIR]`.

DIR holds a composed Internet: two days of a collector (``collector.day1.mrt.bz2``, ``…day2…``), the
registries of that time and ``truth.json.gz``, which lists every incident and every look-alike that is
none. It is not part of the project; without it there is nothing to measure, and the reason is printed.

Prints recall by kind of incident, precision, and the look-alikes at or above the threshold, with all
evidence. With ``--robust``, also for each input left out in turn, with three tenths of the RPKI payloads
or route objects missing at random, as seen by a third of the vantage points, and of other hijacks, of
random prefixes by random ASes, laid over the table.

Exit status: 0, or 1 where the evaluation with all evidence misses what `LEAST` and `PRECISION` ask for.
"""

import argparse
import gzip
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from suspects_injection import inject_hijacks

import rib
from rib.analysis.suspicion.rules import verdict

__all__ = [
    "LEAST",
    "PRECISION",
    "Outcome",
    "compare",
    "evaluate",
    "injected",
    "main",
    "read_composed",
]

#: Events of this score or more are suspects.
THRESHOLD = 50
#: What is asked for: recall by kind of incident, and precision. "few" is one or two VP ASes.
LEAST = {
    "origin-hijack": 0.98,
    "origin-hijack (few)": 0.9,
    "subprefix-hijack": 0.98,
    "subprefix-hijack (few)": 0.9,
    "forged-origin": 0.85,
    "squat": 0.9,
    "route-leak": 0.7,
}
PRECISION = 0.95

_FILES: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "vrps": ("vrps.csv.gz", rib.read_vrps),
    "irr": ("irr.db.gz", rib.read_irr),
    "organisations": ("as-org2info.txt.gz", rib.read_organisations),
    "relationships": ("as-rel2.txt.bz2", rib.read_relationships),
    "delegations": ("delegated.gz", rib.read_delegations),
}
_SEED = 7
_N_INJECTED = 600
_KEEP = 0.7  # share of the payloads or route objects that a thinned registry keeps

Truth = dict[str, Any]
Given = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What one evaluation found: hits and incidents by kind, suspects, look-alikes among them."""

    hits: Counter[str]
    incidents: Counter[str]
    n_suspects: int
    n_right: int
    look_alikes: Counter[str]
    seconds: float

    @property
    def precision(self) -> float:
        """Share of the suspects that touch an incident."""
        return self.n_right / max(1, self.n_suspects)

    def recall(self, kind: str) -> float:
        """Share of the incidents of a kind that are found; 1 where there was none to find."""
        return self.hits[kind] / self.incidents[kind] if self.incidents[kind] else 1.0

    @property
    def good(self) -> bool:
        """Whether all that is asked for is reached."""
        recall = all(self.recall(kind) >= least for kind, least in LEAST.items())
        return recall and self.precision >= PRECISION and not self.look_alikes


def evaluate(truth: Truth, now: rib.Rib, given: Given) -> Outcome:
    """Judge a table and compare with what was planted."""
    start = time.perf_counter()
    events = rib.hijack_suspects(now, **given)
    return compare(truth, now, given, events, time.perf_counter() - start)


def compare(truth: Truth, now: rib.Rib, given: Given, events: Any, seconds: float = 0) -> Outcome:
    """Compare events with what was planted; leaks are looked for in `rib.route_leaks`."""
    for evidence, score, why in zip(
        events["evidence"], events["score"], events["explained_by"], strict=True
    ):
        again = verdict(evidence)
        assert (score, list(why)) == (again.score, again.explained_by), "not what the evidence says"
    suspects = events[events["score"] >= THRESHOLD]
    of_prefix = defaultdict(set)
    for row, prefixes in zip(suspects.index, suspects["prefixes"], strict=True):
        for prefix in prefixes:
            of_prefix[str(prefix)].add(row)
    leakers = set()
    if "relationships" in given:
        leakers = set(rib.route_leaks(now, relationships=given["relationships"])["leaker_as"])
    peers = np.unique(now.routes.column("peer_id").to_numpy())
    vps = set(now.peers.column("peer_as").take(peers).to_pylist())
    hits, incidents, right = Counter[str](), Counter[str](), set[int]()
    for x in truth["incidents"]:
        leak = x["type"] == "route-leak"
        n_vps = len({y["asn"] for y in _seen_by(x)} & vps)
        found = {0} if leak and x["leaker"] in leakers else of_prefix.get(x.get("prefix"), set())
        right |= set() if leak else found
        if n_vps:
            kind = x["type"] + ("" if n_vps > 2 else " (few)")
            incidents[kind] += 1
            hits[kind] += bool(found)
    look_alikes = Counter(
        x["type"] for x in truth["benign"] if of_prefix.get(x["prefix"], set()) - right
    )
    return Outcome(hits, incidents, len(suspects), len(right), look_alikes, seconds)


def _seen_by(incident: Truth) -> list[Truth]:
    if incident["type"] != "route-leak":
        return list(incident["seen_by"])
    return [y for p in incident["prefixes"] for y in p["seen_by"]]


def _variants(folder: Path, now: rib.Rib, given: Given) -> Iterator[tuple[str, rib.Rib, Given]]:
    """Give poorer evidence: an input less, fewer payloads or objects, fewer vantage points."""
    for name in given:
        yield f"without {name}", now, {k: v for k, v in given.items() if k != name}
    yield "baseline only", now, {"baseline": given["baseline"]}
    for name, (begin, sep) in {"vrps": ("AS", "\n"), "irr": ("route", "\n\n")}.items():
        thinned = _thinned(folder / _FILES[name][0], begin, sep)
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / _FILES[name][0]
            path.write_bytes(thinned)
            yield f"{_KEEP:.0%} of {name}", now, given | {name: _FILES[name][1](path)}
    vps = sorted(set(now.peers.column("peer_as").to_pylist()))
    for part in range(3):
        peers = vps[part::3]
        yield (
            f"third {part + 1} of peers",
            now.select(peers=peers),
            given | {"baseline": given["baseline"].select(peers=peers)},
        )


def _thinned(path: Path, begin: str, sep: str) -> bytes:
    """Drop a random share of the records that begin so, and keep all others."""
    records = gzip.decompress(path.read_bytes()).decode().split(sep)
    kept = np.random.default_rng(_SEED).random(len(records)) < _KEEP
    left = [
        r for r, keep in zip(records, kept.tolist(), strict=True) if keep or not r.startswith(begin)
    ]
    return gzip.compress(sep.join(left).encode(), 1)


def injected(now: rib.Rib, given: Given, seed: int = _SEED) -> tuple[int, int]:
    """Count random hijacks laid over the table, and how many of them are suspects."""
    table, made = inject_hijacks(now, _N_INJECTED, seed)
    events = rib.hijack_suspects(table, **given)
    events = events[events["score"] >= THRESHOLD]
    found = {
        str(prefix)
        for prefixes, asns in zip(events["prefixes"], events["newcomers"], strict=True)
        for prefix in prefixes
        if made.get(str(prefix)) in asns
    }
    return len(found), len(made)


def _print(name: str, outcome: Outcome) -> None:
    kinds = "  ".join(
        f"{kind} {outcome.hits[kind]}/{n}" for kind, n in sorted(outcome.incidents.items())
    )
    print(
        f"{name}: {outcome.seconds:.1f} s, precision {outcome.precision:.2f} of {outcome.n_suspects}"
    )
    print(f"    {kinds}")
    if outcome.look_alikes:
        print(f"    look-alikes flagged: {dict(outcome.look_alikes)}")


def read_composed(folder: Path) -> tuple[rib.Rib, Given]:
    """Read the second day, and all evidence about it: registries, and the first as its baseline."""
    then, now = (rib.read_mrt(folder / f"collector.day{day}.mrt.bz2") for day in (1, 2))
    return now, {name: read(folder / file) for name, (file, read) in _FILES.items()} | {
        "baseline": then
    }


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Measure hijack_suspects against known incidents.")
    shared = os.environ.get("RIB_SHARED_DATA")
    default = Path(shared) / "composed" if shared else None
    parser.add_argument("folder", nargs="?", type=Path, default=default, metavar="DIR")
    parser.add_argument("--robust", action="store_true", help="with poorer evidence too")
    asked = parser.parse_args()
    if asked.folder is None or not (asked.folder / "truth.json.gz").exists():
        print(f"skipped: no composed data in {asked.folder} (DIR, or RIB_SHARED_DATA/composed)")
        return 0
    folder = asked.folder
    truth = json.loads(gzip.decompress((folder / "truth.json.gz").read_bytes()))
    now, given = read_composed(folder)
    then = given["baseline"]
    whole = evaluate(truth, now, given)
    _print(f"all evidence, {now.n_routes:,} routes against {then.n_routes:,}", whole)
    for name, table, part in _variants(folder, now, given) if asked.robust else ():
        _print(name, evaluate(truth, table, part))
    if asked.robust:
        found, n = injected(now, given)
        print(f"random hijacks of exact prefixes laid over the table: {found} of {n} found")
    return int(not whole.good)


if __name__ == "__main__":
    sys.exit(main())
