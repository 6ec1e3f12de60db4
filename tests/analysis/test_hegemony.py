"""`rib.as_hegemony` against the definition's numbers, a slow oracle, and hand-made tables."""

import pytest
from hegemony_oracle import Oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt
from path_routes import load, rows

import rib
from rib._backend import BACKEND
from rib.analysis.hegemony import as_hegemony, dependency_share


def table_of(paths, more=()):
    """Table in which VP AS 1001 + i has 198.51.100.0/24 over these ASes, and a full feed.

    A full feed has several neighbours: two more prefixes, over others, see to that.
    """
    routes = []
    for vp, path in enumerate(paths, start=1001):
        if path is not None:
            routes.append(("198.51.100.0/24", vp, (vp, *path)))
        routes += [("192.0.2.0/25", vp, (vp, 701, 900)), ("192.0.2.128/25", vp, (vp, 702, 900))]
        routes += [(f"203.0.113.{16 * i}/28", vp, (vp, 701, 900)) for i in range(12)]
    return load([*routes, *more])


def local(frame, asn, scope=3333, family=4):
    """Hegemony of an AS in a scope; 0 where it has no row."""
    of = frame[(frame["scope"] == scope) & (frame["family"] == family) & (frame["asn"] == asn)]
    return float(of["hegemony"].iloc[0]) if len(of) else 0.0


def as_dict(frame):
    """Give {(family, AS): (hegemony, VP ASes)}."""
    return {(r["family"], r["asn"]): (r["hegemony"], r["n_vps"]) for r in rows(frame)}


def close(expected, actual):
    assert expected.keys() == actual.keys()
    for key, (value, n) in expected.items():
        assert value == pytest.approx(actual[key][0], abs=1e-9), key
        assert n == actual[key][1]


# -- numbers of the definition -----------------------------------------------------------------------


@pytest.mark.parametrize(("seen", "expected"), [(3, 0.0625), (2, 0.0), (18, 1.0), (20, 1.0)])
def test_as_hegemony_of_20_peers_leaves_out_two_at_either_end(seen, expected):
    """3 of 20 see x: 1/16. 2 of 20: nothing. 18 of 20: all."""
    table = table_of([(10, 3333)] * seen + [(20, 3333)] * (20 - seen))
    found = as_hegemony(table, scope=[3333])
    assert local(found, 10) == pytest.approx(expected)
    assert local(found, 3333) == 1.0
    assert found["n_vps"].tolist() == [20] * len(found)
    assert found["warning"].isna().all()


def test_as_hegemony_weight_of_a_prefix_is_without_its_more_specifics():
    """X's /22 covers Y's /24: w(X) = 1024 - 256 = 768, w(Y) = 256."""
    routes = []
    for vp in range(1, 11):
        routes += [("10.0.0.0/22", vp, (vp, 5, 100)), ("10.0.1.0/24", vp, (vp, 6, 200))]
    found = as_hegemony(load(routes))
    of = {asn: value for (_, asn), (value, _) in as_dict(found).items()}
    assert of[100] == pytest.approx(768 / 1024) == of[5]
    assert of[200] == pytest.approx(256 / 1024) == of[6]


def test_as_hegemony_counts_a_prefix_of_ipv6_as_one():
    routes = []
    for vp in range(1, 11):
        routes += [("2001:db8::/32", vp, (vp, 5, 100)), ("2001:db8:1::/48", vp, (vp, 6, 200))]
    found = as_dict(as_hegemony(load(routes)))
    assert found[6, 100][0] == found[6, 200][0] == 0.5


def test_as_hegemony_more_specifics_count_at_their_own_session_only():
    """A more-specific that one session lacks lessens the weight at the others only."""
    routes = [("10.0.0.0/22", vp, (vp, 5, 100)) for vp in range(1, 11)]
    routes += [("10.0.1.0/24", vp, (vp, 6, 200)) for vp in range(1, 10)]
    routes += [("10.0.2.0/25", 10, (10, 6, 300))]
    found = as_dict(as_hegemony(load(routes)))
    # 9 VP ASes have 3/4, one 7/8; the highest and one of the rest are trimmed.
    assert found[4, 100][0] == pytest.approx(0.75)


def test_as_hegemony_default_routes_do_not_count():
    table = table_of([(10, 3333)] * 12, [("0.0.0.0/0", vp, (vp, 77)) for vp in range(1001, 1013)])
    assert 77 not in {asn for _, asn in as_dict(as_hegemony(table, scope="all"))}


def test_as_hegemony_splits_the_weight_of_an_as_set():
    found = as_hegemony(table_of([({10, 11}, 3333)] * 12), scope=[3333])
    assert local(found, 10) == local(found, 11) == 0.5


def test_as_hegemony_behind_a_set_of_several_is_of_the_global_scope_only():
    table = table_of([(10, {3333, 4444})] * 12)
    assert not len(as_hegemony(table, scope=[3333, 4444]))
    assert as_dict(as_hegemony(table))[4, 3333][0] == as_dict(as_hegemony(table))[4, 4444][0] > 0


def test_as_hegemony_prepends_and_loops_count_once():
    found = as_hegemony(table_of([(10, 10, 20, 10, 3333, 3333)] * 12), scope=[3333])
    assert local(found, 10) == local(found, 20) == local(found, 3333) == 1.0


def test_as_hegemony_add_path_routes_share_the_weight():
    """Two sessions of a VP AS, or two routes of one, are one vote."""
    more = [("198.51.100.0/24", 1001, (1001, 20, 3333))]
    more += [(f"203.0.113.{16 * i}/28", 1001, (1001, 701, 900)) for i in range(12)]
    more += [("192.0.2.0/25", 1001, (1001, 701, 900))]
    more += [("192.0.2.128/25", 1001, (1001, 702, 900))]
    table = table_of([(10, 3333)] * 4, more)
    assert table.n_peers == 5
    found = as_hegemony(table, scope=[3333])
    assert found["n_vps"].tolist() == [4] * len(found)
    assert local(found, 10) == pytest.approx(3.5 / 4)
    assert local(found, 20) == pytest.approx(0.5 / 4)


def test_as_hegemony_vantage_points_without_a_path_have_0_or_no_say():
    table = table_of([(10, 3333)] * 4 + [None] * 8)
    found = as_hegemony(table, scope=[3333])
    assert local(found, 3333) == pytest.approx((4 - 1) / 10)
    sparse = as_hegemony(table, scope=[3333], sparse=True)
    assert local(sparse, 3333) == 1.0
    assert set(sparse["n_vps"]) == {4}
    # With a tenth trimmed off, a VP AS alone on its path is not in the result.
    assert set(found["n_vps_with_as"]) == {4}


def test_as_hegemony_of_few_says_so_and_trims_by_force_only():
    table = table_of([(10, 3333)] + [(20, 3333)] * 4)
    found = as_hegemony(table, scope=[3333])
    assert local(found, 10) == pytest.approx(0.2)
    texts = set(found["warning"])
    assert texts == {"only 5 VP ASes: nothing is trimmed, one of them weighs 20%"}
    forced = as_hegemony(table, scope=[3333], trim="force")
    assert local(forced, 10) == 0
    assert set(forced["warning"]) == {"only 5 VP ASes: one of them weighs 20%"}


def test_as_hegemony_partial_feeds_take_no_part():
    table = table_of([(10, 3333)] * 12, [("198.51.100.0/24", 99, (99, 44, 3333))])
    assert set(as_hegemony(table, scope=[3333])["n_vps"]) == {12}
    assert as_hegemony(table).attrs["full_feed_thresholds"] == {4: 14, 6: None}


def test_as_hegemony_averages_sessions_at_a_collector_then_collectors():
    """One VP AS: two sessions at one collector see 10, one at another sees 20: half each."""

    def dump(collector, paths):
        peers = [mrt.Peer(1, f"192.0.2.{i + 1}") for i in range(len(paths))]
        parts = [mrt.peer_index_table(peers)]
        for prefix, hops in (("198.51.100.0/24", None), ("192.0.2.0/25", (701, 900))):
            entries = [
                mrt.rib_entry(
                    i,
                    mrt.origin()
                    + mrt.as_path(mrt.sequence(1, *(hops or path)))
                    + mrt.next_hop("192.0.2.1"),
                )
                for i, path in enumerate(paths)
            ]
            parts.append(mrt.rib(prefix, entries))
        return rib.read_mrt(b"".join(parts), collector=collector)

    here, there = dump("here", [(10, 3333), (10, 3333)]), dump("there", [(20, 3333)])
    table = rib.concat([here, there])
    found = as_hegemony(table, scope=[3333])
    assert local(found, 10) == local(found, 20) == 0.5


# -- whole tables ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oracle(read_sample):
    return Oracle(read_sample("20250121.1200"))


@pytest.mark.parametrize("scope", [None, 213394, 43424, 3356])
def test_as_hegemony_equals_the_oracle_on_the_sample(read_sample, oracle, scope):
    table = read_sample("20250121.1200")
    frame = as_hegemony(table, scope=None if scope is None else [scope])
    close(oracle.hegemony(scope), as_dict(frame))


def test_as_hegemony_all_is_global_and_local_of_every_origin(read_sample):
    table = read_sample("20250121.1200")
    found = as_hegemony(table, scope="all")
    order = found[["scope", "family", "asn"]].astype("Int64").fillna(-1)
    assert order.equals(order.sort_values(["scope", "family", "asn"]).reset_index(drop=True))
    alone = as_hegemony(table).reset_index(drop=True)
    assert found[found["scope"].isna()].equals(alone)
    some = as_hegemony(table, scope=[3356, 213394])
    assert found[found["scope"].isin([3356, 213394])].reset_index(drop=True).equals(some)


@pytest.mark.parametrize(
    "name",
    ["rib.20140523.0600.truncated-1MiB.bz2", "rib.20140530.2200.route-views.jinx.bz2"],
)
def test_as_hegemony_equals_the_oracle_on_real_dumps(shared_data, name):
    table = rib.read_mrt(shared_data / "mrt" / "routeviews" / name)
    oracle = Oracle(table)
    # The fallback takes its time for each.
    how = (False,) if BACKEND == "fallback" else (False, True)
    for sparse in how:
        close(oracle.hegemony(sparse=sparse), as_dict(as_hegemony(table, sparse=sparse)))
    counts = table.as_paths.column("origin_as").value_counts().to_pylist()
    busiest = sorted((c for c in counts if c["values"]), key=lambda c: (-c["counts"], c["values"]))
    origins = [c["values"] for c in busiest[:8]]
    for sparse in how[-1:]:
        frame = as_hegemony(table, scope=origins, sparse=sparse, trim="force")
        for origin in origins:
            expected = oracle.hegemony(origin, sparse=sparse, force=True)
            close(expected, as_dict(frame[frame["scope"] == origin]))


def test_dependency_share_is_the_mean_over_transits(sample):
    view = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    found = dependency_share(view)
    names = {"dependency_share": "hegemony", "n_transits": "n_vps"}
    close(Oracle(view).hegemony(), as_dict(found.rename(columns=names)))
    transits = found[(found["family"] == 4) & found["asn"].isin([29075, 3257, 3356, 43424])]
    assert (transits["dependency_share"] >= 0.25).all()
    assert set(found["n_transits"]) == {4}


# -- intervals ---------------------------------------------------------------------------------------


def test_as_hegemony_interval_holds_the_value_and_narrows_with_agreement():
    found = as_hegemony(table_of([(10, 3333)] * 15 + [(20, 3333)] * 15), scope=[3333], ci=0.95)
    of = {r["asn"]: r for r in rows(found)}
    assert of[10]["hegemony_low"] < of[10]["hegemony"] < of[10]["hegemony_high"]
    assert (of[3333]["hegemony_low"], of[3333]["hegemony_high"]) == (1.0, 1.0)
    narrow = as_hegemony(table_of([(10, 3333)] * 15 + [(20, 3333)] * 15), scope=[3333], ci=0.5)
    inner = {r["asn"]: r for r in rows(narrow)}
    assert of[10]["hegemony_low"] < inner[10]["hegemony_low"]
    assert inner[10]["hegemony_high"] < of[10]["hegemony_high"]


def test_as_hegemony_interval_has_about_the_width_of_a_binomial():
    """With BC 0 or 1 and next to no trimming, resampled means are binomial."""
    found = as_hegemony(table_of([(10, 3333)] * 4 + [(20, 3333)] * 4), scope=[3333], ci=0.95)
    (row,) = (r for r in rows(found) if r["asn"] == 10)
    # Binomial(8, 1/2): 2.5% is at 1 of 8, 97.5% at 7 of 8.
    assert (row["hegemony_low"], row["hegemony_high"]) == (1 / 8, 7 / 8)


@given(st.lists(st.sampled_from([(10, 3333), (20, 3333), (10, 20, 3333)]), min_size=1, max_size=14))
@settings(max_examples=25, deadline=None)
def test_as_hegemony_lies_between_0_and_1_whatever_the_order_of_sessions(paths):
    found = as_dict(as_hegemony(table_of(paths), scope="all"))
    assert all(0 < value <= 1 for value, _ in found.values())
    turned = as_dict(as_hegemony(table_of(paths[::-1]), scope="all"))
    # VP ASes are others then, and only they.
    of = {key: value for key, value in found.items() if key[1] < 1000 or key[1] == 3333}
    close(of, {key: value for key, value in turned.items() if key[1] < 1000 or key[1] == 3333})


# -- unhappy paths -----------------------------------------------------------------------------------

COLUMNS = ["scope", "family", "asn", "hegemony", "n_vps", "n_vps_with_as", "warning"]


def test_as_hegemony_of_an_unknown_as_is_empty_with_its_columns(read_sample):
    table = read_sample("20250121.1200")
    found = as_hegemony(table, scope=[4199999999])
    assert (COLUMNS, 0) == (list(found.columns), len(found))
    found = as_hegemony(table, scope=[], ci=0.9)
    assert ([*COLUMNS, "hegemony_low", "hegemony_high"], 0) == (list(found.columns), len(found))
    stub = as_hegemony(load([("192.0.2.0/24", 1, (1, 2))]), scope="all")
    assert (0, {4: 0, 6: 0}) == (
        len(stub),
        stub.attrs["n_full_feeds"],
    )  # no full feed, and it says so


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scope": "everything"}, "scope='everything': expected AS numbers, 'all' or None"),
        ({"scope": ["AS1"]}, "scope holds 'AS1': expected AS numbers"),
        ({"scope": [-1]}, "scope holds -1: expected 0 to 4294967295"),
        ({"sparse": "no"}, "sparse='no': expected True or False"),
        ({"trim": "none"}, "trim='none': expected 'scipy' or 'force'"),
        ({"ci": 95}, "ci=95: expected a number above 0 and below 1"),
    ],
)
def test_as_hegemony_refuses_other_arguments(given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        as_hegemony(table_of([(10, 3333)]), **given)


def test_as_hegemony_needs_a_table():
    with pytest.raises(TypeError, match=r"table='x'.*expected Rib"):
        as_hegemony("x")
    with pytest.raises(TypeError, match=r"view='x'.*expected Rib"):
        dependency_share("x")
