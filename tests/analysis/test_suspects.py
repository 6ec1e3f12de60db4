"""`hijack_suspects`: every kind, every explanation, the form of events, the sample's truth."""

import datetime as dt

import pyarrow as pa
import pytest

from rib.analysis.suspects import hijack_suspects
from rib.analysis.suspicion.rules import RULES
from rib.registry.delegations import read_delegations
from rib.registry.irr import read_irr
from rib.registry.organisations import read_organisations
from rib.registry.relationships import read_relationships
from rib.registry.vrps import read_vrps

COLUMNS = [
    "event_id", "kind", "prefixes", "incumbents", "newcomers", "n_vps", "score", "confidence",
    "tags", "explained_by", "would_clear", "evidence", "vp_ases",
]  # fmt: skip

# AS 100 has 20.0.0.0/16 behind transit 8 and 9; AS 666 is a stranger to it.
BEFORE = {"20.0.0.0/16": [[8, 100], [9, 100]], "40.0.0.0/16": [[8, 666], [9, 666]]}
MOAS = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 666]]}
CHANGED = BEFORE | {"20.0.0.0/16": [[8, 666], [9, 666]]}
SUB = BEFORE | {"20.0.7.0/24": [[8, 666], [9, 666]]}
LINKS = "8|100|-1\n9|100|-1\n8|666|-1\n9|666|-1\n8|9|0\n"
OLD, FRESH = "2020-01-01", "2025-01-15"


def events(frame):
    return pa.Table.from_pandas(frame).to_pylist()


def only(frame, **wanted):
    """Give the one event with these values."""
    found = [e for e in events(frame) if all(e[k] == v for k, v in wanted.items())]
    assert 1 == len(found), events(frame)
    return found[0]


def rules(event):
    return {row["rule"] for row in event["evidence"]}


@pytest.fixture
def judge(table_of, registry, route_objects):
    """Give a function that judges a table against a baseline and registries given as text."""

    def run(now, before=BEFORE, irr=None, **texts):
        given = {kind: registry(kind, text) for kind, text in texts.items() if kind != "own"}
        return hijack_suspects(
            table_of(now),
            baseline=None if before is None else table_of(before),
            irr=None if irr is None else route_objects(*irr),
            own=texts.get("own"),
            **given,
        )

    return run


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
    assert (0, ["known before"]) == (event["score"], event["explained_by"])
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


FORGED = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 666, 100]]}


def test_forged_origin_over_an_unknown_link(judge):
    """The right origin behind a neighbour nobody knows is a forged origin."""
    event = only(judge(FORGED, relationships=LINKS))
    assert ("forged_origin", [100], [666], 55, [9]) == tuple(
        event[k] for k in ("kind", "incumbents", "newcomers", "score", "vp_ases")
    )
    assert "E|1" in event["tags"]


def test_forged_origin_of_a_more_specific_that_the_rpki_lets_pass(judge):
    """A loose maximum length makes the forged more-specific valid; the link still tells."""
    now = BEFORE | {"20.0.7.0/24": [[9, 666, 100]]}
    event = only(judge(now, relationships=LINKS, vrps="AS100,20.0.0.0/16,24,t\n"))
    assert ("forged_origin", 60) == (event["kind"], event["score"])
    assert "S|1" in event["tags"]


AUT_NUM = "aut-num: AS100\nimport: from AS{} accept ANY\nsource: RIPE\n\n"


def test_forged_origin_against_the_aut_num(table_of, registry):
    """An aut-num that names the neighbour explains the link; one that names others adds to it."""

    def score(neighbour):
        irr = registry("irr", AUT_NUM.format(neighbour))
        links = registry("relationships", LINKS)
        return only(
            hijack_suspects(
                table_of(FORGED), baseline=table_of(BEFORE), irr=irr, relationships=links
            )
        )

    assert (0, ["declared link"]) == (score(666)["score"], score(666)["explained_by"])
    assert 60 == score(8)["score"]


def test_forged_origin_is_explained_by_siblings(judge):
    """Two ASes of one organisation may be linked any day."""
    event = only(judge(FORGED, relationships=LINKS, organisations="100,Alpha\n666,alpha\n"))
    assert ["siblings"] == event["explained_by"]


def test_forged_origin_is_explained_where_the_origin_is_new(judge):
    """All links of an AS that has just joined are new."""
    now = BEFORE | {"70.0.0.0/16": [[8, 666, 101]]}
    event = only(judge(now, relationships=LINKS))
    assert ("forged_origin", ["new AS"]) == (event["kind"], event["explained_by"])


@pytest.mark.parametrize("known", [{"relationships": LINKS + "9|666|-1\n666|100|-1\n"}, {}])
def test_known_link_is_no_event(judge, known):
    """A link of the relationship file or of the baseline is no news."""
    before = BEFORE if known else BEFORE | {"80.0.0.0/16": [[9, 666, 100]]}
    assert "forged_origin" not in set(judge(before | FORGED, before, **known)["kind"])


def test_new_edge_away_from_the_origin(judge):
    """An unknown link deeper in the path is listed, below the threshold."""
    now = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 666, 8, 100]]}
    before = BEFORE | {"90.0.0.0/16": [[9, 666]]}
    links = LINKS.replace("8|666|-1\n", "")
    now["40.0.0.0/16"] = before["40.0.0.0/16"] = [[9, 666]]
    event = only(judge(now | {"90.0.0.0/16": [[9, 666]]}, before, relationships=links))
    assert ("new_edge", [8], [666]) == (event["kind"], event["incumbents"], event["newcomers"])
    assert event["score"] < 50


def test_leak_is_listed_by_leaker_below_the_threshold(judge):
    """A leak moves right routes: route_leaks judges it, here it is listed as explained."""
    before = {"20.0.0.0/16": [[8, 100]], "30.0.0.0/16": [[8, 101]]}
    now = {"20.0.0.0/16": [[8, 5, 9, 100]], "30.0.0.0/16": [[8, 5, 9, 101]]}
    links = "8|5|-1\n9|5|-1\n9|100|-1\n9|101|-1\n8|100|-1\n8|101|-1\n"
    event = only(judge(now, before, relationships=links))
    assert ("leak", ["20.0.0.0/16", "30.0.0.0/16"], [9], [5], ["route leak"]) == tuple(
        event[k] for k in ("kind", "prefixes", "incumbents", "newcomers", "explained_by")
    )
    assert event["score"] < 50


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


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("20.0.0.0/16", "expected a mapping"),
        ({"prefixes": []}, "expected a mapping"),
        (OWN | {"origin": 1}, "unknown keys"),
        (OWN | {"prefixes": ["20.0.0.1/16"]}, "expected prefixes, found '20.0.0.1/16'"),
        (OWN | {"origins": ["x"]}, "expected AS numbers, found 'x'"),
    ],
)
def test_own_bad_arguments(judge, own, message):
    """A declaration of another form is an error that names it."""
    with pytest.raises(ValueError, match=message):
        judge(BEFORE, own=own)


def test_registered_transfer_is_listed_before_it_is_announced(judge):
    """Two origins in an RIR registry, one of them fresh, is a transfer in progress."""
    objects = [("20.0.0.0/16", 100, "RIPE", OLD), ("20.0.0.0/16", 666, "RIPE", FRESH)]
    event = only(judge(BEFORE, irr=objects))
    assert ([100], [666], 0, 0) == tuple(
        event[k] for k in ("incumbents", "newcomers", "score", "n_vps")
    )
    assert ["registered multi-origin, transfer in progress"] == event["explained_by"]
    event = only(judge(CHANGED, irr=objects))
    assert "registered multi-origin, transfer in progress" in event["explained_by"]
    assert 0 == len(judge(BEFORE, irr=[(p, a, s, OLD) for p, a, s, _ in objects]))


def test_as_set_origins_and_default_routes_take_no_part(judge):
    """A set of origins accuses nobody, a default route is no prefix of anybody."""
    now = BEFORE | {"20.0.0.0/16": [[8, 100], [9, {100, 666}]], "0.0.0.0/0": [[8, 5], [9, 6]]}
    assert 0 == len(judge(now))


def test_events_group_the_prefixes_of_one_cause(judge):
    """One newcomer to many prefixes of one incumbent, on the same grounds, is one event."""
    before = {f"20.{i}.0.0/16": [[8, 100], [9, 100]] for i in range(5)}
    now = {prefix: [[8, 100], [9 + i % 2, 666]] for i, prefix in enumerate(before)}
    event = only(judge(now, before))
    assert (list(before), 2) == (event["prefixes"], event["n_vps"])
    event, other = events(judge(now, before, vrps="AS100,20.0.0.0/16,16,t\n"))
    assert (["20.0.0.0/16"], list(before)[1:]) == (event["prefixes"], other["prefixes"])


def test_events_have_documented_columns_and_order(judge):
    """Scores descend; scores are sums of weights; explained and suspect exclude each other."""
    now = MOAS | {"192.0.2.0/24": [[8, 666]], "20.0.7.0/24": [[9, 666]], "50.0.0.0/16": [[8, 5]]}
    result = judge(now, vrps="AS100,20.0.0.0/17,17,t\n", irr=[("20.0.0.0/16", 666, "RADB", OLD)])
    assert COLUMNS == list(result.columns)
    assert list(range(len(result))) == list(result.index)
    found = events(result)
    assert sorted(-e["score"] for e in found) == [-e["score"] for e in found]
    for event in found:
        weights = [row["weight"] for row in event["evidence"]]
        assert event["score"] == max(0, min(100, sum(weights)))
        assert all(RULES[row["rule"]].weight == row["weight"] for row in event["evidence"])
        assert (event["score"] >= 50) == (not event["explained_by"]) == bool(event["would_clear"])
        assert 0 <= event["confidence"] < 100
    assert len(found) == len({e["event_id"] for e in found})


def test_events_of_nothing_keep_their_columns(judge):
    """No events, no rows, all columns."""
    result = judge(BEFORE)
    assert (0, COLUMNS) == (len(result), list(result.columns))


def test_evidence_names_source_and_date(judge):
    """Each evidence row says which input it is from and of when."""
    event = only(judge(MOAS, irr=[("20.0.0.0/16", 100, "RIPE", OLD)]))
    dates = {row["rule"]: (row["source"], row["date"]) for row in event["evidence"]}
    assert ("table", "2025-01-21") == dates["moas"]
    assert ("baseline", "2025-01-21") == dates["newcomer"]
    assert ("irr.txt.gz", None) == dates["irr_other_origin"]
    assert dt.date.fromisoformat(dates["moas"][1])


def test_rules_are_documented():
    """Every rule says what it means, and those that lower the score what they explain."""
    for rule in RULES.values():
        assert rule.meaning
        assert (rule.weight >= 0) or rule.explains or rule.name == "link_not_at_origin"
    assert len(RULES) <= 63  # one bit each


# -- the sample ----------------------------------------------------------------------------------------

SNAPSHOTS = ("20250114.0000", "20250115.1200", "20250117.0000", "20250121.1200")


@pytest.fixture(scope="module")
def judged(sample, read_sample):
    """Give the events of each snapshot, with the one before as baseline and all registries."""
    given = {
        "vrps": read_vrps(sample / "vrps.json.gz"),
        "organisations": read_organisations(sample / "as-org2info.txt.gz"),
        "relationships": read_relationships(sample / "as-rel.txt.bz2"),
        "delegations": read_delegations(sample / "delegated-extended.txt.gz"),
    }
    irr = [read_irr(sample / f"irr.{day}.db.gz") for day in ("20250114", "20250121")]
    return {
        name: events(
            hijack_suspects(
                read_sample(name),
                baseline=read_sample(SNAPSHOTS[i - 1]) if i else None,
                irr=irr[i > 0],
                **given,
            )
        )
        for i, name in enumerate(SNAPSHOTS)
    }


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_sample_suspects_are_the_planted_incidents(judged, sample_truth, snapshot):
    """Every planted incident but the leaks is a suspect, and nothing else is, at each snapshot."""
    planted = {
        (e["kind"], prefix): e["newcomers"]
        for e in sample_truth["events"]
        for prefix in e["prefixes"]
        if e["incident"] and e["kind"] != "leak" and snapshot in e["snapshots"]
    }
    found = {
        (e["kind"], prefix): e["newcomers"]
        for e in judged[snapshot]
        for prefix in e["prefixes"]
        if e["score"] >= 50
    }
    assert planted == found
    assert bool(planted) == (snapshot == SNAPSHOTS[-1])


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_sample_look_alikes_are_explained(judged, sample_truth, snapshot):
    """Siblings, anycast, customers and providers, transfers are listed with their explanation."""
    wanted = {
        "siblings": "siblings",
        "anycast": "authorised in the RPKI",
        "customer and provider": "customer and provider",
        "registered transfer": "authorised in the RPKI",
    }
    for planted in sample_truth["events"]:
        if planted["label"] in wanted and snapshot in planted["snapshots"]:
            prefix = planted["prefixes"][0]
            about = [e for e in judged[snapshot] if prefix in e["prefixes"]]
            assert about
            assert all(
                e["score"] < 50 and wanted[planted["label"]] in e["explained_by"] for e in about
            )


def test_sample_leaks_are_listed(judged, sample_truth):
    """Planted leaks are listed by leaker, with all their prefixes."""
    found = {e["newcomers"][0]: e["prefixes"] for e in judged[SNAPSHOTS[-1]] if e["kind"] == "leak"}
    planted = [e for e in sample_truth["events"] if e["kind"] == "leak"]
    assert {e["newcomers"][0]: e["prefixes"] for e in planted} == found


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_sample_migration_is_a_registered_transfer(judged, snapshot):
    """The migration is a transfer in progress once it is registered, never a suspect."""
    about = [e for e in judged[snapshot] if "91.208.207.0/24" in e["prefixes"]]
    assert len(about) == (snapshot != SNAPSHOTS[0])
    for event in about:
        assert ([43424], [213394]) == (event["incumbents"], event["newcomers"])
        assert event["score"] < 50
        assert "registered multi-origin, transfer in progress" in event["explained_by"]


def test_rules_are_those_of_the_documentation(root):
    """The docs list every rule with its weight, source and meaning."""
    text = "".join(p.read_text() for p in sorted((root / "docs").glob("methods*.md")))
    for rule in RULES.values():
        row = f"| `{rule.name}` | {rule.weight:+d} | {rule.source} | {rule.meaning} | {rule.explains or ''} |"
        assert row in text, row
