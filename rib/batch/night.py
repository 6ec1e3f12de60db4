"""One night: from dumps to tables, reports, words and the file that says it is complete."""

import json
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Any

import pyarrow as pa

from rib.batch import asserted
from rib.batch.assertions import check_all, failed, hegemony_in, hegemony_of
from rib.batch.columns import write_part
from rib.batch.config import Config
from rib.batch.history import rows_of
from rib.batch.inputs import Fetched, Held
from rib.batch.layout import Layout
from rib.batch.measures import View, gathered, measure, policy_of, receipts, registry_rows
from rib.batch.parts import Parts
from rib.batch.plan import COLLECTORS, Night, Problem
from rib.batch.publish import staged
from rib.batch.story import moved_exits, story
from rib.exceptions import StorageError
from rib.report.findings import SUSPECT_SCORE, Findings
from rib.report.routing import Section
from rib.report.wording import clean
from rib.report.write import write_found
from rib.table.files import replacing
from rib.table.rib import Rib

__all__ = ["Made", "make_night"]


@dataclass(frozen=True)
class Made:
    """What a night is made of: its tables by view, those of the night before, registries, problems.

    With ``parts`` the collectors have no table. ``absent`` are sources that gave nothing to read.
    """

    night: Night
    fetched: list[Fetched]
    tables: dict[str, Rib]
    parts: Parts | None
    before: dict[str, Rib]
    registries: Held
    problems: list[Problem]
    absent: list[Problem]
    facts: dict[str, Any]


def _own(config: Config) -> Any:
    watch = config.watch
    if watch.prefixes:
        return {
            "prefixes": watch.prefixes,
            "origins": watch.origins,
            "upstreams": watch.upstreams,
        }
    return watch.origins or None


def _measured(config: Config, made: Made) -> tuple[dict[str, Findings], dict[str, pa.Table]]:
    """Measure every view; give what its report is written from, and the tables of all together."""
    policies = {view.name: view.policy for view in config.own_view}
    found: dict[str, Findings] = {}
    parts = [] if made.parts is None else [made.parts.tables]
    for name, table in made.tables.items():
        path = policies.get(name)
        policy = policy_of(None if path is None else config.located(path))
        view = View(name, table, policy)
        before = made.before.get(name)
        found[name], part = measure(view, before, made.registries.given, _own(config))
        parts.append(part)
    return found, gathered(parts)


def _origins(found: dict[str, Findings]) -> pa.Table | None:
    if COLLECTORS not in found:
        return None
    return pa.Table.from_pandas(found[COLLECTORS].origins, preserve_index=False)


def _hegemony(made: Made) -> Any:
    if made.parts is not None:
        return hegemony_in(made.parts.hegemony)
    return hegemony_of(made.tables.get(COLLECTORS))


def _found(row: dict[str, Any]) -> str:
    if row["passed"] is None:
        return f"; {row['evidence'] or 'nothing to tell by'}"
    return f", found {row['found'] or 'nothing'}"


def _verdict(config: Config, made: Made, tables: dict[str, pa.Table]) -> dict[str, Any]:
    scores = tables["suspects"].column("score").to_pylist()
    highest = max(scores, default=0)
    lost = failed(tables["assertions"])
    findings = []
    threshold = config.thresholds.suspect_score
    if threshold is not None and highest >= threshold:
        n = sum(score >= threshold for score in scores)
        findings.append(f"{n} events score {threshold} or more, the highest {highest}")
    if lost:
        findings += [
            ("assertion cannot be told: " if r["passed"] is None else "assertion fails: ")
            + r["name"]
            + ("" if r["family"] is None else f" (IPv{r['family']})")
            + f": expected {r['expected']}{_found(r)}"
            for r in sorted(lost, key=lambda r: r["passed"] is None)
        ]
    return {
        "assertions": tables["assertions"].num_rows,
        "assertions_failed": len(lost),
        "assertions_unknown": sum(r["passed"] is None for r in lost),
        # Null where nothing was looked at: parts have no suspects, own views may.
        "suspects": sum(s >= SUSPECT_SCORE for s in scores) if made.tables else None,
        "highest_score": highest if made.tables else None,
        "findings": findings,
        "problems": [vars(problem) for problem in made.problems],
        # Apart: whether a source is still absent is for each run to say, not for a finished night.
        "absent": [vars(problem) for problem in made.absent],
    }


def _first_sections(made: Made, assertions: pa.Table) -> list[Section]:
    """Give what a page begins with: its banner speaks of what was read, so this says what was not."""
    problems = made.absent + made.problems
    lines = [clean(f"{problem.what}: {problem.text}.", 600) for problem in problems]
    lost = [Section("Inputs that failed", "inputs-that-failed", lines, [], [])] if lines else []
    return lost + asserted.sections(assertions)


def _read_part(layout: Layout, table: str, day: date | None) -> pa.Table | None:
    if day is None or not layout.part(table, day).is_file():
        return None
    try:
        return rows_of(layout, table, day)
    except (StorageError, OSError):
        # What is damaged there must not stop the nights to come; readers of the history name it.
        return None


def _moves(layout: Layout, tables: dict[str, pa.Table], day: date | None) -> Any:
    before = _read_part(layout, "exits", day)
    if before is None or not before.num_rows or not tables["exits"].num_rows:
        return None
    return moved_exits(before, tables["exits"])


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def make_night(config: Config, layout: Layout, made: Made) -> dict[str, Any]:
    """Make a night and publish it whole.

    Parameters
    ----------
    config : Config
        What is watched and asserted.
    layout : Layout
        The folder of results; on an error it is as it was.
    made : Made
        What the night is made of.

    Returns
    -------
    dict
        What `night.json` holds.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    day = made.night.day
    baseline = made.facts["baseline"]
    earlier = None if baseline is None else date.fromisoformat(baseline["day"])
    with staged(layout, day) as out:
        found, tables = _measured(config, made)
        tables["assertions"] = check_all(config.rules, tables, _origins(found), _hegemony(made))
        for name, of_view in found.items():
            folder = out.night(day) if name == COLLECTORS else out.night(day) / name
            # The collectors' page, or the first of our own where there is none.
            is_first = name == next(iter(found))
            first = _first_sections(made, tables["assertions"]) if is_first else []
            write_found(of_view, folder, first)
        lost = {problem.what: problem.text for problem in made.problems}
        tables["receipts"] = receipts(made.fetched, made.tables, made.parts, lost)
        tables["registries"] = registry_rows(made.registries.files)
        written = {}
        for name, table in sorted(tables.items()):
            part = out.part(name, day)
            write_part(name, table, part, day)
            with part.open("rb") as file:
                written[name] = {
                    "rows": table.num_rows,
                    "sha256": file_digest(file, "sha256").hexdigest(),
                }
        verdict = _verdict(config, made, tables)
        facts = {**made.facts, "verdict": verdict, "tables": written}
        words = story(
            facts,
            tables,
            watched=config.watch.origins,
            suspects_before=_read_part(layout, "suspects", earlier),
            moves=_moves(layout, tables, earlier),
            problems=made.absent + made.problems,
        )
        _write_text(out.night(day) / "night.md", words)
        night = out.night(day)
        facts["files"] = sorted(
            path.relative_to(night).as_posix() for path in night.rglob("*") if path.is_file()
        )
        text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
        _write_text(out.night(day) / "night.json", text)
    return facts
