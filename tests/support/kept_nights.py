"""Nights of a history from rows that are written down, without dumps."""

import pyarrow as pa

from rib.batch.columns import COLUMNS, write_part
from rib.batch.layout import Layout

__all__ = ["kept"]


def kept(folder, day, **tables):
    """Write a night of rows as dicts; columns left out are null."""
    layout = Layout(folder)
    layout.make()
    for name, rows in tables.items():
        table = pa.Table.from_pylist(rows, COLUMNS[name])
        write_part(name, table, layout.part(name, day), day)
    layout.night(day).mkdir(parents=True)
    (layout.night(day) / "night.json").write_text("{}")
