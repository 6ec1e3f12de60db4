"""What takes no part in analyses: default routes, and the entries of a router's own."""

import pandas as pd
import pytest
from internet import mrt_writer as mrt

import rib

LOCAL, ONE, OTHER = (
    mrt.Peer(0, "0.0.0.0", "0.0.0.0"),
    mrt.Peer(8, "192.0.2.8", "10.0.0.8"),
    mrt.Peer(9, "192.0.2.9", "10.0.0.9"),
)
ROUTES = {
    "20.0.0.0/16": {1: (8, 100), 2: (9, 8, 100)},
    "20.0.1.0/24": {1: (8, 666)},
    "40.0.0.0/16": {1: (8, 666), 2: (9, 100)},
    "2001:db8::/32": {1: (8, 100), 2: (9, 7, 100)},
}
DEFAULTS = {p: {1: (8, 77, 9, 55), 2: (9, 100, 666)} for p in ("0.0.0.0/0", "::/0")}
#: Of AS 100 and 666 too, over links that nobody else shows.
OWN = {"20.0.0.0/16": {0: (666, 3, 100)}, "40.0.0.0/16": {0: (100, 4, 666)}, "50.0.0.0/16": {0: ()}}
LINKS = "8|100|-1\n9|100|-1\n8|666|-1\n9|666|-1\n8|9|0\n77|8|-1\n77|9|-1\n7|9|0\n7|100|0\n"


def load(*parts):
    records = [mrt.peer_index_table([LOCAL, ONE, OTHER])]
    for routes in parts:
        for prefix, paths in routes.items():
            entries = [
                mrt.rib_entry(
                    peer, mrt.origin() + mrt.as_path(*([mrt.sequence(*path)] * bool(path)))
                )
                for peer, path in paths.items()
            ]
            records.append(mrt.rib(prefix, entries))
    return rib.read_mrt(b"".join(records))


@pytest.fixture
def judges(registry):
    """Give every analysis by name, as a function of a table."""
    vrps = registry("vrps", "AS100,20.0.0.0/16,16,ripe\n")
    relationships = registry("relationships", LINKS)

    def suspects(table):
        return rib.hijack_suspects(
            table,
            baseline=load({"20.0.0.0/16": {1: (8, 100), 2: (9, 8, 100)}}),
            vrps=vrps,
            relationships=relationships,
        )

    return {
        "diversity by prefix": rib.path_diversity,
        "diversity by origin": lambda table: rib.path_diversity(table, by="origin_as"),
        "diversity change": lambda table: rib.diversity_change(
            load({"20.0.0.0/16": {1: (8, 100), 2: (9, 7, 100)}, "2001:db8::/32": {1: (8, 7, 100)}}),
            table,
        ),
        "upstreams": lambda table: rib.upstream_preference(table, origin_as=[100, 666, 55]),
        "graph": lambda table: pd.DataFrame(
            [(a, b, *d.values()) for a, b, d in rib.as_graph(table).edges(data=True)]
        ),
        "leaks": lambda table: rib.route_leaks(table, relationships=relationships),
        "suspects": suspects,
        "suspects alone": lambda table: rib.hijack_suspects(table, vrps=vrps),
        "origins": lambda table: rib.validate_origins(table, vrps=vrps),
        "moas": rib.moas,
    }


ANALYSES = [
    "diversity by prefix", "diversity by origin", "diversity change", "upstreams", "graph", "leaks",
    "suspects", "suspects alone", "origins", "moas",
]  # fmt: skip


@pytest.mark.parametrize("name", ANALYSES)
def test_analyses_leave_a_routers_own_routes_out(judges, name):
    """Routes of the peer under AS 0 change no number of any analysis."""
    assert set(ANALYSES) == set(judges)
    expected = judges[name](load(ROUTES))
    assert len(expected)
    pd.testing.assert_frame_equal(expected, judges[name](load(ROUTES, OWN)))


@pytest.mark.parametrize("name", ANALYSES[:-2])
def test_analyses_leave_default_routes_out(judges, name):
    """0.0.0.0/0 and ::/0 change no number of what asks about destinations."""
    expected = judges[name](load(ROUTES))
    pd.testing.assert_frame_equal(expected, judges[name](load(ROUTES, DEFAULTS)))


@pytest.mark.parametrize("name", ["origins", "moas"])
def test_analyses_of_announcements_judge_default_routes_too(judges, name):
    """An announced default route has an origin like any other: one row each, the others unchanged."""
    expected, actual = (judges[name](load(*parts)) for parts in ((ROUTES,), (ROUTES, DEFAULTS)))
    is_default = actual["prefix"].isin(["0.0.0.0/0", "::/0"])
    assert {"0.0.0.0/0", "::/0"} == set(actual["prefix"][is_default])
    pd.testing.assert_frame_equal(expected, actual[~is_default].reset_index(drop=True))


@pytest.mark.parametrize(
    "more",
    [{"0.0.0.0/0": {2: (9, 7, 100)}}, {"50.0.0.0/16": {0: (9, 7, 100)}}],
    ids=["default", "own"],
)
def test_analyses_learn_nothing_from_what_a_baseline_leaves_out(registry, more):
    """A link is new although the baseline's default route, or a route of its router's own, has it."""
    relationships = registry("relationships", LINKS.replace("7|9|0\n7|100|0\n", ""))
    base = {"20.0.0.0/16": {1: (8, 100), 2: (9, 8, 100)}, "2001:db8::/32": {1: (8, 100)}}
    found = [
        rib.hijack_suspects(load(ROUTES), baseline=load(base, *parts), relationships=relationships)
        for parts in ((), (more,))
    ]
    assert "forged_origin" in found[0]["kind"].tolist()
    pd.testing.assert_frame_equal(*found)
