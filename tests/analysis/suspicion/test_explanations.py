"""What explains a newcomer by the look of its routes."""

import pytest
from scene import BEFORE, LINKS, MOAS, only, rules

from rib.analysis.suspicion.explanations import _one_digit_off


def test_anycast_explains_one_origin_more(judge):
    """Where three ASes announce a prefix already, a fourth is no surprise."""
    before = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 200], [10, 300]]}
    now = before | {"20.0.0.0/16": [[8, 100], [9, 200], [10, 300], [11, 666]]}
    event = only(judge(now, before), newcomers=[666])
    assert (20, ["anycast pattern"]) == (event["score"], event["explained_by"])
    before = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 200]]}
    now = before | {"20.0.0.0/16": [[8, 100], [9, 200], [11, 666]]}
    assert 50 == only(judge(now, before), newcomers=[666])["score"]


@pytest.mark.parametrize(
    ("newcomer", "explained"),
    [
        (3, ["customer and provider", "typo or prepend slip"]),
        (1001, ["customer and provider", "typo or prepend slip"]),
        (777, ["customer and provider"]),
    ],
)
def test_newcomer_behind_the_incumbent(judge, newcomer, explained):
    """What the incumbent itself passes on is a customer, or a slip of its own configuration."""
    before = {"20.0.0.0/16": [[8, 100], [9, 100]], "40.0.0.0/16": [[8, newcomer]]}
    event = only(
        judge(before | {"20.0.0.0/16": [[8, 100, newcomer], [9, 100, newcomer]]}, before),
        kind="moas",
    )
    assert event["score"] < 50
    assert explained == event["explained_by"]
    mixed = before | {"20.0.0.0/16": [[8, 100, newcomer], [9, newcomer]]}
    event = only(judge(mixed, before), kind="moas")
    assert "incumbent_passes_on" not in rules(event)


@pytest.mark.parametrize(
    ("a", "b", "off"),
    [
        (100, 1001, True), (100, 101, True), (100, 10, True), (100, 100, False), (100, 202, False),
        (64500, 64050, False), (123, 12345, False), (123, 1243, True),
    ],
)  # fmt: skip
def test_one_digit_off(a, b, off):
    """One digit replaced, added or left out; two of them changed places are two."""
    assert off == _one_digit_off(a, b) == _one_digit_off(b, a)


def test_scrubber_explains_where_many_see_it(judge):
    """A mitigation service announces a customer's prefix to all; what few see is something else."""
    before = {"20.0.0.0/16": [[vp, 100] for vp in range(8, 14)], "40.0.0.0/16": [[8, 13335]]}
    now = before | {"20.0.7.0/24": [[vp, 13335] for vp in range(8, 14)]}
    event = only(judge(now, before))
    assert (["DDoS scrubber"], "scrubbers.csv") == (
        event["explained_by"],
        {r["rule"]: r["source"] for r in event["evidence"]}["scrubber"],
    )
    event = only(judge(before | {"20.0.7.0/24": [[8, 13335]]}, before))
    assert 50 == event["score"]


def test_scrubber_of_the_same_organisation(judge):
    """A service has more ASes than the list."""
    before = BEFORE
    now = BEFORE | {"20.0.7.0/24": [[8, 666], [9, 666]]}
    event = only(judge(now, before, organisations="13335,Service\n666,service\n100,Other\n"))
    assert ["DDoS scrubber"] == event["explained_by"]


def test_exchange_point_explains(judge):
    """An exchange point's AS is where routes meet, not who has them."""
    event = only(judge(MOAS, relationships="# IXP ASes: 666\n" + LINKS))
    assert "IXP" in event["explained_by"]


def test_parts_of_a_default_route_are_a_leak(judge):
    """Half the address space is nobody's prefix."""
    before = BEFORE | {"0.0.0.0/1": [[8, 100]]}
    event = only(judge(before | {"0.0.0.0/1": [[8, 666]]}, before))
    assert (25, ["default route leak"]) == (event["score"], event["explained_by"])


def test_private_number_behind_the_holder_is_a_leak(judge):
    """A private number behind an AS that may originate the prefix; newly so, it is still a finding."""
    now = {"20.0.0.0/16": [[8, 100, 64513], [9, 100, 64513]]}
    irr = [("20.0.0.0/16", 100, "RIPE", "2020-01-01")]
    event = only(judge(now, None, irr=irr))
    assert (35, ["private AS number leaked"]) == (event["score"], event["explained_by"])
    event = only(judge(now, BEFORE, irr=irr))
    assert (60, True) == (event["score"], "private_leaked" in rules(event))
    event = only(judge({"20.0.0.0/16": [[8, 100, 64513], [9, 7, 64513]]}, None, irr=irr))
    assert "private_leaked" not in rules(event)


def test_known_peers_explain_little(judge):
    """Whom one peers with may hijack one as well as anybody."""
    before = BEFORE | {"50.0.0.0/16": [[8, 666, 100]]}
    now = MOAS | {"50.0.0.0/16": [[8, 666, 100]]}
    event = only(judge(now, before, relationships=LINKS + "100|666|0\n"), kind="moas")
    assert (40, ["peers"]) == (event["score"], event["explained_by"])
    event = only(judge(now, before, relationships=LINKS), kind="moas")
    assert ["neighbours"] == event["explained_by"]
