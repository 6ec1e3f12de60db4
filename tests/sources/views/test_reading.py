"""Tests of `read_view`: what a view becomes, whichever format it has."""

import bz2
import gzip
import io
import lzma

import pyarrow as pa
import pytest
from views import BGPDUMP, BIRD2, BIRD_LOOKING_GLASS, FRR_TABLE, OWN_ROUTEROS, ROUTEROS, VIEWS

import rib
from rib.fallback import streams
from rib.sources.views import reading
from rib.sources.views.formats import boundary, detect

TABLES = ("routes", "prefixes", "as_paths", "attributes", "peers")


def rows(table):
    """Give the routes with their attributes, in order."""
    found = []
    for route in table.routes.to_pylist():
        attributes = table.attributes.slice(route["attributes_id"], 1).to_pylist()[0]
        path = table.as_paths.slice(route["as_path_id"], 1).to_pylist()[0]["hops"]
        peer = table.peers.slice(route["peer_id"], 1).to_pylist()[0]
        prefix = table.prefixes.column("text")[route["prefix_id"]].as_py()
        given = {k: v for k, v in attributes.items() if v not in (None, False)}
        found.append((prefix, peer["peer_as"], peer["peer_ip"], path, given))
    return found


def same(one, other):
    return all(getattr(one, name).equals(getattr(other, name)) for name in TABLES)


def test_the_running_example_seen_from_outside():
    """The looking glass shows the way in: through AS29075, with its communities, MED and LOCAL_PREF."""
    table = rib.read_view(BIRD_LOOKING_GLASS)
    given = {
        "origin": "IGP",
        "next_hop": "192.0.2.29",
        "med": 161,
        "local_pref": 40,
        "communities": [0, 29075 << 16 | 18000, 65535 << 16 | 65281],
    }
    assert rows(table) == [("91.208.207.0/24", 29075, "192.0.2.29", [29075, 213394], given)]
    assert table.peers["peer_as_inferred"].to_pylist() == [True]
    assert table.receipt.ok


def test_the_running_example_seen_from_its_own_router():
    """The own router shows the way out: through AS3356."""
    table = rib.read_view(OWN_ROUTEROS, peers={"lumen-1": 3356})
    ((prefix, peer_as, _, path, given),) = rows(table)
    assert (prefix, peer_as, path) == ("5.39.0.0/17", 3356, [3356, 16276])
    assert given["communities"] == [3356 << 16 | low for low in (3, 22, 86, 575, 666)]
    assert table.receipt.ok


@pytest.mark.parametrize("name", VIEWS)
def test_format_is_told_by_the_text(name):
    """Each view is read as what it is, and reads the same where its format is named."""
    known, text = VIEWS[name]
    assert known == detect(text)
    assert same(rib.read_view(text), rib.read_view(text, known))


@pytest.mark.parametrize("name", VIEWS)
def test_every_byte_is_accounted_for(name):
    """The sums of the receipt agree, and nothing is lost but what is of other families."""
    table = rib.read_view(VIEWS[name][1])
    (file,) = table.receipt.files
    assert file.reconciled
    assert len(VIEWS[name][1]) == file.bytes_uncompressed
    assert (0, ()) == (file.routes_lost, file.skipped)
    assert {"other_family"} >= set(table.receipt.issues.column("kind").to_pylist())


@pytest.mark.parametrize("name", VIEWS)
def test_line_ends_of_windows(name):
    """Lines may end in CR LF."""
    text = VIEWS[name][1]
    table = rib.read_view(text.replace(b"\n", b"\r\n"))
    assert same(table, rib.read_view(text))
    assert all(file.reconciled for file in table.receipt.files)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_compressed_views(pack, tmp_path):
    """Views are decompressed as dumps are, from paths, bytes and files."""
    path = tmp_path / "view.txt"
    path.write_bytes(pack(BGPDUMP))
    whole = rib.read_view(BGPDUMP)
    for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        assert same(whole, rib.read_view(source))


def test_several_views_are_one_table(tmp_path):
    """Views of one router are one table with the same peers, whatever their formats."""
    (tmp_path / "view.a.txt").write_bytes(BIRD2)
    (tmp_path / "view.b.txt").write_bytes(ROUTEROS)
    (tmp_path / "notes.txt").write_bytes(b"nothing")
    table = rib.read_view(tmp_path, collector="edge")
    assert table.n_routes == 5
    assert set(table.peers["collector"].to_pylist()) == {"edge"}
    assert [str(tmp_path / "notes.txt")] == list(table.receipt.passed_over)
    assert same(table, rib.read_view(str(tmp_path / "view.*"), collector="edge"))


def test_parts_are_read_as_the_whole(monkeypatch):
    """Where a view is cut into parts changes nothing, line numbers of issues included."""
    damaged = BGPDUMP * 3 + b"garbage\n" + BGPDUMP
    for text in (damaged, (BIRD2 + b"what?\n") * 3, ROUTEROS * 3):
        monkeypatch.setattr(reading, "HEAD", 1 << 16)
        monkeypatch.setattr(reading, "_PART", 1 << 22)
        whole = rib.read_view(text)
        monkeypatch.setattr(reading, "HEAD", 400)
        monkeypatch.setattr(reading, "_PART", 400)
        monkeypatch.setattr(streams, "_CHUNK", 100)
        parts = rib.read_view(text)
        monkeypatch.undo()
        assert same(whole, parts)
        assert whole.receipt == parts.receipt


@pytest.mark.parametrize("name", ["bgpdump", "bird", "routeros"])
def test_text_without_a_boundary_waits_for_more(name):
    """A part that has no end between two routes is read with the next."""
    assert boundary(name, b"x") == 0


def test_peers_are_named_by_session_or_address():
    """An AS that the user gives goes before all others; it is not inferred."""
    table = rib.read_view(BIRD2, peers={"edge1": 64666, "198.51.100.9": 64777})
    assert table.peers["peer_as"].to_pylist() == [64666, 64777]
    assert table.peers["peer_as_inferred"].to_pylist() == [False, False]


def test_a_name_that_is_no_peers_is_refused():
    """A name that is mistyped is an error that lists the peers."""
    with pytest.raises(ValueError, match=r"found 'edge3'; the peers are 198\.51\.100\.1, .*edge1"):
        rib.read_view(BIRD2, peers={"edge3": 64666})


def test_peers_with_paths_of_many_neighbours_stay_unknown():
    """An IBGP peer sends paths that begin anywhere: its AS is 0, not a guess."""
    lines = [b"BIRD 2.0 ready."]
    for number in range(4):
        lines += [
            b"192.0.%d.0/24 unicast [ibgp1 2025-01-01 from 10.0.0.9] * (100) [AS1i]" % number,
            b"\tType: BGP univ",
            b"\tBGP.as_path: 6450%d 1" % number,
        ]
    table = rib.read_view(b"\n".join(lines))
    assert table.peers["peer_as"].to_pylist() == [0]
    assert table.peers["is_local"].to_pylist() == [False]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"format": "junos"}, "format='junos': expected one of 'auto', 'bgpdump'"),
        ({"on_error": "ignore"}, "on_error='ignore'"),
        ({"peers": {"a": 0}}, r"peers\['a'\]=0: expected an AS"),
        ({"peers": {"a": True}}, r"peers\['a'\]=True: expected an AS"),
    ],
)
def test_bad_arguments_raise_at_once(arguments, message):
    """Arguments are looked at before anything is read."""
    with pytest.raises(ValueError, match=message):
        rib.read_view("no such file", **arguments)


@pytest.mark.parametrize("peers", [["a"], {1: 2}])
def test_peers_of_another_type_raise(peers):
    """Peers are a mapping of text."""
    with pytest.raises(TypeError, match="peers"):
        rib.read_view("no such file", peers=peers)


def test_missing_file_is_an_os_error():
    """A file that is not there is FileNotFoundError, as everywhere."""
    with pytest.raises(FileNotFoundError):
        rib.read_view("no such file")


@pytest.mark.parametrize(
    "text", [b"", b"  \n\n", b"Hello\nworld\n", b"[1, 2]", b'{"a": 1}', b"\0\x01"]
)
def test_text_that_is_no_view_raises(text):
    """What is no view is an error that says what was looked for, or that there is no text."""
    with pytest.raises(rib.ViewError, match="expected a view") as caught:
        rib.read_view(text)
    assert caught.value.path == "<bytes>"


@pytest.mark.parametrize(
    "text", [b'{"routes": {', b'{"routes": ' + b"[" * 100_000, b'{"rib": \xff}']
)
def test_damaged_json_raises(text):
    """A document is whole or nothing."""
    with pytest.raises(rib.ViewError, match="expected JSON"):
        rib.read_view(text)


def test_damage_among_several_views_is_an_issue():
    """One view that cannot be read does not cost the others, and is no silence."""
    table = rib.read_view([BIRD2, b"Hello\n" * 20_000, FRR_TABLE[:-3]])
    assert table.n_routes == 2
    kinds = table.receipt.issues.column("kind").to_pylist()
    assert ["not_a_view", "not_a_view", "no_routes"] == kinds
    assert all(file.reconciled for file in table.receipt.files)
    assert sum(s.length for s in table.receipt.skipped) == 120_000 + len(FRR_TABLE) - 3


def test_raise_names_the_line():
    """With on_error="raise" the first line that is not understood raises."""
    with pytest.raises(rib.ViewError, match="line 3: expected a line of bgpdump") as caught:
        rib.read_view(BGPDUMP.replace(b"TABLE_DUMP2_AP", b"TABLE"), on_error="raise")
    assert caught.value.line == 3


def test_a_cut_file_is_an_issue():
    """Of compressed data that ends early every whole line is kept."""
    packed = gzip.compress(BGPDUMP * 2000)
    table = rib.read_view(packed[: len(packed) // 2])
    assert 0 < table.n_routes < 6000
    assert "truncated" in table.receipt.issues.column("kind").to_pylist()


def test_a_limit_is_an_issue():
    """What is beyond the limit is not read, and said."""
    table = rib.read_view(gzip.compress(BGPDUMP * 2000), max_bytes=len(BGPDUMP))
    assert (table.n_routes, table.receipt.issues["kind"].to_pylist()) == (3, ["limit"])
    with pytest.raises(ValueError, match="max_bytes=0"):
        rib.read_view(BGPDUMP, max_bytes=0)


def test_issues_beyond_a_thousand_are_counted():
    """A view of another kind than was named does not fill the memory with issues."""
    table = rib.read_view(b"what is this?\n" * 5000, "bgpdump")
    assert table.receipt.issues.num_rows == 1001
    assert "4001 more issues" in table.receipt.issues.column("detail")[1000].as_py()
    assert table.receipt.files[0].n_issues == 5001
    assert table.n_routes == 0


def test_other_families_are_counted_with_an_issue_each():
    """Routes of VPNs and of other tables are no loss, and not passed over in silence."""
    receipt = rib.read_view(ROUTEROS).receipt
    assert receipt.other_families == {"routing-table=customer": 1, "vpn4": 1}
    details = receipt.issues.column("detail").to_pylist()
    assert details == [
        "line 20: 1 routes of vpn4, which are not read",
        "line 22: 1 routes of routing-table=customer, which are not read",
    ]
    assert receipt.issues.column("record").to_pylist() == [20, 22]


def test_columns_are_those_of_a_dump():
    """A table of a view has the columns of any other, with nothing made up."""
    table = rib.read_view(BIRD2)
    assert table.peers["bgp_id"].null_count == table.n_peers
    assert table.routes["add_path_id"].type == pa.uint32()
    assert {0} == set(table.routes["record_time"].to_pylist())
    assert "not told" in repr(table)
