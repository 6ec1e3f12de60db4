"""Tests of `verify_mrt`: real oracles on real dumps, and made-up ones that lie."""

import shutil
import subprocess
import sys

import pytest
from dumps import CUT_RIB, RIBS
from internet import mrt_writer as mrt
from oracles import INSTALLED, OLD_BLOCK, PATH, SESSION, Twin, plain, states

import rib
from rib.sources.held import Reading
from rib.sources.verify import verification
from rib.sources.verify.route import AbsentError, communities, path_text
from rib.sources.verify.verification import ORACLES, verify_mrt

# -- real oracles ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*RIBS, CUT_RIB])
def test_verify_mrt_agrees_on_real_dumps_and_what_is_written_of_them(name, shared_data, tmp_path):
    """Every installed oracle reads the same from a real dump, and from its clean copy."""
    path, clean = shared_data / "mrt" / name, tmp_path / "clean.mrt.gz"
    for file in (path, clean):
        found = verify_mrt(file, records=100)
        assert dict.fromkeys(states(found), ("agrees", [])) == states(found)
        if file is path:
            found.table.write_mrt(clean)


def test_verify_mrt_agrees_on_the_written_sample(sample, tmp_path):
    """The sample with all its attributes, written and read by the oracles."""
    table = rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")
    path = tmp_path / "written.mrt"
    table.select(family=6).write_mrt(path)
    found = verify_mrt(path, records=500)
    assert found.is_partial
    assert 500 == found.n_records == found.counts["records"]
    assert dict.fromkeys(states(found), ("agrees", [])) == states(found)


def test_verify_mrt_reads_all_records_for_zero(tmp_path):
    """0 records are all of them."""
    found = verify_mrt(plain(tmp_path), records=0)
    assert (7, False) == (found.n_records, found.is_partial)
    assert {"records": 7, "routes": 12, "peers": 2, "prefixes": 6} == found.counts
    assert dict.fromkeys(states(found), ("agrees", [])) == states(found)


def test_verify_mrt_leaves_out_what_oracles_do_not_tell_apart(tmp_path):
    """Multicast and RIB_GENERIC records are not compared."""
    path = plain(tmp_path)
    entry = mrt.rib_entry(0, mrt.origin() + PATH)
    more = mrt.rib("10.9.0.0/16", [entry], safi=mrt.MULTICAST)
    more += mrt.rib_generic(mrt.IPV4, mrt.UNICAST, mrt.nlri("10.8.0.0/16"), [entry])
    path.write_bytes(path.read_bytes() + more)
    found = verify_mrt(path)
    assert (9, 7) == (found.n_records, found.counts["records"])
    assert dict.fromkeys(states(found), ("agrees", [])) == states(found)


GOBGP = "AFI and SAFI stand before the prefix"


@pytest.mark.parametrize("add_path", [False, True])
def test_verify_mrt_leaves_out_records_that_no_other_reader_knows(add_path, tmp_path):
    """BGP4MP_ENTRY, and GoBGP's records that name their family, are counted with the reason."""
    path_id = 5 if add_path else None
    entry = mrt.rib_entry(0, mrt.origin() + PATH + mrt.next_hop("192.0.2.9"), path_id=path_id)
    gobgp = mrt.rib("10.9.0.0/16", [entry], add_path=add_path, names_family=True)
    old = mrt.bgp4mp_entry(SESSION, "10.8.0.0/16", "192.0.2.1", OLD_BLOCK)
    path = plain(tmp_path)
    path.write_bytes(path.read_bytes() + gobgp + old * 2)
    found = verify_mrt(path)
    assert (10, 7, 12) == (found.n_records, found.counts["records"], found.counts["routes"])
    assert [1, 2] == [n for _, _, n in found.left_out]
    (name, why, _), (old_name, old_why, _) = found.left_out
    assert name.startswith("TABLE_DUMP_V2/RIB_IPV4_UNICAST")
    assert GOBGP in why
    assert ("BGP4MP/BGP4MP_ENTRY", "no other reader reads them") == (old_name, old_why)
    assert dict.fromkeys(states(found), ("agrees", [])) == states(found)


def test_verify_mrt_has_no_answer_where_nothing_is_comparable(tmp_path):
    """Where every route is in records that are left out, nothing agrees and nothing differs."""
    path = tmp_path / "dump.mrt"
    path.write_bytes(mrt.bgp4mp_entry(SESSION, "10.8.0.0/16", "192.0.2.1", OLD_BLOCK))
    found = verify_mrt(path)
    assert {"nothing to compare"} == {c.state for c in found.comparisons}
    assert (False, False, 1) == (found.has_answer, found.agrees, found.table.n_routes)


def test_verify_mrt_compares_either_safi(tmp_path):
    """With ``safi="multicast"`` the multicast records are those that are compared."""
    path = plain(tmp_path)
    entry = mrt.rib_entry(0, mrt.origin() + PATH + mrt.next_hop("192.0.2.9"))
    path.write_bytes(path.read_bytes() + mrt.rib("10.9.0.0/16", [entry], safi=mrt.MULTICAST))
    found = verify_mrt(path, how=Reading(safi="multicast"))
    assert (2, 1) == (found.counts["records"], found.counts["routes"])
    assert [("TABLE_DUMP_V2/RIB_IPV4_UNICAST", 6)] == [(name, n) for name, _, n in found.left_out]
    expected = dict.fromkeys(states(found), ("agrees", []))
    if INSTALLED["bgpdump"]:
        expected["bgpdump"] = ("nothing to compare", [])
    assert expected == states(found)


# -- made-up oracles ------------------------------------------------------------------------------


def ask(monkeypatch, path, change, **attributes):
    """Verify a file with a twin that changes its routes."""
    oracle = type("Liar", (Twin,), {"change": lambda _, routes: change(routes), **attributes})
    monkeypatch.setattr(verification, "ORACLES", (oracle,))
    found = verify_mrt(path)
    (comparison,) = found.comparisons
    return found, comparison


def test_verify_mrt_agrees_with_a_twin(monkeypatch, tmp_path):
    """A reader that gives the same agrees, in whatever order it gives it."""
    found, twin = ask(monkeypatch, plain(tmp_path), reversed)
    assert ("agrees", 12, 0) == (twin.state, twin.n_sampled, twin.n_differences)
    assert found.agrees


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("as_path", "1 2"),
        ("origin", "EGP"),
        ("next_hop", None),
        ("med", None),
        ("local_pref", 0),
        ("communities", ()),
        ("path_id", 1),
    ],
)
def test_verify_mrt_finds_one_changed_field(field, value, monkeypatch, tmp_path):
    """A single wrong field of a single route is found and named."""
    found, liar = ask(
        monkeypatch,
        plain(tmp_path),
        lambda routes: [routes[0]._replace(**{field: value}), *routes[1:]],
    )
    (difference,) = liar.differences
    assert ("differs", 1, field) == (liar.state, liar.n_differences, difference.field)
    assert "10.0.0.0/16 from AS64500 at 192.0.2.1" == difference.where
    assert str(value) == difference.theirs
    assert not found.agrees


def test_verify_mrt_finds_missing_and_extra_routes(monkeypatch, tmp_path):
    """A lost route, an invented one: counts and the place differ."""
    path = plain(tmp_path)
    _, liar = ask(monkeypatch, path, lambda routes: routes[1:])
    assert {"routes", "route"} == {d.field for d in liar.differences}
    _, liar = ask(
        monkeypatch, path, lambda routes: [*routes, routes[0]._replace(prefix="11.0.0.0/8")]
    )
    assert {"routes", "prefixes", "route"} == {d.field for d in liar.differences}


def test_verify_mrt_allows_for_what_an_oracle_cannot_say(monkeypatch, tmp_path):
    """Printed zeros for absent values and fields that it does not have are no differences."""
    _, twin = ask(
        monkeypatch,
        plain(tmp_path),
        lambda routes: [r._replace(local_pref=0, path_id=5) for r in routes],
        absent={"local_pref": 0},
        unsaid=frozenset(("path_id",)),
    )
    assert "agrees" == twin.state


def test_verify_mrt_does_not_fail_on_known_errors_of_others(monkeypatch, tmp_path):
    """A difference with a known reason is shown with it, and agrees otherwise."""
    monkeypatch.setattr(
        "rib.sources.verify.comparison.reason", lambda *_: "the other one is known to err"
    )
    found, liar = ask(
        monkeypatch, plain(tmp_path), lambda routes: [routes[0]._replace(med=1), *routes[1:]]
    )
    assert ("explained", 1, 1) == (liar.state, liar.n_differences, liar.n_explained)
    assert "the other one is known to err" == liar.differences[0].reason
    assert found.agrees


def test_verify_mrt_reports_oracles_that_fail_or_are_absent(monkeypatch, tmp_path):
    """What an oracle raises is its answer; without any answer nothing agrees."""

    class Broken(Twin):
        def routes(self, path):
            raise RuntimeError("no idea")

    class Gone(Twin):
        def version(self):
            raise AbsentError("not here")

    monkeypatch.setattr(verification, "ORACLES", (Broken, Gone))
    found = verify_mrt(plain(tmp_path))
    assert [("failed", "RuntimeError: no idea"), ("not installed", "not here")] == [
        (c.state, c.detail) for c in found.comparisons
    ]
    assert not found.has_answer
    assert not found.agrees


def test_oracles_say_when_they_are_not_installed(monkeypatch):
    """Each oracle raises `AbsentError` where its program or package is missing."""
    from importlib import metadata

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(metadata, "version", missing)
    for oracle in ORACLES:
        with pytest.raises(AbsentError, match=oracle.name):
            oracle().version()


def test_mrtparse_leaves_sigpipe_alone():
    """Its import lets a closed connection end the process; ours does not."""
    code = (
        "import signal; from rib.sources.verify.mrtparse import import_reader;"
        "before = signal.getsignal(signal.SIGPIPE); import_reader();"
        "assert before == signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_verify_mrt_compares_the_peer_as_that_the_file_has(tmp_path):
    """A peer listed with AS 0, whose AS rib takes from its paths, is no difference."""
    entries = [mrt.rib_entry(0, mrt.origin() + PATH + mrt.next_hop("192.0.2.9"))]
    records = (mrt.rib(f"10.{i}.0.0/16", entries) for i in range(150))
    path = tmp_path / "dump.mrt"
    peers = mrt.peer_index_table([mrt.Peer(0, "192.0.2.1", "10.0.0.1")], timestamp=1)
    path.write_bytes(peers + b"".join(records))
    found = verify_mrt(path)
    assert [True] == found.table.peers.column("peer_as_inferred").to_pylist()
    assert {("agrees", ())} >= {(state, tuple(d)) for state, d in states(found).values()}


# -- parts ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not INSTALLED["bgpdump"], reason="no bgpdump here (apt-get install)")
def test_verify_mrt_survives_a_bgpdump_that_dies(tmp_path):
    """Bgpdump aborts at a peer index out of range; that is its answer, the others go on."""
    path = plain(tmp_path)
    bad = mrt.rib("10.200.0.0/16", [mrt.rib_entry(9, mrt.origin() + PATH)])
    path.write_bytes(path.read_bytes() + bad)
    found = {c.name: c for c in verify_mrt(path).comparisons}["bgpdump"]
    assert ("failed", "RuntimeError: bgpdump was ended by signal 6") == (found.state, found.detail)


def test_communities_reads_numbers_and_names():
    """Plain and well-known communities are numbers, others are passed over."""
    given = ["64500:1", "no-export", "NO_ADVERTISE", "1:2:3", "rt:1:2"]
    assert (0xFBF40001, 0xFFFFFF01, 0xFFFFFF02) == communities(given)


def test_path_text_sorts_sets():
    """Members of sets ascend; sequences keep their order."""
    assert "3 2 {1,9,10} (5 4) [1,2]" == path_text("3 2 {10,9,1} (5 4) [2,1]")


def test_verify_mrt_refuses_a_negative_number(tmp_path):
    """What is no number of records, or no path, is named."""
    for records in (-1, 1.5, "5", True):
        with pytest.raises(ValueError, match=f"records={records!r}: expected"):
            verify_mrt(plain(tmp_path), records=records)
    with pytest.raises(TypeError, match="path=5: expected"):
        verify_mrt(5)


def test_verify_mrt_of_other_and_missing_files(tmp_path):
    """What holds neither a RIB nor updates is refused as `read_mrt` refuses it."""
    text = tmp_path / "text.mrt"
    text.write_text("no MRT at all\n")
    with pytest.raises(rib.UnsupportedMrtError):
        verify_mrt(text)
    with pytest.raises(FileNotFoundError):
        verify_mrt(tmp_path / "none.mrt")
    with pytest.raises(IsADirectoryError):
        verify_mrt(tmp_path)


def test_verify_mrt_compares_what_is_whole_of_a_cut_file(tmp_path):
    """Of a cut file the whole records are compared, and the receipt of the file says the cut."""
    path = plain(tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    found = verify_mrt(path)
    assert not found.table.receipt.ok
    assert 10 == found.counts["routes"]
    assert dict.fromkeys(states(found), ("agrees", [])) == states(found)
