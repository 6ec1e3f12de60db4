"""`hijack_suspects`: the form, grouping and order of events."""

import datetime as dt

from scene import BEFORE, MOAS, OLD, events, only

from rib.analysis.suspicion.rules import RULES

COLUMNS = [
    "event_id", "kind", "prefixes", "incumbents", "newcomers", "n_vps", "score", "confidence",
    "tags", "explained_by", "would_clear", "evidence", "vp_ases",
]  # fmt: skip


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
