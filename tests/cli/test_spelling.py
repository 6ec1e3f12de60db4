"""Columns as CSV cells and JSON lines."""

import datetime as dt
import io
import json
import math

import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from rib.cli.spelling import csv_chunks, json_chunks

_TABLE = pa.table(
    {
        'odd "name"': pa.array(["plain", 'quote " and \\ and \n', None, "東京 \u2028"]),
        "label": pa.array(["b", "a", None, "b"]).dictionary_encode(),
        "number": pa.array([0, 4294967295, None, 7], pa.uint32()),
        "share": pa.array([0.25, 1e-9, math.nan, math.inf]),
        "flag": pa.array([True, False, None, True]),
        "time": pa.array([0, 1737460800, None, 1], pa.timestamp("s", tz="UTC")),
        "asns": pa.array([[1, 2], [], None, [3]], pa.list_(pa.uint32())),
        "words": pa.array([["a b", '"'], [], None, ["c"]]),
        "shared": pa.DictionaryArray.from_arrays(
            pa.array([0, 1, None, 0], pa.int32()), pa.array([[1, 2], [3]], pa.list_(pa.uint32()))
        ),
        "bytes": pa.array([b"\x00\xff", b"", None, b"a"]),
        "nested": pa.array([[{"rule": "x", "weight": 1}], [], None, [{"rule": "y", "weight": -2}]]),
    }
)


def _expected(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_json_chunks_are_what_an_encoder_writes(rows: int):
    """Each line reads back as its row, whatever the size of a part."""
    text = b"".join(json_chunks(_TABLE, rows)).decode()
    found = [json.loads(line) for line in text.split("\n")[:-1]]
    expected = [{k: _expected(v) for k, v in row.items()} for row in _TABLE.to_pylist()]
    assert expected == found


def test_json_chunks_of_nothing_are_nothing():
    """No rows, no lines."""
    assert b"" == b"".join(json_chunks(_TABLE.slice(0, 0), 10))


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_csv_chunks_join_lists(rows: int):
    """Lists of numbers are joined by spaces, nested ones are JSON, absent ones empty."""
    stream = io.BytesIO()
    for n, part in enumerate(csv_chunks(_TABLE, rows)):
        pacsv.write_csv(part, stream, pacsv.WriteOptions(include_header=n == 0))
    stream.seek(0)
    found = pacsv.read_csv(
        stream,
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(("asns", "shared", "nested"), pa.utf8()),
        ),
    )
    assert ["1 2", "", "", "3"] == found.column("asns").to_pylist()
    assert ["1 2", "3", "", "1 2"] == found.column("shared").to_pylist()
    assert [{"rule": "x", "weight": 1}] == json.loads(found.column("nested")[0].as_py())


def test_csv_chunks_of_nothing_keep_the_header():
    """An empty table still gives its columns once."""
    assert [_TABLE.column_names] == [p.column_names for p in csv_chunks(_TABLE.slice(0, 0), 10)]
