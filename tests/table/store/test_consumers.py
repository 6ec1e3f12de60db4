"""Polars, DuckDB and pyarrow take a table, and its parts, through the Arrow C stream interface."""

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from dumps import SAMPLES
from stored import TABLES

import rib


@pytest.fixture(scope="module", params=["loaded", "mapped"])
def table(request, sample, tmp_path_factory):
    """Give the last sample snapshot, in memory and mapped."""
    table = rib.read_mrt(sample / SAMPLES[3])
    if request.param == "loaded":
        return table
    path = tmp_path_factory.mktemp("consumers") / "a.rib"
    table.write(path)
    return rib.read_rib(path)


def test_pyarrow_takes_a_table(table):
    """`pa.table` and a reader of batches give the labelled routes, whole and in order."""
    expected = table.to_arrow()
    assert expected.equals(pa.table(table))
    assert expected.equals(pa.RecordBatchReader.from_stream(table).read_all())


def test_polars_takes_a_table(table):
    """A Polars frame of the table has its routes, labels and lists as values."""
    frame = pl.DataFrame(table)
    expected = table.to_arrow()
    assert expected.column_names == frame.columns
    rows = slice(0, None, 997)
    for name in ("prefix", "peer_as", "as_path", "origin_as", "next_hop", "communities", "med"):
        column = expected.column(name).to_pylist()
        assert column[rows] == frame[name].to_list()[rows], name


def test_duckdb_takes_a_table(table):
    """SQL over the table as a variable counts routes and reads lists."""
    expected = table.to_pandas()
    routes = table  # DuckDB finds it by this name
    found = duckdb.sql("select count(*), count(distinct prefix) from routes").fetchall()[0]
    assert (len(expected), expected.prefix.nunique()) == found
    query = "select communities from routes where origin_as = 213394 and communities is not null"
    row = expected[(expected.origin_as == 213394) & expected.communities.notna()].iloc[0]
    assert list(row.communities) in [c for (c,) in duckdb.sql(query).fetchall()]
    assert routes is table


@pytest.mark.parametrize("name", TABLES)
def test_polars_and_duckdb_take_the_tables(name, table):
    """Each table of ids is taken as it is, and gives the same rows."""
    part = getattr(table, name)
    assert part.num_rows == pl.DataFrame(part).height
    assert (part.num_rows,) == duckdb.sql("select count(*) from part").fetchall()[0]
    first = part.slice(0, 3)
    assert first.to_pylist() == pl.DataFrame(part).head(3).to_dicts()


def test_updates_and_issues_are_taken_too(sample):
    """The changes of updates and the issues of a receipt are Arrow streams."""
    updates = rib.read_updates(sample / "updates.20250117.0000.mrt.gz")
    assert updates.n_changes == pl.DataFrame(updates).height
    assert (updates.n_changes,) == duckdb.sql("select count(*) from updates").fetchall()[0]
    assert 0 == pl.DataFrame(updates.receipt.issues).height
