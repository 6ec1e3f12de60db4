"""`rib.balance`: what it proposes is enough, and its policy does it."""

import numpy as np
import pandas as pd
import pytest
from own_view import Offer, view
from path_routes import rows

import rib
from rib.analysis.balance import balance

A, B = 64501, 64502


@pytest.fixture
def own():
    """View in which A wins all; B has all but the last, at one more hop."""
    offers = {
        f"10.{i}.0.0/16": [Offer(0, (A, 100 + i)), Offer(1, (B, 7, 100 + i))] for i in range(5)
    }
    return view(offers | {"10.9.0.0/16": [Offer(0, (A, 109))]})


def flows(*sizes, more=()):
    dst = [f"10.{i}.0.1" for i in range(len(sizes))] + [d for d, _ in more]
    return pd.DataFrame({"dst": dst, "bytes": [*sizes, *(b for _, b in more)]})


def test_balance_moves_the_origin_that_is_enough(own):
    """A has 100%, may have 70%: the origin with 30% is the least that will do."""
    plan = balance(own, flows(40, 30, 20, 10), shares={A: 0.7})
    assert plan.ok
    (move,) = rows(plan.moves)
    assert (move["origin_as"], move["to_as"], move["from_as"], move["bytes"]) == (101, B, A, 30.0)
    exits = {r["peer_as"]: r for r in rows(plan.exits)}
    assert (exits[A]["before"], exits[A]["after"], exits[A]["limit"]) == (1.0, 0.7, 0.7)
    assert (exits[B]["after"], exits[B]["within"]) == (0.3, None)


def test_balance_rules_are_a_policy_that_does_it(own, tmp_path):
    plan = balance(own, flows(40, 30, 20, 10), shares={A: 0.45}, by="prefix")
    path = tmp_path / "policy.toml"
    path.write_text(plan.rules)
    assert rib.read_policy(path).rules == plan.policy.rules
    found = rib.traffic_by_exit(own, flows(40, 30, 20, 10), policy=rib.read_policy(path))
    by_as = dict(zip(found["peer_as"], found["byte_share"], strict=True))
    assert by_as[A] <= 0.45
    assert rows(plan.exits)[0]["after"] == pytest.approx(by_as[A])


def test_balance_says_where_it_cannot_help(own):
    """What only A has stays; B may not take more than it may."""
    plan = balance(own, flows(10, more=[("10.9.0.1", 90)]), shares={A: 0.5})
    assert not plan.ok
    assert [r["within"] for r in rows(plan.exits)] == [False, None]
    plan = balance(own, flows(60, 40), shares={A: 0.7, B: 0.35})
    assert (plan.ok, len(plan.moves), plan.rules) == (False, 0, "")


def test_balance_without_need_or_traffic_moves_nothing(own):
    for given_flows in (flows(40, 30), flows()):
        plan = balance(own, given_flows, shares={A: 1.0})
        assert plan.ok
        assert not len(plan.moves)
        assert list(plan.moves.columns) == [
            "origin_as", "to_as", "from_as", "n_prefixes", "bytes", "byte_share"
        ]  # fmt: skip


def test_balance_keeps_rules_of_the_policy_behind_its_own(own):
    policy = rib.Policy(rules=(rib.PolicyRule(local_pref=300, session=(A,)),))
    plan = balance(own, flows(40, 30, 20, 10), shares={A: 0.7}, policy=policy)
    assert plan.ok
    assert plan.policy.rules[-1] == policy.rules[0]
    assert plan.policy.rules[0].local_pref == 400


def test_balance_by_capacity_looks_at_the_95th_percentile(own):
    """Two origins at 8 Mbit/s all day; a third bursts in 5% of the time, which costs nothing."""
    n, interval = 40, 300
    time = np.arange(n) * interval
    steady = 1_000_000 * interval  # bytes: 8 Mbit/s
    parts = [pd.DataFrame({"dst": f"10.{i}.0.1", "bytes": steady, "time": time}) for i in range(2)]
    burst = pd.DataFrame({"dst": "10.2.0.1", "bytes": steady * 100, "time": time[:2]})
    given_flows = pd.concat([*parts, burst], ignore_index=True)
    plan = balance(own, given_flows, capacities={A: 10e6, B: 10e6})
    assert plan.ok
    before = {r["peer_as"]: r["before"] for r in rows(plan.exits)}
    assert before == {A: pytest.approx(16e6), B: 0.0}
    after = {r["peer_as"]: r["after"] for r in rows(plan.exits)}
    assert after == {A: pytest.approx(8e6), B: pytest.approx(8e6)}
    stamped = given_flows.assign(time=pd.to_datetime(given_flows["time"], unit="s", utc=True))
    again = balance(own, stamped, capacities={A: 10e6, B: 10e6})
    assert again.exits.equals(plan.exits)


@pytest.mark.parametrize(
    ("given_limits", "error", "message"),
    [
        ({}, ValueError, "shares, capacities: expected exactly one"),
        ({"shares": {A: 0.5}, "capacities": {A: 1}}, ValueError, "expected exactly one"),
        ({"shares": {A: 40}}, ValueError, "shares has 64501: 40, expected .* up to 1"),
        ({"shares": {A: 0}}, ValueError, "shares has 64501: 0"),
        ({"shares": [A]}, TypeError, r"shares=\[64501\]: expected AS numbers"),
        ({"shares": {7: 0.5}}, ValueError, r"shares has AS7: expected a transit .*64501, 64502"),
        ({"shares": {A: 0.5, B: 0.4}}, ValueError, "shares add up to 0.9"),
        ({"capacities": {A: -1}}, ValueError, "capacities has 64501: -1, expected .*bit/s"),
        ({"capacities": {A: 1e9}}, ValueError, "flows: no column time among dst, bytes"),
        ({"shares": {A: 0.5}, "by": "peer"}, ValueError, "by='peer': expected"),
    ],
)
def test_balance_refuses_other_arguments(own, given_limits, error, message):
    with pytest.raises(error, match=message):
        balance(own, flows(1, 2), **given_limits)


def test_flows_without_a_time_are_refused(own):
    given_flows = flows(1, 2).assign(time=[1.0, None])
    with pytest.raises(ValueError, match=r"flows: row 1 has (no time|time=nan)"):
        balance(own, given_flows, capacities={A: 1e9})
    with pytest.raises(TypeError, match=r"flows: time is .*string: expected timestamps"):
        balance(own, flows(1).assign(time="noon"), capacities={A: 1e9})
