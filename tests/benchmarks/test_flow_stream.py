"""Generated flows: what they are, and the account of them."""

import ipaddress
import time

import flow_stream
import numpy as np
import pytest
from flow_stream import FlowStream, ipv4_texts


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """Let a few flows take several batches."""
    monkeypatch.setattr(flow_stream, "_BATCH", 1000)


def test_ipv4_texts_are_those_of_the_standard_library():
    """Every octet at every place, the ends of the family among them."""
    places = [octet << shift for shift in (0, 8, 16, 24) for octet in range(256)]
    values = np.array([*places, 2**32 - 1], dtype=np.uint32)
    assert [str(ipaddress.IPv4Address(v)) for v in values.tolist()] == ipv4_texts(
        values
    ).to_pylist()


@pytest.mark.parametrize("n_flows", [0, 1, 1000, 2500])
def test_stream_has_the_flows_asked_for(n_flows):
    """The last batch holds what is left; bytes are those of all flows."""
    stream = FlowStream(n_flows)
    batches = list(stream.reader())
    assert n_flows == sum(batch.num_rows for batch in batches)
    assert -(-n_flows // 1000) == len(batches)
    sizes = [size for batch in batches for size in batch["bytes"].to_pylist()]
    assert sum(sizes) == stream.n_bytes
    assert all(40 <= size <= 1500 for size in sizes)


def test_stream_is_the_same_every_time_and_in_either_form():
    """Runs compare, and so do numbers and text."""
    numbers, again, texts = (
        FlowStream(2500, text=text).reader().read_all() for text in (False, False, True)
    )
    assert numbers == again
    assert numbers["bytes"] == texts["bytes"]
    assert ipv4_texts(numbers["dst"].to_numpy()).to_pylist() == texts["dst"].to_pylist()


def test_stream_is_made_as_it_is_read():
    """Only what was read counts, and the time of the reader does not."""
    stream = FlowStream(10**9)
    reader = stream.reader()
    assert (0, 0.0) == (stream.n_bytes, stream.seconds)
    start = time.perf_counter()
    first = reader.read_next_batch()
    taken = time.perf_counter() - start
    assert sum(first["bytes"].to_pylist()) == stream.n_bytes
    assert 0 < stream.seconds <= taken
    time.sleep(0.02)
    assert stream.seconds <= taken
