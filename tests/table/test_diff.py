"""`rib.diff`: each kind of change, matching of peers and of several routes, order, and a naive oracle."""

import ipaddress

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib

PEERS = [
    mrt.Peer(64500, "192.0.2.1", "10.0.0.1"),
    mrt.Peer(64501, "192.0.2.20", "10.0.0.2"),
    mrt.Peer(64501, "192.0.2.3", "10.0.0.3"),
]
COLUMNS = [
    "prefix", "peer_as", "peer_ip", "change", "old_origin_as", "new_origin_as", "old_upstream_as",
    "new_upstream_as", "old_path", "new_path", "family", "collector", "old_add_path_id",
    "new_add_path_id",
]  # fmt: skip


def table(routes, peers=PEERS, view="view"):
    """Make a table of (prefix, number of the peer, ADD-PATH id, hops)."""
    parts = [mrt.peer_index_table(peers, view=view)]
    for prefix, peer, path_id, hops in routes:
        path = mrt.as_path(mrt.sequence(*hops)) if hops else mrt.as_path()
        attributes = mrt.origin() + path + mrt.next_hop("192.0.2.9")
        entry = mrt.rib_entry(peer, attributes, path_id=path_id)
        parts.append(mrt.rib(prefix, [entry], add_path=path_id is not None))
    return rib.read_mrt(b"".join(parts))


def rows(frame):
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame.itertuples(index=False)]


def shown(frame, *names):
    return rows(frame[list(names)])


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (None, (64500, 1, 2), "announced"),
        ((64500, 1, 2), None, "withdrawn"),
        ((64500, 1, 2), (64500, 1, 3), "origin_changed"),
        ((64500, 1, 2), (64500, 4, 3), "origin_changed"),
        ((64500, 1, 2), (64500, 4, 2), "upstream_changed"),
        ((64500, 1, 2), (64500, 5, 1, 2), "path_changed"),
        ((64500, 1, 2), (64500, 1, 2, 2), "path_changed"),
        ((64500, 1, 2), (), "origin_changed"),
        ((64500, 1, 2), (64500, 1, 2), None),
        ((), (), None),
    ],
)
def test_diff_names_the_most_telling_change(old, new, change):
    """One row per change, with the first name that fits; prepends count, an equal path is none."""
    frame = rib.diff(
        *(table([("10.0.0.0/8", 0, None, hops)] if hops is not None else []) for hops in (old, new))
    )
    assert COLUMNS == list(frame.columns)
    assert ([] if change is None else [change]) == frame["change"].tolist()


def test_diff_shows_both_sides():
    """What one side lacks is null; paths are spelled as everywhere."""
    old = table([("10.0.0.0/8", 0, None, (64500, 1, 2)), ("2001:db8::/32", 0, None, (64500, 9))])
    new = table([("10.0.0.0/8", 0, None, (64500, 3, 2))])
    assert rows(rib.diff(old, new)) == [
        ("10.0.0.0/8", 64500, "192.0.2.1", "upstream_changed", 2, 2, 1, 3,
         "64500 1 2", "64500 3 2", 4, "view", None, None),
        ("2001:db8::/32", 64500, "192.0.2.1", "withdrawn", 9, None, 64500, None,
         "64500 9", None, 6, "view", None, None),
    ]  # fmt: skip


def test_diff_ignores_attributes_and_times():
    """Another MED or time is no change of this table."""
    path = mrt.as_path(mrt.sequence(64500))
    tables = [
        rib.read_mrt(
            mrt.peer_index_table(PEERS)
            + mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, mrt.origin() + path + med, originated=when)])
        )
        for med, when in ((b"", 1), (mrt.med(5), 2))
    ]
    assert 0 == len(rib.diff(*tables))


def test_diff_orders_by_prefix_peer_as_and_address():
    """Addresses sort as numbers, whatever the order of the peer table."""
    routes = [("20.0.0.0/8", n, None, (64501, 1)) for n in (1, 2, 0)]
    routes += [("10.0.0.0/8", n, None, (64501, 1)) for n in (1, 2)]
    found = shown(rib.diff(table([]), table(routes)), "prefix", "peer_as", "peer_ip")
    assert found == [
        ("10.0.0.0/8", 64501, "192.0.2.3"),
        ("10.0.0.0/8", 64501, "192.0.2.20"),
        ("20.0.0.0/8", 64500, "192.0.2.1"),
        ("20.0.0.0/8", 64501, "192.0.2.3"),
        ("20.0.0.0/8", 64501, "192.0.2.20"),
    ]


def test_diff_matches_peers_by_identity_not_by_number():
    """Another order of the peer table, and another BGP identifier, are no change."""
    other = [mrt.Peer(p.asn, p.ip, "10.9.9.9") for p in reversed(PEERS)]
    old = [("10.0.0.0/8", n, None, (64500 + n, 1)) for n in range(3)]
    new = [("10.0.0.0/8", 2 - n, None, (64500 + n, 1)) for n in range(3)]
    assert 0 == len(rib.diff(table(old), table(new, other)))


def test_diff_tells_lost_and_new_sessions():
    """A peer with routes in one table only is named, and is no row where that is asked for."""
    old = [(f"10.{n}.0.0/16", peer, None, (64500, 1)) for n in range(3) for peer in (0, 1)]
    new = [(f"10.{n}.0.0/16", peer, None, (64500, 1)) for n in range(2) for peer in (1, 2)]
    frame = rib.diff(table(old), table(new))
    gone, fresh = frame.attrs["peers_gone"], frame.attrs["peers_new"]
    one = {"collector": "view", "peer_as": 64500, "peer_ip": "192.0.2.1", "n_routes": 3}
    assert [one] == gone
    assert [{**one, "peer_as": 64501, "peer_ip": "192.0.2.3", "n_routes": 2}] == fresh
    assert 3 + 2 + 1 == len(frame)
    apart = rib.diff(table(old), table(new), whole_sessions=False)
    assert frame.attrs == apart.attrs
    assert [("10.2.0.0/16", "192.0.2.20", "withdrawn")] == shown(
        apart, "prefix", "peer_ip", "change"
    )
    # Only the labels that are used are there.
    assert 1 == len(apart["prefix"].array.__arrow_array__().combine_chunks().dictionary)


def test_diff_matches_several_routes_by_id_then_by_path():
    """Ids are matched first; what moved to another id is no change; the rest comes and goes."""
    old = [("10.0.0.0/8", 0, n, (64500, n)) for n in (1, 2, 3)]
    new = [("10.0.0.0/8", 0, n, (64500, a)) for n, a in ((1, 9), (5, 2), (6, 7))]
    found = shown(
        rib.diff(table(old), table(new)), "change", "old_add_path_id", "new_add_path_id", "new_path"
    )
    assert found == [
        ("origin_changed", 1, 1, "64500 9"),
        ("withdrawn", 3, None, None),
        ("announced", None, 6, "64500 7"),
    ]


def test_diff_matches_routes_without_id_when_add_path_is_turned_on():
    """A route without id becomes the first that is left of those with one, and back."""
    old = [("10.0.0.0/8", 0, None, (64500, 1))]
    new = [("10.0.0.0/8", 0, n, (64500, 8 + n)) for n in (1, 2)]
    names = ("change", "old_path", "new_path")
    assert shown(rib.diff(table(old), table(new)), *names) == [
        ("origin_changed", "64500 1", "64500 9"),
        ("announced", None, "64500 10"),
    ]
    assert shown(rib.diff(table(new), table(old)), *names) == [
        ("origin_changed", "64500 9", "64500 1"),
        ("withdrawn", "64500 10", None),
    ]


def test_diff_of_a_table_without_collector_name_takes_the_other_name():
    """One nameless collector is the other table's; names that differ are refused."""
    routes = [("10.0.0.0/8", 0, None, (64500, 1))]
    named, nameless = table(routes), table(routes, view="")
    assert 0 == len(rib.diff(nameless, named)) == len(rib.diff(named, nameless))
    with pytest.raises(ValueError, match=r"old is of the collectors \['view'\], new of \['else'\]"):
        rib.diff(named, table(routes, view="else"))


def test_diff_refuses_what_is_no_table():
    """A path in place of a table is said at once."""
    with pytest.raises(TypeError, match="new=<str>: expected Rib"):
        rib.diff(table([]), "today.mrt")


# -- a naive oracle --------------------------------------------------------------------------------

PATHS = [(), (64500,), (64500, 1), (64500, 1, 1), (64500, 2), (64500, 2, 1), (64500, 3, 2, 1)]
PREFIXES = ["10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "2001:db8::/32", "::/0", "9.0.0.0/8"]
IDS = [None, None, 0, 1, 2]
ROUTES = st.lists(
    st.tuples(*(st.sampled_from(v) for v in (PREFIXES, range(3), IDS, PATHS))), max_size=25
)


def move(pairs, old, new, same):
    """Move the first fitting pairs of two lists over."""
    for mine in list(old):
        for yours in new:
            if same(mine, yours):
                pairs.append((mine, yours))
                old.remove(mine)
                new.remove(yours)
                break


def naive(old, new):
    """Match the routes of each prefix and peer as the docstring says, by plain search."""
    found = []
    place = {0: 0, 2: 1, 1: 2}
    key = lambda r: (  # noqa: E731
        ":" in r[0], int(ipaddress.ip_network(r[0]).network_address),
        ipaddress.ip_network(r[0]).prefixlen, place[r[1]],
    )  # fmt: skip
    number = lambda r: -1 if r[2] is None else r[2]  # noqa: E731
    for group in sorted({key(r) for r in old + new}):
        mine, yours = (
            sorted((r for r in side if key(r) == group), key=number) for side in (old, new)
        )
        pairs = []
        move(pairs, mine, yours, lambda a, b: a[2] == b[2])
        move(pairs, mine, yours, lambda a, b: a[3] == b[3])
        move(pairs, mine, yours, lambda a, b: (a[2] is None) != (b[2] is None))
        pairs = [(a, b) for a, b in pairs if a[3] != b[3]]
        pairs += [(a, None) for a in mine] + [(None, b) for b in yours]
        pairs.sort(
            key=lambda p: (
                number(p[1] or p[0]), p[1] is not None, -2 if p[0] is None else number(p[0])
            )
        )  # fmt: skip
        found += pairs
    return found


@given(old=ROUTES, new=ROUTES)
def test_diff_equals_a_plain_search(old, new):
    """The rows are those of a search through lists, in the documented order."""
    frame = rib.diff(table(old), table(new))
    spell = lambda r: None if r is None else " ".join(map(str, r[3]))  # noqa: E731
    expected = [
        ((b or a)[0], PEERS[(b or a)[1]].ip, a and a[2], b and b[2], spell(a), spell(b))
        for a, b in naive(old, new)
    ]
    names = ("prefix", "peer_ip", "old_add_path_id", "new_add_path_id", "old_path", "new_path")
    assert sorted(map(repr, expected)) == sorted(map(repr, shown(frame, *names)))
    assert [e[:4] for e in expected] == shown(frame, *names[:4])


@pytest.mark.parametrize(
    "name",
    ["daemons/openbgpd_rib_table-v2", "bgpdump/bview.ipv4_unicast_add_path.gz"],
)
def test_diff_of_a_real_table_with_itself_is_empty(shared_data, name):
    """Nothing changed between a table and the same table."""
    real = rib.read_mrt(shared_data / "mrt" / name)
    assert 0 == len(rib.diff(real, real))
