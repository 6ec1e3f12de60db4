"""What one snapshot and the registries say of a prefix that moves from one origin AS to another."""

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib._backend import core
from rib.exceptions import PrefixError
from rib.registry.declared import declared_policy
from rib.registry.irr_sources import source_class, source_rank
from rib.registry.rov import ROV_STATES, validate
from rib.table.arrays import RouteArrays, column
from rib.table.keys import count_distinct, distinct, pack, unpack
from rib.table.summary import time_span
from rib.table.upstreams import upstream_keys

if TYPE_CHECKING:
    from rib.registry.irr import Irr
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = ["Facts", "Inner", "Move", "Side", "gather", "parse_move"]


class Move(NamedTuple):
    """What is asked: the prefix as text and as a table of one row, the old origin and the new."""

    prefix: str
    row: pa.Table
    from_as: int
    to_as: int


class Side(NamedTuple):
    """One origin: its route objects for exactly the prefix, its ROV state, its announcement.

    None stands for what was not asked: without an IRR, without VRPs.
    """

    asn: int
    registered: bool | None
    created: dt.date | None
    mnt_by: list[str]
    source_class: str | None
    rov: str | None
    n_matched: int  # VRPs that match
    n_other: int  # VRPs that cover the prefix and do not match
    n_vps: int
    upstreams: list[int]

    @property
    def announced(self) -> bool:
        """Whether a VP sees the prefix with this origin."""
        return self.n_vps > 0


class Inner(NamedTuple):
    """A more-specific that somebody originates, with its ROV state (None without VRPs)."""

    prefix: str
    origin_as: int
    n_vps: int
    rov: str | None


class Facts(NamedTuple):
    """One snapshot. ``n_vps`` see the prefix, ``n_full`` VP ASes send the whole family."""

    time: dt.datetime | None
    old: Side
    new: Side
    n_vps: int
    n_full: int
    others: list[int]
    inside: list[Inner]
    in_own_set: bool | None  # the new origin in what its own export lines announce
    in_old_set: bool | None  # the new origin in what those of the old one announce


def _routes(table: "Rib") -> RouteArrays:
    """Routes of a small table, a router's own entries apart; default routes may be what moves."""
    peer_id = column(table.routes, "peer_id")
    vp_as = column(table.peers, "peer_as")[peer_id]
    names = ("prefix_id", "as_path_id", "attributes_id")
    prefix_id, path, attributes = (column(table.routes, name) for name in names)
    return RouteArrays(prefix_id, peer_id, vp_as, path, attributes).only(vp_as != 0)


def _origins(table: "Rib", routes: RouteArrays) -> npt.NDArray[np.int64]:
    """Origin AS of each route, -1 for none."""
    given = table.as_paths.column("origin_as").combine_chunks().cast(pa.int64()).fill_null(-1)
    result: npt.NDArray[np.int64] = given.to_numpy()[routes.as_path_id]
    return result


def _upstreams(
    small: "Rib", routes: RouteArrays, origin: npt.NDArray[np.int64], asn: int
) -> list[int]:
    of_it = routes.only(origin == asn)
    keys = upstream_keys(small, of_it, np.zeros(len(of_it.vp_as), np.uint32))
    return [int(key) & 0xFFFFFFFF for key in keys.tolist()]


def _side(
    move: Move,
    asn: int,
    small: "Rib",
    routes: RouteArrays,
    irr: "Irr | None",
    vrps: "Vrps | None",
) -> Side:
    origin = _origins(small, routes)
    objects = [] if irr is None else _objects(irr, move.prefix, asn)
    sources = sorted({row["source"] for row in objects}, key=source_rank)
    rov, matched, other = None, 0, 0
    if vrps is not None:
        found = validate(
            vrps, move.row, np.zeros(1, int), np.array([asn], np.uint32), np.ones(1, bool)
        )
        rov, matched = ROV_STATES[found.state[0]], int(found.matched[0])
        other = int(found.unmatched_as[0] + found.unmatched_length[0])
    return Side(
        asn,
        None if irr is None else bool(objects),
        min((row["created"] for row in objects if row["created"]), default=None),
        sorted({row["mnt_by"] for row in objects if row["mnt_by"]}),
        source_class(sources[0]) if sources else None,
        rov,
        matched,
        other,
        len(np.unique(routes.vp_as[origin == asn])),
        _upstreams(small, routes, origin, asn),
    )


def _objects(irr: "Irr", prefix: str, asn: int) -> list[dict[str, Any]]:
    """Route objects for exactly this prefix and origin."""
    slot = irr.index.get(prefix)
    if slot < 0:
        return []
    start, stop = irr.rows.offsets[slot : slot + 2].tolist()
    rows: list[dict[str, Any]] = irr.table.slice(start, stop - start).to_pylist()
    return [row for row in rows if row["origin_as"] == asn]


def _inside(part: "Rib", prefix: str, vrps: "Vrps | None") -> list[Inner]:
    """More-specifics with their origins."""
    routes = _routes(part)
    origin = _origins(part, routes)
    keep = (routes.prefix_id.astype(np.int64) != part.index.get(prefix)) & (origin >= 0)
    key = pack(routes.prefix_id[keep], origin[keep])
    pairs = distinct(key)
    number = np.searchsorted(pairs, key)
    n_vps = count_distinct(number, routes.vp_as[keep], len(pairs), 1 << 32)
    ids, asns = unpack(pairs)
    states: list[str | None] = [None] * len(pairs)
    if vrps is not None and len(pairs):
        rov = validate(vrps, part.prefixes, ids, asns.astype(np.uint32), np.ones(len(ids), bool))
        states = [ROV_STATES[code] for code in rov.state.tolist()]
    text = part.prefixes.column("text").take(pa.array(ids)).to_pylist()
    columns = text, asns.tolist(), n_vps.tolist(), states
    return [Inner(*row) for row in zip(*columns, strict=True)]


def _announces(irr: "Irr | None", asn: int, member: int) -> bool | None:
    """Whether the export lines of an AS announce another; None where they do not tell."""
    if irr is None:
        return None
    declared = declared_policy(irr, asn)
    return member in declared.origins if declared.origins else None


def gather(move: Move, table: "Rib", irr: "Irr | None", vrps: "Vrps | None") -> Facts:
    """Collect the facts of one snapshot: O(routes) to find those of the prefix, little after."""
    part = table.select(prefixes=[move.prefix])
    routes = _routes(part)
    routes = routes.only(routes.prefix_id.astype(np.int64) == part.index.get(move.prefix))
    old, new = (_side(move, asn, part, routes, irr, vrps) for asn in (move.from_as, move.to_as))
    seen = set(_origins(part, routes).tolist()) - {-1, move.from_as, move.to_as}
    span = time_span(table)
    is_full = column(table.peers, f"is_full_feed{move.row.column('family')[0].as_py()}")
    return Facts(
        None if span is None else span[1],
        old,
        new,
        len(np.unique(routes.vp_as)),
        len(np.unique(column(table.peers, "peer_as")[is_full])),
        sorted(seen),
        _inside(part, move.prefix, vrps),
        _announces(irr, move.to_as, move.to_as),
        _announces(irr, move.from_as, move.to_as),
    )


def parse_move(prefix: str, from_as: int, to_as: int) -> Move:
    """Read the prefix; `PrefixError` where it is none."""
    if not isinstance(prefix, str):
        raise TypeError(f"prefix={prefix!r}: expected a prefix as text, like 192.0.2.0/24")
    try:
        family, network, length = core.parse_prefixes(pa.array([prefix]))
    except PrefixError as error:
        raise PrefixError(f"prefix={prefix!r}: {error}") from None
    text = core.format_prefixes(family, network, length)[0].as_py()
    row = pa.table([family, network, length], names=["family", "network", "length"])
    return Move(text, row, from_as, to_as)
