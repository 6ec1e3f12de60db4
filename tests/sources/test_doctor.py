"""Tests of `diagnose`: the writer, from habits of real and imitated programs, and the deviations."""

import re

import pytest
from internet import mrt_writer as mrt

import rib
from rib.sources.doctor import diagnose
from rib.sources.doctor.deviations import EXPLANATIONS
from rib.sources.doctor.traits import Traits, read_traits
from rib.sources.doctor.writers import WRITERS, guess_project, guess_writer
from rib.sources.held import Reading

SESSION = mrt.Session(64500, 64501, "192.0.2.1", "192.0.2.2")
NOW = 1_737_460_800


def dump(tmp_path, *records, name="dump.mrt"):
    path = tmp_path / name
    path.write_bytes(b"".join(records))
    return path


# -- the writer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "writer", "project"),
    [
        ("bgpdump/bview.64k_stream_overflow.gz", "RIS", "RIS"),
        ("bgpdump/bview.ipv4_unicast_add_path.gz", "BIRD", None),
        ("bgpdump/bview.ipv6_unicast_add_path.gz", "BIRD", None),
        ("daemons/bird-mrtdump_rib", "BIRD", None),
        ("daemons/bird6-mrtdump_rib", "BIRD", None),
        ("daemons/openbgpd_rib_table", "OpenBGPD", None),
        ("daemons/openbgpd_rib_table-v2", "OpenBGPD", None),
        ("daemons/openbgpd_rib_table-mp", "OpenBGPD", None),
        ("daemons/quagga_rib", "Quagga", None),
        ("routeviews/bview.20140112.1600.three-records.bz2", "Quagga", "RIS"),
        ("routeviews/rib.20140523.0600.truncated-1MiB.bz2", "Quagga", "RouteViews"),
        ("routeviews/rib.20140530.2200.route-views.jinx.bz2", "Quagga", "RouteViews"),
    ],
)
def test_diagnose_names_the_writer_of_real_dumps(name, writer, project, shared_data):
    """Dumps of known programs and collectors are told by their habits, with evidence."""
    traits = read_traits(shared_data / "mrt" / name)
    guess = guess_writer(traits)
    assert writer == guess.writer
    assert guess.confidence in ("medium", "high")
    assert guess.evidence
    found = guess_project(name.partition("/")[2], traits)
    assert project == (None if found is None else found[0])


DUMMY = mrt.Peer(0, "0.0.0.0", "0.0.0.0")
PEERS = [
    DUMMY,
    mrt.Peer(64500, "192.0.2.1", "10.0.0.1"),
    mrt.Peer(64501, "2001:db8::1", "10.0.0.2"),
]
LONG_PATH = mrt.attribute(2, mrt.segments([mrt.sequence(64500)]), flags=0x50)
PATH = mrt.as_path(mrt.sequence(64500))
FULL = mrt.mp_reach(2, 1, ["2001:db8::9"], mrt.nlri("2001:db8::/32"))
LARGE = mrt.large_communities([(1, 2, 3)])
SHORT = mrt.mp_reach_abbreviated("2001:db8::9")


V6, V4 = "2001:db8::/32", "10.0.0.0/8"


@pytest.mark.parametrize(
    ("writer", "prefix", "peers", "view", "block"),
    [
        ("FRR", V6, PEERS, "", mrt.origin() + LONG_PATH + LARGE + FULL),
        ("GoBGP", V6, PEERS, "", mrt.origin() + PATH + FULL + LARGE),
        # Its releases before the three octets of AFI and SAFI were left out.
        ("GoBGP", V6, PEERS, "", mrt.origin() + PATH + mrt.attribute(14, b"\0\2\1" + SHORT[3:])),
        (
            "GoBGP",
            V4,
            [DUMMY, mrt.Peer(0, "192.0.2.1", "10.0.0.1"), mrt.Peer(0, "192.0.2.2", "10.0.0.2")],
            "",
            mrt.origin() + PATH + mrt.next_hop("192.0.2.1"),
        ),
        (
            "BIRD",
            V6,
            [mrt.Peer(0, "::"), *PEERS[1:]],
            "master6",
            mrt.origin() + PATH + mrt.local_pref(1) + LARGE + SHORT,
        ),
        (
            "OpenBGPD",
            V6,
            [*PEERS[1:], mrt.Peer(64500, "0.0.0.0", "10.9.9.9")],
            "Adj-RIB-In\0",
            mrt.origin() + PATH + mrt.local_pref(100) + LARGE + SHORT,
        ),
        ("Quagga", V6, PEERS[1:], "", mrt.origin() + LONG_PATH + FULL),
    ],
    ids=["frr", "gobgp", "gobgp-afi", "gobgp-as0", "bird", "openbgpd", "quagga"],
)
def test_diagnose_names_the_writer_by_its_source(writer, prefix, peers, view, block, tmp_path):
    """Dumps written as each program's source writes them are told apart."""
    time = 1_400_000_000 if writer == "Quagga" else NOW
    table = mrt.peer_index_table(peers, view=view, collector_id="10.9.9.9", timestamp=time)
    record = mrt.rib(prefix, [mrt.rib_entry(1, block)] * 2, timestamp=time)
    guess = diagnose(dump(tmp_path, table, record)).guess
    assert (writer, "high") == (guess.writer, guess.confidence), guess


def test_diagnose_knows_its_own_dumps(sample, tmp_path):
    """What `write_mrt` wrote is told as rib's, and deviates in nothing."""
    path = tmp_path / "clean.mrt"
    rib.read_mrt(sample / "own.20250121.1200.mrt.gz").write_mrt(path)
    found = diagnose(path)
    assert "rib" == found.guess.writer
    assert [] == found.deviations


def test_diagnose_knows_gobgp_by_mixed_families_and_a_peer_past_the_list(tmp_path):
    """GoBGP's own routes have no peer, and its prefixes come in no order of families."""
    block = mrt.origin() + PATH + FULL
    prefixes = [V6, V4, "2001:db8:1::/48", "10.1.0.0/16"]
    records = [mrt.rib(p, [mrt.rib_entry(len(PEERS), block)]) for p in prefixes]
    records.append(mrt.rib(V4, [mrt.rib_entry(1, block)]))
    guess = diagnose(dump(tmp_path, mrt.peer_index_table(PEERS), *records)).guess
    assert ("GoBGP", "high") == (guess.writer, guess.confidence), guess


def test_guess_writer_without_clues_is_unknown():
    """Where nothing speaks for a program, none is named."""
    guess = guess_writer(Traits())
    assert (None, "none", ()) == (guess.writer, guess.confidence, guess.evidence)
    assert set(WRITERS) == set(guess.scores)


def test_read_traits_stops_quietly_at_damage(tmp_path):
    """Lengths that lie end the walk of their record, not of the file."""
    table = mrt.peer_index_table(PEERS, count=9)
    records = [
        mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH, attribute_length=999)]),
        mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, mrt.attribute(2, b"", length=9))]),
        mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)], count=3),
        mrt.record(13, 2, b"\0\0"),
        mrt.record(13, 1, b""),
        mrt.record(12, 1, b"\0"),
    ]
    traits = read_traits(dump(tmp_path, table, *records))
    assert (3, 1, 7) == (len(traits.peers), traits.entries, traits.n_records)


def test_read_traits_looks_at_the_first_records_only(sample):
    """The walk is bounded."""
    path = sample / "collector.20250121.1200.mrt.bz2"
    assert 10 == read_traits(path, 10).n_records
    assert 1000 == read_traits(path).n_records


def test_table_mp_without_local_pref_is_not_openbgpd_s(tmp_path):
    """BGP4MP_ENTRY alone is no proof; records that lie end their own walk."""
    block = mrt.origin() + mrt.as_path(mrt.sequence(64500), asn_bytes=2)
    records = [mrt.bgp4mp_entry(SESSION, V4, "192.0.2.1", block), mrt.record(16, 2, b"\0")]
    traits = read_traits(dump(tmp_path, *records))
    assert (1, 1) == (traits.entries, traits.types[2])
    assert "OpenBGPD" != guess_writer(traits).writer


# -- updates --------------------------------------------------------------------------------------


def test_diagnose_of_updates_lists_their_deviations(tmp_path):
    """Updates are described as they load: what is lost, what is odd, who is not known."""
    bad = mrt.bgp_update(attributes=mrt.origin() + PATH, announced=b"\x21\0\0\0\0\0")
    zero = mrt.origin() + mrt.as_path(mrt.sequence(64500, 0)) + mrt.next_hop("192.0.2.1")
    records = [
        mrt.message(SESSION, mrt.bgp_update(attributes=zero, announced=mrt.nlri(V4))),
        mrt.message(SESSION, mrt.bgp_update(attributes=PATH, announced=mrt.nlri("11.0.0.0/8"))),
        mrt.message(SESSION, mrt.bgp_update(withdrawn=mrt.nlri(V4))),
        mrt.message(SESSION, bad),
    ]
    found = diagnose(dump(tmp_path, *records))
    assert isinstance(found.table, rib.Updates)
    assert None is found.guess.writer
    assert [
        ("malformed_message", 1, True),
        ("as_0_in_path", 1, False),
        ("no_next_hop", 1, False),
        ("no_origin", 1, False),
    ] == [(d.kind, d.times, d.is_loss) for d in found.deviations]
    assert {"malformed_message"} == {
        d.kind for d in found.deviations if "contradicts" in d.explanation
    }


def test_diagnose_knows_openbgpd_s_updates(shared_data):
    """Changes of state that name both ends the wrong way round are its mark."""
    guess = diagnose(shared_data / "mrt/daemons/openbgpd_bgp").guess
    assert "OpenBGPD" == guess.writer
    assert "each other's place" in guess.evidence[0]


def test_diagnose_names_the_project_of_updates(shared_data):
    """A file that is called as RIS calls its own is of RIS."""
    found = diagnose(shared_data / "mrt/updates/updates.20140530.2215.rrc06.gz")
    assert found.project is not None
    assert "RIS" == found.project[0]
    assert [] == found.deviations


def test_diagnose_reads_as_it_is_told(tmp_path):
    """The arguments of `read_mrt` mean what they do there."""
    cut = dump(tmp_path, mrt.peer_index_table(PEERS), mrt.rib(V4, [mrt.rib_entry(1, PATH)])[:-1])
    with pytest.raises(rib.MrtError):
        diagnose(cut, how=Reading(on_error="raise"))


# -- deviations -----------------------------------------------------------------------------------


def test_diagnose_explains_quirks_issues_and_columns(tmp_path):
    """Each deviation is counted, explained with its section, losses first."""
    records = [
        mrt.rib("2001:db8::/32", [mrt.rib_entry(1, mrt.origin() + PATH + FULL)]),
        mrt.rib("10.0.0.0/8", [mrt.rib_entry(9, mrt.origin() + PATH)]),
        mrt.rib("10.0.0.0/9", [mrt.rib_entry(0, b"")]),
        mrt.rib("10.0.0.0/10", [mrt.rib_entry(1, mrt.origin() + mrt.as_path(mrt.sequence(0, 0)))]),
    ]
    found = diagnose(dump(tmp_path, mrt.peer_index_table(PEERS), *records)).deviations
    expected = [
        ("peer_index_out_of_range", 1, True),
        ("no_next_hop", 2, False),
        ("as_0_in_path", 1, False),
        ("missing_as_path", 1, False),
        ("mp_reach_full", 1, False),
        ("no_origin", 1, False),
        ("peer_as_0", 1, False),
    ]
    assert expected == [(d.kind, d.times, d.is_loss) for d in found]
    assert all(d.explanation and d.reference.startswith("RFC") for d in found)


def test_every_quirk_of_the_receipt_is_explained(root):
    """No quirk that the native reader counts is without its sentence."""
    source = (root / "rust/src/rib/quirks.rs").read_text()
    names = re.findall(r'^    "(\w+)",$', source, flags=re.MULTILINE)
    assert len(names) > 5
    assert set() == set(names) - set(EXPLANATIONS)


def test_diagnose_counts_a_kind_it_does_not_know(tmp_path, monkeypatch):
    """A quirk without an explanation is still listed, by its name."""
    monkeypatch.delitem(EXPLANATIONS, "mp_reach_full")
    path = dump(
        tmp_path,
        mrt.peer_index_table(PEERS),
        mrt.rib("2001:db8::/32", [mrt.rib_entry(1, mrt.origin() + PATH + FULL)]),
    )
    (only,) = diagnose(path).deviations
    assert ("mp_reach_full", "mp reach full", "") == (only.kind, only.explanation, only.reference)


# -- unhappy paths --------------------------------------------------------------------------------


def test_diagnose_of_another_format_is_an_error(tmp_path):
    """What is neither a RIB nor updates is refused."""
    with pytest.raises(rib.UnsupportedMrtError, match="dump"):
        diagnose(dump(tmp_path, b"no MRT at all, but a text\n"))


def test_diagnose_of_an_empty_file_is_an_error(tmp_path):
    """An empty file has nothing to diagnose."""
    with pytest.raises(rib.MrtError, match="empty"):
        diagnose(dump(tmp_path))


def test_diagnose_takes_one_file(tmp_path):
    """A directory, a glob or a missing file is an error of the system's kind."""
    with pytest.raises(IsADirectoryError):
        diagnose(tmp_path)
    with pytest.raises(FileNotFoundError):
        diagnose(tmp_path / "*.mrt")


def test_diagnose_of_a_cut_file_lists_the_cut(sample, tmp_path):
    """Of a cut file the rest is diagnosed and the cut is the first deviation."""
    content = (sample / "collector.20250121.1200.mrt.bz2").read_bytes()
    found = diagnose(dump(tmp_path, content[: len(content) // 2]))
    assert ("truncated", True) == (found.deviations[0].kind, found.deviations[0].is_loss)
    assert found.table.n_routes
