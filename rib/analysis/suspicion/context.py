"""What `hijack_suspects` was given, with what several kinds of candidates need, computed once."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib._backend import core
from rib.exceptions import PrefixError
from rib.registry.columns import parse_asns
from rib.registry.scrubbers import Scrubbers, read_scrubbers
from rib.registry.special import SpecialPurpose, read_special
from rib.table.arrays import RouteArrays, analysis_mask, analysis_routes, column, path_ases
from rib.table.edges import PathEdges, path_edges
from rib.table.hops import expand_ranges
from rib.table.keys import distinct, is_in, pack
from rib.table.moments import table_date
from rib.table.networks import prefix_columns
from rib.table.origins import OriginPairs, OriginVotes, origin_votes
from rib.table.selection import as_list

if TYPE_CHECKING:
    from rib.registry.bogons import Bogons
    from rib.registry.delegations import Delegations
    from rib.registry.irr import Irr
    from rib.registry.organisations import Organisations
    from rib.registry.relationships import Relationships
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = [
    "FRESH_DAYS",
    "TRANSFER_DAYS",
    "Baseline",
    "Context",
    "Own",
    "vp_ases",
]

#: A route object says little about a newcomer for so many days where nobody checked it.
FRESH_DAYS = 30
#: A registered change of origin counts as a transfer in progress for so many days.
TRANSFER_DAYS = 90


def vp_ases(table: "Rib") -> npt.NDArray[np.uint32]:
    """Give the VP ASes that have routes in a table, ascending."""
    n = np.bincount(column(table.routes, "peer_id"), minlength=table.peers.num_rows)
    result: npt.NDArray[np.uint32] = distinct(column(table.peers, "peer_as")[n > 0])
    return result


@dataclass(frozen=True)
class Own:
    """What the owner declares: prefixes, origin ASes, upstream ASes (empty: any)."""

    prefixes: tuple[str, ...]
    origins: npt.NDArray[np.uint32]
    upstreams: npt.NDArray[np.uint32]

    @classmethod
    def parse(cls, own: Any) -> "Own | None":
        """Check the argument ``own``."""
        if own is None:
            return None
        if not isinstance(own, Mapping) or not {"prefixes", "origins"} <= set(own):
            raise ValueError(
                f"own={own!r}: expected a mapping with 'prefixes', 'origins' and, optionally, 'upstreams'"
            )
        if unknown := set(own) - {"prefixes", "origins", "upstreams"}:
            raise ValueError(f"own: unknown keys {sorted(unknown)}")
        prefixes = [str(p) for p in as_list("own['prefixes']", own["prefixes"])]
        try:
            core.parse_prefixes(pa.array(prefixes, pa.utf8()))
        except PrefixError as error:
            raise PrefixError(f"own['prefixes']: {error}") from None
        numbers = {}
        for name in ("origins", "upstreams"):
            given = [str(a) for a in as_list(f"own[{name!r}]", own.get(name, ()))]
            asns, good = parse_asns(pa.array(given, pa.utf8()))
            if not good.all():
                raise ValueError(
                    f"own[{name!r}]: expected AS numbers, found {given[int(np.argmin(good))]!r}"
                )
            numbers[name] = distinct(asns)
        return cls(tuple(prefixes), numbers["origins"], numbers["upstreams"])


class Baseline:
    """An earlier table, and where the current one stands in it."""

    def __init__(self, now: "Rib", then: "Rib", passing: tuple[int, ...] = ()) -> None:
        self.table = then
        self._passing = passing
        self.date = table_date(then)
        self.pairs: OriginPairs = origin_votes(then, default_routes=False).pairs
        single = self.pairs.has_origin
        #: Distinct (prefix of the baseline, origin AS).
        self.pair_keys = pack(self.pairs.prefix_id[single], self.pairs.origin_as[single])
        family, network, length = prefix_columns(now.prefixes)
        place = then.index.lookup_prefixes(family, network, length).astype(np.int64)
        then_length = column(then.prefixes, "length")
        default = (place >= 0) & (then_length[place] == 0)
        place[default] = -1
        #: For each prefix of the table: the longest prefix of the baseline that covers or is it.
        self.place = place
        self.exact = (place >= 0) & (then_length[place] == length.to_numpy())

    @cached_property
    def parents(self) -> npt.NDArray[np.int64]:
        """Closest covering prefix of each prefix of the baseline, -1 where none but the default."""
        parents = self.table.index.parents().astype(np.int64)
        length = column(self.table.prefixes, "length")
        parents[(parents >= 0) & (length[parents] == 0)] = -1
        return parents

    def has_pair(
        self, place: npt.NDArray[np.int64], origin_as: npt.NDArray[np.uint32]
    ) -> npt.NDArray[np.bool_]:
        """Say which (prefix of the baseline, origin AS) the baseline has."""
        result: npt.NDArray[np.bool_] = (place >= 0) & is_in(
            pack(np.maximum(place, 0), origin_as), self.pair_keys
        )
        return result

    @cached_property
    def link_keys(self) -> npt.NDArray[np.uint64]:
        """Distinct links of the baseline's paths, both directions; default routes show none.

        Route servers are looked through as in the table that is judged.
        """
        edges = path_edges(self.table, passing=self._passing, reserved=True)
        used = np.zeros(self.table.as_paths.num_rows, bool)
        used[analysis_routes(self.table).as_path_id] = True
        shown = np.zeros(len(edges.keys), bool)
        shown[edges.edge[used[edges.path]]] = True
        left, right = edges.left[shown], edges.right[shown]
        return distinct(np.concatenate([pack(left, right), pack(right, left)]))


@dataclass
class Context:
    """The inputs, and what is derived from them once."""

    table: "Rib"
    vrps: "Vrps | None" = None
    irr: "Irr | None" = None
    organisations: "Organisations | None" = None
    relationships: "Relationships | None" = None
    delegations: "Delegations | None" = None
    bogons: "Bogons | None" = None
    baseline: Baseline | None = None
    own: Own | None = None

    @cached_property
    def special(self) -> SpecialPurpose:
        """The special-purpose registries that come with rib."""
        return read_special()

    @cached_property
    def date(self) -> dt.date | None:
        """Day of the table."""
        return table_date(self.table)

    @cached_property
    def scrubbers(self) -> Scrubbers:
        """The ASes of mitigation services that come with rib, and those of the same organisations."""
        listed = read_scrubbers()
        if self.organisations is None:
            return listed
        known = self.organisations.table.column("asn").to_numpy()
        of_listed = self.organisations.codes(listed.asns)
        code = self.organisations.codes(known)
        same = known[np.isin(code, of_listed[of_listed >= 0])]
        return Scrubbers(distinct(np.concatenate([listed.asns, same])), listed.date)

    @property
    def day(self) -> int:
        """Day of the table, counted from 1970 as Arrow's dates are; 0 where it has none."""
        return (self.date - dt.date(1970, 1, 1)).days if self.date else 0

    @cached_property
    def votes(self) -> OriginVotes:
        """Distinct (prefix, origin AS, VP AS) without default routes."""
        return origin_votes(self.table, default_routes=False)

    @cached_property
    def pairs(self) -> OriginPairs:
        """Distinct (prefix, origin AS)."""
        return self.votes.pairs

    @cached_property
    def routes(self) -> RouteArrays:
        """Routes that take part, by prefix."""
        return analysis_routes(self.table)

    @cached_property
    def route_rows(self) -> npt.NDArray[np.int64]:
        """Row of `Rib.routes` of each of `routes`."""
        n = self.table.n_routes
        if n == len(self.routes.prefix_id):
            return np.arange(n)
        return np.flatnonzero(analysis_mask(self.table))

    @cached_property
    def path_origins(self) -> npt.NDArray[np.uint32]:
        """Origin AS of each AS path, 0 where it has none."""
        return path_ases(self.table, "origin_as")

    def routes_to(
        self, prefix_id: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Give (row, position in `routes`) of the routes to the prefix of each row, in order."""
        known = self.routes.prefix_id
        at = prefix_id.astype(known.dtype)
        start, stop = np.searchsorted(known, at), np.searchsorted(known, at, side="right")
        return expand_ranges(start, stop)

    @cached_property
    def edges(self) -> PathEdges:
        """Links of the table's paths, route servers looked through."""
        passing = self.relationships.ixps if self.relationships is not None else ()
        return path_edges(self.table, passing=passing)

    @cached_property
    def length(self) -> npt.NDArray[np.uint8]:
        """Length of each prefix of the table."""
        return column(self.table.prefixes, "length")

    @cached_property
    def own_silent(self) -> npt.NDArray[np.int64]:
        """Prefixes that cover an own one, or are it, of which the owner announces nothing.

        Announced is an own prefix by what covers it, what it is, and every part of it. Our own sessions
        do not send us what we announce: where nothing of ours is in either table, silence says nothing
        and a covering prefix is none of our business.
        """
        if self.own is None:
            return np.empty(0, np.int64)
        mine = distinct(self.pairs.prefix_id[is_in(self.pairs.origin_as, self.own.origins)])
        index, over = self.table.index, []
        shown = len(mine) > 0 or (
            self.baseline is not None
            and bool(is_in(self.baseline.pairs.origin_as, self.own.origins).any())
        )
        for prefix in self.own.prefixes:
            start, stop = index.more_specifics(prefix)
            above = [i for i in index.less_specifics(prefix) if self.length[i] > 0]
            exact = index.get(prefix)
            inside = [*range(start, stop), *([exact] if exact >= 0 else [])]
            if not is_in(np.array(above + inside, np.int64), mine).any():
                over += above + inside if shown else inside
        return distinct(np.array(over, np.int64))

    @cached_property
    def own_prefixes(self) -> npt.NDArray[np.bool_]:
        """Which prefixes of the table are own ones or parts of them."""
        inside = np.zeros(self.table.n_prefixes, bool)
        for prefix in self.own.prefixes if self.own else ():
            start, stop = self.table.index.more_specifics(prefix)
            inside[start:stop] = True
            exact = self.table.index.get(prefix)
            if exact >= 0:
                inside[exact] = True
        return inside
