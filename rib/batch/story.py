"""A night in words: the verdict, what changed since the night before, what failed, what it is from."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib.batch import asserted
from rib.batch.plan import COLLECTORS, Problem
from rib.report.findings import SUSPECT_SCORE
from rib.report.markdown import escaped
from rib.report.wording import DASH, clean, listed, many, percent

__all__ = ["headline", "moved_exits", "story"]

_IN_PARTS = (
    "With [scale] there is no one table of the collectors: their suspects, MOAS, states of origin validation, page, and "
    "changes since the night before are not measured. `rib diff --history` compares two nights; own views "
    "are measured as ever."
)
_N_CHANGES, _N_SUSPECTS, _N_MOVES, _N_GONE = 12, 15, 8, 6


def _asn(value: Any) -> str:
    return DASH if value is None else f"AS{value}"


def headline(facts: dict[str, Any]) -> str:
    """Give the verdict of a night in one line."""
    verdict = facts["verdict"]
    parts = []
    if verdict["assertions"]:
        n = verdict["assertions_failed"]
        total = many(verdict["assertions"], "assertion")
        # Nights of earlier versions do not say how many of those that failed cannot be told.
        unknown = verdict.get("assertions_unknown", 0)
        counts = [(n - unknown, "failed"), (unknown, "cannot be told")]
        told = [f"{count} {what}" for count, what in counts if count]
        if told:
            told[0] = told[0].replace(" ", f" of {total} ", 1)
        parts.append(", ".join(told) or f"{total} passed")
    looked = verdict["suspects"] is not None
    parts.append(many(verdict["suspects"], "suspect") if looked else "suspects not looked for")
    if verdict["highest_score"]:
        parts[-1] += f" (highest score {verdict['highest_score']})"
    # Nights of earlier versions do not say what was absent.
    n_problems = len(verdict["problems"]) + len(verdict.get("absent", []))
    if n_problems:
        parts.append(many(n_problems, "problem") + " with inputs")
    return "; ".join(parts)


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _grid(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *([escaped(clean(c)) for c in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"* {escaped(clean(line, 600))}" for line in lines)


def _change(row: dict[str, Any], tables: dict[str, pa.Table]) -> str:
    name = f"{_asn(row['origin_as'])} IPv{row['family']}"
    if row["state"] == "appeared":
        now = tables["upstreams"].filter(
            (pc.field("view") == COLLECTORS)
            & (pc.field("origin_as") == row["origin_as"])
            & (pc.field("family") == row["family"])
        )
        upstreams = now.column("upstream_as").to_pylist()
        return f"{name} appeared, with {listed(upstreams, 6, _asn)} as upstreams"
    if row["state"] == "gone":
        return f"{name} is gone"
    parts = [f"{row['n_upstreams_before']} → {row['n_upstreams_after']} upstreams"]
    for word, column in (("gained", "gained_upstreams"), ("lost", "lost_upstreams")):
        if row[column]:
            parts.append(f"{word} {listed(row[column], 6, _asn)}")
    if row["newly_single_homed"]:
        parts.append("newly single-homed")
    if row["no_longer_single_homed"]:
        parts.append("no longer single-homed")
    if row["new_chokepoints"]:
        parts.append(f"now only through {listed(row['new_chokepoints'], 6, _asn)}")
    if row["gone_chokepoints"]:
        parts.append(f"no longer only through {listed(row['gone_chokepoints'], 6, _asn)}")
    return f"{name}: " + ", ".join(parts)


def _weight(row: dict[str, Any]) -> tuple[bool, bool, float, int, int]:
    """Order of changes: single-homed ones, then ones that came or went, then by entropy."""
    change = abs(row["upstream_entropy_change"] or 0.0)
    is_whole = row["state"] != "changed"
    return not row["newly_single_homed"], not is_whole, -change, row["origin_as"], row["family"]


def _changes(tables: dict[str, pa.Table], watched: list[int]) -> list[str]:
    rows = [r for r in _rows(tables["diversity_change"]) if r["view"] == COLLECTORS]
    ours = [_change(r, tables) for r in rows if r["origin_as"] in watched]
    blocks = []
    if watched:
        blocks.append("Watched origins:")
        blocks.append(_bullets(ours or ["no change of upstreams or chokepoints"]))
    n = {
        "newly single-homed": sum(bool(r["newly_single_homed"]) for r in rows),
        "no longer single-homed": sum(bool(r["no_longer_single_homed"]) for r in rows),
        "appeared": sum(r["state"] == "appeared" for r in rows),
        "gone": sum(r["state"] == "gone" for r in rows),
    }
    blocks.append(
        f"All origins: {len(rows):,} differ, "
        + ", ".join(f"{count:,} {what}" for what, count in n.items())
        + "."
    )
    others = sorted((r for r in rows if r["origin_as"] not in watched), key=_weight)
    if others:
        shown = [_change(r, tables) for r in others[:_N_CHANGES]]
        if len(others) > _N_CHANGES:
            shown.append(f"and {len(others) - _N_CHANGES:,} more in history/diversity_change")
        blocks.append(_bullets(shown))
    return blocks


def moved_exits(before: pa.Table, after: pa.Table) -> list[dict[str, Any]]:
    """Count the prefixes of each own view that left one exit for another, most first."""
    names = ["view", "prefix", "winner_as"]
    old, new = (
        pd.DataFrame(t.select(names).to_pandas(types_mapper=pd.ArrowDtype)) for t in (before, after)
    )
    both = old.merge(new, on=["view", "prefix"], suffixes=("_before", "_after"))
    was, now = both["winner_as_before"], both["winner_as_after"]
    moved = both[((was != now) & was.notna() & now.notna()).to_numpy(dtype=bool)]
    keys = ["view", "winner_as_before", "winner_as_after"]
    counts = moved.groupby(keys, sort=True).size().reset_index(name="n")
    counts = counts.sort_values(["n", *keys], ascending=[False, True, True, True])
    rows: list[dict[str, Any]] = pa.Table.from_pandas(counts, preserve_index=False).to_pylist()
    return rows


def _exits(moves: list[dict[str, Any]] | None) -> list[str]:
    if moves is None:
        return []
    if not moves:
        return ["Own views: no prefix moved to another exit."]
    lines = [
        f"{m['view']}: {m['n']:,} prefixes from {_asn(m['winner_as_before'])} to {_asn(m['winner_as_after'])}"
        for m in moves[:_N_MOVES]
    ]
    return [f"Own views: {sum(m['n'] for m in moves):,} prefixes moved.", _bullets(lines)]


def _event(row: dict[str, Any]) -> str:
    """Name an event in a few words."""
    newcomers = listed(row["newcomers"], 2, _asn)
    return f"{row['kind']} of {listed(row['prefixes'], 2)} by {newcomers} ({row['view']}, {row['score']})"


def _suspects(tables: dict[str, pa.Table], before: pa.Table | None) -> list[str]:
    rows = [r for r in _rows(tables["suspects"]) if r["score"] >= SUSPECT_SCORE]
    known: dict[tuple[str, str], dict[str, Any]] = {}
    if before is not None:
        known = {
            (r["view"], r["event_id"]): r for r in _rows(before) if r["score"] >= SUSPECT_SCORE
        }
    new = [r for r in rows if (r["view"], r["event_id"]) not in known]
    new.sort(key=lambda r: (-r["score"], r["view"], r["event_id"]))
    lead = f"{many(len(rows), 'suspect')}"
    here = {(r["view"], r["event_id"]) for r in rows}
    gone = sorted(
        (r for key, r in known.items() if key not in here),
        key=lambda r: (-r["score"], r["view"], r["event_id"]),
    )
    if before is not None:
        lead += f", {len(new)} of them new, {len(gone)} gone"
    left = [f"Gone: {listed(gone, _N_GONE, _event)}."] if gone else []
    if not new:
        return [lead + ".", *(escaped(clean(line, 1200)) for line in left)]
    grid = _grid(
        ["Score", "Kind", "Prefixes", "Newcomers", "Before", "VPs", "View"],
        [
            [
                str(r["score"]),
                r["kind"],
                listed(r["prefixes"], 3),
                listed(r["newcomers"], 4, _asn),
                listed(r["incumbents"], 4, _asn),
                str(r["n_vps"]),
                r["view"],
            ]
            for r in new[:_N_SUSPECTS]
        ],
    )
    more = len(new) - _N_SUSPECTS
    cut = [f"{more:,} more are in history/suspects."] if more > 0 else []
    return [lead + ":", grid, *cut, *(escaped(clean(line, 1200)) for line in left)]


def _assertions(table: pa.Table) -> list[str]:
    if not table.num_rows:
        return []
    grid = _grid(asserted.COLUMNS, asserted.rows(table))
    return ["## Assertions", asserted.lead(table), grid]


def _own_views(tables: dict[str, pa.Table]) -> list[str]:
    rows = [r for r in _rows(tables["exit_shares"]) if r["by"] == "exit"]
    if not rows:
        return []
    grid = _grid(
        ["View", "Family", "Exit", "Prefixes", "Share"],
        [
            [
                r["view"],
                f"IPv{r['family']}",
                f"{_asn(r['peer_as'])} {r['name'] or 'ambiguous'}",
                f"{r['n_prefixes']:,}",
                percent(r["prefix_share"]),
            ]
            for r in rows
        ],
    )
    return ["## Where our traffic goes", grid]


def _provenance(facts: dict[str, Any]) -> list[str]:
    rows = [
        [i["view"], i["file"], (i["sha256"] or "not read")[:16], i["time"]] for i in facts["inputs"]
    ]
    rows += [
        [r["kind"], r["file"], (r["sha256"] or "not read")[:16], r["date"] or "not stated"]
        for r in facts["registries"]
    ]
    versions = facts["versions"]
    return [
        "## Made from",
        _grid(["What", "File", "SHA-256", "Of"], rows),
        f"rib {versions['rib']}, preprocessing {versions['preprocessing']}, history schema {versions['history']}.",
    ]


def story(
    facts: dict[str, Any],
    tables: dict[str, pa.Table],
    *,
    watched: list[int],
    suspects_before: pa.Table | None,
    moves: list[dict[str, Any]] | None,
    problems: list[Problem],
) -> str:
    """Write a night as Markdown, for mail, chat and people.

    Parameters
    ----------
    facts : dict
        What goes to `night.json`, verdict included.
    tables : dict of str to pyarrow.Table
        Tables of the night.
    watched : list of int
        Origin ASes that come first.
    suspects_before : pyarrow.Table, optional
        Suspects of the night that this one is compared with.
    moves : list of dict, optional
        What `moved_exits` gives; None where there is nothing to compare with.
    problems : list of Problem
        What failed.
    """
    blocks = [f"# Night of {facts['day']}", f"**{escaped(headline(facts))}.**"]
    if facts["verdict"]["findings"]:
        blocks.append(_bullets(facts["verdict"]["findings"]))
    if problems:
        blocks += ["## Inputs that failed", _bullets(f"{p.what}: {p.text}" for p in problems)]
    in_parts = facts["settings"]["in_parts"]
    if in_parts:
        blocks += ["## What was not measured", _IN_PARTS]
    baseline = facts["baseline"]
    if baseline is None:
        blocks += ["## Changes", "There is no earlier night to compare with."]
    else:
        gap = (pd.Timestamp(facts["day"]) - pd.Timestamp(baseline["day"])).days
        since = f"## Since {baseline['day']}"
        blocks.append(since if gap == 1 else f"{since} ({gap} days; none between has dumps)")
        blocks += ([] if in_parts else _changes(tables, watched)) + _exits(moves)
    if facts["verdict"]["suspects"] is not None:
        blocks += ["## Suspects", *_suspects(tables, suspects_before)]
    blocks += _assertions(tables["assertions"]) + _own_views(tables) + _provenance(facts)
    return "\n\n".join(blocks) + "\n"
