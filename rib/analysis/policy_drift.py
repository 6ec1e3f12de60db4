"""Declared routing policy against what is seen: neighbours of an aut-num, origins of its as-set."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_given, check_required
from rib.registry.declared import Declared, DeclaredAs, declared_policy
from rib.table.arrays import analysis_routes, path_ases, to_frame
from rib.table.edges import path_edges
from rib.table.hops import expand_ranges
from rib.table.keys import distinct, pack, unpack
from rib.table.selection import as_number

if TYPE_CHECKING:
    from rib.registry.irr import Irr
    from rib.table.rib import Rib

__all__ = ["DRIFT_STATES", "policy_drift"]

DRIFT_STATES = ("declared and seen", "declared, not seen", "seen, not declared")

_COLUMNS = pa.schema(
    [
        pa.field("kind", pa.utf8(), nullable=False),
        pa.field("asn", pa.uint32(), nullable=False),
        pa.field("state", pa.utf8(), nullable=False),
        pa.field("lines", pa.list_(pa.utf8()), nullable=False),
        pa.field("line_numbers", pa.list_(pa.uint32()), nullable=False),
        pa.field("as_sets", pa.list_(pa.utf8()), nullable=False),
        pa.field("declares_import", pa.bool_()),
        pa.field("declares_export", pa.bool_()),
        pa.field("n_vps", pa.uint32(), nullable=False),
        pa.field("n_prefixes", pa.uint32(), nullable=False),
        pa.field("n_prefixes_in", pa.uint32()),
        pa.field("n_prefixes_out", pa.uint32()),
        pa.field("n_prefixes_view", pa.uint32()),
        pa.field("source", pa.utf8()),
        pa.field("last_modified", pa.date32()),
    ]
)


class _Seen(NamedTuple):
    """Routes over a link of the AS: one row per route and link."""

    neighbour: npt.NDArray[np.uint32]
    outwards: npt.NDArray[np.bool_]  # the neighbour has the route from the AS
    origin: npt.NDArray[np.uint32]
    vp_as: npt.NDArray[np.uint32]
    prefix_id: npt.NDArray[np.uint32]


def policy_drift(table: "Rib", irr: "Irr", *, asn: int, view: "Rib | None" = None) -> pd.DataFrame:
    """Compare what an AS declares in its aut-num and as-sets with what is seen of it.

    A neighbour is *declared* if an import or export line (``mp-`` ones too) of the aut-num names it, alone
    or through a set of ASes, and *seen* if it stands next to the AS on a path, or is a peer of ``view``. An origin is *declared* if
    the filter of an export line names it, alone or through an as-set, and *seen* if it originates a route
    that the AS announced to a neighbour for which the export lines tell all origins.

    Parameters
    ----------
    table : Rib
        Routes of collectors.
    irr : Irr
        Aut-nums and as-sets (`rib.read_irr`).
    asn : int
        The AS, 0 to 4294967295.
    view : Rib, optional
        An own view of the AS: its peers are neighbours from which it imports, which collectors seldom show.

    Returns
    -------
    pandas.DataFrame
        One row per neighbour and per origin, sorted by ``kind``, ``asn``; empty for an AS that is neither
        declared nor seen.

        =============== ============ ======== =========================================================
        column          dtype        nullable meaning
        =============== ============ ======== =========================================================
        kind            str          no       ``neighbour`` or ``origin``
        asn             uint32       no       the neighbour or origin
        state           str          no       ``declared and seen``, ``declared, not seen`` or ``seen,
                                              not declared``
        lines           list[str]    no       lines that declare it, in the order of the object
        line_numbers    list[uint32] no       their places in the IRR file, from 1
        as_sets         list[str]    no       sets through which they name it, sorted
        declares_import bool         yes      whether an import line is among them; null for origins
        declares_export bool         yes      whether an export line is; null for origins
        n_vps           uint32       no       VP ASes that see it
        n_prefixes      uint32       no       prefixes of the routes
        n_prefixes_in   uint32       yes      prefixes that the AS has from the neighbour; null for
                                              origins
        n_prefixes_out  uint32       yes      prefixes that the neighbour has from the AS; null for
                                              origins
        n_prefixes_view uint32       yes      prefixes that the neighbour's sessions send in ``view``; null
                                              for origins and without it
        source          str          yes      source of the aut-num; null without one
        last_modified   date32       yes      day it was last changed; null where it does not tell
        =============== ============ ======== =========================================================

        ``.attrs["limited"]`` lists the neighbours whose origins are compared, ``.attrs["missing"]`` the
        sets that lines or sets name and nobody registered, ``.attrs["warnings"]`` says in words that such
        are, or that the AS has no aut-num.

    Raises
    ------
    TypeError, ValueError
        ``table``, ``irr``, ``asn`` or ``view`` is something else.

    Notes
    -----
    Of several aut-nums, that of the best source class counts (`rib.read_irr`), then the first by name. AS-ANY
    as a peer declares nobody. A filter tells all origins if it consists of ASes and sets of them;
    ``ANY``, prefixes, communities and path expressions do not, and neighbours that such a filter is
    declared for take no part in the comparison of origins.

    Collectors see a route only where it was chosen, so ``declared, not seen`` may be a backup; import from a
    provider shows only at VPs inside the AS or its customers. Paths with an AS_SET or a loop, default routes
    and peer AS 0 are left out. O(hops + routes of the AS · log).

    References
    ----------
    RFC 2622 §5.1, §6; RFC 4012 §2.5; G. Siganos and M. Faloutsos, "Analyzing BGP policies: methodology and
    tool", INFOCOM 2004.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250117.0000.mrt.bz2")
    >>> irr = rib.read_irr("data/sample-mrt/irr.20250121.db.gz")
    >>> drift = rib.policy_drift(table, irr, asn=213394)
    >>> drift[drift["kind"] == "neighbour"][["asn", "state"]].to_dict("split")["data"]
    [[3257, 'declared, not seen'], [3356, 'declared, not seen'], [29075, 'declared, not seen'],
     [43424, 'declared and seen']]
    """
    check_required(table=table, irr=irr)
    check_given(view=view)
    asn = as_number("asn", asn)
    declared = declared_policy(irr, asn)
    seen = _seen(table, asn)
    limited = np.isin(seen.neighbour, np.array(sorted(declared.limited), np.uint32))
    rows = [
        *_rows("neighbour", declared.neighbours, seen, declared, _of_view(view)),
        *_rows("origin", declared.origins, _only(seen, limited & seen.outwards), declared, None),
    ]
    frame = to_frame(pa.Table.from_pylist(rows, schema=_COLUMNS))
    missing = sorted(declared.missing)
    frame.attrs = {"limited": sorted(declared.limited), "missing": missing}
    frame.attrs["warnings"] = _warnings(irr, asn, missing)
    return frame


def _warnings(irr: "Irr", asn: int, missing: list[str]) -> list[str]:
    """Say what was not there to compare with: without it, all that is seen looks undeclared."""
    found = []
    if asn not in irr.aut_nums.column("asn").to_pylist():
        found.append(f"no aut-num of AS{asn} in the IRR: whatever is seen is not declared")
    if missing:
        found.append(f"sets that nobody registered: {', '.join(missing)}")
    return found


def _only(seen: _Seen, keep: npt.NDArray[np.bool_]) -> _Seen:
    arrays: tuple[Any, ...] = tuple(of[keep] for of in seen)
    return _Seen(*arrays)


def _seen(table: "Rib", asn: int) -> _Seen:
    """Find the routes over links of the AS."""
    edges = path_edges(table, reserved=True)
    left, right = edges.left, edges.right
    ours = (left == asn) | (right == asn)
    at = np.flatnonzero(ours[edges.edge])
    path, edge = edges.path[at], edges.edge[at]
    routes = analysis_routes(table)
    order = np.argsort(routes.as_path_id, kind="stable")
    sorted_path = routes.as_path_id[order]
    which, place = expand_ranges(
        np.searchsorted(sorted_path, path, side="left"),
        np.searchsorted(sorted_path, path, side="right"),
    )
    row = order[place]
    outwards = (right == asn)[edge]
    neighbour = np.where(outwards, left[edge], right[edge]).astype(np.uint32)
    origin = path_ases(table, "origin_as")
    return _Seen(
        neighbour[which],
        outwards[which],
        origin[path[which]],
        routes.vp_as[row],
        routes.prefix_id[row],
    )


def _of_view(view: "Rib | None") -> dict[int, int] | None:
    """Count the prefixes that each neighbour sends in an own view; None without one."""
    if view is None:
        return None
    routes = analysis_routes(view)
    asns, n = np.unique(
        unpack(distinct(pack(routes.vp_as, routes.prefix_id)))[0], return_counts=True
    )
    return dict(zip(asns.tolist(), n.tolist(), strict=True))


def _count(values: npt.NDArray[Any]) -> int:
    return len(np.unique(values))


def _rows(
    kind: str,
    lines: dict[int, DeclaredAs],
    seen: _Seen,
    declared: Declared,
    of_view: dict[int, int] | None,
) -> list[dict[str, Any]]:
    """Rows of one kind: what is declared, what is seen, or both."""
    who = seen.neighbour if kind == "neighbour" else seen.origin
    order = np.argsort(who, kind="stable")
    known, start = np.unique(who[order], return_index=True)
    parts = dict(zip(known.tolist(), np.split(order, start[1:]), strict=True)) if len(known) else {}
    rows = []
    sends = of_view or {}
    for asn in sorted(parts.keys() | lines.keys() | sends.keys()):
        at = parts.get(asn, np.empty(0, np.intp))
        entry = lines.get(asn)
        state = DRIFT_STATES[2 if entry is None else 0 if len(at) or asn in sends else 1]
        row: dict[str, Any] = {
            "kind": kind,
            "asn": asn,
            "state": state,
            "lines": [] if entry is None else [entry.lines[n] for n in sorted(entry.lines)],
            "line_numbers": [] if entry is None else sorted(entry.lines),
            "as_sets": [] if entry is None else sorted(entry.sets),
            "n_vps": _count(seen.vp_as[at]),
            "n_prefixes": _count(seen.prefix_id[at]),
            "source": declared.source,
            "last_modified": declared.last_modified,
        }
        if kind == "neighbour":
            outwards = seen.outwards[at]
            row |= {
                "declares_import": entry is not None and "import" in entry.directions,
                "declares_export": entry is not None and "export" in entry.directions,
                "n_prefixes_in": _count(seen.prefix_id[at[~outwards]]),
                "n_prefixes_out": _count(seen.prefix_id[at[outwards]]),
                "n_prefixes_view": None if of_view is None else sends.get(asn, 0),
            }
        rows.append(row)
    return rows
