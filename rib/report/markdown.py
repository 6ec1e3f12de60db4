"""The report as Markdown, for mail and chat: the same order, short, without what only charts show."""

import re
from typing import Any

from rib.report.judged import Event
from rib.report.loaded import Loaded
from rib.report.routing import Section
from rib.report.wording import DASH, Grid

__all__ = ["escaped", "markdown"]

_N_EVENTS = 5


def escaped(text: Any) -> str:
    """Escape text so that Markdown shows it as it is: markup, table bars and addresses included."""
    plain = re.sub(r"([\\`*_{}\[\]<>#|~!&$])", r"\\\1", str(text))
    # A bare address would become a link, and a name after "@" would call somebody in chats: an
    # invisible joiner keeps them apart.
    plain = plain.replace("@", "@\u2060")
    return re.sub(r"(?i)\b(https?|ftp|www)(?=[:.])", r"\1\\", plain)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(grid: Grid) -> list[str]:
    """Write the rows that a reader of mail needs; nothing of a table of which that is none."""
    rows = grid.rows[: grid.brief]
    if not rows:
        return []
    rules = ["---:" if n in grid.numeric else "---" for n in range(len(grid.columns))]
    lines = [_line([escaped(c) for c in row]) for row in rows]
    table = "\n".join([_line([escaped(c) for c in grid.columns]), _line(rules), *lines])
    blocks = [f"**{escaped(grid.caption)}**", table]
    if len(grid.rows) > len(rows):
        blocks.append(f"{len(grid.rows) - len(rows):,} more rows are in report.html.")
    return blocks + ([escaped(grid.note)] if grid.note else [])


def _tiles(tiles: list[tuple[str, str, str]]) -> list[str]:
    return _bullets(
        [f"{name}: {value}" + (f" ({more})" if more else "") for name, value, more in tiles]
    )


def _bullets(lines: list[str]) -> list[str]:
    return ["\n".join(f"* {escaped(line)}" for line in lines)] if lines else []


def _event(event: Event) -> str:
    facts = "; ".join(f"{name.lower()} {value}" for name, value in event.facts if value != DASH)
    clears = "; ".join(event.would_clear)
    return f"Score {event.score}, {event.kind}: {facts}." + (
        f" Would clear it: {clears}." if clears else ""
    )


def _events(events: list[Event]) -> list[str]:
    more = len(events) - _N_EVENTS
    left = f"Shown are the first {_N_EVENTS}, without their evidence." if more > 0 else ""
    return [*_bullets([_event(e) for e in events[:_N_EVENTS]]), *([left] if left else [])]


def markdown(
    title: str,
    *,
    loaded: Loaded,
    sections: list[Section],
    events: list[Event],
    files: Grid,
) -> str:
    """Write the report as Markdown."""
    blocks = [
        f"# {escaped(title)}",
        *_bullets([f"Warning: {text}" for text in loaded.warnings]),
        f"Routes of {escaped(loaded.span)}. Charts, evidence and the whole tables are in report.html.",
        f"**{'OK' if loaded.ok else 'NOT OK'}.** {escaped(loaded.state)}",
    ]
    for section in sections:
        if section.anchor == "explained":
            continue
        blocks += [f"## {escaped(section.title)}", *_tiles(section.tiles)]
        blocks += [escaped(s) for s in section.lead]
        if section.anchor == "suspects":
            blocks += _events(events)
        else:
            for grid in section.grids:
                blocks += _table(grid)
    blocks += ["## What was loaded", *_tiles(loaded.tiles)]
    for grid in loaded.grids:
        blocks += _table(grid)
    blocks += [escaped(loaded.view), *_bullets(loaded.missing)]
    blocks.append(f"Files: {', '.join(escaped(row[0]) for row in files.rows)}.")
    return "\n\n".join(blocks) + "\n"
