"""Assertions as rows of text: for the words of a night, and as the first section of its report."""

from typing import Any

import pyarrow as pa

from rib.batch.assertions import failed
from rib.report.routing import Section
from rib.report.wording import DASH, Grid, clean

__all__ = ["COLUMNS", "lead", "rows", "sections"]

COLUMNS = ["Result", "Rule", "Family", "Expected", "Found", "Evidence"]
_WORDS = {True: "pass", False: "FAIL", None: "UNKNOWN"}


def lead(assertions: pa.Table) -> str:
    """Say how many do not hold, how many of those cannot be told, or that all hold."""
    lost = failed(assertions)
    if not lost:
        return f"All {assertions.num_rows} hold."
    text = f"{len(lost)} of {assertions.num_rows} do not hold"
    unknown = sum(row["passed"] is None for row in lost)
    return f"{text}; {unknown} of these cannot be told." if unknown else f"{text}."


def rows(assertions: pa.Table) -> list[list[str]]:
    """Give a line per rule and family, those that do not hold first."""
    found: list[dict[str, Any]] = assertions.to_pylist()
    found.sort(key=lambda row: (bool(row["passed"]), row["number"]))
    return [
        [
            _WORDS[row["passed"]],
            clean(row["name"]),
            DASH if row["family"] is None else f"IPv{row['family']}",
            row["expected"],
            row["found"] or DASH,
            clean(row["evidence"]) or DASH,
        ]
        for row in found
    ]


def sections(assertions: pa.Table) -> list[Section]:
    """Give the section of a report; none where nothing is asserted."""
    if not assertions.num_rows:
        return []
    grid = Grid("Assertions, those that do not hold first", COLUMNS, rows(assertions), brief=50)
    return [Section("What must hold", "assertions", [lead(assertions)], [], [grid])]
