"""`read_bgpstream` on a double of pybgpstream, compared with `read_mrt` of the same files."""

import bz2
import struct
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from internet import mrt_writer as mrt
from stream_elems import counts, cut, issues

import rib
from rib.sources.elems import as_path

RIB = {"type": "rib", "project": "ris", "collector": "rrc06", "dump_time": 1737460800}


@pytest.fixture(scope="module")
def dump(sample, tmp_path_factory):
    """Give the first 500 records of a sample dump, and the first 100 of IPv6 behind them."""
    out = tmp_path_factory.mktemp("dump") / "rib.mrt"
    whole = bz2.decompress((sample / "collector.20250121.1200.mrt.bz2").read_bytes())
    at = 0
    while whole[at + 4 : at + 8] != b"\0\x0d\0\x04":
        at += 12 + struct.unpack_from("!I", whole, at + 8)[0]
    cut(whole, 500, out)
    return cut(whole, 100, out, at)


def rows(table):
    """Give what BGPStream tells of every route; peers are numbered by appearance, so rows are sorted."""
    columns = ["prefix", "collector", "peer_as", "peer_ip", "as_path", "origin_as", "upstream_as"]
    frame = table.to_pandas()
    found = frame[columns].astype(object).where(frame[columns].notna(), None).to_numpy().tolist()
    times = table.routes.column("record_time").to_pylist()
    of = table.routes.column("attributes_id").to_pylist()
    hops = table.attributes.column("next_hop").to_pylist()
    communities = [
        tuple(sorted(set(c or ()))) for c in table.attributes.column("communities").to_pylist()
    ]
    every = [
        (*row, time, hops[a], communities[a]) for row, time, a in zip(found, times, of, strict=True)
    ]
    return sorted(every, key=repr)


# -- the same as read_mrt -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected(dump):
    """Give what `read_mrt` makes of the dump."""
    return rib.read_mrt(dump, collector="rrc06")


def test_stream_gives_the_table_of_the_file(stream, dump, expected):
    """Routes, paths, next hops, communities, peers and times are those that the file holds."""
    table = rib.read_bgpstream(stream((dump, RIB)))
    assert rows(expected) == rows(table)
    assert expected.prefixes.equals(table.prefixes)
    assert expected.as_paths.equals(table.as_paths)
    assert table.receipt.ok
    assert {} == table.receipt.quirks
    assert rib.schema.PEERS == table.peers.schema
    assert {None} == set(table.peers.column("bgp_id").to_pylist())


def test_stream_is_counted_in_the_receipt(stream, dump, expected):
    """Records by type, status and place in the dump; routes as read and kept."""
    receipt = rib.read_bgpstream(stream((dump, RIB))).receipt
    (file,) = receipt.files
    n = sum(expected.receipt.records.values()) - 1  # the peer table is no record to BGPStream
    assert {"rib/valid": n - 2, "rib/valid/end": 1, "rib/valid/start": 1} == file.records
    assert ("bgpstream:ris/rrc06@2025-01-21T12:00:00Z", "rrc06") == (file.name, file.collector)
    assert (expected.n_routes, expected.n_routes, 0) == counts(file)
    assert file.reconciled


@pytest.mark.parametrize("form", ["records", "elems", "low stream", "low records", "filtered"])
def test_every_form_of_a_stream_is_read(double, stream, dump, expected, form):
    """Records and elems, of both levels, give the same table."""
    given = stream((dump, RIB))
    if form == "records":
        given = given.records()
    elif form == "elems":
        given = iter(given)
    elif form == "filtered":
        given = (elem for elem in given if elem.peer_asn == 1299)
        expected = expected.select(peers=[1299])
    else:
        given = given.stream
        given.start()
        if form == "low records":
            given = iter(given.get_next_record, None)
    assert rows(expected) == rows(rib.read_bgpstream(given))


def test_real_dumps_give_the_same(stream, shared_data, tmp_path):
    """A real dump, AS_SETs included, gives what `read_mrt` gives."""
    path = shared_data / "mrt/routeviews/rib.20140530.2200.route-views.jinx.bz2"
    out = cut(bz2.decompress(path.read_bytes()), 1500, tmp_path / "rib.mrt")
    table, expected = rib.read_bgpstream(stream((out, RIB))), rib.read_mrt(out, collector="rrc06")
    assert any("{" in row[4] for row in rows(table))
    assert rows(expected) == rows(table)
    assert table.receipt.ok


def test_paths_of_every_segment_kind(stream, tmp_path):
    """AS_SETs, confederations and empty paths keep their segments; long ones are cut as RFCs ask."""
    paths = [
        [mrt.sequence(1, 2), mrt.as_set(3, 4)],
        [mrt.as_set(5)],
        [mrt.confed_sequence(64512, 64513), mrt.sequence(1, 2)],
        [mrt.confed_set(64512, 64513), mrt.sequence(1), mrt.as_set(2, 3), mrt.sequence(9)],
        [],
        [mrt.sequence(*range(1, 256)), mrt.sequence(*range(1, 46))],
        [mrt.sequence(4294967295, 0)],
    ]
    content = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")])
    for n, path in enumerate(paths):
        attributes = mrt.origin() + mrt.as_path(*path) + mrt.next_hop("192.0.2.1")
        content += mrt.rib(f"10.{n}.0.0/16", [mrt.rib_entry(0, attributes)])
    (tmp_path / "rib.mrt").write_bytes(content)
    table = rib.read_bgpstream(stream((tmp_path / "rib.mrt", RIB)))
    assert rib.read_mrt(content).as_paths.equals(table.as_paths)


_ASN = st.integers(0, 2**32 - 1)
_KINDS = {1: ("{", ",", "}"), 3: ("(", " ", ")"), 4: ("[", ",", "]")}


@given(st.lists(st.tuples(st.sampled_from([1, 3, 4]), st.lists(_ASN, min_size=1, max_size=300))))
def test_as_path_is_read_back(parts):
    """The bytes of a path are the segments that its text shows."""
    text = " ".join(
        _KINDS[k][0] + _KINDS[k][1].join(map(str, asns)) + _KINDS[k][2] for k, asns in parts
    )
    segments = [
        mrt.Segment(k, tuple(asns[at : at + 255]))
        for k, asns in parts
        for at in range(0, len(asns), 255)
    ]
    assert mrt.segments(segments) == as_path(text)


# -- several dumps, windows and damage ------------------------------------------------------------


def test_collectors_stay_apart(stream, dump, expected):
    """Dumps of several collectors are files of the receipt, and their peers are linked by AS."""
    other = {**RIB, "collector": "rrc07"}
    table = rib.read_bgpstream(stream((dump, RIB), (dump, other)))
    assert 2 * expected.n_routes == table.n_routes
    assert {"rrc06", "rrc07"} == set(table.peers.column("collector").to_pylist())
    assert {2} == set(table.peers.column("n_collectors").to_pylist())
    assert ["rrc06", "rrc07"] == [f.collector for f in table.receipt.files]
    assert {} == table.receipt.quirks


def test_two_ribs_of_a_collector_are_a_quirk(stream, dump):
    """A stream over two dump times repeats routes, and says so."""
    later = {**RIB, "dump_time": RIB["dump_time"] + 28800}
    table = rib.read_bgpstream(stream((dump, RIB), (dump, later)))
    assert table.n_routes == 2 * table.receipt.quirks["duplicate_route"]
    assert 0 < table.receipt.quirks["peer_in_several_files"] <= table.n_peers


def test_a_window_that_cuts_a_rib_is_an_issue(stream, dump, expected):
    """Without its last record a RIB may lack routes: the receipt is not ok."""
    table = rib.read_bgpstream(stream((dump, RIB), stop_after=100))
    assert (["rib_without_end"], False) == (issues(table), table.receipt.ok)
    assert 0 < table.n_routes < expected.n_routes
    with pytest.raises(rib.MrtError, match="ends before its last record"):
        rib.read_bgpstream(stream((dump, RIB), stop_after=100), on_error="raise")


@pytest.mark.parametrize(
    ("kind", "status", "issue"),
    [
        ("rib", "corrupted-source", ["corrupted_source"]),
        ("update", "corrupted-record", ["corrupted_record"]),
        ("rib", "empty-source", ["empty_source"]),
        ("update", "empty-source", []),
        ("rib", "filtered-source", []),
    ],
)
def test_records_that_are_not_valid(stream, dump, expected, kind, status, issue):
    """What BGPStream could not read is an issue, what a filter left out is counted."""
    bad = {**RIB, "type": kind, "status": status, "collector": "rrc07"}
    table = rib.read_bgpstream(stream((dump, RIB), (None, bad)))
    assert (issue, not issue) == (issues(table), table.receipt.ok)
    assert 1 == table.receipt.records[f"{kind}/{status}"]
    assert rows(expected) == rows(table)
    if issue:
        with pytest.raises(rib.MrtError) as caught:
            rib.read_bgpstream(stream((dump, RIB), (None, bad)), on_error="raise")
        assert caught.value.path.startswith("bgpstream:ris/rrc07")


def test_an_empty_stream_is_an_empty_table(stream):
    """A stream that holds nothing gives a table of nothing that is not ok."""
    table = rib.read_bgpstream(stream())
    assert (0, ["no_routes"], False) == (table.n_routes, issues(table), table.receipt.ok)
    (issue,) = table.receipt.issues.to_pylist()
    detail = "expected a stream with elems of RIBs or updates, found none"
    assert ("stream", detail) == (issue["file"], issue["detail"])
    assert ({}, {}, 0) == (table.receipt.quirks, table.receipt.records, table.receipt.bytes_in)


@pytest.mark.parametrize("others", [[], [{}], [{"type": "W"}]], ids=["alone", "route", "update"])
def test_an_elem_without_a_type_is_an_issue(others):
    """What is neither a route nor a change is lost and said so, beside either."""
    odd = elem()
    del odd.type
    table = rib.read_bgpstream([odd, *(elem(**changes) for changes in others)])
    (issue,) = [i for i in table.receipt.issues.to_pylist() if i["kind"] == "malformed_elem"]
    assert "no type: expected 'R', 'A', 'W' or 'S'" == issue["detail"]
    with pytest.raises(rib.MrtError, match="no type: expected 'R'"):
        rib.read_bgpstream([odd], on_error="raise")


# -- loose elems ----------------------------------------------------------------------------------


def elem(**changes):
    """Give an elem without a record, with some fields changed or, as None, left out."""
    fields = {
        "prefix": "10.0.0.0/8",
        "next-hop": "192.0.2.1",
        "as-path": "64500 64501",
        "communities": {"64500:1"},
    }
    given = {
        "type": "R",
        "time": 5.5,
        "collector": "rrc00",
        "peer_asn": 64500,
        "peer_address": "192.0.2.1",
    }
    for name, value in changes.items():
        (fields if name in ("prefix", "as-path", "next-hop", "communities") else given)[name] = (
            value
        )
    given["fields"] = {name: value for name, value in fields.items() if value is not None}
    return SimpleNamespace(**given)


def test_elems_of_any_make_are_read():
    """An object with the documented fields is enough."""
    table = rib.read_bgpstream(
        [elem(), elem(prefix="2001:db8::/32", **{"next-hop": "2001:db8::1"})]
    )
    assert ["192.0.2.1", "2001:db8::1"] == table.attributes.column("next_hop").to_pylist()
    assert [5, 5] == table.routes.column("record_time").to_pylist()
    assert ["rrc00"] == table.peers.column("collector").to_pylist()
    assert {"R/valid": 2} == table.receipt.records


@pytest.mark.parametrize(
    ("change", "next_hop"),
    [
        ({"next-hop": None}, None),
        ({"next-hop": ""}, None),
        ({"next-hop": "2001:db8::1"}, "2001:db8::1"),
        ({"prefix": "2001:db8::/32"}, "192.0.2.1"),
    ],
    ids=str,
)
def test_next_hops_of_the_other_family(change, next_hop):
    """The next hop's family is its own (RFC 8950); one that is absent is null."""
    assert [next_hop] == rib.read_bgpstream([elem(**change)]).attributes.column(
        "next_hop"
    ).to_pylist()


def test_routers_of_a_collector_stay_apart():
    """A record that names its router has it in the collector's name."""
    table = rib.read_bgpstream([elem(router="a"), elem(router="b"), elem(router=None)])
    assert ["rrc00/a", "rrc00/b", "rrc00"] == table.peers.column("collector").to_pylist()


def test_host_bits_are_cleared_and_counted():
    """A prefix with host bits is the prefix, and a quirk, as in a dump."""
    table = rib.read_bgpstream([elem(prefix="10.127.0.0/9")])
    assert (["10.0.0.0/9"], {"nlri_host_bits": 1}) == (
        table.prefixes.column("text").to_pylist(),
        table.receipt.quirks,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"prefix": None},
        {"prefix": "10.0.0.0"},
        {"prefix": "10.0.0.0/33"},
        {"prefix": "10.0.0/8"},
        {"prefix": "10.0.0.0/-1"},
        {"as-path": None},
        {"as-path": "1 x"},
        {"as-path": "1  2"},
        {"as-path": "{1"},
        {"as-path": "1{2}"},
        {"as-path": "4294967296"},
        {"next-hop": "here"},
        {"communities": {"1"}},
        {"communities": {"1:65536"}},
        {"communities": {"1:2:3"}},
        {"peer_asn": -1},
        {"peer_asn": None},
        {"peer_address": ""},
        {"peer_address": None},
        {"time": None},
        {"time": -1.0},
    ],
    ids=str,
)
def test_malformed_elems_cost_themselves(change):
    """An elem with a field that is not as documented is lost and named; the others stay."""
    given = [elem(), elem(**change), elem(prefix="11.0.0.0/8")]
    table = rib.read_bgpstream(given)
    (file,) = table.receipt.files
    assert ((3, 2, 1), ["malformed_elem"]) == (counts(file), issues(table))
    assert 1 == table.receipt.issues.column("record")[0].as_py()
    assert file.reconciled
    with pytest.raises(rib.MrtError):
        rib.read_bgpstream(given, on_error="raise")


def test_many_malformed_elems_are_counted():
    """Beyond a thousand, issues of a dump are only counted."""
    table = rib.read_bgpstream(elem(prefix="x") for _ in range(1010))
    assert 1010 == table.receipt.routes_lost
    assert "10 more issues of this dump" in table.receipt.issues.column("detail").to_pylist()


def test_batches_share_their_peers(monkeypatch):
    """Peers that appear in a later batch, and more entries than a record holds, are right."""
    monkeypatch.setattr("rib.sources.elems.BATCH", 500)
    monkeypatch.setattr("rib.sources.elems.KNOWN", 3)
    monkeypatch.setattr("rib.sources.elems._MAX_ENTRIES", 70)
    given = [
        elem(prefix=f"10.{p}.0.0/16", peer_asn=1000 + peer, **{"as-path": f"{1000 + peer} {p}"})
        for p in range(20)
        for peer in range(p * 7)
    ]
    table = rib.read_bgpstream(given)
    found = table.to_arrow().select(["prefix", "peer_as", "as_path"]).to_pylist()
    expected = [(e.fields["prefix"], e.peer_asn, e.fields["as-path"]) for e in given]
    assert sorted(expected) == sorted(tuple(row.values()) for row in found)


# -- what is no stream of RIBs --------------------------------------------------------------------


@pytest.mark.parametrize("given", [None, 5, "stream", b"stream", object()])
def test_what_is_no_stream_is_refused(given):
    """Another object is a TypeError that says what was expected."""
    with pytest.raises(TypeError, match=r"expected a pybgpstream\.BGPStream"):
        rib.read_bgpstream(given)


@pytest.mark.parametrize("given", [[1], ["R|1|2"], [{"type": "R"}]])
def test_what_is_no_elem_is_refused(given):
    """Items that are neither records nor elems are named."""
    with pytest.raises(TypeError, match="stream holds"):
        rib.read_bgpstream(given)


def test_on_error_is_checked():
    """Another word is a ValueError."""
    with pytest.raises(ValueError, match="on_error='ignore'"):
        rib.read_bgpstream([], on_error="ignore")


def test_a_mapping_configures_a_stream(double, monkeypatch):
    """Arguments of BGPStream make one, where pybgpstream is installed."""
    monkeypatch.setitem(sys.modules, "pybgpstream", double)
    assert 0 == rib.read_bgpstream({"data_interface": "singlefile"}).n_routes
    with pytest.raises(TypeError, match="no_such"):
        rib.read_bgpstream({"no_such": 1})


def test_without_pybgpstream_the_error_says_how_to_get_it(monkeypatch):
    """A missing pybgpstream names CAIDA's library and the extra."""
    monkeypatch.setitem(sys.modules, "pybgpstream", None)
    with pytest.raises(rib.ConfigError, match=r"libbgpstream.*rib\[bgpstream\]"):
        rib.read_bgpstream({})


def test_the_real_pybgpstream(dump, expected):
    """The real package over a local file gives what `read_mrt` gives."""
    real = pytest.importorskip("pybgpstream", reason="needs CAIDA's libbgpstream")
    stream = real.BGPStream(data_interface="singlefile")
    stream.set_data_interface_option("singlefile", "rib-file", str(dump))
    table = rib.read_bgpstream(stream)
    collector = table.peers.column("collector")[0].as_py()
    assert rows(rib.read_mrt(dump, collector=collector)) == rows(table)
