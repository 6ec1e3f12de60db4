"""Events for people: a line each, or one as a page."""

import shutil
import sys
import textwrap
from typing import Any

import pandas as pd
import pyarrow as pa

from rib.report.findings import SUSPECT_SCORE
from rib.report.judged import kind_words
from rib.report.wording import Names, clean, listed, many, records
from rib.table.arrays import to_frame

__all__ = ["brief", "page"]

#: Columns of text where no terminal says how many there are.
_WIDTH = 100
#: Between columns of a table, and before the first.
_GAP, _MARGIN = 3, 2
_LEAST_WHY = 16
_LABEL = 14


def _width() -> int:
    """Columns to fill: those of the terminal, or as many as a mail or a log shows."""
    return shutil.get_terminal_size((_WIDTH, 0)).columns if sys.stdout.isatty() else _WIDTH


def _why(event: dict[str, Any], room: int) -> str:
    """Say what explains an event, or what speaks against it, the heaviest first, in so many columns."""
    if event["explained_by"]:
        return clean("; ".join(event["explained_by"]), room)
    heaviest = sorted(event["evidence"] or [], key=lambda term: -term["weight"])
    return clean(", ".join(clean(t["rule"]) for t in heaviest if t["weight"] > 0), room)


def brief(events: pd.DataFrame) -> pd.DataFrame:
    """Give one line per event, no wider than a terminal: which, how bad, how far it got, and why.

    The name of an event is its kind, first prefix and newcomers, so that these have no columns;
    ``more`` counts the prefixes after the first.
    """
    rows, names = records(events), Names()
    columns: dict[str, list[Any]] = {
        "event": [clean(row["event_id"]) for row in rows],
        "score": [row["score"] for row in rows],
        "more": [len(row["prefixes"]) - 1 or None for row in rows],
        "incumbent": [listed(row["incumbents"], 1, names.asn) for row in rows],
        "VPs": [row["n_vps"] for row in rows],
    }
    wide = (max(len(str(cell)) for cell in (name, *cells)) for name, cells in columns.items())
    room = max(_width() - _MARGIN - sum(_GAP + n for n in wide), _LEAST_WHY)
    columns["why"] = [_why(row, room) for row in rows]
    kinds = {"more": pa.uint32(), "VPs": pa.uint32(), "score": pa.float64()}
    frame = to_frame(
        pa.table(
            {name: pa.array(cells, kinds.get(name, pa.utf8())) for name, cells in columns.items()}
        )
    )
    frame.attrs.update(events.attrs)
    return frame


def page(event: pd.DataFrame, names: Names) -> str:
    """Write the event of a frame's one row: facts, each term of the score, and what would clear it."""
    [row] = records(event)
    score = float(row["score"])
    verdict = "a suspect" if score >= SUSPECT_SCORE else f"no suspect (below {SUSPECT_SCORE})"
    facts = [
        ("kind", kind_words(str(row["kind"]))),
        ("score", f"{score:g} of 100: {verdict}; confidence {row['confidence']} of 100"),
        ("prefixes", f"{len(row['prefixes']):,}: {', '.join(map(clean, row['prefixes']))}"),
        ("incumbents", listed(row["incumbents"], len(row["incumbents"]), names.long)),
        ("newcomers", listed(row["newcomers"], len(row["newcomers"]), names.long)),
        ("seen by", _seen_by(row, names)),
        ("tags", listed(row["tags"], len(row["tags"]), clean)),
    ]
    lines = [clean(row["event_id"]), ""]
    for name, value in facts:
        lines += _wrapped(value, f"{name:<{_LABEL}}")
    lines += ["", *_evidence(row["evidence"] or [], score)]
    for title, items in (("explained by", "explained_by"), ("would clear it", "would_clear")):
        lines += ["", f"{title}:" if row[items] else f"{title}: nothing listed"]
        for item in row[items] or []:
            lines += _wrapped(clean(item), "  * ")
    return "\n".join(lines) + "\n"


def _seen_by(row: dict[str, Any], names: Names) -> str:
    vps = row.get("vp_ases") or []
    text = many(int(row["n_vps"]), "VP AS")
    return f"{text}: {', '.join(map(names.asn, vps))}" if vps else text


def _evidence(terms: list[dict[str, Any]], score: float) -> list[str]:
    """Give each term with its weight and the sum so far, and how the sum becomes the score."""
    lines = ["weight    sum  evidence"]
    total = 0.0
    for term in terms:
        total += float(term["weight"] or 0)
        where = ", ".join(clean(v, 80) for v in (term["source"], term["date"]) if v is not None)
        head = f"{term['weight'] or 0:>+6g} {total:>6g}  {clean(term['rule'])}"
        lines.append(f"{head} ({where})" if where else head)
        lines += _wrapped(clean(term["value"] or ""), " " * _LABEL + "  ")
    cut = "" if total == score else f", cut to {score:g}"
    return [*lines, f"score: the sum {total:g}{cut}"]


def _wrapped(text: str, lead: str) -> list[str]:
    """Break a text into lines behind a label, later ones indented as far."""
    return textwrap.wrap(
        text,
        max(_width(), 2 * _LABEL + _LEAST_WHY),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_on_hyphens=False,
    ) or [lead.rstrip()]
