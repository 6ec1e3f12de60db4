"""Numbers, names and tables as text: shared by the page and its Markdown twin."""

import unicodedata
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa

__all__ = [
    "CONSEQUENCES",
    "DASH",
    "Grid",
    "Names",
    "clean",
    "count",
    "decimal",
    "listed",
    "many",
    "percent",
    "records",
    "size",
]

#: Stands in a cell for what is absent.
DASH = "\u2013"
#: What cannot be told without a registry, by its kind.
CONSEQUENCES = {
    "vrps": "ROV states are empty",
    "irr": "IRR states are empty",
    "organisations": "siblings cannot be recognised",
    "relationships": "customer and provider cannot be told apart",
    "delegations": "unallocated space cannot be recognised",
    "bogons": "bogons that only full lists have cannot be recognised",
}


def clean(text: Any, limit: int = 300) -> str:
    """Give text from outside without characters that hide, reorder or break lines.

    Control and format characters (Unicode category C, the bidirectional overrides among them)
    become U+FFFD. Markup is escaped later, by the template.
    """
    shown = "".join("\ufffd" if unicodedata.category(c)[0] == "C" else c for c in str(text))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def count(value: Any) -> str:
    """Write an integer with thousands separators; a dash where it is absent."""
    return DASH if value is None or pd.isna(value) else f"{int(value):,}"


def many(n: int, what: str) -> str:
    """Write ``1 issue``, ``2 issues``, ``2 VP ASes``."""
    ending = "" if n == 1 else "es" if what.endswith("AS") else "s"
    return f"{n:,} {what}{ending}"


def decimal(value: Any, places: int = 2) -> str:
    """Write a number with fixed places; a dash where it is absent."""
    return DASH if value is None or pd.isna(value) else f"{float(value):,.{places}f}"


def percent(value: Any) -> str:
    """Write a share; anything above nothing and below all never rounds to 0 % or 100 %."""
    if value is None or pd.isna(value):
        return DASH
    share = float(value)
    if 0 < share < 0.0005:
        return "<0.1 %"
    if 0.9995 <= share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %"


def size(n_bytes: int) -> str:
    """Write bytes with a binary unit."""
    if n_bytes < 1024:
        return f"{n_bytes} B"
    power = min((n_bytes.bit_length() - 1) // 10, 3)
    return f"{n_bytes / 1024**power:,.1f} {('KiB', 'MiB', 'GiB')[power - 1]}"


def listed(items: Any, n: int, how: Any = str) -> str:
    """Write the first ``n`` items and how many more there are; a dash for none."""
    given = [] if items is None else list(items)
    if not given:
        return DASH
    text = ", ".join(how(i) for i in given[:n])
    return text if len(given) <= n else f"{text} and {len(given) - n:,} more"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a few rows as plain dicts, lists and structs included."""
    rows: list[dict[str, Any]] = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return rows


@dataclass(frozen=True)
class Grid:
    """A table of the report. ``columns`` are titles; those in ``numeric`` align right.

    ``brief`` is how many rows its Markdown twin shows: none, unless a reader of mail needs them.
    ``anchors`` are the ids that the first rows lead to, empty where a row leads nowhere.
    """

    caption: str
    columns: list[str]
    rows: list[list[str]]
    numeric: frozenset[int] = field(default_factory=frozenset)
    note: str = ""
    brief: int = 0
    anchors: tuple[str, ...] = ()


class Names:
    """How AS numbers are written: with the name of the organisation where it is known."""

    def __init__(self, organisations: Any = None) -> None:
        self._organisations = organisations

    def asn(self, asn: Any) -> str:
        """Write ``AS213394``, or a dash for none."""
        return DASH if asn is None or pd.isna(asn) else f"AS{int(asn)}"

    def long(self, asn: Any) -> str:
        """Write ``AS213394 (NAME)`` where the name is known."""
        short = self.asn(asn)
        if short == DASH or self._organisations is None:
            return short
        name = self._organisations.name(int(asn))
        return f"{short} ({clean(name, 60)})" if name else short
