"""Results as text or files: ``--format`` and ``--output``."""

import contextlib
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import typer

from rib.cli.layout import text_chunks
from rib.cli.outcome import say, writing
from rib.cli.spelling import csv_chunks, json_chunks
from rib.table.files import replacing

__all__ = [
    "Form",
    "Format",
    "Limit",
    "Output",
    "check",
    "check_output",
    "say_warnings",
    "sink",
    "write",
]

_CHUNK = 50_000
#: Rows of a table for the eye; other formats give everything.
_SHOWN = 50


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


Form = Annotated[Format, typer.Option("--format", "-f")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="write here, whole or not at all"),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", "-n", min=0, help=f"at most so many rows (table: {_SHOWN}; 0 or others: all)"
    ),
]


def check(form: StrEnum, output: Path | None) -> None:
    """Refuse what cannot be written before anything is read."""
    if form.value == "parquet" and output is None:
        raise typer.BadParameter("parquet is a file format: name the file with --output")
    if form.value == "arrow" and output is None and sys.stdout.isatty():
        raise typer.BadParameter("arrow is binary: name a file with --output, or pipe it")
    check_output(output)


def check_output(output: Path | None) -> None:
    """Refuse a file that cannot be there."""
    if output is not None and output.is_dir():
        raise typer.BadParameter(f"--output {output}: a directory is there, expected a file")
    if output is not None and not output.parent.is_dir():
        raise typer.BadParameter(f"--output {output}: the directory {output.parent} does not exist")


@contextlib.contextmanager
def sink(output: Path | None) -> Iterator[IO[bytes]]:
    """Open the named file (renamed into place at the end) or stdout, for bytes."""
    with writing(output):
        if output is None:
            sys.stdout.flush()
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        with replacing(output) as path, path.open("wb") as stream:
            yield stream


def say_warnings(frame: pd.DataFrame) -> None:
    """Say what an analysis warns of, before its result: an empty registry explains all of it."""
    for text in frame.attrs.get("warnings", ()):
        say(f"warning: {text}")


def write(
    frame: pd.DataFrame | pa.Table, form: Format, output: Path | None, limit: int | None = None
) -> None:
    """Write a result, after what its analysis warns of."""
    if isinstance(frame, pd.DataFrame):
        say_warnings(frame)
    table = (
        frame
        if isinstance(frame, pa.Table)
        else pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    )
    shown = _SHOWN if limit is None and form is Format.TABLE else limit
    rest = table.num_rows - shown if shown else 0
    if rest > 0:
        table = table.slice(0, shown)
    with sink(output) as stream:
        if form is Format.TABLE:
            to_terminal = output is None and sys.stdout.isatty()
            for text in text_chunks(table, to_terminal=to_terminal):
                stream.write(text)
        elif form is Format.ARROW:
            with pa.ipc.new_stream(stream, table.schema) as writer:
                writer.write_table(table, max_chunksize=_CHUNK)
        elif form is Format.PARQUET:
            _parquet(table, stream)
        elif form is Format.JSON:
            for lines in json_chunks(table, _CHUNK):
                stream.write(lines)
        else:
            for n, part in enumerate(csv_chunks(table, _CHUNK)):
                pacsv.write_csv(part, stream, pacsv.WriteOptions(include_header=n == 0))
    if rest > 0:
        say(f"{rest:,} more rows: --limit 0 or another --format shows them all")


def _parquet(table: pa.Table, stream: IO[bytes]) -> None:
    """Write Parquet with labels as values: not every reader has dictionaries of lists."""
    writer = None
    for start in range(0, max(table.num_rows, 1), _CHUNK):
        part = table.slice(start, _CHUNK)
        part = pa.table({name: _decoded(part.column(name)) for name in part.column_names})
        writer = writer or pq.ParquetWriter(stream, part.schema)
        writer.write_table(part)
    if writer is not None:
        writer.close()


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        return column
    return pa.chunked_array([c.dictionary_decode() for c in column.chunks], column.type.value_type)
