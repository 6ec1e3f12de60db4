"""Whether a job gives what one table gives, octet by octet."""

import io

import pyarrow.parquet as pq

__all__ = ["assert_same"]


def _parquet(table):
    sink = io.BytesIO()
    pq.write_table(table.combine_chunks(), sink)
    return sink.getvalue()


def assert_same(plain, found):
    """Compare the tables and what a Parquet file has of them."""
    assert {*plain, "dumps"} == set(found)
    for name, table in plain.items():
        assert table.num_rows
        assert table.equals(found[name]), name
        assert _parquet(table) == _parquet(found[name]), name
