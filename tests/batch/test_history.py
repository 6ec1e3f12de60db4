"""The history: read back, by other programs too, and from older and newer versions of its columns."""

import datetime as dt
import re

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import rib
from rib.batch import history
from rib.batch.columns import COLUMNS, SCHEMA_VERSION, VERSION_KEY, shaped, write_part
from rib.batch.config import _RULES
from rib.exceptions import StorageError, UnsupportedStorageError


def rewritten(path, change, version):
    """Rewrite a file as one of another version."""
    table = change(pq.ParquetFile(path).read())
    pq.write_table(table.replace_schema_metadata({VERSION_KEY: str(version)}), path)


@pytest.mark.parametrize("table", COLUMNS)
def test_every_table_has_its_columns_and_days(made, table):
    """With the types that are documented, whatever the nights have."""
    frame = rib.read_history(made / "out", table)
    found = pa.Table.from_pandas(frame, preserve_index=False).schema.remove_metadata()
    assert ["day", *COLUMNS[table].names] == found.names
    assert list(COLUMNS[table].types) == list(found.types[1:])
    assert frame["day"].is_monotonic_increasing


def test_days_are_chosen(made):
    """Both ends included; as text too."""
    days = rib.read_history(made / "out", "receipts", first="2025-01-15", last=dt.date(2025, 1, 16))
    assert [dt.date(2025, 1, 15)] == list(days["day"])
    with pytest.raises(ValueError, match="first='today': expected a day"):
        rib.read_history(made / "out", "receipts", first="today")


def test_what_is_no_history_is_said(made, tmp_path):
    """A table that is none, a folder that is another, one that is not there."""
    with pytest.raises(ValueError, match="table='suspect': expected one of diversity_prefix"):
        rib.read_history(made / "out", "suspect")
    with pytest.raises(StorageError, match="expected the output folder of rib nightly"):
        rib.read_history(made / "dumps", "suspects")
    with pytest.raises(FileNotFoundError):
        rib.read_history(tmp_path / "none", "suspects")


def test_a_night_that_is_not_complete_is_not_read(made):
    """Its rows may be half there."""
    (made / "out/nights/2025-01-15/night.json").unlink()
    days = set(rib.read_history(made / "out", "receipts")["day"])
    assert {dt.date(2025, 1, 14), dt.date(2025, 1, 17)} == days


def test_rows_of_an_older_version_are_brought_up_to_date(made, monkeypatch):
    """A step renames a column of version 0; a column that it did not have is null."""
    path = made / "out/history/upstreams/day=2025-01-15/part.parquet"
    expected = rib.read_history(made / "out", "upstreams")
    names = ["neighbour" if n == "upstream_as" else n for n in COLUMNS["upstreams"].names]
    rewritten(path, lambda t: t.rename_columns(names).drop_columns(["role"]), 0)

    def step(table, rows):
        if table == "upstreams":
            rows = rows.rename_columns({"neighbour": "upstream_as"})
        return rows

    monkeypatch.setitem(history.STEPS, 0, step)
    found = rib.read_history(made / "out", "upstreams")
    old = (found["day"] == dt.date(2025, 1, 15)).to_numpy(bool)
    assert found[old]["role"].isna().all()
    assert found[~old].equals(expected[~old])
    assert found.drop(columns="role").equals(expected.drop(columns="role"))


def test_steps_follow_each_other(made, monkeypatch):
    """From version to version."""
    path = made / "out/history/upstreams/day=2025-01-15/part.parquet"
    rewritten(path, lambda t: t, 0)
    seen = []
    for version in (0, 1):
        monkeypatch.setitem(
            history.STEPS, version, lambda _, rows, v=version: seen.append(v) or rows
        )
    monkeypatch.setattr(history, "SCHEMA_VERSION", 2)
    rib.read_history(made / "out", "upstreams", first="2025-01-15", last="2025-01-15")
    assert [0, 1] == seen
    rib.read_history(made / "out", "upstreams", first="2025-01-17")
    assert [0, 1, 1] == seen


def test_rows_of_a_later_version_are_refused(made):
    """Rather than read without what they say."""
    path = made / "out/history/upstreams/day=2025-01-15/part.parquet"
    rewritten(path, lambda t: t, SCHEMA_VERSION + 1)
    with pytest.raises(UnsupportedStorageError, match="version 1 at most, found 2"):
        rib.read_history(made / "out", "upstreams")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 100])
def test_a_damaged_file_is_named(made, content):
    """Not an error of Arrow."""
    path = made / "out/history/upstreams/day=2025-01-15/part.parquet"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"2025-01-15.part\.parquet: damaged"):
        rib.read_history(made / "out", "upstreams")


def test_duckdb_reads_it_without_rib(made):
    """By day, which is a column of the folder names."""
    files = str(made / "out/history/diversity_origin/*/part.parquet")
    found = duckdb.sql(
        f"SELECT day, n_upstreams FROM read_parquet('{files}', hive_partitioning = true) "
        "WHERE view = 'collectors' AND origin_as = 100 AND family = 4 ORDER BY day"
    ).fetchall()
    assert [
        (dt.date(2025, 1, 14), 2),
        (dt.date(2025, 1, 15), 1),
        (dt.date(2025, 1, 17), 1),
    ] == found


def test_the_queries_of_the_page_run(made, root, monkeypatch):
    """On nights that were made; what they answer is tried in tests/docs."""
    monkeypatch.chdir(made)
    (block,) = re.findall(r"```sql\n(.*?)```", (root / "docs/nightly.md").read_text(), re.DOTALL)
    here = block.replace("nightly/history", "out/history").replace("213394", "100")
    answers = [duckdb.sql(query).fetchall() for query in here.split(";\n") if query]
    assert [(14, 4, 2), (14, 6, 2), (15, 4, 1)] == [(row[0].day, *row[1:3]) for row in answers[0]]


def test_the_page_lists_every_table_and_check(root):
    """So does the docstring."""
    page = (root / "docs/nightly.md").read_text()
    for name in COLUMNS:
        assert f"\n| `{name}` |" in page
        assert f"``{name}``" in rib.read_history.__doc__
    for check in _RULES:
        assert f"\n| `{check}` |" in page


def test_nights_are_listed(made):
    """What each is from, compared with, and found."""
    frame = history.nights(made / "out")
    assert [14, 15, 17] == [day.day for day in frame["day"]]
    assert [True, False, False] == frame["since"].isna().tolist()
    assert [14, 15] == [day.day for day in frame["since"][1:]]
    assert [1, 1, 2] == frame["n_dumps"].tolist()
    assert [0, 1, 1] == frame["assertions_failed"].tolist()
    assert (frame["bytes"] > 0).all()


def test_the_same_rows_are_the_same_octets(tmp_path):
    """And columns that are not of the table do not enter."""
    rows = pa.table({"prefix": ["10.0.0.0/8"], "n_vps": pa.array([3], pa.int64()), "other": [1]})
    table = shaped("diversity_prefix", rows)
    day = dt.date(2025, 1, 1)
    for name in ("a", "b"):
        write_part("diversity_prefix", table, tmp_path / name, day)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert [None] == table.column("family").to_pylist()
    assert table.equals(pq.ParquetFile(tmp_path / "a").read())
