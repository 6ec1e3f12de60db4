"""What real files do: one fixture for each deviation that collectors and routers are known for.

Those that fit no other file are here; this is where all of them are tested.

====================================================== ===============================================
deviation                                              test (``test_read_mrt_…`` in tests/table)
====================================================== ===============================================
MP_REACH_NLRI abbreviated, full, behind AFI and SAFI    ``attributes``: next_hop_of_mp_reach
next hops of 0, 4, 12, 16, 24, 32, 48 octets            the same
next hop of the other family (RFC 8950); none at all    here: next_hop_of_either_family, no_next_hop
peers with AS 0                                         here: infers_…
AFI and SAFI before the prefix of GoBGP                 here: names_its_family
peer index out of range                                 ``damage``: unknown_peers
peer index one behind the last, of GoBGP's own routes   here: index_behind_the_last
a router's own routes from AS 0                         here: local_peer
more peers than a u16 counts                            here: full_peer_index, ``read_mrt``: too_many_peers
AS_PATH of the other width, 2-octet peers, AS4_PATH     ``paths``
ADD-PATH ids in entries and in the NLRI; id 0; repeated ``read_mrt``: sorts_routes, ``families``
prefixes repeated, with another origin                  here: prefix_repeated
several views in one file                               here: views_of_a_file
host bits in the NLRI                                   ``read_mrt``: masks_host_bits
prefix, attribute, segment too long                     ``damage``, ``attributes``, ``paths``
records over 64 KiB                                     ``read_mrt``: over_64_kib
confederations, AS 0, AS_SET origin, empty AS_PATH      ``paths``: origin_upstream_and_length
TABLE_DUMP with another status, view, families mixed    here: table_dump
TABLE_DUMP with many routes, and four octets short      ``test_table_dump``
PEER_INDEX_TABLE repeated, late, missing                ``read_mrt``: second_peer_table, ``damage``
IPv6 routes over IPv4 sessions and the reverse          here: family_of_the_session
originated time of weeks ago, or 0                      here: originated_time
record times that span minutes                          here: originated_time
default routes                                          here: default_routes, tests/analysis
communities of every kind, OTC, AIGP, duplicates        ``attributes``
unknown attributes, AGGREGATOR of 6 and 8 octets        ``attributes``
MED and LOCAL_PREF absent, not 0                        ``attributes``: absent_attributes
families that are not prefixes                          ``families``
records of OSPF, IS-IS and of no RFC                    ``read_mrt``: other_protocols, other_records
GEO_PEER_TABLE                                          here: geo_peer_table
====================================================== ===============================================

Messages (``test_read_updates``, ``test_read_updates_prefixes``, ``test_apply``), compression and framing
have files of their own.
"""

import math

import pytest
from internet import mrt_writer as mrt

import rib
from rib.exceptions import MrtError
from rib.table.arrays import analysis_routes

PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64510)) + mrt.next_hop("192.0.2.1")
PEERS = [mrt.Peer(64500, "192.0.2.1", "10.0.0.1"), mrt.Peer(64501, "2001:db8::1", "10.0.0.2")]
TABLE = mrt.peer_index_table(PEERS)
LOCAL = mrt.Peer(0, "0.0.0.0", "0.0.0.0")


def from_path(*asns):
    return mrt.origin() + mrt.as_path(mrt.sequence(*asns)) + mrt.next_hop("192.0.2.1")


def routes(table):
    """Prefix and first AS of every route."""
    text = table.prefixes.column("text").to_pylist()
    hops = table.as_paths.column("hops").to_pylist()
    return [(text[r["prefix_id"]], hops[r["as_path_id"]][:1]) for r in table.routes.to_pylist()]


# -- next hops -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "hop"),
    [
        ("10.0.0.0/8", "2001:db8::1"),
        ("2001:db8::/32", "192.0.2.9"),
        ("2001:db8::/32", "::ffff:192.0.2.9"),
    ],
)
def test_read_mrt_takes_a_next_hop_of_either_family(prefix, hop):
    """RFC 8950: the family of a prefix says nothing about that of its next hop."""
    path = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.mp_reach_abbreviated(hop)
    table = rib.read_mrt(TABLE + mrt.rib(prefix, [mrt.rib_entry(0, path)]))
    assert [hop] == table.attributes.column("next_hop").to_pylist()
    assert {} == table.receipt.quirks


def test_read_mrt_no_next_hop_is_null():
    """BIRD and its derivatives write IPv6 routes without a next hop: null, not a made-up address."""
    path = mrt.origin() + mrt.as_path(mrt.sequence(64500))
    table = rib.read_mrt(TABLE + mrt.rib("2001:db8::/32", [mrt.rib_entry(0, path)]))
    assert [None] == table.attributes.column("next_hop").to_pylist()
    assert table.receipt.ok


def test_read_mrt_takes_the_prefix_of_the_record_not_of_mp_reach():
    """The NLRI inside a full MP_REACH_NLRI, which may be another, does not count."""
    inner = mrt.mp_reach(mrt.IPV6, mrt.UNICAST, ["2001:db8::1"], mrt.nlri("3fff::/20"))
    path = mrt.as_path(mrt.sequence(64500)) + inner
    table = rib.read_mrt(TABLE + mrt.rib("2001:db8::/32", [mrt.rib_entry(0, path)]))
    assert [("2001:db8::/32", [64500])] == routes(table)
    assert {"mp_reach_full": 1} == table.receipt.quirks


# -- records -------------------------------------------------------------------------------------


@pytest.mark.parametrize("add_path", [False, True])
@pytest.mark.parametrize(
    ("prefix", "safi"),
    [("2001:db8::/32", "unicast"), ("10.0.0.0/8", "multicast"), ("::/0", "unicast")],
)
def test_read_mrt_reads_a_record_that_names_its_family(prefix, safi, add_path):
    """GoBGP wrote AFI and SAFI before prefixes, where only RIB_GENERIC has them (gobgp#3609)."""
    entries = [mrt.rib_entry(i, PATH, path_id=4 if add_path else None) for i in (0, 1)]
    code = mrt.MULTICAST if safi == "multicast" else mrt.UNICAST
    record = mrt.rib(prefix, entries, safi=code, add_path=add_path, names_family=True)
    table = rib.read_mrt(TABLE + record, safi=safi)
    assert [(prefix, [64500])] * 2 == routes(table)
    assert {"record_afi_safi": 1} == table.receipt.quirks
    assert table.receipt.ok


def test_read_mrt_reads_a_default_route_of_as_many_entries_as_afi_and_safi_spell():
    """``::/0`` with 513 entries begins with the octets of AFI 2 and SAFI 1, and is what it is."""
    record = mrt.rib("::/0", [mrt.rib_entry(i % 2, PATH) for i in range(513)])
    table = rib.read_mrt(TABLE + record)
    assert [("::/0", [64500])] * 513 == routes(table)
    assert {"duplicate_route": 511} == table.receipt.quirks


def test_read_mrt_loses_a_damaged_record_that_names_its_family():
    """Where neither form closes the record is what its subtype says: a cut default route."""
    record = mrt.rib("2001:db8::/32", [mrt.rib_entry(0, PATH)], count=2, names_family=True)
    receipt = rib.read_mrt(TABLE + record + mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])).receipt
    assert ["malformed_record"] == receipt.issues.column("kind").to_pylist()
    assert receipt.files[0].reconciled


def test_read_mrt_keeps_every_route_of_a_prefix_repeated():
    """A prefix may come again, with another origin too: every route is kept, repeats are counted."""
    one, other = ([mrt.rib_entry(0, from_path(64500, asn))] for asn in (64510, 64511))
    table = rib.read_mrt(
        TABLE
        + mrt.rib("10.0.0.0/8", one)
        + mrt.rib("9.0.0.0/8", one)
        + mrt.rib("10.0.0.0/8", other)
    )
    origins = table.as_paths.column("origin_as").to_pylist()
    found = [origins[i] for i in table.routes.column("as_path_id").to_pylist()]
    assert [64510, 64510, 64511] == found
    assert {"duplicate_route": 1} == table.receipt.quirks


def test_read_mrt_keeps_the_views_of_a_file_apart():
    """Views repeat prefixes and peers by design: each is a collector, and nothing is a duplicate."""
    views = [
        mrt.peer_index_table(PEERS, view=name) + mrt.rib("10.0.0.0/8", [mrt.rib_entry(1, path)])
        for name, path in (("master4", PATH), ("master6", from_path(64501)))
    ]
    table = rib.read_mrt(b"".join(views))
    found = table.to_arrow().select(["collector", "peer_ip", "as_path"]).to_pylist()
    assert [
        ("master4", "2001:db8::1", "64500 64510"),
        ("master6", "2001:db8::1", "64501"),
    ] == [tuple(row.values()) for row in found]
    assert {} == table.receipt.quirks


def test_read_mrt_table_dump_of_any_status_view_and_family():
    """Status other than 1, views other than 0 and both families in one file are all read."""
    path = mrt.as_path(mrt.sequence(64500), asn_bytes=2)
    table = rib.read_mrt(
        mrt.table_dump("10.0.0.0/8", "192.0.2.1", 64500, path, status=0)
        + mrt.table_dump("2001:db8::/32", "2001:db8::1", 64500, path, view=3)
        + mrt.table_dump("11.0.0.0/8", "192.0.2.1", 64500, path, status=255, view=65535)
    )
    expected = ["10.0.0.0/8", "11.0.0.0/8", "2001:db8::/32"]
    assert expected == table.prefixes.column("text").to_pylist()
    assert table.receipt.ok


def test_read_mrt_family_of_the_session_is_not_that_of_the_prefix():
    """IPv6 routes over an IPv4 session and the reverse count for the family of the prefix."""
    table = rib.read_mrt(
        TABLE
        + mrt.rib("10.0.0.0/8", [mrt.rib_entry(1, PATH)])
        + mrt.rib("2001:db8::/32", [mrt.rib_entry(0, PATH)])
    )
    assert [0, 1] == table.peers.column("n_prefixes4").to_pylist()
    assert [1, 0] == table.peers.column("n_prefixes6").to_pylist()


def test_read_mrt_originated_time_filters_nothing():
    """A route of years ago or of time 0 is a route; records span the minutes a dump takes."""
    records = [
        mrt.rib(f"{10 + i}.0.0.0/8", [mrt.rib_entry(0, PATH, originated=originated)], timestamp=at)
        for i, (originated, at) in enumerate([(0, 1700000000), (1, 1700000299), (2**32 - 1, 0)])
    ]
    table = rib.read_mrt(TABLE + b"".join(records))
    assert [0, 1, 2**32 - 1] == table.routes.column("originated_time").to_pylist()
    assert [1700000000, 1700000299, 0] == table.routes.column("record_time").to_pylist()
    assert table.receipt.ok


def test_read_mrt_keeps_default_routes():
    """0.0.0.0/0 and ::/0 are routes of the table; analyses leave them out (tests/analysis)."""
    table = rib.read_mrt(
        TABLE + b"".join(mrt.rib(p, [mrt.rib_entry(0, PATH)]) for p in ("0.0.0.0/0", "::/0"))
    )
    assert ["0.0.0.0/0", "::/0"] == table.prefixes.column("text").to_pylist()
    assert rib.path_diversity(table).empty


# -- peers ---------------------------------------------------------------------------------------


def anonymous(*firsts_of_peers, local=()):
    """Dump of peers with AS 0; the n-th has a route for each first AS given."""
    peers = [LOCAL] + [mrt.Peer(0, f"192.0.2.{i}", "10.0.0.1") for i in range(len(firsts_of_peers))]
    records = [mrt.rib(f"9.{i}.0.0/16", [mrt.rib_entry(0, p)]) for i, p in enumerate(local)]
    for peer, firsts in enumerate(firsts_of_peers, start=1):
        records += [
            mrt.rib(f"{10 + peer}.{i >> 8}.{i & 255}.0/24", [mrt.rib_entry(peer, path)])
            for i, path in enumerate(
                p if isinstance(p, bytes) else from_path(p, 64510 + i % 2)
                for i, p in enumerate(firsts)
            )
        ]
    return mrt.peer_index_table(peers) + b"".join(records)


def inferred(table):
    return list(
        zip(
            table.peers.column("peer_as").to_pylist(),
            table.peers.column("peer_as_inferred").to_pylist(),
            strict=True,
        )
    )


def test_read_mrt_infers_the_as_of_peers_listed_without_one():
    """AS 0 of a peer becomes the first AS of its paths, marked and counted; it is a VP again."""
    table = rib.read_mrt(anonymous([64500] * 5, [64501] * 5))
    assert [(0, False), (64500, True), (64501, True)] == inferred(table)
    assert {"peer_as_inferred": 2} == table.receipt.quirks
    assert {64500, 64501} == set(analysis_routes(table).vp_as.tolist())


@pytest.mark.parametrize(
    ("firsts", "expected"),
    [
        ([64500] * 99 + [64501], (64500, True)),
        ([64500] * 98 + [64501] * 2, (0, False)),
        ([64500] * 99 + [mrt.as_path(mrt.as_set(64501, 64502))], (64500, True)),
        ([mrt.as_path(mrt.as_set(64500))] * 3, (0, False)),
        ([mrt.as_path()] * 3, (0, False)),
        ([mrt.as_path(mrt.confed_sequence(64512), mrt.sequence(64500))] * 3, (0, False)),
        ([], (0, False)),
    ],
)
def test_read_mrt_infers_only_where_99_in_100_routes_agree(firsts, expected):
    """Paths that begin with another AS, a set, a confederation or nothing do not agree."""
    table = rib.read_mrt(anonymous(firsts, [64501]))
    assert expected == inferred(table)[1]


def test_read_mrt_infers_nothing_where_peers_have_an_as():
    """A peer's AS stays what the dump says, whatever its paths begin with."""
    table = rib.read_mrt(TABLE + mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, from_path(64999))]))
    assert [(64500, False), (64501, False)] == inferred(table)
    assert {} == table.receipt.quirks


def test_select_keeps_what_was_inferred():
    """A part of a table whose own paths would not agree has the peers of the whole."""
    table = rib.read_mrt(anonymous([64500] * 99 + [64501]))
    assert [(0, False), (64500, True)] == inferred(table.select(prefixes=["11.0.99.0/24"]))
    assert 99 + 1 == table.select(peers=[64500]).n_routes


def test_read_mrt_local_peer_is_no_vantage_point():
    """The entry of FRR and GoBGP for own routes is marked, keeps its routes and votes nowhere."""
    own = [mrt.origin() + mrt.as_path() + mrt.next_hop("0.0.0.0")] * 40
    own += [from_path(65000 + i, 64510) for i in range(40)]
    table = rib.read_mrt(anonymous([64500] * 5, local=own))
    assert [True, False] == table.peers.column("is_local").to_pylist()
    assert [80, 5] == table.peers.column("n_prefixes4").to_pylist()
    assert [False, True] == table.peers.column("is_full_feed").to_pylist()
    assert {1} == set(rib.path_diversity(table)["n_vps"])
    assert 5 == len(rib.path_diversity(table))
    assert "2 with routes, 1 full feeds" in repr(table)


@pytest.mark.parametrize("peers", [[LOCAL, PEERS[0]], [PEERS[0], LOCAL]])
def test_read_mrt_index_behind_the_last_is_the_local_peer(peers):
    """GoBGP 3 numbered its own routes one behind the last peer, although it lists one for them."""
    record = mrt.rib("10.0.0.0/8", [mrt.rib_entry(i, PATH) for i in (2, 0)])
    table = rib.read_mrt(mrt.peer_index_table(peers) + record)
    ids = sorted([peers.index(LOCAL), 0])
    assert ids == table.routes.column("peer_id").to_pylist()
    assert 1 == table.receipt.quirks["local_peer_index"]
    assert table.receipt.ok


@pytest.mark.parametrize(("peers", "index"), [([LOCAL, PEERS[0]], 3), (PEERS, 2)])
def test_read_mrt_index_further_behind_is_nobody(peers, index):
    """Any other index out of range, or one without a local peer, is lost and reported."""
    record = mrt.rib("10.0.0.0/8", [mrt.rib_entry(i, PATH) for i in (index, 0)])
    receipt = rib.read_mrt(mrt.peer_index_table(peers) + record).receipt
    assert ["peer_index_out_of_range"] == receipt.issues.column("kind").to_pylist()
    assert "local_peer_index" not in receipt.quirks


@pytest.mark.parametrize(
    "peer",
    [
        mrt.Peer(64500, "0.0.0.0", "0.0.0.0"),
        mrt.Peer(0, "192.0.2.1", "0.0.0.0"),
        mrt.Peer(0, "0.0.0.0", "10.0.0.1"),
    ],
)
def test_read_mrt_peer_is_local_only_with_nothing_of_its_own(peer):
    """AS, address or BGP identifier make a peer."""
    dump = mrt.peer_index_table([peer]) + mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])
    assert [False] == rib.read_mrt(dump).peers.column("is_local").to_pylist()


def test_read_mrt_full_peer_index():
    """65,535 peers, the most a table lists, all have their routes; index 65,535 is none of them."""
    peers = [mrt.Peer(i + 1, "192.0.2.1") for i in range(65535)]
    entries = [mrt.rib_entry(i, from_path(i + 1)) for i in (0, 65534, 65535)]
    table = rib.read_mrt(mrt.peer_index_table(peers) + mrt.rib("10.0.0.0/8", entries))
    assert [0, 65534] == table.routes.column("peer_id").to_pylist()
    assert ["peer_index_out_of_range"] == table.receipt.issues.column("kind").to_pylist()


# -- GEO_PEER_TABLE ------------------------------------------------------------------------------

MAP = [mrt.GeoPeer("10.0.0.1", 52.25, -0.125), mrt.GeoPeer("10.0.0.2", math.nan, math.nan)]
ROUTE = mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])


def locations(table):
    return list(
        zip(
            table.peers.column("latitude").to_pylist(),
            table.peers.column("longitude").to_pylist(),
            strict=True,
        )
    )


def test_read_mrt_geo_peer_table_puts_peers_on_the_map():
    """RFC 6397: locations come in the order of the PEER_INDEX_TABLE; NaN is private, hence null."""
    table = rib.read_mrt(TABLE + mrt.geo_peer_table(MAP) + ROUTE)
    assert [(52.25, -0.125), (None, None)] == locations(table)
    assert table.receipt.ok
    assert {} == table.receipt.quirks
    assert [(None, None)] * 2 == locations(rib.read_mrt(TABLE + ROUTE))


def test_read_mrt_geo_peer_table_follows_the_latest_peer_index_table():
    """Peers known from before keep their place until a table moves them."""
    moved = mrt.peer_index_table(PEERS[:1]) + mrt.geo_peer_table([MAP[0]._replace(latitude=1.5)])
    table = rib.read_mrt(TABLE + mrt.geo_peer_table(MAP) + moved + ROUTE)
    assert [(1.5, -0.125), (None, None)] == locations(table)


@pytest.mark.parametrize(
    ("head", "record", "kind"),
    [
        (b"", mrt.geo_peer_table(MAP), "missing_peer_table"),
        (TABLE, mrt.geo_peer_table(MAP[:1]), "malformed_record"),
        (TABLE, mrt.geo_peer_table(MAP[::-1]), "malformed_record"),
        (TABLE, mrt.geo_peer_table(MAP, count=3), "malformed_record"),
        (TABLE, mrt.record(mrt.TABLE_DUMP_V2, 7, bytes(13)), "malformed_record"),
    ],
)
def test_read_mrt_reports_a_geo_peer_table_that_fits_no_peers(head, record, kind):
    """Before any peers, of other peers or cut, it places nobody; the rest is read."""
    table = rib.read_mrt(head + record + TABLE + ROUTE)
    assert [(None, None)] * 2 == locations(table)
    assert [kind] == table.receipt.issues.column("kind").to_pylist()
    assert 1 == table.n_routes
    with pytest.raises(MrtError, match="GEO_PEER_TABLE"):
        rib.read_mrt(head + record + TABLE + ROUTE, on_error="raise")


def test_read_mrt_counts_octets_after_a_geo_peer_table():
    """Octets behind the last peer are a quirk, as in any record."""
    record = mrt.geo_peer_table(MAP, count=2)
    longer = mrt.record(mrt.TABLE_DUMP_V2, 7, record[12:] + b"xyz")
    table = rib.read_mrt(TABLE + longer + ROUTE)
    assert {"trailing_bytes_in_record": 1} == table.receipt.quirks
    assert (52.25, -0.125) == locations(table)[0]
