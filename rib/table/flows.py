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

__all__ = ["Profile", "Traffic", "bytes_by_interval", "bytes_by_prefix", "matched"]

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


class Profile(NamedTuple):
    """Bytes by prefix and interval: one element each, sorted by both."""

    prefix: npt.NDArray[np.int64]
    interval: npt.NDArray[np.int64]  # from 0
    bytes: npt.NDArray[np.float64]
    n_intervals: int  # from the first flow's to the last one's, empty ones counted
    seconds: int


def bytes_by_interval(table: "Rib", flows: Any, seconds: int) -> Profile:
    """Add up the bytes of flows by longest-prefix match and by intervals of so many seconds.

    ``flows`` as for `bytes_by_prefix`, with one column more: ``time``, an Arrow or pandas timestamp, or seconds
    since 1970. A flow counts in the interval that its time lies in. What matches no prefix is left out.

    Notes
    -----
    O(flows) and a sort of each batch; memory for each prefix and interval with traffic.
    """
    keys, sums = np.zeros(0, np.int64), np.zeros(0)
    first = 0
    for dst, size, time in _batches(flows, "time"):
        weights, at = _weights(size, first), _seconds(time, first) // seconds
        ids = table.lookup_ids(dst).astype(np.int64)
        found = ids >= 0
        # Seconds since 1970 over 1 at least, and ids below 2^31: 63 bits for 136 years.
        key = at[found] << 31 | ids[found]
        keys, sums = _merge(np.concatenate([keys, key]), np.concatenate([sums, weights[found]]))
        first += len(ids)
    interval, prefix = keys >> 31, keys & 0x7FFFFFFF
    start = int(interval.min(initial=0)) if len(interval) else 0
    n = int(interval.max(initial=0)) - start + 1 if len(interval) else 0
    order = np.lexsort((interval, prefix))
    return Profile(prefix[order], interval[order] - start, sums[order], n, seconds)


def _merge(
    keys: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Add up the values of equal keys."""
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    first = np.flatnonzero(np.concatenate([keys[:1] == keys[:1], keys[1:] != keys[:-1]]))
    return keys[first], np.add.reduceat(values, first) if len(first) else values


def _seconds(time: Any, first: int) -> npt.NDArray[np.int64]:
    """Give times as seconds since 1970; an error names the row."""
    array = pa.Array.from_pandas(time) if isinstance(time, pd.Series) else time
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if array.null_count:
        row = int(pc.is_null(array).to_numpy(zero_copy_only=False).argmax())
        raise ValueError(f"flows: row {first + row} has no time")
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("s", array.type.tz), safe=False).cast(pa.int64())
    elif not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        raise TypeError(f"flows: time is {array.type}: expected timestamps or seconds since 1970")
    seconds: npt.NDArray[np.int64] = np.floor(array.to_numpy(zero_copy_only=False)).astype(np.int64)
    wrong = (seconds < 0) | (seconds >= 1 << 32)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"flows: row {first + row} has time={array[row]}: expected seconds since 1970"
        )
    return seconds


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


def _batches(flows: Any, *more: str) -> Iterator[tuple[Any, ...]]:
    """Give destinations, bytes and what else is asked for, some rows at a time."""
    names = ["dst", "bytes", *more]
    if isinstance(flows, pd.DataFrame):
        _check_names(flows.columns, names)
        for begin in range(0, len(flows), _BATCH):
            part = flows.iloc[begin : begin + _BATCH]
            yield tuple(part[name] for name in names)
        return
    if isinstance(flows, pa.Table | pa.RecordBatch):
        flows = pa.Table.from_batches([flows]) if isinstance(flows, pa.RecordBatch) else flows
        _check_names(flows.column_names, names)
        flows = flows.select(names).to_reader(max_chunksize=_BATCH)
    elif not isinstance(flows, pa.RecordBatchReader):
        if not hasattr(flows, "__arrow_c_stream__"):
            raise TypeError(f"flows={type(flows).__name__}: {_EXPECTED}")
        flows = pa.RecordBatchReader.from_stream(flows)
    _check_names(flows.schema.names, names)
    for batch in flows:
        yield tuple(batch.column(name) for name in names)


def _check_names(given: Any, names: list[str]) -> None:
    missing = [name for name in names if name not in given]
    if missing:
        text = ", ".join(map(str, given))
        raise ValueError(f"flows: no column {' nor '.join(missing)} among {text}: {_EXPECTED}")


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
