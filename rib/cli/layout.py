"""Rows as text for people: aligned columns, however many rows there are."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rib.report.wording import clean

__all__ = ["grid", "text_chunks"]

#: Rows that are laid out together and say how wide columns are; the rest follows in these widths.
_MEASURED = 100
_ROWS = 4_000
_GAP = "   "


def text_chunks(table: pa.Table, *, to_terminal: bool) -> Iterator[bytes]:
    """Give the table as aligned text in parts.

    Notes
    -----
    Memory is that of one part. A later cell that is wider than all of the first hundred rows
    shifts its own line.
    """
    numeric = [pa.types.is_integer(f.type) or pa.types.is_floating(f.type) for f in table.schema]
    head = [_cells(table.column(n).slice(0, _MEASURED)).to_pylist() for n in table.column_names]
    text = grid(
        table.column_names,
        map(list, zip(*head, strict=True)),
        numeric=numeric,
        # Lines folded to a terminal have no widths that further lines could keep.
        to_terminal=to_terminal and table.num_rows <= _MEASURED,
    )
    yield (text.strip("\n") + "\n").encode()
    width = [
        max(map(cell_len, [name, *cells]))
        for name, cells in zip(table.column_names, head, strict=True)
    ]
    for start in range(_MEASURED, table.num_rows, _ROWS):
        part = table.slice(start, _ROWS)
        padded = [
            (pc.utf8_lpad if right else pc.utf8_rpad)(_cells(column), width=wide)
            for column, wide, right in zip(part.columns, width, numeric, strict=True)
        ]
        lines = pc.utf8_rtrim(pc.binary_join_element_wise(*padded, _GAP), characters=" ")
        yield "".join(f"  {line}\n" for line in lines.to_pylist()).encode()


def _cells(column: pa.ChunkedArray) -> pa.Array:
    """Spell a column, each distinct value of a flat one or label once."""
    array = column.unify_dictionaries().combine_chunks()
    if pa.types.is_nested(array.type):
        return pa.array([_cell(value) for value in array.to_pylist()], pa.utf8())
    labels = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    # The labels of a whole table may be many more than a part of it uses.
    used = labels.indices.dictionary_encode()
    text = [_cell(value) for value in labels.dictionary.take(used.dictionary).to_pylist()]
    return pc.fill_null(pa.array(text, pa.utf8()).take(used.indices), "")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        shown = ", ".join(_cell(v) for v in value[:4])
        return shown + (f" (+{len(value) - 4})" if len(value) > 4 else "")
    if isinstance(value, dict):
        return " ".join(_cell(v) for v in value.values() if v is not None)
    return clean(value, 120)


def grid(
    columns: list[str],
    rows: Iterable[list[str]],
    *,
    numeric: list[bool],
    to_terminal: bool,
    title: str | None = None,
) -> str:
    """Lay out a few rows: as wide as the terminal, or as wide as it takes in a pipe."""
    shown = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
    for name, right in zip(columns, numeric, strict=True):
        shown.add_column(Text(name), justify="right" if right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    console = Console(
        width=None if to_terminal else 10_000, force_terminal=to_terminal, highlight=False
    )
    with console.capture() as capture:
        console.print(shown)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"
