"""`read_bgpstream` on streams of updates, compared with `read_updates` of the same files."""

import bz2
import gzip
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from internet import mrt_writer as mrt
from stream_elems import counts, cut, elem, issues, rows

import rib
from rib.schema import LOADED_UPDATES

UPDATES = {"type": "update", "project": "ris", "collector": "rrc06"}
FILES = [
    "updates/updates.20140530.2215.rrc06.gz",
    "updates/updates.20150401.0000.route-views.jinx.bz2",
    "bgpdump/updates.20020722.2238.gz",
    "bgpdump/updates.20071015.1505.gz",
    "bgpdump/updates.20100722.2015.gz",
    "bgpdump/updates.long_withdrawal.gz",
    "bgpdump/updates.20070211.0141.gz",
    "updates/updates.example.bz2",
]
_OPEN = {".gz": gzip.open, ".bz2": bz2.open}


def messages(updates):
    """Give each change the number of its message, counted from 0 on."""
    numbers = updates.changes.column("message").to_pylist()
    order = {number: place for place, number in enumerate(dict.fromkeys(numbers))}
    return [order[number] for number in numbers]


# -- the same as read_updates ---------------------------------------------------------------------


def peers(updates):
    """Give the peers in the order of their first changes; a message need not hold any."""
    rows = updates.peers.to_pylist()
    return [rows[n] for n in dict.fromkeys(updates.changes.column("peer_id").to_pylist())]


@pytest.mark.parametrize("name", FILES)
def test_stream_gives_the_table_of_the_file(stream, shared_data, tmp_path, name):
    """Every change of a real file, in its order and by its messages: AS_SETs, IPv6, states and all.

    Multicast routes are left out by both.
    """
    path = shared_data / "mrt" / name
    with _OPEN[path.suffix](path) as file:
        path = cut(file.read(), 5000, tmp_path / "updates.mrt")
    table = rib.read_bgpstream(stream((path, UPDATES)))
    expected = rib.read_updates(path, collector="rrc06")
    assert rows(expected) == rows(table)
    assert messages(expected) == messages(table)
    assert expected.prefixes.equals(table.prefixes)
    # Where an AS4_PATH joins its AS_PATH is not told.
    if not expected.receipt.quirks:
        assert expected.as_paths.equals(table.as_paths)
    assert peers(expected) == table.peers.to_pylist()
    assert LOADED_UPDATES == {
        name: getattr(table, name).schema.remove_metadata() for name in LOADED_UPDATES
    }
    assert table.receipt.ok
    assert {} == table.receipt.quirks


def test_stream_is_counted_in_the_receipt(stream, shared_data):
    """Records by type, status and place; messages with routes; elems as changes read and kept."""
    path = shared_data / "mrt" / FILES[0]
    expected = rib.read_updates(path)
    (file,) = rib.read_bgpstream(stream((path, UPDATES))).receipt.files
    n_updates = expected.receipt.messages["UPDATE"]
    n = n_updates + expected.receipt.records["BGP4MP/BGP4MP_STATE_CHANGE_AS4"]
    assert {"update/valid": n - 2, "update/valid/end": 1, "update/valid/start": 1} == file.records
    assert ("bgpstream:ris/rrc06", "rrc06") == (file.name, file.collector)
    assert {"UPDATE": n_updates} == file.messages
    assert (expected.n_changes, expected.n_changes, 0) == counts(file)
    assert file.reconciled


@pytest.mark.parametrize("form", ["records", "elems", "low stream", "low records", "filtered"])
def test_every_form_of_a_stream_is_read(stream, shared_data, form):
    """Records and elems, of both levels, give the same table; elems may be left out on the way."""
    path = shared_data / "mrt" / FILES[0]
    expected = rows(rib.read_updates(path, collector="rrc06"))
    given = stream((path, UPDATES))
    if form == "records":
        given = given.records()
    elif form == "elems":
        given = iter(given)
    elif form == "filtered":
        # A window within the file, as a generator.
        given = (e for e in given if 1401488160 <= e.time < 1401488220)
        window = [datetime.fromtimestamp(t, UTC) for t in (1401488160, 1401488220)]
        expected = [row for row in expected if window[0] <= row[0] < window[1]]
    else:
        given = given.stream
        given.start()
        if form == "low records":
            given = iter(given.get_next_record, None)
    assert expected
    assert expected == rows(rib.read_bgpstream(given))


V4 = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
V6 = mrt.Session(4_200_000_000, 64510, "2001:db8::1", "2001:db8::2")


def announcement(prefix, *segments):
    """Give an UPDATE that announces a prefix."""
    attributes = mrt.origin() + mrt.as_path(*segments) + mrt.communities([(0, 5), (64500, 1)])
    if ":" in prefix:
        reach = mrt.mp_reach(2, 1, ["2001:db8::9"], mrt.nlri(prefix))
        return mrt.bgp_update(attributes=attributes + reach)
    attributes += mrt.next_hop("192.0.2.9")
    return mrt.bgp_update(attributes=attributes, announced=mrt.nlri(prefix))


def test_paths_and_families_of_every_kind(stream, tmp_path):
    """Sets, confederations, long and empty paths; either family of prefix over either of session."""
    paths = [
        [mrt.sequence(1, 2), mrt.as_set(3, 4)],
        [mrt.confed_sequence(64512, 64513), mrt.sequence(1, 2)],
        [mrt.confed_set(64512, 64513), mrt.sequence(1), mrt.as_set(2, 3), mrt.sequence(9)],
        [],
        [mrt.sequence(*range(1, 256)), mrt.sequence(*range(1, 46))],
        [mrt.sequence(4294967295, 0)],
    ]
    content = b""
    for n, path in enumerate(paths):
        for session in (V4, V6):
            for prefix in (f"10.{n}.0.0/16", f"2001:db8:{n}::/48"):
                update = announcement(prefix, *path)
                content += mrt.message(session, update, timestamp=n)
            gone = mrt.mp_unreach(2, 1, mrt.nlri(f"2001:db8:{n}::/48"))
            both = mrt.bgp_update(withdrawn=mrt.nlri("10.0.0.0/8"), attributes=gone)
            content += mrt.message(session, both, timestamp=n)
            content += mrt.state_change(session, 6, 1, timestamp=n)
    (tmp_path / "updates.mrt").write_bytes(content)
    expected = rib.read_updates(content, collector="rrc06")
    table = rib.read_bgpstream(stream((tmp_path / "updates.mrt", UPDATES)))
    assert rows(expected) == rows(table)
    assert messages(expected) == messages(table)
    assert expected.as_paths.equals(table.as_paths)
    assert expected.peers.equals(table.peers)
    assert (True, {}) == (table.receipt.ok, table.receipt.quirks)


def test_microseconds_are_kept(stream, tmp_path):
    """Times with a fraction are exact; those of another collector stay whole seconds."""
    times = [(1_737_460_800, 0), (1_737_460_800, 1), (1_737_460_800, 999_999), (4_294_967_295, 7)]
    update = announcement("10.0.0.0/8", mrt.sequence(64500))
    exact = b"".join(mrt.message(V4, update, timestamp=s, microseconds=us) for s, us in times)
    (tmp_path / "exact.mrt").write_bytes(exact)
    (tmp_path / "whole.mrt").write_bytes(mrt.message(V4, update, timestamp=5))
    other = {**UPDATES, "collector": "rrc07"}
    table = rib.read_bgpstream(
        stream((tmp_path / "exact.mrt", UPDATES), (tmp_path / "whole.mrt", other))
    )
    times.append((5, 0))
    found = table.changes.column("time").cast("int64").to_pylist()
    assert [s * 1_000_000 + us for s, us in times] == found
    assert ["BGP4MP_ET", "BGP4MP"] == table.peers.column("record_type").to_pylist()


@given(st.integers(0, 2**32 - 1), st.integers(0, 999_999))
def test_every_microsecond_of_mrt_is_told_by_a_double(seconds, microseconds):
    """The time that pybgpstream makes of two numbers gives both back."""
    table = rib.read_bgpstream([elem(time=seconds + microseconds / 1_000_000.0)])
    expected = seconds * 1_000_000 + microseconds
    assert [expected] == table.changes.column("time").cast("int64").to_pylist()


# -- replay ---------------------------------------------------------------------------------------


def test_replay_is_that_of_the_file(stream, sample):
    """A dump and a stream of updates give the RIB that the dump and the file of updates give."""
    dump = rib.read_mrt(sample / "collector.20250117.0000.mrt.bz2", collector="rrc06")
    path = sample / "updates.20250117.0000.mrt.gz"
    given = dump.apply(rib.read_bgpstream(stream((path, UPDATES))))
    expected = dump.apply(rib.read_updates(path, collector="rrc06"))
    columns = ["prefix", "peer_as", "peer_ip", "as_path", "origin_as", "next_hop", "communities"]
    assert (
        expected.to_arrow().select(columns).to_pylist()
        == given.to_arrow().select(columns).to_pylist()
    )
    assert dump.n_routes != given.n_routes


@pytest.mark.parametrize(
    ("old", "new", "stays"),
    [
        ("ESTABLISHED", "IDLE", False),
        ("", "IDLE", False),
        ("ESTABLISHED", "", False),
        ("", "ESTABLISHED", True),
        ("", "", True),
        ("CONNECT", "ACTIVE", True),
    ],
)
def test_replay_of_states_that_are_not_told(old, new, stays):
    """RIS Live tells the new state alone: a session that is down has no routes."""
    dump = rib.read_bgpstream([SimpleNamespace(**{**vars(elem()), "type": "R"})])
    updates = rib.read_bgpstream([elem("S", time=9.0, **{"old-state": old, "new-state": new})])
    assert stays == bool(dump.apply(updates).n_routes)


# -- several collectors, damage -------------------------------------------------------------------


def test_collectors_stay_in_order_of_arrival():
    """Changes of several collectors are one sequence; each is a file of the receipt and a peer."""
    given = [
        elem(collector="rrc00", time=1.0),
        elem(collector="rrc01", time=2.0),
        elem("W", collector="rrc00", time=3.0),
        elem(collector="rrc01", router="a", time=4.0),
    ]
    given[3].router = "a"
    table = rib.read_bgpstream(given)
    assert ["rrc00", "rrc01", "rrc00", "rrc01/a"] == [
        r["collector"] for r in table.to_arrow().to_pylist()
    ]
    assert [0, 1, 2, 3] == table.changes.column("message").to_pylist()
    assert ["rrc00", "rrc01", "rrc01/a"] == table.peers.column("collector").to_pylist()
    assert [("rrc00", 2), ("rrc01", 1), ("rrc01/a", 1)] == [
        (f.collector, f.changes_kept) for f in table.receipt.files
    ]
    assert {"UPDATE": 4} == table.receipt.messages


def test_records_that_are_not_valid(stream, shared_data):
    """What BGPStream could not read is an issue; the table is that of the rest."""
    path = shared_data / "mrt" / FILES[0]
    bad = {**UPDATES, "status": "corrupted-record"}
    table = rib.read_bgpstream(stream((None, bad), (path, UPDATES)))
    assert (["corrupted_record"], False) == (issues(table), table.receipt.ok)
    assert 1 == table.receipt.records["update/corrupted-record"]
    assert rows(rib.read_updates(path, collector="rrc06")) == rows(table)
    with pytest.raises(rib.MrtError, match="could not read a record of update data"):
        rib.read_bgpstream(stream((None, bad), (path, UPDATES)), on_error="raise")


def test_a_window_that_cuts_updates_is_no_damage(stream, shared_data):
    """Updates have no end that must come."""
    path = shared_data / "mrt" / FILES[0]
    table = rib.read_bgpstream(stream((path, UPDATES), stop_after=100))
    expected = rows(rib.read_updates(path, collector="rrc06"))
    assert table.receipt.ok
    assert 0 < table.n_changes < len(expected)
    assert expected[: table.n_changes] == rows(table)


@pytest.mark.parametrize("status", ["empty-source", "filtered-source"])
def test_hours_without_a_change_are_updates_too(stream, status):
    """Records of updates without elems give an empty table of changes."""
    table = rib.read_bgpstream(stream((None, {**UPDATES, "status": status})))
    assert isinstance(table, rib.Updates)
    assert (0, True, {}) == (table.n_changes, table.receipt.ok, table.receipt.messages)
    assert LOADED_UPDATES["changes"] == table.changes.schema.remove_metadata()


def test_a_rib_that_a_filter_emptied_leaves_updates(stream, shared_data):
    """Which table it is, elems say first: records of a RIB without any do not count."""
    path = shared_data / "mrt" / FILES[0]
    bare = {**UPDATES, "type": "rib", "dump_time": 1401487200, "status": "filtered-source"}
    table = rib.read_bgpstream(stream((None, bare), (path, UPDATES)))
    assert rows(rib.read_updates(path, collector="rrc06")) == rows(table)
    assert [0, table.n_changes] == [file.changes_kept for file in table.receipt.files]
    assert table.receipt.ok
    assert isinstance(rib.read_bgpstream(stream((None, bare))), rib.Rib)


# -- mixed streams --------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (1, 0, 2)])
def test_updates_beside_ribs_are_left_out_in_any_order(order):
    """A stream with a RIB gives a Rib, and the receipt says how to have both."""
    given = [SimpleNamespace(**{**vars(elem()), "type": "R"}), elem("A"), elem("W")]
    table = rib.read_bgpstream([given[n] for n in order])
    assert isinstance(table, rib.Rib)
    assert (1, ["updates_left_out"]) == (table.n_routes, issues(table))
    assert "table.apply(updates)" in table.receipt.issues.column("detail")[0].as_py()
    with pytest.raises(rib.MrtError, match="2 elems of updates beside RIBs"):
        rib.read_bgpstream(given, on_error="raise")


def test_the_real_pybgpstream(shared_data):
    """The real package over a local file gives what `read_updates` gives."""
    real = pytest.importorskip("pybgpstream", reason="needs CAIDA's libbgpstream")
    path = shared_data / "mrt" / FILES[0]
    stream = real.BGPStream(data_interface="singlefile")
    stream.set_data_interface_option("singlefile", "upd-file", str(path))
    table = rib.read_bgpstream(stream)
    collector = table.peers.column("collector")[0].as_py()
    assert rows(rib.read_updates(path, collector=collector)) == rows(table)
