"""`rib.prepend_plan` on tables made by hand, and against a loop over votes."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from path_routes import load, rows

from rib.analysis.prepends import prepend_plan

PREFIX = "198.51.100.0/24"
NAMES = [
    "origin_as", "family", "upstream_as", "change", "vp_share", "moved_share", "tie_share",
    "unknown_share", "n_vps_moved",
]  # fmt: skip


def by_upstream(frame):
    """Give {(prefix family, upstream, change): (vp, moved, tie, unknown share, VP ASes)}."""
    return {
        (r["family"], r["upstream_as"], r["change"]): tuple(r[n] for n in NAMES[4:])
        for r in rows(frame)
    }


def test_prepend_plan_moves_who_has_a_shorter_way():
    """VP AS 1 sees 10 and, as long, 20: one more toward 10 moves it; VP AS 2 sees 10 alone."""
    table = load([(PREFIX, 1, (1, 10, 99)), (PREFIX, 1, (1, 20, 99)), (PREFIX, 2, (2, 10, 99))])
    found = by_upstream(prepend_plan(table, origin_as=[99]))
    assert found == {
        (4, 10, 1): (0.75, 0.25, 0.0, 0.5, 1),
        (4, 20, 1): (0.25, 0.25, 0.0, 0.0, 1),
    }


def test_prepend_plan_says_what_ties():
    table = load([(PREFIX, 1, (1, 10, 99)), (PREFIX, 1, (1, 5, 20, 99))])
    found = by_upstream(prepend_plan(table))
    assert found[4, 10, 1] == (0.5, 0.0, 0.5, 0.0, 0)
    assert found[4, 20, 1] == (0.5, 0.5, 0.0, 0.0, 1)  # longer already


def test_prepend_plan_of_one_fewer_needs_a_prepend():
    """10 has one prepend: without it as long as 20; VP AS 2 does not see 10 and may come or not."""
    table = load([(PREFIX, 1, (1, 10, 99, 99)), (PREFIX, 1, (1, 20, 99)), (PREFIX, 2, (2, 20, 99))])
    found = by_upstream(prepend_plan(table))
    assert found[4, 10, -1] == (0.25, 0.0, 0.25, 0.5, 0)
    assert (4, 20, -1) not in found
    table = load([(PREFIX, 1, (1, 10, 99, 99)), (PREFIX, 1, (1, 7, 20, 99))])
    assert by_upstream(prepend_plan(table))[4, 10, -1] == (0.5, 0.5, 0.0, 0.0, 1)


def test_prepend_plan_of_an_unknown_origin_is_empty_with_its_columns():
    table = load([(PREFIX, 1, (1, 10, 99))])
    for asked in ([77], []):
        found = prepend_plan(table, origin_as=asked)
        assert (list(found.columns), len(found)) == (NAMES, 0)


def test_prepend_plan_refuses_other_arguments():
    with pytest.raises(TypeError, match=r"table='x'.*expected Rib"):
        prepend_plan("x")
    with pytest.raises(TypeError, match="origin_as holds 'AS9'"):
        prepend_plan(load([(PREFIX, 1, (1, 10, 99))]), origin_as=["AS9"])


ROUTES = st.lists(
    st.tuples(
        st.sampled_from([PREFIX, "192.0.2.0/24", "2001:db8::/32"]),
        st.integers(1, 3),
        st.lists(st.integers(4, 6), max_size=2),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=12,
).map(lambda routes: [(p, vp, (vp, *via, *[99] * n)) for p, vp, via, n in routes])


def oracle(routes):
    votes = defaultdict(list)
    for prefix, vp, path in routes:
        hops = [a for i, a in enumerate(path) if i == 0 or path[i - 1] != a]
        votes[6 if ":" in prefix else 4, prefix, vp].append(
            (hops[-2], len(path), path.count(99) > 1)
        )
    found = {}
    for family in (4, 6):
        of_family = {k: v for k, v in votes.items() if k[0] == family}
        for upstream in {u for of in of_family.values() for u, _, _ in of}:
            some = any(u == upstream and p for of in of_family.values() for u, _, p in of)
            for change in (-1, 1) if some else (1,):
                share, moved, tie, unknown, vps = 0.0, 0.0, 0.0, 0.0, set()
                for (_, _, vp), of in of_family.items():
                    mine = [
                        n + (1 if change > 0 else -prepended)
                        for u, n, prepended in of
                        if u == upstream
                    ]
                    others = [n for u, n, _ in of if u != upstream]
                    share += len(mine) / len(of)
                    goes = len(mine if change > 0 else others) / len(of)
                    if change > 0 and not mine:
                        continue
                    if not others:
                        unknown += goes
                    elif not mine:
                        unknown += 1
                    elif min(mine) == min(others):
                        tie += goes
                    elif (min(mine) > min(others)) == (change > 0):
                        moved += goes
                        vps.add(vp)
                n = len(of_family)
                found[family, upstream, change] = (
                    share / n,
                    moved / n,
                    tie / n,
                    unknown / n,
                    len(vps),
                )
    return found


@settings(deadline=None)
@given(ROUTES)
def test_prepend_plan_equals_a_loop_over_votes(routes):
    found = by_upstream(prepend_plan(load(routes)))
    expected = oracle(routes)
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert values == pytest.approx(found[key], abs=1e-9), key


def test_prepend_plan_shares_of_the_sample_add_up(read_sample):
    found = prepend_plan(read_sample("20250121.1200"), origin_as=[213394])
    more = found[found["change"] == 1]
    assert more.groupby("family")["vp_share"].sum().tolist() == pytest.approx([1, 1])
    assert (
        (more["moved_share"] + more["tie_share"] + more["unknown_share"]) <= more["vp_share"]
    ).all()
    order = found[["origin_as", "family", "upstream_as", "change"]]
    assert order.equals(order.sort_values(list(order.columns)).reset_index(drop=True))
