"""Flows as a collector of them would send them on: generated batch by batch, with an account of them."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["FlowStream", "ipv4_texts"]

_BATCH = 1 << 20
_OCTETS = pa.array([str(octet) for octet in range(256)])


def ipv4_texts(addresses: npt.NDArray[np.uint32]) -> pa.Array:
    """Write IPv4 addresses as text, without a Python object for each."""
    octets = addresses.astype(">u4").view(np.uint8).reshape(-1, 4)
    return pc.binary_join_element_wise(*(_OCTETS.take(pa.array(o)) for o in octets.T), ".")


class FlowStream:
    """Random flows to IPv4 addresses, uniform over all of them; the same on every run.

    One batch exists at a time. It is made when the reader asks for it, on the reader's thread, which
    waits for it: so ``seconds``, the time that making batches took, may be subtracted from the time
    that reading the stream took.
    """

    def __init__(self, n_flows: int, *, text: bool = False) -> None:
        """Prepare a stream of so many flows, with addresses as numbers or as text."""
        self.n_flows = n_flows
        self.is_text = text
        self.n_bytes = 0  # of the flows that were read so far
        self.seconds = 0.0

    def reader(self) -> pa.RecordBatchReader:
        """Give the stream: columns ``dst`` and ``bytes``, to be read once."""
        dst = pa.utf8() if self.is_text else pa.uint32()
        schema = pa.schema([("dst", dst), ("bytes", pa.uint32())])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[Any]:
        dice = np.random.default_rng(1)
        for begin in range(0, self.n_flows, _BATCH):
            start = time.perf_counter()
            n = min(_BATCH, self.n_flows - begin)
            dst, size = (dice.integers(*ends, n, np.uint32) for ends in ((0, 1 << 32), (40, 1501)))
            self.n_bytes += int(size.sum(dtype=np.int64))
            columns = [ipv4_texts(dst) if self.is_text else pa.array(dst), pa.array(size)]
            batch = pa.record_batch(columns, schema=schema)
            self.seconds += time.perf_counter() - start
            yield batch
