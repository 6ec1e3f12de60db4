"""What changed since the baseline: the first thing a morning reader sees."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from rib.report.findings import Findings
from rib.report.judged import n_new, new_suspects
from rib.report.routing import Section
from rib.report.summaries import time_span
from rib.report.wording import Grid, Names, clean, count, decimal, listed, many, percent, records

__all__ = ["changes"]

_N_ROWS = 100
_N_BRIEF = 10
_N_MOVES = 40
_N_SENTENCES = 60
_N_ASES = 8
_N_PEERS = 5

_Row = dict[str, Any]

#: What may have happened to an origin, the most important first.
_KINDS: dict[str, Callable[[_Row], bool]] = {
    "newly single-homed": lambda r: bool(r["newly_single_homed"]),
    "no route left": lambda r: r["state"] == "gone",
    "new AS on every path": lambda r: bool(r["new_chokepoints"]),
    "lost upstreams": lambda r: bool(r["lost_upstreams"]),
    "no longer single-homed": lambda r: bool(r["no_longer_single_homed"]),
    "gained upstreams": lambda r: bool(r["gained_upstreams"]),
    "AS no longer on every path": lambda r: bool(r["gone_chokepoints"]),
    "no route before": lambda r: r["state"] == "appeared",
}
_OTHER = "other shares of upstreams only"


def _kinds(row: _Row) -> list[str]:
    """Name what happened to an origin; one with the same upstreams has votes moved between them."""
    return [name for name, holds in _KINDS.items() if holds(row)] or [_OTHER]


def _from_to(row: _Row, name: str) -> str:
    return f"{count(row[f'{name}_before'])} → {count(row[f'{name}_after'])}"


def _upstreams(row: _Row, names: Names) -> str:
    """Say how the upstreams of an origin changed."""
    if row["gained_upstreams"] is None:
        return "upstreams cannot be compared"
    before, after = row["n_upstreams_before"], row["n_upstreams_after"]
    moved = [
        f"{verb} {listed(row[name], _N_ASES, names.asn)}"
        for verb, name in (("gained", "gained_upstreams"), ("lost", "lost_upstreams"))
        if row[name]
    ]
    if not moved:
        return f"the same {many(after, 'upstream')}"
    return f"{many(before, 'upstream')} → {after:,}: {', '.join(moved)}"


def _sentence(row: _Row, names: Names) -> str:
    """Say everything that changed for one of our own origins."""
    who = f"{names.asn(row['origin_as'])} IPv{row['family']}"
    if row["state"] == "appeared":
        return (
            f"{who}: no route before; now {many(row['n_upstreams_after'], 'upstream')} "
            f"(VP ASes: {row['n_vps_after']:,})."
        )
    if row["state"] == "gone":
        return (
            f"{who}: no route left; before, {many(row['n_upstreams_before'], 'upstream')} "
            f"(VP ASes: {row['n_vps_before']:,})."
        )
    parts = [_upstreams(row, names)]
    if row["newly_single_homed"]:
        parts.append("newly single-homed")
    if row["no_longer_single_homed"]:
        parts.append("no longer single-homed")
    for name, one, several in (
        ("new_chokepoints", "is now on every path", "are now on every path"),
        ("gone_chokepoints", "is no longer on every path", "are no longer on every path"),
    ):
        if row[name]:
            verb = one if len(row[name]) == 1 else several
            parts.append(f"{listed(row[name], _N_ASES, names.asn)} {verb}")
    if row["upstream_entropy_change"] is not None:
        before, after = (decimal(2 ** row[f"upstream_entropy_{at}"]) for at in ("before", "after"))
        if before != after:
            parts.append(f"effective number of upstreams {before} → {after}")
    if row["n_vps_before"] != row["n_vps_after"]:
        parts.append(f"VP ASes {_from_to(row, 'n_vps')}")
    return f"{who}: {'; '.join(parts)}."


def _own(found: Findings, frame: pd.DataFrame, names: Names) -> list[str]:
    """Say what changed for each of our own origins, and for which nothing did."""
    differs = {(r["origin_as"], r["family"]): r for r in _of(frame, found.own)}
    today = found.diversity_origin
    there = {(r["origin_as"], r["family"]) for r in _of(today, found.own)}
    sentences = []
    for asn in found.own:
        of_both = [(asn, family) for family in (4, 6) if (asn, family) in differs.keys() | there]
        sentences += [
            _sentence(differs[key], names)
            if key in differs
            else f"{names.asn(asn)} IPv{key[1]}: no change on the sessions compared."
            for key in of_both
        ]
        if not of_both:
            sentences.append(f"{names.asn(asn)}: no route to compare.")
    more = len(sentences) - _N_SENTENCES
    if more > 0:
        left = f"{more:,} more lines on own origins are in diversity_change.parquet."
        sentences = [*sentences[:_N_SENTENCES], left]
    return sentences


def _of(frame: pd.DataFrame, origins: list[int]) -> list[_Row]:
    return records(frame[frame["origin_as"].isin(origins).to_numpy(dtype=bool)])


def _compared(frame: pd.DataFrame) -> str:
    """Say on what the two tables were compared, and what was left out."""
    sessions, vps = frame.attrs["n_peers"], frame.attrs["n_vps"]
    parts = [
        f"{many(sessions[f], f'IPv{f} session')} ({many(vps[f], 'VP AS')})"
        for f in (4, 6)
        if sessions[f]
    ]
    text = (
        f"Compared are the sessions with routes in both tables: {' and '.join(parts)}. A vantage "
        "point that came or went is no change; where fewer VP ASes see an origin than before, that "
        "may be all that changed."
    )
    left = [
        f"{what}: {listed(peers, _N_PEERS, _peer)}"
        for what, peers in (
            ("only in the baseline", frame.attrs["peers_gone"]),
            ("only in this table", frame.attrs["peers_new"]),
        )
        if peers
    ]
    return f"{text} Left out, {'; '.join(left)}." if left else f"{text} No session was left out."


def _peer(peer: _Row) -> str:
    return (
        f"AS{peer['peer_as']} at {clean(peer['peer_ip'], 60)} IPv{peer['family']} "
        f"({many(peer['n_routes'], 'route')})"
    )


def _summary(rows: list[_Row]) -> str:
    """Say how many origins changed."""
    if not rows:
        return "Path diversity is the same for every origin AS."
    n = {f: sum(r["family"] == f for r in rows) for f in (4, 6)}
    return (
        f"Origin ASes that came, went, or have other upstreams, shares of them or ASes on every path: "
        f"{n[4]:,} in IPv4, {n[6]:,} in IPv6."
    )


def _counts(rows: list[_Row], kinds: list[list[str]]) -> Grid:
    lines = [
        [
            name,
            *(
                count(
                    sum(name in of and r["family"] == f for r, of in zip(rows, kinds, strict=True))
                )
                for f in (4, 6)
            ),
        ]
        for name in (*_KINDS, _OTHER)
    ]
    return Grid(
        "Origin ASes by what changed",
        ["What changed", "IPv4", "IPv6"],
        lines,
        frozenset({1, 2}),
        "One origin AS may be in several rows.",
        len(lines),
    )


def _ordered(rows: list[_Row], kinds: list[list[str]]) -> list[int]:
    """Order rows by the first thing that happened, then by who sees them; ties by AS and family."""
    rank = {name: n for n, name in enumerate((*_KINDS, _OTHER))}

    def key(at: int) -> tuple[int, int, int, int]:
        row = rows[at]
        seen = max(row["n_vps_before"] or 0, row["n_vps_after"] or 0)
        return rank[kinds[at][0]], -seen, row["origin_as"], row["family"]

    return sorted(range(len(rows)), key=key)


def _grid(rows: list[_Row], kinds: list[list[str]], names: Names) -> Grid:
    chosen = _ordered(rows, kinds)[:_N_ROWS]
    lines = [
        [
            names.long(rows[at]["origin_as"]),
            f"IPv{rows[at]['family']}",
            kinds[at][0],
            _from_to(rows[at], "n_upstreams"),
            listed(rows[at]["gained_upstreams"], 4, names.asn),
            listed(rows[at]["lost_upstreams"], 4, names.asn),
            listed(rows[at]["new_chokepoints"], 3, names.asn),
            listed(rows[at]["gone_chokepoints"], 3, names.asn),
            _from_to(rows[at], "n_vps"),
        ]
        for at in chosen
    ]
    more = len(rows) - len(chosen)
    return Grid(
        "Changes, the most important first",
        [
            "Origin",
            "Family",
            "What matters most",
            "Upstreams",
            "Gained",
            "Lost",
            "Newly on every path",
            "No longer on every path",
            "VP ASes",
        ],
        lines,
        frozenset({3, 8}),
        "In the order of the table of counts, then by VP ASes. "
        + (f"{more:,} more are in" if more > 0 else "All of them are in")
        + " diversity_change.parquet.",
        _N_BRIEF,
    )


def _tile(name: str, family: pd.Series) -> tuple[str, str, str]:
    v4, v6 = (int((family == f).sum()) for f in (4, 6))
    return name, count(v4 + v6), f"{count(v4)} IPv4, {count(v6)} IPv6"


def _tiles(found: Findings, rows: list[_Row], kinds: list[list[str]]) -> list[tuple[str, str, str]]:
    """Count what a morning reader asks for first."""
    tiles = []
    for name in ("newly single-homed", "lost upstreams", "gained upstreams", "no route left"):
        of = [r["family"] for r, happened in zip(rows, kinds, strict=True) if name in happened]
        tiles.append(_tile(name.capitalize(), pd.Series(of, dtype="int64")))
    if found.exits_moved is not None:
        tiles.append(_tile("Exits moved", found.exits_moved["family"]))
    tiles.append(
        ("New suspects", count(n_new(found)), f"of {many(len(found.suspects), 'suspect')}")
    )
    return tiles


def _moves(moved: pd.DataFrame, names: Names) -> tuple[str, Grid]:
    """Say which exits prefixes left, and for which."""
    compared = moved.attrs["n_compared"]
    share = {f: int((moved["family"] == f).sum()) / n for f, n in compared.items() if n}
    by = "by our policy" if moved.attrs["has_policy"] else "without a policy of ours"
    parts = [f"{percent(s)} of {compared[f]:,} IPv{f} prefixes" for f, s in share.items()]
    lead = (
        f"Best routes with another transit than before: {' and '.join(parts)}, as RFC 4271 chooses "
        f"among what our sessions offer, {by}. A session that came or went moves "
        "exits too."
        if parts
        else "No prefix has a best route in both tables, so no exit can be compared."
    )
    keys = ["family", "exit_as_before", "exit_as_after"]
    sizes = records(moved.groupby(keys, as_index=False).agg(n=("prefix", "count")))
    sizes.sort(key=lambda r: (-r["n"], *(r[key] for key in keys)))
    rows = [
        [
            f"IPv{r['family']}",
            names.long(r["exit_as_before"]),
            names.long(r["exit_as_after"]),
            count(r["n"]),
            percent(r["n"] / compared[r["family"]]),
        ]
        for r in sizes[:_N_MOVES]
    ]
    first = f"The first {_N_MOVES} of {len(sizes):,}. " if len(sizes) > _N_MOVES else ""
    return lead, Grid(
        "Exits moved",
        ["Family", "From", "To", "Prefixes", "Share"],
        rows,
        frozenset({3, 4}),
        f"{first}Every prefix that moved is in exits_moved.parquet.",
        _N_BRIEF,
    )


def changes(found: Findings, names: Names) -> Section | None:
    """Build the section on what changed since the baseline; None without a baseline."""
    baseline, frame = found.registries.baseline, found.changes
    if baseline is None:
        return None
    span = time_span(baseline)
    since = f"{span[0][:16]} UTC" if span else "the baseline"
    title = f"What changed since {since}"
    if frame is None or not found.is_compared:
        nothing = (
            "The baseline and this table have no session in common (same collector, peer AS, "
            "address and family), so what changed cannot be told."
        )
        return Section(title, "changes", [nothing], [], [])
    rows = records(frame)
    kinds = [_kinds(row) for row in rows]
    ours = _own(found, frame, names)
    lead = [*ours, _summary(rows)]
    grids = [_counts(rows, kinds), _grid(rows, kinds, names)] if rows else []
    if found.exits_moved is not None:
        sentence, moves = _moves(found.exits_moved, names)
        lead.append(sentence)
        grids += [moves] if moves.rows else []
    news = new_suspects(found, names)
    grids += [news] if news.rows else []
    tiles = _tiles(found, rows, kinds)
    return Section(title, "changes", [*lead, _compared(frame)], [], grids, tiles, len(ours))
