"""The tables of all nights, read back: whatever version of the columns they were written with."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rib.batch.columns import COLUMNS, SCHEMA_VERSION, VERSION_KEY, shaped
from rib.batch.layout import Layout
from rib.exceptions import StorageError, UnsupportedStorageError
from rib.table.arrays import to_frame

__all__ = ["as_day", "nights", "opened", "read_history", "rows_of"]

#: By version: what makes rows of it, of the table named, rows of the next. Columns that are only new need
#: no step: they are null in older rows.
STEPS: dict[int, Callable[[str, pa.Table], pa.Table]] = {}


def read_history(
    folder: str | os.PathLike[str],
    table: str,
    *,
    first: date | str | None = None,
    last: date | str | None = None,
) -> pd.DataFrame:
    """Read a table of the history that ``rib nightly`` keeps.

    Parameters
    ----------
    folder : str or path-like
        The ``output`` of the config.
    table : str
        ``diversity_prefix``, ``diversity_origin``, ``diversity_change``, ``upstreams``, ``exits``,
        ``exit_shares``, ``failures``, ``suspects``, ``assertions``, ``receipts`` or ``registries``.
    first, last : date or str, optional
        Nights to read, both included, as dates or ISO 8601 text. Default: all.

    Returns
    -------
    pandas.DataFrame
        ``day`` (date, not null) and the columns of the table (docs/nightly.md), by day and then in
        the order of the analysis that made them. Rows of nights written before a column was there
        have null in it. Only nights that are complete.

    Raises
    ------
    FileNotFoundError
        No such folder.
    StorageError
        The folder is not one of ``rib nightly``, or a file in it is damaged.
    UnsupportedStorageError
        A file was written by a later rib.
    ValueError
        Another table, or a day that is none.

    Notes
    -----
    O(rows read). The files are Parquet, partitioned by day: DuckDB, Polars and Spark read them without
    rib, as docs/nightly.md shows.

    Examples
    --------
    >>> import rib
    >>> rib.read_history("no-such-folder", "suspects")
    Traceback (most recent call last):
      ...
    FileNotFoundError: [Errno 2] No such file or directory: 'no-such-folder'
    """
    if table not in COLUMNS:
        raise ValueError(f"table={table!r}: expected one of {', '.join(COLUMNS)}")
    begin, end = (
        None if given is None else as_day(name, given)
        for name, given in (("first", first), ("last", last))
    )
    layout = opened(folder)
    complete = set(layout.finished())
    days = pa.field("day", pa.date32(), nullable=False)
    schema = pa.schema([days, *COLUMNS[table]])
    parts = [schema.empty_table()]
    for day, path in layout.parts(table):
        if day in complete and (begin is None or begin <= day) and (end is None or day <= end):
            rows = _read(path, table)
            column = pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows)
            parts.append(pa.table([column, *rows.columns], schema=schema))
    return to_frame(pa.concat_tables(parts).combine_chunks())


def nights(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """List the nights of a history.

    Parameters
    ----------
    folder : str or path-like
        The ``output`` of the config.

    Returns
    -------
    pandas.DataFrame
        One row per night that is complete, by ``day``: what it is compared with (``since``, null for
        the first), ``n_dumps``, ``n_routes``, ``assertions``, ``assertions_failed``, ``suspects``,
        ``highest_score``, ``problems`` (inputs that failed or were absent), ``bytes`` of its rows on disk.
    """
    from rib.batch.provenance import read_night

    layout = opened(folder)
    rows: list[dict[str, Any]] = []
    for day in layout.finished():
        facts = read_night(layout.night(day) / "night.json")
        if facts is None:
            raise StorageError(f"{layout.night(day)}: night.json is damaged", str(folder))
        verdict, baseline = facts["verdict"], facts["baseline"]
        receipts = _read(layout.part("receipts", day), "receipts")
        sizes = [p.stat().st_size for t in layout.tables() if (p := layout.part(t, day)).is_file()]
        kept = [n for n in receipts.column("routes_kept").to_pylist() if n is not None]
        rows.append(
            {
                "day": day,
                "since": None if baseline is None else date.fromisoformat(baseline["day"]),
                "n_dumps": len(kept),
                "n_routes": sum(kept),
                "assertions": verdict["assertions"],
                "assertions_failed": verdict["assertions_failed"],
                "suspects": verdict["suspects"],
                "highest_score": verdict["highest_score"],
                "problems": len(verdict["problems"]) + len(verdict.get("absent", [])),
                "bytes": sum(sizes),
            }
        )
    return to_frame(pa.Table.from_pylist(rows, _NIGHTS))


_NIGHTS = pa.schema(
    [
        ("day", pa.date32()),
        ("since", pa.date32()),
        ("n_dumps", pa.uint32()),
        ("n_routes", pa.uint64()),
        ("assertions", pa.uint32()),
        ("assertions_failed", pa.uint32()),
        ("suspects", pa.uint32()),
        ("highest_score", pa.uint8()),
        ("problems", pa.uint32()),
        ("bytes", pa.uint64()),
    ]
)


def as_day(name: str, given: date | str) -> date:
    """Give a day that is a date or ISO 8601 text."""
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise ValueError(f"{name}={given!r}: expected a day, like '2025-01-21'") from None


def opened(folder: str | os.PathLike[str]) -> Layout:
    """Give the folders of a history, or say that it is none."""
    layout = Layout(folder)
    if not Path(folder).is_dir():
        raise FileNotFoundError(2, os.strerror(2), os.fspath(folder))
    if not layout.is_ours:
        raise StorageError(
            f"{folder}: expected the output folder of rib nightly, found another", str(folder)
        )
    return layout


def rows_of(layout: Layout, table: str, day: date) -> pa.Table:
    """Read the rows of a night; none where it has no such table."""
    path = layout.part(table, day)
    return _read(path, table) if path.is_file() else shaped(table, None)


def _read(path: Path, table: str) -> pa.Table:
    """Read the rows of a night in the columns of today."""
    try:
        rows = pq.ParquetFile(path).read()
        version = int((rows.schema.metadata or {}).get(VERSION_KEY, b"0"))
    except (pa.ArrowInvalid, ValueError) as error:
        raise StorageError(f"{path}: damaged: {error}", str(path)) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise StorageError(f"{path}: damaged: {error}", str(path)) from None
    if version > SCHEMA_VERSION:
        raise UnsupportedStorageError(
            f"{path}: expected columns of version {SCHEMA_VERSION} at most, found {version}",
            str(path),
        )
    for step in range(version, SCHEMA_VERSION):
        if step in STEPS:
            rows = STEPS[step](table, rows)
    return shaped(table, rows)
