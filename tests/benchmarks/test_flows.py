"""The join of a flow table: bounded batches give what one look at all rows gives."""

import numpy as np
import pyarrow as pa
from flows import flows, octets_by_origin

import rib


def test_flows_in_batches_sum_to_those_of_one_pass(sample):
    """Sums per origin do not depend on the size of the batches, and none is lost."""
    table = rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")
    batches = list(flows(50_000, 7_000))
    assert 8 == len(batches)
    sums, n_rows = octets_by_origin(table, iter(batches))
    assert 50_000 == n_rows
    whole = pa.Table.from_batches(batches)
    once, _ = octets_by_origin(table, iter(whole.combine_chunks().to_batches()))
    assert sums.to_pylist() == once.to_pylist()
    by_hand = {}
    ids = table.lookup_ids(np.asarray(whole["dst"]))
    texts = table.prefixes.column("text")
    for row in np.flatnonzero(ids >= 0)[:200].tolist():
        origin = table.get(texts[int(ids[row])].as_py()).origin_as
        by_hand[row] = origin[0] if origin else None
    frame = table.lookup_many(np.asarray(whole["dst"]))
    assert by_hand == {
        r: (None if frame.origin_as.isna()[r] else frame.origin_as[r]) for r in by_hand
    }
