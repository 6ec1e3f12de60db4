"""Columns as text, for CSV and JSON: whole columns at a time, each distinct label once.

A table of routes refers to its AS paths and attribute sets by dictionary codes. Spelling the
dictionaries first and the rows after makes a row cost a gather, not an encoder's work.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["csv_chunks", "json_chunks"]

_NULL = pa.scalar("null", pa.large_utf8())


def csv_chunks(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """Give the table in parts whose cells are plain: lists joined by spaces, nested ones as JSON."""
    table = _relabelled(table, _plain_cells)
    for start in range(0, max(table.num_rows, 1), rows):
        part = table.slice(start, rows)
        yield pa.table({n: _plain_cells(_decoded(_one(part.column(n)))) for n in part.column_names})


def json_chunks(table: pa.Table, rows: int) -> Iterator[memoryview | bytes]:
    """Give the table as JSON Lines in parts.

    Absent and not-a-number are null, bytes hexadecimal, times ISO 8601 in UTC.
    """
    if not table.num_columns:
        return
    ready = {n for n in table.column_names if pa.types.is_dictionary(table.schema.field(n).type)}
    table = _relabelled(table, _json_cells)
    for start in range(0, table.num_rows, rows):
        part = table.slice(start, rows)
        pieces: list[Any] = []
        for n, name in enumerate(part.column_names):
            lead = ("," if n else "{") + json.dumps(name, ensure_ascii=False) + ":"
            pieces.append(pa.scalar(lead, pa.large_utf8()))
            column = _decoded(_one(part.column(name)))
            cells = column if name in ready else _json_cells(column)
            pieces.append(pc.fill_null(cells.cast(pa.large_utf8()), _NULL))
        pieces.append(pa.scalar("}\n", pa.large_utf8()))
        lines = pc.binary_join_element_wise(*pieces, pa.scalar("", pa.large_utf8()))
        # The lines of a fresh array lie end to end in its data buffer.
        yield memoryview(lines.buffers()[2])[: pc.sum(pc.binary_length(lines)).as_py()]


def _one(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.combine_chunks()


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _relabelled(table: pa.Table, spell: Callable[[pa.Array], pa.Array]) -> pa.Table:
    """Spell the dictionaries of a table, its codes untouched."""
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            whole = _one(column)
            column = pa.DictionaryArray.from_arrays(whole.indices, spell(whole.dictionary))
        columns[name] = column
    return pa.table(columns)


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _each(column: pa.Array, encode: Callable[[Any], str]) -> pa.Array:
    """Encode value by value: what no kernel does."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.utf8())
    return pa.array([None if v is None else encode(v) for v in column.to_pylist()], pa.utf8())


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode


def _plain_cells(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_list(kind) and _is_simple(kind.value_type):
        return pc.binary_join(column.cast(pa.list_(pa.utf8())), " ")
    if pa.types.is_nested(kind) or _is_bytes(kind):
        return _each(column, _encode)
    return column


def _is_simple(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_string(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _json_cells(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return column.cast(pa.utf8())
    if pa.types.is_floating(kind):
        finite = pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind))
        return finite.cast(pa.utf8())
    if pa.types.is_timestamp(kind):
        text = pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
        return pc.binary_join_element_wise('"', text, '"', "")
    if pa.types.is_list(kind) and pa.types.is_integer(kind.value_type):
        joined = pc.binary_join(column.cast(pa.list_(pa.utf8())), ",")
        return pc.binary_join_element_wise("[", joined, "]", "")
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        labels = column.dictionary_encode()
        return _each(labels.dictionary, _encode).take(labels.indices)
    return _each(column, _encode)
