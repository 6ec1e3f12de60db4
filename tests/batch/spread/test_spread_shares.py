"""Shares of a table: cut and joined it is whole again, and no more-specific is left out."""

import ipaddress

import numpy as np
import pyarrow as pa
import pytest

import rib
from rib.batch.spread.covers import origins_around, wide_prefixes
from rib.batch.spread.pieces import pack, unpack
from rib.batch.spread.shares import gather, join, share_of_origins, share_of_prefixes
from rib.table.arrays import column
from rib.table.peers import neighbour_bounds

NAMES = ("routes", "prefixes", "as_paths")


@pytest.fixture(scope="module")
def table(dumps):
    """Give one table of some dumps."""
    return rib.concat([rib.read_mrt(dump) for dump in dumps[:3]])


def _tables(table):
    return {name: getattr(table, name) for name in NAMES}


def _routes(tables):
    """Give the routes as sorted values."""
    prefix, path = tables["prefixes"].column("text"), tables["as_paths"].column("hops")
    routes = tables["routes"].select(["prefix_id", "peer_id", "as_path_id"]).to_pylist()
    return sorted(
        (prefix[r["prefix_id"]].as_py(), r["peer_id"], path[r["as_path_id"]].as_py())
        for r in routes
    )


def test_pieces_are_what_was_packed(table):
    """Tables without rows too, and no tables at all."""
    given = [table.routes, table.as_paths.slice(0, 0), table.prefixes]
    found = unpack(pack(*given))
    assert all(a.equals(b) for a, b in zip(given, found, strict=True))
    assert [] == unpack(pack())
    assert [] == unpack(b"")


@pytest.mark.parametrize("n", [1, 3, 50])
def test_join_puts_together_what_gather_took_apart(table, n):
    """Whatever the number of shares, those without a route included."""
    tables = _tables(table)
    share = share_of_prefixes(table.prefixes, n)[column(table.routes, "prefix_id")]
    assert share.min() >= 0
    assert share.max() < n
    parts = [gather(tables, np.flatnonzero(share == number)) for number in range(n)]
    joined = join(parts)
    assert table.prefixes.equals(joined["prefixes"])
    assert table.as_paths.num_rows == joined["as_paths"].num_rows
    assert _routes(tables) == _routes(joined)
    for name in ("prefix_id", "peer_id"):
        assert table.routes.column(name).equals(joined["routes"].column(name))


def test_join_of_nothing_has_the_columns():
    """As a share has that no dump has a route of."""
    joined = join([])
    assert [0, 0, 0] == [joined[name].num_rows for name in NAMES]
    assert "add_path_id" in joined["routes"].column_names


def test_shares_hang_on_addresses_alone(table):
    """The more-specifics of a /16 are where it is, in any table."""
    some = table.select(family=4, peers=[int(column(table.peers, "peer_as")[0])]).prefixes
    of_all = dict(
        zip(
            table.prefixes.column("text").to_pylist(),
            share_of_prefixes(table.prefixes, 7),
            strict=True,
        )
    )
    for text, share in zip(
        some.column("text").to_pylist(), share_of_prefixes(some, 7), strict=True
    ):
        assert of_all[text] == share
        network = ipaddress.ip_network(text)
        if network.prefixlen > 16:
            cover = str(network.supernet(new_prefix=16))
            assert of_all.get(cover, share) == share


@pytest.mark.parametrize("n", [1, 6])
def test_origins_around_finds_all_covers(table, n):
    """By the definition: the origins of every prefix that is or holds it, in whatever share."""
    tables = _tables(table)
    origin = tables["as_paths"].column("origin_as").to_pylist()
    prefixes = [ipaddress.ip_network(p) for p in table.prefixes.column("text").to_pylist()]
    of_prefix = [set() for _ in prefixes]
    for route in table.routes.select(["prefix_id", "as_path_id"]).to_pylist():
        of_prefix[route["prefix_id"]].add(origin[route["as_path_id"]])
    expected = {}
    for prefix in prefixes:
        asns = set()
        for other, origins in zip(prefixes, of_prefix, strict=True):
            is_cover = other == prefix or (
                other.version == prefix.version == 4 and other.prefixlen and prefix.subnet_of(other)
            )
            asns |= origins if is_cover else set()
        shares = share_of_origins(np.array(sorted(asns - {None})), n)
        expected[str(prefix)] = set(shares.tolist())

    wide = wide_prefixes(tables)
    assert {"20.0.0.0/7", "20.64.0.0/10"} <= set(wide.column("text").to_pylist())
    assert "0.0.0.0/0" not in wide.column("text").to_pylist()
    share = share_of_prefixes(table.prefixes, 5)[column(table.routes, "prefix_id")]
    order = pa.compute.sort_indices(
        wide, sort_keys=[("family", "ascending"), ("network", "ascending"), ("length", "ascending")]
    )
    found = {}
    for number in range(5):
        part = join([gather(tables, np.flatnonzero(share == number))])
        wanted = origins_around(part, wide.take(order), n)
        for text, marks in zip(part["prefixes"].column("text").to_pylist(), wanted, strict=True):
            found[text] = set(np.flatnonzero(marks).tolist())
    assert expected == found


def test_neighbour_bounds_are_the_least_and_the_highest(table):
    """Of the ASes that follow the peer's own; prepends of it are none."""
    hops = table.as_paths.column("hops").to_pylist()
    peer_as = column(table.peers, "peer_as").tolist()
    seen = [set() for _ in peer_as]
    for route in table.routes.select(["peer_id", "as_path_id"]).to_pylist():
        own, path = peer_as[route["peer_id"]], hops[route["as_path_id"]]
        behind = [asn for asn in path if asn != path[0]] if path[:1] == [own] else path
        seen[route["peer_id"]] |= set(behind[:1])
    low, high = neighbour_bounds(table.peers, table.routes, table.as_paths)
    assert [max(s, default=0) for s in seen] == high.tolist()
    assert [min(s, default=2**32 - 1) for s in seen] == low.tolist()
