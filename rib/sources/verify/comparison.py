"""Two readers of one file, compared: all counts, and the routes of a fixed sample field by field."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from rib.sources.verify.reasons import reason
from rib.sources.verify.route import FIELDS, Oracle, Route

__all__ = ["COUNTS", "Comparison", "Difference", "Tally", "compare", "stride_for"]

#: What is counted of a RIB; of updates, changes in the place of routes.
COUNTS = ("records", "routes", "peers", "prefixes")
#: Routes to compare field by field, about.
_SAMPLE = 5000
#: Differences that are kept to be shown.
_SHOWN = 10

_Key = tuple[str, str, int]


class Difference(NamedTuple):
    """Where two readers disagree.

    Attributes
    ----------
    where : str
        ``"prefix from peer"`` of a route, or ``"file"`` for a count.
    field : str
        A field of a route, ``"route"`` where one reader has more routes there, or a count.
    ours, theirs : str
    reason : str
        Why ours is right where that is known, else empty.
    """

    where: str
    field: str
    ours: str
    theirs: str
    reason: str = ""


@dataclass
class Tally:
    """What one reader gives: counts of all routes, and those of the sample."""

    stride: int
    #: What is compared: "routes" or "changes".
    what: str = "routes"
    records: int | None = None
    routes: int = 0
    _peers: set[tuple[str, int]] = field(default_factory=set)
    _prefixes: set[str] = field(default_factory=set)
    sample: dict[_Key, list[Route]] = field(default_factory=dict)

    def add(self, routes: Iterable[Route]) -> None:
        """Count routes; which are in the sample depends on prefix and peer alone."""
        for route in routes:
            key = route[:3]
            self.routes += 1
            self._peers.add(key[1:])
            self._prefixes.add(key[0])
            if zlib.crc32(repr(key).encode()) % self.stride == 0:
                self.sample.setdefault(key, []).append(route)

    @property
    def counts(self) -> dict[str, int | None]:
        """Give the counts by name."""
        given = (self.records, self.routes, len(self._peers), len(self._prefixes))
        names = (self.what if name == "routes" else name for name in COUNTS)
        return dict(zip(names, given, strict=True))


def stride_for(n_routes: int) -> int:
    """Take one (prefix, peer) of so many."""
    return max(1, n_routes // _SAMPLE)


@dataclass
class Comparison:
    """What an oracle says of a file, beside what we say.

    Attributes
    ----------
    name, version : str
    state : {"agrees", "explained", "differs", "failed", "not installed", "nothing to compare"}
        "explained" is a difference of which it is known why ours is right.
    detail : str
        Why it failed or is not there.
    counts : dict of str to int or None
        Of the oracle; None where it does not tell.
    n_sampled : int
        Routes compared field by field.
    n_differences, n_explained : int
        All of them, and those with a reason.
    differences : list of Difference
        The first ones, unexplained before explained.
    """

    name: str
    version: str = ""
    state: str = "agrees"
    detail: str = ""
    counts: dict[str, int | None] = field(default_factory=dict)
    n_sampled: int = 0
    n_differences: int = 0
    n_explained: int = 0
    differences: list[Difference] = field(default_factory=list)


def compare(ours: Tally, theirs: Tally, oracle: Oracle) -> Comparison:
    """Compare what two readers gave of one file.

    Parameters
    ----------
    ours, theirs : Tally
        With the same stride.
    oracle : Oracle
        The reader of ``theirs``.

    Returns
    -------
    Comparison
        Without its version.
    """
    found = Comparison(oracle.name, counts=theirs.counts)
    found.n_sampled = sum(map(len, ours.sample.values()))
    all_ = [_explained(oracle, d, None, None) for d in _counted(ours, theirs)]
    for key in sorted(ours.sample.keys() | theirs.sample.keys()):
        pair = ours.sample.get(key, []), theirs.sample.get(key, [])
        all_ += _of_key(key, *pair, oracle, ours.what)
    found.n_differences = len(all_)
    found.n_explained = sum(bool(d.reason) for d in all_)
    if all_:
        found.state = "explained" if found.n_explained == len(all_) else "differs"
    found.differences = sorted(all_, key=lambda d: bool(d.reason))[:_SHOWN]
    return found


def _counted(ours: Tally, theirs: Tally) -> list[Difference]:
    return [
        Difference("file", name, str(mine), str(other))
        for (name, mine), other in zip(ours.counts.items(), theirs.counts.values(), strict=True)
        if other is not None and other != mine
    ]


def _of_key(
    key: _Key, ours: list[Route], theirs: list[Route], oracle: Oracle, what: str
) -> list[Difference]:
    where = f"{key[0]} from AS{key[2]} at {key[1]}"
    if len(ours) != len(theirs):
        counts = Difference(
            where, what.removesuffix("s"), f"{len(ours)} {what}", f"{len(theirs)} {what}"
        )
        return [_explained(oracle, counts, ours[0] if ours else None, None)]
    found = []
    # Of a RIB the readers give whatever time they have, or none.
    silent = oracle.unsaid | ({"time"} if what == "routes" else set())
    spoken = [f for f in FIELDS if f not in silent]

    def said(route: Route) -> dict[str, object]:
        given = {f: getattr(route, f) for f in spoken}
        return {f: oracle.absent.get(f) if v is None else v for f, v in given.items()}

    def place(route: Route) -> tuple[int, str]:
        return route.time or 0 if what == "changes" else 0, repr(said(route))

    # Several routes of one peer to one prefix have no order of their own, nor have changes of one
    # second: readers give what a message announces and withdraws in different orders.
    pairs = zip(sorted(ours, key=place), sorted(theirs, key=place), strict=True)
    for mine, other in pairs:
        left, right = said(mine), said(other)
        for name in spoken:
            if left[name] != right[name]:
                difference = Difference(where, name, str(left[name]), str(right[name]))
                found.append(_explained(oracle, difference, mine, other))
    return found


def _explained(
    oracle: Oracle, difference: Difference, ours: Route | None, theirs: Route | None
) -> Difference:
    why = reason(oracle.name, difference.field, ours, theirs)
    return difference._replace(reason=why)
