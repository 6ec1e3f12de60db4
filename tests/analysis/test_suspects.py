"""`hijack_suspects`: the form, grouping, order and times of events."""

import datetime as dt

import pytest
from scene import BEFORE, CHANGED, MOAS, OLD, events, only

from rib.analysis.suspects import hijack_suspects
from rib.analysis.suspicion.rules import RULES

COLUMNS = [
    "event_id", "kind", "prefixes", "incumbents", "newcomers", "n_vps", "score", "confidence",
    "tags", "explained_by", "would_clear", "evidence", "vp_ases", "first_seen",
    "last_seen", "n_colluding",
]  # fmt: skip


def test_as_set_origins_and_default_routes_take_no_part(judge):
    """A set of origins accuses nobody, a default route is no prefix of anybody."""
    now = BEFORE | {"20.0.0.0/16": [[8, 100], [9, {100, 666}]], "0.0.0.0/0": [[8, 5], [9, 6]]}
    assert ["path_anomaly"] == [e["kind"] for e in events(judge(now))]


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


DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
NOON = dt.datetime(2025, 1, 21, 12, tzinfo=dt.UTC)


def _seconds(moment):
    return int(moment.timestamp())


@pytest.mark.parametrize(
    ("then", "originated", "first"),
    [
        (BEFORE, NOON - HOUR, NOON - HOUR),  # new, and says since when
        (BEFORE, NOON - 5 * DAY, NOON - DAY),  # new: the baseline did not have it
        (BEFORE, None, NOON),
        (MOAS, NOON - HOUR, NOON - DAY),  # known: the baseline had it, refreshed since
        (MOAS, NOON - 5 * DAY, NOON - 5 * DAY),
        (MOAS, None, NOON - DAY),
    ],
)
def test_event_was_first_seen_by_route_and_baseline(table_of, then, originated, first):
    """What is new began after the baseline, what is known no later than it; both are seen now."""
    before = table_of(then, _seconds(NOON - DAY))
    now = table_of(MOAS, _seconds(NOON), originated=_seconds(originated) if originated else 0)
    event = only(hijack_suspects(now, baseline=before))
    assert (first, NOON) == (event["first_seen"], event["last_seen"])


def test_event_without_a_baseline_was_first_seen_in_the_table(table_of):
    """Where routes do not say since when they are there, the table is all there is."""
    event = only(hijack_suspects(table_of(MOAS, _seconds(NOON))))
    assert (NOON, NOON) == (event["first_seen"], event["last_seen"])


def test_event_nobody_announces_was_not_seen(judge):
    """A transfer that is registered only has no times, and takes no VP AS to fake."""
    objects = [("20.0.0.0/16", 100, "RIPE", OLD), ("20.0.0.0/16", 666, "RIPE", "2025-01-15")]
    event = only(judge(BEFORE, irr=objects))
    assert (None, None, 0) == tuple(event[k] for k in ("first_seen", "last_seen", "n_colluding"))


def test_own_feeds_and_signed_payloads_take_more_to_fake(judge):
    """A VP AS counts once, one of our own three times, and what is signed three more."""
    assert 2 == only(judge(CHANGED))["n_colluding"]
    assert 5 == only(judge(CHANGED, vrps="AS100,20.0.0.0/16,24,t\n"))["n_colluding"]
    own = {"prefixes": ["20.0.0.0/16"], "origins": [100], "upstreams": [9]}
    found = events(judge(MOAS, own=own))
    assert [3] == [e["n_colluding"] for e in found if e["kind"] == "moas"]


def test_baseline_that_is_none_is_a_warning(table_of):
    """A baseline newer than the table, or of other vantage points, cannot say what is new."""
    now, later = table_of(MOAS, _seconds(NOON)), table_of(BEFORE, _seconds(NOON + DAY))
    (warning,) = hijack_suspects(now, baseline=later).attrs["warnings"]
    assert "newer than the table of 2025-01-21" in warning
    elsewhere = table_of({"20.0.0.0/16": [[10, 100]]}, _seconds(NOON))
    (warning,) = hijack_suspects(now, baseline=elsewhere).attrs["warnings"]
    assert "none of the table's VP ASes" in warning
    assert [] == hijack_suspects(now, baseline=now).attrs["warnings"]
    assert [] == hijack_suspects(now).attrs["warnings"]
