"""What the owner declares to be his own."""

import pytest
from scene import BEFORE, FORGED, MOAS, SUB, only, rules

from rib.exceptions import PrefixError

OWN = {"prefixes": ["20.0.0.0/16"], "origins": [100], "upstreams": [8, "AS9"]}


def test_own_space_with_a_foreign_origin(judge):
    """The owner's word decides: nothing explains a foreign origin, not even that it is old."""
    event = only(
        judge(MOAS, MOAS, own=OWN, vrps="AS666,20.0.0.0/16,24,t\n", organisations="100,A\n666,A\n")
    )
    assert (85, [], True) == (event["score"], event["explained_by"], "own_origin" in rules(event))
    event = only(judge(SUB, SUB, own=OWN))
    assert ("submoas", 85, [100]) == (event["kind"], event["score"], event["incumbents"])


def test_own_origin_behind_a_foreign_neighbour(judge):
    """A neighbour that is not among the declared upstreams is a suspect, known or not."""
    event = only(judge(FORGED, FORGED, own=OWN))
    assert ("forged_origin", [666], 60) == (event["kind"], event["newcomers"], event["score"])
    assert 0 == len(judge(FORGED, FORGED, own=OWN | {"upstreams": [8, 9, 666]}))


@pytest.mark.parametrize("squatted", ["20.0.0.0/16", "20.0.7.0/24", "20.0.0.0/12"])
@pytest.mark.parametrize("rpki", [{}, {"vrps": "AS666,20.0.0.0/12,24,t\n"}])
def test_own_space_squatted_while_its_owner_is_silent(judge, squatted, rpki):
    """What others announce of, or around, an own prefix that we do not announce is a squat."""
    now = {"40.0.0.0/16": BEFORE["40.0.0.0/16"], squatted: [[9, 666]]}
    event = only(judge(now, BEFORE, own=OWN, **rpki), kind="squat")
    assert ([squatted], [100], [666], []) == tuple(
        event[k] for k in ("prefixes", "incumbents", "newcomers", "explained_by")
    )
    assert "Q|0" in event["tags"]
    assert event["score"] >= 60


def test_own_covering_prefix_is_no_squat(judge):
    """Not while we announce our part of it, nor where no table shows what we announce at all."""
    around = {"20.0.0.0/12": [[9, 666]]}
    assert 0 == len(judge(BEFORE | around, BEFORE | around, own=OWN))
    only_others = {"40.0.0.0/16": BEFORE["40.0.0.0/16"]} | around
    assert 0 == len(judge(only_others, only_others, own=OWN))


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("20.0.0.0/16", "expected a mapping"),
        ({"prefixes": []}, "expected a mapping"),
        (OWN | {"origin": 1}, "unknown keys"),
        (OWN | {"prefixes": ["10/8"]}, r"own\['prefixes'\]: row 0: .*10/8.* is not a prefix"),
        (OWN | {"origins": ["x"]}, "expected AS numbers, found 'x'"),
    ],
)
def test_own_bad_arguments(judge, own, message):
    """A declaration of another form is an error that names it."""
    with pytest.raises(ValueError, match=message):
        judge(BEFORE, own=own)


def test_own_prefix_with_host_bits(judge):
    """Host bits are said to be what is wrong, with what was meant."""
    own = OWN | {"prefixes": ["20.0.0.0/16", "20.0.0.1/16"]}
    with pytest.raises(PrefixError) as caught:
        judge(BEFORE, own=own)
    expected = """own['prefixes']: row 1: "20.0.0.1/16" has host bits set: expected 20.0.0.0/16"""
    assert expected == str(caught.value)


@pytest.mark.parametrize(("key", "one"), [("prefixes", "20.0.0.0/16"), ("origins", 100)])
def test_own_lists_are_lists(judge, key, one):
    """One value where several belong is an error, not a list of its letters."""
    with pytest.raises(TypeError, match=f"own.'{key}'.=.*: expected a list"):
        judge(BEFORE, own=OWN | {key: one})
