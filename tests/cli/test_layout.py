"""Tables for people: aligned, complete, and no larger in memory for being long."""

import datetime as dt
import tracemalloc

import pyarrow as pa
import pytest

from rib.cli.layout import text_chunks

NOON = dt.datetime(2025, 1, 21, 12, tzinfo=dt.UTC)


def lines(table, *, to_terminal=False):
    """Give the text as lines."""
    return b"".join(text_chunks(table, to_terminal=to_terminal)).decode().splitlines()


def many(n):
    """Make a table with a column of each kind."""
    label = pa.array([f"10.{100 + i // 100}.{100 + i % 100}.0/24" for i in range(n)])
    return pa.table(
        {
            "prefix": label.dictionary_encode(),
            "asn": pa.array([None if i % 7 == 3 else 64500 + i % 9 for i in range(n)], pa.uint32()),
            "share": [i / 3 for i in range(n)],
            "path": pa.array([list(range(i % 6)) for i in range(n)], pa.list_(pa.int64())),
            "set": pa.DictionaryArray.from_arrays(
                pa.array([i % 2 for i in range(n)], pa.int32()), [[1, 2], [3]]
            ),
            "flag": [i % 2 == 0 for i in range(n)],
            "time": pa.array([NOON + dt.timedelta(minutes=i) for i in range(n)]),
            "none": pa.nulls(n),
        }
    )


@pytest.mark.parametrize("n", [0, 1, 100, 101, 9000])
def test_text_has_every_row_in_the_same_columns(n):
    """Rows laid out together and rows that follow stand in the same columns, to the letter."""
    table = many(n)
    found = lines(table)
    assert n + 2 == len(found)
    head = found[0]
    at = {name: head.index(name) for name in table.column_names}
    for i, line in enumerate(found[2:]):
        row = table.slice(i, 1).to_pylist()[0]
        assert row["prefix"] == line[at["prefix"] :].split()[0]
        end = at["asn"] + len("asn")
        assert ("" if row["asn"] is None else str(row["asn"])) == line[end - 5 : end].strip()
        assert str(row["flag"]) == line[at["flag"] :].split()[0]
        assert "[" not in line
    assert not any(line.endswith(" ") for line in found)


def test_text_lays_out_long_tables_as_short_ones():
    """The first rows look the same whether or not more follow."""
    assert lines(many(100)) == lines(many(5000))[:102]


def test_wide_cell_shifts_its_own_line_only():
    """A cell wider than those measured is written whole."""
    table = pa.table({"name": ["a"] * 200 + ["b" * 100, "c"], "n": list(range(202))})
    found = lines(table)
    assert f"  {'b' * 100}   200" == found[-2]
    assert len(found[2]) + 1 == len(found[-1])


def test_cells_hide_what_moves_the_cursor():
    """Text from outside does not reach the terminal as it is, in no row."""
    table = pa.table({"name": ["plain"] * 150 + ["\x1b[2Jx"]})
    assert "\x1b" not in "".join(lines(table))


def test_text_takes_the_memory_of_a_part():
    """Ten times the rows take no more memory to write."""

    def peak(n):
        table = many(n)
        tracemalloc.start()
        for _ in text_chunks(table, to_terminal=False):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(5000)  # what is imported at first use does not count
    assert peak(50_000) < 1.5 * peak(5000)
