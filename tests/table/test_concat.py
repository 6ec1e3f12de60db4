"""`rib.concat`: what `read_mrt` gives of the same files, and what it refuses."""

import itertools

import pytest
from dumps import CUT_RIB, RIBS, SAMPLES
from internet import mrt_writer as mrt

import rib

PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64501))


def assert_same(expected, found):
    """Assert that two tables are the same in every id, value and word of the receipt."""
    for name in ("prefixes", "peers", "as_paths"):
        assert getattr(expected, name).equals(getattr(found, name)), name
    assert expected.receipt.to_dict() == found.receipt.to_dict()
    routes = [t.routes.drop_columns("attributes_id") for t in (expected, found)]
    assert routes[0].equals(routes[1])
    assert expected.routes.schema == found.routes.schema
    assert expected.attributes.schema == found.attributes.schema
    # Sets may be fewer: those that differ in no column are one. What routes have is the same.
    values = [
        [t.attributes.column(n).to_pylist() for n in t.attributes.column_names]
        for t in (expected, found)
    ]
    ids = [t.routes.column("attributes_id").to_pylist() for t in (expected, found)]
    pairs = set(zip(*ids, strict=True))
    for mine, yours in zip(*values, strict=True):
        assert all(repr(mine[a]) == repr(yours[b]) for a, b in pairs)


@pytest.mark.parametrize("names", [SAMPLES, SAMPLES[::-1], SAMPLES[:1], SAMPLES[:1] * 2])
def test_concat_of_the_sample_is_a_load_of_all_files(sample, names):
    """Tables, ids and receipt are those of one load; one collector's dumps repeat its routes."""
    paths = [str(sample / name) for name in names]
    assert_same(rib.read_mrt(paths), rib.concat([rib.read_mrt(path) for path in paths]))


@pytest.mark.parametrize("names", [RIBS, [*RIBS[::-1], CUT_RIB]])
def test_concat_of_real_dumps_is_a_load_of_all_files(shared_data, names):
    """Collectors and routers of all kinds, ADD-PATH and damaged ones among them."""
    paths = [str(shared_data / "mrt" / name) for name in names]
    assert_same(rib.read_mrt(paths), rib.concat(rib.read_mrt(path) for path in paths))


def dump(view, *routes, head=b""):
    parts = [mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")], view=view), head]
    parts += [mrt.rib(p, [mrt.rib_entry(0, PATH + more)]) for p, more in routes]
    return b"".join(parts)


EVERY_KIND = [
    mrt.med(0),
    mrt.med(5),
    mrt.next_hop("192.0.2.9"),
    mrt.communities([(64500, 1)]),
    mrt.communities([(64500, 1), (64500, 2)]),
    mrt.large_communities([(64500, 1, 2)]),
    mrt.large_communities([(64500, 1, 2), (64500, 3, 4)]),
    mrt.large_communities([(64500, 1, 3)]),
    mrt.extended_communities([mrt.route_target(64500, 1)]),
    mrt.ipv6_extended_communities([bytes(20)]),
    mrt.ipv6_extended_communities([bytes(19) + b"\1"]),
    mrt.attribute(99, b"\1"),
    mrt.attribute(99, b"\2"),
    mrt.attribute(99, b"\1") + mrt.attribute(100, b"\1"),
]


def test_concat_tells_attribute_sets_apart():
    """Every value, absent ones and lists included, makes a set its own; equal ones are one."""
    one = [(f"10.{n}.0.0/16", more) for n, more in enumerate([b"", *EVERY_KIND])]
    other = [(f"11.{n}.0.0/16", more) for n, more in enumerate(reversed([b"", *EVERY_KIND]))]
    given = [dump("a", *one[:6]), dump("b", *other), dump("a", *one[3:])]
    expected = rib.read_mrt(given)
    found = rib.concat([rib.read_mrt(content) for content in given])
    assert len(EVERY_KIND) + 1 == expected.attributes.num_rows
    assert expected.routes.equals(found.routes)
    assert expected.attributes.to_pylist() == found.attributes.to_pylist()


def test_concat_keeps_collectors_apart_and_links_their_peers():
    """One AS at two collectors is two peers with one AS; the same peer of two dumps is one."""
    tables = [rib.read_mrt(dump(view, ("10.0.0.0/8", b""))) for view in ("a", "b", "a")]
    found = rib.concat(tables)
    assert ["a", "b"] == found.peers.column("collector").to_pylist()
    assert [2, 2] == found.peers.column("n_collectors").to_pylist()
    assert [0, 0, 1] == found.routes.column("peer_id").to_pylist()
    assert {"duplicate_route": 1, "peer_in_several_files": 1} == found.receipt.quirks


def test_concat_takes_the_last_word_on_where_a_peer_is():
    """A place that a later dump tells is the peer's."""
    place = mrt.geo_peer_table([mrt.GeoPeer("0.0.0.0", 52.5, 4.75)])
    given = [dump("a", ("10.0.0.0/8", b"")), dump("a", ("11.0.0.0/8", b""), head=place)]
    for order in itertools.permutations(given):
        found = rib.concat([rib.read_mrt(content) for content in order])
        assert rib.read_mrt(list(order)).peers.equals(found.peers)


def test_concat_of_parts_is_the_whole(sample):
    """A table cut in two by family and put together again has the same routes."""
    whole = rib.read_mrt(str(sample / SAMPLES[0]))
    again = rib.concat([whole.select(family=6), whole.select(family=4)])
    columns = [n for n in whole.to_arrow().column_names if n != "next_hop"]
    assert (
        whole.to_arrow().select(columns).to_pylist() == again.to_arrow().select(columns).to_pylist()
    )


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([], ValueError, r"tables=\[\]: expected at least one table"),
        (["a.mrt"], TypeError, r"tables\[0\]=<str>: expected Rib"),
        ("a.mrt", TypeError, "tables='a.mrt': expected a list"),
    ],
)
def test_concat_refuses_what_is_no_list_of_tables(given, error, message):
    """The argument is named, with what was expected."""
    with pytest.raises(error, match=message):
        rib.concat(given)
