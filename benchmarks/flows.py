"""Join a flow table of any length to origin ASes in bounded memory, and say how long it took.

    python flows.py DUMP [--rows 500000000] [--batch 5000000]

The flows are generated batch by batch, as they would come from `pyarrow.dataset` or a stream: random IPv4
destinations and octets. Only the sum of octets per origin AS is kept. Nothing is written.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from footprint import peak_rss

import rib


def flows(n_rows: int, batch: int) -> Iterator[pa.RecordBatch]:
    """Generate record batches of (dst uint32, octets uint32)."""
    dice = np.random.default_rng(1)
    while n_rows:
        n = min(batch, n_rows)
        columns = [pa.array(dice.integers(0, high, n, dtype=np.uint32)) for high in (2**32, 1500)]
        yield pa.record_batch(columns, names=["dst", "octets"])
        n_rows -= n


def octets_by_origin(table: rib.Rib, batches: Iterator[pa.RecordBatch]) -> tuple[pa.Table, int]:
    """Sum octets per origin AS (null: no route, or an AS_SET at its end), and count rows."""
    found, n_rows = [], 0
    for batch in batches:
        origin = pa.array(table.lookup_many(batch["dst"])["origin_as"])
        flows = pa.table({"origin_as": origin, "octets": batch["octets"]})
        found.append(flows.group_by("origin_as").aggregate([("octets", "sum")]))
        n_rows += batch.num_rows
    sums = pa.concat_tables(found).group_by("origin_as").aggregate([("octets_sum", "sum")])
    return sums.rename_columns(["origin_as", "octets"]).sort_by(
        [("octets", "descending"), ("origin_as", "ascending")]
    ), n_rows


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dump", help="dump, or .rib file")
    parser.add_argument("--rows", type=int, default=500_000_000)
    parser.add_argument("--batch", type=int, default=5_000_000)
    given = parser.parse_args()
    read = rib.read_rib if given.dump.endswith(".rib") else rib.read_mrt
    table = read(given.dump)
    table.lookup_many(np.zeros(1, dtype=np.uint32))
    before = peak_rss()
    start = time.perf_counter()
    sums, n_rows = octets_by_origin(table, flows(given.rows, given.batch))
    seconds = time.perf_counter() - start
    print(sums.slice(0, 5).to_pandas().to_string(index=False))
    print(
        f"{n_rows:,} rows, {sums.num_rows:,} origin ASes, {pc.sum(sums['octets']).as_py():,} octets: "
        f"{seconds:.1f} s, {n_rows / seconds / 1e6:.1f} M rows/s, "
        f"peak {(peak_rss() - before) / 2**20:,.0f} MB above the loaded table's {before / 2**20:,.0f} MB"
    )


if __name__ == "__main__":
    main()
