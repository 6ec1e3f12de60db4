"""Assertions: every kind, against what the definition says of routes written down by hand."""

from collections import defaultdict

import pyarrow as pa
import pytest
from nights import FIRST, SECOND, THIRD, VPS, dump

import rib
from rib.batch.assertions import check_all, failed, hegemony_of
from rib.batch.config import parse_config
from rib.batch.measures import View, gathered, measure
from rib.registry.vrps import read_vrps

HEAD = """
output = "o"
[[source]]
name = "s"
paths = ["p"]
[[own_view]]
name = "edge"
paths = ["p"]
[registries]
vrps = "v"
"""


@pytest.fixture
def checked():
    """Give a function that checks rules against routes, as rows."""

    def check(rules, routes=FIRST, own=None, vrps=None):
        config = parse_config(HEAD + rules, "n.toml")
        collectors = None if routes is None else rib.read_mrt(dump(routes))
        given = {} if vrps is None else {"vrps": read_vrps(vrps)}
        views = [] if collectors is None else [View("collectors", collectors)]
        views += [] if own is None else [View("edge", rib.read_mrt(dump(own)))]
        measured = [measure(v, None, given, None) for v in views]
        origins = None
        if collectors is not None:
            origins = pa.Table.from_pandas(measured[0][0].origins, preserve_index=False)
        return check_all(
            config.rules, gathered([t for _, t in measured]), origins, hegemony_of(collectors)
        )

    return check


def told(table):
    return [(r["family"], r["found"], r["passed"]) for r in table.to_pylist()]


def rule(check, **values):
    lines = [f'check = "{check}"']
    lines += [f"{k} = {v!r}".replace("'", '"') for k, v in values.items()]
    return "\n".join(["[[assert]]", *lines, ""])


@pytest.mark.parametrize("routes", [FIRST, SECOND, THIRD], ids=["first", "second", "third"])
def test_upstreams_and_vantage_points_are_counted(checked, routes):
    """Against a list of the routes."""
    upstreams, vps = defaultdict(set), defaultdict(set)
    for prefix, paths in routes.items():
        for vp, path in zip(VPS, paths, strict=True):
            for key in ((prefix, 6 if ":" in prefix else 4), (path[-1], 6 if ":" in prefix else 4)):
                upstreams[key].add(path[-2])
                vps[key].add(vp)
    text, expected = "", []
    for check, by_key in (("upstreams", upstreams), ("vantage_points", vps)):
        for key, family in sorted(by_key, key=str):
            name = "prefix" if isinstance(key, str) else "origin_as"
            n = len(by_key[key, family])
            for at_least in (1, 2, 3, 4):
                text += rule(check, **{name: key}, at_least=at_least, family=family)
                expected.append((family, str(n), n >= at_least))
    assert expected == told(checked(text, routes))


def test_origins_are_all_of_those_allowed(checked):
    """Another origin fails it, and so does no route."""
    moas = FIRST | {"20.0.0.0/16": [[8, 100], [9, 100], [9, 666]]}
    one = rule("origin", prefix="20.0.0.0/16", origins=[100])
    both = rule("origin", prefix="20.0.0.0/16", origins=[666, 100])
    none = rule("origin", prefix="21.0.0.0/16", origins=[100])
    assert [(None, "AS100", True)] == told(checked(one))
    assert [
        (None, "AS100, AS666", False),
        (None, "AS100, AS666", True),
        (None, "no route", False),
    ] == (told(checked(one + both + none, moas)))


def test_the_largest_upstream_share_counts(checked):
    """Votes of VPs, by family."""
    text = rule("upstream_share", origin_as=100, at_most=0.6)
    assert [(4, "66.7 %", False), (6, "66.7 %", False)] == told(checked(text))
    text = rule("upstream_share", origin_as=100, at_most=0.7, family=4)
    assert [(4, "66.7 %", True)] == told(checked(text))
    assert [(None, "no route", False)] == told(
        checked(rule("upstream_share", origin_as=5, at_most=1.0))
    )


def test_hegemony_stays_below(checked):
    """The mean over VPs of the share of the paths with the AS; 0 where it is on none.

    The first VP reaches all by one neighbour, so it is no full feed; the others have AS 9 on all and on
    half of their IPv4 and IPv6 paths.
    """
    text = rule("hegemony", asn=9, origin_as=100, below=0.6)
    text += rule("hegemony", asn=77, origin_as=100, below=0.1)
    found = told(checked(text))
    assert [
        (4, "1.000", False),
        (6, "0.500", True),
        (4, "0.000", True),
        (6, "0.000", True),
    ] == found


def test_hegemony_of_what_nobody_reaches_cannot_be_told(checked):
    """Which is no pass."""
    table = checked(rule("hegemony", asn=9, origin_as=5, below=0.6))
    assert [(None, None, None)] == told(table)
    assert 1 == len(failed(table))


def test_rov_of_every_pair(checked, tmp_path):
    """One that is not valid fails it, and is named."""
    vrps = tmp_path / "v.json"
    vrps.write_text('{"roas": [{"prefix": "20.0.0.0/16", "maxLength": 16, "asn": 100}]}')
    text = rule("rov", origin_as=100) + rule("rov", prefix="20.0.0.0/16")
    text += rule("rov", prefix="40.0.0.0/16", state="not-found") + rule("rov", origin_as=5)
    table = checked(text, vrps=vrps)
    assert [
        (None, "1 of 2 pairs", False),
        (None, "1 of 1 pairs", True),
        (None, "1 of 1 pairs", True),
        (None, "no route", False),
    ] == told(table)
    assert "2001:db8:1::/48 AS100 not-found" == table.column("evidence")[0].as_py()
    assert [(None, None, None)] == told(checked(rule("rov", origin_as=100)))


def test_exits_and_failures_of_an_own_view(checked):
    """Which share each exit wins, and what is lost without one."""
    own = {
        "20.0.0.0/16": [[8, 100], [9, 7, 100], [9, 7, 100]],
        "40.0.0.0/16": [[8, 5, 666], [9, 666], [9, 5, 666]],
        "41.0.0.0/16": [[8, 666]],
        "42.0.0.0/16": [[8, 666], [9, 5, 666]],
    }
    text = rule("exit_share", view="edge", at_most=0.5) + rule(
        "exit_share", view="edge", at_most=0.75
    )
    text += rule("survives", view="edge", lost_at_most=0.2)
    text += rule("survives", view="edge", lost_at_most=0.25)
    found = told(checked(text, own=own))
    share = [(4, "75.0 %", False), (4, "75.0 %", True)]
    assert [*share, (4, "25.0 %", False), (4, "25.0 %", True)] == found


def test_a_view_that_is_not_there_cannot_be_told(checked):
    """No dump: null, and no pass."""
    text = rule("exit_share", view="edge", at_most=0.5) + rule(
        "survives", view="edge", lost_at_most=0
    )
    text += rule("upstreams", origin_as=100, at_least=1) + rule("rov", origin_as=100)
    text += rule("origin", prefix="20.0.0.0/16", origins=[100])
    text += rule("hegemony", asn=9, below=0.6) + rule("upstream_share", origin_as=100, at_most=1)
    table = checked(text.replace("= 0\n", "= 0.0\n"), routes=None)
    assert {None} == set(table.column("passed").to_pylist())
    assert 7 == len(failed(table))
    assert isinstance(table, pa.Table)
