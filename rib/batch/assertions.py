"""What must hold: every rule of the config as rows of evidence that say whether it does.

Each kind of rule has a function that gives (family, found, passed, evidence) per family it looked at.
``passed`` is null where it cannot be told, which is no pass.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rib.analysis.hegemony import as_hegemony
from rib.batch.columns import COLUMNS
from rib.batch.config import (
    ExitShareRule,
    HegemonyRule,
    OriginRule,
    RovRule,
    Rule,
    SurvivesRule,
    UpstreamShareRule,
    UpstreamsRule,
    VantagePointsRule,
)
from rib.batch.plan import COLLECTORS
from rib.report.wording import listed, percent
from rib.table.rib import Rib

__all__ = ["check_all", "failed", "hegemony_in", "hegemony_of"]

#: Family, what was found, whether it passes, evidence.
Row = tuple[int | None, str, bool | None, str]
#: Gives the hegemony of an origin AS, or of all (None), as rows of `rib.as_hegemony`.
Hegemony = Callable[[int | None], pa.Table]
_SHOWN = 8


class _Night:
    """What rules are checked against."""

    def __init__(
        self, tables: dict[str, pa.Table], origins: pa.Table | None, hegemony: Hegemony | None
    ) -> None:
        self.tables = tables
        self.origins = origins
        self.hegemony = hegemony

    def rows(self, table: str, **equal: Any) -> list[dict[str, Any]]:
        """Give the rows of a table in which the columns have these values; None asks for nothing."""
        return _where(self.tables[table], **equal)


def _where(table: pa.Table, **equal: Any) -> list[dict[str, Any]]:
    for name, value in equal.items():
        if value is not None:
            column = table.column(name)
            table = table.filter(pc.equal(column, pa.scalar(value, column.type)))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def hegemony_of(table: Rib | None) -> Hegemony | None:
    """Give the hegemony of a table; None without it."""
    if table is None:
        return None

    @cache  # however many rules ask
    def measured(origin_as: int | None) -> pa.Table:
        frame = as_hegemony(table, scope=None if origin_as is None else [origin_as])
        return pa.Table.from_pandas(frame, preserve_index=False)

    return measured


def hegemony_in(rows: pa.Table) -> Hegemony:
    """Give hegemony from rows that are there, of origin ASes only."""
    return lambda origin_as: rows.filter(pc.equal(rows.column("scope"), origin_as))


def _asn(value: int | None) -> str:
    return "unknown" if value is None else f"AS{value}"


_NO_DUMPS: Row = (None, "", None, "no dump of collectors was read")


def _origin(rule: OriginRule, night: _Night) -> Iterator[Row]:
    if night.origins is None:
        yield _NO_DUMPS
        return
    rows = _where(night.origins, prefix=rule.prefix)
    found = {row["origin_as"]: row["n_vps"] for row in rows}
    evidence = ", ".join(f"{_asn(asn)} at {n} VPs" for asn, n in found.items())
    names = listed(found, _SHOWN, _asn) if found else "no route"
    yield None, names, bool(found) and set(found) <= set(rule.origins), evidence


def _group(rule: UpstreamsRule | VantagePointsRule, night: _Night) -> list[dict[str, Any]]:
    table = "diversity_prefix" if rule.prefix is not None else "diversity_origin"
    key: dict[str, Any] = {
        "prefix": rule.prefix,
        "origin_as": rule.origin_as,
        "family": rule.family,
        "view": COLLECTORS,
    }
    return night.rows(table, **{name: v for name, v in key.items() if v is not None})


def _counted(rule: UpstreamsRule | VantagePointsRule, night: _Night, column: str) -> Iterator[Row]:
    rows = _group(rule, night)
    if night.hegemony is None:
        yield _NO_DUMPS
    elif not rows:
        yield rule.family, "no route", False, ""
    for row in rows:
        evidence = f"{row['n_vps']} VPs, {row['n_upstreams']} upstreams, {row['n_paths']} paths"
        yield row["family"], str(row[column]), row[column] >= rule.at_least, evidence


def _upstreams(rule: UpstreamsRule, night: _Night) -> Iterator[Row]:
    for family, found, passed, evidence in _counted(rule, night, "n_upstreams"):
        if rule.origin_as is not None and passed is not None and found != "no route":
            rows = night.rows("upstreams", origin_as=rule.origin_as, family=family, view=COLLECTORS)
            names = listed([row["upstream_as"] for row in rows], _SHOWN, _asn)
            yield family, found, passed, f"{evidence}: {names}"
        else:
            yield family, found, passed, evidence


def _vantage_points(rule: VantagePointsRule, night: _Night) -> Iterator[Row]:
    yield from _counted(rule, night, "n_vps")


def _upstream_share(rule: UpstreamShareRule, night: _Night) -> Iterator[Row]:
    if night.hegemony is None:
        yield _NO_DUMPS
        return
    rows = night.rows("upstreams", origin_as=rule.origin_as, family=rule.family, view=COLLECTORS)
    if not rows:
        yield rule.family, "no route", False, ""
    yield from _largest(rows, "upstream_as", "vp_share", rule.at_most)


def _largest(rows: list[dict[str, Any]], name: str, share: str, at_most: float) -> Iterator[Row]:
    """Judge the largest share of each family."""
    for family in sorted({row["family"] for row in rows}):
        ranked = sorted(
            (row for row in rows if row["family"] == family),
            key=lambda row: (-row[share], row[name] or 0),
        )
        evidence = listed(ranked, _SHOWN, lambda row: f"{_asn(row[name])} {percent(row[share])}")
        top = ranked[0][share]
        yield family, percent(top), top <= at_most, evidence


def _hegemony(rule: HegemonyRule, night: _Night) -> Iterator[Row]:
    if night.hegemony is None:
        yield _NO_DUMPS
        return
    table = night.hegemony(rule.origin_as)
    if not table.num_rows:
        yield None, "", None, "no full feed reaches it, so there is no hegemony"
    for family in sorted(set(table.column("family").to_pylist())):
        of_family = _where(table, family=family)
        found = [row for row in of_family if row["asn"] == rule.asn]
        value = found[0]["hegemony"] if found else 0.0
        n = of_family[0]["n_vps"]
        warned = found[0]["warning"] if found else None
        evidence = f"mean over {n} VP ASes" + (f"; {warned}" if warned else "")
        yield family, f"{value:.3f}", value < rule.below, evidence


def _rov(rule: RovRule, night: _Night) -> Iterator[Row]:
    if night.origins is None:
        yield _NO_DUMPS
        return
    rows = _where(night.origins, prefix=rule.prefix, origin_as=rule.origin_as)
    others = [row for row in rows if row["rov_state"] != rule.state]
    unknown = any(row["rov_state"] is None for row in rows)
    evidence = listed(
        others, _SHOWN, lambda row: f"{row['prefix']} {_asn(row['origin_as'])} {row['rov_state']}"
    )
    if not rows:
        yield None, "no route", False, ""
    elif unknown:
        yield None, "", None, "no VRPs were read"
    else:
        text = f"{len(rows) - len(others)} of {len(rows)} pairs"
        yield None, text, not others, evidence if others else ""


def _exit_share(rule: ExitShareRule, night: _Night) -> Iterator[Row]:
    rows = night.rows("exit_shares", view=rule.view, by="exit", family=rule.family)
    if not rows:
        yield rule.family, "", None, "no dump of this own view was read"
    # Sessions of one transit are one transit.
    total: dict[tuple[int, int | None], float] = {}
    for row in rows:
        key = row["family"], row["peer_as"]
        total[key] = total.get(key, 0.0) + row["prefix_share"]
    merged = [{"family": f, "peer_as": asn, "share": s} for (f, asn), s in total.items()]
    yield from _largest(merged, "peer_as", "share", rule.at_most)


def _survives(rule: SurvivesRule, night: _Night) -> Iterator[Row]:
    rows = night.rows("failures", view=rule.view, outcome="lost", family=rule.family)
    if not rows:
        yield rule.family, "", None, "no dump of this own view was read"
    for family in sorted({row["family"] for row in rows}):
        of_family = [row for row in rows if row["family"] == family]
        worst = max(of_family, key=lambda row: (row["prefix_share"], row["failed"]))
        evidence = f"without AS{worst['failed']}: {worst['n_prefixes']:,} prefixes lost"
        share = worst["prefix_share"]
        yield family, percent(share), share <= rule.lost_at_most, evidence


_CHECKS: dict[type[Any], Callable[[Any, _Night], Iterator[Row]]] = {
    OriginRule: _origin,
    UpstreamsRule: _upstreams,
    VantagePointsRule: _vantage_points,
    UpstreamShareRule: _upstream_share,
    HegemonyRule: _hegemony,
    RovRule: _rov,
    ExitShareRule: _exit_share,
    SurvivesRule: _survives,
}


def _subject(rule: Rule) -> str:
    parts = []
    if (view := getattr(rule, "view", None)) is not None:
        parts.append(f"view {view}")
    if (asn := getattr(rule, "asn", None)) is not None:
        parts.append(f"AS{asn}")
    if (prefix := getattr(rule, "prefix", None)) is not None:
        parts.append(prefix)
    if (origin := getattr(rule, "origin_as", None)) is not None:
        parts.append(f"to AS{origin}" if parts else f"AS{origin}")
    return " ".join(parts)


def _expected(rule: Rule) -> str:
    if isinstance(rule, OriginRule):
        return "only " + ", ".join(map(_asn, rule.origins))
    if isinstance(rule, UpstreamsRule | VantagePointsRule):
        return f"at least {rule.at_least}"
    if isinstance(rule, UpstreamShareRule | ExitShareRule):
        return f"at most {percent(rule.at_most)}"
    if isinstance(rule, HegemonyRule):
        return f"below {rule.below:g}"
    if isinstance(rule, RovRule):
        return f"all {rule.state}"
    return f"at most {percent(rule.lost_at_most)} lost"


def check_all(
    rules: Iterable[Rule],
    tables: dict[str, pa.Table],
    origins: pa.Table | None,
    hegemony: Hegemony | None,
) -> pa.Table:
    """Check every rule against a night.

    Parameters
    ----------
    rules : iterable of Rule
        Those of the config, in its order.
    tables : dict of str to pyarrow.Table
        Tables of the night as the history keeps them.
    origins : pyarrow.Table or None
        Origins of the collectors' table as `rib.write_report` writes them; None without it.
    hegemony : callable or None
        Hegemony at the collectors (`hegemony_of`, `hegemony_in`); None without a dump of them.

    Returns
    -------
    pyarrow.Table
        Columns ``assertions`` of `rib.batch.columns.COLUMNS`; one row per rule and family, in the
        order of the rules. ``passed`` is null where it cannot be told.
    """
    night = _Night(tables, origins, hegemony)
    rows = []
    for number, rule in enumerate(rules, start=1):
        for family, found, passed, evidence in _CHECKS[type(rule)](rule, night):
            rows.append(
                {
                    "number": number,
                    "name": rule.name or f"{rule.check} {_subject(rule)}",
                    "check": rule.check,
                    "subject": _subject(rule),
                    "family": family,
                    "expected": _expected(rule),
                    "found": found or None,
                    "passed": passed,
                    "evidence": evidence,
                }
            )
    return pa.Table.from_pylist(rows, COLUMNS["assertions"])


def failed(assertions: pa.Table) -> list[dict[str, Any]]:
    """Give the rows that do not pass, those that cannot be told included."""
    rows: list[dict[str, Any]] = assertions.to_pylist()
    return [row for row in rows if not row["passed"]]
