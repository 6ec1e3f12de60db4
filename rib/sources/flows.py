"""Flow records of nfdump and pmacct as a stream of destinations and bytes."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.json as pajson
import pyarrow.parquet as pq

from rib.exceptions import FlowsError

__all__ = ["read_flows"]

_SCHEMA = pa.schema([("dst", pa.utf8()), ("bytes", pa.float64())])
_FORMATS = ("auto", "csv", "json", "parquet")
_BLOCK = 1 << 24

#: Names of the columns, lower case: ours, nfdump's (`-o csv`), pmacct's.
_DST = ("dst", "da", "dstaddr", "ip_dst", "dst_host", "dst_ip")
_BYTES = ("bytes", "ibyt", "inbytes", "in_bytes")

#: What nfdump writes below its rows: a title, the names of the totals, the totals.
_SUMMARY = re.compile(r"Summary|flows,bytes,packets,.*|[\d.]+(,[\d.]+){5}|")


def read_flows(
    path: str | Path,
    *,
    format: Literal["auto", "csv", "json", "parquet"] = "auto",  # noqa: A002, as the field calls it
) -> pa.RecordBatchReader:
    r"""Read flow records, whatever else they hold, as destinations and bytes.

    Parameters
    ----------
    path : str or Path
        CSV with a line of names, as ``nfdump -o csv`` (1.6 to 1.7) and pmacct's ``print_output: csv`` write it;
        JSON, an object per line, as pmacct's ``print_output: json``; or Parquet. The destination is the column
        ``dst``, ``da``, ``dstAddr``, ``ip_dst``, ``dst_host`` or ``dst_ip``, the bytes are ``bytes``, ``ibyt``, ``inBytes`` or
        ``in_bytes``, in any case. CSV and JSON may be compressed (``.gz``, ``.bz2``, ``.lz4``, ``.zst``).
    format : {"auto", "csv", "json", "parquet"}, default "auto"
        "auto" tells it by content.

    Returns
    -------
    pyarrow.RecordBatchReader
        Columns ``dst`` (str) and ``bytes`` (float64), read as they are asked for: for `rib.match_flows`,
        `rib.traffic_by_exit` and `rib.path_diversity`. It can be read once.

    Raises
    ------
    ValueError
        Another ``format``.
    FlowsError
        No column for the destination or the bytes, a line with more or fewer fields than names, bytes
        that are no number. What can be seen at the start is raised at once, the rest while reading.

    Notes
    -----
    The summary below the rows of nfdump, and what pmacct says of its own doing (objects without a
    destination and bytes), are passed over. Nothing else is: a line that cannot be read ends the reading. Bytes
    are those of the records: what a router samples, multiply first. O(1) memory.

    References
    ----------
    nfdump(1); pmacct CONFIG-KEYS, ``print_output``; RFC 7011 (IPFIX).

    Examples
    --------
    >>> import pathlib
    >>> import tempfile
    >>> import rib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "flows.csv")
    >>> _ = path.write_text("IP_DST,BYTES\n5.39.0.1,900\n")
    >>> rib.read_flows(path).read_all().to_pylist()
    [{'dst': '5.39.0.1', 'bytes': 900.0}]
    """
    if format not in _FORMATS:
        raise ValueError(f"format={format!r}: expected 'auto', 'csv', 'json' or 'parquet'")
    kind = _format_of(path) if format == "auto" else format
    batches = {"csv": _csv, "json": _json, "parquet": _parquet}[kind](path)
    # The first batch now, so that a file of another kind is said here.
    first = next(batches, None)
    return pa.RecordBatchReader.from_batches(_SCHEMA, _chain(first, batches))


def _chain(
    first: pa.RecordBatch | None, rest: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    if first is not None:
        yield first
    yield from rest


def _wrong(path: str | Path, what: object) -> FlowsError:
    return FlowsError(f"{path}: {what}")


def _format_of(path: str | Path) -> str:
    with Path(path).open("rb") as file:
        if file.read(4) == b"PAR1":
            return "parquet"
    with _opened(path) as text:
        start = text.read(4096).lstrip()
    return "json" if start[:1] == b"{" else "csv"


def _opened(path: str | Path) -> IO[bytes]:
    opened: IO[bytes] = pa.input_stream(str(path), compression="detect")
    return opened


def _column(path: str | Path, names: list[str], known: tuple[str, ...], what: str) -> str:
    """Give the name of the first of the known columns."""
    folded = {name.strip().lower(): name for name in reversed(names)}
    for name in known:
        if name in folded:
            return folded[name]
    given = ", ".join(names[:40]) or "none"
    raise _wrong(path, f"no column for the {what} ({', '.join(known)}) among: {given}")


def _batch(path: str | Path, dst: pa.Array, size: pa.Array) -> pa.RecordBatch:
    """Give one batch of the stream; objects with neither are passed over."""
    both = pc.and_(pc.is_null(dst), pc.is_null(size))
    if pc.any(both).as_py():
        keep = pc.invert(both)
        dst, size = dst.filter(keep), size.filter(keep)
    if size.null_count:
        raise _wrong(path, f"a flow to {dst.filter(pc.is_null(size))[0]} has no bytes")
    dst = dst.cast(pa.utf8())
    return pa.record_batch([dst, size.cast(pa.float64(), safe=False)], schema=_SCHEMA)


# -- CSV -----------------------------------------------------------------------------------------


def _csv(path: str | Path) -> Iterator[pa.RecordBatch]:
    with _opened(path) as stream:
        line = stream.read(1 << 16).partition(b"\n")[0]
    names = line.decode("utf-8", "replace").strip().split(",")
    dst = _column(path, names, _DST, "destination")
    size = _column(path, names, _BYTES, "bytes")
    odd: list[str] = []

    def on_odd_row(row: Any) -> str:
        if _SUMMARY.fullmatch(row.text.strip()):
            return "skip"
        odd.append(
            f"{row.actual_columns} fields where the first line has {row.expected_columns}: {row.text[:80]}"
        )
        return "error"

    try:
        reader = pacsv.open_csv(
            _opened(path),
            read_options=pacsv.ReadOptions(block_size=_BLOCK),
            parse_options=pacsv.ParseOptions(invalid_row_handler=on_odd_row),
            convert_options=pacsv.ConvertOptions(
                include_columns=[dst, size], column_types={dst: pa.utf8(), size: pa.float64()}
            ),
        )
        for batch in reader:
            yield _batch(path, pc.utf8_trim_whitespace(batch.column(0)), batch.column(1))
    except pa.ArrowException as error:
        raise _wrong(path, odd[0] if odd else error) from None


# -- JSON ----------------------------------------------------------------------------------------


def _json(path: str | Path) -> Iterator[pa.RecordBatch]:
    columns: tuple[str, str] | None = None
    first = 1
    for block in _blocks(path):
        try:
            if columns is None:
                names = pajson.read_json(io.BytesIO(block)).column_names
                columns = (
                    _column(path, names, _DST, "destination"),
                    _column(path, names, _BYTES, "bytes"),
                )
            schema = pa.schema([(columns[0], pa.utf8()), (columns[1], pa.float64())])
            options = pajson.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore"
            )
            table = pajson.read_json(io.BytesIO(block), parse_options=options)
        except pa.ArrowException as error:
            raise _wrong(path, f"lines from {first}: {error}") from None
        table = table.select(list(columns)).combine_chunks()
        for batch in table.to_batches():
            yield _batch(path, batch.column(0), batch.column(1))
        first += block.count(b"\n")


def _blocks(path: str | Path) -> Iterator[bytes]:
    """Give whole lines, some at a time."""
    rest = b""
    with _opened(path) as stream:
        while block := stream.read(_BLOCK):
            whole, newline, rest_of_block = block.rpartition(b"\n")
            if newline:
                yield rest + whole + newline
                rest = rest_of_block
            else:
                rest += block
    if rest.strip():
        yield rest + b"\n"


# -- Parquet -------------------------------------------------------------------------------------


def _parquet(path: str | Path) -> Iterator[pa.RecordBatch]:
    try:
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
        dst = _column(path, names, _DST, "destination")
        size = _column(path, names, _BYTES, "bytes")
        for batch in file.iter_batches(columns=[dst, size]):
            yield _batch(path, batch.column(dst), batch.column(size))
    except pa.ArrowException as error:
        raise _wrong(path, error) from None
