"""Route leaks: routes passed on to whom they were not meant for (RFC 7908)."""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_given, check_required
from rib.registry.asrank import INFERRED, infer
from rib.registry.freshness import registry_warnings
from rib.registry.origin_leaks import (
    MORE_SPECIFICS,
    REORIGINATION,
    OriginLeaks,
    find_origin_leaks,
)
from rib.registry.valley_free import Leaks, find_leaks, seen_before
from rib.table.arrays import lists_by_owner, to_frame
from rib.table.evidence import EVIDENCE, clamp
from rib.table.moments import table_date

if TYPE_CHECKING:
    from rib.registry.relationships import Relationships
    from rib.table.rib import Rib

__all__ = ["route_leaks"]

#: Weight of each type: the surer a violation is to be no inference error, the higher (heuristic).
_WEIGHTS = {1: 65, 2: 50, 3: 55, 4: 60}
_TEXTS = {
    1: "learned from a provider, passed to another provider",
    2: "learned from a peer, passed to another peer",
    3: "learned from a provider, passed to a peer",
    4: "learned from a peer, passed to a provider",
}
_ONE_VP = -10
_MANY_VPS = 10
_OTC = 20
_NEW = 30
#: What goes on for days is policy, or a relationship that was inferred wrongly.
_NOT_NEW = -30
#: Re-origination, which a hijack of many prefixes looks like, and new more-specifics, which are often meant.
_ORIGIN_WEIGHTS = {REORIGINATION: 60, MORE_SPECIFICS: 30}
_ORIGIN_RULES = {
    REORIGINATION: ("reorigination", "originates prefixes that others originate in the baseline"),
    MORE_SPECIFICS: ("more_specifics", "originates new more-specifics of its own prefixes"),
}
_LONG = 30
#: Routes that leak are among those that the relationships were inferred from.
_INFERRED = -30


def route_leaks(
    table: "Rib",
    *,
    relationships: "Relationships | None" = None,
    baseline: "Rib | None" = None,
) -> pd.DataFrame:
    """Find routes that break the valley-free rule, grouped by who leaked them.

    A route from a provider or peer may go to customers only. On a path ``… to, leaker, from …``
    (VP first) the leaker broke that if ``from`` is its provider or peer and ``to`` is too.

    Parameters
    ----------
    table : Rib
        Routes; default routes take no part.
    relationships : Relationships, optional
        Who is whose provider or peer (`rib.read_relationships`). Default: inferred from ``table``
        (`rib.infer_relationships`), which evidence says and scores lower.
    baseline : Rib, optional
        An earlier table: what it has too scores lower, what is new higher, and types 5 and 6 are
        looked for, which only a comparison shows. Default: none of it.

    Returns
    -------
    pandas.DataFrame
        One row per (leaker, type, from, to), sorted by score (highest first), leaker, type, from,
        to:

        ============ ============ =============================================================
        column       dtype        meaning
        ============ ============ =============================================================
        leaker_as    uint32       AS that passed the routes on
        leak_type    uint8        RFC 7908: 1 hairpin, 2 lateral, 3 provider to peer, 4 peer to
                                  provider, 5 re-origination, 6 internal more-specifics
        from_as      uint32?      neighbour the leaker had the routes from; null for 5 and 6, which
                                  begin with the leaker
        to_as        uint32       neighbour it gave them to
        prefixes     list[str]    prefixes seen on such paths
        n_vps        uint32       VP ASes that see one
        score        uint8        0 to 100, the sum of the weights below
        evidence     list[struct] rule, value, weight, source, date
        ============ ============ =============================================================

        ``attrs`` says how much could be judged: ``n_paths`` distinct paths took part, ``n_paths_unknown``
        of them have a link of unknown relationship, which may hide a leak. ``attrs["warnings"]`` says
        in words where ``relationships`` are more than a year older than the table; else it is empty.

    Raises
    ------
    TypeError
        An argument is of another kind.

    Notes
    -----
    Only the violation nearest to the origin counts on each path. Relationships are inferred: a
    wrong one looks like a leak of all that it carries, hence scores below 70 for what a single
    triplet shows. Where the OTC attribute (RFC 9234) was set by ``from`` or an AS behind it, the
    leaker had to pass the route to customers only: a link to ``from`` of unknown relationship then
    counts as one to a provider. Paths with an AS_SET, a loop or a reserved AS number take no part.
    Types 5 and 6 take ten prefixes of one AS that are new to the baseline; a hijack of many prefixes, or
    a network that splits its blocks on purpose, looks the same. Cost: O(hops of distinct paths), with a
    baseline O(routes log routes); 1.1M paths, 7M routes: some 3 s, inference and a baseline some 4 s
    more each.

    References
    ----------
    RFC 7908; RFC 9234; L. Gao, "On Inferring Autonomous System Relationships in the Internet", 2001.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> relationships = rib.read_relationships("data/sample-mrt/as-rel.txt.bz2")
    >>> rib.route_leaks(table, relationships=relationships)["leak_type"].isin([1, 2, 3, 4]).all()
    np.True_
    """
    check_required(table=table)
    check_given(relationships=relationships, baseline=baseline)
    if relationships is None:
        relationships = infer(table)
    leaks = find_leaks(table, relationships)
    parts = [_of_valleys(table, leaks, relationships, baseline)]
    if baseline is not None:
        parts.append(_of_origins(table, baseline, relationships))
    found = pa.concat_tables(parts)
    by = [(name, "ascending") for name in ("leaker_as", "leak_type", "from_as", "to_as")]
    frame = to_frame(found.sort_by([("score", "descending"), *by]).combine_chunks())
    frame.attrs.update(n_paths=leaks.n_paths, n_paths_unknown=leaks.n_unknown)
    frame.attrs["warnings"] = registry_warnings(table, relationships=relationships)
    return frame


def _of_valleys(
    table: "Rib", leaks: Leaks, relationships: "Relationships", baseline: "Rib | None"
) -> pa.Table:
    old = None if baseline is None else seen_before(baseline, relationships, leaks)
    then = None if baseline is None else table_date(baseline)
    n_vps = np.bincount(leaks.vp_owner, minlength=len(leaks.leaker_as))
    evidence = [
        [
            *_valley(leaks, i, relationships),
            *_marks(leaks, i),
            *([] if old is None else _age(bool(old[i]), then)),
            *_visibility(int(n_vps[i])),
        ]
        for i in range(len(n_vps))
    ]
    return _rows(table, leaks, pa.array(leaks.from_as), evidence)


def _of_origins(table: "Rib", baseline: "Rib", relationships: "Relationships") -> pa.Table:
    leaks = find_origin_leaks(table, baseline, relationships)
    then, n = table_date(baseline), len(leaks.leaker_as)
    n_vps = np.bincount(leaks.vp_owner, minlength=n)
    evidence = []
    for i, kind in enumerate(leaks.leak_type.tolist()):
        rule, text = _ORIGIN_RULES[kind]
        rows = [
            _row(rule, f"AS{leaks.leaker_as[i]} {text}", _ORIGIN_WEIGHTS[kind], "baseline", then)
        ]
        if leaks.is_long[i] and kind == MORE_SPECIFICS:
            rows.append(_row("long", "most are longer than /24 or /48", _LONG))
        evidence.append([*rows, *_visibility(int(n_vps[i]))])
    return _rows(table, leaks, pa.nulls(n, pa.uint32()), evidence)


def _rows(
    table: "Rib",
    leaks: Leaks | OriginLeaks,
    from_as: pa.Array,
    evidence: list[list[dict[str, Any]]],
) -> pa.Table:
    n = len(evidence)
    text = table.prefixes.column("text").combine_chunks()
    return pa.table(
        {
            "leaker_as": pa.array(leaks.leaker_as),
            "leak_type": pa.array(leaks.leak_type),
            "from_as": from_as,
            "to_as": pa.array(leaks.to_as),
            "prefixes": lists_by_owner(leaks.prefix_owner, text.take(pa.array(leaks.prefix)), n),
            "n_vps": pa.array(np.bincount(leaks.vp_owner, minlength=n).astype(np.uint32)),
            "score": pa.array(np.array([clamp(e) for e in evidence], np.uint8)),
            "evidence": pa.array(evidence, EVIDENCE),
        }
    )


def _row(
    rule: str, value: str, weight: int, source: str = "table", date: dt.date | None = None
) -> dict[str, Any]:
    day = None if date is None else date.isoformat()
    return {"rule": rule, "value": value, "weight": weight, "source": source, "date": day}


def _valley(leaks: Leaks, i: int, relationships: "Relationships") -> Iterator[dict[str, Any]]:
    kind = int(leaks.leak_type[i])
    path = f"AS{leaks.to_as[i]} AS{leaks.leaker_as[i]} AS{leaks.from_as[i]}"
    inferred = relationships.source == INFERRED
    source = "relationships, inferred" if inferred else "relationships"
    text = f"{path}: {_TEXTS[kind]}"
    if leaks.is_guess[i]:
        text += "; the relationship to the first is unknown, OTC says that it is no customer"
    yield _row("valley", text, _WEIGHTS[kind], source, relationships.date)
    if inferred:
        text = "relationships were inferred from a table"
        yield _row("inferred", text, _INFERRED, source, relationships.date)


def _marks(leaks: Leaks, i: int) -> Iterator[dict[str, Any]]:
    if leaks.marked_by[i]:
        yield _row("otc", f"OTC set by AS{leaks.marked_by[i]} before the leaker", _OTC)


def _age(is_old: bool, date: dt.date | None) -> Iterator[dict[str, Any]]:
    if is_old:
        yield _row("in_baseline", "the same three ASes in the baseline", _NOT_NEW, "baseline", date)
    else:
        yield _row("new", "not in the baseline", _NEW, "baseline", date)


def _visibility(n_vps: int) -> Iterator[dict[str, Any]]:
    if n_vps == 1 or n_vps >= 5:
        weight = _ONE_VP if n_vps == 1 else _MANY_VPS
        yield _row("visibility", f"{n_vps} VP AS{'es' if n_vps > 1 else ''}", weight)
