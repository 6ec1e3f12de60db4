"""Traffic: bytes of flows by the prefix that their destination matches."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib.exceptions import PrefixError

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Traffic", "bytes_by_prefix", "matched"]

#: Flows looked up at a time: enough to keep all processors at it, little enough to be no burden.
_BATCH = 1 << 21

_EXPECTED = (
    "expected a DataFrame, an Arrow table or a stream of Arrow batches with columns dst and bytes"
)


class Traffic(NamedTuple):
    """Bytes by prefix (a row of `Rib.prefixes` each), and what matched nothing."""

    by_prefix: npt.NDArray[np.float64]
    unmatched: float
    n_flows: int
    n_unmatched: int

    @property
    def total(self) -> float:
        """All bytes."""
        return float(self.by_prefix.sum()) + self.unmatched


def bytes_by_prefix(table: "Rib", flows: Any) -> Traffic:
    """Add up the bytes of flows by longest-prefix match of their destination.

    ``flows`` is a DataFrame, an Arrow table, or anything that gives a stream of Arrow batches
    (`pyarrow.RecordBatchReader`, Polars, DuckDB), with the columns ``dst`` (addresses as `Rib.lookup_ids`
    takes them) and ``bytes`` (numbers from 0). A stream is read batch by batch, so that its length does
    not matter. A missing destination matches nothing and is counted.

    Notes
    -----
    O(flows), each some 10 ns with numeric addresses and 50 ns with text; O(prefixes) memory.
    """
    n = table.n_prefixes
    sums = np.zeros(n + 1)  # the first is for no match
    n_flows = n_unmatched = 0
    for dst, size in _batches(flows):
        weights = _weights(size, n_flows)
        try:
            ids = table.lookup_ids(dst)
        except PrefixError as error:
            raise PrefixError(f"flows: dst: {error} (rows counted from row {n_flows})") from None
        sums += np.bincount(ids + 1, weights, minlength=n + 1)
        n_flows += len(ids)
        n_unmatched += int(np.count_nonzero(ids < 0))
    return Traffic(sums[1:], float(sums[0]), n_flows, n_unmatched)


def matched(table: "Rib", flows: Any) -> Traffic:
    """Give flows as `bytes_by_prefix` does, or as they are where they were matched before."""
    if not isinstance(flows, Traffic):
        return bytes_by_prefix(table, flows)
    if len(flows.by_prefix) != table.n_prefixes:
        n = len(flows.by_prefix)
        raise ValueError(
            f"flows: matched against a table of {n} prefixes, this one has {table.n_prefixes}"
        )
    return flows


def _batches(flows: Any) -> Iterator[tuple[Any, Any]]:
    """Give destinations and bytes, some rows at a time."""
    if isinstance(flows, pd.DataFrame):
        _check_names(flows.columns)
        for begin in range(0, len(flows), _BATCH):
            part = flows.iloc[begin : begin + _BATCH]
            yield part["dst"], part["bytes"]
        return
    if isinstance(flows, pa.Table | pa.RecordBatch):
        flows = pa.Table.from_batches([flows]) if isinstance(flows, pa.RecordBatch) else flows
        _check_names(flows.column_names)
        flows = flows.select(["dst", "bytes"]).to_reader(max_chunksize=_BATCH)
    elif not isinstance(flows, pa.RecordBatchReader):
        if not hasattr(flows, "__arrow_c_stream__"):
            raise TypeError(f"flows={type(flows).__name__}: {_EXPECTED}")
        flows = pa.RecordBatchReader.from_stream(flows)
    _check_names(flows.schema.names)
    for batch in flows:
        yield batch.column("dst"), batch.column("bytes")


def _check_names(names: Any) -> None:
    missing = [name for name in ("dst", "bytes") if name not in names]
    if missing:
        given = ", ".join(map(str, names))
        raise ValueError(f"flows: no column {' nor '.join(missing)} among {given}: {_EXPECTED}")


def _weights(size: Any, first: int) -> npt.NDArray[np.float64]:
    """Bytes as numbers; an error names the row."""
    array = pa.Array.from_pandas(size) if isinstance(size, pd.Series) else size
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind = array.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise TypeError(f"flows: bytes is {kind}: expected numbers")
    # Octets up to 2^53 are exact.
    weights: npt.NDArray[np.float64] = pc.cast(array, pa.float64(), safe=False).to_numpy(
        zero_copy_only=False
    )
    wrong = ~((weights >= 0) & (weights < np.inf))
    if wrong.any():
        row = int(wrong.argmax())
        found = array[row].as_py()
        raise ValueError(f"flows: row {first + row} has bytes={found}: expected a number from 0")
    return weights
