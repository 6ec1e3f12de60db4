"""When the routes of an event were seen, how many VP ASes would have to lie, and what to mind."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rib.analysis.suspicion.candidates import KINDS
from rib.analysis.suspicion.context import Context, vp_ases
from rib.analysis.suspicion.rules import bit
from rib.table.arrays import column
from rib.table.keys import distinct, is_in, pack

__all__ = ["OWN_FEED", "SIGNED", "baseline_warnings", "sightings"]

#: A session of our own counts as so many VP ASes: who lies there has to be our neighbour.
OWN_FEED = 3
#: What signed payloads say counts as so many: no VP can make it up.
SIGNED = 3

_BY_ORIGIN = [KINDS.index(k) for k in ("moas", "submoas", "squat", "bogon", "reserved_asn")]
_SIGNED = ("rpki_valid", "rov_invalid_as", "rov_invalid_length")
_NEW = ("newcomer", "link_not_in_baseline")
_NEVER = np.iinfo(np.int64).max

Ints = npt.NDArray[np.int64]


class _Event(Protocol):
    kind: int
    rules: int
    newcomers: tuple[int, ...]
    prefix_ids: list[int]
    vps: set[int]


def sightings(ctx: Context, events: Sequence[_Event]) -> list[dict[str, Any]]:
    """Give ``first_seen``, ``last_seen`` and ``n_colluding`` of each event.

    Notes
    -----
    O(routes to the prefixes of the events), vectorised.
    """
    first, last = _times(ctx, events)
    then = (
        0
        if ctx.baseline is None
        else int(column(ctx.baseline.table.routes, "record_time").max(initial=0))
    )
    own = set(np.concatenate([ctx.own.origins, ctx.own.upstreams]).tolist()) if ctx.own else set()
    rows = []
    for event, start, stop in zip(events, first.tolist(), last.tolist(), strict=True):
        begin = start
        if then and _applies(event, _NEW):
            begin = max(start, then)
        elif then and _applies(event, ("stable",)):
            begin = min(start, then)
        signed = SIGNED if _applies(event, _SIGNED) else 0
        rows.append(
            {
                "first_seen": _moment(min(begin, stop)),
                "last_seen": _moment(stop),
                "n_colluding": len(event.vps) + (OWN_FEED - 1) * len(event.vps & own) + signed,
            }
        )
    return rows


def _applies(event: _Event, rules: tuple[str, ...]) -> bool:
    return any(event.rules >> bit(rule) & 1 for rule in rules)


def _moment(seconds: int) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds > 0 else None


def _times(ctx: Context, events: Sequence[_Event]) -> tuple[Ints, Ints]:
    """Give the earliest origination, else record, and the latest record of the routes of each event."""
    owner, prefix = _flat([e.prefix_ids for e in events])
    row, at = ctx.routes_to(prefix)
    number, routes = owner[row], ctx.routes
    keep = is_in(pack(number, routes.vp_as[at]), _keys([sorted(e.vps) for e in events]))
    by_origin = np.isin([e.kind for e in events], _BY_ORIGIN)
    origin = ctx.path_origins[routes.as_path_id[at]]
    keep &= ~by_origin[number] | is_in(pack(number, origin), _keys([e.newcomers for e in events]))
    number, at = number[keep], ctx.route_rows[at[keep]]
    recorded = column(ctx.table.routes, "record_time")[at].astype(np.int64)
    originated = column(ctx.table.routes, "originated_time")[at].astype(np.int64)
    first, dumped = (np.full(len(events), _NEVER) for _ in range(2))
    last = np.zeros(len(events), np.int64)
    np.minimum.at(first, number, np.where(originated > 0, originated, _NEVER))
    np.minimum.at(dumped, number, recorded)
    np.maximum.at(last, number, recorded)
    return np.where(first == _NEVER, dumped, first), last


def _flat(lists: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    owner = np.repeat(np.arange(len(lists)), [len(of) for of in lists])
    return owner, np.array([x for of in lists for x in of], np.int64)


def _keys(lists: Sequence[Sequence[int]]) -> npt.NDArray[np.uint64]:
    keys: npt.NDArray[np.uint64] = distinct(pack(*_flat(lists)))
    return keys


def baseline_warnings(ctx: Context) -> list[str]:
    """Say where the baseline cannot be what it is taken for."""
    if ctx.baseline is None:
        return []
    warnings, then = [], ctx.baseline
    if ctx.date and then.date and then.date > ctx.date:
        warnings.append(
            f"the baseline is of {then.date}, newer than the table of {ctx.date}: what is new is old"
        )
    now, before = vp_ases(ctx.table), vp_ases(then.table)
    if len(now) and len(before) and not is_in(now, before).any():
        warnings.append(
            "the baseline has none of the table's VP ASes: what looks new may be seen from elsewhere only"
        )
    return warnings
