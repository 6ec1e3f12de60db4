"""Origin validity, suspects and explained events: the end of the report."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rib.report.charts import Chart, bars, segments
from rib.report.findings import SUSPECT_SCORE, Findings
from rib.report.routing import Section
from rib.report.summaries import state_counts
from rib.report.wording import DASH, Grid, Names, clean, count, listed, many, percent, records

__all__ = [
    "NEW_RULES",
    "Event",
    "Term",
    "events",
    "explained",
    "explained_events",
    "kind_words",
    "n_new",
    "new_suspects",
    "suspects",
    "suspects_grid",
    "validity",
]

#: Suspects shown with their evidence, and rows of tables; the rest is in suspects.parquet.
_N_EVENTS = 20
_N_SUSPECTS = 100
_N_EXPLAINED = 50
_N_BRIEF = 10
_N_TERMS = 14
_N_PREFIXES = 8

#: Rules of `rib.hijack_suspects` that say that the baseline does not have it.
NEW_RULES = frozenset({"newcomer", "link_not_in_baseline"})

_STATES = {
    "valid": "green",
    "not-found": "grey",
    "invalid": "red",
    "invalid,more-specific": "orange",
}

_KINDS = {
    "moas": "Prefix with several origins",
    "submoas": "More-specific with another origin",
    "forged_origin": "Right origin behind an unknown neighbour",
    "new_edge": "New AS link",
    "squat": "Origin of unused or foreign space",
    "bogon": "Special-purpose or unallocated prefix",
    "reserved_asn": "Reserved AS number on the path",
    "path_anomaly": "Odd AS path",
    "leak": "Route leak",
    "route_leak": "Route leak",
    "rov_invalid": "Contradicts a ROA",
}


@dataclass(frozen=True)
class Term:
    """One line of evidence. ``bar`` is its weight as a width from 0 to 100."""

    rule: str
    value: str
    weight: str
    bar: int
    against: bool
    source: str
    date: str


@dataclass(frozen=True)
class Event:
    """A suspect as the page shows it."""

    anchor: str
    name: str
    kind: str
    score: int
    confidence: str
    facts: list[tuple[str, str]]
    terms: list[Term]
    more_terms: int
    would_clear: list[str]


def _state_rows(name: str, states: pd.Series, total: int) -> list[dict[str, Any]]:
    """Give the states that occur as segments of one bar, with their counts."""
    rows: list[dict[str, Any]] = []
    at = 0.0
    for state, n in state_counts(states, list(_STATES)):
        if n:
            group = state if state in _STATES else "not-found"
            end, label = at + n / total, percent(n / total)
            rows.append({"row": name, "start": at, "end": end, "label": label, "group": group})
            rows[-1] |= {"state": state, "n": n}
            at = end
    return rows


def validity(found: Findings) -> Section:
    """Build the section on RPKI and IRR states and MOAS."""
    frame = found.origins
    lead = [
        (
            f"{count(len(frame))} distinct (prefix, origin AS) pairs. Prefixes with several origins "
            f"(MOAS): {count(len(found.moas))}; many are wanted (anycast, siblings, migrations)."
        )
    ]
    rows: list[dict[str, Any]] = []
    for name, column, given in (
        ("RPKI (ROV)", "rov_state", found.registries.vrps),
        ("IRR", "irr_state", found.registries.irr),
    ):
        if given is None:
            lead.append(f"No {name} data given: its column is empty.")
        else:
            rows += _state_rows(name, frame[column], len(frame))
    if not rows:
        return Section("Origin validity", "validity", lead, [], [])
    chart = Chart(
        "validity",
        "Origin validity",
        "; ".join(f"{r['row']} {r['state']} {r['label']}" for r in rows) + ".",
        segments(
            "validity",
            [{k: r[k] for k in ("row", "start", "end", "label", "group")} for r in rows],
            colours=_STATES,
            title="share of (prefix, origin) pairs",
        ),
        "Route origin validation follows RFC 6811.",
    )
    grid = Grid(
        "States of (prefix, origin AS) pairs",
        ["Against", "State", "Pairs", "Share"],
        [[r["row"], r["state"], count(r["n"]), r["label"]] for r in rows],
        frozenset({2, 3}),
        "Every pair is in origins.parquet, every MOAS prefix in moas.parquet.",
        len(rows),
    )
    return Section("Origin validity", "validity", lead, [chart], [grid])


def kind_words(kind: str) -> str:
    """Say what kind of event it is; an unknown kind stays as it is."""
    return _KINDS.get(kind, clean(kind.replace("_", " ")))


def suspects(found: Findings, names: Names) -> Section:
    """Build the head of the section on suspects: how many, of what kind, which scores."""
    n_suspects, n_explained = len(found.suspects), len(found.explained)
    lead = [
        (
            f"{count(n_suspects)} events score {SUSPECT_SCORE} or more and are suspects; "
            f"{count(n_explained)} more look similar and have an explanation or too little against "
            "them. Scores are heuristic sums of the evidence listed, not probabilities."
        )
    ]
    if n_suspects > _N_EVENTS:
        lead.append(
            f"The {_N_EVENTS} with the highest scores are in report.html with their evidence, all in "
            "suspects.parquet."
        )
    if not n_suspects and not n_explained:
        return Section("Suspects", "suspects", lead, [], [])
    groups = {"suspect": "red", "explained or weak": "grey"}
    scores = found.events["score"].to_numpy(dtype=float)
    rows = []
    for low in range(0, 100, 10):
        inside = int(((scores >= low) & ((scores < low + 10) | (low == 90))).sum())
        group = "suspect" if low >= SUSPECT_SCORE else "explained or weak"
        rows.append({"bin": f"{low}", "count": inside, "group": group})
    score_chart = Chart(
        "scores",
        "Events by score",
        "; ".join(f"score {r['bin']} and up: {r['count']}" for r in rows if r["count"]) + ".",
        bars(
            "scores",
            rows,
            x="bin",
            y="count",
            group="group",
            colours=groups,
            titles=("score (each bar spans 10)", "events"),
            percent=False,
            stacked=True,
        ),
    )
    glance = suspects_grid(found, names, "Suspects at a glance, evidence below", lambda _: True)
    grids = [_kinds_grid(found), *([glance] if glance.rows else [])]
    return Section("Suspects", "suspects", lead, [score_chart], grids)


def _is_new(row: dict[str, Any]) -> bool:
    return any(term.get("rule") in NEW_RULES for term in row["evidence"] or [])


def suspects_grid(
    found: Findings, names: Names, caption: str, keep: Callable[[dict[str, Any]], bool]
) -> Grid:
    """List the suspects that ``keep`` keeps, highest score first; the first lead to their evidence."""
    kept = [(n, r) for n, r in enumerate(records(found.suspects), 1) if keep(r)]
    shown = kept[:_N_SUSPECTS]
    columns = ["Score", "Kind", "Prefixes", "Incumbents", "Newcomers", "VP ASes"]
    rows = [
        [
            str(round(float(r["score"]))),
            kind_words(str(r["kind"])),
            listed(r["prefixes"], 2, lambda p: clean(p, 60)),
            listed(r["incumbents"], 2, names.long),
            listed(r["newcomers"], 2, names.long),
            count(r["n_vps"]),
        ]
        for _, r in shown
    ]
    if found.is_compared and keep is not _is_new:
        columns.append("New since the baseline")
        for row, (_, r) in zip(rows, shown, strict=True):
            row.append("new" if _is_new(r) else DASH)
    note = ""
    if len(kept) > len(shown):
        note = f"The first {len(shown):,} of {len(kept):,}; all are in suspects.parquet."
    anchors = tuple(f"event-{n}" if n <= _N_EVENTS else "" for n, _ in shown)
    return Grid(caption, columns, rows, frozenset({0, 5}), note, _N_BRIEF, anchors)


def n_new(found: Findings) -> int:
    """Count the suspects of which the baseline does not have a route or link."""
    return sum(map(_is_new, records(found.suspects[["evidence"]])))


def new_suspects(found: Findings, names: Names) -> Grid:
    """List the suspects with a route or link that the baseline does not have."""
    return suspects_grid(found, names, "New suspects", _is_new)


def _kinds_grid(found: Findings) -> Grid:
    suspect = Counter(found.suspects["kind"].astype(str))
    other = Counter(found.explained["kind"].astype(str))
    names = sorted(suspect | other, key=lambda k: (-suspect[k], -other[k], k))
    return Grid(
        "Events by kind",
        ["Kind", "What it is", "Suspects", "Explained or weak"],
        [[clean(k), kind_words(k), count(suspect[k]), count(other[k])] for k in names],
        frozenset({2, 3}),
    )


def _term(term: dict[str, Any]) -> Term:
    weight = float(term.get("weight") or 0)
    return Term(
        rule=clean(term.get("rule") or DASH),
        value=clean(term.get("value") if term.get("value") is not None else DASH),
        weight=f"{weight:+g}",
        bar=min(round(abs(weight)), 100),
        against=weight > 0,
        source=clean(term.get("source") or DASH, 120),
        date=clean(term.get("date") or DASH, 40),
    )


def _event(row: dict[str, Any], anchor: str, facts: list[tuple[str, str]]) -> Event:
    terms = [_term(t) for t in row["evidence"] or []]
    return Event(
        anchor=anchor,
        name=clean(row["event_id"], 80),
        kind=kind_words(str(row["kind"])),
        score=round(float(row["score"])),
        confidence=clean(row["confidence"]),
        facts=facts,
        terms=terms[:_N_TERMS],
        more_terms=max(len(terms) - _N_TERMS, 0),
        would_clear=[clean(c) for c in (row["would_clear"] or [])[:8]],
    )


def events(found: Findings, names: Names) -> list[Event]:
    """Build the suspects with the highest scores, evidence included."""
    result = []
    for n, row in enumerate(records(found.suspects.head(_N_EVENTS)), 1):
        facts = [
            ("Prefixes", listed(row["prefixes"], _N_PREFIXES, clean)),
            ("Incumbents", listed(row["incumbents"], 6, names.long)),
            ("Newcomers", listed(row["newcomers"], 6, names.long)),
            ("Seen by", many(int(row["n_vps"]), "vantage-point AS")),
            ("Tags", listed(row["tags"], 12, clean)),
        ]
        if found.is_compared:
            facts.append(("New since the baseline", "yes" if _is_new(row) else "no"))
        if row["explained_by"]:
            facts.append(("Partly explained by", listed(row["explained_by"], 6, clean)))
        result.append(_event(row, f"event-{n}", facts))
    return result


def explained(found: Findings, names: Names) -> Section:
    """Build the section on events that are explained or too weak to be suspects."""
    frame = found.explained
    rows = [
        [
            str(round(float(r["score"]))),
            kind_words(str(r["kind"])),
            listed(r["prefixes"], 2, lambda p: clean(p, 60)),
            listed(r["incumbents"], 3, names.asn),
            listed(r["newcomers"], 3, names.asn),
            listed(r["explained_by"], 5, lambda e: clean(e, 80)),
        ]
        for r in records(frame.head(_N_EXPLAINED))
    ]
    lead = [
        (
            "Events with the shape of a hijack and a reason not to be one, so that nobody has to look "
            "twice."
        )
    ]
    if len(frame) > len(rows):
        lead.append(f"The first {len(rows)} of {count(len(frame))}; all are in suspects.parquet.")
    reasons = Counter(
        reason
        for row in records(frame[["explained_by"]])
        for reason in dict.fromkeys(row["explained_by"] or [])
    )
    grids = []
    if reasons:
        grids.append(
            Grid(
                "Explanations",
                ["Explained by", "Events"],
                [
                    [clean(k), count(v)]
                    for k, v in sorted(reasons.items(), key=lambda kv: (-kv[1], str(kv[0])))[:15]
                ],
                frozenset({1}),
            )
        )
    if rows:
        grids.append(
            Grid(
                "Explained or weak events",
                ["Score", "Kind", "Prefixes", "Incumbents", "Newcomers", "Explained by"],
                rows,
                frozenset({0}),
            )
        )
    return Section("Explained events", "explained", lead, [], grids)


def explained_events(found: Findings, names: Names) -> list[Event]:
    """Build the events of the table of `explained`, in its order: what was weighed, and how."""
    result = []
    for n, row in enumerate(records(found.explained.head(_N_EXPLAINED)), 1):
        facts = [
            ("Explained by", listed(row["explained_by"], 6, clean)),
            ("Newcomers", listed(row["newcomers"], 6, names.long)),
        ]
        result.append(_event(row, f"explained-{n}", facts))
    return result
