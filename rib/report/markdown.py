"""The report as Markdown: the same sections, with what each chart says in place of the chart."""

import re
from typing import Any

from rib.report.judged import Event
from rib.report.loaded import Loaded
from rib.report.routing import Section
from rib.report.wording import Grid

__all__ = ["escaped", "markdown"]


def escaped(text: Any) -> str:
    """Escape text so that Markdown shows it as it is: markup, table bars and addresses included."""
    plain = re.sub(r"([\\`*_{}\[\]<>#|~!&$])", r"\\\1", str(text))
    # A bare address would become a link.
    return re.sub(r"(?i)\b(https?|ftp|www)(?=[:.])", r"\1\\", plain)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(grid: Grid) -> list[str]:
    rules = ["---:" if n in grid.numeric else "---" for n in range(len(grid.columns))]
    rows = [_line([escaped(c) for c in row]) for row in grid.rows]
    if not rows:
        rows = [_line(["None."] + [""] * (len(grid.columns) - 1))]
    table = "\n".join([_line([escaped(c) for c in grid.columns]), _line(rules), *rows])
    return [f"**{escaped(grid.caption)}**", table, *([escaped(grid.note)] if grid.note else [])]


def _bullets(lines: list[str]) -> list[str]:
    return ["\n".join(f"* {escaped(line)}" for line in lines)] if lines else []


def _charts(charts: list[Any]) -> list[str]:
    return _bullets([f"{c.title}. {c.alt} {c.note}".strip() for c in charts])


def _event(event: Event) -> list[str]:
    terms = Grid(
        "Evidence",
        ["Rule", "Found", "Weight", "Source", "Date"],
        [[t.rule, t.value, t.weight, t.source, t.date] for t in event.terms],
        frozenset({2}),
        f"{event.more_terms} more terms are in suspects.parquet." if event.more_terms else "",
    )
    return [
        f"### Score {event.score}: {escaped(event.kind)}",
        f"Event {escaped(event.name)}, confidence {escaped(event.confidence)}.",
        *_bullets([f"{name}: {value}" for name, value in event.facts]),
        *_table(terms),
        *(["Would clear it:", *_bullets(event.would_clear)] if event.would_clear else []),
    ]


def markdown(
    title: str,
    *,
    loaded: Loaded,
    sections: list[Section],
    events: list[Event],
    reading: list[str],
    files: Grid,
) -> str:
    """Write the report as Markdown."""
    blocks = [
        f"# {escaped(title)}",
        *_bullets([f"Warning: {text}" for text in loaded.warnings]),
        f"Routes of {escaped(loaded.span)}. The charts are in report.html; here is what they say.",
        "## What was loaded",
        f"**{'OK' if loaded.ok else 'NOT OK'}.** {escaped(loaded.state)}",
        *_bullets(
            [
                f"{name}: {value}" + (f" ({more})" if more else "")
                for name, value, more in loaded.tiles
            ]
        ),
    ]
    for grid in loaded.grids:
        blocks += _table(grid)
    blocks += ["### From whom", escaped(loaded.view), escaped(loaded.thresholds)]
    blocks += _charts(loaded.charts) + _table(loaded.peers)
    blocks += ["### Judged against what", *_table(loaded.registries), *_bullets(loaded.missing)]
    for section in sections:
        blocks += [f"## {escaped(section.title)}", *(escaped(s) for s in section.lead)]
        blocks += _charts(section.charts)
        for grid in section.grids:
            blocks += _table(grid)
        if section.anchor == "suspects":
            for event in events:
                blocks += _event(event)
    blocks += ["## How to read this", *_bullets(reading), *_table(files)]
    return "\n\n".join(blocks) + "\n"
