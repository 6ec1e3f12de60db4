"""Origins in question: MOAS, sub-MOAS, bogons, squats, and what explains each."""

import pytest
from scene import BEFORE, CHANGED, FRESH, LINKS, MOAS, OLD, SUB, only, rules


@pytest.mark.parametrize("now", [MOAS, CHANGED])
def test_moas_newcomer_is_a_suspect(judge, now):
    """A new origin of a known prefix is a suspect unless something explains it."""
    event = only(judge(now))
    assert ("moas", ["20.0.0.0/16"], [100], [666]) == tuple(
        event[k] for k in ("kind", "prefixes", "incumbents", "newcomers")
    )
    assert (50, []) == (event["score"], event["explained_by"])
    assert "moas:20.0.0.0/16:666" == event["event_id"]
    assert ("shared" if now is MOAS else "origin-changed") in event["tags"]
    assert "E|0" in event["tags"]


def test_submoas_newcomer_is_a_suspect(judge):
    """A new more-specific with another origin than its covering prefix is a suspect."""
    event = only(judge(SUB))
    assert ("submoas", [100], [666], 50) == tuple(
        event[k] for k in ("kind", "incumbents", "newcomers", "score")
    )
    assert [8, 9] == event["vp_ases"]


def test_submoas_of_the_same_origin_is_no_event(judge):
    """An AS that announces a part of its own prefix is normal."""
    assert 0 == len(judge(BEFORE | {"20.0.7.0/24": [[8, 100]]}))


@pytest.mark.parametrize(("now", "score"), [(MOAS, 90), (SUB, 90)])
def test_rpki_invalid_raises_the_score(judge, now, score):
    """A newcomer that no covering payload names is RPKI-invalid."""
    event = only(judge(now, vrps="AS100,20.0.0.0/16,24,t\n"))
    assert (score, True) == (event["score"], "rov_invalid_as" in rules(event))
    assert "rpki-invalid" in event["tags"]
    assert any("a ROA for" in text for text in event["would_clear"])


@pytest.mark.parametrize(
    ("given", "explained"),
    [
        ({"vrps": "AS100,20.0.0.0/16,16,t\nAS666,20.0.0.0/16,24,t\n"}, "authorised in the RPKI"),
        ({"irr": [("20.0.0.0/16", 666, "RIPE", FRESH)]}, "registered multi-origin"),
        ({"irr": [("20.0.0.0/16", 666, "RADB", OLD)]}, "registered multi-origin"),
        ({"organisations": "100,Alpha\n666,alpha\n"}, "siblings"),
        ({"relationships": LINKS + "100|666|-1\n"}, "customer and provider"),
        ({"relationships": LINKS + "666|100|-1\n"}, "customer and provider"),
        (
            {
                "delegations": "ripencc|FR|asn|666|1|20010101|allocated|h\n"
                "ripencc|FR|ipv4|20.0.0.0|65536|20010101|allocated|h\n"
            },
            "address holder",
        ),
    ],
)
@pytest.mark.parametrize("now", [MOAS, CHANGED, SUB])
def test_newcomer_is_explained(judge, now, given, explained):
    """Each registry that knows why explains a newcomer and takes it below the threshold."""
    event = only(judge(now, **given))
    assert event["score"] < 50
    assert explained in event["explained_by"]
    assert [] == event["would_clear"]


def test_newcomer_is_explained_by_a_covering_prefix(judge):
    """An AS that already originates a less-specific of the prefix takes back its own."""
    before = BEFORE | {"20.0.0.0/8": [[8, 666]]}
    event = only(judge(before | {"20.0.0.0/16": [[8, 666]]}, before))
    assert ["origin of a covering prefix"] == event["explained_by"]


def test_newcomer_is_explained_by_a_link_of_the_baseline(judge):
    """Without a relationship file, a link the baseline shows between the two explains."""
    before = BEFORE | {"50.0.0.0/16": [[8, 666, 100]]}
    event = only(judge(MOAS | {"50.0.0.0/16": [[8, 666, 100]]}, before))
    assert ["neighbours"] == event["explained_by"]


def test_fresh_object_nobody_checked_does_not_explain(judge):
    """A route object made last week in a registry that checks nothing proves nothing."""
    event = only(judge(MOAS, irr=[("20.0.0.0/16", 666, "RADB", FRESH)]))
    assert (50, []) == (event["score"], event["explained_by"])
    assert "irr-fresh" in event["tags"]


def test_object_the_rpki_contradicts_does_not_explain(judge):
    """An RPKI-invalid route object is hidden, as irrd does."""
    event = only(
        judge(MOAS, irr=[("20.0.0.0/16", 666, "RADB", OLD)], vrps="AS100,20.0.0.0/16,16,t\n")
    )
    assert event["score"] >= 90


def test_moas_of_the_baseline_is_explained(judge):
    """What both tables have is no news; anycast stays below the threshold."""
    before = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 200], [10, 300], [11, 200]]}
    event = only(judge(before, before))
    assert ([200], [100, 300]) == (event["incumbents"], event["newcomers"])
    assert (0, ["anycast pattern", "known before"]) == (event["score"], event["explained_by"])
    assert "anycast-like" in event["tags"]


def test_moas_without_a_baseline_trusts_the_registries(judge):
    """Without a baseline the supported origin is the incumbent, however few see it."""
    now = {"20.0.0.0/16": [[8, 100], [9, 666], [10, 666]]}
    event = only(judge(now, None, vrps="AS100,20.0.0.0/16,16,t\n"))
    assert ([100], [666], 65) == (event["incumbents"], event["newcomers"], event["score"])
    event = only(judge(now, None))
    assert ([666], [100], ["not enough evidence"]) == (
        event["incumbents"],
        event["newcomers"],
        event["explained_by"],
    )


def test_submoas_without_a_baseline_needs_a_contradiction(judge):
    """Customers announce parts of their provider's space: only an invalid one is an event."""
    assert 0 == len(judge(SUB, None))
    event = only(judge(SUB, None, vrps="AS100,20.0.0.0/16,16,t\n"))
    assert ("submoas", 65) == (event["kind"], event["score"])


@pytest.mark.parametrize(
    ("prefix", "origin", "kind", "rule"),
    [
        ("192.0.2.0/24", 666, "bogon", "bogon"),
        ("100.70.0.0/16", 666, "bogon", "bogon"),
        ("2001:db8:7::/48", 666, "bogon", "bogon"),
        ("50.1.0.0/16", 64513, "reserved_asn", "reserved_origin"),
        ("50.1.0.0/16", 4200000123, "reserved_asn", "reserved_origin"),
        ("50.2.0.0/16", 666, "bogon", "unallocated"),
        ("50.1.0.0/16", 777, "reserved_asn", "unallocated_origin"),
    ],
)
def test_space_and_numbers_not_for_use(judge, prefix, origin, kind, rule):
    """Special-purpose or unallocated space and reserved or unallocated numbers are suspects."""
    delegations = (
        "arin||ipv4|50.2.0.0|65536||available|\narin|US|ipv4|50.1.0.0|65536|2001|allocated|x\n"
        "arin||asn|777|1||available|\n"
    )
    event = only(judge(BEFORE | {prefix: [[8, 9, origin]]}, delegations=delegations))
    assert (kind, True) == (event["kind"], rule in rules(event))
    assert event["score"] >= 50
    known = BEFORE | {prefix: [[8, 9, origin]]}
    event = only(judge(known, known, delegations=delegations))
    assert event["score"] < 50
    assert "known before" in event["explained_by"]


SPACE = (
    "ripencc|FR|asn|100|1|20010101|allocated|h1\narin|US|asn|666|1|20010101|allocated|h2\n"
    "ripencc|FR|ipv4|60.0.0.0|65536|20010101|allocated|h1\n"
)


def test_squat_of_dormant_space(judge):
    """Space nobody announced, by a stranger to its holder, is a squat with the holder's ASes."""
    event = only(judge(BEFORE | {"60.0.0.0/24": [[8, 666]]}, delegations=SPACE))
    assert ("squat", [100], [666], 50) == tuple(
        event[k] for k in ("kind", "incumbents", "newcomers", "score")
    )
    assert "Q|0" in event["tags"]


def test_squat_is_not_told_of_the_holder(judge):
    """The holder may wake its own space."""
    assert 0 == len(judge(BEFORE | {"60.0.0.0/24": [[8, 100]]}, delegations=SPACE))


@pytest.mark.parametrize(
    ("before", "explained"),
    [
        ({"60.0.9.0/24": [[8, 700]]}, "part of a delegation with several users"),
        ({"60.0.9.0/24": [[8, 666]]}, "part of a delegation it uses"),
    ],
)
def test_squat_is_explained_by_who_uses_the_delegation(judge, before, explained):
    """A holder that lends space to others lends some more."""
    before = BEFORE | before
    event = only(judge(before | {"60.0.0.0/24": [[8, 666]]}, before, delegations=SPACE))
    assert event["score"] < 50
    assert explained in event["explained_by"]


def test_squat_in_the_same_region_is_weaker(judge):
    """A number of the same country makes a squat less likely."""
    space = SPACE.replace("arin|US|asn|666", "ripencc|FR|asn|666")
    event = only(judge(BEFORE | {"60.0.0.0/24": [[8, 666]]}, delegations=space))
    assert (45, ["same region"]) == (event["score"], event["explained_by"])


def test_squat_of_space_kept_unused_by_as0(judge):
    """An AS0 payload says that the space is not to be routed."""
    event = only(
        judge(
            BEFORE | {"60.0.0.0/24": [[8, 666]]}, delegations=SPACE, vrps="AS0,60.0.0.0/16,32,t\n"
        )
    )
    assert 90 == event["score"]
    assert "as0" in event["tags"]
