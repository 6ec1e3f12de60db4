"""Tests of `Rib.write_mrt`: the same table back, of dumps that are and of any that could be."""

import struct

import pyarrow as pa
import pytest
from dumps import CUT_RIB, RIBS, SAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt
from written import HEAD, rows, written

import rib


def compare(path, tmp_path):
    table = rib.read_mrt(path)
    back = rib.read_mrt(written(table, tmp_path))
    assert back.receipt.ok
    assert table.prefixes.equals(back.prefixes)
    kept = ["collector", "peer_as", "peer_ip", "n_prefixes4", "n_prefixes6", "is_full_feed"]
    assert table.peers.select(kept).equals(back.peers.select(kept))
    for name, key in (("as_paths", "as_path_id"), ("attributes", "attributes_id")):
        # Ids may differ; what each route refers to may not.
        pairs = {"before": table.routes.column(key), "after": back.routes.column(key)}
        pairs = pa.table(pairs).group_by(["before", "after"]).aggregate([])
        mine = getattr(table, name).take(pairs.column("before")).to_pylist()
        other = getattr(back, name).take(pairs.column("after")).to_pylist()
        assert mine == other, name
    columns = ["prefix_id", "peer_id", "add_path_id", "originated_time"]
    assert table.routes.select(columns).equals(back.routes.select(columns))
    return table, back


@pytest.mark.parametrize("name", SAMPLES)
def test_write_mrt_round_trips_the_sample(name, sample, tmp_path):
    """Every sample dump comes back whole, record times and peers' ids included."""
    table, back = compare(sample / name, tmp_path)
    assert table.routes.column("record_time").equals(back.routes.column("record_time"))
    assert table.peers.equals(back.peers)


@pytest.mark.parametrize("name", [*RIBS, CUT_RIB])
def test_write_mrt_round_trips_real_dumps(name, shared_data, tmp_path):
    """Dumps of real collectors and routers come back; only duplicates are still a quirk."""
    _, back = compare(shared_data / "mrt" / name, tmp_path)
    assert set(back.receipt.quirks) <= {"duplicate_route"}


ADDRESS4 = st.integers(0, 2**32 - 1).map(lambda n: mrt.address(".".join(map(str, n.to_bytes(4)))))
WORD = st.integers(0, 2**32 - 1)
SEGMENT = st.tuples(st.integers(1, 4), st.lists(WORD, min_size=1, max_size=5).map(tuple)).map(
    lambda parts: mrt.Segment(*parts)
)


def _optional(code, value, flags=None):
    return value.map(lambda v: mrt.attribute(code, v, flags=flags))


WORDS = st.lists(WORD, max_size=70).map(lambda w: struct.pack(f"!{len(w)}I", *w))
BLOCK = st.tuples(
    st.lists(SEGMENT, max_size=4).map(lambda s: mrt.as_path(*s)),
    st.lists(
        st.one_of(
            _optional(1, st.binary(max_size=2)),
            _optional(3, st.one_of(ADDRESS4, st.binary(max_size=5))),
            _optional(4, st.one_of(ADDRESS4, st.binary(max_size=5))),
            _optional(5, ADDRESS4),
            _optional(6, st.just(b"")),
            _optional(7, st.binary(min_size=6, max_size=8)),
            _optional(8, WORDS),
            _optional(9, ADDRESS4),
            _optional(10, WORDS),
            _optional(
                14,
                st.one_of(
                    st.sampled_from([4, 16, 32]).flatmap(
                        lambda n: st.binary(min_size=n, max_size=n).map(lambda v: bytes([n]) + v)
                    ),
                    st.binary(max_size=9),
                ),
            ),
            _optional(16, st.integers(0, 40).flatmap(lambda n: st.just(bytes(range(8)) * n))),
            _optional(25, st.integers(0, 3).flatmap(lambda n: st.just(bytes(range(20)) * n))),
            _optional(26, st.just(b"\x01\x00\x0b" + bytes(range(8)))),
            _optional(32, st.integers(0, 25).flatmap(lambda n: st.just(bytes(range(12)) * n))),
            _optional(35, ADDRESS4),
            st.builds(
                lambda code, value, flags: mrt.attribute(code, value, flags=flags),
                st.integers(36, 255),
                st.binary(max_size=300),
                st.integers(0, 15).map(lambda n: n << 4),
            ),
        ),
        max_size=5,
    ),
).map(lambda parts: parts[0] + b"".join(parts[1]))
PREFIX = st.one_of(
    st.builds(lambda a, n: f"10.{a}.0.0/{n}", st.integers(0, 3), st.integers(16, 24)),
    st.builds(lambda a, n: f"2001:db8:{a}::/{n}", st.integers(0, 3), st.integers(48, 64)),
)
RECORD = st.tuples(
    PREFIX,
    st.lists(st.tuples(st.integers(0, 2), BLOCK, WORD, WORD), max_size=4),
    st.booleans(),
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(records=st.lists(RECORD, max_size=4))
def test_write_mrt_round_trips_anything(records, tmp_path):
    """Whatever loads comes back the same; a second time not an octet changes."""
    content = HEAD + b"".join(
        mrt.rib(
            prefix,
            [
                mrt.rib_entry(peer, block, originated=time, path_id=path_id if add_path else None)
                for peer, block, time, path_id in entries
            ],
            add_path=add_path,
            timestamp=5,
        )
        for prefix, entries, add_path in records
    )
    table = rib.read_mrt(content)
    path = written(table, tmp_path)
    first = path.read_bytes()
    back = rib.read_mrt(path)
    assert rows(table) == rows(back)
    assert table.prefixes.equals(back.prefixes)
    assert table.peers.equals(back.peers)
    assert set(back.receipt.quirks) <= {"duplicate_route", "empty_rib", "malformed_attribute"}
    back.write_mrt(path)
    assert first == path.read_bytes()
