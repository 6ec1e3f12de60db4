"""`rib.diversity_change` against its definition, group by group, and on the sample's migration."""

import pandas as pd
import pyarrow as pa
import pytest
from diversity_days import load_sessions, naive_change
from hypothesis import example, given, settings
from hypothesis import strategies as st

import rib

V4, V6 = "20.0.0.0/16", "2001:db8::/32"
ONE, TWO, THREE = (1, 0), (2, 0), (3, 0)

COLUMNS = [
    "family", "state", "n_vps_before", "n_vps_after", "n_upstreams_before", "n_upstreams_after",
    "gained_upstreams", "lost_upstreams", "upstream_entropy_before", "upstream_entropy_after",
    "upstream_entropy_change", "newly_single_homed", "no_longer_single_homed", "new_chokepoints",
    "gone_chokepoints",
]  # fmt: skip


def rows(frame):
    return pa.Table.from_pandas(frame, preserve_index=False).to_pylist()


def change(before, after, by="prefix"):
    """Rows between two days of routes."""
    return rows(rib.diversity_change(load_sessions(before), load_sessions(after), by=by))


def only(before, after, by="prefix"):
    (row,) = change(before, after, by)
    return row


# -- one change each -------------------------------------------------------------------------------


def test_diversity_change_names_the_upstreams_gained_and_lost():
    """Two upstreams become two others, one of which stays."""
    row = only(
        [(V4, ONE, (1, 10, 9)), (V4, TWO, (2, 20, 9))],
        [(V4, ONE, (1, 10, 9)), (V4, TWO, (2, 30, 9))],
    )
    assert ("changed", [30], [20]) == tuple(
        row[n] for n in ("state", "gained_upstreams", "lost_upstreams")
    )
    assert (2, 2, 0.0) == tuple(
        row[n] for n in ("n_upstreams_before", "n_upstreams_after", "upstream_entropy_change")
    )
    assert (False, False) == (row["newly_single_homed"], row["no_longer_single_homed"])


def test_diversity_change_says_who_became_single_homed():
    """One of two upstreams goes: single-homed, and what is left is on every path."""
    before = [(V4, ONE, (1, 10, 9)), (V4, TWO, (2, 20, 9))]
    after = [(V4, ONE, (1, 10, 9)), (V4, TWO, (2, 10, 9))]
    row = only(before, after)
    assert (True, False) == (row["newly_single_homed"], row["no_longer_single_homed"])
    assert ([10], []) == (row["new_chokepoints"], row["gone_chokepoints"])
    assert -1.0 == row["upstream_entropy_change"]
    back = only(after, before)
    assert (False, True) == (back["newly_single_homed"], back["no_longer_single_homed"])
    assert ([], [10]) == (back["new_chokepoints"], back["gone_chokepoints"])


def test_diversity_change_reports_a_shift_between_the_same_upstreams():
    """Nothing gained or lost, and yet less even."""
    before = [(V4, (vp, 0), (vp, 10 if vp < 3 else 20, 9)) for vp in (1, 2, 3, 4)]
    after = [(V4, (vp, 0), (vp, 10 if vp < 4 else 20, 9)) for vp in (1, 2, 3, 4)]
    row = only(before, after)
    assert ([], []) == (row["gained_upstreams"], row["lost_upstreams"])
    assert pytest.approx(0.811278 - 1, abs=1e-6) == row["upstream_entropy_change"]


def test_diversity_change_of_a_prefix_that_comes_or_goes_compares_nothing():
    """What was not there yesterday has neither gained nor lost."""
    rest = [("30.0.0.0/16", ONE, (1, 10, 9))]
    row = only(rest, [*rest, (V4, ONE, (1, 10, 9))])
    assert {"prefix": V4, "family": 4, "state": "appeared"}.items() <= row.items()
    assert (None, 1, None, 1) == tuple(row[n] for n in COLUMNS[2:6])
    compared = [n for n in COLUMNS[6:] if n != "upstream_entropy_after"]
    assert {None} == {row[n] for n in compared}
    gone = only([*rest, (V4, ONE, (1, 10, 9))], rest)
    assert ("gone", 1, None, 1, None) == tuple(gone[n] for n in COLUMNS[1:6])


# -- what is no change -----------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["prefix", "origin_as"])
def test_diversity_change_leaves_out_vantage_points_of_one_day(by):
    """A session that is gone, or new, takes no upstream or chokepoint with it; attrs say so."""
    both = [(V4, ONE, (1, 10, 9)), (V4, TWO, (2, 10, 9)), (V6, ONE, (1, 10, 9))]
    more = [(V4, THREE, (3, 30, 9)), (V6, TWO, (2, 20, 9))]
    old, new = load_sessions(both), load_sessions([*both, *more])
    for before, after, name in ((old, new, "peers_new"), (new, old, "peers_gone")):
        frame = rib.diversity_change(before, after, by=by)
        assert 0 == len(frame)
        assert [by, *COLUMNS] == list(frame)
        found = [
            (p["peer_as"], p["peer_ip"], p["family"], p["n_routes"]) for p in frame.attrs[name]
        ]
        assert [(2, "10.0.0.2", 6, 1), (3, "10.0.0.3", 4, 1)] == found
        (other,) = {"peers_new", "peers_gone"} - {name}
        assert [] == frame.attrs[other]
        assert {4: 2, 6: 1} == frame.attrs["n_peers"] == frame.attrs["n_vps"]


def test_diversity_change_compares_sessions_and_not_ases():
    """A VP AS that loses one of two sessions votes with the other on both days."""
    stays = [(V4, (1, 0), (1, 10, 9)), (V4, TWO, (2, 10, 9))]
    assert [] == change([*stays, (V4, (1, 1), (1, 30, 9))], stays)
    frame = rib.diversity_change(
        load_sessions([*stays, (V4, (1, 1), (1, 10, 9))]),
        load_sessions([*stays, (V4, (1, 1), (1, 10, 9))]),
    )
    assert ({4: 3, 6: 0}, {4: 2, 6: 0}) == (frame.attrs["n_peers"], frame.attrs["n_vps"])


def test_diversity_change_of_null_chokepoints_is_none():
    """One VP AS has no chokepoints to compare; two have."""
    before = [(V4, ONE, (1, 10, 9)), ("30.0.0.0/16", TWO, (2, 10, 9))]
    after = [(V4, ONE, (1, 10, 9)), (V4, TWO, (2, 10, 9)), ("30.0.0.0/16", TWO, (2, 10, 9))]
    assert [] == change(before, after)


def test_diversity_change_of_hidden_upstreams_is_none():
    """Where an AS_SET hides every upstream of a day, nobody knows what was gained."""
    hidden, plain = [(V4, ONE, (1, {5, 6}, 9))], [(V4, ONE, (1, 5, 9))]
    assert [] == change(hidden, plain)
    assert [] == change(plain, hidden)


def test_diversity_change_of_other_paths_with_the_same_upstreams_is_none():
    """Prepends and detours above the upstream are not what is compared."""
    before = [(V4, ONE, (1, 7, 10, 9)), (V4, TWO, (2, 10, 9))]
    after = [(V4, ONE, (1, 8, 10, 10, 9, 9)), (V4, TWO, (2, 10, 9))]
    assert [] == change(before, after)


def test_diversity_change_leaves_default_routes_and_own_entries_out():
    """Neither is a route of a vantage point to a destination."""
    rest = [(V4, ONE, (1, 10, 9))]
    assert [] == change(rest, [*rest, ("0.0.0.0/0", ONE, (1, 10, 9)), ("::/0", ONE, (1, 10, 9))])
    assert [] == change([*rest, (V4, (0, 0), (10, 9))], [*rest, (V4, (0, 0), (20, 9))])


# -- any routes ------------------------------------------------------------------------------------

ASES = st.integers(1, 7)
HOPS = ASES | st.frozensets(ASES, min_size=1, max_size=2).map(set)
DAYS = st.dictionaries(
    st.tuples(
        st.sampled_from([V4, "20.0.0.0/17", "30.0.0.0/16", V6]),
        st.tuples(st.integers(1, 4), st.integers(0, 1)),
    ),
    st.tuples(st.lists(ASES, max_size=2), st.lists(HOPS, max_size=1), st.lists(ASES, max_size=2)),
    min_size=1,
    max_size=10,
).map(
    lambda day: [
        (prefix, session, (session[0], *(hop for part in parts for hop in part)))
        for (prefix, session), parts in sorted(day.items())
    ]
)


@example([(V4, ONE, (1, {5, 6}, 9)), (V4, TWO, (2, 5, 9))], [(V4, ONE, (1, 5, 9))])
@example([(V4, ONE, (1, 9))], [(V4, ONE, (1, 1, 9, 9)), (V6, ONE, (1, 9))])
@settings(max_examples=50, deadline=None)
@given(DAYS, DAYS)
def test_diversity_change_of_any_days_equals_the_definition(before, after):
    """By prefix and by origin; the tables are read once."""
    old, new = load_sessions(before), load_sessions(after)
    for by in ("prefix", "origin_as"):
        frame = rib.diversity_change(old, new, by=by)
        actual = {(row.pop(by), row.pop("family")): row for row in rows(frame)}
        expected = naive_change(before, after, by)
        assert expected.keys() == actual.keys()
        for key, row in expected.items():
            for name, value in row.items():
                if name.startswith("upstream_entropy"):
                    value = pytest.approx(value, abs=1e-9)  # noqa: PLW2901
                assert value == actual[key][name], (key, name)


@settings(max_examples=20, deadline=None)
@given(DAYS)
def test_diversity_change_between_a_table_and_itself_is_nothing(day):
    """The same routes differ in nothing, however they are grouped."""
    table = load_sessions(day)
    for by in ("prefix", "origin_as"):
        assert 0 == len(rib.diversity_change(table, table, by=by))


@settings(max_examples=50, deadline=None)
@given(DAYS, DAYS)
def test_diversity_change_backwards_is_the_reverse(before, after):
    """Gained is lost, appeared is gone, and every number changes sides."""
    old, new = load_sessions(before), load_sessions(after)
    there, back = (rows(rib.diversity_change(*days)) for days in ((old, new), (new, old)))
    mirror = {"appeared": "gone", "gone": "appeared", "changed": "changed"}
    swaps = [
        ("n_vps_before", "n_vps_after"),
        ("n_upstreams_before", "n_upstreams_after"),
        ("gained_upstreams", "lost_upstreams"),
        ("newly_single_homed", "no_longer_single_homed"),
        ("new_chokepoints", "gone_chokepoints"),
        ("upstream_entropy_before", "upstream_entropy_after"),
    ]
    for one, other in zip(there, back, strict=True):
        assert mirror[one["state"]] == other["state"]
        for left, right in swaps:
            assert (one[left], one[right]) == (other[right], other[left])


# -- the sample ------------------------------------------------------------------------------------


def test_diversity_change_tells_the_migration(read_sample):
    """AS213394 goes from one upstream to four, and AS43424 is no longer on every path."""
    days = [read_sample(day) for day in ("20250117.0000", "20250121.1200")]
    for by, names in (
        ("origin_as", {(213394, 4), (213394, 6)}),
        ("prefix", {("91.208.207.0/24", 4), ("2a0f:d0c0::/29", 6)}),
    ):
        found = {(r[by], r["family"]): r for r in rows(rib.diversity_change(*days, by=by))}
        assert names <= found.keys()
        for name in names:
            row = found[name]
            assert ("changed", 1, 4) == tuple(
                row[n] for n in ("state", "n_upstreams_before", "n_upstreams_after")
            )
            assert ([3257, 3356, 29075], []) == (row["gained_upstreams"], row["lost_upstreams"])
            assert (True, False) == (row["no_longer_single_homed"], row["newly_single_homed"])
            assert ([], [43424]) == (row["new_chokepoints"], row["gone_chokepoints"])
            assert row["n_vps_before"] == row["n_vps_after"] >= 7


def test_diversity_change_is_sorted(read_sample):
    """By family, address and length, or by origin and family; the dtypes are those documented."""
    days = [read_sample(day) for day in ("20250117.0000", "20250121.1200")]
    frame = rib.diversity_change(*days)
    order = days[1].prefixes.column("text").to_pylist()
    place = {prefix: n for n, prefix in enumerate(order)}
    there = [place[p] for p in frame["prefix"] if p in place]
    assert sorted(there) == there
    by_origin = rib.diversity_change(*days, by="origin_as")
    keys = list(zip(by_origin["origin_as"], by_origin["family"], strict=True))
    assert sorted(set(keys)) == keys
    assert isinstance(frame.index, pd.RangeIndex)
    kinds = {str(frame[n].dtype) for n in ("n_vps_before", "n_upstreams_after")}
    assert {"uint32[pyarrow]"} == kinds


# -- unhappy paths ---------------------------------------------------------------------------------


def test_diversity_change_names_a_wrong_argument(read_sample):
    """A path, another word, other collectors."""
    table = read_sample("20250117.0000")
    with pytest.raises(TypeError, match=r"today='a\.mrt': expected Rib, as read_mrt returns"):
        rib.diversity_change(table, "a.mrt")
    with pytest.raises(TypeError, match="yesterday=None: expected Rib"):
        rib.diversity_change(None, table)
    with pytest.raises(ValueError, match="by='upstream': expected 'prefix' or 'origin_as'"):
        rib.diversity_change(table, table, by="upstream")
    day = [(V4, ONE, (1, 10, 9))]
    with pytest.raises(
        ValueError, match=r"yesterday is of the collectors \['a'\], today of \['b'\]"
    ):
        rib.diversity_change(load_sessions(day, "a"), load_sessions(day, "b"))


def test_diversity_change_without_common_sessions_is_empty():
    """Nothing can be compared; the frame has its columns and says why."""
    frame = rib.diversity_change(
        load_sessions([(V4, ONE, (1, 10, 9))]), load_sessions([(V4, TWO, (2, 20, 9))])
    )
    assert ([], ["prefix", *COLUMNS]) == (rows(frame), list(frame))
    assert ({4: 0, 6: 0}, [1], [2]) == (
        frame.attrs["n_vps"],
        [p["peer_as"] for p in frame.attrs["peers_gone"]],
        [p["peer_as"] for p in frame.attrs["peers_new"]],
    )


def test_diversity_change_takes_a_collector_without_a_name_for_the_other():
    """One name between two tables of one collector each."""
    before, after = [(V4, ONE, (1, 10, 9))], [(V4, ONE, (1, 20, 9))]
    frame = rib.diversity_change(load_sessions(before), load_sessions(after, "rrc00"))
    assert [[20]] == [row["gained_upstreams"] for row in rows(frame)]
