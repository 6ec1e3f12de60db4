"""`rib.Policy`: what it takes and refuses, and which routes its rules match."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_view import SESSIONS, Offer, view
from path_routes import rows

import rib
from rib.exceptions import ConfigError
from rib.table.policy import Policy, PolicyRule
from rib.table.rules import address_key

P = "203.0.113.0/24"
TWO = [Offer(0, (1, 9)), Offer(1, (2, 8))]


def winner(rule, offers=None, prefix=P):
    """Give the session that wins, and the step, where a rule prefers what it matches."""
    (row,) = rows(rib.exit_preference(view({prefix: offers or TWO}), Policy(rules=(rule,))).routes)
    return row["winner_peer"], row["step"]


def is_matched(**conditions):
    """Say whether a rule with these conditions matches the first route of `TWO`, which else loses."""
    offers = conditions.pop("offers", TWO)
    prefix = conditions.pop("prefix_of_routes", P)
    found = winner(PolicyRule(local_pref=500, **conditions), offers, prefix)
    assert found in {(SESSIONS[0].ip, "local_pref"), (SESSIONS[1].ip, "router_id")}, found
    return found[1] == "local_pref"


def test_session_is_an_address_or_an_as():
    """Sessions are named by peer address, however it is spelled, or by AS number."""
    assert is_matched(session=(SESSIONS[0].ip,))
    assert is_matched(session=(SESSIONS[0].asn,))
    assert not is_matched(session=("2001:DB8:0::3", 64777))
    six = [Offer(1, (1, 9)), Offer(2, (1, 2, 9))]
    assert (SESSIONS[2].ip, "local_pref") == winner(
        PolicyRule(local_pref=500, session=("2001:0DB8::0003",)), six
    )


def test_community_is_standard_or_large():
    """A route has one of the communities named, at any place."""
    tagged = TWO[0]._replace(
        communities=((64500, 1), (64500, 70)), large=((64500, 1, 2), (7, 8, 9))
    )
    offers = [tagged, TWO[1]]
    assert is_matched(community=("64500:70",), offers=offers)
    assert is_matched(community=("1:1", "7:8:9"), offers=offers)
    assert not is_matched(community=("64500:2", "64500:70:1"), offers=offers)
    assert not is_matched(community=("64500:70",))


def test_origin_as_is_the_last_of_the_path():
    """A route matches by its origin; one with a set of several has none."""
    assert is_matched(origin_as=(7, 9))
    assert not is_matched(origin_as=(1,))
    in_set = [Offer(0, (1, frozenset({9, 10}))), TWO[1]]
    assert not is_matched(origin_as=(9, 10), offers=in_set)


@pytest.mark.parametrize(
    ("line", "prefix", "expected"),
    [
        ("10.0.0.0/8", "10.0.0.0/8", True),
        ("10.0.0.0/8", "10.1.0.0/16", False),
        ("10.0.0.0/8 le 16", "10.0.0.0/8", True),
        ("10.0.0.0/8 le 16", "10.1.0.0/16", True),
        ("10.0.0.0/8 le 16", "10.1.0.0/17", False),
        ("10.0.0.0/8 ge 16", "10.0.0.0/8", False),
        ("10.0.0.0/8 ge 16", "10.1.2.0/24", True),
        ("10.0.0.0/8  ge 16  le 20 ", "10.1.2.0/24", False),
        ("0.0.0.0/0 le 32", "10.0.0.0/8", True),
        ("0.0.0.0/0 le 32", "2001:db8::/32", False),
        ("::/0 ge 48", "2001:db8::/48", True),
        ("11.0.0.0/8 le 32", "10.0.0.0/8", False),
    ],
)
def test_prefix_list(line, prefix, expected):
    """A line matches by network and by length from `ge` to `le`."""
    first = (SESSIONS[0].ip,)
    assert expected == is_matched(session=first, prefix=(line,), prefix_of_routes=prefix)


def test_conditions_must_all_hold_and_the_first_rule_counts():
    """Within a condition any value fits, all conditions hold together, later rules are not asked."""
    assert not is_matched(session=(SESSIONS[0].ip,), origin_as=(8,))
    assert is_matched(session=(SESSIONS[0].ip,), origin_as=(9,), prefix=(P,))
    rules = (
        PolicyRule(local_pref=50, origin_as=(8,)),
        PolicyRule(local_pref=900, origin_as=(8, 9), session=(SESSIONS[1].ip,)),
    )
    (row,) = rows(rib.exit_preference(view({P: TWO}), Policy(rules=rules)).routes)
    assert (SESSIONS[0].ip, "local_pref", 50) == (row["winner_peer"], row["step"], row["margin"])


def test_a_rule_without_conditions_takes_the_rest():
    """Routes that no rule before it matched are rejected, and a prefix may lose all of its routes."""
    keep = PolicyRule(local_pref=100, prefix=(P,), session=(SESSIONS[0].ip,))
    table = view({P: TWO, "10.0.0.0/8": TWO})
    found = rows(rib.exit_preference(table, Policy(rules=(keep, PolicyRule(reject=True)))).routes)
    assert [(P, "only", 1)] == [(r["prefix"], r["step"], r["n_candidates"]) for r in found]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 3)), st.sets(st.integers(7, 9)), st.integers(0, 3)),
        max_size=4,
    )
)
def test_rules_are_tried_in_order(rules):
    """Each route has the LOCAL_PREF of the first rule whose conditions it meets."""
    given = [
        PolicyRule(
            local_pref=200 + value,
            session=tuple(SESSIONS[i].ip for i in sessions),
            origin_as=tuple(origins),
        )
        for sessions, origins, value in rules
    ]
    offers = [Offer(i, (1, 7 + i % 3)) for i in range(4)]

    def preference(session, origin):
        for sessions, origins, value in rules:
            if (not sessions or session in sessions) and (not origins or origin in origins):
                return 200 + value
        return 100

    (row,) = rows(rib.exit_preference(view({P: offers}), Policy(rules=tuple(given))).routes)
    # Equal ones are decided by BGP identifier, which falls with the number of the session.
    best = max((preference(i, 7 + i % 3), i) for i in range(4))
    assert SESSIONS[best[1]].ip == row["winner_peer"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "local_pref=None, reject=False: expected exactly one"),
        ({"local_pref": 1, "reject": True}, "exactly one"),
        ({"local_pref": -1}, "local_pref=-1: expected a number from 0 to 4294967295"),
        ({"local_pref": 2**32}, "local_pref=4294967296"),
        ({"local_pref": True}, "local_pref=True"),
        ({"local_pref": "high"}, "local_pref='high'"),
        ({"reject": "yes"}, "reject='yes': expected true or false"),
        ({"reject": True, "session": "192.0.2.1"}, "session='192.0.2.1': expected a list"),
        ({"reject": True, "session": 3356}, "session=3356: expected a list"),
        ({"reject": True, "session": ("me",)}, "session='me': expected a peer address or the AS"),
        ({"reject": True, "session": (-1,)}, "session=-1: expected a number"),
        ({"reject": True, "community": ("1",)}, "community='1': expected a community as"),
        ({"reject": True, "community": ("1:65536",)}, "community='1:65536'"),
        ({"reject": True, "community": ("1:2:4294967296",)}, "community='1:2:4294967296'"),
        ({"reject": True, "community": (70,)}, "community=70"),
        ({"reject": True, "prefix": ("10.0.0.0/8 lt 9",)}, "prefix='10.0.0.0/8 lt 9': expected"),
        ({"reject": True, "prefix": ("10.0.0.1/8",)}, "prefix='10.0.0.1/8'"),
        ({"reject": True, "prefix": ("10.0.0.0/8 le 7",)}, "expected 8 <= ge <= le <= 32"),
        ({"reject": True, "prefix": ("10.0.0.0/8 ge 20 le 19",)}, "8 <= ge <= le <= 32"),
        ({"reject": True, "prefix": ("::/0 le 129",)}, "0 <= ge <= le <= 128"),
        ({"reject": True, "prefix": (10,)}, "prefix=10"),
        ({"reject": True, "origin_as": (2**32,)}, "origin_as=4294967296"),
    ],
)
def test_rules_name_what_is_wrong(arguments, message):
    """Key, value and what was expected are in the error."""
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        PolicyRule(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rules": ("reject",)}, "rules='reject': expected PolicyRule"),
        ({"rules": PolicyRule(reject=True)}, r"rules=PolicyRule.*: expected a list"),
        ({"default_local_pref": None}, "default_local_pref=None: expected a number"),
        ({"always_compare_med": 1}, "always_compare_med=1: expected true or false"),
        ({"deterministic_med": "no"}, "deterministic_med='no'"),
        ({"missing_med": 0}, "missing_med=0: expected 'best' or 'worst'"),
        ({"prefer": "age"}, "prefer='age': expected 'router_id' or 'oldest'"),
        ({"own_as": "AS1"}, "own_as='AS1': expected a number"),
        ({"igp_cost": [1]}, r"igp_cost=\[1\]: expected costs by next hop"),
        ({"igp_cost": {"near": 1}}, "igp_cost='near': expected an address"),
        ({"igp_cost": {"192.0.2.1": -1}}, "igp_cost.192.0.2.1=-1: expected a number"),
    ],
)
def test_policies_name_what_is_wrong(arguments, message):
    """Key, value and what was expected are in the error."""
    with pytest.raises(ConfigError, match=message):
        Policy(**arguments)


def test_policies_do_not_change_with_what_they_were_made_of():
    """Lists and mappings are copied."""
    sessions, cost = [1], {"192.0.2.1": 1}
    policy = Policy(rules=[PolicyRule(reject=True, session=sessions)], igp_cost=cost)
    sessions.append(2)
    cost["192.0.2.2"] = 2
    assert ((1,), {"192.0.2.1": 1}) == (policy.rules[0].session, policy.igp_cost)


def test_addresses_sort_as_numbers_and_names_come_last():
    """IPv4 goes before IPv6, and a peer that is known by name alone after both."""
    texts = ["transit", "2001:db8::1", "192.0.2.10", "192.0.2.9", "::1"]
    expected = ["192.0.2.9", "192.0.2.10", "::1", "2001:db8::1", "transit"]
    assert expected == sorted(texts, key=address_key)
